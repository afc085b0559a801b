"""Label passes: under the lines, along the borders, over the whole picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from ._nearest import FAR, Offsets
from ._runs import IntArray

Counts = npt.NDArray[np.int64]


@kernel
def fill_under_lines(
    first: IntArray, end: IntArray, rows: IntArray, offsets: Offsets, labels: IntArray, top: int, bottom: int
) -> int:
    """Give the unlabelled ink pixels of rows top..bottom the label of their nearest paper; how many stay without."""
    left = 0
    for y in range(top, bottom):
        for run in range(rows[y], rows[y + 1]):
            for x in range(first[run], end[run]):
                if labels[y, x] != 0:
                    continue
                if offsets[y, x, 0] < FAR:
                    labels[y, x] = labels[y + offsets[y, x, 0], x + offsets[y, x, 1]]
                left += labels[y, x] == 0
    return left


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
    first: IntArray, end: IntArray, rows: IntArray, labels: IntArray, top: int, bottom: int
) -> tuple[Counts, Counts]:
    """Pairs of labels that meet under the lines of rows top..bottom: packed (smaller << 32 | larger), and how often."""
    height, width = labels.shape
    room, used = 1024, 0
    keys, counts = np.zeros(room, np.int64), np.zeros(room, np.int64)
    slot = 0
    for y in range(top, bottom):
        for run in range(rows[y], rows[y + 1]):
            for x in range(first[run], end[run]):
                here = labels[y, x]
                for side in range(2):
                    ny, nx = (y + 1, x) if side else (y, x + 1)
                    if ny == height or nx == width or labels[ny, nx] == here:
                        continue
                    other = labels[ny, nx]
                    key = int((np.int64(min(here, other)) << 32) | np.int64(max(here, other)))
                    if keys[slot] != key:
                        slot = _slot(keys, key)
                    if keys[slot] == 0:
                        keys[slot] = key
                        used += 1
                    counts[slot] += 1
                    if 2 * used > room:
                        room *= 4
                        keys, counts = _roomier(keys, counts, room)
                        slot = 0
    kept = np.flatnonzero(keys)
    return keys[kept], counts[kept]


@kernel
def _slot(keys: Counts, key: int) -> int:
    """Where `key` is, or may be put, in an open table with a power of two of slots."""
    slot = (key * 0x9E3779B1 >> 16) & (len(keys) - 1)
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + 1) & (len(keys) - 1)
    return slot


@kernel
def _roomier(keys: Counts, counts: Counts, room: int) -> tuple[Counts, Counts]:
    new_keys, new_counts = np.zeros(room, np.int64), np.zeros(room, np.int64)
    for i in range(len(keys)):
        if keys[i]:
            slot = _slot(new_keys, keys[i])
            new_keys[slot], new_counts[slot] = keys[i], counts[i]
    return new_keys, new_counts


@kernel
def renumber(labels: IntArray, numbers: IntArray, count: int, top: int, bottom: int) -> Counts:
    """Replace each label of rows top..bottom by numbers[label]; (count + 1, 8) facts of these rows by new number:

    area, x0, y0, x1, y1 (last pixel included), length of its longest run in a row, that run's middle x, its y.
    """
    width = labels.shape[1]
    facts = np.zeros((count + 1, 8), np.int64)
    facts[:, 1:3] = 1 << 40
    facts[:, 3:5] = -1
    for y in range(top, bottom):
        x = 0
        while x < width:
            start, old = x, labels[y, x]
            label = numbers[old]
            while x < width and labels[y, x] == old:
                labels[y, x] = label
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
    return facts
