"""What speaks against a motion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import numpy as np

from .borders import Borders
from .evidence import Evidence
from .moves import Found, Map, grown, moved, stretches, turn_of
from .read import Key
from .registration import Doubles, Shape

_MISSED = 4.0  # levels that a pixel counts by which a border is missed
_STRANGE, _TURN = 6.0, 1.5  # levels that it counts to be e times as long; times that for a radian beyond a swing
_SWING = 0.5  # radians that a limb turns
_FLAT = 1e-3  # of its size is left of an area that has fallen together
_TEAR, _TORN = 0.5, 6.0  # levels a pixel that areas move apart, and pixels at most

Likely: TypeAlias = Callable[[int, int, Map, float], bool]
"""Of an area of the first key and one of the second, the map and what it leaves: whether they are one."""


class Against(Protocol):
    def __call__(self, move: Map, enough: float = np.inf) -> float:
        """Levels that speak against a motion; where they are ``enough``, any as many or more."""
        ...


class Judge:
    """How much speaks against a motion, in levels: what the pictures and the borders don't bear out, that it tears an
    area from those that it touches, that it stretches.

    ``moves``: as the matched areas of the first key move now, and which of the second they are.
    """

    def __init__(
        self,
        a: Key,
        b: Key,
        shapes: tuple[list[Shape], list[Shape]],
        found: Found,
        ground: int,
        evidence: Evidence,
        likely: Likely,
    ) -> None:
        self._a, self._shapes, self._evidence = a, shapes, evidence
        ground_there = next((j for i, j in found if i == ground), 0)
        self._borders = Borders(a, b, shapes, (ground, ground_there))
        self._likely = likely
        self.moves: dict[int, tuple[Map, int]] = {}
        for (i, j), (move, off) in found.items():
            if i != ground:
                self.moved(i, j, move, off)

    def moved(self, i: int, j: int, move: Map, off: float) -> None:
        """From now on area ``i`` of the first key moves so to ``j``, if they are one then."""
        self.moves.pop(i, None)
        if self._likely(i, j, move, off):
            self.moves[i] = move, j

    def beside(self, i: int) -> list[int]:
        """The matched areas that area ``i`` of the first key touches most."""
        border = self._a.described.touching[i - 1]
        return [int(k) for k in np.argsort(-border)[:6] + 1 if border[k - 1] > 0 and int(k) in self.moves]

    def _held(self, i: int) -> tuple[Doubles, Doubles]:
        """(p, 2) where area ``i`` touches others that are matched, and where these places get to with those."""
        shape, beside = self._shapes[0][i], self.beside(i)
        at = [shape.rim[shape.across == k] for k in beside]
        theirs = [moved(self.moves[k][0], points) for k, points in zip(beside, at, strict=True)]
        return np.concatenate([np.zeros((0, 2)), *at]), np.concatenate([np.zeros((0, 2)), *theirs])

    def of(self, i: int, j: int) -> Against:
        """Gives, for motions of area ``i`` to ``j``, what speaks against each, as all others move now."""
        others = self._borders.beside(i, j, self.moves)
        at, theirs = self._held(i)

        def against(move: Map, enough: float = np.inf) -> float:
            if grown(move) < _FLAT:
                return np.inf
            torn = _TEAR * float(np.minimum(np.hypot(*(moved(move, at) - theirs).T), _TORN).mean()) if len(at) else 0.0
            left = self._borders.left(i, j, move, others)
            seen = torn + _MISSED * left + _STRANGE * strangeness(move)
            if seen >= enough:
                return seen
            return seen + self._evidence.against(i, j, move, enough=enough - seen)

        return against


def strangeness(move: Map) -> float:
    """How much a map stretches and turns: 0 for a shift."""
    long, short = stretches(move)
    swing = max(0.0, abs(turn_of(move)) - _SWING)
    return float(abs(np.log(max(long, 1e-3))) + abs(np.log(max(short, 1e-3))) + _TURN * swing)
