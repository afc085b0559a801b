"""A frame that was painted small, at the size of its keys: with their own pixels, and so with their borders and lines.

The small frame says what is where. What it lacks, it takes from the keys: for each of its pixels that place of a key is
looked for around which the key looks, at the small size, as the frame does; and what that place has more at its full
size is added (the detail of a Laplacian pyramid, Burt and Adelson 1983). Looked for is where the ways of the pixels
around lead, and a little beside that. Where nothing looks alike the small frame stays as it is: softer, never torn.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from .flow import Ways

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

_SLICE = 100_000  # pixels of the large picture between two looks whether it was cancelled
_SLICE_SMALL = 8_000  # of the small one
_FLAT = 3.0  # levels that a frame's pixels may differ from their neighbours where nothing needs to be looked for
_ALIKE = 30.0  # levels off, in the mean of a patch, by which a place counts for a third
_FINE = 1.5  # levels off from which a better place is looked for beside it
_NEAR = 1.0  # small pixels that ways may differ which are one movement


def enlarged(
    keys: tuple[Samples, Samples],
    small: tuple[Floats, Floats],
    frame: Floats,
    ways: Ways,
    *,
    opaque: bool,
    check: Callable[[], None] = lambda: None,
) -> Samples:
    """The frame at the keys' size and of their type, (H, W, 4) with straight alpha.

    ``keys``: (H, W, 4) straight alpha; ``small`` and ``frame``: (h, w, C) float32 0..255, premultiplied, C 3 where all
    is ``opaque``; ``ways``: of the small frame.
    """
    a, b = keys
    busy = _busy(frame)
    first, second, frame, share = (np.ascontiguousarray(part, np.float32) for part in (*small, frame, ways.share))
    to_a, to_b = (np.ascontiguousarray(way, np.float32) for way in (ways.to_a, ways.to_b))
    # x, y to the place in a key, how far it is to be trusted, and which key it is.
    places = np.zeros((*share.shape, 4), np.float32)
    rows = max(1, _SLICE_SMALL // share.shape[1])
    for top in range(0, len(share), rows):
        check()
        _look(first, second, frame, to_a, to_b, share, busy, places, top, min(len(share), top + rows))
    out = np.empty_like(a)
    rows = max(1, _SLICE // a.shape[1])
    for top in range(0, len(a), rows):
        check()
        _paint(a, b, first, second, frame, places, opaque, top, out[top : top + rows])
    return out


def _busy(frame: Floats) -> npt.NDArray[np.uint8]:
    """Where something is to be seen that has borders."""
    square = np.ones((3, 3), np.uint8)
    found = np.zeros(frame.shape[:2], np.uint8)
    for c in range(frame.shape[2]):
        plane = np.ascontiguousarray(frame[..., c])
        found |= (cv2.morphologyEx(plane, cv2.MORPH_GRADIENT, square) > _FLAT).astype(np.uint8)
    return np.asarray(cv2.dilate(found, square), np.uint8)


@kernel
def _small_at(field: Floats, y: float, x: float, out: Floats) -> None:
    height, width, channels = field.shape
    y, x = min(max(y, 0.0), height - 1.001), min(max(x, 0.0), width - 1.001)
    i, j = int(y), int(x)
    v, u = np.float32(y - i), np.float32(x - j)
    for c in range(channels):
        above = field[i, j, c] + (field[i, j + 1, c] - field[i, j, c]) * u
        below = field[i + 1, j, c] + (field[i + 1, j + 1, c] - field[i + 1, j, c]) * u
        out[c] = above + (below - above) * v


@kernel
def _full_at(key: Samples, y: float, x: float, whole: float, opaque: bool, out: Floats) -> None:
    """Premultiplied, 0..255."""
    height, width = key.shape[:2]
    y, x = min(max(y, 0.0), height - 1.001), min(max(x, 0.0), width - 1.001)
    i, j = int(y), int(x)
    v, u = y - i, x - j
    for c in range(len(out)):
        out[c] = 0
    for dy in range(2):
        for dx in range(2):
            weight = (v if dy else 1 - v) * (u if dx else 1 - u) * whole
            alpha = 1.0 if opaque else key[i + dy, j + dx, 3] * whole / 255
            for c in range(3):
                out[c] += np.float32(weight * alpha * key[i + dy, j + dx, c])
            if not opaque:
                out[3] += np.float32(weight * key[i + dy, j + dx, 3])


@kernel
def _off(field: Floats, frame: Floats, i: int, j: int, dy: float, dx: float, room: Floats) -> float:
    """The mean of how far the 3 x 3 pixels around are off."""
    low, across, channels = frame.shape
    total, count = 0.0, 0
    for k in range(max(0, i - 1), min(low, i + 2)):
        for m in range(max(0, j - 1), min(across, j + 2)):
            _small_at(field, k + dy, m + dx, room)
            most = np.float32(0)
            for c in range(channels):
                most = max(most, abs(room[c] - frame[k, m, c]))
            total += float(most)
            count += 1
    return float(total / count)


@kernel
def _look(
    a: Floats, b: Floats, frame: Floats, to_a: Floats, to_b: Floats, share: Floats, busy: npt.NDArray[np.uint8],
    places: Floats, top: int, end: int,
) -> None:  # fmt: skip
    low, across, channels = frame.shape
    room = np.zeros(channels, np.float32)
    for i in range(top, end):
        for j in range(across):
            best, way_y, way_x, second = 1e9, 0.0, 0.0, False
            reach = 2 if busy[i, j] else 0
            # What is nearest is tried first, and keeps its place against what is hardly better.
            for turn in range(25 if reach else 1):
                di, dj = (turn + 12) // 5 % 5 - 2, (turn + 12) % 5 - 2
                k, m = i + di, j + dj
                if (abs(di) == 1 or abs(dj) == 1) or k < 0 or m < 0 or k >= low or m >= across:
                    continue
                for key in range(2):
                    if (share[k, m] > 0.98) if key == 0 else (share[k, m] < 0.02):
                        continue
                    way = to_a[k, m] if key == 0 else to_b[k, m]
                    dy, dx = float(way[1]), float(way[0])
                    off = _off(a if key == 0 else b, frame, i, j, dy, dx, room)
                    if off < best - 0.5:
                        best, way_y, way_x, second = off, dy, dx, key == 1
            step = 0.6
            for _ in range(2 if busy[i, j] and best > _FINE else 0):
                mid_y, mid_x = way_y, way_x
                for turn in range(9):
                    dy, dx = mid_y + step * (turn // 3 - 1), mid_x + step * (turn % 3 - 1)
                    off = _off(b if second else a, frame, i, j, dy, dx, room)
                    if off < best - 0.2:
                        best, way_y, way_x = off, dy, dx
                step /= 2
            places[i, j, 0], places[i, j, 1] = way_x, way_y
            places[i, j, 2] = np.exp(-((best / _ALIKE) ** 2)) if best < 1e8 else 0.0
            places[i, j, 3] = 1.0 if second else 0.0


@kernel
def _paint(
    a: Samples, b: Samples, small_a: Floats, small_b: Floats, frame: Floats, places: Floats, opaque: bool,
    top: int, out: Samples,
) -> None:  # fmt: skip
    height, width = a.shape[:2]
    low, across, channels = frame.shape
    up, left = low / height, across / width
    whole = 255.0 / (255.0 if a.itemsize == 1 else 65535.0)
    wanted, room, full = np.zeros(channels, np.float32), np.zeros(channels, np.float32), np.zeros(channels, np.float32)
    for row in range(len(out)):
        sy = (top + row + 0.5) * up - 0.5
        for x in range(width):
            sx = (x + 0.5) * left - 0.5
            _small_at(frame, sy, sx, wanted)
            i, j = min(max(int(sy + 0.5), 0), low - 1), min(max(int(sx + 0.5), 0), across - 1)
            key, way_x, way_y = places[i, j, 3], places[i, j, 0], places[i, j, 1]
            total = move_x = move_y = trust = np.float32(0)
            for k in range(max(0, int(np.floor(sy))), min(low, int(np.floor(sy)) + 2)):
                for m in range(max(0, int(np.floor(sx))), min(across, int(np.floor(sx)) + 2)):
                    if places[k, m, 3] != key or abs(places[k, m, 0] - way_x) + abs(places[k, m, 1] - way_y) > _NEAR:
                        continue
                    part = np.float32((1 - abs(sy - k)) * (1 - abs(sx - m)) + 1e-6)
                    total += part
                    move_x += part * places[k, m, 0]
                    move_y += part * places[k, m, 1]
                    trust += part * places[k, m, 2]
            if trust > 0.02 * total:
                py, px = sy + move_y / total, sx + move_x / total
                _small_at(small_b if key else small_a, py, px, room)
                _full_at(b if key else a, (py + 0.5) / up - 0.5, (px + 0.5) / left - 0.5, whole, opaque, full)
                for c in range(channels):
                    wanted[c] += (trust / total) * (full[c] - room[c])
            alpha = 255.0 if opaque else min(max(wanted[3], 0.0), 255.0)
            for c in range(3):
                value = wanted[c] * 255 / alpha if alpha >= 0.5 else 0.0
                out[row, x, c] = int(min(max(value, 0.0), 255.0) / whole + 0.5)
            out[row, x, 3] = int(alpha / whole + 0.5)
