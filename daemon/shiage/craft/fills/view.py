"""How a plane with strokes on it lies on a grid of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LINE = 3.0  # pixels: how wide a usual line is drawn, so that its two sides and its gaps are told apart
_SIDES = (384, 2048)  # the longer side in pixels, at least and at most
_MARGIN = 0.03  # of the longer side, so that paper is seen all round the figure


@dataclass(frozen=True)
class View:
    """``scale`` pixels to a unit; the plane's point (``left``, ``top``) is the picture's upper left corner.

    Pixel (x, y) covers x..x+1 and y..y+1; y runs down, the plane's second axis up.
    """

    left: float
    top: float
    scale: float
    width: int
    height: int

    def pixels(self, points: Floats) -> Floats:
        """(n, 2) pixel coordinates of plane points (n, 2 or more)."""
        return np.stack([(points[:, 0] - self.left) * self.scale, (self.top - points[:, 1]) * self.scale], 1)

    def plane(self, pixels: Floats) -> Floats:
        """(n, 2) plane coordinates of pixel coordinates (n, 2)."""
        return np.stack([pixels[:, 0] / self.scale + self.left, self.top - pixels[:, 1] / self.scale], 1)


def view_of(points: Sequence[Floats], radius: float) -> View:
    """The view that shows all of ``points`` (each (n, 2 or more)), in which a line of ``radius`` is about 3 px wide."""
    every = np.concatenate([np.zeros((0, 2)), *(part[:, :2] for part in points)])
    if not len(every):
        every = np.zeros((1, 2))
    low, high = every.min(0), every.max(0)
    span = max(float((high - low).max()), 1e-6)
    inner = (1 - 2 * _MARGIN) * np.clip(span * _LINE / (2 * max(radius, 1e-9)), *_SIDES)
    scale = float(inner / span)
    margin = _MARGIN * span / (1 - 2 * _MARGIN)
    width, height = (int(np.ceil((extent + 2 * margin) * scale)) for extent in high - low)
    return View(float(low[0] - margin), float(high[1] + margin), scale, max(width, 8), max(height, 8))
