"""Which area of one key is which of the other: by what a matcher says, paint, and place; and, as they are found, by
what they touch and how that goes. Of two pupils that look alike each goes with its own eye.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from ..follow import Matcher
from ..follow.candidates import Candidates
from .read import Key

Table = npt.NDArray[np.float64]
Pairs = list[tuple[int, int]]
"""Areas of the first key, 1..n, with those of the second."""

LEAST_FIT = 0.02  # of any two areas
ALIKE = 30.0  # levels; two paints this far apart are one in a third of cases
_STAYED = 50.0  # times as likely that two areas are one if they lie in one place
_ALONE = 0.1  # as likely are two areas one that touch none of the same
_ASTRAY = 0.05  # and such as go another way than what they touch
_WAY = 100.0  # how much it counts that they do, by the square of how far in the picture's diagonals
_ROUNDS, _KEPT = 4, 0.3  # in which the neighbours are heard; how much of what they said before stays
_LINES_ABOUT, _NEIGHBOURS = 1.0, 2.0  # how much these count: the exponent of how much less alike they are than the best
_LEAST = 0.15  # of the least fit: less, and an area has no partner


def fits_of(a: Key, b: Key, matcher: Matcher) -> Table:
    """(n, m) how likely two areas are one, looked at alone."""
    stayed = 1 + _STAYED * _overlap(a, b) ** 4
    return _looked_at(a, b, (matcher(a.described, b.described) + LEAST_FIT) * _one_paint(a, b) * stayed)


def _looked_at(a: Key, b: Key, fits: Table) -> Table:
    """With what has other lines close about it, or beside it what may not be one, taken back, where there are several:
    from afar the fingers of a fist are alike.
    """
    most = np.maximum(fits.max(1, keepdims=True), fits.max(0, keepdims=True))
    seen = Candidates.of(0, 1, 1.0, fits / most)
    near = seen.preferring(a.looks, b.looks, _LINES_ABOUT)
    near = near.beside(a.described.touching, b.described.touching, _NEIGHBOURS)
    told = fits.copy()
    told[seen.rows, seen.columns] *= near.fits / seen.fits
    return told


def partners(a: Key, b: Key, fits: Table) -> Pairs:
    """Whom each area is, if any, by ``fits`` and by its neighbours' partners."""
    pairs, said = _assigned(fits), np.zeros_like(fits)
    for _ in range(_ROUNDS):
        said = _KEPT * said + (1 - _KEPT) * np.log(_company(a, b, pairs) * _together(a, b, pairs))
        pairs = _assigned(fits * np.exp(said))
    return pairs


def _assigned(fits: Table) -> Pairs:
    rows, columns = linear_sum_assignment(-np.log(fits))
    kept = fits[rows, columns] > _LEAST * LEAST_FIT
    return [(int(i) + 1, int(j) + 1) for i, j in zip(rows[kept], columns[kept], strict=True)]


def _one_paint(a: Key, b: Key) -> Table:
    off = np.abs(a.paint[1:, None] - b.paint[None, 1:]).max(2)
    return np.asarray(np.exp(-((off / ALIKE) ** 2)) + 1e-4, np.float64)


def _overlap(a: Key, b: Key) -> Table:
    """(n, m) how much of the union of two areas they share where they lie."""
    n, m = len(a), len(b)
    both = np.bincount(((a.labels.astype(np.int64) - 1) * m + b.labels - 1).ravel(), minlength=n * m).reshape(n, m)
    union = a.described.area[:, None] + b.described.area[None] - both
    return np.asarray(both / np.maximum(union, 1), np.float64)


def _places(pairs: Pairs) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    i, j = np.array(pairs, np.int64).reshape(-1, 2).T - 1
    return i, j


def _company(a: Key, b: Key, pairs: Pairs) -> Table:
    """(n, m) how likely it is by what they touch that two areas are one.

    Of each area, what share of its border touches which areas of the other key, if the ``pairs`` are right; compared by
    the Bhattacharyya coefficient.
    """
    beside, there = (
        np.asarray(key.described.touching / np.maximum(key.described.touching.sum(1, keepdims=True), 1e-9), np.float64)
        for key in (a, b)
    )
    i, j = _places(pairs)
    led = np.zeros((len(a), len(b)))
    led[:, j] = beside[:, i]
    return np.asarray(_ALONE + (1 - _ALONE) * np.sqrt(led) @ np.sqrt(there).T, np.float64)


def _together(a: Key, b: Key, pairs: Pairs) -> Table:
    """(n, m) how likely it is by how those go that an area touches, if the ``pairs`` are right."""
    i, j = _places(pairs)
    here, there = a.described.centre, b.described.centre
    weight = np.zeros((len(a), len(a)))
    weight[:, i] = a.described.touching[:, i]
    ways = np.zeros((len(a), 2))
    ways[i] = there[j] - here[i]
    whole = weight.sum(1)
    led = here + weight @ ways / np.maximum(whole, 1e-9)[:, None]
    apart = np.linalg.norm(led[:, None] - there[None], axis=2) / np.hypot(*a.labels.shape)
    likely = np.maximum(np.exp(-_WAY * apart**2), _ASTRAY)
    return np.where(whole[:, None] > 0, likely, 1.0)
