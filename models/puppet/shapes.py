"""The vocabulary of a drawing: shapes in painter's order, each a patch of the plane with lines on it.

Geometry is float64, in *figure units* until `Drawing.placed` brings it to pixels: one unit is the standing height of a
figure, x to the right, y down, the ground at y = 0. Pixel (row i, column j) has its centre at (j + 0.5, i + 0.5).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
RGB = tuple[int, int, int]


class Part(IntEnum):
    """The fifteen part classes; NONE is the background, props, bags and everything else."""

    NONE = 0
    ARM = 1
    EAR = 2
    EYE = 3
    EYEBROW = 4
    FACE = 5
    FOOT = 6
    HAIR = 7
    HAND = 8
    LEG = 9
    LOWER_CLOTHES = 10
    NECK = 11
    OPEN_MOUTH = 12
    SHOE = 13
    STOCK = 14
    UPPER_CLOTHES = 15


PART_NAMES: tuple[str, ...] = tuple(p.name.capitalize() for p in Part)


def rgb_of(values: Iterable[float]) -> RGB:
    """Three levels as a colour; fractions are cut off."""
    red, green, blue = (int(v) for v in values)
    return red, green, blue


def uid_of(name: str) -> int:
    """A number that stays the same for a name in every frame, view and process (31 bits, never 0)."""
    return (zlib.crc32(name.encode()) & 0x7FFFFFFF) or 1


@dataclass(slots=True)
class Stroke:
    """A drawn line with as many vertices in every frame, so that a place on it can be followed.

    points: (k, 2). weight: scalar or (k,), times the line style's width, 0 is not drawn. taper: how far the line thins
    out towards its two ends, as shares of its length. inside: drawn only upon its own shape. contour: belongs to the
    closed outline (detail lines have False). part: overrides the shape's part for the line (eyebrows), else -1.
    """

    points: Points
    weight: float | Points = 1.0
    taper: tuple[float, float] = (0.0, 0.0)
    inside: bool = False
    contour: bool = False
    part: int = -1


@dataclass(slots=True)
class Shape:
    """One filled patch.

    name: unique in its actor and the key of correspondence. grid: (n, m, 2), rows run along the part and columns
    across; its border is the outline. colour: slot of the actor's palette. order: painter's order, larger is nearer.
    lined: line weight of the outline's (first row, last column, last row, first column), each a scalar or one weight a
    vertex. fill_key: shapes with one key are one paintable area where no line parts them (default: the name).
    group / clip: a shape with `clip` is painted only upon shapes of that group. filled=False paints lines alone.
    level: casts a hard shadow on lower levels. round: how tube-like it is shaded, 0 flat .. 1 round.
    """

    name: str
    grid: Points
    part: Part
    colour: str
    order: float
    lined: tuple[float | Points, float | Points, float | Points, float | Points] = (1.0, 1.0, 1.0, 1.0)
    strokes: list[Stroke] = field(default_factory=list)
    fill_key: str = ""
    group: str = ""
    clip: str = ""
    filled: bool = True
    level: int = 0
    round: float = 0.5
    line_colour: str = ""

    def outline(self) -> Points:
        """(k, 2) closed border of the grid, clockwise from the first row, no point twice."""
        g = self.grid
        return np.concatenate((g[0, :-1], g[:-1, -1], g[-1, :0:-1], g[:0:-1, 0]))

    def contour_strokes(self) -> list[Stroke]:
        """The outline's lined edges as strokes; edges that follow each other are joined to one stroke."""
        g = self.grid
        edges = (g[0], g[:, -1], g[-1, ::-1], g[::-1, 0])
        if all(isinstance(w, float) and w == 1.0 for w in self.lined):
            points = self.outline()
            return [Stroke(np.concatenate((points, points[:2])), contour=True)]
        runs: list[list[tuple[Points, Points]]] = []
        joined = False
        for edge, w in zip(edges, self.lined, strict=True):
            weight = np.broadcast_to(np.asarray(w, dtype=np.float64), (len(edge),))
            if weight.max() <= 0:
                joined = False
                continue
            if joined:
                runs[-1].append((edge, weight))
            else:
                runs.append([(edge, weight)])
            joined = True
        if len(runs) > 1 and joined and np.max(self.lined[0]) > 0:
            runs[0] = runs.pop() + runs[0]
        return [
            Stroke(np.concatenate([e for e, _ in run]), np.concatenate([w for _, w in run]), contour=True)
            for run in runs
        ]


@dataclass(slots=True)
class Drawing:
    """Shapes of one or more actors and the colours of their slots.

    colours: slot name -> RGB uint8 triple. Slot names and shape names carry the actor's name where actors are joined.
    guides: construction lines for rough sketches (closed or open polylines).
    """

    shapes: list[Shape]
    colours: dict[str, tuple[int, int, int]]
    guides: list[Points] = field(default_factory=list)

    def placed(self, matrix: Points) -> Drawing:
        """The same drawing under a 2x3 affine matrix (figure units -> pixels)."""
        a, b = matrix[:, :2].T, matrix[:, 2]
        shapes = [
            replace(s, grid=s.grid @ a + b, strokes=[replace(k, points=k.points @ a + b) for k in s.strokes])
            for s in self.shapes
        ]
        return Drawing(shapes, self.colours, [g @ a + b for g in self.guides])

    def named(self, actor: str, order: float = 0.0, level: int = 0) -> Drawing:
        """The same drawing with the actor's name before every shape, slot and group, and its order moved."""

        def tag(s: str) -> str:
            return f"{actor}/{s}" if s else s

        shapes = [
            replace(
                s,
                name=tag(s.name),
                colour=tag(s.colour),
                fill_key=tag(s.fill_key),
                group=tag(s.group),
                clip=tag(s.clip),
                order=s.order + order,
                level=s.level + level,
                line_colour=tag(s.line_colour),
            )
            for s in self.shapes
        ]
        return Drawing(shapes, {tag(k): v for k, v in self.colours.items()}, self.guides)

    def bounds(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) of all filled shapes."""
        lo = np.min([s.grid.min(axis=(0, 1)) for s in self.shapes], axis=0)
        hi = np.max([s.grid.max(axis=(0, 1)) for s in self.shapes], axis=0)
        return float(lo[0]), float(lo[1]), float(hi[0]), float(hi[1])


def joined(drawings: Sequence[Drawing]) -> Drawing:
    """Several drawings as one, in the order of their shapes."""
    colours: dict[str, tuple[int, int, int]] = {}
    for d in drawings:
        colours.update(d.colours)
    return Drawing([s for d in drawings for s in d.shapes], colours, [g for d in drawings for g in d.guides])
