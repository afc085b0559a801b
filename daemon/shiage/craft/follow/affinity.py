"""How well each region of one frame fits each region of another."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from .describe import Described
from .motion import Flowed, Table, flowed, similar_motion

# Rounds of matching and motion: how far off a region may be (share of the frame), and how far the motion around it
# reaches.
_ROUNDS = ((0.10, 0.5), (0.08, 0.3), (0.06, 0.2), (0.05, 0.15), (0.04, 0.12), (0.03, 0.1), (0.03, 0.1))
_FAR = 5.0
_NOBODY = 2e-3  # the chance of having no partner, against fits of exp(-cost)


class Matcher(Protocol):
    """Fits regions of two frames: (n, m) float64 in 0..1, about 1 where two regions are surely one."""

    def __call__(self, a: Described, b: Described) -> Table: ...


def fit(a: Described, b: Described) -> Table:
    """The :class:`Matcher` that needs no network."""
    return fit_by(a, b, flowed(a, b))


def fit_by(a: Described, b: Described, moved: Flowed) -> Table:
    """:func:`fit` where the flow between the frames is known."""
    looks = _looks(a, b) + 1.5 * (1.0 - np.sqrt(moved.overlap))
    return np.sqrt(_one_way(a, b, looks) * _one_way(b, a, looks.T).T)


def alike(a: Described, b: Described) -> Table:
    """(n, m) how much of the union of two regions' shapes they share, each brought to one size, 0..1."""
    both = a.shape @ b.shape.T
    union = (a.shape**2).sum(1)[:, None] + (b.shape**2).sum(1)[None] - both
    return np.asarray(np.clip(both / np.maximum(union, 1e-6), 0, 1), np.float64)


def _looks(a: Described, b: Described) -> Table:
    """(n, m) cost of shape, size, and of lying at the frame's edge in one frame only."""
    size = np.abs(np.log(a.area / a.span**2)[:, None] - np.log(b.area / b.span**2)[None])
    edge = a.at_edge[:, None] != b.at_edge[None]
    return np.asarray(1.5 * (1 - alike(a, b)) + 0.6 * size + 0.5 * edge, np.float64)


def _one_way(a: Described, b: Described, looks: Table) -> Table:
    """Alternate between matching and the motion that the matches tell; neighbours of matched regions should match."""
    start, there = a.centre / a.span, b.centre / b.span
    size = np.sqrt(np.minimum(a.area[:, None] / a.span**2, b.area[None] / b.span**2))
    shares = a.touching / np.maximum(a.touching.sum(1, keepdims=True), 1e-9)
    beside = (b.touching > 0).astype(np.float64)
    where, apart = start, np.zeros_like(looks)
    matched = apart
    for tolerance, reach in _ROUNDS:
        far = np.sqrt(((where[:, None] - there[None]) ** 2).sum(-1)) / (tolerance + 0.25 * size)
        fits = np.exp(-(looks + np.minimum(far, _FAR) + apart))
        mine = fits / (fits.sum(1, keepdims=True) + _NOBODY)
        theirs = fits / (fits.sum(0, keepdims=True) + _NOBODY)
        matched = mine * theirs
        best = matched.argmax(1)
        where = similar_motion(start, there[best], matched.max(1) + 1e-6, reach)
        apart = 1.0 - np.clip(2.0 * (shares @ matched @ beside), 0, 1)
    return matched
