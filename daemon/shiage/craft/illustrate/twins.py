"""The left of a figure and its right: regions that are each other's like (legs, shoes, sleeves) have one colour."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from ..region_votes import votes
from ..regions import RegionMap

Floats = NDArray[np.float32]
Pairs = NDArray[np.int64]

NO_TWINS: Pairs = np.zeros((0, 2), np.int64)

_LEAST = 2e-5  # of the picture, and
_PIXELS = 12  # at least: smaller regions have no shape
_MOST = 1500  # regions that are looked at, the largest
_LOOKED = 8  # of each region's likeliest twins: their shapes are compared
_ALIKE = 0.6  # area, width and height of the smaller over the larger's
_LEVEL = 0.25  # of the larger height: how far two middles differ in height
_APART = 0.4  # of the picture's longer side: further away it is another figure's
_BESIDE = 0.3  # of the smaller width: how far two may overlap
_SHAPE = 0.6  # overlap of the two shapes, one of them mirrored, in boxes of one size
_PART = 0.75  # cosine of what parts the two may be
_SIDE = 16  # pixels of such a box
_NONE = 0.5  # of a region on no part of a figure at all


def find_twins(found: RegionMap, parts: Floats | None, check: Callable[[], None] = lambda: None) -> Pairs:
    """(m, 2) regions, from 0, that are each other's best counterpart: of like size and shape (one may be mirrored),
    side by side at one height, and likely the same part of a figure. parts: (h, w, 16) likelihoods; None: no twins."""
    if parts is None:
        return NO_TWINS
    least = max(_PIXELS, _LEAST * found.labels.size)
    rows = np.flatnonzero((found.area >= least) & ~found.background)
    rows = rows[np.argsort(-found.area[rows], kind="stable")[:_MOST]]
    on = votes(found.labels, parts, len(found))[1:][rows]
    rows, on = rows[on[:, 0] < _NONE], on[on[:, 0] < _NONE]
    if len(rows) < 2:
        return NO_TWINS
    check()
    pairs, cost = _candidates(found, rows, on)
    check()
    shapes = {int(row): _shape(found, int(row)) for row in np.unique(rows[pairs])}
    check()
    alike = np.array([_overlap(shapes[int(rows[a])], shapes[int(rows[b])]) for a, b in pairs], np.float32)
    fit = alike > _SHAPE
    return _mutual(rows[pairs[fit]], cost[fit] + 1 - alike[fit])


def _candidates(found: RegionMap, rows: NDArray[np.int64], on: Floats) -> tuple[Pairs, Floats]:
    """Pairs of `rows`, by their index in it, that size, place and part allow; and what speaks against each."""
    box = found.box[rows].astype(np.float32)
    wide, high = box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]
    x, y = (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2
    area = found.area[rows].astype(np.float32)
    unit = on / np.maximum(np.linalg.norm(on, axis=1, keepdims=True), 1e-6)
    part = unit @ unit.T
    level = np.abs(y[:, None] - y) / np.maximum.outer(high, high)
    away = np.abs(x[:, None] - x)
    apart = away / (_APART * max(found.labels.shape))
    may = (part > _PART) & (level < _LEVEL) & (apart < 1)
    may &= away > (wide[:, None] + wide) / 2 - _BESIDE * np.minimum.outer(wide, wide)
    for size in (area, wide, high):
        may &= np.minimum.outer(size, size) > _ALIKE * np.maximum.outer(size, size)
    cost = np.where(may, level + 0.5 * apart + 1 - part, np.inf)
    best = np.argpartition(cost, min(_LOOKED, len(rows)) - 1, axis=1)[:, :_LOOKED]
    a, b = np.repeat(np.arange(len(rows)), best.shape[1]), best.ravel()
    pairs = np.unique(np.sort(np.stack([a, b], 1)[np.isfinite(cost[a, b])], 1), axis=0)
    return pairs, cost[pairs[:, 0], pairs[:, 1]].astype(np.float32)


def _shape(found: RegionMap, row: int) -> Floats:
    x0, y0, x1, y1 = found.box[row]
    mine = (found.labels[y0:y1, x0:x1] == row + 1).astype(np.float32)
    return np.asarray(cv2.resize(mine, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.float32)


def _overlap(one: Floats, other: Floats) -> float:
    return max(float(np.minimum(one, o).sum() / np.maximum(one, o).sum()) for o in (other, other[:, ::-1]))


def _mutual(pairs: Pairs, cost: Floats) -> Pairs:
    """Those that are both's best."""
    best: dict[int, int] = {}
    for index in np.argsort(-cost, kind="stable"):
        for row in pairs[index]:
            best[int(row)] = int(index)
    keep = [i for i, (a, b) in enumerate(pairs) if best[int(a)] == i == best[int(b)]]
    return pairs[keep]
