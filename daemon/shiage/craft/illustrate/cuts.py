"""Regions that hold several things, cut in pieces: where no line was drawn, a network's map says where."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..region_votes import choose
from ..regions import RegionMap

Floats = NDArray[np.float32]


def held_in(found: RegionMap, classes: NDArray[np.int64], region: int, count: int) -> NDArray[np.int64]:
    """(count,) how many places of `region` (from 0) are of each class; classes: (h, w) of the drawing at any size."""
    x0, y0, x1, y1 = found.box[region]
    height, width = found.labels.shape
    rows, columns = _cells(y0, y1, classes.shape[0], height), _cells(x0, x1, classes.shape[1], width)
    ys = ((2 * rows + 1) * height) // (2 * classes.shape[0])
    xs = ((2 * columns + 1) * width) // (2 * classes.shape[1])
    mine = found.labels[np.ix_(ys, xs)] == region + 1
    return np.bincount(classes[np.ix_(rows, columns)][mine], minlength=count)


def _cells(low: int, high: int, cells: int, pixels: int) -> NDArray[np.int64]:
    return np.arange(low * cells // pixels, max(low * cells // pixels + 1, -(-high * cells // pixels)))


def choose_within(
    labels: NDArray[np.int32],
    share: Floats,
    allowed: NDArray[np.bool_],
    several: NDArray[np.bool_],
    check: Callable[[], None],
) -> NDArray[np.int32]:
    """(H, W) int32: at each pixel of the regions that hold `several`, (n,), which of those `allowed`, (n, C), the map
    share, (h, w, C), says, read between its four nearest places. 0 in other regions."""
    out = np.zeros(labels.shape, np.int32)
    if several.any():
        may = np.concatenate([np.zeros((1, allowed.shape[1]), np.bool_), allowed])
        choose(labels, share, may, np.append(False, several), out, check)
    return out


def number_pieces(
    found: RegionMap, chosen: NDArray[np.int32], own: NDArray[np.int64], several: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """The pieces' label map, and each one's region and class. Pieces get numbers after the regions'; a cut region keeps
    its own number for its first piece. own: (n,) the class of the regions that are not cut."""
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
