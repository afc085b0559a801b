"""Areas filled with ink: regions of their own, not thick lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shiage.craft.kernel import kernel
from shiage.craft.regions._nearest import Offsets
from shiage.craft.regions._runs import IntArray, Runs

# In line widths: how wide ink must be somewhere to be a filled area, and down to which width its body reaches.
_CORE, _BODY = 4.0, 1.6
_LEAST = 3.0  # pixels; below this half width nothing tells a filled area from a heavy line


def label_solids(
    labels: IntArray, lines: npt.NDArray[np.uint8], runs: Runs, offsets: Offsets, line_width: float, count: int
) -> int:
    """Label filled areas with count, count + 1 ...; answer the next free label. Their rim is left as line."""
    core = max(_LEAST, 0.5 * _CORE * line_width)
    body = max(1.0, 0.5 * _BODY * line_width)
    return int(
        _flood(runs.first, runs.end, runs.rows, offsets, labels, np.float32(core**2), np.float32(body**2), count)
    )


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
) -> int:
    height, width = labels.shape
    stack_y, stack_x = np.empty(1024, np.int32), np.empty(1024, np.int32)
    for y in range(height):
        for run in range(rows[y], rows[y + 1]):
            for x in range(first[run], end[run]):
                oy, ox = np.float32(offsets[y, x, 0]), np.float32(offsets[y, x, 1])
                if labels[y, x] != 0 or oy * oy + ox * ox < core:
                    continue
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
    return label
