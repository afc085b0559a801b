"""Scenes for `match_regions.vector`: figures whose far limbs are darker, shade and patterns on them, scenery that
scrolls past, smoke that no key shows, and things that open, blink and turn as in `match_regions.lively`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from puppet import palette
from puppet.curves import RING

from .lively import enliven
from .pieces import Piece, an_outline, turned
from .things import Thing, a_thing
from .vector import Layer, Pen, VectorFrame, painted

Rng = np.random.Generator
Points = npt.NDArray[np.float64]
Layers = list[Layer]
_MOST = 140  # pieces of a thing
Actor = Callable[[float], Layers]  # what is seen of it at 0..1


@dataclass(frozen=True)
class VectorScene:
    """Actors from back to front and the colours that they are painted with."""

    actors: list[Actor]
    colours: npt.NDArray[np.uint8]
    page: int

    def frame(self, t: float, pen: Pen) -> VectorFrame:
        """The frame at 0..1."""
        return painted([layer for actor in self.actors for layer in actor(t)], self.colours, self.page, pen)


def vector_scene(seed: int, page: int) -> VectorScene:
    """A scene by lot."""
    rng = np.random.default_rng((seed, 97))
    count = int(rng.integers(5, 14))
    colours = np.array([palette.pick(rng, palette.CLOTH, 0.08) for _ in range(count)], np.uint8)
    actors: list[Actor] = []
    if rng.random() < 0.4:
        actors.append(_sky(rng, page, count))
    if rng.random() < 0.4:
        actors += [_scenery(rng, page, count, f"far{i}", -400.0 + 100 * i) for i in range(int(rng.integers(1, 3)))]
    for i in range(int(rng.choice([1, 1, 2, 3, 4]))):
        figure = _figure(rng, page, count) if rng.random() < 0.6 else _lively_thing(rng, page, count)
        actors.append(_played(figure, f"thing{i}", 200.0 * i, _beat(rng)))
    if rng.random() < 0.4:
        actors.append(_puffs(rng, page, int(np.argmax(colours.astype(int).sum(1))), count))
    if rng.random() < 0.15:
        actors.append(_scenery(rng, page, count, "near", 3000.0))
    return VectorScene(actors, colours, page)


def _beat(rng: Rng) -> Callable[[float], float]:
    """How a thing's own time goes: once through, or to and fro."""
    if rng.random() < 0.4:
        return lambda t: t
    times, start = float(rng.choice([0.5, 1.0, 1.5])), float(rng.uniform(0, 2 * np.pi))
    return lambda t: 0.5 - 0.5 * float(np.cos(start + 2 * np.pi * times * t))


def _played(thing: tuple[Thing, list[bool]], name: str, order: float, beat: Callable[[float], float]) -> Actor:
    whole, strokes = thing

    def seen(t: float) -> Layers:
        s = beat(t)
        layers = []
        for i, (piece, stroke) in enumerate(zip(whole.pieces, strokes, strict=True)):
            rank = order + (i if not piece.behind else -100.0 + i)
            clip = f"{name}/{piece.on}" if piece.clipped else ""
            own = f"{name}/{i}"
            layers.append(Layer(own, whole.placed(i, s), piece.colour, rank, own, clip, stroke))
        return layers

    return seen


def _lively_thing(rng: Rng, page: int, count: int) -> tuple[Thing, list[bool]]:
    thing = a_thing(rng, page, count, lively=True)
    own = rng.choice(count, int(rng.integers(2, 5)))  # a thing has few colours
    thing = replace(thing, pieces=[replace(piece, colour=int(own[piece.colour % len(own)])) for piece in thing.pieces])
    if rng.random() < 0.5:  # large, in the middle
        size = np.sign(thing.size) * np.maximum(np.abs(thing.size), 0.15 * page) * 1.2
        thing = replace(thing, at=thing.at * 0.3 + 0.35 * page, size=size)
    return _dressed(thing, rng, [int(v) for v in own])


def _figure(rng: Rng, page: int, count: int) -> tuple[Thing, list[bool]]:
    """A body with a head and pairs of limbs that swing against each other; the far ones are darker."""
    skin, dark, cloth, trousers, shade, shoe = (int(v) for v in rng.integers(0, count, 6))
    high, wide = float(rng.uniform(0.5, 1.3)), float(rng.uniform(0.3, 0.9))
    pieces = [Piece(_soft_box(rng) * (wide, high), cloth)]
    for far in (True, False):
        for down, colour, low in ((-0.7, cloth, False), (0.9, trousers, True)):
            tint = (dark if low else shade) if far else colour
            _limb(pieces, rng, (0.0, down * high), (low, far), tint, skin if not low else shoe)
    neck = (0.0, -high)
    head = len(pieces)
    big = float(rng.uniform(0.3, 0.8))
    nod = float(rng.normal(0, 0.25))
    pieces.append(Piece(an_outline(rng) * big + (0, -high - 0.7 * big), skin, 0, False, neck, nod))
    hair = an_outline(rng) * big * rng.uniform(0.7, 1.1) + (rng.normal(0, 0.3) * big, -high - big)
    pieces.append(Piece(hair, dark, head, bool(rng.random() < 0.6)))
    enliven(pieces, rng, lambda: int(rng.choice([skin, dark, cloth, shade, shoe])))
    side = float(np.exp(rng.uniform(np.log(0.09), np.log(0.2)))) * page
    at = np.stack([(0.5 + rng.normal(0, 0.15, 2)) * page] * 2)
    at[1] += rng.normal(0, float(rng.choice([0.005, 0.02, 0.08])) * page, 2)
    turn = rng.normal(0, 0.06, 2)
    squash = np.exp(rng.normal(0, 0.04, (2, 2)))
    return _dressed(Thing(pieces, at, turn, side * squash), rng, [skin, dark, cloth, trousers, shade])


def _limb(
    pieces: list[Piece], rng: Rng, at: tuple[float, float], kind: tuple[bool, bool], colour: int, tip: int
) -> None:
    """Two joints and an end; far ones lie behind and swing the other way."""
    low, far = kind
    swing = float(rng.uniform(0.3, 1.3)) * (-1 if far else 1)
    start = -swing / 2 + float(rng.normal(0, 0.15))
    long, thick = float(rng.uniform(0.4, 0.7)), float(rng.uniform(0.1, 0.25))
    upper = len(pieces)
    reach = RING * (long, thick) + (0.8 * long, 0)
    down = start + np.pi / 2
    joint = np.array(at)
    pieces.append(Piece(turned(reach, down) + joint, colour, 0, False, at, swing, far))
    knee = joint + turned(np.array([[1.6 * long, 0.0]]), down)[0]
    bend = float(rng.normal(0, 0.5))
    lower = len(pieces)
    same = colour if low or rng.random() < 0.5 else tip
    elbow = (float(knee[0]), float(knee[1]))
    pieces.append(
        Piece(turned(reach, down + 0.4 * bend) + knee, same, upper, False, elbow, float(rng.normal(0, 0.6)), far)
    )
    end = knee + turned(np.array([[1.6 * long, 0.0]]), down + 0.4 * bend)[0]
    pieces.append(Piece(RING * (1.6 * thick, thick) + end, tip, lower, False, elbow, 0.0, far))


def _dressed(thing: Thing, rng: Rng, own: list[int]) -> tuple[Thing, list[bool]]:
    """With shade, patterns and lines upon its pieces; which of the pieces are lines."""
    pieces = list(thing.pieces)
    for on, base in enumerate(thing.pieces):
        if base.clipped or rng.random() > 0.3:
            continue
        lot = rng.random()
        if lot < 0.6:  # a shade: the shape itself, moved
            way = rng.choice([-1, 1]) * base.outline.std(0) * rng.uniform(0.3, 1.2) * (1, rng.normal(0, 0.4))
            pieces.append(Piece(base.outline + way, int(rng.choice(own)), on, True))
        elif lot < 0.75:
            _cells(pieces, on, rng, own)
        else:
            _stripes(pieces, on, rng, own)
    strokes = [False] * len(pieces)
    for _ in range(int(rng.choice([0, 0, 1, 2, 4]))):
        on = int(rng.integers(len(thing.pieces)))
        outline = pieces[on].outline
        ends = outline[rng.integers(0, len(outline), 2)] * rng.uniform(0.2, 1.2)
        bow, s = ends.mean(0) + rng.normal(0, 0.3, 2), np.linspace(0, 1, 12)[:, None]
        line = (1 - s) ** 2 * ends[0] + 2 * s * (1 - s) * bow + s**2 * ends[1]
        pieces.append(Piece(line, 0, on, bool(rng.random() < 0.6)))
        strokes.append(True)
    return replace(thing, pieces=pieces), strokes


def _cells(pieces: list[Piece], on: int, rng: Rng, own: list[int]) -> None:
    middle, spread = pieces[on].outline.mean(0), pieces[on].outline.std(0)
    step = float(spread.mean() * rng.uniform(0.3, 0.9))
    shades = rng.choice(own, 2)
    for x in np.arange(-1.5 * spread[0], 1.5 * spread[0], step):
        for y in np.arange(-1.5 * spread[1], 1.5 * spread[1], step):
            cell = _soft_box(rng) * step * 0.42 * rng.uniform(0.6, 1.0, 2) + middle + (x, y)
            if len(pieces) < _MOST and rng.random() < 0.85:
                pieces.append(Piece(cell, int(rng.choice(shades)), on, True))


def _stripes(pieces: list[Piece], on: int, rng: Rng, own: list[int]) -> None:
    middle, wide = pieces[on].outline.mean(0), float(pieces[on].outline.std(0).mean())
    turn, shade = float(rng.uniform(0, np.pi)), int(rng.choice(own))
    for along in np.linspace(-1.5, 1.5, int(rng.integers(2, 7))):
        bar = turned(RING * (4.0, rng.uniform(0.1, 0.25)) * wide, turn)
        way = turned(np.array([[0.0, along * wide]]), turn)[0]
        pieces.append(Piece(bar + middle + way, shade, on, True))


def _soft_box(rng: Rng) -> Points:
    power = rng.uniform(2, 10)
    return np.asarray(RING / ((np.abs(RING) ** power).sum(1) ** (1 / power))[:, None])


def _sky(rng: Rng, page: int, count: int) -> Actor:
    """Bands, and small things that stand still."""
    tops = [-0.05, *np.sort(rng.uniform(0.2, 0.95, int(rng.integers(1, 5))))]
    shades = rng.integers(0, count, len(tops))
    layers = []
    for i, top in enumerate(tops):
        box = np.array([[-9, top * page], [page + 9, top * page], [page + 9, page + 9], [-9, page + 9]])
        layers.append(Layer(f"band{i}", box, int(shades[i]), -900.0 + i, f"band{i}"))
    star = int(rng.integers(count))
    for i in range(int(rng.choice([0, 0, 4, 12]))):
        dot = an_outline(rng) * page * rng.uniform(0.005, 0.02) + rng.uniform(0, 1, 2) * (page, page * tops[1])
        layers.append(Layer(f"star{i}", dot, star, -800.0 + i, f"star{i}"))
    return lambda t: layers


def _scenery(rng: Rng, page: int, count: int, name: str, order: float) -> Actor:
    """Things side by side on one line that go past."""
    way = float(rng.choice([-1, 1]) * rng.uniform(0.1, 1.2)) * page
    line, shades = float(rng.uniform(0.3, 1.0)) * page, rng.integers(0, count, int(rng.integers(1, 4)))
    layers, x = [], -page * 1.3
    boxes, kind = bool(rng.random() < 0.5), an_outline(rng)
    detail = int(rng.integers(count))
    number = 0
    while x < 2.3 * page:
        wide, high = rng.uniform(0.05, 0.25) * page, rng.uniform(0.05, 0.3) * page
        own = f"{name}/{number}"
        shape = (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1.0]]) if boxes else kind) * (wide / 2, high)
        tint = int(rng.choice(shades))
        layers.append(Layer(own, shape + (x, line), tint, order + 0.1 * number, own))
        for i in range(int(rng.choice([0, 0, 2, 5]))):
            at = rng.uniform(-1, 1, 2) * (wide / 2, high) + (x, line)
            spot = _soft_box(rng) * page * rng.uniform(0.006, 0.02)
            layers.append(
                Layer(f"{own}.{i}", spot + at, detail, order + 0.1 * number + 0.01 * (i + 1), f"{own}.{i}", own)
            )
        x += wide * rng.uniform(0.6, 2.5)
        number += 1
    return lambda t: [replace(layer, outline=layer.outline + (way * (t - 0.5), 0)) for layer in layers]


def _puffs(rng: Rng, page: int, light: int, count: int) -> Actor:
    """Smoke, dust, drops: blots that come from nothing, grow, drift and go; mostly of the lightest colour."""
    colour = light if rng.random() < 0.7 else int(rng.integers(count))
    start = rng.uniform(0.1, 0.9, 2) * page
    blots = []
    for _ in range(int(rng.integers(1, 6))):
        parts = [(rng.normal(0, 0.7, 2), float(rng.uniform(0.4, 1.0))) for _ in range(int(rng.integers(1, 6)))]
        drift, size = rng.normal(0, 0.2, 2) * page, float(rng.uniform(0.02, 0.09)) * page
        blots.append((parts, drift, size, float(rng.uniform(-0.3, 0.9)), float(rng.uniform(0.2, 0.8))))

    def seen(t: float) -> Layers:
        layers = []
        for i, (parts, drift, size, born, life) in enumerate(blots):
            age = (t - born) / life
            if 0 < age < 1:
                grown = size * min(1.0, 4 * age, 4 * (1 - age))
                for j, (at, radius) in enumerate(parts):
                    ring = RING * radius * grown + at * grown + start + drift * age
                    layers.append(Layer(f"puff{i}/{j}", ring, colour, 2500.0 + i + 0.1 * j, f"puff{i}"))
        return layers

    return seen
