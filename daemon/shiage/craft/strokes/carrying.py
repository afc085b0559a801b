"""What the keys' points and strokes have, carried to the strokes between them at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .between import Between
from .curves import Curves, between_points

Values = NDArray[Any]
Pair = tuple[Values, Values]


@dataclass(frozen=True, eq=False)
class _Side:
    """One key as the strokes between see it. ``there``: which points have a stroke in this key; for those, ``left``
    and ``right`` are the key's points between which they lie, ``share`` how far along, ``near`` the one to copy."""

    there: NDArray[np.bool_]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    share: NDArray[np.float64]
    near: NDArray[np.intp]

    def of(self, values: Values) -> Values:
        """``values`` (of the key's points) at the points that are there; whole numbers are copied, not mixed."""
        if values.dtype.kind != "f":
            return values[self.near]
        share = self.share.reshape(-1, *(1,) * (values.ndim - 1))
        return np.asarray(values[self.left] * (1 - share) + values[self.right] * share)


class Carrier:
    """For the strokes of ``between``: found once, used for every drawing."""

    def __init__(self, between: Between, curves: tuple[Curves, Curves]) -> None:
        self.between = between
        tweens, counts = between.tweens, np.diff(between.offsets)
        ends = [(w.first, w.first_places) for w in tweens], [(w.second, w.second_places) for w in tweens]
        self._strokes = tuple(np.array([index for index, _ in end], np.intp) for end in ends)
        self._sides = tuple(_side(end, counts, one) for end, one in zip(ends, curves, strict=True))

    def of_points(self, values: Pair, t: float) -> Values:
        """(n, ...) for all points between, from what the points of either key have, mixed at ``t`` where both do."""
        return _mixed(
            tuple(side.of(have) for side, have in zip(self._sides, values, strict=True)),
            tuple(side.there for side in self._sides),
            t,
        )

    def of_strokes(self, values: Pair, t: float) -> Values:
        """(m, ...) likewise for all strokes."""
        there = tuple(index >= 0 for index in self._strokes)
        have = tuple(side[index[index >= 0]] for side, index in zip(values, self._strokes, strict=True))
        return _mixed(have, there, t)


def _side(strokes: list[tuple[int, Any]], counts: NDArray[np.intp], curves: Curves) -> _Side:
    parts: list[tuple[Any, ...]] = [tuple(np.zeros(0, kind) for kind in (np.intp, np.intp, np.float64, np.intp))]
    for index, places in strokes:
        if index >= 0:
            start, along = curves.offsets[index], curves.places[index]
            left, right, share = between_points(along, places, bool(curves.closed[index]))
            near = np.minimum(along.searchsorted(np.mod(places, 1.0 + 1e-9)), len(along) - 1)
            parts.append((start + left, start + right, share, start + near))
    there = np.repeat(np.array([index >= 0 for index, _ in strokes], np.bool_), counts)
    left, right, share, near = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _Side(there, left, right, share, near)


def _mixed(have: tuple[Values, ...], there: tuple[NDArray[np.bool_], ...], t: float) -> Values:
    """Of both, each for those that ``there`` names, one for all: what both have is mixed, or taken from the nearer."""
    one, two = have
    kind = np.result_type(one.dtype, np.float64) if one.dtype.kind == "f" else one.dtype
    made = np.zeros((len(there[0]), *one.shape[1:]), kind)
    both = there[0] & there[1]
    made[there[0]] = one
    if one.dtype.kind == "f":
        made[there[1] & ~both] = two[~both[there[1]]]
        made[both] = one[both[there[0]]] * (1 - t) + two[both[there[1]]] * t
    elif t < 0.5:
        made[there[1] & ~both] = two[~both[there[1]]]
    else:
        made[there[1]] = two
    return made
