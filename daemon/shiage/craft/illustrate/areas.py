"""Which area of a drawing has which colour: the network's loose pointing, brought to the drawing's regions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..design.colour import to_lab
from ..flat_colours import paint
from ..hints import Hints
from ..kernel import kernel
from ..region_votes import votes
from ..regions import RegionMap
from ..strips import over_strips

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
) -> Areas:
    """Give each region the offered colour that the network points at, and cut those that hold several.

    share: (h, w, T + 1) how far each place means each of the T `offered` colours, (T, 3), the last: none; the first
    len(hints) of them are the hints'. splash: (h, w, 3) 0..1, the network's own colours. Both of the whole drawing, at
    any size. A hint is the law in its region; where two lie in one, it is shared out between them.
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
    allowed = _contenders(found, share, np.where(hinted[:, None], np.where(inside, 1, 0), heard), offered, inside)
    own = np.where(hinted[:, None], np.where(inside, mean + 1, 0), np.where(allowed, heard, -1)).argmax(1)
    check()
    several = np.asarray(allowed.sum(1) > 1, np.bool_)
    chosen = _choose(found.labels, share, own, allowed, several, check)
    labels, region, offer = _number(found, chosen, own, several)
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


def _contenders(
    found: RegionMap, share: Floats, mean: Floats, offered: Colours, inside: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(n, T + 1): the colours that a region without hints may have; one, unless it is clear that it holds more."""
    best = mean.argmax(1)
    allowed = np.zeros(mean.shape, np.bool_)
    allowed[np.arange(len(best)), best] = True
    top = share.argmax(2)
    clear = votes(found.labels, share.max(2, keepdims=True), len(found))[1:, 0]
    hinted = inside.any(1)
    allowed |= inside
    limit = np.where(hinted, _CLEARER, _CLEAR)
    for region in np.flatnonzero((found.area > _LARGE * found.labels.size) & (clear > limit) & (inside.sum(1) < 2)):
        x0, y0, x1, y1 = found.box[region]
        rows = _cells(y0, y1, share.shape[0], found.labels.shape[0])
        columns = _cells(x0, x1, share.shape[1], found.labels.shape[1])
        ys = ((2 * rows + 1) * found.labels.shape[0]) // (2 * share.shape[0])
        xs = ((2 * columns + 1) * found.labels.shape[1]) // (2 * share.shape[1])
        mine = found.labels[np.ix_(ys, xs)] == region + 1
        part = np.bincount(top[np.ix_(rows, columns)][mine], minlength=mean.shape[1])
        if hinted[region] and part[best[region]] < _OWN * part.sum():
            continue  # the network is of another mind than the artist, whose word counts
        for other in np.flatnonzero(part > _SECOND * max(1, part.sum())):
            if other < len(offered) and _unlike(offered, int(best[region]), int(other)):
                allowed[region, other] = True
    return allowed


def _cells(low: int, high: int, cells: int, pixels: int) -> NDArray[np.int64]:
    return np.arange(low * cells // pixels, max(low * cells // pixels + 1, -(-high * cells // pixels)))


def _unlike(offered: Colours, one: int, other: int) -> bool:
    if one >= len(offered) or one == other:
        return one != other
    return bool(np.linalg.norm(to_lab(offered[one]) - to_lab(offered[other])) > _UNLIKE)


def _choose(
    labels: NDArray[np.int32],
    share: Floats,
    own: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    several: NDArray[np.bool_],
    check: Callable[[], None],
) -> NDArray[np.int32]:
    """(H, W) int32: the colour at each pixel of the regions that hold several, by the pointing between four places."""
    out = np.zeros(labels.shape, np.int32)
    if not several.any():
        return out
    apart = np.append(False, several)
    may = np.concatenate([np.zeros((1, allowed.shape[1]), np.bool_), allowed])
    smooth = np.ascontiguousarray(share)

    def work(top: int, bottom: int) -> None:
        _choose_rows(labels, smooth, apart, may, out, top, bottom)

    over_strips(work, labels.shape[0], labels.shape[1], check)
    return out


@kernel
def _choose_rows(
    labels: NDArray[np.int32],
    share: Floats,
    apart: NDArray[np.bool_],
    may: NDArray[np.bool_],
    out: NDArray[np.int32],
    top: int,
    bottom: int,
) -> None:
    height, width = labels.shape
    rows, columns, offers = share.shape
    for y in range(top, bottom):
        fy = min(max((y + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        y0 = int(fy)
        y1 = min(y0 + 1, rows - 1)
        wy = np.float32(fy - y0)
        for x in range(width):
            region = labels[y, x]
            if not apart[region]:
                continue
            fx = min(max((x + 0.5) * columns / width - 0.5, 0.0), columns - 1.0)
            x0 = int(fx)
            x1 = min(x0 + 1, columns - 1)
            wx = np.float32(fx - x0)
            best = np.float32(-1.0)
            for c in range(offers):
                if may[region, c]:
                    upper = share[y0, x0, c] + wx * (share[y0, x1, c] - share[y0, x0, c])
                    lower = share[y1, x0, c] + wx * (share[y1, x1, c] - share[y1, x0, c])
                    value = upper + wy * (lower - upper)
                    if value > best:
                        best = value
                        out[y, x] = c


def _number(
    found: RegionMap, chosen: NDArray[np.int32], own: NDArray[np.int64], several: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """The areas' label map, and each one's region and colour. Pieces get numbers after the regions'; a cut region keeps
    its own number for its first piece."""
    count = len(found)
    region, offer = np.arange(1, count + 1), own.astype(np.int64)
    if not several.any():
        return found.labels, region, offer
    labels = found.labels.copy()
    cut = np.append(False, several)[labels]
    wide = int(chosen.max()) + 1
    keys = labels[cut].astype(np.int64) * wide + chosen[cut]
    pieces, of = np.unique(keys, return_inverse=True)
    home, paint_ = pieces // wide, pieces % wide
    first = np.append(True, home[1:] != home[:-1])
    names = np.where(first, home, 0)
    names[~first] = count + 1 + np.arange(int((~first).sum()))
    labels[cut] = names[of].astype(np.int32)
    offer[home[first] - 1] = paint_[first]
    return labels, np.concatenate([region, home[~first]]), np.concatenate([offer, paint_[~first]])
