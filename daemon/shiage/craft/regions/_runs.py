"""Rows as runs of ink or paper: far fewer than pixels, so what works on runs costs little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from ..strips import Check, never_stop, over_strips

IntArray = npt.NDArray[np.int32]
Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of equal pixels in raster order.

    first, end: (N,) int32, columns of a run's first pixel and past its last.
    rows: (H + 1,) int32, row y holds runs rows[y] .. rows[y + 1] - 1.
    """

    first: IntArray
    end: IntArray
    rows: IntArray


def find_runs(mask: Mask, value: int, check: Check = never_stop) -> Runs:
    """The runs of pixels equal to `value` (0 or 1) in `mask` (H, W) uint8 0/1."""
    height, width = mask.shape
    rows = np.zeros(height + 1, np.int32)
    over_strips(lambda top, bottom: _count(mask, np.uint8(value), top, bottom, rows), height, width, check)
    np.cumsum(rows, out=rows)
    first, end = np.empty(int(rows[-1]), np.int32), np.empty(int(rows[-1]), np.int32)
    over_strips(
        lambda top, bottom: _collect(mask, np.uint8(value), top, bottom, rows, first, end), height, width, check
    )
    return Runs(first, end, rows)


@kernel
def _count(mask: Mask, value: np.uint8, top: int, bottom: int, rows: IntArray) -> None:
    width = mask.shape[1]
    for y in range(top, bottom):
        row = mask[y]
        changes = np.int32(0)
        for x in range(1, width):
            changes += np.int32(row[x] != row[x - 1])
        # Changes come in turn, so the runs of one value are half of all runs; the odd one has the first run's value.
        rows[y + 1] = (changes + 1 + np.int32(row[0] == value)) // 2


@kernel
def _collect(
    mask: Mask, value: np.uint8, top: int, bottom: int, rows: IntArray, first: IntArray, end: IntArray
) -> None:
    width = mask.shape[1]
    for y in range(top, bottom):
        row = mask[y]
        n = rows[y]
        if rows[y + 1] == n:
            continue
        if row[0] == value:
            first[n] = 0
        for x in range(1, width):
            if row[x] != row[x - 1]:
                if row[x] == value:
                    first[n] = x
                else:
                    end[n] = x
                    n += 1
        if row[width - 1] == value:
            end[n] = width
