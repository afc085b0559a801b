"""Where a line was left open: bridges from a line's end to what it would have met, had it gone on.

A gap in a line has two ends that face each other, or an end that runs at another line. A mere narrowing between two lines
has none, so a strand of hair or the neck of a shape is never cut in two as a ball of the gap's size would cut it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shiage.craft.kernel import kernel
from shiage.craft.regions._tips import FloatArray, IntArray, Mask, Tips


@dataclass(frozen=True, slots=True)
class Bridges:
    """N straight bridges over gaps.

    ends: (N, 4) int32, x0, y0, x1, y1: both ends lie on ink or on the picture's border.
    facing: (N,) bool, two line ends face each other (a cut line) rather than one end running at a line's side.
    """

    ends: IntArray
    facing: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def lengths(self) -> FloatArray:
        """(N,) float32 pixels."""
        steps = (self.ends[:, 2:] - self.ends[:, :2]).astype(np.float32)
        return np.asarray(np.hypot(steps[:, 0], steps[:, 1]), np.float32)


def find_bridges(lines: Mask, tips: Tips, gap: float, line_width: float) -> Bridges:
    """Bridges of at most `gap` px of free paper over `lines` (H, W) uint8 0/1."""
    pairs = _facing_pairs(lines, tips.place, tips.heading, np.float32(gap + 1), np.float32(line_width))
    order = np.argsort(pairs[:, 2], kind="stable")
    linked = np.zeros(len(tips), np.bool_)
    chosen: list[tuple[int, int]] = []
    for a, b in pairs[order, :2].astype(int):
        if not (linked[a] or linked[b]):
            linked[a] = linked[b] = True
            chosen.append((a, b))
    meeting = np.array([[*tips.place[a], *tips.place[b]] for a, b in chosen], np.int32).reshape(-1, 4)
    running = _run_on(lines, tips.place[~linked], tips.heading[~linked], np.float32(gap + 1), np.float32(line_width))
    facing = np.zeros(len(meeting) + len(running), np.bool_)
    facing[: len(meeting)] = True
    return Bridges(np.concatenate([meeting, running]), facing)


@kernel
def _is_free(lines: Mask, x0: float, y0: float, x1: float, y1: float) -> bool:
    """Whether the way between two ink pixels, once off the ink it starts on, meets no ink before the one it ends on."""
    height, width = lines.shape
    steps = int(2 * max(abs(x1 - x0), abs(y1 - y0))) + 1
    left, entered = False, False
    for i in range(steps + 1):
        x, y = int(x0 + (x1 - x0) * i / steps + 0.5), int(y0 + (y1 - y0) * i / steps + 0.5)
        if lines[min(max(y, 0), height - 1), min(max(x, 0), width - 1)]:
            entered = left
        else:
            if entered:
                return False
            left = True
    return True


@kernel
def _facing_pairs(lines: Mask, place: IntArray, heading: FloatArray, gap: np.float32, width: np.float32) -> FloatArray:
    """(M, 3): pairs of line ends (indices) that face each other within the gap, and how ill they fit."""
    count = len(place)
    order = np.argsort(place[:, 1], kind="mergesort")
    out = np.empty((8 * count + 8, 3), np.float32)
    n = 0
    for u in range(count):
        i = order[u]
        for v in range(u + 1, count):
            j = order[v]
            dy = np.float32(place[j, 1] - place[i, 1])
            if dy > gap:
                break
            dx = np.float32(place[j, 0] - place[i, 0])
            far = np.sqrt(dx * dx + dy * dy)
            if far > gap or far < 1.0 or n >= len(out):
                continue
            ahead_i = (heading[i, 0] * dx + heading[i, 1] * dy) / far
            ahead_j = -(heading[j, 0] * dx + heading[j, 1] * dy) / far
            # Close together, a line's own width blurs the directions.
            least = 0.64 if far > 2 * width + 1 else -0.1
            if min(ahead_i, ahead_j) < least:
                continue
            if _is_free(lines, place[i, 0], place[i, 1], place[j, 0], place[j, 1]):
                out[n, 0], out[n, 1] = i, j
                out[n, 2] = far * (1 + 2 * (1 - ahead_i) + 2 * (1 - ahead_j))
                n += 1
    return out[:n]


@kernel
def _run_on(lines: Mask, place: IntArray, heading: FloatArray, gap: np.float32, line_width: np.float32) -> IntArray:
    """(M, 4): each line end carried on to the ink, or border of the picture, that it meets soonest and straightest."""
    height, width = lines.shape
    out = np.empty((len(place), 4), np.int32)
    n = 0
    for i in range(len(place)):
        best = np.float32(1e9)
        for turn in range(-9, 10):
            angle = np.float32(turn * 5.0 * np.pi / 180.0)
            c, s = np.cos(angle), np.sin(angle)
            dx = c * heading[i, 0] - s * heading[i, 1]
            dy = s * heading[i, 0] + c * heading[i, 1]
            left = False
            for step in range(1, int(2 * gap) + 1):
                far = np.float32(0.5 * step)
                x, y = int(np.floor(place[i, 0] + dx * far + 0.5)), int(np.floor(place[i, 1] + dy * far + 0.5))
                inside = 0 <= x < width and 0 <= y < height
                if inside and lines[y, x] == 0:
                    left = True
                    continue
                if not left:
                    if far > line_width + 1:
                        break
                    continue
                cost = far * (1 + 3 * (1 - c))
                if cost < best:
                    best = cost
                    out[n, 0], out[n, 1] = place[i, 0], place[i, 1]
                    out[n, 2], out[n, 3] = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
                break
        if best < 1e9:
            n += 1
    return out[:n]
