"""Cut-out animation: things of plain shapes with details on them and limbs that swing, over and behind each other.

Puppets are people, animals and a few things. What is animated beside them is anything; here it is any shape, so that
the network learns to follow what it has no name for. Things come in, go out, turn, squash and pass in front of others.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

import puppet
from puppet import palette
from puppet.curves import ring_patch

from .things import Thing, a_thing

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cutouts:
    """A clip of things from back to front, on a ground of bands."""

    things: list[Thing]
    bands: list[float]
    colours: dict[str, tuple[int, int, int]]
    page: int
    band_colours: list[int] = field(default_factory=list)

    def drawing(self, t: float) -> puppet.Drawing:
        """All shapes at 0..1, in px."""
        shapes: list[puppet.Shape] = []
        edge = np.array([-0.05, 1.05]) * self.page
        for i, top in enumerate(self.bands):
            bottom = self.bands[i + 1] if i + 1 < len(self.bands) else 1.05
            rows = np.array([top, bottom]) * self.page
            grid = np.stack(np.meshgrid(edge, rows), axis=-1)
            shapes.append(_shape(f"band{i}", grid, f"c{self.band_colours[i]}", float(i) - 500))
        for i, thing in enumerate(self.things):
            shapes += _drawn(thing, f"thing{i}", i * 100.0, t)
        return puppet.Drawing(shapes, self.colours)

    def frame(self, t: float, style: puppet.LineStyle, finish: puppet.PaintStyle) -> puppet.Frame:
        """The frame at 0..1."""
        return puppet.render(self.drawing(t), self.page, style, finish)


def cutouts(seed: int, page: int, *, lively: bool = False) -> Cutouts:
    """A clip by lot. ``lively``: with what is harder to follow (:mod:`match_regions.lively`)."""
    rng = np.random.default_rng((seed, 89 if lively else 83))
    count = int(rng.integers(5, 12))
    colours = {f"c{i}": palette.pick(rng, palette.CLOTH, 0.08) for i in range(count)}
    things = [a_thing(rng, page, count, lively) for _ in range(int(rng.integers(2, 8)))]
    bands: list[float] = []
    if rng.random() < 0.4:
        bands = sorted([-0.05, *rng.uniform(0.1, 0.95, int(rng.integers(1, 5))).tolist()])
        if rng.random() < 0.5:
            bands = bands[1:]
    return Cutouts(things, bands, colours, page, [int(v) for v in rng.integers(0, count, len(bands))])


def _drawn(thing: Thing, name: str, order: float, t: float) -> list[puppet.Shape]:
    shapes = []
    for i, piece in enumerate(thing.pieces):
        rank = order + (i if not piece.behind else -20.0 + i)
        shape = _shape(f"{name}/{i}", ring_patch(thing.placed(i, t)), f"c{piece.colour}", rank)
        shape.group = f"{name}/{i}"
        shape.clip = f"{name}/{piece.on}" if piece.clipped else ""
        shapes.append(shape)
    return shapes


def _shape(name: str, grid: Points, colour: str, order: float) -> puppet.Shape:
    return puppet.Shape(name, np.asarray(grid, np.float64), puppet.Part.NONE, colour, order, round=0.0)
