"""How wide the strokes of a drawing are, also where many of them lie over each other."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .shrink import shrunk
from .strips import Check, never_stop

_SIDES = np.array([2, 3, 4, 5, 7, 9, 12, 16, 21, 28], np.int64)  # of the disks that are tried, pixels
_LARGEST = 40  # what stays at this size is an area and no stroke
_MOST = 1536  # pixels a side that are looked at; larger drawings are looked at smaller
_FAINT = 24  # of 255: what the tooth of the paper makes, at least
_LEFT = 0.72  # of the ink, at the usual stroke's width


def pen_width(dark: npt.NDArray[np.uint8], check: Check = never_stop) -> float:
    """The usual stroke's width in pixels, of how dark a drawing is, (H, W) uint8, 0 = paper; 0 where it is bare.

    Disks of growing size are moved through the ink (granulometry, Matheron 1975): a part of it has gone when the disk
    no longer fits in the usual stroke. Strokes that lie together hold larger disks, so that part is less than half.
    """
    shrink = max(1.0, max(dark.shape) / _MOST)
    if shrink > 1:
        size = (max(1, round(dark.shape[1] / shrink)), max(1, round(dark.shape[0] / shrink)))
        dark = shrunk(dark, size, check)
    check()
    soft = np.asarray(cv2.GaussianBlur(dark, (0, 0), 0.7), np.uint8)
    middle = float(np.median(soft[::3, ::3]))
    floor = np.uint8(min(max(_FAINT, middle + 5 * float(np.median(np.abs(soft[::3, ::3] - middle)))), 128))
    ink = np.maximum(soft, floor) - floor
    whole = float(ink.sum(dtype=np.float64))
    if whole == 0:
        return 0.0
    left = []
    for side in (*_SIDES.tolist(), _LARGEST):
        check()
        left.append(float(_opened(ink, side).sum(dtype=np.float64)) / whole)
    share = (np.array(left[:-1]) - left[-1]) / max(1 - left[-1], 1e-6)
    share = np.concatenate([[1.0], share])
    sizes = np.concatenate([[1.0], _SIDES])
    below = int(np.argmax(share < _LEFT)) if (share < _LEFT).any() else len(share) - 1
    above = max(below - 1, 0)
    part = (share[above] - _LEFT) / max(share[above] - share[below], 1e-6)
    return float((sizes[above] + np.clip(part, 0, 1) * (sizes[below] - sizes[above])) * shrink)


def _opened(ink: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    shape = cv2.MORPH_RECT if side < 4 else cv2.MORPH_ELLIPSE
    kernel = cv2.getStructuringElement(shape, (side, side))
    return np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel), np.uint8)
