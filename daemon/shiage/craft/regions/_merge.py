"""Which pieces belong together."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from ._bridges import Bridges
from ._runs import IntArray, Mask

Counts = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]

# A gap opens into something wider than itself. An end that runs at a line and leaves an opening wider than this share
# of what lies behind it is a loose stroke (a hair, a wrinkle), not a border.
_OPENING = 0.7

# In squares as wide as a line: paper no larger than this, all within ink, is a pinhole and not a region.
_PINHOLE = 0.5

# In line widths: half the width of a slit that is no region either, but the middle of a stroke drawn as its two edges.
_SLIT = 0.3
_HAIRLINE = 1.3  # lines at least this wide have slits at all: drawings of single pixels have regions as thin


@dataclass(slots=True)
class Groups:
    """Union of labels 0..n; the smallest label leads its group."""

    parent: list[int]

    def find(self, label: int) -> int:
        """The leader of `label`'s group."""
        while self.parent[label] != label:
            self.parent[label] = self.parent[self.parent[label]]
            label = self.parent[label]
        return label

    def join(self, a: int, b: int) -> None:
        """Make one group of two."""
        a, b = self.find(a), self.find(b)
        self.parent[max(a, b)] = min(a, b)

    def leaders(self) -> IntArray:
        """(n + 1,) int32: each label's leader."""
        return np.array([self.find(i) for i in range(len(self.parent))], np.int32)


def sides(labels: IntArray, bridges: Bridges) -> IntArray:
    """(N, 2): the labels to the left and right of each bridge; 0 where there is none."""
    height, width = labels.shape
    found = np.zeros((len(bridges), 2), np.int32)
    for i, (x0, y0, x1, y1) in enumerate(bridges.ends.tolist()):
        length = max(1.0, float(np.hypot(x1 - x0, y1 - y0)))
        nx, ny = -(y1 - y0) / length, (x1 - x0) / length
        for side, sign in enumerate((-1, 1)):
            for away, along in ((1, 0.5), (2, 0.5), (1, 0.35), (1, 0.65), (2, 0.35), (2, 0.65), (3, 0.5)):
                x = round(x0 + (x1 - x0) * along + sign * away * nx)
                y = round(y0 + (y1 - y0) * along + sign * away * ny)
                if 0 <= x < width and 0 <= y < height and labels[y, x]:
                    found[i, side] = labels[y, x]
                    break
    return found


def inner_radius(walls: Mask, labels: IntArray, count: int) -> FloatArray:
    """(count + 1,) float32: radius in pixels of about the largest disc that fits into each label's free paper."""
    step = 1 if max(walls.shape) <= 1536 else 2 if max(walls.shape) <= 3072 else 4
    small = walls if step == 1 else cv2.dilate(walls, np.ones((step, step), np.uint8), anchor=(0, 0))[::step, ::step]
    distance = cv2.distanceTransform(cv2.threshold(small, 0, 1, cv2.THRESH_BINARY_INV)[1], cv2.DIST_L2, 3)
    radius = np.zeros(count + 1, np.float32)
    _largest(np.asarray(distance, np.float32), labels, step, radius)
    return radius * np.float32(step)


@kernel
def _largest(distance: FloatArray, labels: IntArray, step: int, radius: FloatArray) -> None:
    for y in range(distance.shape[0]):
        for x in range(distance.shape[1]):
            label = labels[y * step, x * step]
            radius[label] = max(radius[label], distance[y, x])


def join_loose_ends(bridges: Bridges, beside: IntArray, radius: FloatArray, groups: Groups) -> None:
    """Join regions that are told apart only by a bridge with too little ground for it."""
    for (a, b), facing, length in zip(beside.tolist(), bridges.facing.tolist(), bridges.lengths.tolist(), strict=True):
        if a and b and not facing and length > _OPENING * 2 * min(radius[a], radius[b]):
            groups.join(a, b)


def slit(line_width: float) -> int:
    """Half the width, in pixels, of a slit between lines that is no region of its own."""
    return max(int(_SLIT * line_width), int(line_width >= _HAIRLINE))


def join_pinholes(
    groups: Groups, area: Counts, wide: npt.NDArray[np.bool_], meetings: Counts, times: Counts, line_width: float
) -> None:
    """Join pinholes and slits in the ink to the region that they share most border with.

    area: (n + 1,) paper of each label. wide: (n + 1,) whether it is more than a slit. meetings: (m, 2) labels that
    meet, times: (m,) in how many pixel edges.
    """
    leaders = groups.leaders()
    total = np.bincount(leaders, area.astype(np.float64), len(area))
    any_wide = np.bincount(leaders, wide, len(area)) > 0
    small = (total <= max(1.0, _PINHOLE * line_width**2)) | ~any_wide  # of a leader: its whole group
    small[0] = False
    todo = meetings[np.argsort(-times, kind="stable")]
    while True:
        leaders = groups.leaders()
        todo = todo[small[leaders[todo]].any(axis=1)]
        joined = False
        for a, b in todo.tolist():
            one, other = groups.find(a), groups.find(b)
            if small[one] != small[other]:
                groups.join(one, other)
                small[one] = small[other] = False
                joined = True
        if not joined:
            return


def number(groups: Groups, first: IntArray) -> tuple[IntArray, IntArray]:
    """Number the groups in reading order of their first pixels; first: (n + 1, 2) y, x of each label, label 0 unused.

    Gives (n + 1,) int32 each label's number 1.., and (k,) int32 the leading label of each number.
    """
    leaders = groups.leaders()
    order = np.lexsort((first[:, 1], first[:, 0]))
    order = order[order > 0]
    _, where = np.unique(leaders[order], return_index=True)
    leading = leaders[order][np.sort(where)]
    numbers = np.zeros(len(leaders), np.int32)
    numbers[leading] = np.arange(1, len(leading) + 1)
    return numbers[leaders], leading
