"""The drawings between two keys.

Each point goes along with the part that explains it (or with a mixture where it lies between parts): what its stroke
does beyond the part's motion is added evenly in the part's own frame, as it turns. So both keys are met exactly, arcs
stay arcs and rigid parts keep their shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from .curves import Curves, Floats, Points
from .matching import Match, Matching
from .parts import Parts, find_parts
from .similarity import Similarity, fit
from .skeleton import Skeleton, hang

MIXED = 3
"""Parts that a point may follow at once."""

Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Tween:
    """A stroke of the drawings between: where each of its points lies along a stroke of either key.

    ``first`` or ``second`` is -1 where the key has no such stroke (its places are empty then).
    """

    first: int
    second: int
    first_places: Floats
    second_places: Floats
    cyclic: bool


@dataclass(frozen=True, eq=False)
class Between:
    """All strokes between two keys, in drawing order, ready to be asked for any time."""

    tweens: tuple[Tween, ...]
    offsets: Ints
    skeleton: Skeleton
    _start: Points
    _parts: Ints
    _weights: Floats
    _rest: Points

    @property
    def count(self) -> int:
        """The number of strokes."""
        return len(self.tweens)

    def at(self, t: float) -> Points:
        """(n,) the points of all strokes at the share ``t`` of the way (stroke i: ``offsets[i]:offsets[i + 1]``)."""
        if self.skeleton.count == 0:
            return self._start + t * self._rest[:, 0]
        motion = self.skeleton.motions(t)
        local = self._start[:, None] + t * self._rest
        return np.asarray(((motion.a[self._parts] * local + motion.b[self._parts]) * self._weights).sum(1))


def draw_between(first: Curves, second: Curves, matching: Matching) -> Between:
    """Plan the strokes between two keys. ``matching``: what belongs together."""
    tweens = _tweens(first, second, matching)
    start, goal = _ends(tweens, first, second)
    counts = np.array([max(len(tween.first_places), len(tween.second_places)) for tween in tweens], np.intp)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    matched = [k for k, tween in enumerate(tweens) if tween.first >= 0 and tween.second >= 0]
    samples = _evenly(tweens, matched, first, second)
    weight = abs(np.diff(samples[0], axis=1)).sum(1) + 1e-3 * first.size
    parts = find_parts(samples[0], samples[1], weight, first.size)
    skeleton = hang(parts, samples[0], first.size)
    skeleton, lone = _with_lone(skeleton, parts, samples)
    chosen, weights = _follow(tweens, matched, lone, parts, skeleton, (start, goal), offsets, samples[0], first.size)
    inverse = skeleton.motion.inverse()
    if skeleton.count:
        begins = np.isfinite(start.real)
        back = inverse.a[chosen] * goal[:, None] + inverse.b[chosen]
        start = np.where(begins, start, back[:, 0])
        rest = np.where(np.isfinite(back), back - start[:, None], 0)
        rest[~begins] = back[~begins] - start[~begins, None]
    else:
        ends, begins = np.isfinite(goal.real), np.isfinite(start.real)
        start = np.where(begins, start, goal)
        rest = np.where(ends & begins, goal - start, 0)[:, None]
    return Between(tuple(tweens), offsets, skeleton, start, chosen, weights, rest)


def _tweens(first: Curves, second: Curves, matching: Matching) -> list[Tween]:
    """In the first key's drawing order; a stroke that only the second has comes after the one below it there."""
    empty = np.zeros(0)
    made: list[tuple[tuple[int, ...], Tween]] = []
    place_of: dict[int, int] = {}
    for match in matching.matches:
        made.append(((match.first, 0, match.second), _tween(match, first, second)))
        place_of[match.second] = max(match.first, place_of.get(match.second, -1))
    for i in matching.only_first:
        made.append(((int(i), 0, 0), Tween(int(i), -1, first.places[i], empty, bool(first.cyclic[i]))))
    below = -1
    loose = set(matching.only_second.tolist())
    for j in range(second.count):
        if j in loose:
            made.append(((below, 1, j), Tween(-1, j, empty, second.places[j], bool(second.cyclic[j]))))
        else:
            below = place_of[j]
    return [tween for _, tween in sorted(made, key=lambda item: item[0])]


def _tween(match: Match, first: Curves, second: Curves) -> Tween:
    """The points of a matched stroke: those of the key that has more of them on it."""
    x, y = np.array(match.first_places), np.array(match.second_places)
    mine, other = first.places[match.first], second.places[match.second]
    cyclic = bool(first.cyclic[match.first] and second.cyclic[match.second])
    whole = x[0] == 0 and x[-1] == 1
    if whole and len(mine) >= len(other) * abs(y[-1] - y[0]):
        if _same_points(match, first, second):
            return Tween(match.first, match.second, mine, other, cyclic)
        return Tween(match.first, match.second, mine, np.interp(mine, x, y), cyclic)
    if whole and len(y) == 2 and abs(abs(y[-1] - y[0]) - 1) < 1e-9:
        wanted = (other - y[0]) / (y[-1] - y[0])
        if first.closed[match.first] and second.closed[match.second]:
            wanted = np.mod(wanted, 1.0)
        wanted = np.sort(wanted)
    else:
        count = max(2, round(max(len(mine) * (x[-1] - x[0]), len(other) * abs(y[-1] - y[0]))))
        wanted = np.linspace(x[0], x[-1], count)
    return Tween(match.first, match.second, wanted, np.interp(wanted, x, y), cyclic)


def _same_points(match: Match, first: Curves, second: Curves) -> bool:
    """Whether the second stroke is the first one edited: as many points, and they fit better one by one."""
    a, b = first.stroke(match.first), second.stroke(match.second)
    if len(a) != len(b) or match.second_places != (0.0, 1.0) or len(a) < 3:
        return False
    along = second.at(match.second, first.places[match.first])
    one_by_one = fit(a, b, scale=True)
    by_length = fit(a, along, scale=True)
    return bool(abs(one_by_one(a) - b).mean() < abs(by_length(a) - along).mean())


def _ends(tweens: list[Tween], first: Curves, second: Curves) -> tuple[Points, Points]:
    """(n,) points of all tweens in the first and in the second key; NaN where the key has no such stroke."""
    start, goal = [np.zeros(0, complex)], [np.zeros(0, complex)]
    for tween in tweens:
        count = max(len(tween.first_places), len(tween.second_places))
        nothing = np.full(count, np.nan + 1j * np.nan)
        start.append(first.at(tween.first, tween.first_places) if tween.first >= 0 else nothing)
        goal.append(second.at(tween.second, tween.second_places) if tween.second >= 0 else nothing)
    return np.concatenate(start), np.concatenate(goal)


def _evenly(tweens: list[Tween], matched: list[int], first: Curves, second: Curves) -> tuple[Points, Points]:
    """(m, 16) corresponding samples of the matched tweens in both keys."""
    a, b = np.zeros((len(matched), 16), complex), np.zeros((len(matched), 16), complex)
    for row, k in enumerate(matched):
        tween = tweens[k]
        at = np.linspace(0, len(tween.first_places) - 1, 16)
        index = np.arange(len(tween.first_places))
        a[row] = first.at(tween.first, np.interp(at, index, tween.first_places))
        b[row] = second.at(tween.second, np.interp(at, index, tween.second_places))
    return a, b


def _with_lone(skeleton: Skeleton, parts: Parts, samples: tuple[Points, Points]) -> tuple[Skeleton, Ints]:
    """The skeleton with the strokes that no part explains hung on their nearest, and for each matched stroke its own
    number there or -1."""
    a, b = samples
    lone = np.full(len(a), -1, np.intp)
    if parts.count == 0:
        return skeleton, lone
    moved = parts.motion.a[:, None, None] * a + parts.motion.b[:, None, None]
    miss = np.sqrt((abs(moved - b) ** 2).mean(2))  # (p, m)
    own = fit(a, b, scale=False)
    own_miss = np.sqrt((abs(own.a[:, None] * a + own.b[:, None] - b) ** 2).mean(1))
    alone = np.flatnonzero((miss.min(0) > 2 * parts.tolerance) & (own_miss < 0.6 * miss.min(0)))
    lone[alone] = parts.count + np.arange(len(alone))
    centre = a[alone].mean(1)
    radius = abs(a[alone] - centre[:, None]).max(1, initial=0)
    motion = Similarity(own.a[alone], own.b[alone])
    return skeleton.with_lone(motion, miss[:, alone].argmin(0).astype(np.intp), centre, radius), lone


def _follow(
    tweens: list[Tween],
    matched: list[int],
    lone: Ints,
    parts: Parts,
    skeleton: Skeleton,
    ends: tuple[Points, Points],
    offsets: Ints,
    samples: Points,
    size: float,
) -> tuple[Ints, Floats]:
    """(n, MIXED) the parts that each point follows, and how much of each (rows sum to 1)."""
    n = len(ends[0])
    chosen, weights = np.zeros((n, MIXED), np.intp), np.zeros((n, MIXED))
    weights[:, 0] = 1
    if parts.count == 0:
        return chosen, weights
    row_of = {k: row for row, k in enumerate(matched)}
    for k in range(len(tweens)):
        span = slice(int(offsets[k]), int(offsets[k + 1]))
        a, b = ends[0][span], ends[1][span]
        row = row_of.get(k, -1)
        if row >= 0 and lone[row] >= 0:
            chosen[span] = lone[row]
            continue
        known = a if tweens[k].first >= 0 else b
        away = _away(known, samples, parts, in_second=tweens[k].first < 0)
        if row < 0:
            chosen[span] = int(away.argmin())
            continue
        miss = (
            abs(parts.motion.a[:, None] * a + parts.motion.b[:, None] - b)
            + 0.3 * np.maximum(0, away - 0.03 * size)[:, None]
        )
        chosen[span], weights[span] = _mixture(miss, parts.tolerance)
    return chosen, weights


def _away(points: Points, samples: Points, parts: Parts, *, in_second: bool) -> Floats:
    """(p,) least distance of ``points`` to each part (where the part ends up, if ``in_second``)."""
    thin = points[:: max(1, len(points) // 6)]
    made = np.empty(parts.count)
    for p, members in enumerate(parts.members):
        mine = samples[members, ::4].ravel()
        if in_second:
            mine = parts.one(p)(mine)
        made[p] = abs(thin[:, None] - mine[:: max(1, len(mine) // 100)]).min()
    return made


def _mixture(miss: Floats, tolerance: float) -> tuple[Ints, Floats]:
    """Parts and weights for the points of one stroke, from how far each part (p, k) misses each point."""
    p, k = miss.shape
    many = min(MIXED, p)
    least = np.maximum(miss.min(0), tolerance)
    weight = np.exp(-((miss / least) ** 2))
    weight = uniform_filter1d(weight, 2 * max(1, k // 8) + 1, axis=1, mode="nearest")
    best = np.argsort(-weight.sum(1))[:many]  # one choice of parts for the whole stroke keeps it smooth
    picked = weight[best].T
    chosen, weights = np.zeros((k, MIXED), np.intp), np.zeros((k, MIXED))
    chosen[:, :many] = best
    weights[:, :many] = picked / np.maximum(picked.sum(1, keepdims=True), 1e-12)
    return chosen, weights
