"""From coloured reference frames to all frames of a clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .affinity import Matcher, fit
from .company import Company
from .describe import Described, describe
from .spread import Links, spread

_NEAR = {1: 1.0, 2: 0.5}  # how much a frame this many drawings away counts
_AT_ONCE = 2  # frames, or pairs of them; most of the work on one holds one core
_REFERENCE = 0.4  # and a reference, however far


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
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, len(drawings), _AT_ONCE):
            progress(0.3 * start / len(drawings), "reading the drawings")
            described += pool.map(lambda one: describe(one.labels, one.lines), drawings[start : start + _AT_ONCE])
        links = Links([len(frame) for frame in described])
        pairs = _pairs(len(drawings), sorted(references))
        for start in range(0, len(pairs), _AT_ONCE):
            progress(0.3 + 0.6 * start / len(pairs), "following the regions")
            some = pairs[start : start + _AT_ONCE]
            tables = pool.map(lambda pair: matcher(described[pair[0]], described[pair[1]]), some)
            for (a, b, weight), table in zip(some, tables, strict=True):
                links.add(a, b, weight * table**1.5)
    check()
    count = 1 + max(int(reference.colour.max(initial=0)) for reference in references.values())
    known = np.zeros(links.first[-1], bool)
    shares = np.zeros((links.first[-1], count))
    for index, reference in references.items():
        rows = links.first[index] + np.flatnonzero(reference.colour >= 0)
        known[rows] = True
        shares[rows, reference.colour[reference.colour >= 0]] = 1.0
    progress(0.9, "carrying the colours")
    spread_out = spread(links, known, shares)
    bounds = list(zip(links.first[:-1], links.first[1:], strict=True))
    company = Company.of(((described[i].touching, reference.colour) for i, reference in references.items()), count)
    return [
        _decide(spread_out[a:b] if index in references else company.settle(frame.touching, spread_out[a:b]))
        for index, (frame, (a, b)) in enumerate(zip(described, bounds, strict=True))
    ]


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


def _decide(shares: NDArray[np.float64]) -> Carried:
    return Carried(shares.argmax(1).astype(np.int64), shares.max(1))
