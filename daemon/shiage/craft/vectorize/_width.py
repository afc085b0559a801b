"""How wide a line is along its middle."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Planes = npt.NDArray[np.uint8]

_STEP = 0.5  # pixels between two looks across a line
_PAPER = 0.3  # coverage below which a line is over


def widths(points: Points, offsets: npt.NDArray[np.int64], line: Planes, widest: float) -> Points:
    """(n,) widths in pixels at points (n, 2) of lines one after the other, from their coverage (H, W) uint8.

    The coverage is added up to each side as far as it goes on, at most to half of `widest`. The narrower side counts
    for both, since the other may have run into a line beside it.
    """
    if not len(points):
        return np.zeros(0)
    along = np.empty_like(points)
    for a, b in pairwise(offsets):
        along[a:b] = np.gradient(points[a:b], axis=0) if b - a > 1 else (1.0, 0.0)
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], 1)
    reach = np.arange(_STEP, widest / 2 + _STEP, _STEP)
    sides = []
    for side in (-1, 1):
        looked = np.stack([_ink(line, points + side * r * across) for r in reach], 1)
        goes_on = np.cumprod(looked > _PAPER, axis=1)
        # The last look, at the line's soft edge, counts for what it has.
        edge = np.concatenate([np.ones((len(points), 1)), goes_on[:, :-1]], 1)
        sides.append((looked * edge).sum(1))
    near, far = np.minimum(*sides), np.maximum(*sides)
    # A skeleton may be half a pixel off the middle.
    both = near + np.minimum(far, near + 1 / _STEP)
    return np.asarray((_ink(line, points) + both) * _STEP, np.float64)


def overhang(points: Points, ways: Points, line: Planes, most: float) -> Points:
    """(m,) pixels by which ink goes on beyond points (m, 2) in the directions `ways` (m, 2), at most `most`."""
    reach = np.arange(_STEP, most + _STEP, _STEP)
    looked = np.stack([_at(line, points + r * ways) for r in reach], 1)
    return np.asarray(np.cumprod(looked > 0.5, axis=1).sum(1) * _STEP, np.float64)


def smoothed(values: Points, spread: float, closed: bool) -> Points:
    """(n,) with even steps, averaged over some `spread` of them; at open ends it runs on as it was."""
    reach = min(int(3 * spread), len(values) - 1)
    if reach < 1:
        return values
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    padded = np.pad(values, reach, mode="wrap" if closed else "reflect")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def _ink(line: Planes, points: Points) -> Points:
    """(n,) 0..1, with more contrast: what the network is unsure of is no line's edge."""
    return np.clip((_at(line, points) - 0.5) * 2 + 0.5, 0, 1)


def _at(plane: Planes, points: Points) -> Points:
    """(n,) 0..1 between pixels."""
    rows = -(-len(points) // 16384)
    padded = np.zeros((rows * 16384, 2), np.float32)
    padded[: len(points)] = points - 0.5
    grid = padded.reshape(rows, 16384, 2)
    found = cv2.remap(plane, grid[..., 0], grid[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(found.ravel()[: len(points)] / 255.0, np.float64)
