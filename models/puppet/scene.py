"""Scenes and clips: actors placed on paper, and their motion between two keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from .curves import ease
from .figure.body import Pose
from .frame import Frame, render
from .ink import LineStyle
from .paint import PaintStyle
from .shapes import Drawing, Points, joined


class Drawable(Protocol):
    """Whatever draws itself in figure units for a pose."""

    def draw(self, pose: Pose) -> Drawing:
        """The drawing with its ground at y = 0."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an actor stands: px per figure unit, ground point in px, roll in degrees; mirror turns left and right."""

    scale: float
    x: float
    y: float
    roll: float = 0.0
    mirror: bool = False

    def matrix(self) -> Points:
        """2x3 affine from figure units to px."""
        r = np.radians(self.roll)
        a = np.array([[np.cos(r), -np.sin(r)], [np.sin(r), np.cos(r)]]) * self.scale
        if self.mirror:
            a = a * (-1, 1)
        return np.column_stack((a, (self.x, self.y)))

    def mix(self, other: Placement, share: float) -> Placement:
        """Between two placements; the mirror cannot change within a clip."""

        def m(a: float, b: float) -> float:
            return a * (1 - share) + b * share

        return Placement(
            m(self.scale, other.scale), m(self.x, other.x), m(self.y, other.y), m(self.roll, other.roll), self.mirror
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """A drawable in a pose at a place. name: prefix of its shapes' names, and so of all identities."""

    name: str
    who: Drawable
    pose: Pose
    at: Placement

    def drawing(self, rank: int = 0) -> Drawing:
        """In px; a higher rank stands in front."""
        return self.who.draw(self.pose).placed(self.at.matrix()).named(self.name, order=rank * 1000.0)


@dataclass(frozen=True, slots=True)
class Scene:
    """Actors from back to front, and scenery behind them (already in px)."""

    actors: tuple[Actor, ...]
    scenery: Drawing | None = None

    def drawing(self) -> Drawing:
        """All shapes in px."""
        parts = [a.drawing(i + 1) for i, a in enumerate(self.actors)]
        return joined([self.scenery, *parts] if self.scenery else parts)

    def frame(
        self, size: int | tuple[int, int], style: LineStyle | None = None, finish: PaintStyle | None = None
    ) -> Frame:
        """Render it; see `render`."""
        return render(self.drawing(), size, style, finish)


@dataclass(frozen=True, slots=True)
class Clip:
    """Motion from a first to a last scene of the same actors.

    timing: how time runs, see `ease`. keys: poses in between for long clips as (t, scene), in rising order.
    """

    first: Scene
    last: Scene
    timing: str = "linear"
    keys: Sequence[tuple[float, Scene]] = field(default=())

    def scene(self, t: float) -> Scene:
        """The true scene at time t, 0 first .. 1 last."""
        stops = [(0.0, self.first), *self.keys, (1.0, self.last)]
        i = max(k for k in range(len(stops) - 1) if stops[k][0] <= t or k == 0)
        (t0, a), (t1, b) = stops[i], stops[i + 1]
        share = ease(float(np.clip((t - t0) / (t1 - t0), 0, 1)), self.timing)
        if share in (0.0, 1.0):
            return a if share == 0 else b
        actors = tuple(
            replace(p, pose=p.pose.mix(q.pose, share), at=p.at.mix(q.at, share))
            for p, q in zip(a.actors, b.actors, strict=True)
        )
        return Scene(actors, a.scenery)

    def frame(
        self,
        t: float,
        size: int | tuple[int, int] = 512,
        style: LineStyle | None = None,
        finish: PaintStyle | None = None,
    ) -> Frame:
        """The true frame at time t."""
        return self.scene(t).frame(size, style, finish)


def fitted(drawing: Drawing, size: int | tuple[int, int], margin: float = 0.05) -> Placement:
    """The placement that centres a drawing (figure units) on the paper with a margin (share of the paper)."""
    h, w = (size, size) if isinstance(size, int) else size
    x0, y0, x1, y1 = drawing.bounds()
    k = min(w * (1 - 2 * margin) / max(x1 - x0, 1e-6), h * (1 - 2 * margin) / max(y1 - y0, 1e-6))
    return Placement(k, w / 2 - k * (x0 + x1) / 2, h / 2 - k * (y0 + y1) / 2)
