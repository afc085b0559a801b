"""Cels of flat polygons, as a paint program would export them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Colour = tuple[int, int, int]
Points = npt.NDArray[np.float64]
Page = npt.NDArray[np.uint8]

_FINE = 8  # times larger they are drawn


def polygons(*shapes: tuple[Colour, Points], side: int, paper: Colour, ink: Colour, line: float = 0) -> Page:
    """(side, side, 4) opaque, anti-aliased: each colour within its points, (p, 2) x, y; with an outline in ``ink`` of so
    many pixels."""
    page = np.full((side * _FINE, side * _FINE, 3), paper, np.uint8)
    for colour, points in shapes:
        at = np.round((points + 0.5) * _FINE).astype(np.int32)
        cv2.fillPoly(page, [at], colour)
        if line:
            cv2.polylines(page, [at], True, ink, round(line * _FINE))
    small = cv2.resize(page, (side, side), interpolation=cv2.INTER_AREA)
    return np.dstack([small, np.full((side, side), 255, np.uint8)])
