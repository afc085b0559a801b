"""A skeleton as chains of pixels between the places where they meet."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from ._thin import _DX, _DY, Mask

Points = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

FREE = -1  # the node of an end that meets nothing


@dataclass(frozen=True, eq=False)
class Chain:
    """Pixels in a row: `points` (n, 2) x, y of their middles; `ends`: the nodes that it goes on to, or FREE.
    `ring`: its last pixel is beside its first."""

    points: Points
    ends: tuple[int, int]
    ring: bool = False

    @property
    def length(self) -> float:
        """In pixels."""
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum()) + 1.0


@dataclass(frozen=True, eq=False)
class Graph:
    """`nodes` (m, 2): where chains meet."""

    chains: list[Chain]
    nodes: Points


def graph_of(skeleton: Mask) -> Graph:
    """The chains of a skeleton (H, W) uint8 0/1, whose outermost pixels are 0."""
    beside = cv2.filter2D(skeleton, cv2.CV_8U, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT)
    meeting = ((skeleton > 0) & (beside > 3)).astype(np.uint8)
    count, node_at, _, centre = cv2.connectedComponentsWithStats(meeting, connectivity=8)
    single = np.asarray((skeleton > 0) & (meeting == 0), np.uint8)
    order, starts, ends, rings = _trace(single, node_at.astype(np.int32))
    points = np.stack([order % skeleton.shape[1], order // skeleton.shape[1]], 1) + 0.5
    bounds = np.append(starts, len(order))
    chains = [
        Chain(points[a:b], (int(pair[0]), int(pair[1])), bool(ring))
        for a, b, pair, ring in zip(bounds[:-1], bounds[1:], ends, rings, strict=True)
    ]
    return Graph(chains, np.asarray(centre[1:count] + 0.5, np.float64))


@kernel
def _trace(
    single: Mask, node_at: Ints
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Ints, npt.NDArray[np.bool_]]:
    """All pixels chain by chain (flat index), where each chain starts, its two nodes, and whether it is a ring."""
    height, width = single.shape
    total = 0
    for y in range(height):
        for x in range(width):
            total += single[y, x] > 0
    order = np.empty(total, np.int64)
    starts = np.empty(total, np.int64)
    ends = np.empty((total, 2), np.int32)
    rings = np.zeros(total, np.bool_)
    left = single.copy()
    at = count = 0
    for want_end in (True, False):
        for y in range(1, height - 1):
            for x in range(1, width - 1):
                if not left[y, x] or (want_end and _neighbours(single, y, x) > 1):
                    continue
                starts[count] = at
                first = at
                v, u = y, x
                while v >= 0:
                    left[v, u] = 0
                    order[at] = v * width + u
                    at += 1
                    v, u = _next(left, v, u)
                rings[count] = not want_end
                _nodes_of(node_at, order[first], order[at - 1], width, ends[count])
                count += 1
    return order, starts[:count], ends[:count], rings[:count]


@kernel
def _neighbours(mask: Mask, y: int, x: int) -> int:
    found = 0
    for k in range(8):
        found += mask[y + _DY[k], x + _DX[k]] > 0
    return found


@kernel
def _next(left: Mask, y: int, x: int) -> tuple[int, int]:
    """The pixel to go on to, those beside before those across; (-1, -1) where there is none."""
    for turn in range(2):
        for k in range(turn, 8, 2):
            if left[y + _DY[k], x + _DX[k]]:
                return y + _DY[k], x + _DX[k]
    return -1, -1


@kernel
def _nodes_of(node_at: Ints, first: int, last: int, width: int, out: Ints) -> None:
    """The nodes beside a chain's two ends; of a single pixel two different ones, if it has them."""
    out[0], out[1] = -1, -1
    for side in range(2):
        y, x = (first, last)[side] // width, (first, last)[side] % width
        for k in range(8):
            node = node_at[y + _DY[k], x + _DX[k]] - 1
            if node >= 0 and not (first == last and side == 1 and node == out[0]):
                out[side] = node
                break
