"""Curves of all of Blender's kinds as the points that Blender draws them through; no bpy.

Every evaluated point is a mixture of control points (weights that sum to 1), whatever the points carry; only
the places of Bezier curves also hang on their handles. As many points as Blender takes, by each curve's resolution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .drawing import POINT

CATMULL_ROM, POLY, BEZIER, NURBS = range(4)
VECTOR = 2
"""The type of a Bezier handle that points straight at the next control point."""

# the settings of a curve, of which it has no more once it is points; the value where Blender has none
BY_CURVE = {"curve_type": CATMULL_ROM, "resolution": 12, "nurbs_order": 4, "knots_mode": 0}
BY_POINT = ("handle_left", "handle_right", "handle_type_left", "handle_type_right", "nurbs_weight")
SETTINGS = (*BY_CURVE, *BY_POINT)

# modes of NURBS knots, bit by bit: the curve ends in its end points, it goes through pieces like a Bezier's
_ENDPOINT, _PIECES = 1, 2


@dataclass
class Mix:
    """Points as mixtures of control points: ``at`` (points, k), which; ``weight`` (points, k), how much of each."""

    at: np.ndarray
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.at)

    def of(self, values: np.ndarray) -> np.ndarray:
        """The control points' ``values`` (c, ...), mixed, or the nearest one's where they are no fractions."""
        if values.dtype.kind != "f":
            return values[self.at[np.arange(len(self)), self.weight.argmax(1)]]
        weight = self.weight.reshape(*self.weight.shape, *(1,) * (values.ndim - 1))
        return (values[self.at] * weight).sum(1).astype(values.dtype)

    def nearest(self, count: int) -> np.ndarray:
        """(count,) the first point that has most of each control point."""
        most = np.full(count, -1.0)
        np.maximum.at(most, self.at, self.weight)
        point, place = np.nonzero(self.weight == most[self.at])
        made = np.zeros(count, np.int64)
        made[self.at[point, place][::-1]] = point[::-1]
        return made


@dataclass
class Points:
    """What control points become. ``counts`` (s,): points of each stroke. ``mixes``: of each stroke what its
    points are mixed of, or None where it stays as it is; ``places``: of each stroke (points, 3), or None where the
    mixture gives them. ``control`` (c,): the point at (or nearest to, for NURBS) each control point."""

    counts: np.ndarray
    mixes: list
    places: list
    control: np.ndarray
    offsets: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """``values`` of the control points at the points: mixed, or the nearest one's where they are no fractions."""
        made = []
        for mix, start, end in zip(self.mixes, self.offsets[:-1], self.offsets[1:], strict=True):
            own = values[start:end]
            made.append(own if mix is None else mix.of(own))
        return np.concatenate(made)

    def placed(self, positions: np.ndarray) -> np.ndarray:
        """(n, 3) the points' places."""
        made = self.of(positions)
        for places, end, count in zip(self.places, np.cumsum(self.counts), self.counts, strict=True):
            if places is not None:
                made[end - count : end] = places
        return made


def evaluate(counts: np.ndarray, positions: np.ndarray, cyclic: np.ndarray, extra: dict) -> Points | None:
    """The points of curves with ``counts`` (s,) control points at ``positions`` (c, 3), with Blender's attributes
    ``extra`` (name -> domain, array); None where all are straight from point to point."""
    settings = {name: _setting(extra, name, len(counts), value) for name, value in BY_CURVE.items()}
    if not len(counts) or (settings["curve_type"] == POLY).all():
        return None
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    by_point = {name: extra[name][1] for name in BY_POINT if name in extra and extra[name][0] == POINT}
    mixes: list = []
    places: list = []
    control = []
    for stroke, (start, end) in enumerate(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)):
        own = {name: array[start:end] for name, array in by_point.items()}
        kind, resolution = int(settings["curve_type"][stroke]), max(1, int(settings["resolution"][stroke]))
        made, spots = None, None
        if end - start < 2 or kind == POLY:
            pass
        elif kind == BEZIER and "handle_left" in own and "handle_right" in own:
            made, spots = _bezier(positions[start:end], own, resolution, bool(cyclic[stroke]))
        elif kind == CATMULL_ROM:
            made = _catmull_rom(end - start, resolution, bool(cyclic[stroke]))
        elif kind == NURBS:
            order, mode = int(settings["nurbs_order"][stroke]), int(settings["knots_mode"][stroke])
            weight = own.get("nurbs_weight", np.ones(end - start))
            made = _nurbs(weight, order, mode if mode < 4 else _ENDPOINT, resolution, bool(cyclic[stroke]))
        mixes.append(made)
        places.append(spots)
        control.append(np.arange(end - start) if made is None else made.nearest(end - start))
    many = np.array(
        [n if made is None else len(made) for n, made in zip(counts.tolist(), mixes, strict=True)], np.int32
    )
    first = np.cumsum(many) - many
    nearest = np.concatenate([start + own for start, own in zip(first.tolist(), control, strict=True)])
    return Points(many, mixes, places, nearest, offsets)


def _setting(extra: dict, name: str, strokes: int, value: int) -> np.ndarray:
    have = extra.get(name)
    return have[1] if have is not None and have[0] != POINT else np.full(strokes, value, np.int32)


def _segments(count: int, steps: np.ndarray, cyclic: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For all points: the control point before, the one after, and how far between (0..1). ``steps``: points that each
    segment has, its first control point among them."""
    before = np.repeat(np.arange(len(steps)), steps)
    share = (np.arange(len(before)) - np.repeat(np.cumsum(steps) - steps, steps)) / np.repeat(steps, steps)
    if not cyclic:
        before, share = np.append(before, count - 1), np.append(share, 0.0)
    return before, (before + 1) % count, share


def _bezier(positions: np.ndarray, own: dict, resolution: int, cyclic: bool) -> tuple[Mix, np.ndarray]:
    count = len(positions)
    nothing = np.zeros(count, np.int8)
    left, right = (own.get("handle_type_" + side, nothing) == VECTOR for side in ("left", "right"))
    straight = right & np.roll(left, -1)
    steps = np.where(straight, 1, resolution)[: count if cyclic else count - 1]
    before, after, share = _segments(count, steps, cyclic)
    u = share[:, None]
    corners = positions[before], own["handle_right"][before], own["handle_left"][after], positions[after]
    weights = (1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u), u**3
    mix = Mix(np.stack([before, after], 1), np.stack([1 - share, share], 1))
    return mix, sum(weight * corner for weight, corner in zip(weights, corners, strict=True))


def _catmull_rom(count: int, resolution: int, cyclic: bool) -> Mix:
    steps = np.full(count if cyclic else count - 1, resolution)
    before, _, u = _segments(count, steps, cyclic)
    weights = (-u + 2 * u**2 - u**3, 2 - 5 * u**2 + 3 * u**3, u + 4 * u**2 - 3 * u**3, u**3 - u**2)
    at = before[:, None] + np.arange(-1, 3)
    at = at % count if cyclic else np.clip(at, 0, count - 1)  # an open curve's end points count twice
    return Mix(at, np.stack(weights, 1) / 2)


def _nurbs(weight: np.ndarray, order: int, mode: int, resolution: int, cyclic: bool) -> Mix | None:
    count = len(weight)
    if count < order or (mode & _PIECES and (count % (order - 1) if cyclic else mode == _PIECES and count <= order)):
        return None  # Blender, too, draws such ones from point to point
    knots = _knots(count, order, mode, cyclic)
    last = count + order - 1 if cyclic else count
    many = resolution * (count if cyclic else count - 1)
    steps = many if cyclic else max(1, many - 1)
    u = knots[order - 1] + (knots[last] - knots[order - 1]) * np.arange(many) / steps
    # Each point's span of the knots (none that is empty), then the basis there by the Cox-de Boor recursion.
    spans = np.arange(order - 1, last)
    spans = spans[knots[spans + 1] > knots[spans]]
    span = spans[np.clip(np.searchsorted(knots[spans], u, "right") - 1, 0, None)]
    basis = np.ones((many, 1))
    for degree in range(1, order):
        more = np.zeros((many, degree + 1))
        for k in range(degree):
            low, high = knots[span + k + 1 - degree], knots[span + k + 1]
            part = basis[:, k] / (high - low)
            more[:, k] += (high - u) * part
            more[:, k + 1] += (u - low) * part
        basis = more
    at = (span[:, None] + np.arange(1 - order, 1)) % count
    basis = basis * weight[at]
    return Mix(at, basis / basis.sum(1, keepdims=True))


def _knots(count: int, order: int, mode: int, cyclic: bool) -> np.ndarray:
    """As Blender spaces them."""
    pieces, ends = bool(mode & _PIECES), bool(mode & _ENDPOINT)
    repeat = order - 1 if pieces else 1
    head = order - cyclic if ends else min(2, repeat) if pieces else 1
    tail = 2 * order - 1 if cyclic else order if ends else 0
    offset = 1 if ends and cyclic else 0
    knots = np.zeros(count + order + (order - 1 if cyclic else 0))
    current, left = float(offset), head
    for k in range(offset, len(knots) - tail):
        knots[k] = current
        left -= 1
        if left == 0:
            current, left = current + 1, repeat
    for k in range(tail):
        knots[len(knots) - tail + k] = current + (knots[k] - knots[0])
    return knots
