"""Shirts, sweaters, hoodies, dresses, jackets and coats, with collars, fronts and ties."""

from __future__ import annotations

import numpy as np

from ..curves import RING, TURNS, between
from ..shapes import Part, Shape, Stroke
from .outfit import Outfit
from .trunk import Trunk, decal, garment_band, pleat_lines, waved_hem, wrinkles


def top_shapes(o: Outfit, t: Trunk, seed: int) -> list[Shape]:
    """Shirt, sweater, hoodie or dress with its collar and front."""
    b = t.build
    unit = b.of_age(0.09, 0.085)
    hem = min(o.top_hem, 1.0) if o.tucked else o.top_hem
    rows = 24 if o.top == "dress" else 18
    share = np.linspace(0.015, hem, rows)
    y = t.height(share)
    ease = unit * (0.1 + o.top_ease * 1.5 * np.clip((share - 0.1) * 1.6, 0, 1))
    if o.top in ("sweater", "hoodie"):
        ease = ease - unit * 0.55 * o.top_ease * np.clip((share - hem + 0.14) / 0.14, 0, 1)
    if o.top == "dress":
        fall = np.clip((share - 0.6) / 1.2, 0, 1)
        ease = (
            ease * np.where(share < 0.62, 0.45, 1)
            + unit * (1.3 + 0.9 * o.bottom_ease) * fall
            + t.spread() * 0.6 * np.clip(share - 1, 0, 1)
        )
    else:
        ease = ease + t.spread() * 0.35 * np.clip(share - 1, 0, 0.5)
    grid = t.wrap(y, ease, 17)
    grid = waved_hem(grid, 0.006 if o.top != "shirt" else 0.003, 1.5 + 2 * (o.top == "dress"), seed % 7)
    if o.top == "dress" and o.pleats:
        grid[-1, 1::2, 1] -= 0.014
    order = 30.0
    neck_line = 0.0 if o.collar in ("turtle",) else 1.0
    shirt = Shape(
        "top",
        grid,
        Part.UPPER_CLOTHES,
        "upper",
        order,
        (neck_line, 1.0, 1.0, 1.0),
        group="top",
        level=3,
        round=0.75,
        fill_key="top",
    )
    shapes = [shirt]
    wrinkles(shirt, seed, 5 if o.top != "dress" else 3)
    if o.top == "dress":
        pleat_lines(shirt, o.pleats or 5, 0.55, seed)
        if o.belt:
            shapes.append(garment_band(t, "belt", 0.56, 0.635, unit * 0.16, "belt", 33.0))
    if o.top in ("sweater", "hoodie") and o.cuff:
        band = t.wrap(t.height(np.linspace(hem - 0.05, hem, 3)), np.full(3, ease[-1]), 17)
        band = waved_hem(band, 0.006, 1.5, seed % 7)
        shapes.append(
            Shape(
                "top.rib", band, Part.UPPER_CLOTHES, "upper" if seed % 2 else "upper2", order + 0.1, level=3, round=0.7
            )
        )
    shapes += _front(o, t, unit * 0.2, hem, seed, order)
    return shapes


def _front(o: Outfit, t: Trunk, ease: float, hem: float, seed: int, order: float) -> list[Shape]:
    """Buttons, zip, print, pockets, stripes, collar and tie."""
    out: list[Shape] = []
    top = out.extend
    waist = min(hem, 1.0)
    part = Part.UPPER_CLOTHES
    shares = np.linspace(0.03, waist - 0.02, 10)
    if o.front in ("buttons", "zip"):
        line, facing = t.on(np.zeros(10), t.height(shares), ease)
        if facing > 0.1:
            out.append(
                Shape(
                    "placket",
                    between(line, line + (0.001, 0), 2),
                    part,
                    "upper",
                    order + 0.2,
                    (0.0,) * 4,
                    [Stroke(line, 0.9)],
                    filled=False,
                    clip="top",
                )
            )
        for i in range(4 if o.front == "buttons" else 0):
            c, s = 7.0, 0.16 + i * (waist - 0.24) / 3.6
            ring = np.stack((c + RING[:, 0] * 5, s + RING[:, 1] * 0.02), axis=1)
            top(decal(t, f"button{i}", ring, ease, "button", order + 0.3, "top", part, level=3))
    if o.front == "print":
        kind = seed % 3
        r = 1 if kind == 0 else (0.72 + 0.28 * np.cos(TURNS * 5))[:, None] if kind == 1 else 1
        ring = np.array([0, 0.36]) + RING * r * (24, 0.13)
        top(
            decal(
                t,
                "print",
                ring if kind < 2 else np.array([(24, 0.24), (24, 0.48), (-24, 0.48), (-24, 0.24)]),
                ease,
                "upper2",
                order + 0.2,
                "top",
                part,
                level=3,
            )
        )
    if o.front == "pocket":
        top(
            decal(
                t,
                "pocket",
                np.array([(46, 0.3), (46, 0.42), (20, 0.42), (20, 0.3)]),
                ease,
                "upper",
                order + 0.2,
                "top",
                part,
                level=3,
            )
        )
    if o.front in ("stripes", "band"):
        for i, s in enumerate((0.3, 0.5, 0.7)[: 3 if o.front == "stripes" else 1]):
            if s + 0.1 < waist:
                grid = t.wrap(
                    t.height(np.linspace(s, s + (0.09 if o.front == "stripes" else 0.2), 3)), np.full(3, ease + 0.2), 13
                )
                out.append(Shape(f"stripe{i}", grid, part, "upper2", order + 0.15, clip="top", level=3, round=0.6))
    if o.collar == "collar":
        for k in (-1, 1):
            top(
                decal(
                    t,
                    f"collar{k:+d}",
                    np.array([(k * 4, 0.05), (k * 34, 0.15), (k * 64, 0.05), (k * 50, -0.03), (k * 20, -0.02)]),
                    0.004,
                    "collar",
                    53.5,
                    "",
                    part,
                    -0.3,
                )
            )
    if o.collar == "sailor":
        for k in (-1, 1):
            top(
                decal(
                    t,
                    f"collar{k:+d}",
                    np.array([(k * 2, 0.2), (k * 40, 0.13), (k * 80, 0.12), (k * 70, -0.02), (k * 35, -0.02)]),
                    0.006,
                    "upper2",
                    53.5,
                    "",
                    part,
                    -0.3,
                )
            )
        top(
            decal(
                t,
                "collar_back",
                np.array([(110, 0.0), (120, 0.22), (180, 0.24), (240, 0.22), (250, 0.0), (180, -0.03)]),
                0.006,
                "upper2",
                53.5,
                "",
                part,
                -0.2,
            )
        )
    if o.collar == "v":
        top(
            decal(
                t,
                "v",
                np.array([(-42, 0.0), (0, 0.17), (42, 0.0), (0, -0.05)]),
                0.0,
                "skin",
                41.0,
                "top",
                Part.NECK,
                -0.1,
            )
        )
    if o.tie == "tie":
        top(
            decal(
                t,
                "tie",
                np.array([(7, 0.09), (12, 0.42), (0, 0.48), (-12, 0.42), (-7, 0.09)]),
                ease + 0.004,
                "tie",
                41.5,
                "",
                part,
            )
        )
        top(
            decal(
                t,
                "tie.knot",
                np.array([(9, 0.03), (6, 0.1), (-6, 0.1), (-9, 0.03)]),
                ease + 0.006,
                "tie",
                41.6,
                "",
                part,
            )
        )
    if o.tie in ("bow", "ribbon"):
        drop = 0.03 if o.tie == "bow" else 0.16
        for k in (-1, 1):
            top(
                decal(
                    t,
                    f"bow{k:+d}",
                    np.array([(k * 2, 0.08), (k * 30, 0.02), (k * 36, 0.09), (k * 30, 0.15)]),
                    ease + 0.008,
                    "tie",
                    41.6,
                    "",
                    part,
                    -0.1,
                    smooth=True,
                )
            )
            top(
                decal(
                    t,
                    f"bow.end{k:+d}",
                    np.array([(k * 1, 0.1), (k * 16, 0.16 + drop), (k * 24, 0.13 + drop)]),
                    ease + 0.006,
                    "tie",
                    41.5,
                    "",
                    part,
                    -0.1,
                )
            )
        top(
            decal(
                t,
                "bow.knot",
                np.stack((RING[:, 0] * 6, 0.085 + RING[:, 1] * 0.03), axis=1),
                ease + 0.01,
                "tie",
                41.7,
                "",
                part,
                -0.1,
            )
        )
    return out


def over_shapes(o: Outfit, t: Trunk, seed: int) -> list[Shape]:
    """Open jacket, vest or coat: panels round the back with their lining behind."""
    unit = t.build.of_age(0.09, 0.085)
    hem = o.over_hem
    share = np.linspace(0.0, hem, 20)
    ease = (
        unit * (0.22 + 0.3 * np.clip(share * 1.5, 0, 1))
        + unit * (0.9 * np.clip((share - 0.8) / 1.2, 0, 1))
        + unit * o.top_ease * 0.8 * (share > 0.3)
    )
    y = t.height(share)
    gap = 12 + seed % 22
    out = []
    for i, (tag, lo, hi) in enumerate(t.windows(gap, 360 - gap, near=True)):
        grid = waved_hem(t.wrap(y, ease, 9, (lo, hi)), 0.005, 1.0, i)
        panel = Shape(
            f"over.{tag}", grid, Part.UPPER_CLOTHES, "over", 35.0, group="over", level=4, round=0.6, fill_key="over"
        )
        wrinkles(panel, seed + i, 3)
        out.append(panel)
    for tag, lo, hi in t.windows(gap, 360 - gap, near=False) if hem > 1.1 else []:
        out.append(
            Shape(f"over.{tag}", t.wrap(y, ease, 9, (lo, hi)), Part.UPPER_CLOTHES, "lining", 8.0, level=0, round=0.3)
        )
    for k in (-1, 1):
        out += decal(
            t,
            f"lapel{k:+d}",
            np.array(
                [
                    (k * (gap + 1), 0.34),
                    (k * (gap + 26), 0.16),
                    (k * (gap + 38), 0.1),
                    (k * (gap + 22), -0.02),
                    (k * gap, 0.05),
                ]
            ),
            unit * 0.5,
            "over2" if seed % 3 == 0 else "over",
            41.2,
            "",
            Part.UPPER_CLOTHES,
            -0.1,
        )
    if seed % 2 and hem > 0.8:
        for k in (-1, 1):
            out += decal(
                t,
                f"pocket{k:+d}",
                np.array([(k * 68, 0.72), (k * 68, 0.84), (k * 38, 0.84), (k * 38, 0.72)]),
                unit * 0.5,
                "over",
                36.0,
                "over",
                Part.UPPER_CLOTHES,
            )
    return out
