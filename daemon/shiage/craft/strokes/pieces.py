"""From pairs of whole strokes to matches: strokes cut in the other drawing or joined there, starts of closed strokes,
points fixed by hand."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .alignment import SAMPLES, Alignments
from .curves import Curves, even_places
from .matching import Anchors, Match, Matching, Pairs, distance_to, parts_of, unmatched
from .parts import Parts
from .similarity import Similarity

Complexes = NDArray[np.complex128]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

DENSE = 64
COVERED = 0.85
"""Share of a loose stroke's points that must lie along a stroke of the other drawing to be a piece of it."""


class Piece(NamedTuple):
    """Stroke ``loose`` lies along ``whole`` from place ``low`` to ``high``; ``reverse``: against its direction."""

    loose: int
    whole: int
    low: float
    high: float
    reverse: bool
    miss: float


class Side(NamedTuple):
    """One drawing's view of the pairs: its strokes, the other's, the partner of each (or -1), the parts' motions to the
    other, and how far each stroke is from each part."""

    mine: Curves
    other: Curves
    partner: Ints
    motion: Similarity
    away: Floats


def split_and_join(pairs: Pairs, first: Curves, second: Curves, alignments: Alignments, anchors: Anchors) -> Matching:
    """The matches that ``pairs`` stand for, cut and joined strokes found among what they leave over."""
    parts, a, b = parts_of(pairs, alignments, first.lengths, first.size)
    matches = {
        int(i): whole_match(int(i), int(j), int(lay), first, second)
        for i, j, lay in zip(pairs.first, pairs.second, pairs.lay, strict=True)
    }
    made = list(matches.values())
    if parts.count:
        made = _with_pieces(made, parts, a, b, first, second, alignments)
    made = [_around(match, parts, first, second) for match in made]
    made = [_through_points(match, anchors, first, second) for match in made]
    made.sort(key=lambda match: (match.first, match.first_places[0]))
    return Matching(
        tuple(made),
        unmatched(first.count, [match.first for match in made]),
        unmatched(second.count, [match.second for match in made]),
    )


def whole_match(i: int, j: int, lay: int, first: Curves, second: Curves) -> Match:
    """Stroke ``i`` as a whole to stroke ``j`` in a lay of :class:`Alignments`."""
    if not (first.closed[i] and second.closed[j]):
        return Match(i, j, (0.0, 1.0), (1.0, 0.0) if lay == 1 else (0.0, 1.0))
    if lay >= SAMPLES:
        start = (SAMPLES - 1 - lay % SAMPLES) / SAMPLES
        return Match(i, j, (0.0, 1.0), (start, start - 1))
    return Match(i, j, (0.0, 1.0), (lay / SAMPLES, lay / SAMPLES + 1))


def _with_pieces(
    matches: list[Match],
    parts: Parts,
    a: Complexes,
    b: Complexes,
    first: Curves,
    second: Curves,
    alignments: Alignments,
) -> list[Match]:
    partner = np.full(first.count, -1)
    back = np.full(second.count, -1)
    for match in matches:
        partner[match.first], back[match.second] = match.second, match.first
    forth = Side(first, second, partner, parts.motion, _away(alignments.first, a, parts))
    joined = _pieces(forth, parts.tolerance)
    return_ = Side(second, first, back, parts.motion.inverse(), _away(alignments.second, b, parts))
    split = _pieces(return_, parts.tolerance)
    by_first = {match.first: match for match in matches}
    taken: set[int] = set()
    for whole, pieces in joined.items():  # strokes of the first drawing that are one in the second
        for piece in pieces:
            places = (piece.high, piece.low) if piece.reverse else (piece.low, piece.high)
            by_first[piece.loose] = Match(piece.loose, whole, (0.0, 1.0), places)
            taken.add(piece.loose)
    made = dict(by_first)
    extra: list[Match] = []
    for whole, pieces in split.items():  # a stroke of the first drawing that is several in the second
        if whole in taken:
            continue
        made.pop(whole, None)
        for piece in pieces:
            places = (1.0, 0.0) if piece.reverse else (0.0, 1.0)
            extra.append(Match(whole, piece.loose, (piece.low, piece.high), places))
    return [*made.values(), *extra]


def _away(samples: Complexes, members: Complexes, parts: Parts) -> Floats:
    return np.stack([distance_to(samples, members[part]) for part in parts.members], 1)


def _pieces(side: Side, tolerance: float) -> dict[int, list[Piece]]:
    """For strokes of the other drawing: the strokes of this one that together make them up (two or more, or one that
    had no partner), in order, from place 0 to 1."""
    loose = np.flatnonzero(side.partner < 0)
    if len(loose) == 0 or side.other.count == 0:
        return {}
    dense = np.stack([side.other.at(j, even_places(DENSE, False)) for j in range(side.other.count)])
    tree = cKDTree(np.stack([dense.real.ravel(), dense.imag.ravel()], 1))
    reach = max(2 * tolerance, 0.006 * side.mine.size)
    groups: dict[int, list[Piece]] = defaultdict(list)
    for i in loose:
        if piece := _lies_along(int(i), side, tree, reach):
            groups[piece.whole].append(piece)
    whole_partner = {int(j): i for i, j in enumerate(side.partner) if j >= 0}
    accepted = {}
    for whole, pieces in groups.items():
        if whole in whole_partner:
            main = _lies_along(whole_partner[whole], side, tree, reach, only=whole)
            if main is None:
                continue
            pieces.append(main)
        ordered = sorted(pieces, key=lambda piece: piece.low)
        if _make_up(ordered):
            accepted[whole] = _closed_up(ordered)
    return accepted


def _lies_along(i: int, side: Side, tree: cKDTree, reach: float, only: int = -1) -> Piece | None:
    """The best stroke of the other drawing along which stroke ``i`` lies after its part's motion."""
    samples = side.mine.at(i, even_places(24, False))
    best: Piece | None = None
    for part in np.argsort(side.away[i])[:2]:
        moved = side.motion.a[part] * samples + side.motion.b[part]
        near = tree.query_ball_point(np.stack([moved.real, moved.imag], 1), reach)
        owners: dict[int, int] = defaultdict(int)
        for hits in near:
            for owner in {hit // DENSE for hit in hits}:
                owners[owner] += 1
        for owner, hits in owners.items():
            if hits < COVERED * len(samples) or side.other.kind[owner] != side.mine.kind[i] or only not in (-1, owner):
                continue
            piece = _piece(i, owner, moved, tree, side)
            if piece and (best is None or piece.miss < best.miss):
                best = piece
    return best


def _piece(i: int, whole: int, moved: Complexes, tree: cKDTree, side: Side) -> Piece | None:
    """How ``moved`` lies along ``whole``; None where it does not run along it."""
    dense = tree.data[whole * DENSE : (whole + 1) * DENSE]
    gaps = abs(moved[:, None] - (dense[:, 0] + 1j * dense[:, 1]))
    places = gaps.argmin(1) / (DENSE - 1)
    steps = np.diff(places)
    forward, backward = steps[steps > 0].sum(), -steps[steps < 0].sum()
    low, high = float(places.min()), float(places.max())
    runs = abs(forward - backward) > 0.8 * (forward + backward)
    long = (high - low) * side.other.lengths[whole]
    if not runs or not 0.6 < long / max(side.mine.lengths[i], 1e-12) < 1.6:
        return None
    return Piece(i, whole, low, high, bool(backward > forward), float(gaps.min(1).mean()))


def _make_up(pieces: list[Piece]) -> bool:
    """Whether ``pieces`` (by their low ends) follow each other and cover most of the whole."""
    covered = sum(piece.high - piece.low for piece in pieces)
    overlap = sum(max(0.0, a.high - b.low) for a, b in pairwise(pieces))
    shortest = min(piece.high - piece.low for piece in pieces)
    return covered - overlap > 0.7 and overlap < 0.3 * shortest


def _closed_up(pieces: list[Piece]) -> list[Piece]:
    """The same pieces meeting in the middle of their gaps, from 0 to 1."""
    cuts = [0.0, *((a.high + b.low) / 2 for a, b in pairwise(pieces)), 1.0]
    return [piece._replace(low=cuts[k], high=cuts[k + 1]) for k, piece in enumerate(pieces)]


def _around(match: Match, parts: Parts, first: Curves, second: Curves) -> Match:
    """A closed pair with its start moved to where the part's motion wants it (the lay knows it to a sample only)."""
    if not (first.closed[match.first] and second.closed[match.second]) or parts.count == 0:
        return match
    if abs(match.second_places[-1] - match.second_places[0]) < 0.999:
        return match
    places = even_places(DENSE, True)
    mine = first.at(match.first, places)
    way = 1.0 if match.second_places[1] > match.second_places[0] else -1.0
    moved = parts.motion.a[:, None] * mine + parts.motion.b[:, None]
    start = match.second_places[0]
    offsets = start + np.linspace(-1, 1, 33) / SAMPLES
    goals = np.stack([second.at(match.second, offset + way * places) for offset in offsets])
    part = abs(moved[:, None] - goals[None, ::8]).mean(2).min(1).argmin()
    miss = (abs(moved[part] - goals) ** 2).mean(1)
    best = float(offsets[int(miss.argmin())])
    return Match(match.first, match.second, (0.0, 1.0), (best, best + way))


def _through_points(match: Match, anchors: Anchors, first: Curves, second: Curves) -> Match:
    """``match`` led through the point pairs fixed by hand on its strokes; points that would fold it are left out."""
    fixed = sorted((a[1], b[1]) for a, b in anchors.points if (a[0], b[0]) == (match.first, match.second))
    if not fixed:
        return match
    x, y = np.array(match.first_places), np.array(match.second_places)
    way = 1.0 if y[-1] > y[0] else -1.0
    closed = bool(first.closed[match.first] and second.closed[match.second])
    if closed:
        start = fixed[0][1] - way * fixed[0][0]
        y = np.array([start, start + way])
    knots = [(float(x[0]), float(y[0])), (float(x[-1]), float(y[-1]))]
    for here, there in fixed:
        wanted = float(np.interp(here, x, y))
        goal = there + round(wanted - there) if closed else there
        before = [knot for knot in knots if knot[0] < here]
        after = [knot for knot in knots if knot[0] > here]
        if before and after and way * before[-1][1] < way * goal < way * after[0][1]:
            knots = [*before, (here, goal), *after]
    return Match(match.first, match.second, tuple(k[0] for k in knots), tuple(k[1] for k in knots))
