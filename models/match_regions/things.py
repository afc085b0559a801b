"""Things: a shape with details on it and limbs that swing, on its way over the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from puppet.curves import RING

from .lively import enliven
from .pieces import Piece, an_outline, turned

Rng = np.random.Generator
Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Thing:
    """Pieces and a path. ``at``: (2, 2) px of the first and last moment; ``turn``: radians at both; ``size``: (2, 2)
    px of both moments, along and down.
    """

    pieces: list[Piece]
    at: Points
    turn: Points
    size: Points

    def placed(self, i: int, t: float) -> Points:
        """The outline of piece ``i`` at ``t``, pixels: turned by its own swing, then by that of what it hangs on."""
        points, moving = self.pieces[i].outline, i
        while moving >= 0:
            part = self.pieces[moving]
            if part.blink:
                shut, long = part.blink
                points = (points - part.joint) * (1.0, min(1.0, max(0.03, abs(t - shut) / long))) + part.joint
            points = turned(points - part.joint, part.swing * t) + part.joint
            moving = part.on
        at, size = (self.at[0] * (1 - t) + self.at[1] * t), (self.size[0] * (1 - t) + self.size[1] * t)
        return np.asarray(turned(points * size, float(self.turn[0] * (1 - t) + self.turn[1] * t)) + at)


def a_thing(rng: Rng, page: int, colours: int, lively: bool) -> Thing:
    """One by lot, in some of so many `colours`. ``lively``: with what is harder to follow."""

    def colour() -> int:
        return int(rng.integers(colours))

    pieces = [Piece(an_outline(rng), colour())]
    _limbs(pieces, rng, colour)
    _details(pieces, rng, colour)
    if lively:
        enliven(pieces, rng, colour)
    side = float(np.exp(rng.uniform(np.log(0.05), np.log(0.3)))) * page
    squash = np.exp(rng.normal(0, 0.12, (2, 2)))
    size = side * squash * np.array([[1.0], [np.exp(rng.normal(0, 0.12))]])
    at = np.stack([rng.uniform(0.05, 0.95, 2) * page] * 2)
    at[1] += rng.normal(0, float(rng.choice([0.01, 0.05, 0.15])) * page, 2)
    if rng.random() < 0.12:  # it comes in from outside, or goes
        at[int(rng.integers(2))] += rng.choice([-1, 1]) * np.array([page * 0.7, 0.0])
    start = rng.normal(0, 0.5)
    turn = np.array([start, start + rng.normal(0, float(rng.choice([0.02, 0.2, 0.6])))])
    if rng.random() < 0.08:
        size[int(rng.integers(2))] *= 0.04  # it pops up, or vanishes
    if lively and rng.random() < 0.12:  # it turns its other side to us
        size[int(rng.integers(2)), 0] *= -1
    return Thing(pieces, at, turn, size)


def _limbs(pieces: list[Piece], rng: Rng, colour: Callable[[], int]) -> None:
    """Some of two joints."""
    for _ in range(int(rng.choice([0, 1, 2, 3, 5]))):
        joint = rng.uniform(-0.8, 0.8, 2)
        long, wide, turn = rng.uniform(0.5, 1.4), rng.uniform(0.12, 0.4), rng.uniform(0, 2 * np.pi)
        limb = turned(RING * (long, wide) + (long * 0.8, 0), turn) + joint
        swing, shade, behind = float(rng.normal(0, 0.5)), colour(), bool(rng.random() < 0.4)
        pieces.append(Piece(limb, shade, 0, False, (float(joint[0]), float(joint[1])), swing, behind))
        if rng.random() < 0.5:
            tip = turned(np.array([[1.6 * long, 0.0]]), turn)[0] + joint
            end, on = an_outline(rng) * rng.uniform(0.15, 0.4) + tip, len(pieces) - 1
            at, shade = (float(tip[0]), float(tip[1])), colour()
            pieces.append(Piece(end, shade, on, False, at, float(rng.normal(0, 0.4)), behind))


def _details(pieces: list[Piece], rng: Rng, colour: Callable[[], int]) -> None:
    """Spots and stripes upon its pieces, and upon each other."""
    for _ in range(int(rng.choice([0, 1, 2, 4, 8]))):
        on = int(rng.integers(len(pieces)))
        base = pieces[on].outline
        middle, spread = base.mean(0), base.std(0)
        if rng.random() < 0.3:  # a stripe through it
            detail = turned(RING * (4.0, rng.uniform(0.08, 0.3)) * spread.mean(), rng.uniform(0, np.pi))
            detail = detail + middle + rng.normal(0, 0.5, 2) * spread
        else:
            detail = an_outline(rng) * spread.mean() * rng.uniform(0.1, 0.6) + middle + rng.normal(0, 0.5, 2) * spread
        pieces.append(Piece(detail, colour(), on, bool(rng.random() < 0.85)))
