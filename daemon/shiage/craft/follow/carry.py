"""From coloured reference frames to all frames of a clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..patience import patiently
from .affinity import Matcher, fit
from .candidates import Candidates, Looks, close_looks
from .company import Company, shares_of_border
from .describe import Described, describe
from .spread import Links, spread

_AT_ONCE = 2  # frames, or pairs of them; most of the work on one holds one core
# Chosen on puppets and cut-outs that no training has seen (`models/match_regions/score.py`).
_NEAR = {1: 1.0, 2: 0.5}  # how much a frame this many drawings away counts
_REFERENCE = 0.15  # and a reference, however far
_LINES_ABOUT = 6.0  # how much the lines close about two regions say of whether they are one
_NEIGHBOURS = 2.0  # and that their neighbours match too
_COLOURS_ABOUT = 8.0  # and the colours that lie around them
_ROUNDS = 2  # of hearing those colours
_SURE, _SURER = 0.7, 0.14  # how sure an answer is, in log odds: so much of what it says of itself, and so much more

Shares = list[NDArray[np.float64]]


@dataclass(frozen=True)
class Drawing:
    """A frame of line art: ``labels`` (H, W) int32, 1..n, without 0; ``lines`` (H, W) uint8 ink coverage, 255 = ink."""

    labels: NDArray[np.int32]
    lines: NDArray[np.uint8]


@dataclass(frozen=True)
class Reference:
    """A coloured frame: ``colour`` (n,) int, the index of each region's colour, -1 where it has none."""

    colour: NDArray[np.int64]


@dataclass(frozen=True)
class Carried:
    """A frame's regions: ``colour`` (n,) int64, index of the colour; ``sure`` (n,) float64, 0 (a guess) to 1."""

    colour: NDArray[np.int64]
    sure: NDArray[np.float64]


def carry_colours(
    drawings: Sequence[Drawing],
    references: Mapping[int, Reference],
    *,
    matcher: Matcher = fit,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[float, str], None] = lambda fraction, stage: None,
) -> list[Carried]:
    """The colour of every region of every frame.

    ``references``: by index into ``drawings``; at least one. Regions that nothing sure leads to are coloured by the
    company that colours keep in the references, and are unsure.
    """
    described: list[Described] = []
    looks: list[Looks] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, len(drawings), _AT_ONCE):
            progress(0.3 * start / len(drawings), "reading the drawings")
            for frame, look in pool.map(_look, drawings[start : start + _AT_ONCE]):
                described.append(frame)
                looks.append(look)

        def compared(pair: tuple[int, int, float]) -> Candidates:
            a, b, weight = pair
            found = Candidates.of(a, b, weight, matcher(described[a], described[b]))
            found = found.preferring(looks[a], looks[b], _LINES_ABOUT)
            return found.beside(described[a].touching, described[b].touching, _NEIGHBOURS)

        pairs = _pairs(len(drawings), sorted(references))
        candidates: list[Candidates] = []
        for start in range(0, len(pairs), _AT_ONCE):
            progress(0.3 + 0.6 * start / len(pairs), "following the regions")
            candidates += pool.map(compared, pairs[start : start + _AT_ONCE])
    clip = _Clip(described, references)
    first = told = clip.colours(candidates, check)
    for number in range(_ROUNDS):
        progress(0.9 + 0.1 * number / _ROUNDS, "carrying the colours")
        around = [np.sqrt(shares_of_border(f.touching) @ chance) for f, chance in zip(described, told, strict=True)]
        check()
        heard = [found.preferring(around[found.a], around[found.b], _COLOURS_ABOUT) for found in candidates]
        told = clip.colours(heard, check)
    return [_decide(shares, before) for shares, before in zip(told, first, strict=True)]


class _Clip:
    """A clip's regions and what is known of their colours."""

    def __init__(self, described: list[Described], references: Mapping[int, Reference]) -> None:
        self._described, self._references = described, references
        self._count = 1 + max(int(reference.colour.max(initial=0)) for reference in references.values())
        self._links = Links([len(frame) for frame in described])
        first = self._links.first
        self._known = np.zeros(first[-1], bool)
        self._shares = np.zeros((first[-1], self._count))
        for index, reference in references.items():
            rows = first[index] + np.flatnonzero(reference.colour >= 0)
            self._known[rows] = True
            self._shares[rows, reference.colour[reference.colour >= 0]] = 1.0
        keys = ((described[i].touching, reference.colour) for i, reference in references.items())
        self._company = Company.of(keys, self._count)

    def colours(self, candidates: list[Candidates], check: Callable[[], None]) -> Shares:
        """(n, K) of each frame: the chance of each colour, as the links and the company that colours keep tell."""
        self._links.clear()
        for found in candidates:
            self._links.add(found.a, found.b, found.rows, found.columns, found.weight * found.fits**1.5)
        spread_out = patiently(lambda _: spread(self._links, self._known, self._shares), check)
        told = []
        for index, (frame, start, end) in enumerate(
            zip(self._described, self._links.first[:-1], self._links.first[1:], strict=True)
        ):
            check()
            led = spread_out[start:end]
            told.append(led if index in self._references else self._company.settle(frame.touching, led))
        return told


def _decide(shares: NDArray[np.float64], before: NDArray[np.float64]) -> Carried:
    """``before``: the chances at first. Each round believes itself, so that only what was likely from the start is
    sure; the product of both, brought nearer to even odds, is about the share that is right.
    """
    colour = shares.argmax(1)[:, None]
    both = np.minimum(np.take_along_axis(shares, colour, 1) * np.take_along_axis(before, colour, 1), 1.0)
    right, wrong = both**_SURE, np.exp(-_SURER) * (1 - both) ** _SURE
    return Carried(colour[:, 0].astype(np.int64), (right / (right + wrong))[:, 0])


def _look(drawing: Drawing) -> tuple[Described, Looks]:
    frame = describe(drawing.labels, drawing.lines)
    return frame, close_looks(drawing.lines, frame)


def _pairs(count: int, references: Sequence[int]) -> list[tuple[int, int, float]]:
    """Which frames are compared: those near in time, and each with the nearest references before and after it."""
    pairs: dict[tuple[int, int], float] = {}
    for a in range(count):
        for step, weight in _NEAR.items():
            if a + step < count:
                pairs[a, a + step] = weight
        before = [r for r in references if r < a][-1:]
        after = [r for r in references if r > a][:1]
        for reference in before + after:
            pairs.setdefault((min(a, reference), max(a, reference)), _REFERENCE)
    return [(a, b, weight) for (a, b), weight in sorted(pairs.items()) if not (a in references and b in references)]
