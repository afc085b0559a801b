"""Which area of a drawing has which colour: the network's loose pointing, brought to the drawing's regions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..design.colour import to_lab
from ..flat_colours import paint
from ..hints import Hints
from ..region_votes import votes
from ..regions import RegionMap
from .cuts import choose_within, held_in, number_pieces
from .twins import NO_TWINS

Floats = NDArray[np.float32]
Colours = NDArray[np.uint8]

_SECOND = 0.10  # of a region: a second colour that has this much of it may have a part of its own
_CLEAR = 0.62  # of the pointing is for the place's own colour, on average, where a region is cut in two
_CLEARER = 0.8  # the same where a hint lies in the region
_OWN = 0.25  # of a region with a hint: so much must be pointed at the hint before another part is cut off
_OPEN = 2.0  # how far a region beyond an opening is heard, of its own word
_WIDE = 0.5  # of the square root of the smaller region: an opening as wide is no gap
_UNLIKE = 9.0  # CIE76: nearer colours are one, and nothing is cut between them
_LARGE = 2e-3  # of the picture: smaller regions are never cut without two hints in them


@dataclass(frozen=True, eq=False)
class Areas:
    """The areas that are painted: regions, and the pieces of those that hold two colours.

    labels: (H, W) int32, 1..m. region: (m,) the region that each lies in. offered: (m,) bool, its colour is one that
    was offered and not the network's own. colour: (m, 3) uint8. sure: (m,) 0..1. bare: (m,) bool, paper that stays
    bare. hinted: (m,) bool, a hint lies in it. paper: (m,) bool, behind the figure, painted or not.
    """

    labels: NDArray[np.int32]
    region: NDArray[np.int64]
    offered: NDArray[np.bool_]
    colour: Colours
    sure: Floats
    bare: NDArray[np.bool_]
    hinted: NDArray[np.bool_]
    paper: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.region)

    @property
    def area(self) -> NDArray[np.int64]:
        """(m,) pixels of each."""
        return np.bincount(self.labels.ravel(), minlength=len(self) + 1)[1:].astype(np.int64)


def divide(
    found: RegionMap,
    share: Floats,
    splash: Floats,
    offered: Colours,
    hints: Hints,
    check: Callable[[], None] = lambda: None,
    twins: NDArray[np.int64] = NO_TWINS,
) -> Areas:
    """Give each region the offered colour that the network points at, and cut those that hold several.

    share: (h, w, T + 1) how far each place means each of the T `offered` colours, (T, 3), the last: none; the first
    len(hints) of them are the hints'. splash: (h, w, 3) 0..1, the network's own colours. Both of the whole drawing, at
    any size. A hint is the law in its region; where two lie in one, it is shared out between them. twins: (m, 2)
    regions, from 0, that are likely of one colour (`find_twins`).
    """
    count = len(found)
    offered, which, share = _distinct(offered, share)
    offers = len(offered)
    share = _held(share, hints, which, found.labels.shape)
    mean = votes(found.labels, share, count)[1:]
    check()
    inside = np.zeros((count, offers + 1), np.bool_)
    within = hints.region > 0
    inside[hints.region[within] - 1, which[: len(hints)][within]] = True
    hinted = np.asarray(inside.any(1), np.bool_)
    heard = _through_openings(found, np.where(hinted[:, None], inside / np.maximum(inside.sum(1), 1)[:, None], mean))
    heard = _of_both(heard, twins)
    allowed = _contenders(found, share, np.where(hinted[:, None], np.where(inside, 1, 0), heard), offered, inside)
    allowed = _cut_alike(allowed, twins, hinted)
    own = np.where(hinted[:, None], np.where(inside, mean + 1, 0), np.where(allowed, heard, -1)).argmax(1)
    check()
    several = np.asarray(allowed.sum(1) > 1, np.bool_)
    chosen = choose_within(found.labels, share, allowed, several, check)
    labels, region, offer = number_pieces(found, chosen, own, several)
    check()
    colour = np.rint(votes(labels, splash, len(region))[1:] * 255).clip(0, 255).astype(np.uint8)
    known = offer < offers
    colour[known] = offered[offer[known]]
    dabbed = hinted[region - 1]
    paper = found.background[region - 1]
    sure = np.where(dabbed, 1.0, mean[region - 1, offer]).astype(np.float32)
    return Areas(labels, region, known, colour, sure, paper & ~dabbed, dabbed, paper)


def painted(areas: Areas, check: Callable[[], None] = lambda: None) -> Colours:
    """The flats, (H, W, 4) uint8: each area in its colour, bare paper transparent."""
    table = np.zeros((len(areas) + 1, 4), np.uint8)
    table[1:, :3] = areas.colour
    table[1:, 3] = 255
    table[1:][areas.bare] = 0
    return paint(areas.labels, table, check)


def _distinct(offered: Colours, share: Floats) -> tuple[Colours, NDArray[np.int64], Floats]:
    """Every colour once, which of them each offer was, and the pointing at each: two like dabs are one wish."""
    colours, which = np.unique(offered.reshape(-1, 3), axis=0, return_inverse=True)
    which = which.reshape(-1).astype(np.int64)
    out = np.zeros((*share.shape[:2], len(colours) + 1), np.float32)
    for offer, colour in enumerate(which):
        out[..., colour] += share[..., offer]
    out[..., -1] = share[..., -1]
    return colours.astype(np.uint8), which, out


def _held(share: Floats, hints: Hints, which: NDArray[np.int64], shape: tuple[int, int]) -> Floats:
    """The pointing with each hint's own place given wholly to it."""
    rows, columns = share.shape[:2]
    for index, ((x, y), radius) in enumerate(zip(hints.place, hints.radius, strict=True)):
        scale = rows / shape[0]
        reach = max(0, int(float(radius) * scale))
        row = min(rows - 1, int((float(y) + 0.5) * scale))
        column = min(columns - 1, int((float(x) + 0.5) * columns / shape[1]))
        near = slice(max(0, row - reach), row + reach + 1), slice(max(0, column - reach), column + reach + 1)
        share[near] = 0
        share[(*near, which[index])] = 1
    return share


def _through_openings(found: RegionMap, mean: Floats) -> Floats:
    """The pointing of each region, (n, T + 1), with that of regions beyond a closed gap heard: a wide opening between
    two regions was more likely one surface, cut at the end of a fold, than a gap in its outline."""
    if not len(found.openings):
        return mean
    size = found.area.astype(np.float64)
    total, weight = mean * size[:, None], size.copy()
    for a, b, length in found.openings.tolist():
        one, other = a - 1, b - 1
        if found.background[one] or found.background[other]:
            continue
        least = min(size[one], size[other])
        trust = _OPEN * least * min(1.0, length / (_WIDE * least**0.5))
        for here, there in ((one, other), (other, one)):
            total[here] += trust * mean[there]
            weight[here] += trust
    return np.asarray(total / weight[:, None], np.float32)


def _of_both(mean: Floats, twins: NDArray[np.int64]) -> Floats:
    """The pointing of each region, (n, T + 1), with that of its twin heard as its own."""
    if not len(twins):
        return mean
    out = mean.copy()
    out[twins[:, 0]] = out[twins[:, 1]] = (mean[twins[:, 0]] + mean[twins[:, 1]]) / 2
    return out


def _cut_alike(allowed: NDArray[np.bool_], twins: NDArray[np.int64], hinted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The colours that each region may have, (n, T + 1), where of twins neither holds one that the other does not; but
    one that was dabbed sets the pattern."""
    out = allowed.copy()
    both = allowed[twins[:, 0]] & allowed[twins[:, 1]]
    for here, there in ((0, 1), (1, 0)):
        one, other = twins[:, here], twins[:, there]
        follows = ~hinted[one] & both.any(1)
        out[one[follows]] = np.where(hinted[other, None], allowed[other], both)[follows]
    return out


def _contenders(
    found: RegionMap, share: Floats, mean: Floats, offered: Colours, inside: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(n, T + 1): the colours that a region without hints may have; one, unless it is clear that it holds more."""
    best = mean.argmax(1)
    allowed = np.zeros(mean.shape, np.bool_)
    allowed[np.arange(len(best)), best] = True
    top = share.argmax(2)
    clear = votes(found.labels, share.max(2, keepdims=True), len(found))[1:, 0]
    hinted = np.asarray(inside.any(1), np.bool_)
    allowed |= inside
    limit = np.where(hinted, _CLEARER, _CLEAR)
    for region in np.flatnonzero((found.area > _LARGE * found.labels.size) & (clear > limit) & (inside.sum(1) < 2)):
        part = held_in(found, top, int(region), mean.shape[1])
        if hinted[region] and part[best[region]] < _OWN * part.sum():
            continue  # the network is of another mind than the artist, whose word counts
        for other in np.flatnonzero(part > _SECOND * max(1, part.sum())):
            if other < len(offered) and _unlike(offered, int(best[region]), int(other)):
                allowed[region, other] = True
    return allowed


def _unlike(offered: Colours, one: int, other: int) -> bool:
    if one >= len(offered) or one == other:
        return one != other
    return bool(np.linalg.norm(to_lab(offered[one]) - to_lab(offered[other])) > _UNLIKE)
