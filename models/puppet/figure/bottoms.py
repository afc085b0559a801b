"""Skirts, the seat of trousers, belts and straps."""

from __future__ import annotations

import numpy as np

from ..shapes import Part, Shape
from .outfit import Outfit
from .trunk import Trunk, decal, garment_band, pleat_lines, waved_hem


def bottom_shapes(o: Outfit, t: Trunk, seed: int) -> list[Shape]:
    """Skirt, or the seat of trousers and shorts, with belt and straps (trouser legs are limb tubes)."""
    unit = t.build.of_age(0.09, 0.085)
    out: list[Shape] = []
    order = 32.0 if o.tucked else 20.0
    start = 0.58
    if o.bottom == "skirt":
        share = np.linspace(start, o.bottom_hem, 16)
        f = np.linspace(0, 1, 16)
        ease = unit * (0.08 + (0.75 + 1.6 * o.bottom_ease) * f**0.8) + t.spread() * 0.55 * f
        grid = t.wrap(t.height(share), ease, 21)
        if o.pleats:
            grid[-1, 1::2, 1] -= 0.012
        else:
            grid = waved_hem(grid, 0.008, 3.0, seed % 5)
        skirt = Shape("skirt", grid, Part.LOWER_CLOTHES, "lower", order, group="lower", level=3, round=0.7)
        pleat_lines(skirt, o.pleats or 3, 0.15 if o.pleats else 0.4, seed)
        out.append(skirt)
    elif o.bottom != "none":
        share = np.linspace(start, 1.04, 9)
        ease = (
            unit
            * (0.06 + o.bottom_ease * 0.35 * np.clip((share - 0.6) * 2, 0, 1))
            * (0.35 if o.bottom == "leggings" else 1)
        )
        grid = t.wrap(t.height(share), ease, 9)
        grid[-1, 3:6, 1] += 0.008
        side = np.clip((1.0 - share) / 0.05, 0, 1)
        out.append(
            Shape(
                "seat",
                grid,
                Part.LOWER_CLOTHES,
                "lower",
                order,
                (1.0, side, 0.0, side[::-1]),
                group="lower",
                level=2,
                round=0.6,
                fill_key="trousers",
            )
        )
    if out and o.tucked and o.belt:
        out.append(garment_band(t, "belt", start - 0.01, start + 0.06, unit * 0.12, "belt", order + 0.5))
        out += decal(
            t,
            "buckle",
            np.array([(10, start - 0.015), (10, start + 0.065), (-10, start + 0.065), (-10, start - 0.015)]),
            unit * 0.14,
            "metal",
            order + 0.6,
            "",
            Part.LOWER_CLOTHES,
        )
    if out and o.straps:
        for k in (-1, 1):
            for face, lo in (("front", 0), ("back", 180)):
                pts = np.array(
                    [
                        (lo + k * 24, 0.62),
                        (lo + k * 24, 0.35),
                        (lo + k * 34, 0.1),
                        (lo + k * 40, 0.03),
                        (lo + k * 52, 0.05),
                        (lo + k * 46, 0.12),
                        (lo + k * 36, 0.35),
                        (lo + k * 36, 0.62),
                    ]
                )
                out += decal(
                    t,
                    f"strap_{face}{k:+d}",
                    pts,
                    unit * (0.12 + o.top_ease * 0.5),
                    "lower",
                    34.0,
                    "top",
                    Part.LOWER_CLOTHES,
                )
    return out
