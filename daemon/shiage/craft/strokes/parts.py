"""The parts of a drawing that move as one.

They are found greedily: the motion that explains the most line goes first, then the next on what is left (sequential
RANSAC with the MSAC score of Torr and Zisserman, 2000; the guesses come from neighbouring strokes, not by chance).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from .context import nearest_strokes
from .similarity import Similarity, fit

MOST_PARTS = 40

Complexes = NDArray[np.complex128]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Parts:
    """Motions of parts from one drawing to the other.

    ``motion`` (p,): where each part goes. ``members``: for each part the matched strokes (indices into the pairs that
    it was found from). ``tolerance``: how near (in the drawing's unit) a stroke follows its part.
    """

    motion: Similarity
    members: tuple[Ints, ...]
    tolerance: float

    @property
    def count(self) -> int:
        """The number of parts."""
        return len(self.members)

    def one(self, part: int) -> Similarity:
        """The motion of one part."""
        return Similarity(self.motion.a[part], self.motion.b[part])


def find_parts(first: Complexes, second: Complexes, weight: Floats, size: float) -> Parts:
    """Parts of matched strokes.

    ``first``, ``second`` (m, SAMPLES): samples of each pair, laid on each other. ``weight`` (m,): how much each pair
    counts (its length times its sureness).
    """
    if len(first) == 0:
        return Parts(Similarity(np.ones(0, complex), np.zeros(0, complex)), (), 0.01 * size)
    guesses, own_misfit = _guesses(first, second, weight)
    tolerance = float(np.clip(2.5 * np.median(own_misfit), 0.002 * size, 0.015 * size))
    misfit = _misfit(guesses, first, second)
    follows = np.maximum(0, 1 - (misfit / tolerance) ** 2).astype(np.float32)
    left = np.ones(len(first))
    found: list[tuple[Similarity, Ints]] = []
    least = 1.2 * float(np.median(weight)) if len(first) > 1 else 0.0
    while len(found) < MOST_PARTS:
        gain = follows @ (weight * left).astype(np.float32)
        best = int(gain.argmax())
        if gain[best] <= least:
            break
        motion = Similarity(guesses.a[best], guesses.b[best])
        inside = misfit[best] < tolerance
        for _ in range(3):
            chosen = inside & (left > 0.3)
            if not chosen.any():
                break
            motion = fit(first[chosen].ravel(), second[chosen].ravel(), _each(weight[chosen], first), scale=True)
            inside = abs(motion(first) - second).mean(1) < tolerance
        members = np.flatnonzero(inside & (left > 0.3))
        left = np.where(inside, left * 0.05, left)
        left[np.flatnonzero(misfit[best] < tolerance)] *= 0.5  # or a poor refit would be found again for ever
        if len(members):
            found += [(motion, piece) for piece in _connected(first, members, 0.12 * size)]
    if not found:
        everything = np.arange(len(first))
        found = [(fit(first.ravel(), second.ravel(), _each(weight, first), scale=False), everything)]
    motions = [
        fit(first[piece].ravel(), second[piece].ravel(), _each(weight[piece], first), scale=True)
        if len(piece) > 1
        else m
        for m, piece in found
    ]
    return Parts(
        Similarity(np.array([m.a for m in motions]), np.array([m.b for m in motions])),
        tuple(piece for _, piece in found),
        tolerance,
    )


def _guesses(first: Complexes, second: Complexes, weight: Floats) -> tuple[Similarity, Floats]:
    """Motions of each stroke alone and with its 1, 3 and 6 nearest; and how well it fits with its 3 nearest."""
    m = len(first)
    if m == 1:
        only = fit(first, second, scale=False)
        return only, abs(only.a[:, None] * first + only.b[:, None] - second).mean(1)
    near = nearest_strokes(first, min(6, m - 1)).stroke
    order = np.concatenate([np.arange(m)[:, None], near], 1)
    motions, own = [], np.zeros(m)
    for many in (1, 2, 4, 7):
        group = order[:, :many]
        samples = first[group].reshape(m, -1), second[group].reshape(m, -1)
        motion = fit(*samples, np.repeat(weight[group], first.shape[1], axis=1), scale=False)
        motions.append(motion)
        if many == 2:
            own = abs(motion.a[:, None] * first + motion.b[:, None] - second).mean(1)
    return Similarity(np.concatenate([x.a for x in motions]), np.concatenate([x.b for x in motions])), own


def _misfit(motion: Similarity, first: Complexes, second: Complexes) -> Floats:
    """(guesses, strokes) root mean square distance, from moments."""
    a, b = motion.a[:, None], motion.b[:, None]
    centre, goal = first.mean(1), second.mean(1)
    power = abs(a) ** 2 * (abs(first) ** 2).mean(1) + abs(b) ** 2 + (abs(second) ** 2).mean(1)
    cross = (np.conj(b) * a * centre - a * np.conj((np.conj(first) * second).mean(1)) - np.conj(b) * goal).real
    return np.asarray(np.sqrt(np.maximum(power + 2 * cross, 0)))


def _each(weight: Floats, samples: Complexes) -> Floats:
    return np.repeat(weight, samples.shape[1])


def _connected(samples: Complexes, members: Ints, reach: float) -> list[Ints]:
    """``members`` split into groups of strokes that lie near each other; lone strokes of a split part are left out."""
    if len(members) < 3:
        return [members]
    near = nearest_strokes(samples[members], min(8, len(members) - 1))
    rows = np.repeat(np.arange(len(members)), near.stroke.shape[1])
    close = near.distance.ravel() < reach
    graph = np.zeros((len(members), len(members)), np.int8)
    graph[rows[close], near.stroke.ravel()[close]] = 1
    count, label = connected_components(graph, directed=False)
    groups = [members[label == k] for k in range(count)]
    return [group for group in groups if len(group) > 1] or [members]
