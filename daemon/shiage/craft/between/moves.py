"""Affine motions: from one key to the other, back, and on the way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Map = npt.NDArray[np.float64]
"""(2, 3): x' = m @ (x, y, 1), pixels."""


def inverse(move: Map) -> Map:
    """The map back."""
    linear = np.linalg.inv(move[:, :2])
    return np.column_stack([linear, -linear @ move[:, 2]])


def turn_of(move: Map) -> float:
    """How far a map turns, radians."""
    return float(np.arctan2(move[1, 0] - move[0, 1], move[0, 0] + move[1, 1]))


def on_the_way(move: Map, t: float) -> Map:
    """The map at ``t``: on arcs about the point that stays where it is, sizes growing evenly."""
    linear, still = move[:, :2], np.eye(2)
    angle = turn_of(move)
    if abs(angle) < 0.03:
        return np.column_stack([(1 - t) * still + t * linear, t * move[:, 2]])
    pivot = np.linalg.solve(still - linear, move[:, 2])
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    stretch = back @ linear
    turn = np.array([[np.cos(t * angle), -np.sin(t * angle)], [np.sin(t * angle), np.cos(t * angle)]])
    part = turn @ ((1 - t) * still + t * stretch)
    return np.column_stack([part, pivot - part @ pivot])
