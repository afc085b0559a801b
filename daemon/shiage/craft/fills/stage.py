"""Drawings of one scene in one view: read into regions, their fills read into paints, and filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...values import Strokes
from ..regions import RegionMap
from ..strips import Check, never_stop
from .areas import areas_of
from .lines import Lines, draw_lines, ink_of, lines_of, read_regions
from .mesh import mesh_of
from .outlines import outlines_of
from .paints import Paint, paint_map, painted_regions
from .strokes import fill_strokes
from .view import Floats, Ints, View, view_of


@dataclass(frozen=True, eq=False)
class Scene:
    """A drawing as seen: its visible ``lines``, their ``coverage`` (H, W) uint8, and the regions between them as
    ``labels`` (H, W) int32, 1..n."""

    drawing: Strokes
    lines: Lines
    coverage: NDArray[np.uint8]
    labels: NDArray[np.int32]

    @property
    def paper(self) -> NDArray[np.bool_]:
        """(H, W) where no ink is."""
        return ~ink_of(self.coverage)


@dataclass(frozen=True, eq=False)
class Stage:
    """The plane (4, 4: to the drawings' own space) and the view in which drawings are read; ``radius``: of a usual
    line, in the drawings' unit; ``gap``: pixels, None = by the lines' width."""

    plane: Floats
    view: View
    radius: float
    gap: float | None

    @classmethod
    def of(cls, drawings: Sequence[Strokes], gap: float | None) -> Stage:
        """A stage for all ``drawings`` (at least one), in the plane of the first. ``gap``: in line widths."""
        plane = drawings[0].plane
        lines = [lines_of(drawing, _inverse(plane)) for drawing in drawings]
        used = [np.unique(part.pieces) for part in lines]
        widths = np.concatenate([part.radius[index] for part, index in zip(lines, used, strict=True)])
        radius = float(np.median(widths)) if len(widths) else 0.01
        view = view_of([part.points[index] for part, index in zip(lines, used, strict=True)], radius)
        return cls(plane, view, radius, None if gap is None else gap * 2 * radius * view.scale)

    def read(self, drawing: Strokes, check: Check = never_stop) -> tuple[Scene, RegionMap]:
        """A drawing's lines and regions."""
        lines = lines_of(drawing, _inverse(self.plane))
        coverage = draw_lines(lines, self.view)
        found = read_regions(coverage, self.gap, check, width=2 * self.radius * self.view.scale)
        return Scene(drawing, lines, coverage, found.labels), found

    def painted(self, scene: Scene, paints: Sequence[Paint]) -> tuple[Scene, Ints]:
        """A coloured drawing with its regions split by paint, and the paint of each: 0 = none, else from 1."""
        fills = paint_map(scene.drawing, paints, _inverse(self.plane), self.view)
        labels, paint = painted_regions(scene.labels, fills, scene.paper)
        return replace(scene, labels=labels), paint

    def fill(
        self, scene: Scene, paints: Sequence[Paint], paint: Ints, layer: str, doubt: Floats | None = None
    ) -> Strokes:
        """The fills of a drawing. ``paint``: (n,) of each region, 0 = none; ``doubt``: (n,) 0..1, kept with each."""
        mesh = mesh_of(scene.lines, self.view)
        areas = areas_of(mesh, scene.labels, scene.paper, np.concatenate([[0], paint]))
        outlines = outlines_of(mesh, areas)
        chosen = {a: int(paint[region - 1]) for a, region in enumerate(areas.region.tolist()) if region > 0}
        filled = {a: paints[number - 1] for a, number in chosen.items() if number > 0}
        doubts = None if doubt is None else {a: float(doubt[areas.region[a] - 1]) for a in filled}
        return fill_strokes(
            outlines, filled, self.view, self.plane, scene.drawing, layer=layer, radius=self.radius, doubt=doubts
        )


def _inverse(plane: Floats) -> Floats:
    return np.asarray(np.linalg.inv(plane), np.float64)
