"""Connected pieces of paper, joined run by run (4-connected, so that a line one pixel thin parts them)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from ..strips import Check, never_stop, over_strips
from ._runs import IntArray, Mask, Runs, find_runs

_PIXELS = 1 << 22  # looked at between two checks


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces 1..n of paper in raster order of their first pixels.

    labels: (H, W) int32, 0 on walls. area: (n + 1,) int64 pixels. first: (n + 1, 2) int32, y, x of the first pixel.
    wide: (n + 1,) bool, somewhere wider than the asked width.
    """

    labels: IntArray
    area: npt.NDArray[np.int64]
    first: IntArray
    wide: npt.NDArray[np.bool_]


def find_pieces(walls: Mask, narrow: int, check: Check = never_stop) -> Pieces:
    """Label what the walls (H, W) uint8 0/1 leave free; pieces nowhere wider than 2 x `narrow` pixels are not wide."""
    height, width = walls.shape
    joined = joined_runs(walls, 0, check)
    runs, piece, count = joined.runs, joined.piece, joined.count
    area = np.bincount(piece, runs.end - runs.first, count + 1).astype(np.int64)
    first = np.zeros((count + 1, 2), np.int32)
    _, starts = np.unique(piece, return_index=True)
    first[1:, 0] = np.searchsorted(runs.rows, starts, side="right") - 1
    first[1:, 1] = runs.first[starts]
    check()
    labels = np.empty((height, width), np.int32)
    over_strips(
        lambda top, bottom: _write(runs.first, runs.end, runs.rows, piece, top, bottom, labels), height, width, check
    )
    return Pieces(labels, area, first, joined.wider(walls, narrow, check))


@dataclass(frozen=True, slots=True)
class JoinedRuns:
    """The runs of one value and the pieces 1..`count` that they join to: `piece` (N,) int32."""

    runs: Runs
    piece: IntArray
    count: int

    def on_border(self, width: int) -> npt.NDArray[np.bool_]:
        """(count + 1,) bool: which pieces reach the border of a picture so wide."""
        first, end, rows = self.runs.first, self.runs.end, self.runs.rows
        reach = (first == 0) | (end == width)
        reach[: rows[1]] = reach[rows[-2] :] = True
        found = np.zeros(self.count + 1, np.bool_)
        found[self.piece[reach]] = True
        return found

    def area(self) -> npt.NDArray[np.int64]:
        """(count + 1,) pixels."""
        return np.bincount(self.piece, self.runs.end - self.runs.first, self.count + 1).astype(np.int64)

    def colour(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        """(count + 1, 3): the mean over the middles of each piece's runs in `rgb` (H, W, 3)."""
        first, end, rows = self.runs.first, self.runs.end, self.runs.rows
        row = np.repeat(np.arange(len(rows) - 1), np.diff(rows))
        seen = rgb[row, (first + end) // 2]
        times = np.maximum(np.bincount(self.piece, minlength=self.count + 1), 1)
        sums = [np.bincount(self.piece, seen[:, k], self.count + 1) for k in range(3)]
        return np.asarray(np.stack(sums, axis=1) / times[:, None], np.float64)

    def wider(self, walls: Mask, narrow: int, check: Check = never_stop) -> npt.NDArray[np.bool_]:
        """(count + 1,) bool: which pieces of what the walls leave free are somewhere wider than 2 x `narrow` pixels."""
        height, width = walls.shape
        wide = np.zeros(self.count + 1, np.bool_)
        rows = max(1, _PIXELS // width)
        for top in range(narrow, height - narrow, rows):
            check()
            bottom = min(top + rows, height - narrow)
            runs = self.runs
            _find_wide(runs.first, runs.end, runs.rows, self.piece, walls, narrow, wide, top, bottom)
        return wide

    def drawn(self, keep: npt.NDArray[np.bool_], width: int, check: Check = never_stop) -> npt.NDArray[np.bool_]:
        """(H, W) bool: the pixels of the pieces that `keep` (count + 1,) names."""
        height = len(self.runs.rows) - 1
        made = np.empty((height, width), np.bool_)
        runs = self.runs

        def write(top: int, bottom: int) -> None:
            _mark(runs.first, runs.end, runs.rows, self.piece, keep, top, bottom, made)

        over_strips(write, height, width, check)
        return made


def joined_runs(mask: Mask, value: int, check: Check = never_stop) -> JoinedRuns:
    """The 4-connected pieces of `value` (0 or 1) in `mask` (H, W) uint8 0/1, as runs: no map of labels is made."""
    runs = find_runs(mask, value, check)
    piece = np.empty(len(runs.first), np.int32)
    count = _join(runs.first, runs.end, runs.rows, piece)
    check()
    return JoinedRuns(runs, piece, count)


@kernel
def _mark(
    first: IntArray,
    end: IntArray,
    rows: IntArray,
    piece: IntArray,
    keep: npt.NDArray[np.bool_],
    top: int,
    bottom: int,
    out: npt.NDArray[np.bool_],
) -> None:
    for y in range(top, bottom):
        out[y, :] = False
        for run in range(rows[y], rows[y + 1]):
            if keep[piece[run]]:
                out[y, first[run] : end[run]] = True


@kernel
def _find_wide(
    first: IntArray,
    end: IntArray,
    rows: IntArray,
    piece: IntArray,
    walls: Mask,
    narrow: int,
    wide: npt.NDArray[np.bool_],
    top: int,
    bottom: int,
) -> None:
    """Mark the pieces that hold a cross of free pixels with arms `narrow` long, its middle in rows top..bottom."""
    for y in range(top, bottom):
        for run in range(rows[y], rows[y + 1]):
            if wide[piece[run]]:
                continue
            for x in range(first[run] + narrow, end[run] - narrow):
                free = True
                for away in range(1, narrow + 1):
                    free = free and walls[y - away, x] == 0 and walls[y + away, x] == 0
                if free:
                    wide[piece[run]] = True
                    break


@kernel
def _root(parent: IntArray, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel
def _join(first: IntArray, end: IntArray, rows: IntArray, piece: IntArray) -> int:
    """Number each run's piece into `piece`; answer how many there are."""
    parent = np.arange(len(first)).astype(np.int32)
    for y in range(1, len(rows) - 1):
        above, run = rows[y - 1], rows[y]
        while above < rows[y] and run < rows[y + 1]:
            if first[above] < end[run] and first[run] < end[above]:
                a, b = _root(parent, above), _root(parent, run)
                parent[max(a, b)] = min(a, b)
            if end[above] < end[run]:
                above += 1
            else:
                run += 1
    count = 0
    for i in range(len(first)):
        root = _root(parent, i)
        if root == i:
            count += 1
            piece[i] = count
        else:
            piece[i] = piece[root]
    return count


@kernel
def _write(
    first: IntArray, end: IntArray, rows: IntArray, piece: IntArray, top: int, bottom: int, labels: IntArray
) -> None:
    for y in range(top, bottom):
        labels[y, :] = 0
        for run in range(rows[y], rows[y + 1]):
            labels[y, first[run] : end[run]] = piece[run]
