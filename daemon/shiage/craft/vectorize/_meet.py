"""Strokes that meet in the skeleton brought together again.

A stroke that goes on through a crossing is laid smoothly past it, and may then miss the ends that arrive there, or
another stroke that only touches it there.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from ._join import Path

Points = npt.NDArray[np.float64]

_NEAR = 0.35  # usual widths by which an end may miss the middle of a line that it meets
_TOUCH = 0.7  # of a stroke's width: strokes whose middles are no further apart touch
_AGAIN = 12.0  # usual widths from one tie of a stroke to its next
_FAR = 3.0  # usual widths beyond which it does not meet it


def brought_together(rows: list[Points], paths: list[Path], usual: float) -> dict[tuple[int, int], Points]:
    """Where strokes (n, 2) go on to, (2,), by their number and side, 0 = before their first point and 1 = behind their
    last. `usual`: the lines' width, pixels.

    Of several that end where another goes through one is brought to it, and holds the others.
    """
    ending: dict[int, list[tuple[int, int]]] = defaultdict(list)
    passing: dict[int, list[int]] = defaultdict(list)
    for k, path in enumerate(paths):
        for side in (0, 1):
            if path.nodes[side] >= 0:
                ending[path.nodes[side]].append((k, side))
        for node in path.through:
            passing[node].append(k)
    more: dict[tuple[int, int], Points] = {}
    for node in sorted(ending.keys() & passing.keys()):
        first, side = ending[node][0]
        tip = rows[first][0 if side == 0 else -1]
        goals = np.array(
            [
                _nearest(rows[k], paths[k].closed, tip) if k != first else _nearest_of_own(rows[k], side, usual)
                for k in passing[node]
            ]
        )
        away = np.hypot(*(goals - tip).T)
        if _NEAR * usual < away.min() < _FAR * usual:
            goal = goals[away.argmin()]
            more[max(ending[node], key=lambda end: float(_onward(rows[end[0]], end[1], usual) @ (goal - tip)))] = goal
    return more


def ties(rows: list[Points], wide: list[float], paths: list[Path], usual: float) -> list[tuple[int, Points]]:
    """The shortest strokes (2, 2) that tie together again what goes on through one crossing without touching there,
    each with the number of a stroke that it ties. wide: the strokes' widths, pixels; else as for `brought_together`.

    Two that run beside one another touch time and again in the skeleton: one tie in a while is enough.
    """
    passing: dict[int, list[tuple[int, Points]]] = defaultdict(list)
    for k, path in enumerate(paths):
        for node, place in zip(path.through, path.places, strict=True):
            if all(k != other for other, _ in passing[node]):
                passing[node].append((k, place))
    made: list[tuple[int, Points]] = []
    for _, those in sorted(passing.items()):
        first, place = those[0]
        held, thinnest = _about(rows[first], paths[first].closed, place, _FAR * usual), wide[first]
        for k, place in those[1:]:
            more = _about(rows[k], paths[k].closed, place, _FAR * usual)
            if not len(held) or not len(more):
                continue
            away = np.hypot(*(held[:, None] - more[None]).transpose(2, 0, 1))
            one, other = np.unravel_index(int(away.argmin()), away.shape)
            thinnest = min(thinnest, wide[k])
            if _TOUCH * thinnest < away[one, other] < _FAR * usual:
                tie = np.stack([held[one], more[other]])
                if all(k != other or np.hypot(*(tie - ends)[0]) > _AGAIN * usual for other, ends in made):
                    made.append((k, tie))
            held = np.concatenate([held, more])
    return made


def _about(row: Points, closed: bool, place: Points, near: float) -> Points:
    """Places (n, 2) half a pixel apart on a stroke, as far as they are `near` another, pixels."""
    ring = np.concatenate([row, row[:1]]) if closed else row
    first, step = ring[:-1], np.diff(ring, axis=0)
    size = np.maximum(np.hypot(*step.T), 1e-9)
    # Only pieces that come near at all.
    share = np.clip(((place - first) * step).sum(1) / size**2, 0, 1)
    close = np.flatnonzero(np.hypot(*(first + share[:, None] * step - place).T) <= near)
    laid = [first[i] + np.linspace(0, 1, int(np.ceil(2 * size[i])) + 1)[:, None] * step[i] for i in close]
    found = np.concatenate([np.zeros((0, 2)), *laid])
    return np.asarray(found[np.hypot(*(found - place).T) <= near])


def _nearest_of_own(row: Points, side: int, usual: float) -> Points:
    """The place (2,) on a stroke that is nearest to one of its own ends, as where a 6 ends: beyond the part that leads
    to that end; infinitely far where the stroke is too short for that."""
    points = row if side == 0 else row[::-1]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    rest = points[along > 2 * _FAR * usual]
    return _nearest(rest, False, points[0]) if len(rest) > 1 else np.full(2, np.inf)


def _onward(row: Points, side: int, usual: float) -> Points:
    """The direction (2,) in which a stroke would go on beyond one of its ends."""
    points = row if side == 0 else row[::-1]
    far = np.hypot(*(points - points[0]).T)
    back = points[int(np.argmax(far > 2 * usual))] if (far > 2 * usual).any() else points[-1]
    way = points[0] - back
    return np.asarray(way / max(float(np.hypot(*way)), 1e-9))


def _nearest(row: Points, closed: bool, place: Points) -> Points:
    """The place (2,) on a stroke that is nearest to another."""
    ring = np.concatenate([row, row[:1]]) if closed else row
    first, step = ring[:-1], np.diff(ring, axis=0)
    share = ((place - first) * step).sum(1) / np.maximum((step**2).sum(1), 1e-12)
    feet = first + np.clip(share, 0, 1)[:, None] * step
    return np.asarray(feet[int(np.hypot(*(feet - place).T).argmin())])
