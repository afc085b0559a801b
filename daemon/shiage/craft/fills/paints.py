"""What the fills of a coloured drawing paint its regions with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...values import StrokeMaterial, Strokes
from ..strokes.drawing import FILL_OPACITY, in_plane
from .view import Floats, Ints, View

_LEAST_SHARE = 0.08  # of a region's middle, below which a second paint in it is a fill that spills over
_SUBPIXEL = 4  # bits, of fills' points


@dataclass(frozen=True)
class Paint:
    """A fill's look: its material, the colour laid over that (linear; alpha = how much), and its opacity."""

    material: StrokeMaterial
    colour: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    opacity: float = 1.0

    @property
    def seen(self) -> tuple[float, ...]:
        """Red, green, blue (linear) and alpha as they are seen."""
        over = self.colour[3]
        mixed = [a * (1 - over) + b * over for a, b in zip(self.material.fill, self.colour, strict=True)]
        alpha = self.material.fill[3] * (1 - over) + over
        return (*mixed[:3], alpha * self.opacity)


def paints_of(drawings: Sequence[Strokes]) -> tuple[Paint, ...]:
    """All paints that are seen in ``drawings``, in the order in which they come."""
    found: dict[Paint, None] = {}
    for drawing in drawings:
        for group in fill_groups(drawing):
            found.setdefault(paint_of(drawing, group))
    return tuple(found)


def paint_map(drawing: Strokes, paints: Sequence[Paint], into: Floats, view: View) -> NDArray[np.int32]:
    """(H, W): which of ``paints`` is on top, from 1; 0 = none. ``into``: see :func:`~.lines.lines_of`."""
    number = {paint: k + 1 for k, paint in enumerate(paints)}
    picture = np.zeros((view.height, view.width), np.int32)
    placed = np.rint(view.pixels(in_plane(drawing, into)) * (1 << _SUBPIXEL) - (1 << _SUBPIXEL - 1)).astype(np.int32)
    for group in fill_groups(drawing):
        rings = [placed[drawing.span(int(stroke))] for stroke in group]
        cv2.fillPoly(picture, rings, (number[paint_of(drawing, group)],), cv2.LINE_8, _SUBPIXEL)
    return picture


def painted_regions(
    labels: NDArray[np.int32], painted: NDArray[np.int32], paper: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], Ints]:
    """The regions of a coloured drawing with their paints.

    ``labels``: (H, W) 1..n. ``painted``: (H, W) from :func:`paint_map`. ``paper``: (H, W), where no ink is. Gives the
    labels, split where a region holds several paints, and (n',) the paint of each, 0 = none. Fills seldom meet the
    lines: what lies along a fill's border doesn't count where a region has anything else.
    """
    edge = np.ones((3, 3), np.uint8)
    constant = cv2.dilate(painted.astype(np.float32), edge) == cv2.erode(painted.astype(np.float32), edge)
    inner = constant & (cv2.erode(paper.astype(np.uint8), edge) > 0)
    regions, kinds = int(labels.max()) + 1, int(painted.max()) + 1
    tables = [_count(labels, painted, where, regions, kinds) for where in (inner, paper, np.ones_like(paper))]
    table = tables[0]
    for other in tables[1:]:
        table = np.where(table.sum(1, keepdims=True) > 0, table, other)
    total = np.maximum(table.sum(1, keepdims=True), 1)
    main = table.argmax(1)
    # Bare paper beside paint is what a fill left out, unless it is most of the region.
    second = table[:, 1:].argmax(1) + 1 if kinds > 1 else main
    bare = (main == 0) & (table[np.arange(regions), second] >= 0.5 * total[:, 0])
    main = np.where(bare, second, main)
    real = table >= _LEAST_SHARE * total
    real[:, 0] = False
    real[main == 0] = False
    real[np.arange(regions), main] = True
    own = np.where(real[labels, painted], painted, main[labels])
    pairs, new = np.unique(labels.astype(np.int64) * kinds + own, return_inverse=True)
    return (new.reshape(labels.shape) + 1).astype(np.int32), np.asarray(pairs % kinds, np.int64)


def _count(
    labels: NDArray[np.int32], painted: NDArray[np.int32], where: NDArray[np.bool_], regions: int, kinds: int
) -> Ints:
    codes = labels[where].astype(np.int64) * kinds + painted[where]
    return np.asarray(np.bincount(codes, minlength=regions * kinds).reshape(regions, kinds), np.int64)


def fill_groups(drawing: Strokes) -> list[Ints]:
    """The strokes of each fill that is seen, in drawing order: layer by layer from below."""
    filled = np.flatnonzero((drawing.fill > 0) & (np.diff(drawing.offsets) >= 3))
    groups: dict[tuple[int, int], list[int]] = {}
    for stroke in filled[np.argsort(drawing.layer[filled], kind="stable")].tolist():
        groups.setdefault((int(drawing.layer[stroke]), int(drawing.fill[stroke])), []).append(stroke)
    made = [np.array(group, np.int64) for group in groups.values()]
    return [g for g in made if drawing.layers[drawing.layer[g[0]]].opacity > 0 and paint_of(drawing, g).seen[3] > 0]


def paint_of(drawing: Strokes, group: Ints) -> Paint:
    """The paint of a fill: that of its first stroke."""
    first = int(group[0])
    opacity = next((a.data for a in drawing.extra if a.name == FILL_OPACITY), None)
    solid = 1.0 if opacity is None else float(opacity[first])
    colour = drawing.fill_colour[first]
    laid = tuple(colour.tolist()) if colour[3] > 0 else (0.0, 0.0, 0.0, 0.0)
    return Paint(drawing.materials[drawing.material[first]], laid, solid)
