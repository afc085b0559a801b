"""Which strokes of two drawings belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from .alignment import SAMPLES, Alignments
from .context import NEIGHBOURS, agree, candidates, nearest_strokes
from .curves import Curves
from .parts import Parts, find_parts
from .similarity import Similarity, fit

Complexes = NDArray[np.complex128]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

ROUNDS = 5


@dataclass(frozen=True)
class Match:
    """A piece of a stroke of the first drawing and the piece of one in the second that it becomes.

    ``first_places`` (rising) and ``second_places`` (rising, or falling where it is drawn the other way round): places
    along the strokes that belong together, two or more; between them the correspondence is linear in the length. On
    a closed stroke places may pass 1 or fall below 0: it goes on around.
    """

    first: int
    second: int
    first_places: tuple[float, ...] = (0.0, 1.0)
    second_places: tuple[float, ...] = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Matching:
    """``matches``, and the strokes of both drawings that have no partner."""

    matches: tuple[Match, ...]
    only_first: Ints
    only_second: Ints


@dataclass(frozen=True)
class Anchors:
    """Fixed by hand. ``strokes``: pairs (first, second). ``points``: pairs of (stroke, place), places 0..1."""

    strokes: tuple[tuple[int, int], ...] = ()
    points: tuple[tuple[tuple[int, float], tuple[int, float]], ...] = field(default=())

    def partners(self) -> dict[int, int]:
        """First stroke -> second stroke."""
        return dict(self.strokes) | {a[0]: b[0] for a, b in self.points}


@dataclass(frozen=True, eq=False)
class Pairs:
    """Whole strokes that belong together, their lays (see :class:`Alignments`), and how sure each is (0..1)."""

    first: Ints
    second: Ints
    lay: Ints
    sure: Floats


def pair_strokes(
    first: Curves, second: Curves, paint: tuple[Ints, Ints] | None = None, anchors: Anchors | None = None
) -> tuple[Pairs, Alignments]:
    """Pairs of whole strokes, each stroke at most once.

    ``paint``: a number for each stroke's material; strokes of unlike paint are paired only on good grounds.
    """
    alignments = Alignments.of(first, second)
    nothing = np.zeros(0, np.intp)
    if first.count == 0 or second.count == 0:
        return Pairs(nothing, nothing, nothing, np.zeros(0)), alignments
    size = first.size
    fixed = (anchors or Anchors()).partners()
    likely = (first.kind[:, None] == second.kind).astype(np.float64)
    if paint is not None:
        likely *= np.where(paint[0][:, None] == paint[1], 1.0, 0.1)
    if _edited_copy(first, second, alignments):
        likely[np.diag_indices(first.count)] *= 20
    for a, b in fixed.items():
        likely[a], likely[:, b] = 0, 0
        likely[a, b] = 1e3
    found = candidates(alignments, (first.lengths, second.lengths), likely, size)
    near = nearest_strokes(alignments.first, NEIGHBOURS)
    if near.stroke.shape[1]:
        found = agree(found, alignments, near, size, fixed)
    pairs = _seeds(found.partner, found.lay, found.chance)
    hint = np.full((first.count, second.count), 0.0)
    np.maximum.at(hint, (np.arange(first.count)[:, None], found.partner), found.chance)
    for _ in range(ROUNDS):
        before, pairs = pairs, _assign(pairs, first, second, alignments, likely, hint, fixed)
        if np.array_equal(before.first, pairs.first) and np.array_equal(before.second, pairs.second):
            break
    return _with_unlike_others(pairs, first, second, alignments, likely), alignments


def _edited_copy(first: Curves, second: Curves, alignments: Alignments) -> bool:
    """Whether the second drawing is a copy of the first with its strokes moved, as animators often make one: as many
    strokes, with as many points each, and alike one by one far beyond chance."""
    if not np.array_equal(first.offsets, second.offsets) or first.count < 2:
        return False
    apart = unlikeness(alignments)
    return bool(np.median(np.diag(apart)) < 0.3 * np.median(apart))


def unlikeness(alignments: Alignments) -> Floats:
    """(n, m) how unlike the strokes' shapes are when laid on each other by turn and shift, in shares of their size."""
    cross, _ = alignments.turns()
    spread = [p - abs(m) ** 2 for p, m in zip(alignments.powers, alignments.means, strict=True)]
    square = spread[0][:, None] + spread[1] - 2 * abs(cross).max(0)
    return np.asarray(np.sqrt(np.maximum(square, 0) / np.maximum(spread[0][:, None] + spread[1], 1e-30)))


def _with_unlike_others(pairs: Pairs, first: Curves, second: Curves, alignments: Alignments, likely: Floats) -> Pairs:
    """``pairs``, and those left over that are alike and like no other stroke left (a part of its own, perhaps)."""
    rows = unmatched(first.count, pairs.first)
    columns = unmatched(second.count, pairs.second)
    if len(rows) == 0 or len(columns) == 0:
        return pairs
    apart = unlikeness(alignments)
    table = np.where(likely > 0, apart, np.inf)[np.ix_(rows, columns)]
    bend = apart_from_straight(alignments.first[rows])
    cross, lays = alignments.turns()
    more: list[tuple[int, int, int]] = []
    for k, row in enumerate(rows):
        m = int(table[k].argmin())
        best = table[k, m]
        rivals = np.concatenate([np.delete(table[k], m), np.delete(table[:, m], k), [bend[k]]])
        if best < 0.08 and rivals.min() > 3 * max(best, 0.02):
            column = int(columns[m])
            direction = int(abs(cross[:, row, column]).argmax())
            more.append((int(row), column, int(lays[direction, row, column])))
    a, b, lay = (np.array(part, np.intp) for part in (zip(*more, strict=True) if more else ((), (), ())))
    return Pairs(
        np.concatenate([pairs.first, a]),
        np.concatenate([pairs.second, b]),
        np.concatenate([pairs.lay, lay]),
        np.concatenate([pairs.sure, np.full(len(a), 0.5)]),
    )


def apart_from_straight(samples: Complexes) -> Floats:
    """(n,) how unlike each stroke is to a straight line, in shares of its size: straight ones are like any other."""
    centred = samples - samples.mean(1, keepdims=True)
    spread, skew = (abs(centred) ** 2).mean(1), abs((centred**2).mean(1))
    return np.asarray(np.sqrt(np.maximum(spread - skew, 0) / np.maximum(2 * spread, 1e-30)))


def _seeds(partner: Ints, lay: Ints, chance: Floats) -> Pairs:
    """The candidates that nearly everyone agrees on."""
    best = chance.argmax(1)
    rows = np.arange(len(best))
    sure = chance[rows, best]
    keep = np.flatnonzero(sure > 0.5)
    _, once = np.unique(partner[keep, best[keep]], return_index=True)
    keep = keep[np.sort(once)]
    return Pairs(keep, partner[keep, best[keep]], lay[keep, best[keep]], sure[keep])


def parts_of(pairs: Pairs, alignments: Alignments, lengths: Floats, size: float) -> tuple[Parts, Complexes, Complexes]:
    """The parts that ``pairs`` move in, and the samples (m, SAMPLES) of the pairs, laid on each other."""
    a = alignments.first[pairs.first]
    b = alignments.laid(pairs.first, pairs.second, pairs.lay)
    return find_parts(a, b, np.maximum(lengths[pairs.first], 1e-3 * size) * pairs.sure, size), a, b


def _assign(
    pairs: Pairs,
    first: Curves,
    second: Curves,
    alignments: Alignments,
    likely: Floats,
    hint: Floats,
    fixed: dict[int, int],
) -> Pairs:
    """One round: parts of the pairs so far, where each stroke then goes, and the best partners there."""
    size = first.size
    parts, a, b = parts_of(pairs, alignments, first.lengths, size)
    cost = np.full((first.count, second.count), np.inf)
    lay = np.zeros(cost.shape, np.intp)

    def offer(motion: Similarity, penalty: Floats, rows: Ints) -> None:
        misfit, at = alignments.misfit(motion, rows)
        misfit += penalty[rows][:, None]
        better = misfit < cost[rows]
        cost[rows] = np.where(better, misfit, cost[rows])
        lay[rows] = np.where(better, at, lay[rows])

    for k in range(parts.count):
        away = distance_to(alignments.first, a[parts.members[k]])
        offer(
            Similarity(parts.motion.a[k], parts.motion.b[k]),
            0.15 * np.maximum(0, away - 0.03 * size),
            np.flatnonzero(away < 0.3 * size),
        )
    if len(pairs.first) > 3:
        for motion in _local_motions(alignments.first, pairs, a, b):
            offer(motion, np.full(first.count, 0.002 * size), np.arange(first.count))
    reach = _reach(pairs, cost, first, second, size)
    with np.errstate(divide="ignore"):
        cost = cost / reach - 0.25 * hint + np.minimum(-0.1 * np.log(likely), 1e3)
    cost = np.minimum(cost, 1.0)
    cost[list(fixed), list(fixed.values())] = -10.0
    rows, columns = linear_sum_assignment(cost)
    good = cost[rows, columns] < 1.0 - 1e-9
    rows, columns = rows[good], columns[good]
    sure = np.clip(1.2 - cost[rows, columns], 0.2, 1.0)
    return Pairs(rows, columns, lay[rows, columns], sure)


def _reach(pairs: Pairs, cost: Floats, first: Curves, second: Curves, size: float) -> Floats:
    """(n, m) how far a stroke may end from where its part takes it: what the pairs so far show, and its own length."""
    seen = cost[pairs.first, pairs.second]
    usual = float(np.median(seen)) if len(seen) else 0.02 * size
    base = float(np.clip(4 * usual, 0.008 * size, 0.035 * size))
    mean_length = (first.lengths[:, None] + second.lengths) / 2
    return base + 0.06 * np.minimum(mean_length, 0.5 * size)


def distance_to(samples: Complexes, members: Complexes) -> Floats:
    """(n,) least distance of each stroke to the strokes ``members``."""
    points = members[:, ::3].ravel()
    points = points[:: max(1, len(points) // 200)]
    flat = samples[:, ::3]
    return np.asarray(abs(flat.astype(np.complex64)[:, :, None] - points.astype(np.complex64)).min((1, 2)), np.float64)


def _local_motions(samples: Complexes, pairs: Pairs, a: Complexes, b: Complexes) -> list[Similarity]:
    """For every stroke the motion of its nearest pairs (itself left out): one from 3, one from 6."""
    n = len(samples)
    middle, pair_middle = samples.mean(1), a.mean(1)
    gaps = abs(middle[:, None] - pair_middle)
    gaps[pairs.first, np.arange(len(pairs.first))] = np.inf
    motions = []
    for many in (min(k, len(pairs.first) - 1) for k in (3, 6)):
        group = np.argpartition(gaps, many - 1, axis=1)[:, :many]
        motions.append(fit(a[group].reshape(n, many * SAMPLES), b[group].reshape(n, many * SAMPLES), scale=False))
    return motions


def match_strokes(
    first: Curves,
    second: Curves,
    *,
    paint: tuple[Ints, Ints] | None = None,
    anchors: Anchors | None = None,
) -> Matching:
    """Match whole strokes, then strokes that are cut or joined in the other drawing."""
    from .pieces import split_and_join

    pairs, alignments = pair_strokes(first, second, paint, anchors)
    return split_and_join(pairs, first, second, alignments, anchors or Anchors())


def unmatched(count: int, taken: Sequence[int] | Ints) -> Ints:
    """Those of 0..count that are not in ``taken``."""
    return np.setdiff1d(np.arange(count), np.asarray(taken, np.intp))
