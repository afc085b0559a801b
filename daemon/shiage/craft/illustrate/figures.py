"""Regions of a figure that an open line lets run together: hair and face, sleeve and hand; parted by the parts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..parts import PARTS, SKIN
from ..regions import RegionMap
from .cuts import choose_within, held_in, number_pieces

Floats = NDArray[np.float32]

_KINDS = (("Hair",), (*SKIN, "Open_mouth"), ("Lower_clothes", "Shoe", "Stock", "Upper_clothes"))
_SECOND = 0.12  # of a region: less of another kind is the map's own blur along a border
_SURE = 0.75  # the mean certainty of either kind where it is
_LARGE = 2e-3  # of the picture


def part_kinds(found: RegionMap, likelihood: Floats, check: Callable[[], None] = lambda: None) -> RegionMap:
    """`found` with those regions cut in two or three that plainly hold hair and skin, or skin and cloth: what never has
    one paint. likelihood: (h, w, 16) of the figure's parts. Neighbours and openings stay those of the whole regions.
    """
    kinds = np.stack([likelihood[..., [PARTS.index(n) for n in names]].sum(2) for names in _KINDS], 2)
    kinds = np.concatenate([kinds, np.maximum(0, 1 - kinds.sum(2, keepdims=True))], 2).astype(np.float32)
    top = np.asarray(kinds.argmax(2), np.int64)
    sure = np.where(kinds.max(2) > _SURE, top, len(_KINDS))
    allowed = np.zeros((len(found), len(_KINDS) + 1), np.bool_)
    for large in np.flatnonzero((found.area > _LARGE * found.labels.size) & ~found.background & ~found.solid):
        part = held_in(found, sure, int(large), len(_KINDS) + 1)
        here = np.flatnonzero(part[:-1] > _SECOND * max(1, part.sum()))
        if len(here) > 1:
            allowed[large, here] = True
    several = np.asarray(allowed.any(1), np.bool_)
    if not several.any():
        return found
    check()
    chosen = choose_within(found.labels, kinds, allowed, several, check)
    labels, region, _ = number_pieces(found, chosen, np.zeros(len(found), np.int64), several)
    return found.cut(labels, region[len(found) :])
