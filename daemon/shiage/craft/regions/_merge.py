"""Which of the raw pieces belong together."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.regions._bridges import Bridges
from shiage.craft.regions._tips import IntArray, Mask

# A gap opens into something wider than itself. An end that runs at a line and leaves an opening wider than this share of
# what lies behind it is a loose stroke (a hair, a wrinkle), not a border.
_OPENING = 1.0


@dataclass(slots=True)
class Groups:
    """Union of labels 0..n; the smallest label stands for its group."""

    parent: list[int] = field(default_factory=list)

    def find(self, label: int) -> int:
        """The label that stands for `label`'s group."""
        while self.parent[label] != label:
            self.parent[label] = self.parent[self.parent[label]]
            label = self.parent[label]
        return label

    def join(self, a: int, b: int) -> None:
        """Make one group of two."""
        a, b = self.find(a), self.find(b)
        self.parent[max(a, b)] = min(a, b)

    def table(self) -> IntArray:
        """(n + 1,) int32: each label's group."""
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


def inner_radius(walls: Mask, labels: IntArray, count: int) -> npt.NDArray[np.float32]:
    """(count + 1,) float32: radius in pixels of about the largest disc that fits into each label's free paper."""
    step = 1 if max(walls.shape) <= 1536 else 2 if max(walls.shape) <= 5000 else 4
    small = walls if step == 1 else cv2.dilate(walls, np.ones((step, step), np.uint8), anchor=(0, 0))[::step, ::step]
    distance = cv2.distanceTransform(cv2.compare(small, 0, cv2.CMP_EQ), cv2.DIST_L2, 3)
    radius = np.zeros(count + 1, np.float32)
    np.maximum.at(radius, labels[::step, ::step].ravel(), distance.ravel())
    return radius * step


def loose_ends(bridges: Bridges, beside: IntArray, radius: npt.NDArray[np.float32], groups: Groups) -> None:
    """Join regions that are told apart only by a bridge with too little ground for it."""
    for (a, b), facing, length in zip(beside.tolist(), bridges.facing.tolist(), bridges.lengths.tolist(), strict=True):
        if not a or not b or facing:
            continue
        if length > _OPENING * 2 * min(radius[a], radius[b]):
            groups.join(a, b)
