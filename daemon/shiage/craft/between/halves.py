"""Areas that are one in the other key: a bush on both sides of a post that it passes behind.

Matched one by one, the whole would go with one of its halves, and shrink to it. So where a shift brings two areas of
one paint that one thing parts into one area of the other key, they are read as one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .motions import kept
from .moves import Map
from .partners import ALIKE, Pairs
from .read import Key, joined

_WITHIN = 0.93  # of either half must lie in the whole then
_LEAST, _MOST = 0.6, 1.1  # of the whole are both
_HALF = 0.85  # of the whole has the half that it was matched with, at most
_SMALL = 60  # pixels: less is no half
_PLACES = 400  # of an area that are tried
_ON_THE_WAY = 24  # places from one half to the other that are looked at
_STEPS = 12  # ways across the room that the halves have in the whole, that are tried


def put_together(a: Key, b: Key, pairs: Pairs, check: Callable[[], None] = lambda: None) -> tuple[Key, Key]:
    """Both keys, with those areas as one that are one in the other; the same keys where there are none."""
    partner = dict(pairs)
    back = {j: i for i, j in pairs}
    return _whole(a, b, partner, check), _whole(b, a, back, check)


def _whole(key: Key, other: Key, partner: dict[int, int], check: Callable[[], None]) -> Key:
    one = np.arange(len(key) + 1, dtype=np.int32)
    area = key.described.area
    for u in range(1, len(key) + 1):
        if u in partner or area[u - 1] < _SMALL:
            continue
        check()
        for m, p in partner.items():
            whole = float(other.described.area[p - 1])
            both = float(area[u - 1] + area[m - 1]) / whole
            if area[m - 1] > _HALF * whole or not _LEAST < both < _MOST:
                continue
            like = np.abs(key.paint[u] - key.paint[m]).max() < ALIKE / 2 > np.abs(key.paint[u] - other.paint[p]).max()
            if not like or not _parted(key, u, m):
                continue
            if _fits(key, (u, m), other, p):
                one[u] = one[m] = min(one[u], one[m])
                break
    return key if (one == np.arange(len(one))).all() else joined(key, one)


def _parted(key: Key, u: int, m: int) -> bool:
    """Whether one thing parts two areas: it alone lies on the way from one to the other, and touches both."""
    touching, area = key.described.touching, key.described.area
    if touching[u - 1, m - 1] > 0:
        return False
    one, two = key.described.centre[u - 1], key.described.centre[m - 1]
    x, y = np.rint(one + np.linspace(0, 1, _ON_THE_WAY)[:, None] * (two - one)).astype(int).T
    height, width = key.labels.shape
    met = set(key.labels[y.clip(0, height - 1), x.clip(0, width - 1)].tolist()) - {u, m}
    if len(met) != 1:
        return False
    (between,) = met
    return bool(min(touching[between - 1, u - 1], touching[between - 1, m - 1]) > 0 and between - 1 != area.argmax())


def _fits(key: Key, halves: tuple[int, int], other: Key, whole: int) -> bool:
    """Whether a shift brings both halves into the whole."""
    few = [key.places[k][:: max(1, len(key.places[k]) // _PLACES)] for k in halves]
    every, there = np.concatenate([key.places[k] for k in halves]), other.places[whole]
    low, high = there.min(0) - every.min(0), there.max(0) - every.max(0)
    ys, xs = (np.unique(np.linspace(one, two, _STEPS).round()) for one, two in zip(low, high, strict=True))
    best = max(
        min(kept(places, other.labels, whole, _shift(x, y)) for places in few) for y in ys for x in xs
    )  # fmt: skip
    return best > _WITHIN


def _shift(x: float, y: float) -> Map:
    return np.array([[1.0, 0, x], [0, 1.0, y]])
