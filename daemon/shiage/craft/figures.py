"""Find the figures on a page: turnaround sheets, single designs, sketches with several characters."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.ink import read_ink
from shiage.errors import BadInput

_WORK_SIDE = 640  # figures are found on a copy of at most this many pixels a side
_SMALL = 0.10  # of the largest figure's area: less is a loose hand or a signature, not a figure
_PANEL = 0.97  # a piece that fills its box to this share is a sheet of paper or a frame
_SIDE = 0.9  # of a side of the page
_NEAR = 0.04  # of the figure's height: a loose piece no further away belongs to it
_VALLEY = 0.22  # two figures touch where a column holds at most this share of their own columns
_BODY = 0.04  # of the page: a free piece of a figure that runs off it, at least, and
_WIDE = 0.5  # of the square root of its area: it does so along as much
_DEEPEST = 6  # panels within panels; a thick frame is peeled in several turns


@dataclass(frozen=True, eq=False, slots=True)
class Figure:
    """A figure on a page.

    box: x0, y0, x1, y1 in the page's pixels, the last two exclusive.
    shape: (y1 - y0, x1 - x0) uint8, 255 inside the figure's outline (holes of paper filled), 0 outside.
    """

    box: tuple[int, int, int, int]
    shape: npt.NDArray[np.uint8]


def find_figures(pixels: npt.NDArray[np.uint8]) -> list[Figure]:
    """The figures of a page, (H, W, 4) uint8 RGBA, from left to right in rows from top to bottom.

    A figure is a blob of ink or paint. Frames and sheets of paper around figures are looked into, loose small pieces go
    to the figure they are near, and figures that touch are parted where the page's columns are nearly empty between
    them. An empty list where the page holds no ink at all.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, _WORK_SIDE / max(height, width))
    small = pixels
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    masks = _split_all(_pieces(small, 0))
    figures = [_at_full_size(mask, (height, width)) for mask in masks]
    return _in_reading_order(figures)


def cut_out(pixels: npt.NDArray[np.uint8], figure: Figure) -> npt.NDArray[np.uint8]:
    """A figure of a page, (H, W, 4) uint8 RGBA, alone on a transparent sheet, (h, w, 4), with a margin around it."""
    x0, y0, x1, y1 = figure.box
    margin = max(4, (y1 - y0) // 32)
    alone = np.zeros((y1 - y0 + 2 * margin, x1 - x0 + 2 * margin, 4), np.uint8)
    alone[margin:-margin, margin:-margin][figure.shape > 0] = pixels[y0:y1, x0:x1][figure.shape > 0]
    return alone


def _pieces(pixels: npt.NDArray[np.uint8], depth: int) -> list[npt.NDArray[np.uint8]]:
    """Masks (H, W) 0 or 1 of the figures, looking into panels."""
    try:
        ink = read_ink(pixels).lines
    except BadInput:
        return []
    reach = max(1, round(0.004 * max(ink.shape)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(_silhouette(ink, reach), connectivity=8)
    masks: list[npt.NDArray[np.uint8]] = []
    for i in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[i])
        at_edge = min(x, y) == 0 or x + w == ink.shape[1] or y + h == ink.shape[0]
        if area > _PANEL * w * h and (at_edge or w * h > 0.06 * ink.size):
            masks += _inside_panel(pixels, (x, y, w, h), 1 + reach, depth)
            continue
        masks.append(np.asarray(labels == i, np.uint8))
    inside = [mask for mask in masks if not _is_margin(mask)]
    return _gather(inside or masks)


def _is_margin(mask: npt.NDArray[np.uint8]) -> bool:
    """Whether a piece covers a whole side of the page, as another paper around the drawing's own does."""
    return max(float(side.mean()) for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1])) > _SIDE


def _inside_panel(
    pixels: npt.NDArray[np.uint8], box: tuple[int, int, int, int], inset: int, depth: int
) -> list[npt.NDArray[np.uint8]]:
    """The figures in a rectangle (x, y, width, height); an empty one is a margin or a frame's side and holds none."""
    x, y, w, h = box
    inner = pixels[y + inset : y + h - inset, x + inset : x + w - inset]
    if min(inner.shape[:2]) <= 16 or depth >= _DEEPEST:
        return []
    found = _pieces(np.ascontiguousarray(inner), depth + 1)
    return [_pad(mask, (y + inset, x + inset), pixels.shape[:2]) for mask in found]


def _silhouette(ink: npt.NDArray[np.uint8], reach: int) -> npt.NDArray[np.uint8]:
    """Everything that paper from outside can't reach through gaps of less than twice `reach`."""
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    free = np.asarray(1 - cv2.dilate(ink, ball), np.uint8)
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    inside = np.asarray(
        ~_outside(np.asarray(pieces, np.int32), np.asarray(stats[:, cv2.CC_STAT_AREA], np.int32))[pieces], np.uint8
    )
    # The page's edge counts as outside in the dilation too, so that what touches the edge keeps its full extent.
    worn = np.asarray(cv2.erode(inside, ball, borderType=cv2.BORDER_CONSTANT, borderValue=1), np.uint8)
    return worn | ink


def _outside(pieces: npt.NDArray[np.int32], area: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """(n,) which pieces of free paper, (H, W), 0 for none, are outside the figures: all that reach the page's edge but
    a large one that runs off it along one side alone, as the body of a bust does."""
    count = len(area)
    sides = (pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1])
    contact = np.stack([np.bincount(side, minlength=count) for side in sides])
    off = (np.count_nonzero(contact, axis=0) == 1) & (area >= _BODY * pieces.size)
    off &= contact.max(0) >= _WIDE * np.sqrt(area)
    reached = contact.any(0) & ~off
    reached[0] = False
    return np.asarray(reached)


def _gather(masks: list[npt.NDArray[np.uint8]]) -> list[npt.NDArray[np.uint8]]:
    """Loose pieces to the figure that they are near; specks far from any are dropped."""
    areas = [int(mask.sum()) for mask in masks]
    if not areas:
        return []
    figures = [mask.copy() for mask, area in zip(masks, areas, strict=True) if area >= _SMALL * max(areas)]
    for mask, area in zip(masks, areas, strict=True):
        if area >= _SMALL * max(areas):
            continue
        away = np.asarray(cv2.distanceTransform(1 - mask, cv2.DIST_L2, 3), np.float32)
        distances = [float(away[figure > 0].min()) for figure in figures]
        nearest = int(np.argmin(distances))
        if distances[nearest] <= _NEAR * np.ptp(np.flatnonzero(figures[nearest].any(1))):
            figures[nearest] |= mask
    return figures


def _split_all(masks: list[npt.NDArray[np.uint8]]) -> list[npt.NDArray[np.uint8]]:
    return [part for mask in masks for part in _split(mask)]


def _split(mask: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.uint8]]:
    """Cut figures apart that touch side by side: at the emptiest column with a full figure on either side."""
    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, height, left, right = int(ys[0]), int(np.ptp(ys)) + 1, int(xs[0]), int(xs[-1]) + 1
    if right - left < 0.5 * height:
        return [mask]
    filled = mask[top : top + height].sum(0).astype(np.float32)
    filled = np.asarray(cv2.blur(filled[None], (max(3, height // 100), 1))[0], np.float32)
    least = max(4, round(0.14 * height))
    tall = 0.6 * height
    before = _extents(mask[:, left:right])
    after = _extents(mask[:, left:right][:, ::-1])[::-1]
    best, at = 1.0, 0
    for x in range(left + least, right - least):
        if min(before[x - left - 1], after[x - left]) < tall:
            continue
        depth = filled[x] / min(filled[left:x].max(), filled[x:right].max())
        if depth < best:
            best, at = float(depth), x
    if best > _VALLEY:
        return [mask]
    a, b = mask.copy(), mask.copy()
    a[:, at:], b[:, :at] = 0, 0
    return [*_split(a), *_split(b)]


def _extents(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """How many rows high the mask's first 1, 2, 3 ... columns are together, (W,)."""
    height = len(mask)
    filled = mask.any(0)
    first = np.where(filled, mask.argmax(0), height)
    last = np.where(filled, height - 1 - mask[::-1].argmax(0), -1)
    return np.asarray(np.maximum.accumulate(last) - np.minimum.accumulate(first), np.int64)


def _pad(mask: npt.NDArray[np.uint8], at: tuple[int, int], shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    whole = np.zeros(shape, np.uint8)
    whole[at[0] : at[0] + mask.shape[0], at[1] : at[1] + mask.shape[1]] = mask
    return whole


def _at_full_size(mask: npt.NDArray[np.uint8], size: tuple[int, int]) -> Figure:
    height, width = size
    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    sy, sx = height / mask.shape[0], width / mask.shape[1]
    y0, y1 = int(ys[0] * sy), min(height, int(np.ceil((ys[-1] + 1) * sy)))
    x0, x1 = int(xs[0] * sx), min(width, int(np.ceil((xs[-1] + 1) * sx)))
    inside = mask[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1] * np.uint8(255)
    full = np.asarray(cv2.resize(inside, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR), np.uint8)
    return Figure((x0, y0, x1, y1), np.where(full > 127, np.uint8(255), np.uint8(0)))


def _in_reading_order(figures: list[Figure]) -> list[Figure]:
    """Rows from top to bottom, each from left to right; figures whose middles overlap in height share a row."""
    rows: list[list[Figure]] = []
    for figure in sorted(figures, key=lambda f: (f.box[1] + f.box[3], f.box[0])):
        middle = (figure.box[1] + figure.box[3]) / 2
        for row in rows:
            if row[0].box[1] <= middle <= row[0].box[3]:
                row.append(figure)
                break
        else:
            rows.append([figure])
    return [figure for row in rows for figure in sorted(row, key=lambda f: f.box[0])]
