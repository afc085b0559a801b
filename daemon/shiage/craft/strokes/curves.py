"""Strokes as plane curves: lengths, even samples, points at given places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.complex128]
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

CLOSING_GAP = 0.03
"""A stroke whose ends are nearer than this share of its length is taken as closed."""


@dataclass(frozen=True, eq=False)
class Curves:
    """``points`` (n,) of all strokes, stroke i from ``offsets[i]`` to ``offsets[i + 1]``; every stroke has one or more.

    ``cyclic`` (s,): the last point is joined to the first. ``kind`` (s,): strokes of different kinds (layer,
    material) don't belong together.
    """

    points: Points
    offsets: NDArray[np.intp]
    cyclic: NDArray[np.bool_]
    kind: NDArray[np.intp]

    @property
    def count(self) -> int:
        """The number of strokes."""
        return len(self.offsets) - 1

    def stroke(self, index: int) -> Points:
        """The points of one stroke."""
        return self.points[self.offsets[index] : self.offsets[index + 1]]

    @cached_property
    def places(self) -> tuple[Floats, ...]:
        """For each stroke where its points lie along it, 0..1 (of a cyclic stroke the last lies below 1)."""
        return tuple(places_along(self.stroke(i), bool(self.cyclic[i])) for i in range(self.count))

    @cached_property
    def lengths(self) -> Floats:
        """The length of each stroke, its closing piece included."""
        return np.array([_length(self.stroke(i), bool(self.cyclic[i])) for i in range(self.count)])

    @cached_property
    def closed(self) -> NDArray[np.bool_]:
        """Cyclic strokes, and those whose ends (nearly) meet."""
        gaps = abs(self.points[self.offsets[1:] - 1] - self.points[self.offsets[:-1]]) if self.count else np.zeros(0)
        few = np.diff(self.offsets) < 4
        return np.asarray(self.cyclic | (~few & (gaps < CLOSING_GAP * self.lengths)))

    @cached_property
    def size(self) -> float:
        """Diagonal of the box around all strokes; 1 where there is none."""
        if len(self.points) == 0:
            return 1.0
        return float(abs(complex(np.ptp(self.points.real), np.ptp(self.points.imag)))) or 1.0

    def at(self, index: int, places: Floats) -> Points:
        """Points of stroke ``index`` at ``places`` (0..1 along it; on a closed stroke they wrap around)."""
        return np.asarray(values_at(self.places[index], self.stroke(index), places, bool(self.closed[index])))

    def even(self, count: int) -> Points:
        """(s, count) points of each stroke at even places: both ends of an open stroke, once around a closed one."""
        made = np.empty((self.count, count), np.complex128)
        for i in range(self.count):
            made[i] = self.at(i, even_places(count, bool(self.closed[i])))
        return made


def even_places(count: int, closed: bool) -> Floats:
    """``count`` places along a stroke."""
    return np.linspace(0.0, 1.0, count, endpoint=not closed)


def places_along(points: Points, cyclic: bool) -> Floats:
    """Share of the length at which each point lies; index shares where the stroke has no length."""
    steps = abs(np.diff(points, append=points[:1]) if cyclic else np.diff(points))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    total = along[-1]
    if not total > 0:
        return np.linspace(0.0, 1.0, len(points), endpoint=not cyclic)
    return np.asarray(along[: len(points)] / total)


def values_at(along: Floats, values: NDArray[np.inexact], places: Floats, closed: bool) -> NDArray[np.inexact]:
    """``values`` (n,) or (n, width), given at the places ``along``, at other ``places``; wrapped where ``closed``."""
    left, right, share = between_points(along, places, closed)
    share = share.reshape(-1, *(1,) * (values.ndim - 1))
    return np.asarray(values[left] * (1 - share) + values[right] * share)


def between_points(along: Floats, places: Floats, closed: bool) -> tuple[Indices, Indices, Floats]:
    """For each of ``places`` the points, given at the places ``along``, between which it lies, and how far it is from
    the one to the other (0..1); wrapped where ``closed``."""
    count = len(along)
    if count == 1:
        nothing = np.zeros(len(places), np.intp)
        return nothing, nothing, np.zeros(len(places))
    if closed:
        places = np.mod(places, 1.0)
        if along[-1] < 1.0:
            along = np.append(along, 1.0)
    right = np.minimum(np.maximum(along.searchsorted(places, side="right"), 1), len(along) - 1)
    left = right - 1
    width = along[right] - along[left]
    flat = width <= 0
    share = (places - along[left]) / np.where(flat, 1.0, width)
    share[flat] = 0
    return left, right % count, np.minimum(np.maximum(share, 0.0), 1.0)


def _length(points: Points, cyclic: bool) -> float:
    total = float(abs(np.diff(points)).sum())
    return total + float(abs(points[-1] - points[0])) if cyclic else total
