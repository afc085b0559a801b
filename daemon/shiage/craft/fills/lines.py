"""The lines of a stroke drawing: as middles with widths, as ink, and the regions between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...values import Strokes
from ..capsules import draw_capsules
from ..ink import Ink
from ..regions import RegionMap, default_gap, regions_of_ink
from ..strips import Check, never_stop
from ..strokes.drawing import in_plane
from .view import Floats, Ints, View

_INK = 92  # coverage (of 255) from which a pixel is line, as where drawings come as pictures
_THINNEST = 0.75  # pixels of radius: thinner lines still part what they part
_SEEN = 0.05  # opacity from which a line is seen


@dataclass(frozen=True, eq=False)
class Lines:
    """The visible lines of a drawing: ``points`` (n, 3) in a plane with depth, ``radius`` (n,) in the same unit,
    ``pieces`` (m, 2) pairs of points that are joined."""

    points: Floats
    radius: Floats
    pieces: Ints


def lines_of(drawing: Strokes, into: Floats) -> Lines:
    """The visible lines of ``drawing`` in a plane; ``into`` (4, 4) takes the drawing's own space to it."""
    shown = np.array([m.show_line and m.line[3] > 0 for m in drawing.materials], np.bool_)
    layers = np.array([layer.opacity > 0 for layer in drawing.layers], np.bool_)
    if drawing.count == 0:
        return Lines(np.zeros((0, 3)), np.zeros(0), np.zeros((0, 2), np.int64))
    stroke = drawing.stroke_of_point()
    visible = (shown[drawing.material] & layers[drawing.layer] & ~drawing.hide_line)[stroke]
    visible &= (drawing.radius > 0) & (drawing.opacity >= _SEEN)
    size = np.array([abs(np.linalg.det(layer.transform[:3, :3])) ** (1 / 3) for layer in drawing.layers])
    radius = drawing.radius * size[drawing.layer][stroke]
    following = np.arange(len(stroke)) + 1
    last = drawing.offsets[1:][np.diff(drawing.offsets) > 0] - 1
    first = drawing.offsets[:-1][np.diff(drawing.offsets) > 0]
    following[last] = np.where(drawing.cyclic[stroke[last]], first, last)
    both = visible & visible[following]
    pieces = np.stack([np.flatnonzero(both), following[both]], 1)
    return Lines(in_plane(drawing, into), radius.astype(np.float64), pieces.astype(np.int64))


def draw_lines(lines: Lines, view: View) -> NDArray[np.uint8]:
    """(H, W) coverage, 255 = full ink."""
    picture = np.zeros((view.height, view.width), np.uint8)
    radius = np.maximum(lines.radius * view.scale, _THINNEST)
    draw_capsules(view.pixels(lines.points), radius, lines.pieces, picture)
    return picture


def read_regions(
    coverage: NDArray[np.uint8], gap: float | None, check: Check = never_stop, *, width: float = 3.0
) -> RegionMap:
    """The regions between drawn lines. ``gap``: pixels, None = by the lines' ``width`` in pixels.

    A drawing without lines is one region, and that is background.
    """
    lines = (coverage >= _INK).astype(np.uint8)
    if not lines.any():
        return _bare(coverage.shape)
    gap = default_gap(width, (coverage.shape[0], coverage.shape[1])) if gap is None else gap
    return regions_of_ink(Ink(coverage, lines, None), gap, check)


def ink_of(coverage: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where :func:`read_regions` saw ink."""
    return coverage >= _INK


def _bare(shape: tuple[int, ...]) -> RegionMap:
    height, width = shape
    return RegionMap(
        labels=np.ones((height, width), np.int32),
        area=np.array([height * width], np.int64),
        box=np.array([[0, 0, width, height]], np.int32),
        inner=np.array([[width // 2, height // 2]], np.int32),
        background=np.array([True]),
        solid=np.array([False]),
        neighbours=np.zeros((0, 3), np.int64),
        openings=np.zeros((0, 3), np.int64),
        bridges=np.zeros((0, 4), np.int32),
        line_width=0.0,
        gap=0.0,
    )
