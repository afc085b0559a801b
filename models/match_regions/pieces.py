"""The shapes that things are cut out of: what they are made of, what they look like and how they turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from puppet.curves import RING, TURNS

Rng = np.random.Generator
Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """One shape in its thing's units. ``on``: the piece that it is painted upon and moves with (-1: none); ``joint``:
    the point that it swings about; ``swing``: radians from the first moment to the last; ``blink``: the moment when it
    is shut, and how long it opens from there.
    """

    outline: Points
    colour: int
    on: int = -1
    clipped: bool = False
    joint: tuple[float, float] = (0.0, 0.0)
    swing: float = 0.0
    behind: bool = False
    blink: tuple[float, float] | None = None


def an_outline(rng: Rng) -> Points:
    """A closed outline about 0, about 1 in radius."""
    kind = rng.choice(["oval", "box", "corners", "star", "blob"])
    if kind == "oval":
        return RING * (1.0, rng.uniform(0.35, 1.0))
    if kind == "box":
        power = rng.uniform(3, 12)
        far = (np.abs(RING) ** power).sum(1) ** (1 / power)
        return turned(RING / far[:, None] * (1.0, rng.uniform(0.25, 1.0)), rng.normal(0, 0.3))
    if kind == "corners":
        corners = np.sort(rng.uniform(0, 1, int(rng.integers(3, 7)))) * 2 * np.pi
        at = np.stack([np.cos(corners), np.sin(corners)], 1)
        along = np.linspace(0, len(at), len(RING), endpoint=False)
        i = along.astype(int)
        share = (along - i)[:, None]
        return np.asarray(at[i] * (1 - share) + at[(i + 1) % len(at)] * share)
    if kind == "star":
        points = int(rng.integers(4, 8))
        return RING * (1 - rng.uniform(0.15, 0.45) * (0.5 + 0.5 * np.cos(points * TURNS)))[:, None]
    bumps = sum(rng.normal(0, 0.25 / k) * np.cos(k * TURNS + rng.uniform(0, 6.3)) for k in range(2, 6))
    return np.asarray(RING * (1 + np.clip(bumps, -0.5, 0.8))[:, None])


def turned(points: Points, angle: float) -> Points:
    """(n, 2) points turned about 0 by radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[c, s], [-s, c]]))
