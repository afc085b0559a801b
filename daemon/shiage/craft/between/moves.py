"""Affine motions: from one key to the other, back, and on the way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Map = npt.NDArray[np.float64]
"""(2, 3): x' = m @ (x, y, 1), pixels."""
Found = dict[tuple[int, int], tuple[Map, float]]
"""By area of the first key and of the second: the map, and the mean pixels between the outlines that it leaves."""


def inverse(move: Map) -> Map:
    """The map back."""
    (a, b, x), (c, d, y) = move.tolist()
    size = a * d - b * c
    return np.asarray(np.array([[d, -b, b * y - d * x], [-c, a, c * x - a * y]]) / size, np.float64)


def moved(move: Map, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(p, 2) or (r, c, 2) where places lie then."""
    return np.asarray(points @ move[:, :2].T + move[:, 2], np.float64)


def grown(move: Map) -> float:
    """How many times as large a map makes an area; negative where it mirrors it."""
    (a, b, _), (c, d, _) = move.tolist()
    return float(a * d - b * c)


def stretches(move: Map) -> tuple[float, float]:
    """How many times as long a map makes what it makes longest, and shortest: its singular values."""
    (a, b, _), (c, d, _) = move.tolist()
    turning, mirroring = 0.5 * float(np.hypot(a + d, c - b)), 0.5 * float(np.hypot(a - d, c + b))
    return turning + mirroring, abs(turning - mirroring)


def turn_of(move: Map) -> float:
    """How far a map turns, radians."""
    return float(np.arctan2(move[1, 0] - move[0, 1], move[0, 0] + move[1, 1]))


def half_turned(move: Map, middle: npt.NDArray[np.float64]) -> Map:
    """The map that brings what lies about ``middle`` to the same place the other way round."""
    return np.column_stack([-move[:, :2], move[:, 2] + 2 * move[:, :2] @ middle])


def on_the_way(move: Map, t: float, middle: npt.NDArray[np.float64]) -> Map:
    """The map at ``t``: what it carries turns, and its size grows evenly; its ``middle``, (2,) in the first key, goes
    on an arc.

    The arc is about the point that the map's similarity part leaves where it is: the point that the whole map leaves
    may lie anywhere, where it turns and shears (an eigenvalue of about 1), and no arc about it is a way to go.
    """
    linear, still = move[:, :2], np.eye(2)
    angle = turn_of(move)
    if abs(angle) < 0.03:
        return np.column_stack([(1 - t) * still + t * linear, t * move[:, 2]])
    stretch = rotation(-angle) @ linear
    part = rotation(t * angle) @ ((1 - t) * still + t * stretch)
    size = 0.5 * np.trace(stretch)
    pivot = np.linalg.solve(
        still - size * rotation(angle), linear @ middle + move[:, 2] - size * rotation(angle) @ middle
    )
    there = pivot + (1 - t + t * size) * rotation(t * angle) @ (middle - pivot)
    return np.column_stack([part, there - part @ middle])


def rotation(angle: float) -> npt.NDArray[np.float64]:
    """(2, 2), by ``angle`` radians."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def turned(vectors: npt.NDArray[np.float64], angle: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(p, 2) vectors, each turned by its own angle, (p,) radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * vectors[:, 0] - sin * vectors[:, 1], sin * vectors[:, 0] + cos * vectors[:, 1]], 1)
