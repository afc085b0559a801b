"""For every ink pixel, the nearest paper: it measures the line's width and says on which side of a line a pixel lies.

Vector propagation in two sweeps (Danielsson 1980, 8-neighbour form), run over ink alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from ..strips import Check, never_stop
from ._runs import IntArray, Runs

FAR = 127
"""Farther than this many pixels is not told apart: deep inside a solid area."""

Offsets = npt.NDArray[np.int8]

_PIXELS = 1 << 22  # swept between two checks


def nearest_paper(runs: Runs, shape: tuple[int, int], check: Check = never_stop) -> Offsets:
    """(H, W, 2) int8: row and column offset from each ink pixel to its nearest paper pixel; (0, 0) on paper.

    Exact to a fraction of a pixel up to 127 px; (127, 127) stands for anything farther.
    """
    offsets = np.zeros((*shape, 2), np.int8)
    rows = max(1, _PIXELS // shape[1])
    for step in (1, -1):
        for top in range(0, shape[0], rows):
            check()
            _sweep(runs.first, runs.end, runs.rows, offsets, step, top, min(top + rows, shape[0]))
    return offsets


@kernel
def _closer(offsets: Offsets, y: int, x: int, ny: int, nx: int) -> None:
    """Let pixel (y, x) go to the paper that its neighbour (ny, nx) goes to, if that knows any and it is nearer."""
    if offsets[ny, nx, 0] == FAR:
        return
    dy = np.int32(offsets[ny, nx, 0]) + ny - y
    dx = np.int32(offsets[ny, nx, 1]) + nx - x
    old_y, old_x = np.int32(offsets[y, x, 0]), np.int32(offsets[y, x, 1])
    if dy * dy + dx * dx < old_y * old_y + old_x * old_x and abs(dy) < FAR and abs(dx) < FAR:
        offsets[y, x, 0] = dy
        offsets[y, x, 1] = dx


@kernel
def _sweep(first: IntArray, end: IntArray, rows: IntArray, offsets: Offsets, step: int, start: int, stop: int) -> None:
    """Rows start..stop, counted from above, or from below where `step` is -1."""
    height, width = offsets.shape[:2]
    for i in range(start, stop):
        y = i if step > 0 else height - 1 - i
        before = y - step
        for run in range(rows[y], rows[y + 1]):
            a, b = first[run], end[run]
            if step > 0:
                for x in range(a, b):
                    offsets[y, x, 0] = FAR
                    offsets[y, x, 1] = FAR
            if 0 <= before < height:
                for x in range(a, b):
                    for nx in range(max(x - 1, 0), min(x + 2, width)):
                        _closer(offsets, y, x, before, nx)
            for x in range(max(a, 1), b):
                _closer(offsets, y, x, y, x - 1)
            for x in range(min(b, width - 1) - 1, a - 1, -1):
                _closer(offsets, y, x, y, x + 1)


@dataclass(frozen=True, slots=True)
class Lines:
    """What the lines measure, in pixels: their common width (at least 1), and half the width of the widest ink."""

    width: float
    widest: float


def measure_lines(runs: Runs, offsets: Offsets) -> Lines:
    """Measure the lines from the distances along their ridges, or by ink area over ink edge where they are thin."""
    counts, area, edges = _ridges(runs.first, runs.end, runs.rows, offsets, max(1, offsets.shape[0] // 1024))
    widest = float(np.sqrt(max(np.flatnonzero(counts), default=1)))
    total = np.cumsum(counts[:-1])
    if total[-1] == 0 or edges == 0:
        return Lines(1.0, widest)
    lower, upper = np.searchsorted(total, total[-1] * np.array([0.35, 0.65]))
    middle = slice(int(lower), int(upper) + 1)
    distance = float(np.sqrt(np.average(np.arange(len(counts))[middle], weights=counts[middle])))
    if distance > 2.0:
        # The ridge is one pixel of an odd width, two of an even: half a pixel is lost on average.
        return Lines(2.0 * distance - 0.5, widest)
    # A line of width w and length l has l * w ink pixels and, over all directions, 2 * l * 4 / pi edges to the paper.
    return Lines(max(1.0, area / edges * 8.0 / np.pi), widest)


@kernel
def _ridges(
    first: IntArray, end: IntArray, rows: IntArray, offsets: Offsets, step: int
) -> tuple[npt.NDArray[np.int64], int, int]:
    """In every step-th row: ridge pixels by squared distance (0..FAR^2, then farther), thin ink's area, its edges."""
    height, width = offsets.shape[:2]
    counts = np.zeros(FAR * FAR + 2, np.int64)
    area, edges = 0, 0
    for y in range(1, height - 1, step):
        for run in range(rows[y], rows[y + 1]):
            for x in range(max(first[run], 1), min(end[run], width - 1)):
                dy, dx = np.int32(offsets[y, x, 0]), np.int32(offsets[y, x, 1])
                here = int(dy * dy + dx * dx)
                if here <= 8:
                    area += 1
                if here == 1:
                    for ny, nx in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                        edges += offsets[ny, nx, 0] == 0 and offsets[ny, nx, 1] == 0
                if _is_ridge(offsets, y, x, here):
                    counts[min(here, FAR * FAR + 1)] += 1
    return counts, area, edges


@kernel
def _is_ridge(offsets: Offsets, y: int, x: int, here: int) -> bool:
    """Whether none of the pixel's eight neighbours lies deeper in the ink."""
    for ny in range(y - 1, y + 2):
        for nx in range(x - 1, x + 2):
            dy, dx = np.int32(offsets[ny, nx, 0]), np.int32(offsets[ny, nx, 1])
            if dy * dy + dx * dx > here:
                return False
    return True
