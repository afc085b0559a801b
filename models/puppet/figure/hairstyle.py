"""Hair styles: how hair is cut, in azimuth round the skull and height in head units."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..ink import Rng
from ..shapes import Points


@dataclass(frozen=True, slots=True)
class Clumps:
    """The lower edge of a sheet of hair: azimuth (degrees) and height of its points, and where strands part."""

    azimuth: Points
    height: Points
    valleys: NDArray[np.int_]
    tips: NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class Tail:
    """A tail: kind 'tail', 'braid' or 'bun' at an azimuth and height; length and width in head heights."""

    kind: str
    azimuth: float
    height: float
    length: float
    width: float
    curl: float
    lift: float


@dataclass(frozen=True, slots=True)
class Hair:
    """A hair style; sample() draws one."""

    volume: float
    bangs: Clumps | None
    back: Clumps
    front_span: float
    flare: float
    wave: float
    locks: tuple[tuple[float, float, float, float], ...] = ()
    spikes: tuple[tuple[float, float, float, float, float], ...] = ()
    tails: tuple[Tail, ...] = ()
    ahoge: int = 0
    strand: float = 0.5
    inner_dark: bool = True
    extra: tuple[tuple[float, float, float], ...] = field(default=())

    @staticmethod
    def sample(rng: Rng) -> Hair:
        """Short, spiky, bob, long, tied; with bangs of many kinds."""
        u = rng.uniform
        cut = rng.choice(["short", "spiky", "bob", "medium", "long", "tied"], p=[0.16, 0.14, 0.2, 0.14, 0.18, 0.18])
        length = {
            "short": u(-0.22, -0.1),
            "spiky": u(-0.2, -0.08),
            "bob": u(-0.12, 0.1),
            "medium": u(0.1, 0.5),
            "long": u(0.6, 2.2),
            "tied": u(-0.2, -0.08),
        }[str(cut)]
        span = float(u(62, 88))
        straight = rng.random() < 0.25 and cut in ("bob", "long", "medium")
        wavy = float(u(0.02, 0.06)) if rng.random() < 0.3 else 0.0
        back = clumps(
            rng,
            span - 4,
            364 - span,
            int(rng.integers(6, 14)),
            length,
            0.03 if straight else float(u(0.06, 0.16) + 0.05 * max(length, 0)),
            float(u(-6, 6)),
        )
        locks = []
        if rng.random() < (0.35 if cut in ("short", "spiky") else 0.75):
            reach, wide = float(u(-0.25, 0.15 if cut in ("short", "spiky") else 0.55)), float(u(0.05, 0.1))
            locks = [
                (k * float(u(66, 84)), reach + float(u(-0.05, 0.05)), wide, float(u(-0.04, 0.04))) for k in (-1, 1)
            ]
        spikes = []
        if cut == "spiky" or rng.random() < 0.15:
            n = int(rng.integers(16, 26)) if cut == "spiky" else 5
            for i in range(n):
                spikes.append(
                    (
                        float(-180 + 360 * (i + u(0, 0.9)) / n),
                        float(-0.98 + 0.5 * ((i * 0.618) % 1)),
                        float(u(0.14, 0.3)),
                        float(u(0.1, 0.18)),
                        float(u(-0.8, 0.5)),
                    )
                )
        tails = _tails(rng) if cut == "tied" or rng.random() < 0.08 else ()
        return Hair(
            volume=float(u(0.03, 0.1)),
            bangs=_bangs(rng, span) if rng.random() < 0.95 else None,
            back=back,
            front_span=span,
            flare=float(u(-0.03, 0.16)) if length > 0 else float(u(-0.02, 0.08)),
            wave=wavy,
            locks=tuple(locks),
            spikes=tuple(spikes),
            tails=tails,
            ahoge=int(rng.choice([0, 1, 2], p=[0.65, 0.25, 0.1])),
            strand=float(u(0.25, 0.8)),
            inner_dark=bool(rng.random() < 0.5),
            extra=tuple(
                (float(u(-180, 180)), float(u(0.15, 0.5)), float(u(0.6, 1.0))) for _ in range(int(rng.integers(0, 15)))
            ),
        )


def clumps(
    rng: Rng, start: float, end: float, count: int, base: float | Points, depth: float, drift: float, rise: float = 0.0
) -> Clumps:
    """Cut the lower edge between two azimuths into pointed clumps about a base height (scalar or one a clump)."""
    share = rng.uniform(0.6, 1.5, count)
    point = float(rng.uniform(0, 1))  # 0 round tips .. 1 sharp ones
    slow, fall = 1.3 + 0.9 * point, 1.35 - 0.4 * point
    edges = start + (end - start) * np.concatenate(([0], np.cumsum(share) / share.sum()))
    heights = np.broadcast_to(np.asarray(base, dtype=np.float64), (count,)) + rng.normal(0, depth * 0.3, count)
    azimuth, height = [], []
    for i in range(count):
        a, b = edges[i], edges[i + 1]
        tip = (a + b) / 2 + drift + rng.normal(0, (b - a) * 0.12)
        up = heights[i] - depth * (1.2 + rise)
        for f in np.linspace(0, 1, 5)[:-1]:
            azimuth.append(a + (tip - a) * f**slow)
            height.append(up + (heights[i] - up) * (1 - (1 - f) ** fall))
        for f in np.linspace(0, 1, 5)[:-1]:
            azimuth.append(tip + (b - tip) * (1 - (1 - f) ** slow))
            nxt = heights[min(i + 1, count - 1)] - depth * (1.2 + rise)
            height.append(heights[i] + (nxt - heights[i]) * f**fall)
    azimuth.append(edges[-1])
    height.append(heights[-1] - depth)
    at = np.arange(0, count * 8 + 1, 8)
    return Clumps(np.array(azimuth), np.array(height), at[1:-1], at[:-1] + 4)


def _bangs(rng: Rng, span: float) -> Clumps:
    kind = rng.choice(["zigzag", "straight", "parted", "swept", "curtain"], p=[0.34, 0.12, 0.2, 0.22, 0.12])
    n = int(rng.integers(4, 9)) if kind != "straight" else int(rng.integers(7, 12))
    at = np.linspace(-1, 1, n)
    brow = float(rng.uniform(-0.58, -0.47))
    # Hair stays above the eyes as far as the temples, so that the profile keeps its face.
    temple = np.clip((np.abs(at) * span - 38) / 42, 0, 1) ** 1.5
    base = brow + 0.34 * temple
    depth, drift = float(rng.uniform(0.1, 0.2)), float(rng.normal(0, 4))
    if kind == "straight":
        base, depth = np.full(n, brow + 0.03) + 0.25 * (temple > 0.6), 0.022
    if kind == "parted":
        part = float(rng.uniform(-0.5, 0.5))
        base = brow - 0.16 + 0.14 * np.abs(at - part) + 0.34 * temple
    if kind == "swept":
        side = float(rng.choice([-1, 1]))
        base, drift = brow + 0.1 * at * side + 0.3 * temple, 9 * side
    if kind == "curtain":
        base = brow - 0.2 + 0.2 * np.abs(at) + 0.34 * temple
    base = np.minimum(base, -0.17)
    return clumps(rng, -span, span, n, base, depth, drift, rise=float(rng.uniform(0, 0.8)))


def _tails(rng: Rng) -> tuple[Tail, ...]:
    u = rng.uniform
    kind = rng.choice(
        ["pony", "twin", "low_twin", "braid", "braids", "bun", "buns", "side"],
        p=[0.24, 0.22, 0.1, 0.1, 0.1, 0.09, 0.1, 0.05],
    )
    length, width, curl = float(u(0.5, 1.7)), float(u(0.13, 0.26)), float(u(-0.1, 0.2))
    if kind == "pony":
        return (Tail("tail", 180.0, float(u(-0.95, -0.35)), length, width, curl, float(u(0.05, 0.3))),)
    if kind == "side":
        return (Tail("tail", float(rng.choice([-1, 1])) * 120, float(u(-0.9, -0.3)), length, width, curl, 0.15),)
    if kind == "braid":
        return (Tail("braid", 180.0, -0.25, length, width * 0.7, curl, 0.02),)
    if kind == "bun":
        return (
            Tail(
                "bun",
                180.0 if rng.random() < 0.6 else 0.0,
                -1.03 if rng.random() < 0.5 else -0.75,
                0.0,
                width,
                0.0,
                0.1,
            ),
        )
    if kind == "buns":
        return tuple(Tail("bun", k * 105.0, -0.98, 0.0, width * 0.9, 0.0, 0.1) for k in (-1, 1))
    y = float(u(-0.9, -0.6)) if kind == "twin" else float(u(-0.25, -0.12))
    az = float(u(95, 125))
    return tuple(
        Tail(
            "braid" if kind == "braids" else "tail",
            k * az,
            y if kind != "braids" else -0.2,
            length,
            width * (0.8 if kind != "braids" else 0.55),
            curl,
            float(u(0.08, 0.3)) if kind == "twin" else 0.05,
        )
        for k in (-1, 1)
    )
