"""How well each region of one frame fits each region of another."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..kernel import fast_kernel
from .describe import Described
from .motion import Flowed, Table, flowed, similar_motion

# Rounds of matching and motion: how far off a region may be (share of the frame), and how far the motion around it
# reaches.
_ROUNDS = ((0.10, 0.5), (0.08, 0.3), (0.06, 0.2), (0.05, 0.15), (0.04, 0.12), (0.03, 0.1), (0.03, 0.1))
_FAR = 5.0
_NOBODY = 2e-3  # the chance of having no partner, against fits of exp(-cost)
_NOTHING = 1e-5  # a match that no neighbour hears of

Indices = NDArray[np.int32]
Singles = NDArray[np.float32]  # half the memory to go through


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
    shares = sparse.csr_array((a.touching / np.maximum(a.touching.sum(1, keepdims=True), 1e-9)).astype(np.float32))
    beside = sparse.csr_array(b.touching > 0)
    away = sum((part[:, None] - part[None]) ** 2 for part in start.T)
    where, cost = start, looks.astype(np.float32)
    apart, matched = np.zeros_like(cost), np.empty_like(cost)
    x_there, y_there, side, side_there = (part.astype(np.float32) for part in (*there.T, *sides))
    near: dict[float, Table] = {}
    for number, (tolerance, reach) in enumerate(_ROUNDS):
        at = where.astype(np.float32)
        _fitting(cost, apart, at, x_there, y_there, side, side_there, np.float32(tolerance), matched)
        # NumPy's exponential works on many numbers at once, a kernel's does not.
        np.exp(matched, out=matched)
        _chosen(matched)
        if number + 1 < len(_ROUNDS):
            if reach not in near:
                near[reach] = np.exp(away / -(reach**2)) + 1e-3
            best = matched.argmax(1)
            surest = matched[np.arange(len(a)), best].astype(np.float64)
            where = similar_motion(start, there[best], surest + 1e-6, near[reach], reach)
            _apart(matched, shares.indptr, shares.indices, shares.data, beside.indptr, beside.indices, apart)
    return matched.astype(np.float64)


@fast_kernel
def _fitting(
    looks: Singles,
    apart: Singles,
    where: Singles,
    x_there: Singles,
    y_there: Singles,
    side: Singles,
    side_there: Singles,
    tolerance: np.float32,
    fits: Singles,
) -> None:
    """Into ``fits``: the logarithm of how well two regions fit."""
    rows, columns = looks.shape
    quarter, most = np.float32(0.25), np.float32(_FAR)
    for i in range(rows):
        x, y, mine = where[i, 0], where[i, 1], side[i]
        for j in range(columns):
            across, down = x - x_there[j], y - y_there[j]
            far = np.sqrt(across * across + down * down)
            far = min(far / (tolerance + quarter * min(mine, side_there[j])), most)
            fits[i, j] = -(looks[i, j] + far + apart[i, j])


@fast_kernel
def _chosen(fits: Singles) -> None:
    """How well two regions fit becomes how much they choose each other."""
    rows, columns = fits.shape
    nobody = np.float32(_NOBODY)
    of_column = np.full(columns, nobody)
    for i in range(rows):
        for j in range(columns):
            of_column[j] += fits[i, j]
    for i in range(rows):
        of_row = nobody
        for j in range(columns):
            of_row += fits[i, j]
        for j in range(columns):
            fits[i, j] = fits[i, j] / of_row * (fits[i, j] / of_column[j])


@fast_kernel
def _apart(
    matched: Singles,
    first: Indices,
    neighbour: Indices,
    share: Singles,
    first_there: Indices,
    neighbour_there: Indices,
    apart: Singles,
) -> None:
    """Into ``apart``: how little the neighbours (by their share of the border) of two regions match, 0..1."""
    rows, columns = matched.shape
    beside = np.zeros((rows, columns), np.float32)
    none, one, two = np.float32(0), np.float32(1), np.float32(2)
    for i in range(rows):
        for j in range(columns):
            if matched[i, j] > np.float32(_NOTHING):
                for k in range(first_there[j], first_there[j + 1]):
                    beside[i, neighbour_there[k]] += matched[i, j]
    for i in range(rows):
        for j in range(columns):
            apart[i, j] = none
        for k in range(first[i], first[i + 1]):
            part, other = share[k], beside[neighbour[k]]
            for j in range(columns):
                apart[i, j] += part * other[j]
        for j in range(columns):
            apart[i, j] = one - min(two * apart[i, j], one)
