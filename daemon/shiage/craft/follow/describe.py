"""What is known of each region of one frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..kernel import kernel

PATCH = 20  # side of a region's shape picture
FLOW_SIDE = 512  # frames are followed at this size at most


@dataclass(frozen=True, eq=False)
class Described:
    """The n regions of a frame; row i is region i + 1.

    ``area``: (n,) float64 pixels. ``centre``: (n, 2) float64 x, y in pixels. ``shape``: (n, PATCH * PATCH) float32
    coverage of the region about its centre, scaled so that its longer side fills the picture. ``box``: (n, 2) float64,
    width and height in pixels. ``at_edge``: (n,) bool, cut by the frame's edge. ``touching``: (n, n) float64, the
    length in pixels of the border that two regions share. ``span``: the frame's longer side in pixels. ``small``: the
    frame's labels and soft lines (uint8) at flow size.
    """

    area: NDArray[np.float64]
    centre: NDArray[np.float64]
    shape: NDArray[np.float32]
    box: NDArray[np.float64]
    at_edge: NDArray[np.bool_]
    touching: NDArray[np.float64]
    span: float
    small_labels: NDArray[np.int32]
    small_lines: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.area)


def describe(labels: NDArray[np.int32], lines: NDArray[np.uint8]) -> Described:
    """Describe regions 1..n. ``labels``: (H, W) int32 without 0; ``lines``: (H, W) uint8 ink coverage, 255 = ink."""
    count = int(labels.max())
    height, width = labels.shape
    area, sums, boxes, touching = _measure(labels, count)
    known = np.maximum(area, 1)
    centre = sums / known[:, None]
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    at_edge = np.bincount(edge, minlength=count + 1)[1:] > 0
    small = _small(labels, lines)
    shape, box = _shapes(labels, centre, boxes)
    return Described(
        area=known,
        centre=centre,
        shape=shape,
        box=box,
        at_edge=at_edge,
        touching=touching + touching.T,
        span=float(max(height, width)),
        small_labels=small[0],
        small_lines=small[1],
    )


def _shapes(
    labels: NDArray[np.int32], centre: NDArray[np.float64], boxes: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    shapes = np.zeros((len(centre), PATCH, PATCH), np.float32)
    sides = np.ones((len(centre), 2))
    for i, (left, top, right, bottom) in enumerate(boxes.tolist()):
        if right <= left:
            continue
        sides[i] = right - left, bottom - top
        crop = (labels[top:bottom, left:right] == i + 1).astype(np.uint8) * 255
        scale = PATCH / max(crop.shape)
        x, y = centre[i, 0] - left + 0.5, centre[i, 1] - top + 0.5
        if scale < 0.5:  # average first: sampling a large shape sparsely would fray it
            size = tuple(max(1, round(2 * scale * side)) for side in crop.shape[::-1])
            small = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
            x, y = x * small.shape[1] / crop.shape[1], y * small.shape[0] / crop.shape[0]
            crop, scale = small, 0.5
        move = np.array([[scale, 0, PATCH / 2 - x * scale], [0, scale, PATCH / 2 - y * scale]])
        shapes[i] = cv2.warpAffine(crop, move, (PATCH, PATCH), flags=cv2.INTER_LINEAR) / 255.0
    return shapes.reshape(len(centre), -1), sides


@kernel
def _measure(
    labels: NDArray[np.int32], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Of each region: its pixels (n,), the sums of their x and y (n, 2), its box (n, 4) as left, top, right, bottom,
    without the last two, and the border that it shares with each other one (n, n).
    """
    height, width = labels.shape
    area, sums = np.zeros(count), np.zeros((count, 2))
    box = np.zeros((count, 4), np.int64)
    box[:, 0], box[:, 1] = width, height
    touching = np.zeros((count, count))
    for y in range(height):
        for x in range(width):
            here = labels[y, x] - 1
            area[here] += 1
            sums[here, 0] += x
            sums[here, 1] += y
            box[here, 0], box[here, 1] = min(box[here, 0], x), min(box[here, 1], y)
            box[here, 2], box[here, 3] = max(box[here, 2], x + 1), max(box[here, 3], y + 1)
            if x + 1 < width and labels[y, x + 1] - 1 != here:
                touching[here, labels[y, x + 1] - 1] += 1
            if y + 1 < height and labels[y + 1, x] - 1 != here:
                touching[here, labels[y + 1, x] - 1] += 1
    return area, sums, box, touching


def _small(labels: NDArray[np.int32], lines: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Both at flow size, the lines softened so that thin ones can be followed."""
    scale = min(1.0, FLOW_SIDE / max(labels.shape))
    height, width = (max(1, round(side * scale)) for side in labels.shape)
    ys = np.minimum(((np.arange(height) + 0.5) / scale).astype(int), labels.shape[0] - 1)
    xs = np.minimum(((np.arange(width) + 0.5) / scale).astype(int), labels.shape[1] - 1)
    soft = cv2.resize(lines, (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(labels[np.ix_(ys, xs)]), np.asarray(cv2.GaussianBlur(soft, (0, 0), 2.0), np.uint8)
