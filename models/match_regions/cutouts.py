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
from puppet.curves import RING, TURNS, ring_patch

Rng = np.random.Generator
Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """One shape in its thing's units. ``on``: the piece that it is painted upon and moves with (-1: none); ``joint``:
    the point that it swings about; ``swing``: radians from the first moment to the last; ``blink``: the moment when it
    is shut, and how long it opens from there.
    """

    outline: Points
    colour: int
    on: int = -1
    clipped: bool = False
    joint: tuple[float, float] = (0.0, 0.0)
    swing: float = 0.0
    behind: bool = False
    blink: tuple[float, float] | None = None


@dataclass(frozen=True)
class Thing:
    """Pieces and a path. ``at``: (2, 2) px of the first and last moment; ``turn``: radians at both; ``size``: (2, 2)
    px of both moments, along and down.
    """

    pieces: list[Piece]
    at: Points
    turn: Points
    size: Points

    def placed(self, i: int, t: float) -> Points:
        """The outline of piece ``i`` at ``t``, pixels: turned by its own swing, then by that of what it hangs on."""
        points, moving = self.pieces[i].outline, i
        while moving >= 0:
            part = self.pieces[moving]
            if part.blink:
                shut, long = part.blink
                points = (points - part.joint) * (1.0, min(1.0, max(0.03, abs(t - shut) / long))) + part.joint
            points = _turned(points - part.joint, part.swing * t) + part.joint
            moving = part.on
        at, size = (self.at[0] * (1 - t) + self.at[1] * t), (self.size[0] * (1 - t) + self.size[1] * t)
        return _turned(points * size, float(self.turn[0] * (1 - t) + self.turn[1] * t)) + at


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
    things = [_thing(rng, page, count, lively) for _ in range(int(rng.integers(2, 8)))]
    bands: list[float] = []
    if rng.random() < 0.4:
        bands = sorted([-0.05, *rng.uniform(0.1, 0.95, int(rng.integers(1, 5))).tolist()])
        if rng.random() < 0.5:
            bands = bands[1:]
    return Cutouts(things, bands, colours, page, [int(v) for v in rng.integers(0, count, len(bands))])


def _thing(rng: Rng, page: int, colours: int, lively: bool) -> Thing:
    def colour() -> int:
        return int(rng.integers(colours))

    pieces = [Piece(_outline(rng), colour())]
    for _ in range(int(rng.choice([0, 1, 2, 3, 5]))):  # limbs, some of two joints
        joint = rng.uniform(-0.8, 0.8, 2)
        long, wide, turn = rng.uniform(0.5, 1.4), rng.uniform(0.12, 0.4), rng.uniform(0, 2 * np.pi)
        limb = _turned(RING * (long, wide) + (long * 0.8, 0), turn) + joint
        swing, shade, behind = float(rng.normal(0, 0.5)), colour(), bool(rng.random() < 0.4)
        pieces.append(Piece(limb, shade, 0, False, (float(joint[0]), float(joint[1])), swing, behind))
        if rng.random() < 0.5:
            tip = _turned(np.array([[1.6 * long, 0.0]]), turn)[0] + joint
            end = _outline(rng) * rng.uniform(0.15, 0.4) + tip
            pieces.append(
                Piece(
                    end,
                    colour(),
                    len(pieces) - 1,
                    False,
                    (float(tip[0]), float(tip[1])),
                    float(rng.normal(0, 0.4)),
                    behind,
                )
            )
    for _ in range(int(rng.choice([0, 1, 2, 4, 8]))):  # details on a piece
        on = int(rng.integers(len(pieces)))
        base = pieces[on].outline
        middle, spread = base.mean(0), base.std(0)
        if rng.random() < 0.3:  # a stripe through it
            detail = _turned(RING * (4.0, rng.uniform(0.08, 0.3)) * spread.mean(), rng.uniform(0, np.pi))
            detail = detail + middle + rng.normal(0, 0.5, 2) * spread
        else:
            detail = _outline(rng) * spread.mean() * rng.uniform(0.1, 0.6) + middle + rng.normal(0, 0.5, 2) * spread
        pieces.append(Piece(detail, colour(), on, bool(rng.random() < 0.85)))
    if lively:
        from .lively import enliven

        enliven(pieces, rng, colour)
    side = float(np.exp(rng.uniform(np.log(0.05), np.log(0.3)))) * page
    squash = np.exp(rng.normal(0, 0.12, (2, 2)))
    size = side * squash * np.array([[1.0], [np.exp(rng.normal(0, 0.12))]])
    at = np.stack([rng.uniform(0.05, 0.95, 2) * page] * 2)
    at[1] += rng.normal(0, float(rng.choice([0.01, 0.05, 0.15])) * page, 2)
    if rng.random() < 0.12:  # it comes in from outside, or goes
        at[int(rng.integers(2))] += rng.choice([-1, 1]) * np.array([page * 0.7, 0.0])
    start = rng.normal(0, 0.5)
    turn = np.array([start, start + rng.normal(0, float(rng.choice([0.02, 0.2, 0.6])))])
    if rng.random() < 0.08:
        size[int(rng.integers(2))] *= 0.04  # it pops up, or vanishes
    if lively and rng.random() < 0.12:  # it turns its other side to us
        size[int(rng.integers(2)), 0] *= -1
    return Thing(pieces, at, turn, size)


def _outline(rng: Rng) -> Points:
    """A closed outline about 0, about 1 in radius."""
    kind = rng.choice(["oval", "box", "corners", "star", "blob"])
    if kind == "oval":
        return RING * (1.0, rng.uniform(0.35, 1.0))
    if kind == "box":
        power = rng.uniform(3, 12)
        far = (np.abs(RING) ** power).sum(1) ** (1 / power)
        return _turned(RING / far[:, None] * (1.0, rng.uniform(0.25, 1.0)), rng.normal(0, 0.3))
    if kind == "corners":
        corners = np.sort(rng.uniform(0, 1, int(rng.integers(3, 7)))) * 2 * np.pi
        at = np.stack([np.cos(corners), np.sin(corners)], 1)
        along = np.linspace(0, len(at), len(RING), endpoint=False)
        i = along.astype(int)
        share = (along - i)[:, None]
        return np.asarray(at[i] * (1 - share) + at[(i + 1) % len(at)] * share)
    if kind == "star":
        points = int(rng.integers(4, 8))
        return RING * (1 - rng.uniform(0.15, 0.45) * (0.5 + 0.5 * np.cos(points * TURNS)))[:, None]
    bumps = sum(rng.normal(0, 0.25 / k) * np.cos(k * TURNS + rng.uniform(0, 6.3)) for k in range(2, 6))
    return RING * (1 + np.clip(bumps, -0.5, 0.8))[:, None]


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


def _turned(points: Points, angle: float) -> Points:
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[c, s], [-s, c]]))
