"""Simple backgrounds made of a few large shapes."""

from __future__ import annotations

import numpy as np

from .curves import RING, TURNS, between, ring_patch, spline
from .ink import Rng
from .palette import CLOTH, pick
from .shapes import Drawing, Part, Points, Shape, Stroke


def scenery(rng: Rng, size: int | tuple[int, int]) -> Drawing:
    """Hills, a street, a room or a stage in px."""
    h, w = (size, size) if isinstance(size, int) else size
    colours = {f"bg{i}": pick(rng, CLOTH) for i in range(6)}
    kind = rng.choice(["hills", "street", "room", "stage"])
    shapes: list[Shape] = []
    x = np.linspace(-0.1, 1.1, 21) * w

    def add(name: str, grid: Points, colour: str, strokes: list[Stroke] | None = None) -> None:
        shapes.append(
            Shape(f"bg/{name}", grid, Part.NONE, colour, float(len(shapes)) - 500, strokes=strokes or [], round=0.0)
        )

    def box(name: str, x0: float, y0: float, x1: float, y1: float, colour: str) -> None:
        add(name, np.array([[(x0, y0), (x1, y0)], [(x0, y1), (x1, y1)]]) * (w, h), colour)

    if kind == "hills":
        add("sun", ring_patch(np.array([rng.uniform(0.1, 0.9) * w, 0.2 * h]) + RING * 0.09 * w), "bg3")
        for i in range(3):
            y = (0.5 + 0.13 * i + 0.06 * np.sin(x / w * rng.uniform(3, 9) + i * 2)) * h
            add(f"hill{i}", between(np.stack((x, y), axis=1), np.stack((x, 0 * y + 1.1 * h), axis=1), 2), f"bg{i}")
        for i in range(int(rng.integers(0, 4))):
            c = np.array([rng.uniform(0, 1) * w, rng.uniform(0.5, 0.75) * h])
            box(f"trunk{i}", c[0] / w - 0.012, c[1] / h, c[0] / w + 0.012, c[1] / h + 0.14, "bg4")
            add(f"crown{i}", ring_patch(c + RING * (0.085 * w * (1 + 0.09 * np.sin(7 * TURNS)))[:, None]), "bg5")
    elif kind == "street":
        for i in range(5):
            x0 = i * 0.22 - 0.05
            top = float(rng.uniform(0.1, 0.45))
            box(f"house{i}", x0, top, x0 + 0.21, 0.8, f"bg{i % 4}")
            for j in range(int(rng.integers(0, 5))):
                box(
                    f"window{i}{j}",
                    x0 + 0.03 + 0.09 * (j % 2),
                    top + 0.06 + 0.13 * (j // 2),
                    x0 + 0.09 + 0.09 * (j % 2),
                    top + 0.14 + 0.13 * (j // 2),
                    "bg5",
                )
        box("road", -0.1, 0.8, 1.1, 1.1, "bg4")
    elif kind == "room":
        box("wall", -0.1, -0.1, 1.1, 0.78, "bg0")
        box("floor", -0.1, 0.78, 1.1, 1.1, "bg1")
        box("window", 0.1, 0.12, 0.36, 0.5, "bg2")
        box("shelf", 0.66, 0.3, 0.98, 0.34, "bg3")
        for i in range(5):
            x0 = 0.68 + i * 0.055
            box(f"book{i}", x0, 0.3 - float(rng.uniform(0.08, 0.15)), x0 + 0.045, 0.3, f"bg{2 + i % 4}")
    else:
        add("spot", ring_patch(np.array([0.5 * w, 0.9 * h]) + RING * (0.42 * w, 0.08 * h)), "bg0")
        line = spline(np.stack((np.linspace(0, 1, 5) * w, (0.1 + 0.05 * rng.random(5)) * h), axis=1), 21)
        add("curtain", between(np.stack((line[:, 0], 0 * line[:, 1] - 0.1 * h), axis=1), line, 2), "bg1")
    return Drawing(shapes, colours)
