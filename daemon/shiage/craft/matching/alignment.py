"""Laying a design over a sketch: by the figures' boxes, refined on their borders, and how well the two views agree."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from shiage.craft.matching.frame import Frame
from shiage.craft.matching.shapes import Shapes

NEAR = 0.01  # figure heights: borders this far apart count 1/e
FEW = 15  # border pixels that say little of their region alone
POINTS = 1500  # border pixels that are compared

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Alignment:
    """Sketch pixels to design pixels: design = scale * sketch + shift, per axis (x, y); x scale < 0 is mirrored.

    agreement: 0..1, how well the inner borders of both drawings lie on each other: near 1 for one drawing coloured,
    above 0.6 for one pose drawn twice, about 0.4 for another view.
    locally: (regions + 1,), the same at each of the sketch's regions: a back has the front's legs, not its face.
    """

    scale: Floats
    shift: Floats
    agreement: float
    locally: Floats

    def to_design(self, points: Floats) -> Floats:
        """Sketch pixels (..., 2) as (x, y) to design pixels."""
        return np.asarray(points * self.scale + self.shift, np.float64)

    def to_sketch(self, points: Floats) -> Floats:
        return np.asarray((points - self.shift) / self.scale, np.float64)


def align(sketch: Shapes, design: Shapes) -> Alignment:
    """The best placement of a design under a sketch, mirrored or not."""
    forward, back = _Borders(sketch), _Borders(design)
    found = [_refine(_box_to_box(sketch.frame, design.frame, flip), forward, back) for flip in (False, True)]
    straight, mirrored = found
    best = mirrored if mirrored.agreement > straight.agreement + 0.02 else straight
    return replace(best, locally=_locally(best, sketch, forward, back))


def _locally(placed: Alignment, shapes: Shapes, sketch: _Borders, design: _Borders) -> Floats:
    """The agreement at each region, drawn towards the whole figure's where a region has few borders."""
    there = design.nearness_at(placed.to_design(sketch.inner))
    at = placed.to_sketch(design.inner)
    here = sketch.nearness_at(at)
    own = _per_region(shapes, sketch.inner, there, placed.agreement)
    other = _per_region(shapes, at, here, placed.agreement)
    return np.asarray(np.sqrt(own * other), np.float64)


def _per_region(shapes: Shapes, points: Floats, values: Floats, usual: float) -> Floats:
    """The mean value of the points in each region, as if FEW more of the usual value were there."""
    height, width = shapes.labels.shape
    x, y = np.rint(points).astype(np.int64).T
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    region = shapes.labels[y[inside], x[inside]]
    count = shapes.count + 1
    total = np.bincount(region, weights=values[inside], minlength=count)
    return np.asarray((total + FEW * usual) / (np.bincount(region, minlength=count) + FEW), np.float64)


class _Borders:
    """Inner border pixels of a label map and how near every pixel is to one."""

    def __init__(self, shapes: Shapes) -> None:
        labels = shapes.labels
        edge = np.zeros(labels.shape, bool)
        edge[:-1] |= labels[:-1] != labels[1:]
        edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
        self.height = shapes.frame.height
        away = cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 3)
        self.nearness = np.exp(-away / (NEAR * self.height)).astype(np.float32)
        y, x = np.nonzero(edge)
        step = max(1, len(x) // POINTS)
        self.points = np.stack([x[::step], y[::step]], axis=-1).astype(np.float64)
        beside = cv2.dilate((labels == 0).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
        self.inner = self.points[~beside[y[::step], x[::step]]]

    def nearness_at(self, points: Floats) -> Floats:
        x, y = np.rint(points).astype(np.int64).reshape(-1, 2).T
        inside = (x >= 0) & (y >= 0) & (x < self.nearness.shape[1]) & (y < self.nearness.shape[0])
        near = np.zeros(len(x))
        near[inside] = self.nearness[y[inside], x[inside]]
        return near

    def meet(self, points: Floats) -> float:
        return float(self.nearness_at(points).mean()) if len(points) else 0.0


def _box_to_box(sketch: Frame, design: Frame, flip: bool) -> tuple[Floats, Floats]:
    scale = np.array([design.width / sketch.width, design.height / sketch.height])
    if flip:
        scale[0] = -scale[0]
        return scale, np.array([design.right - 1 - scale[0] * sketch.left, design.top - scale[1] * sketch.top])
    return scale, np.array([design.left, design.top]) - scale * np.array([sketch.left, sketch.top])


def _refine(start: tuple[Floats, Floats], sketch: _Borders, design: _Borders) -> Alignment:
    """Coordinate descent over scale and shift, in steps that halve from 2 % of the figure's height."""
    scale, shift = start
    middle = sketch.points.mean(axis=0) if len(sketch.points) else np.zeros(2)
    centre = scale * middle + shift

    def place(p: Floats) -> Alignment:
        grown = scale * (1 + p[:2])
        at = centre + p[2:] * design.height
        return Alignment(grown, at - grown * middle, 0.0, np.zeros(0))

    def score(p: Floats) -> float:
        placed = place(p)
        there, here = design.meet(placed.to_design(sketch.points)), sketch.meet(placed.to_sketch(design.points))
        return float(np.sqrt(there * here))

    best = np.zeros(4)
    value = score(best)
    for step in (0.02, 0.01, 0.005, 0.0025):
        for _ in range(4):
            before = value
            for axis in range(4):
                for sign in (-1, 1):
                    trial = best.copy()
                    trial[axis] += sign * step
                    if (got := score(trial)) > value + 1e-6:
                        best, value = trial, got
            if value == before:
                break
    placed = place(best)
    there, here = design.meet(placed.to_design(sketch.inner)), sketch.meet(placed.to_sketch(design.inner))
    return Alignment(placed.scale, placed.shift, float(np.sqrt(there * here)), np.zeros(0))
