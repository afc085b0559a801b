"""Curves of all of Blender's kinds as the points that Blender draws them through; no bpy.

Every evaluated point is a mixture of control points (rows of weights that sum to 1), whatever the points carry; only
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
class Points:
    """What control points become. ``counts`` (s,): points of each stroke. ``rows``: of each stroke the weights (points,
    control points) or None where it stays as it is; ``places``: of each stroke (points, 3), or None where the weights
    give them. ``control`` (c,): the point at (or nearest to, for NURBS) each control point."""

    counts: np.ndarray
    rows: list
    places: list
    control: np.ndarray
    offsets: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """``values`` of the control points at the points: mixed, or the nearest one's where they are no fractions."""
        made = []
        for rows, start, end in zip(self.rows, self.offsets[:-1], self.offsets[1:], strict=True):
            own = values[start:end]
            if rows is None:
                made.append(own)
            elif values.dtype.kind == "f":
                made.append((rows @ own).astype(values.dtype))
            else:
                made.append(own[rows.argmax(1)])
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
    rows: list = []
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
        rows.append(made)
        places.append(spots)
        control.append(np.arange(end - start) if made is None else made.argmax(0))
    many = np.array([n if made is None else len(made) for n, made in zip(counts.tolist(), rows, strict=True)], np.int32)
    first = np.cumsum(many) - many
    nearest = np.concatenate([start + own for start, own in zip(first.tolist(), control, strict=True)])
    return Points(many, rows, places, nearest, offsets)


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


def _bezier(positions: np.ndarray, own: dict, resolution: int, cyclic: bool) -> tuple[np.ndarray, np.ndarray]:
    count = len(positions)
    nothing = np.zeros(count, np.int8)
    left, right = (own.get("handle_type_" + side, nothing) == VECTOR for side in ("left", "right"))
    straight = right & np.roll(left, -1)
    steps = np.where(straight, 1, resolution)[: count if cyclic else count - 1]
    before, after, share = _segments(count, steps, cyclic)
    u = share[:, None]
    corners = positions[before], own["handle_right"][before], own["handle_left"][after], positions[after]
    weights = (1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u), u**3
    rows = np.zeros((len(before), count))
    index = np.arange(len(before))
    rows[index, before] = 1 - share
    rows[index, after] += share
    return rows, sum(weight * corner for weight, corner in zip(weights, corners, strict=True))


def _catmull_rom(count: int, resolution: int, cyclic: bool) -> np.ndarray:
    steps = np.full(count if cyclic else count - 1, resolution)
    before, _, u = _segments(count, steps, cyclic)
    weights = (-u + 2 * u**2 - u**3, 2 - 5 * u**2 + 3 * u**3, u + 4 * u**2 - 3 * u**3, u**3 - u**2)
    rows = np.zeros((len(before), count))
    for offset, weight in zip((-1, 0, 1, 2), weights, strict=True):
        at = before + offset
        at = at % count if cyclic else np.clip(at, 0, count - 1)  # an open curve's end points count twice
        np.add.at(rows, (np.arange(len(before)), at), weight / 2)
    return rows


def _nurbs(weight: np.ndarray, order: int, mode: int, resolution: int, cyclic: bool) -> np.ndarray | None:
    count = len(weight)
    if count < order or (mode & _PIECES and (count % (order - 1) if cyclic else mode == _PIECES and count <= order)):
        return None  # Blender, too, draws such ones from point to point
    knots = _knots(count, order, mode, cyclic)
    last = count + order - 1 if cyclic else count
    many = resolution * (count if cyclic else count - 1)
    steps = many if cyclic else max(1, many - 1)
    u = knots[order - 1] + (knots[last] - knots[order - 1]) * np.arange(many) / steps
    # Each point's span of the knots, then the basis by de Boor's recursion from one degree to the next.
    span = np.clip(np.searchsorted(knots, u, "right") - 1, order - 1, last - 1)
    basis = np.zeros((many, len(knots) - 1))
    basis[np.arange(many), span] = 1.0
    for degree in range(1, order):
        wide = len(knots) - 1 - degree
        low, high = knots[degree : degree + wide] - knots[:wide], knots[degree + 1 :][:wide] - knots[1 : wide + 1]
        rise = np.where(low > 0, (u[:, None] - knots[:wide]) / np.where(low > 0, low, 1), 0)
        fall = np.where(high > 0, (knots[degree + 1 :][:wide] - u[:, None]) / np.where(high > 0, high, 1), 0)
        basis = rise * basis[:, :wide] + fall * basis[:, 1 : wide + 1]
    rows = np.zeros((many, count))
    np.add.at(rows.T, np.arange(basis.shape[1]) % count, basis.T)
    rows = rows * weight
    return rows / np.maximum(rows.sum(1, keepdims=True), 1e-12)


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
