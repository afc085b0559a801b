"""Laying a design over a sketch: by the figures' boxes, refined on their borders, and how well the two views agree."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shiage.craft.matching.frame import Frame
from shiage.craft.matching.shapes import Shapes

NEAR = 0.01  # figure heights: borders this far apart count 1/e
POINTS = 1500  # border pixels that are compared

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Alignment:
    """Sketch pixels to design pixels: design = scale * sketch + shift, per axis (x, y); x scale < 0 is mirrored.

    agreement: 0..1, how well the inner borders of both drawings lie on each other: near 1 for one drawing coloured,
    above 0.6 for one pose drawn twice, about 0.3 for another view.
    """

    scale: Floats
    shift: Floats
    agreement: float

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
    return mirrored if mirrored.agreement > straight.agreement + 0.02 else straight


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

    def meet(self, points: Floats) -> float:
        if not len(points):
            return 0.0
        x, y = np.rint(points).astype(np.int64).T
        inside = (x >= 0) & (y >= 0) & (x < self.nearness.shape[1]) & (y < self.nearness.shape[0])
        return float(self.nearness[y[inside], x[inside]].sum() / len(points))


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
        return Alignment(grown, at - grown * middle, 0.0)

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
    return Alignment(placed.scale, placed.shift, float(np.sqrt(there * here)))
