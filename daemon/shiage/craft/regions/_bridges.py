"""Where a line was left open: bridges from a line's end to what it would have met, had it gone on.

A gap in a line has two ends that face each other, or an end that runs at another line. A mere narrowing between two
lines has none, so a strand of hair or the neck of a shape is never cut in two as a ball of the gap's size would cut it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from ._runs import IntArray, Mask
from ._tips import FloatArray, Tips

# Radians. How far an end may turn away from the one it faces: at all; when the two are closer than twice a line's
# width; and when both bend the same way round, as on an arc, with how much difference.
_STRAIGHT, _BLUR, _ARC, _ARC_MISFIT = 0.87, 1.7, 1.4, 0.7
_SMOOTH = 0.5  # radians: up to here two ends are one line that was cut


@dataclass(frozen=True, slots=True)
class Bridges:
    """N straight bridges over gaps.

    ends: (N, 4) int32, x0, y0, x1, y1: both ends lie on ink or on the picture's border.
    facing: (N,) bool, two line ends face each other rather than one end running at a line's side.
    smooth: (N,) bool, of those, the two that go on into each other without a corner: one line that was cut.
    """

    ends: IntArray
    facing: npt.NDArray[np.bool_]
    smooth: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def lengths(self) -> FloatArray:
        """(N,) float32 pixels."""
        steps = (self.ends[:, 2:] - self.ends[:, :2]).astype(np.float32)
        return np.asarray(np.hypot(steps[:, 0], steps[:, 1]), np.float32)


NO_BRIDGES = Bridges(np.zeros((0, 4), np.int32), np.zeros(0, np.bool_), np.zeros(0, np.bool_))


def find_bridges(lines: Mask, tips: Tips, gap: float, line_width: float) -> Bridges:
    """Bridges of at most `gap` px of free paper over `lines` (H, W) uint8 0/1."""
    pairs = _facing_pairs(lines, tips.place, tips.heading, np.float32(gap + 1), np.float32(line_width))
    order = np.argsort(pairs[:, 2], kind="stable")
    linked = np.zeros(len(tips), np.bool_)
    chosen: list[int] = []
    for i, (a, b) in zip(order, pairs[order, :2].astype(int), strict=True):
        if not (linked[a] or linked[b]):
            linked[a] = linked[b] = True
            chosen.append(i)
    joined = pairs[chosen]
    meeting = np.concatenate([tips.place[joined[:, 0].astype(int)], tips.place[joined[:, 1].astype(int)]], axis=1)
    running = _run_on(lines, tips.place[~linked], tips.heading[~linked], np.float32(gap + 1), np.float32(line_width))
    facing = np.concatenate([np.ones(len(meeting), np.bool_), _hits_end(running, tips.place, line_width + 1)])
    smooth = np.concatenate([joined[:, 3] < _SMOOTH, np.zeros(len(running), np.bool_)])
    return Bridges(np.concatenate([meeting.astype(np.int32), running]), facing, smooth)


def _hits_end(running: IntArray, ends: IntArray, near: float) -> npt.NDArray[np.bool_]:
    """(M,) bool: an end ran on into another line's end. (A stub at a junction is too short to have a direction.)"""
    if not len(running):
        return np.zeros(0, np.bool_)
    # Rather than SciPy's tree: to import that takes longer than all of a drawing's regions.
    order = np.argsort(ends[:, 0], kind="stable")
    return _is_near_another(running, ends[order], np.float64(near))


@kernel
def _is_near_another(running: IntArray, ends: IntArray, near: float) -> npt.NDArray[np.bool_]:
    """(M,) bool: where a bridge ends, one of `ends` (rising by their first number) lies near, and not its own start."""
    hits = np.zeros(len(running), np.bool_)
    for n in range(len(running)):
        u, v = running[n, 2], running[n, 3]
        for k in range(np.searchsorted(ends[:, 0], u - near), len(ends)):
            du, dv = ends[k, 0] - u, ends[k, 1] - v
            if du > near:
                break
            own = ends[k, 0] == running[n, 0] and ends[k, 1] == running[n, 1]
            if du * du + dv * dv <= near * near and not own:
                hits[n] = True
                break
    return hits


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
    """(M, 4): pairs of line ends (indices) that face each other within the gap, how ill they fit, the larger turn."""
    count = len(place)
    order = np.argsort(place[:, 1], kind="mergesort")
    out = np.empty((8 * count + 8, 4), np.float32)
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
            # By how much each end turns away from the other. The two ends of one smooth stroke, an arc too, turn away
            # by the same angle to opposite hands; two strokes that pass each other turn to the same hand.
            turn_i = np.arctan2(dx * heading[i, 1] - dy * heading[i, 0], dx * heading[i, 0] + dy * heading[i, 1])
            turn_j = np.arctan2(dy * heading[j, 0] - dx * heading[j, 1], -dx * heading[j, 0] - dy * heading[j, 1])
            most, bent = max(abs(turn_i), abs(turn_j)), abs(turn_i + turn_j)
            # Close together, a line's own width blurs the directions.
            if most > (_STRAIGHT if far > 2 * width + 1 else _BLUR) and (most > _ARC or bent > _ARC_MISFIT):
                continue
            if _is_free(lines, place[i, 0], place[i, 1], place[j, 0], place[j, 1]):
                out[n, 0], out[n, 1] = i, j
                out[n, 2] = far * (1 + bent + 0.5 * most)
                out[n, 3] = most
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
