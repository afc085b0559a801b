"""Where lines end: on the outline of the ink, a line's end is where the outline turns back on itself."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.kernel import kernel

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]
Mask = npt.NDArray[np.uint8]


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


def find_tips(lines: Mask, line_width: float) -> Tips:
    """Line ends of the ink `lines` (H, W) uint8 0/1; specks smaller than a line is wide have none."""
    contours, _ = cv2.findContours(lines, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    outlines = [c.reshape(-1, 2) for c in contours if len(c) >= 3]
    if not outlines:
        empty = np.zeros((0, 2), np.float32)
        return Tips(empty.astype(np.int32), empty, empty[:, 0], empty[:, 0].astype(np.int32))
    points = np.ascontiguousarray(np.concatenate(outlines), np.int32)
    starts = np.concatenate([[0], np.cumsum([len(o) for o in outlines])]).astype(np.int64)
    found = _trace(lines, points, starts, np.float32(line_width))
    return Tips(found[:, :2].astype(np.int32), found[:, 2:4], found[:, 4], found[:, 5].astype(np.int32))


@kernel
def _chord(points: IntArray, start: int, size: int, i: int, k: int) -> tuple[float, float, float]:
    """Of the outline points k before and k after i: their distance and the point midway between."""
    a, b = start + (i - k) % size, start + (i + k) % size
    dx, dy = points[a, 0] - points[b, 0], points[a, 1] - points[b, 1]
    return np.sqrt(dx * dx + dy * dy), (points[a, 0] + points[b, 0]) / 2, (points[a, 1] + points[b, 1]) / 2


@kernel
def _trace(lines: Mask, points: IntArray, starts: npt.NDArray[np.int64], line_width: np.float32) -> FloatArray:
    height, width = lines.shape
    reach = int(np.ceil(1.5 * line_width)) + 2
    widest = 1.4 * line_width + 1.0
    most = 6 * reach
    out = np.empty((max(16, len(points) // 2), 6), np.float32)
    count = 0
    for s in range(len(starts) - 1):
        start, size = starts[s], starts[s + 1] - starts[s]
        k = min(reach, size // 4)
        if k < 1 or size < 2 * line_width:
            continue
        best_i, best_score, first_run = -1, -1.0, -1
        i = 0
        # Begin where the outline is straight, so that no end lies across the seam of the point list.
        offset = 0
        for i in range(size):
            if _chord(points, start, size, i, k)[0] > widest:
                offset = i
                break
        for j in range(size + 1):
            i = (j + offset) % size
            chord, mx, my = _chord(points, start, size, i, k)
            px, py = points[start + i, 0], points[start + i, 1]
            height_here = np.sqrt((px - mx) ** 2 + (py - my) ** 2)
            is_end = j < size and chord <= widest and height_here >= 0.6 * k and lines[int(my + 0.5), int(mx + 0.5)] > 0
            if is_end:
                score = height_here - 0.5 * chord
                if score > best_score:
                    best_i, best_score = i, score
                elif score == best_score:
                    first_run = i  # a flat top: the end is midway; settled below by symmetry
            elif best_i >= 0:
                px, py = points[start + best_i, 0], points[start + best_i, 1]
                if 1 < px < width - 2 and 1 < py < height - 2:
                    # Walk back along both sides while they stay a line's width apart: that is the line behind the end.
                    back = k
                    limit = min(most, size // 2)
                    while back < limit and _chord(points, start, size, best_i, back + 1)[0] <= 1.2 * widest:
                        back += 1
                    near = max(1, min(back, k) // 2)
                    far = max(near + 1, min(back, 3 * k))
                    _, nx, ny = _chord(points, start, size, best_i, near)
                    _, fx, fy = _chord(points, start, size, best_i, far)
                    dx, dy = nx - fx, ny - fy
                    norm = np.sqrt(dx * dx + dy * dy)
                    if norm < 0.5:
                        dx, dy = px - fx, py - fy
                        norm = np.sqrt(dx * dx + dy * dy)
                    if norm > 0 and count < len(out):
                        out[count, 0], out[count, 1] = px, py
                        out[count, 2], out[count, 3] = dx / norm, dy / norm
                        out[count, 4], out[count, 5] = back, s
                        count += 1
                best_i, best_score = -1, -1.0
    return out[:count]
