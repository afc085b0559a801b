"""Figure and paper: where light falls, and how fields go on beyond a figure's edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..regions import JoinedRuns, joined_runs
from ._types import Check, Image, Plane, Samples, never_stop
from .bands import over_bands

_TOLERANCE = 10  # levels by which paper may vary (compression, scanner)
_ROWS = 256  # worked on at a time
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
_SEAM = 3  # pixels of the soft or compressed edge between a bar and the picture that it pads
_HOLE = 0.008  # of the short side: the half width of paper that a figure encloses; an eye's white is narrower
_GAP = 0.025  # of the figure: paper between arm and body is smaller, and most white clothes are larger
_ALIKE = 3.0  # levels by which such paper may differ from the rest in the mean
_MOSTLY = 0.6  # share of the picture's border that has to be paper


def paper_of(rgb: NDArray[np.uint8], *, enclosed: bool = False, check: Check = never_stop) -> NDArray[np.bool_] | None:
    """The opaque paper around a figure: (h, w) bool, or None where the picture is painted to its edges.

    ``rgb``: (h, w, 3) uint8. Paper is what joins the border in the border's commonest colour, which most of the
    border must have; where bars of paper only pad a picture to a shape, the picture's own paper counts too. So do areas
    of just that colour that the figure encloses (between arm and body), if wider than eyes and small beside the
    figure; with ``enclosed`` the large ones, too, which may as well be clothes.
    """
    paper = _border_colour(rgb, enclosed, check)
    if paper is None:
        return None
    inner = _padded(paper)
    check()
    if inner is not None:
        further = _border_colour(np.ascontiguousarray(rgb[inner]), False, check)
        if further is not None:
            paper[inner] |= further
            _bridge(paper, inner[0])
            _bridge(paper.T, inner[1])
    return paper


def _border_colour(rgb: NDArray[np.uint8], enclosed: bool, check: Check) -> NDArray[np.bool_] | None:
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    codes = border.astype(np.int32) // 8 @ np.array([1024, 32, 1])
    common = border[codes == np.bincount(codes).argmax()]
    near = _near(rgb, np.floor(np.median(common, axis=0)), check)
    edge = np.concatenate([near[0], near[-1], near[:, 0], near[:, -1]])
    if (edge > 0).mean() < _MOSTLY:
        return None
    areas = joined_runs(near, 1, check)
    kept = areas.on_border(near.shape[1])
    wide = areas.wider(1 - near, int(max(2.0, _HOLE * min(near.shape))), check)
    kept |= wide if enclosed else wide & _gaps(rgb, areas, kept)
    return areas.drawn(kept, near.shape[1], check)


def _gaps(rgb: NDArray[np.uint8], areas: JoinedRuns, outside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which areas are small beside the figure, and quite of the colour of the paper outside: (n + 1,) bool."""
    size, middle = areas.area(), areas.colour(rgb)
    paper = np.average(middle[outside], axis=0, weights=size[outside])
    figure = rgb.shape[0] * rgb.shape[1] - size[outside].sum()
    return np.asarray((size <= _GAP * figure) & (np.abs(middle - paper).max(axis=1) <= _ALIKE), np.bool_)


def _near(rgb: NDArray[np.uint8], colour: NDArray[np.float64], check: Check) -> NDArray[np.uint8]:
    """1 where a pixel has a colour but for what paper may vary, else 0."""
    low = np.clip(colour - _TOLERANCE, 0, 255).astype(np.uint8)
    high = np.clip(colour + _TOLERANCE, 0, 255).astype(np.uint8)
    near = np.empty(rgb.shape[:2], np.uint8)

    def strip(top: int, bottom: int) -> None:
        near[top:bottom] = np.asarray(cv2.inRange(rgb[top:bottom], low, high), np.uint8) >> 7

    over_bands(strip, rgb.shape[0], rgb.shape[1], check)
    return near


def _bridge(paper: NDArray[np.bool_], rows: slice) -> None:
    """Close the soft seam above and below ``rows`` where paper lies on both of its sides."""
    for edge, step in ((rows.start, -1), (rows.stop - 1, 1)):
        far = edge + step * 2 * _SEAM
        if 0 <= far < len(paper):
            both = paper[edge] & paper[far]
            for row in range(edge, far, step):
                paper[row] |= both


def _padded(paper: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """The picture between two bars: a filled rectangle that reaches from one side of the frame to the other."""
    h, w = paper.shape
    columns = np.flatnonzero((~paper).mean(axis=0) > 0.9)
    rows = np.flatnonzero((~paper).mean(axis=1) > 0.9)
    if len(columns) > 0.1 * w and np.ptp(columns) + 1 <= 1.02 * len(columns) + 2:
        return slice(0, h), slice(int(columns[0]) + _SEAM, max(int(columns[-1]) - _SEAM, int(columns[0]) + _SEAM + 1))
    if len(rows) > 0.1 * h and np.ptp(rows) + 1 <= 1.02 * len(rows) + 2:
        return slice(int(rows[0]) + _SEAM, max(int(rows[-1]) - _SEAM, int(rows[0]) + _SEAM + 1)), slice(0, w)
    return None


def paper_share(pixels: Samples, paper: NDArray[np.bool_], check: Check = never_stop) -> NDArray[np.uint8]:
    """How much of each pixel is paper, (h, w) uint8, 0..255.

    Along a figure's edge a pixel is a mixture of paper and line (soft edges, ringing of compression): its share is told
    from how far its colour is from the paper's, measured against the farthest colour near by. The mixture ends at the
    first pixel that is mostly line, so that nothing behind a line counts as paper.
    """
    h, w = paper.shape
    reach = max(2, round(2 * min(h, w) / 512))
    rim = 4 * reach
    share = np.empty((h, w), np.uint8)

    def strip(top: int, bottom: int) -> None:
        for first in range(top, bottom, _ROWS):
            last = min(first + _ROWS, bottom)
            low, high = max(0, first - rim), min(h, last + rim)
            part = pixels[low:high, :, :3]
            rgb = (part >> (part.itemsize * 8 - 8)).astype(np.uint8)
            share[first:last] = _share(rgb, paper[low:high], reach)[first - low : last - low]

    over_bands(strip, h, w, check)
    return share


def _share(rgb: NDArray[np.uint8], paper: NDArray[np.bool_], reach: int) -> NDArray[np.uint8]:
    weight = paper.astype(np.float32)
    if not paper.any():
        return np.zeros(paper.shape, np.uint8)
    size = (4 * reach + 1, 4 * reach + 1)
    beside = cv2.blur(weight, size)[..., None]
    colour = cv2.blur(rgb * weight[..., None], size) / np.maximum(beside, 1e-6)
    away = np.abs(rgb - colour).max(axis=2).astype(np.float32)
    away[beside[..., 0] < 1e-4] = 255.0
    farthest = cv2.dilate(away, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    figure = away / np.maximum(farthest, 24.0)
    mixed = paper.copy()
    edge = paper
    for _ in range(reach):
        edge = (cv2.dilate(edge.astype(np.uint8), _CROSS) > 0) & ~mixed & (figure < 0.9)
        mixed |= edge
        edge = edge & (figure < 0.5)
    figure[paper] = 0.0
    return np.asarray(np.rint(255.0 * np.where(mixed, 1.0 - figure, 0.0)), np.uint8)


def fill_outside(image: Image, weight: Plane) -> Image:
    """``image`` ((h, w) or (h, w, c) float32) with its pixels of low ``weight`` ((h, w), 0..1) continued from the
    others: means over ever coarser pyramid levels, so that there is no step at the figure's edge."""
    if not float(weight.max()) > 0.0:
        return image
    many = image if image.ndim == 3 else image[..., None]
    filled = _pull_push(many * weight[..., None], weight)
    return filled if image.ndim == 3 else np.ascontiguousarray(filled[..., 0])


def _pull_push(weighted: Image, weight: Plane) -> Image:
    h, w = weight.shape
    known = weighted / np.maximum(weight, 1e-4)[..., None]
    if min(h, w) < 2:
        known[weight < 1e-4] = weighted.sum((0, 1)) / max(float(weight.sum()), 1e-6)
        return np.asarray(known, np.float32)
    below = np.asarray(cv2.pyrDown(weighted), np.float32).reshape((h + 1) // 2, (w + 1) // 2, -1)
    coarse = _pull_push(below, np.asarray(cv2.pyrDown(weight), np.float32).reshape(below.shape[:2]))
    finer = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_LINEAR).reshape(h, w, -1)
    share = np.clip(weight, 0.0, 1.0)[..., None]
    return np.asarray(share * known + (1.0 - share) * finer, np.float32)
