"""Rough sketches: several searching strokes, overshooting corners, construction lines, soft pencil on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from . import ink
from .frame import line_cover
from .ink import LineStyle, Rng
from .shapes import Drawing, Points, Shape, Stroke, rgb_of


@dataclass(frozen=True, slots=True)
class RoughStyle:
    """passes: how often a line is searched for. wander: px by which a pass misses the true line. overshoot: px beyond
    ends. broken: pieces an outline is drawn in. width: px. dark: opacity of one stroke. guides: opacity of the
    construction lines. grain: 0..1 pencil tooth. tint: RGB of the construction lines. paper: RGB.
    scan: strength of a scanner's shadow and of JPEG noise, 0..1. centred: the passes miss the true line to all sides,
    so that it runs down their middle; otherwise they wander off together, as by a hand that draws it once more."""

    passes: int = 3
    wander: float = 1.6
    overshoot: float = 5.0
    broken: int = 4
    width: float = 1.5
    dark: float = 0.6
    guides: float = 0.35
    grain: float = 0.4
    ink: tuple[int, int, int] = (60, 58, 64)
    tint: tuple[int, int, int] = (110, 140, 200)
    paper: tuple[int, int, int] = (252, 250, 246)
    scan: float = 0.0
    centred: bool = False
    seed: int = 0

    @staticmethod
    def sample(rng: Rng, size: int = 512) -> RoughStyle:
        """A plausible sketching hand."""
        k, u = size / 512, rng.uniform
        g = int(u(20, 110))
        return RoughStyle(
            passes=int(rng.integers(2, 5)),
            wander=float(u(0.6, 2.8) * k),
            overshoot=float(u(1, 9) * k),
            broken=int(rng.integers(2, 7)),
            width=float(u(1.0, 2.4) * k**0.6),
            dark=float(u(0.35, 0.8)),
            guides=float(rng.choice([0.0, u(0.15, 0.6)])),
            grain=float(u(0, 0.7)),
            ink=(g, g, g + int(u(0, 20))),
            tint=((110, 140, 205), (205, 120, 110), (150, 150, 155))[int(rng.integers(3))],
            paper=rgb_of(np.clip(u(225, 255) + rng.normal(0, 3, 3), 200, 255)),
            scan=float(rng.choice([0.0, u(0.2, 1.0)])),
            seed=int(rng.integers(1 << 31)),
        )


@dataclass(frozen=True, slots=True)
class Pencilled:
    """What lies on the paper, each (h, w) float32 0..1: the pencil of all passes, and the construction lines."""

    strokes: NDArray[np.float32]
    guides: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Hand:
    """One pass: how far it goes astray at points (n, 2), and by how much it shifts each shape, (shapes, 2)."""

    astray: Callable[[Points], Points]
    shift: Points | None = None


def pencilled(drawing: Drawing, size: tuple[int, int], style: RoughStyle) -> Pencilled:
    """The strokes of a sketch of a drawing in px, without paper and grain."""
    rng = np.random.default_rng((style.seed, 5))
    hands = _centred_hands(len(drawing.shapes), style) if style.centred else [None] * style.passes
    clear = np.ones(size, np.float32)
    for k, hand in enumerate(hands):
        cover = _pass(_wandered(drawing, style, rng, hand), size, style, rng)
        clear *= 1 - cover * style.dark * (1.0 if k == 0 else 0.75)
    drawn = style.guides and drawing.guides
    guides = _guides(drawing, size, style, rng) if drawn else np.zeros(size, np.float32)
    return Pencilled(1 - clear, guides)


def rough(drawing: Drawing, size: int | tuple[int, int], style: RoughStyle | None = None) -> NDArray[np.uint8]:
    """(h, w, 3) sketch on paper of a drawing in px."""
    style = style or RoughStyle()
    h, w = (size, size) if isinstance(size, int) else size
    lead = pencilled(drawing, (h, w), style)
    page = np.broadcast_to(np.array(style.paper, np.float32), (h, w, 3)).copy()
    tooth = ink.noise(h, w, 2.2, style.seed % 65536)
    page += (1.6 * tooth)[..., None]
    under = lead.guides[..., None] * style.guides
    page = page * (1 - under) + np.array(style.tint, np.float32) * under
    dark = ink.pencil(lead.strokes, style.grain, style.seed % 65536)[..., None]
    page = page * (1 - dark) + np.array(style.ink, np.float32) * dark
    if style.scan:
        page = _scanned(page, style)
    return np.clip(page, 0, 255).astype(np.uint8)


def _astray(style: RoughStyle, rng: Rng) -> Callable[[Points], Points]:
    """A smooth field by which a pass misses the line."""
    phase = rng.uniform(0, 2 * np.pi, (2, 3))
    wave = rng.uniform(0.02, 0.09, (2, 3, 2)) * rng.choice([-1, 1], (2, 3, 2))

    def field(p: Points) -> Points:
        waves = np.stack([np.sin(p @ wave[a].T + phase[a]).sum(axis=-1) for a in range(2)], axis=-1)
        return waves * style.wander * 0.55

    return field


def _centred_hands(shapes: int, style: RoughStyle) -> list[_Hand]:
    """Passes whose errors cancel out everywhere."""
    rng = np.random.default_rng((style.seed, 6))
    fields = [_astray(style, rng) for _ in range(style.passes)]
    shifts = rng.normal(0, style.wander * 0.3, (style.passes, shapes, 2))
    shifts -= shifts.mean(axis=0)

    def centred(k: int) -> Callable[[Points], Points]:
        return lambda p: fields[k](p) - sum(field(p) for field in fields) / len(fields)

    return [_Hand(centred(k), shifts[k]) for k in range(style.passes)]


def _wandered(drawing: Drawing, style: RoughStyle, rng: Rng, hand: _Hand | None = None) -> Drawing:
    """The drawing moved by a smooth field and its outlines broken into strokes that overshoot."""
    hand = hand or _Hand(_astray(style, rng))

    def move(p: Points, shift: Points) -> Points:
        return p + hand.astray(p) + shift

    shapes: list[Shape] = []
    for i, s in enumerate(drawing.shapes):
        shift = rng.normal(0, style.wander * 0.3, 2) if hand.shift is None else hand.shift[i]
        strokes = [replace(k, points=move(k.points, shift)) for k in s.strokes]
        body = replace(s, grid=move(s.grid, shift))
        strokes += _pieces(body.contour_strokes(), style, rng)
        shapes.append(replace(body, lined=(0.0, 0.0, 0.0, 0.0), strokes=strokes))
    return Drawing(shapes, drawing.colours)


def _pieces(contours: list[Stroke], style: RoughStyle, rng: Rng) -> list[Stroke]:
    out = []
    for c in contours:
        n = len(c.points)
        cuts = np.unique(np.concatenate(([0], np.sort(rng.integers(0, n, max(1, style.broken - 1))), [n - 1])))
        weight = np.broadcast_to(np.asarray(c.weight, dtype=np.float64), (n,))
        for a, b in pairwise(cuts):
            p, w = c.points[a : b + 1], weight[a : b + 1]
            if len(p) < 2:
                continue
            ends = []
            arm = min(2, len(p) - 1)  # a straight side may have no points but its corners
            for tip, back in ((p[0], p[arm]), (p[-1], p[-1 - arm])):
                d = tip - back
                reach = float(rng.exponential(style.overshoot))
                ends.append(tip + d / max(float(np.hypot(*d)), 1e-6) * min(reach, 14.0))
            out.append(Stroke(np.concatenate((ends[:1], p, ends[1:])), np.concatenate((w[:1], w, w[-1:])), (0.3, 0.3)))
    return out


def _pass(drawing: Drawing, size: tuple[int, int], style: RoughStyle, rng: Rng) -> NDArray[np.float32]:
    pen = LineStyle(
        width=style.width * float(rng.uniform(0.8, 1.25)), vary=0.35, wave=35, seed=int(rng.integers(1 << 30))
    )
    return line_cover(drawing, size, pen).cover


def _guides(drawing: Drawing, size: tuple[int, int], style: RoughStyle, rng: Rng) -> NDArray[np.float32]:
    sheet = np.zeros(size, np.uint8)
    for line in drawing.guides:
        for _ in range(2):
            p = line + rng.normal(0, style.wander * 0.7, (1, 2))
            cv2.polylines(sheet, [np.rint(p * 16).astype(np.int32)], False, 255, 1, cv2.LINE_AA, 4)
    return sheet.astype(np.float32) / np.float32(255)


def _scanned(page: NDArray[np.float32], style: RoughStyle) -> NDArray[np.float32]:
    """Uneven light of a scanner or phone, and JPEG."""
    h, w = page.shape[:2]
    fall = ink.noise(h, w, max(h, w) / 2.2, style.seed % 9973 + 1)
    page = page * (1 - 0.05 * style.scan * np.clip(fall, -2, 2) - 0.03 * style.scan)[..., None]
    quality = int(92 - 55 * style.scan)
    _, data = cv2.imencode(".jpg", np.clip(page, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.float32)
