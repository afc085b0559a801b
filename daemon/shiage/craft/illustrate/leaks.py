"""How much colour leaks over a drawing's lines: a measure that any colouring can be held to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..design.colour import to_lab
from ..hints import region_colours
from ..kernel import kernel

_APART = 10.0  # CIE76 that two neighbours differ at least: between nearer colours no leak is seen
_PLAINLY = 3.0  # CIE76 by which a pixel is nearer to the other side's colour before it counts as leaked


def leak(
    paint: NDArray[np.uint8], labels: NDArray[np.int32], reach: int = 3, free: NDArray[np.bool_] | None = None
) -> float:
    """The share of region-boundary pixels that have the colour of the other side; 0 where no boundary can tell.

    paint: (H, W, 3) uint8, the colours without the lines. labels: (H, W) int32 regions. A boundary pixel lies within
    `reach` pixels, along a row or column, of a region whose colour is unlike its own region's. free: pixels to look at
    (not those under a line, which nobody sees); all of them if not given.
    """
    free = np.ones(labels.shape, np.bool_) if free is None else free
    count = int(labels.max())
    own = np.concatenate([np.zeros((1, 3), np.uint8), region_colours(paint, labels, count, free)])
    told, wrong = _count(labels, to_lab(paint), to_lab(own), free, reach, np.float32(_APART), np.float32(_PLAINLY))
    return float(wrong / told) if told else 0.0


@kernel
def _far(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(np.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2))


@kernel
def _count(
    labels: NDArray[np.int32],
    paint: NDArray[np.float32],
    own: NDArray[np.float32],
    free: NDArray[np.bool_],
    reach: int,
    apart: np.float32,
    plainly: np.float32,
) -> tuple[int, int]:
    height, width = labels.shape
    told, wrong = 0, 0
    for y in range(height):
        for x in range(width):
            if not free[y, x]:
                continue
            here = labels[y, x]
            boundary, leaked = False, False
            for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                for step in range(1, reach + 1):
                    v, u = y + dy * step, x + dx * step
                    if v < 0 or u < 0 or v >= height or u >= width:
                        break
                    other = labels[v, u]
                    if other != here:
                        if _far(own[here], own[other]) > apart:
                            boundary = True
                            if _far(paint[y, x], own[other]) + plainly < _far(paint[y, x], own[here]):
                                leaked = True
                        break
            told += boundary
            wrong += leaked
    return told, wrong
