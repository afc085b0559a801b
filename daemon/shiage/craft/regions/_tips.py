"""Where lines end: on the outline of the ink, a line's end is where the outline turns back on itself."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from ..strips import Check, never_stop
from ._runs import IntArray, Mask

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tips:
    """Line ends. N of them.

    place: (N, 2) int32, the last ink pixel, (x, y).
    heading: (N, 2) float32, unit vector in which the line was going when it stopped, (x, y).
    length: (N,) float32, for how many pixels behind its end the line runs on alone (measured up to a few line widths).
    stroke: (N,) int32, which outline the end is on.
    """

    place: IntArray
    heading: FloatArray
    length: FloatArray
    stroke: IntArray

    def __len__(self) -> int:
        return len(self.place)


def find_tips(lines: Mask, line_width: float, check: Check = never_stop) -> Tips:
    """Line ends of the ink `lines` (H, W) uint8 0/1; specks smaller than a line is wide have none."""
    contours, _ = cv2.findContours(lines, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    check()
    outlines = [c.reshape(-1, 2) for c in contours if len(c) >= 3]
    if not outlines:
        empty = np.zeros((0, 2), np.float32)
        return Tips(empty.astype(np.int32), empty, empty[:, 0], empty[:, 0].astype(np.int32))
    points = np.ascontiguousarray(np.concatenate(outlines), np.int32)
    starts = np.concatenate([[0], np.cumsum([len(o) for o in outlines])]).astype(np.int64)
    found = _trace(lines, points, starts, float(line_width))
    return Tips(found[:, :2].astype(np.int32), found[:, 2:4], found[:, 4], found[:, 5].astype(np.int32))


@kernel
def _chord(points: IntArray, start: int, size: int, i: int, k: int) -> tuple[float, float, float]:
    """Of the outline points k before and k after i: their distance and the point midway between."""
    a, b = start + (i - k) % size, start + (i + k) % size
    dx, dy = points[a, 0] - points[b, 0], points[a, 1] - points[b, 1]
    return np.sqrt(dx * dx + dy * dy), (points[a, 0] + points[b, 0]) / 2, (points[a, 1] + points[b, 1]) / 2


@kernel
def _height(points: IntArray, start: int, size: int, i: int, k: int) -> tuple[float, float]:
    """How high outline point i stands over the chord k to either side, and that chord's length."""
    chord, mx, my = _chord(points, start, size, i, k)
    at = start + i % size
    return np.sqrt((points[at, 0] - mx) ** 2 + (points[at, 1] - my) ** 2), chord


@kernel
def _middle(points: IntArray, start: int, size: int, i: int, k: int) -> int:
    """The point near i where both sides lie most evenly: the middle of a line's blunt end, not its corner."""
    best, most = i, -1e9
    for shift in range(2 * k + 1):
        at = i + (shift + 1) // 2 * (1 if shift % 2 else -1)
        height, chord = _height(points, start, size, at, k)
        if height - chord > most + 1e-6:
            best, most = at, height - chord
    return best % size


@kernel
def _end_at(points: IntArray, start: int, size: int, i: int, k: int, width: float, tip: FloatArray) -> bool:
    """Measure the line end about outline point i into `tip`: x, y, heading x, y, length; False without a heading."""
    back = k
    while back < min(6 * k, size // 2) and _chord(points, start, size, i, back + 1)[0] <= 1.2 * _widest(width):
        back += 1
    near = min(int(np.ceil(width)), max(1, back // 2))
    middle = _middle(points, start, size, i, near)
    _, nx, ny = _chord(points, start, size, middle, near)
    _, fx, fy = _chord(points, start, size, middle, min(back, near + k))
    x, y = points[start + middle, 0], points[start + middle, 1]
    dx, dy = nx - fx, ny - fy
    if np.sqrt(dx * dx + dy * dy) < 0.5:
        dx, dy = x - fx, y - fy
    norm = np.sqrt(dx * dx + dy * dy)
    if norm == 0.0:
        return False
    tip[0], tip[1], tip[2], tip[3], tip[4] = x, y, dx / norm, dy / norm, back
    return True


@kernel
def _widest(width: float) -> float:
    """How far apart the two sides of one line may lie."""
    return 1.4 * width + 1.0


@kernel
def _straight(points: IntArray, start: int, size: int, k: int, widest: float) -> int:
    """A point of the outline that is no line end, to begin from, so that no end lies across the list's seam."""
    for i in range(size):
        if _chord(points, start, size, i, k)[0] > widest:
            return i
    return 0


@kernel
def _trace(lines: Mask, points: IntArray, starts: npt.NDArray[np.int64], line_width: float) -> FloatArray:
    """(N, 6): x, y, heading x, y, length and outline of each line end on the outlines `points`."""
    height, width = lines.shape
    reach = int(np.ceil(1.5 * line_width)) + 2
    widest = _widest(line_width)
    out = np.empty((len(points) // 2 + 16, 6), np.float32)
    count = 0
    for s in range(len(starts) - 1):
        start, size = starts[s], starts[s + 1] - starts[s]
        k = min(reach, size // 4)
        if k < 1 or size < 2 * line_width:
            continue
        origin = _straight(points, start, size, k, widest)
        best, most = -1, -1.0
        for j in range(size + 1):
            i = (j + origin) % size
            rise, chord = _height(points, start, size, i, k)
            _, mx, my = _chord(points, start, size, i, k)
            if j < size and chord <= widest and rise >= 0.6 * k and lines[int(my + 0.5), int(mx + 0.5)] > 0:
                if rise - 0.5 * chord > most:
                    best, most = i, rise - 0.5 * chord
            elif best >= 0:
                x, y = points[start + best, 0], points[start + best, 1]
                # A line that runs off the picture has no end.
                inside = 1 < x < width - 2 and 1 < y < height - 2
                if inside and count < len(out) and _end_at(points, start, size, best, k, line_width, out[count]):
                    out[count, 5] = s
                    count += 1
                best, most = -1, -1.0
    return out[:count]
