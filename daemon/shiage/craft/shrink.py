"""Large pictures made smaller, in bands that a cancelled job can stop between."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .strips import Check, never_stop

_PIXELS = 1 << 22  # made smaller between two checks

Planes = npt.NDArray[np.uint8]


def shrunk(planes: Planes, size: tuple[int, int], check: Check = never_stop) -> Planes:
    """(H, W) or (H, W, C) uint8 at a smaller `size`, width and height: means over areas, first along the rows, which
    need no neighbours, and then down the columns of what is left."""
    height, width = planes.shape[:2]
    narrow = np.empty((height, size[0], *planes.shape[2:]), np.uint8)
    rows = max(1, _PIXELS // width)
    for top in range(0, height, rows):
        check()
        part = np.ascontiguousarray(planes[top : top + rows])
        narrow[top : top + rows] = cv2.resize(part, (size[0], len(part)), interpolation=cv2.INTER_AREA)
    check()
    return np.asarray(cv2.resize(narrow, size, interpolation=cv2.INTER_AREA), np.uint8)
