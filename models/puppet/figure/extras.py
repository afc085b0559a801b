"""Hoods, turtle necks, scarves, capes and bags."""

from __future__ import annotations

import numpy as np

from ..curves import RING, between, ring_patch
from ..shapes import Part, Shape, Stroke
from .outfit import Outfit
from .trunk import Trunk, decal, pleat_lines, waved_hem


def extra_shapes(o: Outfit, t: Trunk, seed: int) -> list[Shape]:
    """Hood, turtle neck, scarf, cape and bags."""
    out: list[Shape] = []
    facing = float(np.cos(np.radians(t.view.yaw)))
    neck = t.build.of_age(0.034, 0.036)
    c, _ = t.middle(np.array([t.top]))
    up = c[0]
    if o.collar == "turtle" and o.top != "hoodie":
        f = np.linspace(-1, 1, 9)
        y = np.array([-0.3, 0.1, 0.5])[:, None] * neck * 1.2
        x = up[0] + f[None] * neck * np.array([1.05, 1.12, 1.3])[:, None]
        grid = np.stack((x, up[1] + y + 0.012 * (1 - f**2)), axis=2)
        out.append(Shape("turtle", grid, Part.UPPER_CLOTHES, "upper", 53.4, level=4, round=0.7))
    if o.top == "hoodie":
        wide = t.build.shoulder[0] * 0.86
        ring = up + RING * (wide, 0.05) + (0.02 * np.sin(np.radians(t.view.yaw)) * -1, 0.0 if facing > 0 else 0.025)
        ring = np.where(RING[:, 1:] > 0, ring + RING * (0, 0.02 if facing > 0 else 0.05), ring)
        out.append(
            Shape(
                "hood",
                ring_patch(ring),
                Part.UPPER_CLOTHES,
                "upper",
                24.0 if facing > -0.2 else 53.6,
                strokes=[Stroke(up + RING[2:11] * (wide * 0.6, 0.045), 0.8, (0.3, 0.3), inside=True)],
                level=4,
                round=0.6,
            )
        )
        for k in (-1, 1):
            p, near = t.on(np.full(5, k * 14.0), t.height(np.linspace(0.08, 0.3, 5)), 0.01)
            if near > 0.15:
                out.append(
                    Shape(
                        f"cord{k:+d}",
                        between(p - (0.003, 0), p + (0.003, 0), 2),
                        Part.UPPER_CLOTHES,
                        "lace",
                        41.3,
                        level=4,
                        round=0.0,
                    )
                )
    if o.scarf:
        wide = neck * 2.1
        ring = up + (0, 0.004) + RING * (wide, 0.04)
        out.append(
            Shape(
                "scarf",
                ring_patch(ring),
                Part.UPPER_CLOTHES,
                "tie",
                53.7,
                level=5,
                round=0.7,
                strokes=[
                    Stroke(
                        up + np.array([(-wide * 0.8, 0.0), (0, 0.022), (wide * 0.7, 0.004)]),
                        0.9,
                        (0.3, 0.5),
                        inside=True,
                    )
                ],
            )
        )
        at = 24.0 if seed % 2 else 200.0
        p, near = t.on(
            np.array([at - 9, at - 11, at - 12, at + 12, at + 11, at + 9]),
            t.height(np.array([0.06, 0.35, 0.66, 0.64, 0.35, 0.06])),
            0.014,
        )
        if near > 0.0:
            grid = np.stack((p[:3], p[:2:-1]), axis=1)
            out.append(Shape("scarf.end", grid, Part.UPPER_CLOTHES, "tie", 41.9, level=5, round=0.4))
    if o.cape:
        share = np.linspace(0.03, 1.5, 18)
        ease = t.build.of_age(0.09, 0.085) * (0.4 + 1.6 * np.clip(share / 1.5, 0, 1))
        for near, order, colour in ((True, 56.0, "over"), (False, 3.0, "lining")):
            for tag, lo, hi in t.windows(62, 298, near):
                grid = waved_hem(t.wrap(t.height(share), ease, 11, (lo, hi)), 0.012, 2.0, lo / 90)
                cape = Shape(f"cape.{tag}", grid, Part.UPPER_CLOTHES, colour, order, level=5 if near else 0, round=0.6)
                pleat_lines(cape, 4, 0.3, seed)
                out.append(cape)
    out += _bags(o, t, facing)
    return out


def _bags(o: Outfit, t: Trunk, facing: float) -> list[Shape]:
    if o.bag == "back":
        s = float(np.sin(np.radians(t.view.yaw)))
        wide = t.build.shoulder[0] * (0.95 if abs(s) < 0.6 else 0.6)
        c, _ = t.middle(t.height(np.array([0.5])))
        deep = t.build.of_age(0.066, 0.058)
        ring = c[0] + (-s * deep * 1.7, -0.02) + np.sign(RING) * np.abs(RING) ** 0.6 * (wide, t.build.of_age(0.1, 0.13))
        order = 57.0 if facing < -0.1 else 4.0
        bag = Shape(
            "bag",
            ring_patch(ring),
            Part.NONE,
            "bag",
            order,
            strokes=[
                Stroke(
                    c[0] + (-s * deep * 1.7, -0.02) + np.array([(-wide, -0.03), (0, 0.0), (wide, -0.03)]) * (0.98, 1),
                    0.9,
                    inside=True,
                )
            ],
            level=5,
            round=0.5,
        )
        out = [bag]
        for k in (-1, 1):
            pts = np.array([(k * 36, 0.03), (k * 33, 0.3), (k * 52, 0.6), (k * 64, 0.6), (k * 46, 0.3), (k * 48, 0.04)])
            out += decal(t, f"bag.strap{k:+d}", pts, 0.03, "bag", 36.5, "", Part.NONE, -0.1)
        return out
    if o.bag == "shoulder":
        pts = np.array([(60, 0.0), (30, 0.3), (-20, 0.7), (-50, 0.9), (-58, 0.86), (-28, 0.62), (20, 0.26), (48, 0.0)])
        strap = decal(t, "bag.strap", pts, 0.025, "bag", 36.5, "", Part.NONE, 0.0)
        c, near = t.on(np.array([-75.0]), t.height(np.array([1.0])), 0.05)
        ring = c[0] + np.sign(RING) * np.abs(RING) ** 0.5 * (0.05, 0.045)
        return [
            *strap,
            Shape(
                "bag",
                ring_patch(ring),
                Part.NONE,
                "bag",
                48.0 if near > -0.1 else 4.0,
                level=4,
                round=0.4,
                strokes=[Stroke(c[0] + np.array([(-0.05, -0.01), (0, 0.01), (0.05, -0.01)]), 0.9, inside=True)],
            ),
        ]
    return []
