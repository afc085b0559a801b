"""Label passes over the whole picture: carry labels under the lines, renumber, measure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shiage.craft.kernel import kernel
from shiage.craft.regions._nearest import Offsets
from shiage.craft.regions._runs import IntArray


@kernel
def fill_under_lines(
    first: IntArray, end: IntArray, rows: IntArray, offsets: Offsets, labels: IntArray, top: int, bottom: int
) -> None:
    """Give each unlabelled ink pixel of rows top..bottom the label of its nearest paper."""
    for y in range(top, bottom):
        for run in range(rows[y], rows[y + 1]):
            for x in range(first[run], end[run]):
                if labels[y, x] == 0:
                    labels[y, x] = labels[y + offsets[y, x, 0], x + offsets[y, x, 1]]


@kernel
def fill_rest(labels: IntArray, ys: IntArray, xs: IntArray) -> int:
    """Let the listed pixels that are still 0 take a neighbour's label, ring by ring; answer how many remain 0."""
    height, width = labels.shape
    left = len(ys)
    found = np.zeros(len(ys), np.int32)
    moved = True
    while moved and left:
        moved = False
        for i in range(left):
            y, x = np.int64(ys[i]), np.int64(xs[i])
            best = np.int32(0)
            for ny, nx in ((y, x - 1), (y, x + 1), (y - 1, x), (y + 1, x)):
                if 0 <= ny < height and 0 <= nx < width and labels[ny, nx] > 0 and (best == 0 or labels[ny, nx] < best):
                    best = labels[ny, nx]
            found[i] = best
        keep = 0
        for i in range(left):
            if found[i] > 0:
                labels[ys[i], xs[i]] = found[i]
                moved = True
            else:
                ys[keep], xs[keep] = ys[i], xs[i]
                keep += 1
        left = keep
    return left


@kernel
def borders(
    first: IntArray, end: IntArray, rows: IntArray, labels: IntArray
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pairs of labels that meet under a line: packed (smaller << 32 | larger), and in how many pixel edges."""
    height, width = labels.shape
    room = 1024
    keys, counts = np.zeros(room, np.int64), np.zeros(room, np.int64)
    used = 0
    last_slot = 0
    for y in range(height):
        for run in range(rows[y], rows[y + 1]):
            for x in range(first[run], end[run]):
                here = labels[y, x]
                for side in range(4):
                    ny, nx = y + (side == 0) - (side == 1), x + (side == 2) - (side == 3)
                    if not (0 <= ny < height and 0 <= nx < width) or labels[ny, nx] == here:
                        continue
                    other = labels[ny, nx]
                    key = (np.int64(min(here, other)) << 32) | np.int64(max(here, other))
                    if keys[last_slot] != key:
                        slot = (key * 0x9E3779B1) & (room - 1)
                        while keys[slot] != 0 and keys[slot] != key:
                            slot = (slot + 1) & (room - 1)
                        if keys[slot] == 0:
                            keys[slot] = key
                            used += 1
                        last_slot = slot
                    counts[last_slot] += 1
                    if 2 * used > room:
                        old_keys, old_counts, old_room = keys, counts, room
                        room *= 4
                        keys, counts = np.zeros(room, np.int64), np.zeros(room, np.int64)
                        for k in range(old_room):
                            if old_keys[k]:
                                slot = (old_keys[k] * 0x9E3779B1) & (room - 1)
                                while keys[slot] != 0:
                                    slot = (slot + 1) & (room - 1)
                                keys[slot], counts[slot] = old_keys[k], old_counts[k]
                        last_slot = 0
    kept = np.flatnonzero(keys)
    return keys[kept], counts[kept]


@kernel
def measure(labels: IntArray, top: int, bottom: int, facts: npt.NDArray[np.int64]) -> None:
    """Add rows top..bottom to `facts`, one row of 8 a label:

    area, x0, y0, x1, y1 (last pixel included), length of its longest run in a row, that run's middle x, its y.
    """
    width = labels.shape[1]
    for y in range(top, bottom):
        x = 0
        while x < width:
            start = x
            label = labels[y, x]
            while x < width and labels[y, x] == label:
                x += 1
            row = facts[label]
            row[0] += x - start
            row[1] = min(row[1], start)
            row[2] = min(row[2], y)
            row[3] = max(row[3], x - 1)
            row[4] = max(row[4], y)
            if x - start > row[5]:
                row[5] = x - start
                row[6] = (start + x - 1) // 2
                row[7] = y


@kernel
def renumber(labels: IntArray, numbers: IntArray, top: int, bottom: int) -> None:
    """Replace each label of rows top..bottom by numbers[label]."""
    width = labels.shape[1]
    for y in range(top, bottom):
        for x in range(width):
            labels[y, x] = numbers[labels[y, x]]
