"""Chains of points with fewer points."""

from __future__ import annotations

import numpy as np

from ..kernel import kernel
from .view import Floats, Ints


@kernel
def hold_shape(chain: Floats, tolerance: float, least: int) -> Ints:
    """Indices of the points that hold a chain's shape (Douglas and Peucker 1973); ``least``: points to keep anyway,
    so that a closed chain stays an area."""
    many = len(chain)
    kept = np.zeros(many, np.bool_)
    kept[0] = kept[many - 1] = True
    stack = [(0, many - 1)]
    found = 2
    while len(stack) > 0:
        first, last = stack.pop()
        ax, ay = chain[first, 0], chain[first, 1]
        dx, dy = chain[last, 0] - ax, chain[last, 1] - ay
        square = dx * dx + dy * dy
        worst, at = -1.0, -1
        for k in range(first + 1, last):
            px, py = chain[k, 0] - ax, chain[k, 1] - ay
            along = min(max((px * dx + py * dy) / square, 0.0), 1.0) if square > 0 else 0.0
            away = np.hypot(px - along * dx, py - along * dy)
            if away > worst:
                worst, at = away, k
        if at >= 0 and (worst > tolerance or found < least):
            kept[at] = True
            found += 1
            stack.append((first, at))
            stack.append((at, last))
    return np.flatnonzero(kept)
