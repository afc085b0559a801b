"""What toons are made of: discs, rubber hoses, faces, gloves and shoes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..curves import RING, RING_POINTS, between, limb_spine, profile, ring_patch, rotation, spline, tube
from ..figure.body import Pose
from ..shapes import Part, Points, Shape, Stroke


def toon_shape(name: str, grid: Points, colour: str, order: float, **more: Any) -> Shape:
    return Shape(name, grid, Part.NONE, colour, order, round=0.7, level=2, **more)


def disc(
    name: str,
    centre: Points | tuple[float, float],
    rx: float,
    ry: float,
    colour: str,
    order: float,
    tilt: float = 0.0,
    **more: object,
) -> Shape:
    return toon_shape(name, ring_patch(np.asarray(centre) + RING * (rx, ry) @ rotation(tilt).T), colour, order, **more)


def hose(
    name: str, a: Points, b: Points, c: Points, r: float, colour: str, order: float, taper: float = 1.0, **more: object
) -> Shape:
    path = limb_spine(np.asarray(a, float), np.asarray(b, float), np.asarray(c, float), 22, 0.4)
    radius = profile([r, r, r * (1 + taper) / 2, r * taper], 22)
    # Both ends are round.
    turn = np.linspace(0.25, 1.4, 5)
    for end, step in ((0, 1), (-1, -1)):
        back = path[end] - path[end + 2 * step]
        back = back / max(float(np.hypot(*back)), 1e-9) * radius[end]
        cap, thin = path[end] + np.sin(turn)[:, None] * back, radius[end] * np.cos(turn)
        path = np.concatenate((cap[::-1], path)) if step == 1 else np.concatenate((path, cap))
        radius = np.concatenate((thin[::-1], radius)) if step == 1 else np.concatenate((radius, thin))
    grid = tube(path, radius, columns=3)
    if "lined" not in more:
        return toon_shape(name, grid, colour, order, **more)
    more["lined"] = (0.0, np.repeat((0.0, 1.0), (4, len(path) - 4)), 1.0, np.repeat((1.0, 0.0), (len(path) - 4, 4)))
    return toon_shape(name, grid, colour, order, **more)


def sideways(pose: Pose) -> float:
    """Shift of a face with the view, -1..1."""
    return float(np.clip(np.sin(np.radians(pose.yaw + pose.head_yaw)), -0.8, 0.8))


def toon_face(s: dict[str, float], pose: Pose, centre: Points, r: float, order: float, prefix: str = "") -> list[Shape]:
    """Toon eyes and a mouth about a centre; r is the head's radius."""
    out: list[Shape] = []
    dx = 0.35 * r * sideways(pose)
    gap, size = (0.3 + 0.15 * s["eye"]) * r, (0.14 + 0.16 * s["eye"]) * r
    eyes = (0.0,) if s["extra"] < 0.12 else (-1.0, 1.0)
    for k in eyes:
        c = centre + (dx + k * gap, -0.12 * r)
        big = size * (1.5 if len(eyes) == 1 else 1.0)
        if pose.eyes < 0.2:
            out.append(
                Shape(
                    f"{prefix}eye{k:+.0f}",
                    ring_patch(c + RING * big),
                    Part.EYE,
                    "pupil",
                    order,
                    (0.0,) * 4,
                    [Stroke(c + spline(np.array([(-1, 0), (0, 0.5), (1, 0)]) * big, 9), 1.2)],
                    filled=False,
                )
            )
            continue
        look = c + np.array([pose.gaze_x, pose.gaze_y]) * big * 0.3
        if s["eye"] < 0.5:
            out.append(disc(f"{prefix}eye{k:+.0f}", look, big * 0.55, big * 0.75, "pupil", order))
        else:
            out.append(
                disc(
                    f"{prefix}eye{k:+.0f}",
                    c,
                    big,
                    big * (0.5 + 0.6 * min(pose.eyes, 1)),
                    "eye_white",
                    order,
                    group=f"{prefix}eye{k:+.0f}",
                )
            )
            out.append(
                disc(
                    f"{prefix}pupil{k:+.0f}",
                    look,
                    big * 0.5,
                    big * 0.55,
                    "pupil",
                    order + 0.01,
                    clip=f"{prefix}eye{k:+.0f}",
                )
            )
        out.append(
            disc(
                f"{prefix}glint{k:+.0f}",
                look + (-0.15 * big, -0.2 * big),
                big * 0.17,
                big * 0.17,
                "glint",
                order + 0.02,
                lined=(0.4,) * 4,
            )
        )
        if s["cheek"] > 0.6:
            out.append(
                disc(
                    f"{prefix}cheek{k:+.0f}",
                    c + (k * 0.12 * r, 0.34 * r),
                    0.14 * r,
                    0.08 * r,
                    "tongue",
                    order,
                    lined=(0.6,) * 4,
                )
            )
        if s["bend"] > 0.5:
            brow = (
                c
                + (0, -big * 1.5)
                + np.array([(-0.9, 0.15 * k * pose.brow), (0, -0.2), (0.9, -0.15 * k * pose.brow)]) * big
            )
            out[-1].strokes.append(Stroke(spline(brow, 8), 1.6, (0.2, 0.2)))
    m = centre + (dx * 1.1, 0.34 * r)
    w = (0.16 + 0.22 * s["mouth"]) * r
    x = np.linspace(-1, 1, 9)
    upper = m + np.stack((x * w, -0.2 * w * x * x), axis=1)
    opening = max(pose.mouth, s["mouth"] - 0.6)
    if opening > 0.1:
        lower = upper + np.stack((0 * x, 1.5 * w * opening * np.sqrt(1 - x * x)), axis=1)
        g = f"{prefix}mouth"
        out.append(Shape(g, between(upper, lower, 3), Part.OPEN_MOUTH, "mouth", order, group=g, round=0.0))
        out.append(
            disc(
                f"{prefix}tongue",
                m + (0, 1.3 * w * opening),
                0.6 * w,
                0.6 * w * opening,
                "tongue",
                order + 0.01,
                clip=g,
            )
        )
    else:
        out.append(
            Shape(
                f"{prefix}mouth_line",
                between(upper, upper + (0, 0.01), 2),
                Part.FACE,
                "body",
                order,
                (0.0,) * 4,
                [Stroke(upper, 1.2, (0.1, 0.1))],
                filled=False,
            )
        )
    return out


def arms(pose: Pose, shoulders: Points, length: float) -> list[tuple[str, Points, Points, Points]]:
    out = []
    for i, (side, k) in enumerate((("l", 1.0), ("r", -1.0))):
        a = np.radians(getattr(pose, f"spread_{side}") + 0.4 * getattr(pose, f"swing_{side}"))
        b = a - np.radians(getattr(pose, f"inward_{side}") - 0.6 * getattr(pose, f"bend_{side}"))
        s = shoulders[i]
        e = s + np.array([k * np.sin(a), np.cos(a)]) * length * 0.5
        out.append((side, s, e, e + np.array([k * np.sin(b), np.cos(b)]) * length * 0.5))
    return out


def legs(pose: Pose, hips: Points, ground: float) -> list[tuple[str, Points, Points, Points]]:
    out = []
    for i, (side, k) in enumerate((("l", 1.0), ("r", -1.0))):
        w = np.radians(getattr(pose, f"leg_swing_{side}") * 0.8) + k * np.radians(getattr(pose, f"leg_spread_{side}"))
        n = w - np.radians(getattr(pose, f"knee_{side}")) * 0.8
        h, length = hips[i], ground - hips[i][1]
        knee = h + np.array([np.sin(w), np.cos(w)]) * length * 0.5
        out.append((side, h, knee, knee + np.array([np.sin(n), np.cos(n)]) * length * 0.5))
    return out


def shoe(name: str, at: Points, k: float, size: float, colour: str, order: float) -> list[Shape]:
    ring = spline(
        at
        + np.array([(-0.5, -0.5), (0.3, -0.6), (0.8, -0.2), (1.15, 0.12), (1.1, 0.4), (-0.55, 0.4)]) * (k * size, size),
        RING_POINTS,
        closed=True,
    )
    sole = between(
        at + np.array([(-0.55, 0.27), (1.1, 0.27)]) * (k * size, size),
        at + np.array([(-0.55, 0.45), (1.15, 0.45)]) * (k * size, size),
        2,
    )
    return [toon_shape(name, ring_patch(ring), colour, order), toon_shape(f"{name}.sole", sole, "lace", order + 0.01)]


def glove(name: str, at: Points, d: Points, size: float, order: float, colour: str) -> list[Shape]:
    d = d / max(float(np.hypot(*d)), 1e-9)
    n = np.array([-d[1], d[0]]) * (1 if d[0] >= 0 else -1)
    out = [disc(f"{name}.palm", at + d * size * 0.5, size * 0.62, size * 0.62, colour, order)]
    for i, (u, v) in enumerate(((0.95, -0.42), (1.12, 0.0), (0.95, 0.42))):
        tip = at + d * size * (u + 0.35) + n * size * v * 1.25
        out.append(
            hose(
                f"{name}.f{i}",
                at + d * size * 0.6 + n * size * v * 0.7,
                at + d * size * u + n * size * v,
                tip,
                size * 0.2,
                colour,
                order + 0.01 * i,
                lined=(0.0, 1.0, 1.0, 1.0),
                fill_key=f"{name}.palm",
            )
        )
    return out


def body_ring(s: dict[str, float], wide: float, tall: float) -> Points:
    """Closed outline between egg, bean and box, about the origin."""
    power = 1.0 - 0.45 * s["top"]
    ring = np.sign(RING) * np.abs(RING) ** power
    pear = 1 + 0.3 * (s["low"] - 0.4) * ring[:, 1]
    return np.asarray(ring * np.stack((wide * pear, np.full(RING_POINTS, tall)), axis=1))
