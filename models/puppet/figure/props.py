"""Things: what hands hold, and what stands about in scenes."""

from __future__ import annotations

import numpy as np

from ..curves import RING, between, ring_patch, spline
from ..shapes import Part, Points, Shape, Stroke


def _bar(a: Points, b: Points, wa: float, wb: float, rows: int = 6) -> Points:
    d = (b - a) / max(float(np.hypot(*(b - a))), 1e-9)
    n = np.array([-d[1], d[0]])
    f = np.linspace(0, 1, rows)[:, None]
    mid, w = a + (b - a) * f, wa + (wb - wa) * f
    return np.stack((mid + n * w, mid - n * w), axis=1)


def held_prop(kind: str, at: Points, direction: Points, order: float, name: str = "prop") -> list[Shape]:
    """A thing held in a hand at `at`; direction is the forearm's on paper."""
    d = direction / max(float(np.hypot(*direction)), 1e-9)
    n = np.array([-d[1], d[0]])
    n = n if n[1] < 0 else -n
    grip = at + d * 0.03

    def part(tag: str, grid: Points, colour: str, k: float, strokes: list[Stroke] | None = None) -> Shape:
        return Shape(f"{name}.{tag}", grid, Part.NONE, colour, order + k, strokes=strokes or [], level=4, round=0.4)

    if kind == "sword":
        tip, root = grip + n * 0.42, grip + n * 0.05
        blade = _bar(root, tip, 0.013, 0.012)
        blade[-1] = tip + n * 0.03
        return [
            part("blade", blade, "prop", 0.0, [Stroke(np.stack((root, tip)), 0.7, (0, 0.2), inside=True)]),
            part("guard", _bar(root - d * 0.04, root + d * 0.04, 0.009, 0.009), "metal", 0.01),
            part("hilt", _bar(grip - n * 0.05, root, 0.01, 0.01), "prop2", 0.005),
        ]
    if kind in ("staff", "umbrella"):
        top = grip + n * 0.42
        shapes = [part("shaft", _bar(grip - n * 0.3, top, 0.008, 0.008, 9), "prop2", 0.0)]
        if kind == "staff":
            shapes.append(
                part(
                    "gem",
                    ring_patch(top + RING * 0.04),
                    "prop",
                    0.01,
                    [Stroke(top + np.array([(-0.02, -0.01), (0.0, -0.025)]), 0.7)],
                )
            )
            return shapes
        x = np.linspace(-1, 1, 13)
        dome = top + np.stack((x * 0.25, -0.17 * np.sqrt(1 - x * x)), axis=1)
        rim = top + np.stack((x * 0.25, -0.03 * np.abs(np.sin(x * np.pi * 2))), axis=1)
        return [
            *shapes,
            part(
                "dome",
                between(dome, rim, 3),
                "prop",
                0.02,
                [Stroke(np.stack((dome[6], rim[j])), 0.8) for j in (3, 6, 9)],
            ),
        ]
    if kind == "book":
        c = grip + n * 0.02
        quad = between(c + np.array([(-0.06, -0.045), (0.06, -0.06)]), c + np.array([(-0.06, 0.05), (0.06, 0.035)]), 2)
        pages = between(quad[1] * 1.0, quad[1] + (0.004, 0.016), 2)
        return [
            part("cover", quad, "prop", 0.01, [Stroke(quad[:, 0] * 0.86 + quad[:, 1] * 0.14, 0.7)]),
            part("pages", pages, "lace", 0.0),
        ]
    if kind == "cup":
        c = grip + n * 0.02
        body = between(
            c + np.array([(-0.03, -0.035), (0, -0.028), (0.03, -0.035)]),
            c + np.array([(-0.023, 0.035), (0, 0.042), (0.023, 0.035)]),
            3,
        )
        return [
            part("body", body, "prop", 0.01),
            part("rim", ring_patch(c + (0, -0.035) + RING * (0.03, 0.008)), "prop2", 0.02),
        ]
    c = grip + d * 0.05
    return [
        part(
            "ball",
            ring_patch(c + RING * 0.07),
            "prop",
            0.0,
            [
                Stroke(c + spline(np.array([(-0.07, 0), (0, 0.02), (0.07, 0)]), 9), 0.8),
                Stroke(c + spline(np.array([(0, -0.07), (0.02, 0), (0, 0.07)]), 9), 0.8),
            ],
        )
    ]
