"""The trunk on paper, and what is wrapped round it or laid on it."""

from __future__ import annotations

import numpy as np

from ..curves import RING_POINTS, ring_patch, spline
from ..shapes import Part, Points, Shape, Stroke
from .body import Build, Pose, Skeleton, View, windows


class Trunk:
    """The body's trunk on paper, and garments wrapped round it."""

    def __init__(self, build: Build, pose: Pose, sk: Skeleton, view: View) -> None:
        self.build, self.pose, self.sk, self.view = build, pose, sk, view
        self.levels = build.trunk()
        self.top, self.low = self.levels[0, 0], self.levels[-1, 0]

    def height(self, share: float | Points) -> Points:
        """Heights at shares of the trunk; over 1 they run on down the legs to the sole at 2."""
        s = np.asarray(share, dtype=np.float64)
        return np.asarray(np.where(s <= 1, self.top + (self.low - self.top) * s, self.low * (2 - s)))

    def section(self, y: Points, ease: Points) -> tuple[Points, Points]:
        """(n,) half widths on paper and half depths towards the viewer of the garment at heights y."""
        w = np.interp(y, self.levels[:, 0], self.levels[:, 1]) + ease
        d = np.interp(y, self.levels[:, 0], self.levels[:, 2]) + ease * 0.8
        a = np.radians(self.view.yaw)
        return np.hypot(w * np.cos(a), d * np.sin(a)), np.hypot(w * np.sin(a), d * np.cos(a))

    def middle(self, y: Points) -> tuple[Points, Points]:
        """(n, 2) places and (n,) nearness of the trunk's axis."""
        z = np.interp(y, self.levels[:, 0], self.levels[:, 3])
        p = self.sk.bent(np.stack((0 * y, y, z), axis=1), self.build, self.pose)
        flat, near = self.view(p)
        # Cloth hangs after the motion, and follows the legs below the hips.
        hang = np.clip(y - (self.low - 0.02), 0, 1)
        flat[:, 0] += self.pose.cloth * hang * 2.0 + self._stride() * hang
        return flat, near

    def _stride(self) -> float:
        knees = self.view(np.stack((self.sk.legs["l"][1], self.sk.legs["r"][1])))[0]
        hips = self.view(np.stack((self.sk.legs["l"][0], self.sk.legs["r"][0])))[0]
        drop = max(float(np.mean(knees[:, 1] - hips[:, 1])), 0.05)
        return float(np.clip(np.mean(knees[:, 0] - hips[:, 0]) / drop, -0.8, 0.8))

    def spread(self) -> float:
        """How far the knees stand apart on paper beyond the hips' width."""
        knees = self.view(np.stack((self.sk.legs["l"][1], self.sk.legs["r"][1])))[0]
        return float(abs(knees[0, 0] - knees[1, 0]) / 2)

    def wrap(self, y: Points, ease: Points, columns: int = 9, window: tuple[float, float] | None = None) -> Points:
        """(n, columns, 2) patch of a garment; window: azimuths that are covered, default the half that is seen."""
        s, d = self.section(y, ease)
        c, _ = self.middle(y)
        psi = np.radians(
            np.linspace(-90, 90, columns) if window is None else np.linspace(*window, columns) + self.view.yaw
        )
        x = c[:, :1] + s[:, None] * np.sin(psi)
        return np.stack((x, c[:, 1:] + self.view.tilt * d[:, None] * np.cos(psi)), axis=2)

    def on(self, azimuth: Points, y: Points, ease: float) -> tuple[Points, float]:
        """(n, 2) places of points on a garment and how much they face the viewer (the least of them)."""
        azimuth, y = np.broadcast_arrays(np.asarray(azimuth, dtype=np.float64), np.asarray(y, dtype=np.float64))
        s, d = self.section(y, np.full(y.shape, ease))
        c, _ = self.middle(y)
        psi = np.radians(azimuth + self.view.yaw)
        return np.stack((c[:, 0] + s * np.sin(psi), c[:, 1] + self.view.tilt * d * np.cos(psi)), axis=1), float(
            np.cos(psi).min()
        )

    def windows(self, start: float, end: float, near: bool) -> list[tuple[str, float, float]]:
        """Named ranges of azimuth in start..end that face (or turn from) the viewer."""
        return windows(self.view.yaw, start, end, near=near, least=6)


def waved_hem(grid: Points, amount: float, waves: float, phase: float) -> Points:
    """A hem that waves like cloth does."""
    f = np.linspace(0, 1, grid.shape[1])
    grid = grid.copy()
    grid[-1, :, 1] += amount * np.sin(2 * np.pi * waves * f + phase)
    return grid


def wrinkles(shape: Shape, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = shape.grid.shape[:2]
    for _ in range(count):
        i0, j0 = float(rng.uniform(0.35, 0.95)), float(rng.choice([0.0, 1.0, rng.uniform(0.1, 0.9)]))
        j1 = float(np.clip(j0 + (0.25 if j0 < 0.5 else -0.25) * rng.uniform(0.3, 1.3), 0.03, 0.97))
        i1 = float(np.clip(i0 + rng.uniform(-0.16, 0.1), 0.12, 0.97))
        s = np.linspace(0, 1, 7)
        i = np.clip((i0 + (i1 - i0) * s + 0.02 * np.sin(np.pi * s)) * (n - 1), 0, n - 1.001)
        j = np.clip((j0 + (j1 - j0) * s) * (m - 1), 0, m - 1.001)
        a, b = i.astype(int), j.astype(int)
        fi, fj = (i - a)[:, None], (j - b)[:, None]
        g = shape.grid
        p = (g[a, b] * (1 - fi) + g[a + 1, b] * fi) * (1 - fj) + (g[a, b + 1] * (1 - fi) + g[a + 1, b + 1] * fi) * fj
        shape.strokes.append(Stroke(p, 0.85, (0.15, 0.7), inside=True))


def pleat_lines(shape: Shape, count: int, start: float, seed: int) -> None:
    n, m = shape.grid.shape[:2]
    rng = np.random.default_rng(seed + 5)
    for c in range(1, count + 1):
        j = round(c * (m - 1) / (count + 1))
        first = round((start + 0.3 * rng.random()) * (n - 1))
        if 0 < j < m - 1 and n - first > 3:
            shape.strokes.append(Stroke(shape.grid[first:, j][::-1].copy(), 0.85, (0.0, 0.6)))


def garment_band(
    t: Trunk,
    name: str,
    start: float,
    end: float,
    ease: float,
    colour: str,
    order: float,
    part: Part = Part.LOWER_CLOTHES,
) -> Shape:
    y = t.height(np.linspace(start, end, 3))
    return Shape(name, t.wrap(y, np.full(3, ease), 13), part, colour, order, level=4, round=0.7)


def decal(
    t: Trunk,
    name: str,
    points: Points,
    ease: float,
    colour: str,
    order: float,
    clip: str,
    part: Part,
    least: float = 0.05,
    smooth: bool = False,
    level: int = 4,
) -> list[Shape]:
    """A flat thing on a garment given by (azimuth, share of the trunk) of its outline."""
    pts = np.asarray(points, dtype=np.float64)
    place, facing = t.on(pts[:, 0], t.height(pts[:, 1]), ease)
    if facing < least:
        return []
    ring = (
        spline(place, RING_POINTS, closed=True) if smooth else place if len(place) == RING_POINTS else _corners(place)
    )
    return [Shape(name, ring_patch(ring), part, colour, order, clip=clip, level=level, round=0.3)]


def _corners(p: Points) -> Points:
    """A polygon sampled as a ring, its corners kept."""
    q = np.concatenate((p, p[:1]))
    per = [RING_POINTS // len(p) + (1 if i < RING_POINTS % len(p) else 0) for i in range(len(p))]
    return np.concatenate(
        [q[i] + np.linspace(0, 1, per[i], endpoint=False)[:, None] * (q[i + 1] - q[i]) for i in range(len(p))]
    )
