"""Figure and paper: where light falls, and how fields go on beyond a figure's edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ._types import Image, Plane

_TOLERANCE = 10  # levels by which paper may vary (compression, scanner)
_MOSTLY = 0.6  # share of the picture's border that has to be paper


def paper_of(rgb: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    """The opaque paper around a figure: (h, w) bool, or None where the picture is painted to its edges.

    ``rgb``: (h, w, 3) uint8. Paper is what joins the border in the border's commonest colour, which most of the
    border must have; where bars of paper only pad a picture to a shape, the picture's own paper counts too.
    """
    paper = _border_colour(rgb)
    if paper is None:
        return None
    inner = _padded(paper)
    if inner is not None:
        further = _border_colour(np.ascontiguousarray(rgb[inner]))
        if further is not None:
            paper[inner] |= further
    return paper


def _border_colour(rgb: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    codes = border.astype(np.int32) // 8 @ np.array([1024, 32, 1])
    common = border[codes == np.bincount(codes).argmax()]
    colour = np.median(common, axis=0).astype(np.int16)
    low = np.clip(colour - _TOLERANCE, 0, 255).astype(np.uint8)
    high = np.clip(colour + _TOLERANCE, 0, 255).astype(np.uint8)
    near = np.asarray(cv2.inRange(rgb, low, high), np.uint8)
    edge = np.concatenate([near[0], near[-1], near[:, 0], near[:, -1]])
    return _joined_to_border(near) if (edge > 0).mean() >= _MOSTLY else None


def _padded(paper: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """The picture between two bars: a filled rectangle that reaches from one side of the frame to the other."""
    h, w = paper.shape
    columns = np.flatnonzero((~paper).mean(axis=0) > 0.9)
    rows = np.flatnonzero((~paper).mean(axis=1) > 0.9)
    margin = 3  # the soft or compressed edge of the bars
    if len(columns) > 0.1 * w and np.ptp(columns) + 1 <= 1.02 * len(columns) + 2:
        return slice(0, h), slice(
            int(columns[0]) + margin, max(int(columns[-1]) - margin, int(columns[0]) + margin + 1)
        )
    if len(rows) > 0.1 * h and np.ptp(rows) + 1 <= 1.02 * len(rows) + 2:
        return slice(int(rows[0]) + margin, max(int(rows[-1]) - margin, int(rows[0]) + margin + 1)), slice(0, w)
    return None


def _joined_to_border(near: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Those pixels of a 0/255 map that join its border."""
    framed = cv2.copyMakeBorder(near, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=255)
    cv2.floodFill(framed, None, (0, 0), 128, flags=4)
    return np.asarray(framed[1:-1, 1:-1] == 128)


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
