"""How each matched area moves: its outline laid on the other's, and of several ways to do so the one that the pictures
bear out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..strips import over_each
from .evidence import Evidence
from .flow import Flows
from .judge import Against, Judge, Likely
from .moves import Found, Map, half_turned, inverse, moved
from .read import Key
from .registration import Shape, levels, register, residue, rigid

_WITHIN = 0.97  # of an area lies where its partner lies
_CLEAR = 0.75  # pixels by which a border must fit one area's motion better than the other's
_FITS = 2.0  # pixels that a motion may leave of a border that goes with it
_PLAINLY = 0.95  # of what speaks against one motion may speak against another to be plainly better
_MEETS = 0.4  # of an area must lie on its partner
_SWEEPS = 2
_TRIED = 3  # of the motions that may be are looked at closely
_ENOUGH = 2000  # of an area's pixels are looked at, or up to twice as many
_GOLDEN = 0.5 * (5**0.5 - 1)  # the fractions of its multiples are spread evenly
_EXPLAINED = 1.5  # levels that a motion may be off


Owns = dict[tuple[int, int], tuple[int, int]]
"""By area and an area beside it: how many places of their border plainly move with the one, and with the other."""


@dataclass(frozen=True, eq=False)
class Moved:
    """The motions ``found``. Of both keys, ``shapes``: the outlines, each border given to that area with which it
    moves; ``owns``: how plainly.
    """

    found: Found
    shapes: tuple[list[Shape], list[Shape]]
    owns: tuple[Owns, Owns]


def motions(
    a: Key,
    b: Key,
    shapes: tuple[list[Shape], list[Shape]],
    pairs: list[tuple[int, int]],
    ground: int,
    flows: Flows,
    evidence: Evidence,
    likely: Likely,
    check: Callable[[], None] = lambda: None,
) -> Moved:
    """The motions of the matched ``pairs``."""
    first, second = shapes

    def started(pair: tuple[int, int]) -> _Start:
        i, j = pair
        if _stands(a, b, i, j, flows):
            return _Start((np.eye(2, 3), 0.0), [], stands=True)
        shifts = _shifts(a, b, i, j, flows)
        starts = [np.eye(2, 3), *shifts]
        shift = _cut_off(a, b, i, j, starts)
        if shift is not None:
            return _Start((shift, 0.0), shifts, cut=True)
        return _Start(register(first[i], second[j], starts), shifts)

    begun = dict(zip(pairs, over_each(started, pairs, check), strict=True))
    found = {pair: start.found for pair, start in begun.items()}
    judge = Judge(a, b, shapes, found, ground, evidence, likely)
    figures = [pair for pair, start in begun.items() if pair[0] != ground and not start.stands]
    _choose(a, b, found, {pair: begun[pair].shifts for pair in figures}, judge, shapes, check)
    before = {pair: way for pair, way in found.items() if pair[0] != ground}  # no border is the ground's
    (first, of_first), (second, of_second) = (
        _owning(first, second, before),
        _owning(second, first, _turned_round(before)),
    )

    def settled(pair: tuple[int, int]) -> tuple[Map, float]:
        (i, j), (move, _) = pair, found[pair]
        if begun[pair].cut:
            return move, 0.0
        again = register(first[i], second[j], [move], alone=True)[0]
        move = min((move, again), key=judge.of(i, j))
        return move, residue(first[i], second[j], move)

    found.update(zip(figures, over_each(settled, figures, check), strict=True))
    return Moved(found, (first, second), (of_first, of_second))


@dataclass(frozen=True, eq=False)
class _Start:
    """A matched area's motion by its outline alone, and the mean pixels that it leaves; ``shifts``: how most of it goes
    by flow. It ``stands``, or is ``cut`` by the picture's edge.
    """

    found: tuple[Map, float]
    shifts: list[Map]
    stands: bool = False
    cut: bool = False


def _stands(a: Key, b: Key, i: int, j: int, flows: Flows) -> bool:
    """Whether an area stands, and something comes before it or goes."""
    here, there = a.places[i], b.places[j]
    both = here[b.labels[here[:, 0], here[:, 1]] == j]
    return len(both) > _WITHIN * min(len(here), len(there)) and np.abs(usual(flows.ahead, both)).max() < 1


def _cut_off(a: Key, b: Key, i: int, j: int, starts: list[Map]) -> Map | None:
    """How a large area goes that the picture's edge cuts: it shows too little of its own outline to be laid on."""
    if not (a.described.at_edge[i - 1] or b.described.at_edge[j - 1]):
        return None
    shares = [kept(a.places[i], b.labels, j, start) for start in starts]
    best = int(np.argmax(np.array(shares) - (0, 0.02, 0.02)))
    return starts[best] if shares[best] > 0.9 and a.described.area[i - 1] > 0.1 * a.labels.size else None


def _choose(
    a: Key,
    b: Key,
    found: Found,
    pairs: Mapping[tuple[int, int], list[Map]],
    judge: Judge,
    shapes: tuple[list[Shape], list[Shape]],
    check: Callable[[], None],
) -> None:
    """Of the motions of each of ``pairs``, with its shifts, and of those beside it what least speaks against."""
    order = sorted(pairs, key=lambda pair: -shapes[0][pair[0]].size)
    moves = judge.moves
    stirred = {i for i, _ in order}
    for i, j in order * _SWEEPS:
        check()
        move, _ = found[i, j]
        beside = judge.beside(i)
        if stirred.isdisjoint((i, *beside)):
            continue
        stirred.discard(i)
        a_shape, b_shape = shapes[0][i], shapes[1][j]
        against = judge.of(i, j)
        least = against(move)
        if least < _EXPLAINED:
            continue
        tried = [np.eye(2, 3), half_turned(move, a_shape.centre)]
        for other in [*pairs[i, j], *(moves[k][0] for k in beside)]:
            if all(_apart(one, other, a_shape) > 0.7 for one in [move, *tried]):
                tried.append(other)
        first, least = move, least * _PLAINLY
        for other in _improved(_least(tried, against, _TRIED), a_shape, b_shape):
            less = against(other, least)
            if less < least and kept(a.places[i], b.labels, j, other) > _MEETS:
                least, move = less, other
        if move is not first:
            found[i, j] = move, residue(a_shape, b_shape, move)
            judge.moved(i, j, *found[i, j])
            stirred.add(i)


def _least(moves: list[Map], against: Against, count: int) -> list[Map]:
    """The ``count`` of them that least speaks against, the best first."""
    best: list[tuple[float, int]] = []
    for n, move in enumerate(moves):
        enough = best[-1][0] if len(best) == count else np.inf
        found = against(move, enough)
        if found < enough or len(best) < count:
            best = sorted([*best, (found, n)])[:count]
    return [moves[n] for _, n in best]


def _improved(starts: list[Map], a: Shape, b: Shape) -> list[Map]:
    """Each of the motions, and after it how it lays one outline on the other turned and shifted, and in any way."""
    each = over_each(lambda start: [start, rigid(a, b, start), register(a, b, [start], alone=True)[0]], starts)
    return [move for found in each for move in found]


def _shifts(a: Key, b: Key, i: int, j: int, flows: Flows) -> list[Map]:
    """How most of an area goes, by the flow from either key."""
    ways = usual(flows.ahead, a.places[i]), -usual(flows.back, b.places[j])
    return [np.column_stack([np.eye(2), way]) for way in ways]


def _owning(shapes: list[Shape], others: list[Shape], found: Found) -> tuple[list[Shape], Owns]:
    """The shapes with each border given to that one of its two areas with which it moves; and how many of its places
    plainly do.
    """
    moves = {i: (move, others[j]) for (i, j), (move, _) in found.items()}
    given, owns = list(shapes), {}
    for i, (move, other) in moves.items():
        shape = shapes[i]
        own = shape.own.copy()
        off = np.abs(levels(other, moved(move, shape.rim))[0] - shape.level)
        for beside in np.unique(shape.across):
            if beside not in moves:
                continue
            their_move, theirs = moves[int(beside)]
            here = shape.across == beside
            their_off = np.abs(levels(theirs, moved(their_move, shape.rim[here]))[0] + shape.level[here])
            plain = np.abs(off[here] - their_off) > _CLEAR
            own[here] = np.where(plain, off[here] < their_off, own[here])
            # Where neither explains the border, the less wrong is no word: a limb that bends passes there.
            mine, its = plain & (off[here] < _FITS), plain & (their_off < _FITS)
            owns[i, int(beside)] = int((mine & own[here]).sum()), int((its & ~own[here]).sum())
        given[i] = shape.owning(own)
    return given, owns


def _turned_round(found: Found) -> Found:
    return {(j, i): (inverse(move), off) for (i, j), (move, off) in found.items()}


def _apart(one: Map, other: Map, shape: Shape) -> float:
    """Mean pixels between where two maps lay an outline."""
    apart = np.abs(moved(one - other, shape.points)).max(1)
    return float(apart.mean()) if len(apart) else 0.0


def kept(places: npt.NDArray[np.int32], labels: npt.NDArray[np.int32], label: int, move: Map) -> float:
    """The share of an area, (n, 2) y, x, that lands on ``label``."""
    ys, xs = _some(places).T
    x = np.rint(move[0, 0] * xs + move[0, 1] * ys + move[0, 2]).astype(np.int64)
    y = np.rint(move[1, 0] * xs + move[1, 1] * ys + move[1, 2]).astype(np.int64)
    inside = (x >= 0) & (y >= 0) & (x < labels.shape[1]) & (y < labels.shape[0])
    return float((labels[y[inside], x[inside]] == label).sum() / max(1, inside.sum()))


def usual(flow: npt.NDArray[np.float32], places: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """(2,) the flow of most of these places."""
    if not len(places):
        return np.zeros(2)
    ys, xs = _some(places).T
    return np.asarray(np.median(flow[ys, xs], axis=0), np.float64)


def _some(places: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Enough of them to tell how most are, from all columns: a stride may be as long as some of an area's rows."""
    count = len(places)
    if count < 2 * _ENOUGH:
        return places
    step = count / _ENOUGH
    return places[((np.arange(_ENOUGH) + (np.arange(_ENOUGH) * _GOLDEN) % 1) * step).astype(np.int64)]
