"""What can be measured of a drawing's regions: the same for a sketch's regions and a design's colour areas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiage.craft.matching.frame import Frame, frame_of

BANDS = 64  # horizontal bands that the figure's height is counted in
SAMPLES = 192  # pixels that stand for a region where its place is looked up

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
UP, DOWN, ASIDE = 0, 1, 2


@dataclass(frozen=True)
class Shapes:
    """Measurements of regions 1..n of a label map; every array has n + 1 rows, row 0 stands for the background.

    labels: int32 (H, W), 0 background; regions touch (lines belong to a region).
    size: share of the figure's pixels. rows: (n + 1, BANDS) how a region's pixels lie over the figure's height, sum 1.
    rim: (n + 1, BANDS) how its contact with the background does, sum 1 where there is any.
    contact: share of its outline on the background; enclosed: share of its outline on its main neighbour.
    top, bottom, middle: in figure heights from the figure's top. aside: distance from the axis, in figure heights.
    fill: share of its box; upright: log of its box's height by its width; round: 4 pi size / outline squared.
    points: (n + 1, SAMPLES, 2) pixels (x, y) of the region, in reading order.
    parts: (n + 1, classes), how likely a region is to be each part of a figure; rows sum to 1.
    touching: (n + 1, n + 1, 3) share of region i's outline on region j that lies above, below or beside it.
    """

    labels: NDArray[np.int32]
    frame: Frame
    size: Floats
    rows: Floats
    rim: Floats
    contact: Floats
    enclosed: Floats
    top: Floats
    bottom: Floats
    middle: Floats
    aside: Floats
    fill: Floats
    upright: Floats
    round: Floats
    points: Floats
    parts: Floats
    touching: Floats

    @property
    def count(self) -> int:
        return len(self.size) - 1


def measure(labels: NDArray[np.int32], parts: Floats) -> Shapes:
    """Measure the regions of a label map, int32 (H, W), 0 = background; `parts` has a row for each id."""
    n = len(parts)
    frame = frame_of(labels > 0)
    y, x = np.nonzero(labels)
    label = labels[y, x]
    area = np.maximum(np.bincount(label, minlength=n), 1).astype(np.float64)
    area[0] = 1
    high, across = (y - frame.top) / frame.height, (x - frame.axis) / frame.height
    rows = _by_band(label, high, n) / area[:, None]
    touching, rim, outline = _contacts(labels, frame, n)
    top, bottom = _first_last(rows)
    box = _boxes(label, x, y, n)
    contact = touching[:, 0].sum(axis=1)
    return Shapes(
        labels=labels,
        frame=frame,
        size=area / max(len(label), 1),
        rows=rows,
        rim=rim,
        contact=contact,
        enclosed=touching.sum(axis=2)[:, 1:].max(axis=1, initial=0),
        top=top,
        bottom=bottom,
        middle=np.bincount(label, weights=high, minlength=n) / area,
        aside=np.bincount(label, weights=np.abs(across), minlength=n) / area,
        fill=area / np.maximum(box[:, 0] * box[:, 1], 1),
        upright=np.log(np.maximum(box[:, 1], 1) / np.maximum(box[:, 0], 1)),
        round=np.minimum(4 * np.pi * area / np.maximum(outline, 1) ** 2, 1),
        points=_sample(label, x, y, n),
        parts=parts,
        touching=touching,
    )


def _by_band(label: NDArray[np.int32], high: Floats, n: int) -> Floats:
    band = np.clip((high * BANDS).astype(np.int64), 0, BANDS - 1)
    return np.bincount(label * BANDS + band, minlength=n * BANDS).reshape(n, BANDS).astype(np.float64)


def _first_last(rows: Floats) -> tuple[Floats, Floats]:
    """The heights between which 96 % of each region lie."""
    share = np.cumsum(rows, axis=1)
    edges = np.arange(1, BANDS + 1) / BANDS
    top, bottom = np.zeros(len(rows)), np.zeros(len(rows))
    for i, line in enumerate(share):
        if line[-1] > 0:
            top[i] = np.interp(0.02, np.concatenate([[0], line]), np.concatenate([[0], edges]))
            bottom[i] = np.interp(0.98, np.concatenate([[0], line]), np.concatenate([[0], edges]))
    return top, bottom


def _contacts(labels: NDArray[np.int32], frame: Frame, n: int) -> tuple[Floats, Floats, Floats]:
    counts = np.zeros((3, n * n))
    rim = np.zeros(n * BANDS)
    for near, far, side, y in _steps(labels):
        differ = near != far
        a, b, at = near[differ].astype(np.int64), far[differ].astype(np.int64), y[differ]
        counts[side[0]] += np.bincount(a * n + b, minlength=n * n)
        counts[side[1]] += np.bincount(b * n + a, minlength=n * n)
        band = np.clip(((at - frame.top) * BANDS / frame.height).astype(np.int64), 0, BANDS - 1)
        rim += np.bincount((a * BANDS + band)[b == 0], minlength=n * BANDS)
        rim += np.bincount((b * BANDS + band)[a == 0], minlength=n * BANDS)
    touching = counts.reshape(3, n, n).transpose(1, 2, 0)
    outline = touching.sum(axis=(1, 2))
    touching = touching / np.maximum(outline, 1)[:, None, None]
    by_band = rim.reshape(n, BANDS)
    return touching, by_band / np.maximum(by_band.sum(axis=1, keepdims=True), 1), outline


def _steps(labels: NDArray[np.int32]) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], tuple[int, int], Ints]]:
    """All pairs of pixels that touch, downwards, then sideways; on which side of the first and of the second; y."""
    padded = np.pad(labels, 1)
    y = np.broadcast_to(np.arange(-1, labels.shape[0] + 1)[:, None], padded.shape)
    yield padded[:-1], padded[1:], (DOWN, UP), y[1:]
    yield padded[:, :-1], padded[:, 1:], (ASIDE, ASIDE), y[:, 1:]


def _boxes(label: NDArray[np.int32], x: Ints, y: Ints, n: int) -> Floats:
    low, high = np.full((n, 2), np.iinfo(np.int64).max), np.full((n, 2), -1, np.int64)
    for axis, at in enumerate((x, y)):
        np.minimum.at(low[:, axis], label, at)
        np.maximum.at(high[:, axis], label, at)
    return np.where(high >= 0, high - low + 1, 1).astype(np.float64)


def _sample(label: NDArray[np.int32], x: Ints, y: Ints, n: int) -> Floats:
    order = np.argsort(label, kind="stable")
    ends = np.cumsum(np.bincount(label, minlength=n))
    points = np.full((n, SAMPLES, 2), np.nan)
    for region in range(1, n):
        first = int(ends[region - 1])
        held = int(ends[region]) - first
        if held:
            pick = order[first + (np.arange(SAMPLES) * held) // SAMPLES]
            points[region, :, 0], points[region, :, 1] = x[pick], y[pick]
    return points
