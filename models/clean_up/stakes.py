"""What is at stake at each pixel of a clean drawing: whether a shape stays one, small as it may be."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

SMALL = 12.0, 900.0  # pixels of what a small shape encloses: the pupil of an eye, a button, a finger
BROKEN = 0.2  # a middle that is told less surely than this is a break
_APART = 90  # of 255: where a middle has less it does not part anything
_ABOUT = 9  # pixels: the disk about a small shape within which all counts more
_IN_SMALL = 2.0  # times what a pixel counts for elsewhere, about small shapes ...
_LEAKING = 4.0  # ... and so many times along a break through which two shapes run together

Planes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def stakes(middle: Planes, told: Floats) -> Floats:
    """(H, W) times that each pixel counts, from the true middles (H, W) uint8 and those told (H, W) 0..1.

    Breaks that join shapes are found as false merges are in neurites (Turaga et al. 2009): shapes that lie, each by
    most of its area, in one piece of what is left open.
    """
    count, shapes, stats, _ = cv2.connectedComponentsWithStats((middle < _APART).astype(np.uint8), connectivity=4)
    area = stats[:, cv2.CC_STAT_AREA]
    worth = np.ones(middle.shape, np.float32)
    small = small_shapes(stats, middle.shape)
    if small.any():
        disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_ABOUT, _ABOUT))
        worth[cv2.dilate(small[shapes].astype(np.uint8), disk) > 0] = _IN_SMALL
    pieces, open_to, _, _ = cv2.connectedComponentsWithStats((told < BROKEN).astype(np.uint8), connectivity=4)
    shared = np.bincount(shapes.ravel() * pieces + open_to.ravel(), minlength=count * pieces).reshape(count, pieces)
    real = area >= SMALL[0]
    real[0] = False
    lies = (2 * shared > area[:, None]) & real[:, None]
    merged = lies.sum(0) > 1
    merged[0] = False
    worth[(middle > 127) & merged[open_to]] *= _LEAKING
    return worth


def small_shapes(stats: cv2.typing.MatLike, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """(n,) which of the pieces of paper between lines, by their `stats`, are small and shut."""
    left, top, wide, tall, area = stats.T[:5]
    shut = (left > 0) & (top > 0) & (left + wide < shape[1]) & (top + tall < shape[0])
    small = shut & (area >= SMALL[0]) & (area <= SMALL[1])
    small[0] = False
    return np.asarray(small, np.bool_)
