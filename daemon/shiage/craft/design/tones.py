"""Connected areas of one painted tone: neighbours whose colours differ by less than an edge does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shiage.craft.kernel import kernel


def tone_areas(lab: NDArray[np.float32], free: NDArray[np.bool_], step: float) -> NDArray[np.int32]:
    """Label 4-connected areas in which no step from pixel to pixel exceeds `step` (CIE76).

    `lab` is (H, W, 3), `free` (H, W) says which pixels take part. Returns int32 labels in reading order, 0 where not
    free. A soft gradient (blush, airbrushed shade) stays one area, a hard edge of a cel shade parts two.
    """
    return np.asarray(_label(np.ascontiguousarray(lab), np.ascontiguousarray(free), np.float32(step * step)), np.int32)


@kernel
def _root(parent: NDArray[np.int32], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = int(parent[i])
    return i


@kernel
def _label(lab: NDArray[np.float32], free: NDArray[np.bool_], limit: np.float32) -> NDArray[np.int32]:
    height, width = free.shape
    parent = np.arange(height * width, dtype=np.int32)
    for y in range(height):
        for x in range(width):
            if not free[y, x]:
                continue
            here = y * width + x
            for dy, dx in ((0, 1), (1, 0)):
                v, u = y + dy, x + dx
                if v >= height or u >= width or not free[v, u]:
                    continue
                gap = np.float32(0)
                for k in range(3):
                    d = lab[y, x, k] - lab[v, u, k]
                    gap += d * d
                if gap <= limit:
                    a, b = _root(parent, here), _root(parent, v * width + u)
                    if a < b:
                        parent[b] = a
                    elif b < a:
                        parent[a] = b
    labels = np.zeros((height, width), np.int32)
    names = np.zeros(height * width, np.int32)
    count = 0
    for y in range(height):
        for x in range(width):
            if free[y, x]:
                root = _root(parent, y * width + x)
                if names[root] == 0:
                    count += 1
                    names[root] = count
                labels[y, x] = names[root]
    return labels
