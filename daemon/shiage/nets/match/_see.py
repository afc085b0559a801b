"""What the network sees of a frame and of a pair of frames: arrays that need no torch, so that they can be kept on
disk.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.follow.affinity import alike, fit_by
from shiage.craft.follow.describe import Described
from shiage.craft.follow.motion import Flowed, Table

SIDE = 256  # pixels of the line picture's longer side, and of the square that it lies in
CELL = 4  # pixels of it, along and down, that share one fine feature
GRID = SIDE // CELL
AROUND = 24  # side of the picture of the lines around a region
_REACH = 3.0  # boxes of the region that it shows
_LEAST_REACH = 0.05  # of the frame's longer side

NUMBERS = 12  # what is told of a region in numbers
BETWEEN = 6  # what is told of two regions of one frame
LOG_FIT = 4  # what the first of these, the logarithm of the plain matcher's fit, is divided by
ACROSS = 14  # what is told of a region of one frame and a region of another

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Seen:
    """A frame of n regions as the network takes it in.

    ``lines``: (SIDE, SIDE) uint8 soft ink coverage, the frame in the upper left. ``cell``: (c, 2) int32, a region
    (0..n-1) and a cell of the GRID x GRID that it has a part in; ``share``: (c,) float32, that part of the region.
    ``shape``: (n, PATCH * PATCH) and ``around``: (n, AROUND * AROUND) uint8 pictures of the region and of the lines
    about it. ``numbers``: (n, NUMBERS) float32. ``between``: (n, n, BETWEEN) float32.
    """

    lines: Bytes
    cell: npt.NDArray[np.int32]
    share: npt.NDArray[np.float32]
    shape: Bytes
    around: Bytes
    numbers: npt.NDArray[np.float32]
    between: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.numbers)


def see(frame: Described) -> Seen:
    """Look at a frame."""
    lines, cell, share = _picture(frame)
    numbers = _numbers(frame)
    return Seen(
        lines=lines,
        cell=cell,
        share=share,
        shape=np.rint(frame.shape * 255).astype(np.uint8),
        around=_around(frame),
        numbers=numbers,
        between=_between(frame),
    )


def compare(a: Described, b: Described, moved: Flowed) -> npt.NDArray[np.float32]:
    """(n, m, ACROSS) float32, what is told of each pair of regions."""
    fits = fit_by(a, b, moved)
    log_fit = np.log(fits + 1e-3) / LOG_FIT
    to = b.centre[None] / b.span - a.centre[:, None] / a.span
    size = (np.log(b.area / b.span**2)[None] - np.log(a.area / a.span**2)[:, None]) / 3
    edge = a.at_edge[:, None] != b.at_edge[None]
    return _stacked(
        log_fit,
        fits / (fits.max(1, keepdims=True) + 1e-3),
        fits / (fits.max(0, keepdims=True) + 1e-3),
        moved.overlap,
        moved.inside,
        moved.around,
        np.clip(to[..., 0] * 4, -2, 2),
        np.clip(to[..., 1] * 4, -2, 2),
        np.clip(np.hypot(to[..., 0], to[..., 1]) * 4, 0, 2),
        alike(a, b),
        np.clip(size, -2, 2),
        np.clip(np.abs(size), 0, 2),
        edge,
        np.sqrt(moved.inside * moved.around),
    )


# What is told of (b, a) is what is told of (a, b) in this order and with these signs.
SWAPPED = np.array([0, 2, 1, 3, 5, 4, 6, 7, 8, 9, 10, 11, 12, 13])
SIGN = np.array([1, 1, 1, 1, 1, 1, -1, -1, 1, 1, -1, 1, 1, 1], np.float32)


def turned_round(across: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What :func:`compare` tells of (b, a), from what it tells of (a, b)."""
    return np.ascontiguousarray(across.transpose(1, 0, 2)[..., SWAPPED] * SIGN)


def _picture(frame: Described) -> tuple[Bytes, npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    height, width = frame.small_lines.shape
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    lines = np.zeros((SIDE, SIDE), np.uint8)
    lines[: size[1], : size[0]] = cv2.resize(frame.small_lines, size, interpolation=way)
    ys, xs = np.indices((height, width))
    ys, xs = ((ys + 0.5) * (scale / CELL)).astype(np.int64), ((xs + 0.5) * (scale / CELL)).astype(np.int64)
    at = np.minimum(ys, GRID - 1) * GRID + np.minimum(xs, GRID - 1)
    places = (frame.small_labels.astype(np.int64) - 1) * GRID**2 + at
    counts = np.bincount(places.ravel(), minlength=len(frame) * GRID**2)
    keys = np.flatnonzero(counts)
    counts = counts[keys]
    region, place = np.divmod(keys, GRID**2)
    area = np.bincount(region, counts, minlength=len(frame))
    lost = np.flatnonzero(area == 0)  # fell between the samples of the small picture
    centre = np.clip(frame.centre[lost] / frame.span * GRID, 0, GRID - 1).astype(np.int64)
    region, place = np.append(region, lost), np.append(place, centre[:, 1] * GRID + centre[:, 0])
    share = np.append(counts / np.maximum(area[region[: len(counts)]], 1), np.ones(len(lost)))
    return lines, np.stack([region, place], 1).astype(np.int32), share.astype(np.float32)


def _around(frame: Described) -> Bytes:
    levels = [frame.small_lines]
    while min(levels[-1].shape) > AROUND:
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.uint8))
    scale = max(frame.small_lines.shape) / frame.span
    pictures = np.zeros((len(frame), AROUND, AROUND), np.uint8)
    for i, (centre, box) in enumerate(zip(frame.centre, frame.box, strict=True)):
        side = scale * max(_REACH * float(box.max()), _LEAST_REACH * frame.span)
        level = min(len(levels) - 1, max(0, int(np.log2(max(1.0, side / AROUND)))))
        zoom = AROUND / side * 2**level
        x, y = (centre + 0.5) * scale / 2**level
        move = np.array([[zoom, 0, AROUND / 2 - x * zoom], [0, zoom, AROUND / 2 - y * zoom]])
        pictures[i] = cv2.warpAffine(levels[level], move, (AROUND, AROUND), flags=cv2.INTER_LINEAR)
    return pictures.reshape(len(frame), -1)


def _numbers(frame: Described) -> npt.NDArray[np.float32]:
    area = frame.area / frame.span**2
    sides = frame.box / frame.span
    border = frame.touching.sum(1)
    largest = frame.touching.max(1, initial=0) / np.maximum(border, 1)
    centre = frame.centre / frame.span
    return _stacked(
        np.log(area + 1e-6) / 4 + 1,
        centre[:, 0],
        centre[:, 1],
        np.log(sides[:, 0] + 1e-3) / 3 + 1,
        np.log(sides[:, 1] + 1e-3) / 3 + 1,
        np.log(sides[:, 1] / sides[:, 0]) / 2,
        np.clip(frame.area / np.maximum(frame.box.prod(1), 1), 0, 1),
        frame.at_edge,
        np.log(np.maximum(border, 1) / np.sqrt(frame.area)) / 2,
        np.minimum((frame.touching > 0).sum(1) / 10, 3),
        largest,
        np.full(len(frame), np.log(len(frame)) / 5),
    )


def _between(frame: Described) -> npt.NDArray[np.float32]:
    to = (frame.centre[None] - frame.centre[:, None]) / frame.span
    shares = frame.touching / np.maximum(frame.touching.sum(1, keepdims=True), 1)
    size = np.log(frame.area)
    return _stacked(
        np.clip(to[..., 0] * 4, -2, 2),
        np.clip(to[..., 1] * 4, -2, 2),
        np.clip(np.hypot(to[..., 0], to[..., 1]) * 4, 0, 2),
        shares,
        shares.T,
        np.clip((size[None] - size[:, None]) / 3, -2, 2),
    )


def _stacked(*told: Table | npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    return np.stack([np.asarray(part, np.float32) for part in told], -1)
