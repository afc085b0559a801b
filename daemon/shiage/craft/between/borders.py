"""What the borders say of a motion: every border of an area is its own, and goes with it, or that of its neighbour, and
goes with that one, or is hidden where it would have got to.

So a motion need not explain what comes before an area: a hill behind a house is the same hill when the house has moved.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from .moves import Map, inverse, moved
from .read import Key
from .registration import Doubles, Floats, Shape, levels, look

Ints = npt.NDArray[np.int32]
Moves = Mapping[int, tuple[Map, int]]
"""By area of the first key: its motion, and the area that it is in the second."""

_MOST = 6.0  # pixels that one place counts
_GONE = 1.0  # pixels that a border counts with what isn't in the other key
_HIDDEN = 1.5  # pixels that a place counts that is hidden in the other key


class Borders:
    """Two keys whose areas have outlines ``shapes``; ``ground``: of each, the area that hides nothing."""

    def __init__(self, a: Key, b: Key, shapes: tuple[list[Shape], list[Shape]], ground: tuple[int, int]) -> None:
        self._labels = a.labels, b.labels
        self._shapes = shapes
        self._ground = ground

    def beside(self, i: int, j: int, moves: Moves) -> tuple[Doubles, Doubles]:
        """How far, in pixels, each border place of area ``i`` of the first key, and of ``j`` of the second, is from
        where the neighbour across it has got to; ``inf`` where there is none but the ground.
        """
        touched = set(np.unique(self._shapes[1][j].across).tolist())
        back = {other: (inverse(move), one) for one, (move, other) in moves.items() if other in touched}
        return self._beside(0, i, moves), self._beside(1, j, back)

    def _beside(self, which: int, area: int, moves: Moves) -> Doubles:
        shape = self._shapes[which][area]
        off = np.full(len(shape.rim), np.inf)
        for k in np.unique(shape.across):
            if int(k) in moves:
                move, there = moves[int(k)]
                here = shape.across == k
                found, _ = levels(self._shapes[1 - which][there], moved(move, shape.rim[here]))
                off[here] = np.abs(found + shape.level[here])
            elif k not in (0, self._ground[which]):
                off[shape.across == k] = _GONE
        return off

    def left(self, i: int, j: int, move: Map, beside: tuple[Doubles, Doubles]) -> float:
        """Mean pixels, 0..6, that neither ``move`` nor the motions ``beside`` explain of the two areas' borders."""
        total, count = 0.0, 0
        for which, way in ((0, move), (1, inverse(move))):
            one, other = (i, j) if which == 0 else (j, i)
            shape, target = self._shapes[which][one], self._shapes[1 - which][other]
            part, seen = _left(
                shape.rim, shape.level, beside[which], way, target.distance, target.left, target.top,
                self._labels[1 - which], other, self._ground[1 - which],
            )  # fmt: skip
            total, count = total + part, count + seen
        return total / count if count else _MOST


@kernel
def _left(
    rim: Doubles,
    level: Doubles,
    beside: Doubles,
    move: Map,
    distance: Floats,
    left: int,
    top: int,
    labels: Ints,
    area: int,
    ground: int,
) -> tuple[float, int]:
    height, width = labels.shape
    total, count = 0.0, 0
    for n in range(len(rim)):
        x = move[0, 0] * rim[n, 0] + move[0, 1] * rim[n, 1] + move[0, 2]
        y = move[1, 0] * rim[n, 0] + move[1, 1] * rim[n, 1] + move[1, 2]
        if x < -0.5 or y < -0.5 or x > width - 0.5 or y > height - 0.5:
            continue
        value, _, _ = look(distance, left, top, x, y)
        off = min(abs(value - level[n]), beside[n], _MOST)
        if off > _HIDDEN:
            there = labels[min(max(round(y), 0), height - 1), min(max(round(x), 0), width - 1)]
            if there not in (area, ground):
                off = _HIDDEN
        total += off
        count += 1
    return total, count
