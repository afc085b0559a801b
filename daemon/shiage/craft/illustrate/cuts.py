"""Regions that hold several things, cut in pieces: where no line was drawn, a network's map says where."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..kernel import kernel
from ..regions import RegionMap
from ..strips import over_strips

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
