"""Connected areas of equal value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kernel import kernel
from ._types import Check, Labels, never_stop

_BAND = 1 << 21  # pixels worked on between two checks


def equal_areas(values: Labels, check: Check = never_stop) -> Labels:
    """An id for each 4-connected area of one value, (h, w) int32, in reading order from 1; 0 where the value is 0."""
    values = np.ascontiguousarray(values, np.int32)
    h, w = values.shape
    parent = np.empty(h * w, np.int32)
    labels = np.empty((h, w), np.int32)
    rows = max(1, _BAND // w)
    for top in range(0, h, rows):
        check()
        _link(values, parent, top, min(top + rows, h))
    count = 0
    for top in range(0, h, rows):
        check()
        count = _number(values, parent, labels, count, top, min(top + rows, h))
    return labels


def tally(areas: Labels, values: Labels, check: Check = never_stop) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """By area id: its pixels, and the value that they all have; both 0 for id 0."""
    size = np.zeros(int(areas.max()) + 1, np.int64)
    value = np.zeros_like(size)
    rows = max(1, _BAND // areas.shape[1])
    for top in range(0, len(areas), rows):
        check()
        _tally(areas[top : top + rows], np.ascontiguousarray(values[top : top + rows], np.int32), size, value)
    size[0] = value[0] = 0
    return size, value


@kernel
def _tally(areas: Labels, values: Labels, size: NDArray[np.int64], value: NDArray[np.int64]) -> None:
    for y in range(areas.shape[0]):
        for x in range(areas.shape[1]):
            size[areas[y, x]] += 1
            value[areas[y, x]] = values[y, x]


@kernel
def _root(parent: NDArray[np.int32], at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


@kernel
def _link(values: Labels, parent: NDArray[np.int32], top: int, bottom: int) -> None:
    """Union-find over rows; a root is its area's first pixel, so that ids come out in reading order."""
    w = values.shape[1]
    for y in range(top, bottom):
        for x in range(w):
            value = values[y, x]
            at = y * w + x
            parent[at] = at
            if x > 0 and values[y, x - 1] == value:
                parent[at] = _root(parent, at - 1)
            if y > 0 and values[y - 1, x] == value:
                a, b = _root(parent, at), _root(parent, at - w)
                if a < b:
                    parent[b] = a
                else:
                    parent[a] = b


@kernel
def _number(values: Labels, parent: NDArray[np.int32], labels: Labels, count: int, top: int, bottom: int) -> int:
    """Give areas their ids; the highest so far again."""
    w = values.shape[1]
    for y in range(top, bottom):
        for x in range(w):
            if values[y, x] == 0:
                labels[y, x] = 0
                continue
            root = _root(parent, y * w + x)
            if root == y * w + x:
                count += 1
                labels[y, x] = count
            else:
                labels[y, x] = labels[root // w, root % w]
    return count
