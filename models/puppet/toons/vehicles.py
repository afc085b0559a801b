"""Cars."""

from __future__ import annotations

import numpy as np

from ..curves import between, ring_patch, rotation, spline
from ..figure.body import Pose
from ..shapes import Shape, Stroke
from .pieces import disc, sideways, toon_shape


def vehicle(s: dict[str, float], pose: Pose) -> list[Shape]:
    k = -1.0 if sideways(pose) < 0 else 1.0
    y, r = pose.y * 0.4, 0.075 + 0.03 * s["low"]
    body = np.array([(-0.46, -0.12), (-0.46, -0.26), (-0.2, -0.29), (0.2, -0.29), (0.44, -0.24), (0.47, -0.12)]) * (
        k,
        1,
    ) + (0, y)
    cab = np.array([(-0.3, -0.28), (-0.2 - 0.1 * s["top"], -0.46), (0.08 + 0.1 * s["tall"], -0.46), (0.24, -0.28)]) * (
        k,
        1,
    ) + (0, y)
    half = 0.5 * (body[0] + body[-1])
    ring = np.concatenate((spline(body, 20), np.linspace(body[-1], body[0], 6)[1:5]))
    out = [
        toon_shape(
            "cab",
            between(spline(cab[1:3], 7), spline(cab[[0, 3]], 7), 3),
            "second" if s["stripe"] > 0.5 else "body",
            9.0,
            group="cab",
        ),
        toon_shape("body", ring_patch(ring), "body", 10.0, group="body"),
    ]
    glass = (cab - cab.mean(axis=0)) * 0.76 + cab.mean(axis=0)
    out.append(
        toon_shape(
            "window",
            between(spline(glass[1:3], 7), spline(glass[[0, 3]], 7), 3),
            "glass",
            9.2,
            strokes=[Stroke(np.stack((glass[1:3].mean(axis=0), glass[[0, 3]].mean(axis=0))), 1.2)],
        )
    )
    roll = np.radians(pose.swing_l * 4 + pose.leg_swing_l * 5)
    for i, x in enumerate((-0.28, 0.28)):
        c = np.array([k * x, -r + min(pose.y, 0)])
        out += [
            disc(f"tyre{i}", c, r, r, "dark", 11.0),
            disc(
                f"rim{i}",
                c,
                r * 0.6,
                r * 0.6,
                "metal",
                11.1,
                strokes=[
                    Stroke(c + np.array([(-1, 0), (1, 0)]) @ rotation(roll + a).T * r * 0.58, 0.9)
                    for a in (0, 1.05, 2.1)
                ],
            ),
        ]
    out += [
        disc("lamp", body[4] + (-k * 0.02, 0.04), 0.03, 0.035, "belly", 10.4),
        toon_shape(
            "bumper",
            between(half + np.array([(-0.48, 0), (0.48, 0)]), half + np.array([(-0.48, 0.025), (0.48, 0.025)]), 2),
            "metal",
            10.5,
        ),
    ]
    if s["belly"] > 0.4:
        line = spline(body[[0, 2, 3, 5]] + (0, 0.06), 12)
        out.append(toon_shape("stripe", between(line, line + (0, 0.03), 2), "third", 10.2, clip="body"))
    return out
