"""What makes a cut-out hard to follow: faces that blink, wheels, rows of the same thing, lids that open, dots.

All of it is drawn upon a thing's own pieces (:mod:`match_regions.pieces`), so that it moves with them. Much of it is
seen in some moments only, is of a few pixels, or looks just like what stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from puppet.curves import RING

from .pieces import Piece, an_outline, turned

Rng = np.random.Generator
Points = npt.NDArray[np.float64]
Colour = Callable[[], int]


def enliven(pieces: list[Piece], rng: Rng, colour: Colour) -> None:
    """Add to a thing's pieces what it has by lot."""
    if rng.random() < 0.35:
        _face(pieces, rng, colour)
    if rng.random() < 0.3:
        _row(pieces, rng, colour)
    if rng.random() < 0.2:
        _wheel(pieces, rng, colour)
    if rng.random() < 0.2:
        _lid(pieces, rng, colour)
    if rng.random() < 0.3:
        _dots(pieces, rng, colour)


def _base(pieces: list[Piece], rng: Rng) -> tuple[int, Points, float]:
    """A piece to draw upon, its middle and how far it reaches."""
    on = 0 if rng.random() < 0.6 else int(rng.integers(len(pieces)))
    outline = pieces[on].outline
    return on, outline.mean(0), float(outline.std(0).mean())


def _joint(at: Points) -> tuple[float, float]:
    return float(at[0]), float(at[1])


def _face(pieces: list[Piece], rng: Rng, colour: Colour) -> None:
    on, middle, reach = _base(pieces, rng)
    apart, eye, high = rng.uniform(0.25, 0.6) * reach, rng.uniform(0.12, 0.35) * reach, rng.uniform(0.7, 1.6)
    white, dark = colour(), colour()
    blink = (float(rng.uniform(0, 1)), float(rng.uniform(0.1, 0.5))) if rng.random() < 0.6 else None
    look = rng.normal(0, 0.25, 2) * eye
    for side in (-1, 1) if rng.random() < 0.85 else (1,):
        at = middle + (side * apart, -0.3 * reach)
        ball = len(pieces)
        pieces.append(Piece(RING * (eye, eye * high) + at, white, on, True, _joint(at), blink=blink))
        if rng.random() < 0.8:
            pieces.append(Piece(RING * eye * rng.uniform(0.3, 0.7) + at + look, dark, ball, True))
        if rng.random() < 0.4:
            brow = RING * (eye * 1.2, eye * 0.2) + at - (0, eye * high * rng.uniform(1.2, 2.0))
            pieces.append(Piece(brow, dark, on, True))
    if rng.random() < 0.7:
        at = middle + (rng.normal(0, 0.1) * reach, rng.uniform(0.3, 0.7) * reach)
        opens = (float(rng.uniform(-0.2, 1.2)), float(rng.uniform(0.3, 1.0)))
        mouth = len(pieces)
        wide = rng.uniform(0.2, 0.6) * reach
        pieces.append(
            Piece(RING * (wide, wide * rng.uniform(0.3, 1)) + at, colour(), on, True, _joint(at), blink=opens)
        )
        for down in (-1, 1):
            if rng.random() < 0.5:
                inside = RING * (wide * 0.7, wide * rng.uniform(0.15, 0.4)) + at + (0, down * wide * 0.5)
                pieces.append(Piece(inside, colour(), mouth, True))


def _row(pieces: list[Piece], rng: Rng, colour: Colour) -> None:
    """The same small thing several times: buttons, windows, teeth."""
    on, middle, reach = _base(pieces, rng)
    count = int(rng.integers(3, 9))
    one = an_outline(rng) * reach * rng.uniform(0.5, 0.9) / count
    shades = [colour(), colour()] if rng.random() < 0.3 else [colour()]
    way = turned(np.array([[1.0, 0.0]]), float(rng.uniform(0, np.pi)))[0]
    for i, along in enumerate(np.linspace(-1, 1, count)):
        at = middle + way * along * reach * 1.1
        pieces.append(Piece(one + at, shades[i % len(shades)], on, bool(rng.random() < 0.9)))


def _wheel(pieces: list[Piece], rng: Rng, colour: Colour) -> None:
    on, middle, reach = _base(pieces, rng)
    at = middle + rng.normal(0, 0.8, 2) * reach
    radius = rng.uniform(0.3, 0.8) * reach
    disc, spokes, spoke = len(pieces), int(rng.integers(2, 8)), colour()
    pieces.append(Piece(RING * radius + at, colour(), on, False, _joint(at), float(rng.normal(0, 3))))
    pieces.append(Piece(RING * radius * rng.uniform(0.6, 0.85) + at, colour(), disc, True))
    for i in range(spokes):
        bar = turned(RING * (radius * 0.6, radius * 0.08) + (radius * 0.45, 0), 2 * np.pi * i / spokes) + at
        pieces.append(Piece(bar, spoke, disc, True))
    pieces.append(Piece(RING * radius * rng.uniform(0.1, 0.3) + at, colour(), disc, True))


def _lid(pieces: list[Piece], rng: Rng, colour: Colour) -> None:
    """Something that swings open, or shut, over what lies beneath it."""
    on, middle, reach = _base(pieces, rng)
    for _ in range(int(rng.integers(1, 5))):
        beneath = an_outline(rng) * reach * rng.uniform(0.1, 0.4) + middle + rng.normal(0, 0.4, 2) * reach
        pieces.append(Piece(beneath, colour(), on, True))
    hinge = middle + turned(np.array([[reach, 0.0]]), float(rng.uniform(0, 2 * np.pi)))[0]
    swing = float(rng.choice([-1, 1]) * rng.uniform(0.6, 2.6))
    leaf = an_outline(rng) * reach * rng.uniform(0.7, 1.1) + middle
    start = 0.0 if rng.random() < 0.5 else -swing
    leaf = turned(leaf - hinge, start) + hinge
    lid = len(pieces)
    pieces.append(Piece(leaf, colour(), on, False, _joint(hinge), swing))
    for _ in range(int(rng.integers(0, 3))):
        detail = an_outline(rng) * reach * rng.uniform(0.08, 0.3) + leaf.mean(0) + rng.normal(0, 0.3, 2) * reach
        pieces.append(Piece(detail, colour(), lid, True))


def _dots(pieces: list[Piece], rng: Rng, colour: Colour) -> None:
    on, middle, reach = _base(pieces, rng)
    shade = colour()
    for _ in range(int(rng.integers(2, 9))):
        dot = RING * reach * rng.uniform(0.03, 0.1) * (1.0, rng.uniform(0.4, 1.0)) + middle
        pieces.append(Piece(dot + rng.normal(0, 0.7, 2) * reach, shade if rng.random() < 0.7 else colour(), on, True))
