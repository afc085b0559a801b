"""How well each region of one frame fits each region of another."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..kernel import kernel
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
    sides = np.sqrt(a.area) / a.span, np.sqrt(b.area) / b.span
    shares = sparse.csr_array(a.touching / np.maximum(a.touching.sum(1, keepdims=True), 1e-9))
    beside = sparse.csr_array((b.touching > 0).astype(np.float64))
    where, apart = start, np.zeros_like(looks)
    matched, best, surest = apart, np.zeros(len(a), np.int64), np.zeros(len(a))
    for tolerance, reach in _ROUNDS:
        _match(looks, apart, where, there, *sides, tolerance, matched := np.empty_like(looks), best, surest)
        where = similar_motion(start, there[best], surest + 1e-6, reach)
        apart = 1.0 - np.clip(2.0 * (shares @ (beside @ matched.T).T), 0, 1)
    return matched


@kernel
def _match(
    looks: Table,
    apart: Table,
    where: Table,
    there: Table,
    side: Table,
    side_there: Table,
    tolerance: float,
    matched: Table,
    best: NDArray[np.int64],
    surest: Table,
) -> None:
    """Into ``matched``: how much two regions choose each other; into ``best`` and ``surest`` each row's largest."""
    rows, columns = looks.shape
    of_row, of_column = np.full(rows, _NOBODY), np.full(columns, _NOBODY)
    for i in range(rows):
        for j in range(columns):
            far = np.sqrt((where[i, 0] - there[j, 0]) ** 2 + (where[i, 1] - there[j, 1]) ** 2)
            far = min(far / (tolerance + 0.25 * min(side[i], side_there[j])), _FAR)
            fits = np.exp(-(looks[i, j] + far + apart[i, j]))
            matched[i, j] = fits
            of_row[i] += fits
            of_column[j] += fits
    for i in range(rows):
        best[i], surest[i] = 0, -1.0
        for j in range(columns):
            share = matched[i, j] / of_row[i] * (matched[i, j] / of_column[j])
            matched[i, j] = share
            if share > surest[i]:
                best[i], surest[i] = j, share
