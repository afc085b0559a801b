"""Frames as vector animation is drawn: flat shapes with a line of one width wherever two of them meet.

Where the artwork has no outlines a line stands only between different colours, so that shapes of one colour run
together. Much faster than the puppets' own pens, and what most animation on the web looks like.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from puppet.frame import Regions

Rng = np.random.Generator
Points = npt.NDArray[np.float64]
_ZOOM = 2  # it is drawn larger, then brought down
_SHIFT = 4  # bits of a pixel's fraction that OpenCV draws with
_LEAST = 4  # px; smaller areas are line
_LINE = -2  # in place of a shape


@dataclass(frozen=True)
class Layer:
    """One shape in px, painted in the order of `rank`. ``group``: the area that it belongs to; ``clip``: the name of
    the shape that it shows within; ``stroke``: it is a line along its points, and no area.
    """

    name: str
    outline: Points
    colour: int
    rank: float
    group: str
    clip: str = ""
    stroke: bool = False


@dataclass(frozen=True)
class Pen:
    """``width``: px; ``outlined``: all shapes have a line round them; ``binary``: without soft edges; ``gaps``: cuts in
    the lines, of ``gap_px``.
    """

    width: float
    outlined: bool
    binary: bool
    gaps: int = 0
    gap_px: tuple[float, float] = (2.0, 7.0)
    seed: int = 0

    @staticmethod
    def sample(rng: Rng, page: int) -> Pen:
        """A pen by lot."""
        width = max(1.4, float(rng.uniform(1.6, 3.4)) * (page / 512) ** 0.6)
        return Pen(width, bool(rng.random() < 0.5), bool(rng.random() < 0.6), seed=int(rng.integers(1 << 31)))


@dataclass(frozen=True)
class VectorFrame:
    """As much of a `puppet.Frame` as following needs."""

    cover: npt.NDArray[np.uint8]
    regions: Regions
    palette: npt.NDArray[np.uint8]

    @property
    def line_rgba(self) -> npt.NDArray[np.uint8]:
        """(h, w, 4) black line art with alpha."""
        return np.dstack((np.zeros((*self.cover.shape, 3), np.uint8), self.cover))


def painted(layers: list[Layer], colours: npt.NDArray[np.uint8], page: int, pen: Pen) -> VectorFrame:
    """``colours``: (k, 3) uint8 RGB, which the layers' colours number from 0 on."""
    layers = sorted(layers, key=lambda layer: layer.rank)
    shapes = _stacked(layers, page, pen)
    cover = _lines(shapes, layers, page, pen)
    line = cover >= 128
    small = np.ascontiguousarray(shapes[_ZOOM // 2 :: _ZOOM, _ZOOM // 2 :: _ZOOM])
    regions = _regions(line, small, layers)
    if pen.binary:
        cover = np.where(line, np.uint8(255), np.uint8(0))
    palette = np.concatenate([np.full((1, 3), 255, np.uint8), colours])
    return VectorFrame(_cut(cover, pen), regions, palette)


def _stacked(layers: list[Layer], page: int, pen: Pen) -> npt.NDArray[np.int32]:
    """Which layer is seen at each pixel: its index, -1 = none, _LINE = a stroke."""
    side = page * _ZOOM
    shapes = np.full((side, side), -1, np.int32)
    by_name = {layer.name: layer for layer in layers}
    for i, layer in enumerate(layers):
        points = _fixed(layer.outline)
        if layer.stroke:
            thick = max(1, round(pen.width * _ZOOM))
            into = shapes if not layer.clip else np.zeros((side, side), np.uint8)
            value = _LINE if not layer.clip else 1
            cv2.polylines(into, [points], False, value, thick, cv2.LINE_8, _SHIFT)
            if layer.clip:
                shapes[(into > 0) & _mask(by_name[layer.clip], side)] = _LINE
        elif layer.clip:
            shapes[_mask(layer, side) & _mask(by_name[layer.clip], side)] = i
        else:
            cv2.fillPoly(shapes, [points], i, cv2.LINE_8, _SHIFT)
    return shapes


def _mask(layer: Layer, side: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [_fixed(layer.outline)], 1, cv2.LINE_8, _SHIFT)
    return mask > 0


def _fixed(points: Points) -> npt.NDArray[np.int32]:
    far = np.clip(points * _ZOOM, -8000, 8000)
    return np.rint(far * (1 << _SHIFT)).astype(np.int32)[:, None]


def _lines(shapes: npt.NDArray[np.int32], layers: list[Layer], page: int, pen: Pen) -> npt.NDArray[np.uint8]:
    groups = {"": 0} | {name: i + 1 for i, name in enumerate(sorted({layer.group for layer in layers}))}
    what = [(groups[one.group] if pen.outlined else one.colour + 1) for one in layers]
    key = np.array([*what, -1, 0], np.int32)[shapes]  # the last two: a stroke, and nothing
    line = (key < 0).astype(np.uint8)
    apart = np.zeros_like(line)
    apart[:, 1:] |= key[:, 1:] != key[:, :-1]
    apart[1:] |= key[1:] != key[:-1]
    side = max(1, round(pen.width * _ZOOM))
    wide = np.asarray(cv2.dilate(apart, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))), np.uint8)
    both = np.maximum(line, wide) * np.uint8(255)
    return np.asarray(cv2.resize(both, (page, page), interpolation=cv2.INTER_AREA), np.uint8)


def _regions(line: npt.NDArray[np.bool_], shapes: npt.NDArray[np.int32], layers: list[Layer]) -> Regions:
    count, label, stats, _ = cv2.connectedComponentsWithStats((~line).astype(np.uint8), connectivity=4)
    kept = stats[:, cv2.CC_STAT_AREA] >= _LEAST
    kept[0] = False
    line |= ~kept[label]
    number = np.where(kept, np.cumsum(kept), 0)
    label, count = number[label].astype(np.int32), int(kept.sum())
    seen = (label > 0) & (shapes != _LINE)
    votes = np.zeros((count + 1, len(layers) + 1), np.int64)
    np.add.at(votes, (label[seen], shapes[seen]), 1)  # -1, nothing, is the last
    best = votes.argmax(1)
    group = np.array([*(zlib.crc32(layer.group.encode()) + 1 for layer in layers), 0], np.int64)[best]
    colour = np.array([*(layer.colour + 1 for layer in layers), 0], np.uint8)[best]
    area = np.bincount(label.ravel(), minlength=count + 1).astype(np.int32)
    return Regions(label, group, group, colour, np.zeros(count + 1, np.uint8), area)


def _cut(cover: npt.NDArray[np.uint8], pen: Pen) -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(pen.seed)
    ys, xs = np.nonzero(cover >= 128)
    if pen.gaps and len(ys):
        cover = cover.copy()
        for at in rng.integers(0, len(ys), pen.gaps):
            radius = float(rng.uniform(*pen.gap_px)) / 2
            cv2.circle(cover, (int(xs[at]), int(ys[at])), max(1, round(radius)), 0, -1)
    return cover
