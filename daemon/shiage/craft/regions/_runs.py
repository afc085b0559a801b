"""Ink as runs of a row: a drawing is mostly paper, so passes over its ink alone are cheap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shiage.craft.kernel import kernel

IntArray = npt.NDArray[np.int32]
Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of ink in raster order.

    first, end: (N,) int32, columns of a run's first pixel and past its last.
    rows: (H + 1,) int32, row y holds runs rows[y] .. rows[y + 1] - 1.
    """

    first: IntArray
    end: IntArray
    rows: IntArray


def ink_runs(lines: Mask) -> Runs:
    """The runs of non-zero pixels of `lines` (H, W) uint8."""
    rows = np.zeros(lines.shape[0] + 1, np.int32)
    _count(lines, rows)
    np.cumsum(rows, out=rows)
    first, end = np.empty(int(rows[-1]), np.int32), np.empty(int(rows[-1]), np.int32)
    _collect(lines, rows, first, end)
    return Runs(first, end, rows)


@kernel
def _count(lines: Mask, rows: IntArray) -> None:
    height, width = lines.shape
    for y in range(height):
        row = lines[y]
        count = np.int32(row[0] != 0)
        for x in range(1, width):
            count += np.int32((row[x] != 0) & (row[x - 1] == 0))
        rows[y + 1] = count


@kernel
def _collect(lines: Mask, rows: IntArray, first: IntArray, end: IntArray) -> None:
    height, width = lines.shape
    for y in range(height):
        if rows[y] == rows[y + 1]:
            continue
        row = lines[y]
        n = rows[y]
        before = np.uint8(0)
        for x in range(width):
            here = row[x]
            if (here != 0) != (before != 0):
                if here:
                    first[n] = x
                else:
                    end[n] = x
                    n += 1
            before = here
        if before:
            end[n] = width
