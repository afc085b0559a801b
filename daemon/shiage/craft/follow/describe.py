"""What is known of each region of one frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

PATCH = 20  # side of a region's shape picture
_ROWS = 512  # of a large frame at a time
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
    area, sums = _sums(labels, count)
    known = np.maximum(area, 1)
    centre = sums / known[:, None]
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    at_edge = np.bincount(edge, minlength=count + 1)[1:] > 0
    small = _small(labels, lines)
    shape, box = _shapes(labels, centre)
    return Described(
        area=known,
        centre=centre,
        shape=shape,
        box=box,
        at_edge=at_edge,
        touching=_touching(labels, count),
        span=float(max(height, width)),
        small_labels=small[0],
        small_lines=small[1],
    )


def _shapes(labels: NDArray[np.int32], centre: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    shapes = np.zeros((len(centre), PATCH, PATCH), np.float32)
    sides = np.ones((len(centre), 2))
    for i, box in enumerate(ndimage.find_objects(labels, len(centre))):
        if box is None:
            continue
        ys, xs = box
        sides[i] = xs.stop - xs.start, ys.stop - ys.start
        crop = (labels[box] == i + 1).astype(np.uint8) * 255
        scale = PATCH / max(crop.shape)
        x, y = centre[i, 0] - xs.start + 0.5, centre[i, 1] - ys.start + 0.5
        if scale < 0.5:  # average first: sampling a large shape sparsely would fray it
            size = tuple(max(1, round(2 * scale * side)) for side in crop.shape[::-1])
            small = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
            x, y = x * small.shape[1] / crop.shape[1], y * small.shape[0] / crop.shape[0]
            crop, scale = small, 0.5
        move = np.array([[scale, 0, PATCH / 2 - x * scale], [0, scale, PATCH / 2 - y * scale]])
        shapes[i] = cv2.warpAffine(crop, move, (PATCH, PATCH), flags=cv2.INTER_LINEAR) / 255.0
    return shapes.reshape(len(centre), -1), sides


def _sums(labels: NDArray[np.int32], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each region: its pixels (n,), and the sums of their x and y (n, 2). A strip at a time, for large frames."""
    area, sums = np.zeros(count + 1), np.zeros((count + 1, 2))
    columns = np.broadcast_to(np.arange(labels.shape[1], dtype=np.float64), (_ROWS, labels.shape[1]))
    for top in range(0, len(labels), _ROWS):
        strip = labels[top : top + _ROWS]
        rows = np.broadcast_to(np.arange(top, top + len(strip), dtype=np.float64)[:, None], strip.shape)
        area += np.bincount(strip.ravel(), minlength=count + 1)
        sums[:, 0] += np.bincount(strip.ravel(), columns[: len(strip)].ravel(), minlength=count + 1)
        sums[:, 1] += np.bincount(strip.ravel(), rows.ravel(), minlength=count + 1)
    return area[1:], sums[1:]


def _touching(labels: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    table = np.zeros((count + 1, count + 1))
    for here, there in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        for top in range(0, len(here), _ROWS):
            one, other = here[top : top + _ROWS], there[top : top + _ROWS]
            differ = one != other
            np.add.at(table, (one[differ], other[differ]), 1.0)
    table = table[1:, 1:]
    return table + table.T


def _small(labels: NDArray[np.int32], lines: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Both at flow size, the lines softened so that thin ones can be followed."""
    scale = min(1.0, FLOW_SIDE / max(labels.shape))
    height, width = (max(1, round(side * scale)) for side in labels.shape)
    ys = np.minimum(((np.arange(height) + 0.5) / scale).astype(int), labels.shape[0] - 1)
    xs = np.minimum(((np.arange(width) + 0.5) / scale).astype(int), labels.shape[1] - 1)
    soft = cv2.resize(lines, (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(labels[np.ix_(ys, xs)]), np.asarray(cv2.GaussianBlur(soft, (0, 0), 2.0), np.uint8)
