"""Areas filled with ink: regions of their own, not thick lines."""

from __future__ import annotations

import numpy as np

from ..kernel import kernel
from ._nearest import Lines, Offsets
from ._runs import IntArray, Runs

# In line widths: how wide ink must be somewhere to be a filled area, and down to which width its body reaches.
_CORE, _BODY = 4.0, 1.6
_LEAST = 3.0  # pixels; below this half width nothing tells a filled area from a heavy line


def label_solids(labels: IntArray, runs: Runs, offsets: Offsets, lines: Lines, label: int) -> IntArray:
    """Label filled areas with label, label + 1 ...; (n, 2) int32 the y, x of each one's first deep pixel.

    Their rim, as wide as a line, is left to be shared with the regions around, as any line is.
    """
    core = max(_LEAST, 0.5 * _CORE * lines.width)
    body = max(1.0, 0.5 * _BODY * lines.width)
    if lines.widest < core:
        return np.zeros((0, 2), np.int32)
    return _flood(runs.first, runs.end, runs.rows, offsets, labels, np.float32(core**2), np.float32(body**2), label)


@kernel
def _flood(
    first: IntArray,
    end: IntArray,
    rows: IntArray,
    offsets: Offsets,
    labels: IntArray,
    core: np.float32,
    body: np.float32,
    label: int,
) -> IntArray:
    height, width = labels.shape
    seeds = np.empty((64, 2), np.int32)
    before = label
    stack_y, stack_x = np.empty(1024, np.int32), np.empty(1024, np.int32)
    for y in range(height):
        for run in range(rows[y], rows[y + 1]):
            for x in range(first[run], end[run]):
                oy, ox = np.float32(offsets[y, x, 0]), np.float32(offsets[y, x, 1])
                if labels[y, x] != 0 or oy * oy + ox * ox < core:
                    continue
                if label - before == len(seeds):
                    seeds = np.concatenate((seeds, np.empty_like(seeds)))
                seeds[label - before, 0], seeds[label - before, 1] = y, x
                labels[y, x] = label
                stack_y[0], stack_x[0] = y, x
                size = 1
                while size:
                    size -= 1
                    cy, cx = np.int64(stack_y[size]), np.int64(stack_x[size])
                    if size + 4 > len(stack_y):
                        stack_y = np.concatenate((stack_y, np.empty(len(stack_y), np.int32)))
                        stack_x = np.concatenate((stack_x, np.empty(len(stack_x), np.int32)))
                    for ny, nx in ((cy - 1, cx), (cy + 1, cx), (cy, cx - 1), (cy, cx + 1)):
                        if not (0 <= ny < height and 0 <= nx < width) or labels[ny, nx] != 0:
                            continue
                        oy, ox = np.float32(offsets[ny, nx, 0]), np.float32(offsets[ny, nx, 1])
                        if oy * oy + ox * ox >= body:
                            labels[ny, nx] = label
                            stack_y[size], stack_x[size] = ny, nx
                            size += 1
                label += 1
    return seeds[: label - before]
