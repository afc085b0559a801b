"""Connected areas of equal value."""

from __future__ import annotations

import numpy as np

from ..kernel import kernel
from ._types import Labels


def equal_areas(values: Labels) -> Labels:
    """An id for each 4-connected area of one value, (h, w) int32, in reading order from 1; 0 where the value is 0."""
    return np.asarray(_areas(np.ascontiguousarray(values, np.int32)), np.int32)


@kernel
def _root(parent: Labels, at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


@kernel
def _areas(values: Labels) -> Labels:
    """Union-find over rows; roots are first pixels, so that ids come out in reading order."""
    h, w = values.shape
    parent = np.arange(h * w, dtype=np.int32)
    for y in range(h):
        for x in range(w):
            value = values[y, x]
            at = y * w + x
            if x > 0 and values[y, x - 1] == value:
                parent[at] = _root(parent, at - 1)
            if y > 0 and values[y - 1, x] == value:
                a, b = _root(parent, at), _root(parent, at - w)
                if a < b:
                    parent[b] = a
                else:
                    parent[a] = b
    labels = np.zeros((h, w), np.int32)
    count = 0
    for y in range(h):
        for x in range(w):
            if values[y, x] == 0:
                continue
            root = _root(parent, y * w + x)
            ry, rx = root // w, root % w
            if root == y * w + x:
                count += 1
                labels[y, x] = count
            else:
                labels[y, x] = labels[ry, rx]
    return labels
