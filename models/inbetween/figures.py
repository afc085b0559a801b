"""Figures that bend: rubber hoses, silhouettes and blobs, as in motion graphics, at three moments.

Puppets and cut-outs are made of stiff areas. Here limbs bend within an area of one paint, hang together with the body,
cross it and each other, and everything is led by joints that turn evenly, so that the frame between is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from grounds import Arrays

Doubles = npt.NDArray[np.float64]
Rng = np.random.Generator
Picture = npt.NDArray[np.uint8]

_FINE = 3  # pixels drawn for one


@dataclass
class _Hose:
    """A limb: joints that hang on one another. ``angles``: (2, n) turns against the one before, in both keys."""

    base: Doubles
    angles: Doubles
    lengths: Doubles
    widths: Doubles
    paint: tuple[int, int, int]
    depth: float


@dataclass
class _Blob:
    """A closed shape: ``rim`` (2, n) distances from the middle round about, in both keys; ``marks``: place, radius and
    paint of the dots on it.
    """

    middle: Doubles
    rim: Doubles
    squash: Doubles
    turn: Doubles
    paint: tuple[int, int, int]
    marks: list[tuple[Doubles, float, tuple[int, int, int]]] = field(default_factory=list)


@dataclass
class Figure:
    """What is drawn at any ``t`` between 0 and 1."""

    page: int
    ground: tuple[int, int, int]
    props: list[_Blob]
    body: _Blob
    hoses: list[_Hose]
    outline: float
    ink: tuple[int, int, int]

    def at(self, t: float) -> Picture:
        """(page, page, 3) uint8 RGB."""
        side = self.page * _FINE
        out = np.empty((side, side, 3), np.uint8)
        out[:] = self.ground
        for prop in self.props:
            self._blob(out, prop, t)
        back = [hose for hose in self.hoses if hose.depth < 0]
        front = [hose for hose in self.hoses if hose.depth >= 0]
        for hose in back:
            self._hose(out, hose, t)
        self._blob(out, self.body, t)
        for hose in front:
            self._hose(out, hose, t)
        return np.asarray(cv2.resize(out, (self.page, self.page), interpolation=cv2.INTER_AREA), np.uint8)

    def _placed(self, t: float) -> tuple[Doubles, Doubles, float]:
        middle = (1 - t) * self.body.middle[0] + t * self.body.middle[1]
        turn = float((1 - t) * self.body.turn[0] + t * self.body.turn[1])
        squash = (1 - t) * self.body.squash[0] + t * self.body.squash[1]
        return middle, squash, turn

    def _hose(self, out: Picture, hose: _Hose, t: float) -> None:
        middle, squash, whole = self._placed(t)
        angles = (1 - t) * hose.angles[0] + t * hose.angles[1]
        at = middle + _turn(hose.base * squash, whole)
        points, facing = [at], whole
        for angle, length in zip(angles, hose.lengths, strict=True):
            facing += angle
            at = at + length * np.array([np.cos(facing), np.sin(facing)])
            points.append(at)
        path = _smooth(np.array(points))
        widths = np.interp(np.linspace(0, 1, len(path)), np.linspace(0, 1, len(hose.widths)), hose.widths)
        for grow, paint in ((self.outline, self.ink), (0.0, hose.paint)):
            if paint is self.ink and not grow:
                continue  # no outline
            for (p, q), w in zip(pairwise(path), widths, strict=False):
                ends = [tuple(np.rint(e * _FINE).astype(int).tolist()) for e in (p, q)]
                cv2.line(out, ends[0], ends[1], paint, max(1, round((w + 2 * grow) * _FINE)), cv2.LINE_8)

    def _blob(self, out: Picture, blob: _Blob, t: float) -> None:
        rim = (1 - t) * blob.rim[0] + t * blob.rim[1]
        middle = (1 - t) * blob.middle[0] + t * blob.middle[1]
        squash = (1 - t) * blob.squash[0] + t * blob.squash[1]
        turn = float((1 - t) * blob.turn[0] + t * blob.turn[1])
        round_about = np.linspace(0, 2 * np.pi, len(rim), endpoint=False)
        shape = np.stack([np.cos(round_about), np.sin(round_about)], 1) * rim[:, None] * squash
        closed = _smooth(np.vstack([shape, shape[:2]]))
        points = np.rint((middle + _turn(closed, turn)) * _FINE).astype(np.int32)
        if self.outline:
            cv2.polylines(out, [points], True, self.ink, max(1, round(2 * self.outline * _FINE)), cv2.LINE_8)
        cv2.fillPoly(out, [points], blob.paint, cv2.LINE_8)
        for place, radius, paint in blob.marks:
            at = np.rint((middle + _turn(place * squash, turn)) * _FINE).astype(int)
            cv2.circle(out, tuple(at.tolist()), max(1, round(radius * _FINE)), paint, -1, cv2.LINE_8)


def figure(seed: int, page: int) -> Figure:
    """Sample one."""
    rng = np.random.default_rng((seed, 31))
    s = page / 100
    silhouette = rng.random() < 0.35
    paints = [_paint(rng) for _ in range(6)]
    size = float(rng.uniform(12, 20)) * s
    middle = np.array([rng.uniform(40, 60), rng.uniform(38, 55)]) * s
    moved = middle + rng.normal(0, rng.choice([0.5, 4.0]), 2) * s
    turn = np.array([0.0, rng.normal(0, 0.15)]) + rng.normal(0, 0.1)
    squash = np.array([[1.0, 1.0], rng.normal(1, 0.06, 2)]) * rng.uniform(0.8, 1.2, 2)
    rim = _rim(rng, 10, size)
    body = _Blob(np.stack([middle, moved]), np.stack([rim, rim * rng.normal(1, 0.04, 10)]), squash, turn, paints[0])
    for _ in range(int(rng.integers(0, 5))):
        place = _turn(np.array([rng.uniform(0, 0.6) * size, 0.0]), float(rng.uniform(0, 6.3)))
        body.marks.append((place, float(rng.uniform(0.8, 3)) * s, paints[int(rng.integers(1, 6))]))
    hoses = []
    swing = float(rng.uniform(0.2, 0.9))
    for _ in range(int(rng.integers(3, 8))):
        count = int(rng.integers(2, 5))
        facing = float(rng.uniform(0, 2 * np.pi))
        start = np.array([np.cos(facing), np.sin(facing)]) * size * 0.6
        first = np.concatenate([[facing + rng.normal(0, 0.4)], rng.normal(0, 0.5, count - 1)])
        second = first + rng.normal(0, swing / count, count) + np.append(rng.normal(0, swing / 2), np.zeros(count - 1))
        lengths = np.full(count, float(rng.uniform(16, 34)) * s / count)
        widths = np.array([rng.uniform(4, 9), rng.uniform(2, 7), rng.uniform(2, 9)]) * s
        paint = paints[0] if silhouette or rng.random() < 0.4 else paints[int(rng.integers(1, 6))]
        hoses.append(_Hose(start, np.stack([first, second]), lengths, widths, paint, float(rng.normal())))
    props = []
    for _ in range(int(rng.integers(0, 4))):
        place = rng.uniform(5, 95, 2) * s
        round_about = _rim(rng, 8, float(rng.uniform(4, 14)) * s)
        to = place + (rng.normal(0, 5, 2) * s if rng.random() < 0.4 else 0)
        props.append(
            _Blob(np.stack([place, to]), np.stack([round_about] * 2), np.ones((2, 2)), np.zeros(2), _paint(rng))
        )
    outline = 0.0 if silhouette or rng.random() < 0.5 else float(rng.uniform(0.4, 1.4)) * s
    ground = (255, 255, 255) if rng.random() < 0.7 else _paint(rng)
    return Figure(page, ground, props, body, hoses, outline, tuple(rng.integers(0, 50, 3).tolist()))


def figures(seed: int, page: int = 320) -> Arrays:
    """Two keys ``a`` and ``b``, the frame ``m`` between, (page, page, 3) uint8, and its ``share``."""
    drawn = figure(seed, page)
    share = float(np.random.default_rng((seed, 5)).choice([0.25, 0.5, 0.75]))
    return {"a": drawn.at(0.0), "m": drawn.at(share), "b": drawn.at(1.0), "share": np.array(share, np.float32)}


def _paint(rng: Rng) -> tuple[int, int, int]:
    return tuple(rng.integers(20, 250, 3).tolist())


def _rim(rng: Rng, count: int, size: float) -> Doubles:
    return np.asarray(size * (1 + rng.normal(0, 0.12, count)), np.float64)


def _turn(points: Doubles, angle: float) -> Doubles:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]), np.float64)


def _smooth(points: Doubles, steps: int = 8) -> Doubles:
    """A Catmull-Rom curve through points, (p * steps, 2)."""
    wide = np.vstack([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    out = []
    for i in range(1, len(wide) - 2):
        p0, p1, p2, p3 = wide[i - 1 : i + 3]
        u = np.linspace(0, 1, steps, endpoint=False)[:, None]
        out.append(
            0.5 * (2 * p1 + (p2 - p0) * u + (2 * p0 - 5 * p1 + 4 * p2 - p3) * u**2 + (3 * p1 - p0 - 3 * p2 + p3) * u**3)
        )
    return np.vstack([*out, points[-1:]])
