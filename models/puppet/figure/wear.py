"""What sits on the head in head units: hats, animal ears, horns, glasses, bows, pins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..curves import RING, RING_POINTS, between, ring_patch, spline
from ..ink import Rng
from ..shapes import Part, Shape, Stroke
from .head import Face, HeadView


@dataclass(frozen=True, slots=True)
class Headwear:
    """hat: none, cap, beanie, witch, beret or band. bow, pin: azimuth or None. ears: none, cat, rabbit, bear. horns."""

    hat: str = "none"
    bow: float | None = None
    pin: float | None = None
    ears: str = "none"
    horns: bool = False
    glasses: str = "none"

    @staticmethod
    def sample(rng: Rng, animal: bool) -> Headwear:
        """Mostly nothing."""
        return Headwear(
            hat=str(
                rng.choice(["none", "cap", "beanie", "witch", "beret", "band"], p=[0.8, 0.05, 0.04, 0.03, 0.03, 0.05])
            ),
            bow=float(rng.uniform(60, 140) * rng.choice([-1, 1])) if rng.random() < 0.12 else None,
            pin=float(rng.uniform(25, 55) * rng.choice([-1, 1])) if rng.random() < 0.15 else None,
            ears=str(rng.choice(["cat", "rabbit", "bear"], p=[0.6, 0.2, 0.2])) if animal else "none",
            horns=bool(rng.random() < 0.03),
            glasses=str(rng.choice(["none", "round", "square"], p=[0.88, 0.07, 0.05])),
        )


def wear_shapes(w: Headwear, face: Face, view: HeadView, volume: float) -> list[Shape]:
    """Everything worn on the head that can be seen."""
    out: list[Shape] = []
    top = -1 - volume
    wide = 0.46 + volume
    if w.ears != "none":
        out += _animal_ears(w.ears, view, top)
    if w.horns:
        for k in (-1.0, 1.0):
            root, near = view.surface(np.array([k * 50]), np.array([0.33]), np.array([top + 0.1]))
            s = float(np.sin(np.radians(k * 50 + view.turn)))
            tip = root[0] + (s * 0.16 + 0.02 * k, -0.26)
            mid = spline(np.stack((root[0] + (0, 0.05), root[0] + (s * 0.16, -0.08), tip)), 10)
            r = 0.06 * (1 - np.linspace(0, 1, 10)) + 0.004
            out.append(
                Shape(
                    f"horn{k:+.0f}",
                    np.stack((mid - np.stack((r, 0 * r), 1), mid + np.stack((r, 0 * r), 1)), axis=1),
                    Part.NONE,
                    "metal",
                    67.5 if near[0] > 0 else 56.0,
                    level=8,
                )
            )
    if w.glasses != "none":
        out += _glasses(w.glasses, face, view)
    if w.bow is not None:
        out += _bow(w.bow, view, wide)
    if w.pin is not None:
        at, near = view.surface(np.array([w.pin]), np.array([wide * 0.95]), np.array([-0.66]))
        if near[0] > 0.08:
            for i in range(2):
                c = at[0] + (0, 0.04 * i)
                out.append(
                    Shape(
                        f"pin{i}",
                        ring_patch(c + np.sign(RING) * np.abs(RING) ** 0.6 * (0.075 * max(0.4, near[0] * 2), 0.013)),
                        Part.NONE,
                        "ribbon",
                        67.8,
                        level=8,
                        round=0.1,
                    )
                )
    if w.hat != "none":
        out += _hat(w.hat, view, top, wide)
    return out


def _animal_ears(kind: str, view: HeadView, top: float) -> list[Shape]:
    out = []
    for side, k in (("l", 1.0), ("r", -1.0)):
        az = k * 48.0
        root, near = view.surface(np.array([az]), np.array([0.36]), np.array([top + 0.16]))
        s = float(np.sin(np.radians(az + view.turn)))
        turn = 0.55 + 0.45 * abs(float(np.cos(view.a)))
        outline = {
            "cat": ((-1, 0.5), (-0.8, -0.6), (0.25, -2.1), (0.9, -0.7), (1, 0.5)),
            "rabbit": ((-0.7, 0.4), (-0.8, -2.2), (0.05, -4.6), (0.75, -2.3), (0.7, 0.4)),
            "bear": ((-1, 0.5), (-1.2, -0.7), (0, -1.6), (1.2, -0.7), (1, 0.5)),
        }[kind]
        p = np.array(outline) * (0.14 * turn, 0.14) * (1.0 if s >= 0 else -1.0, 1) + root[0] + (s * 0.03, 0)
        pointed = kind == "cat"
        chain = np.concatenate((spline(p[:3], 9), spline(p[2:], 9)[1:])) if pointed else spline(p, 17)
        order = 66.9 if near[0] > -0.12 else 56.5
        base = chain[0] + np.linspace(0, 1, 17)[:, None] * (chain[-1] - chain[0])
        w = np.ones(17)
        shape = Shape(
            f"animal_ear_{side}",
            between(chain, base, 3),
            Part.EAR,
            "fur",
            order,
            (w, 0.0, 0.0, 0.0),
            level=8,
            round=0.4,
            group=f"animal_ear_{side}",
        )
        out.append(shape)
        if near[0] > 0:
            inner = between(chain * 0.58 + base * 0.42, base * 0.8 + chain * 0.2, 3)
            middle = inner.mean(axis=(0, 1))
            out.append(
                Shape(
                    f"animal_ear_{side}.in",
                    (inner - middle) * (0.62, 0.95) + middle,
                    Part.EAR,
                    "inner_ear",
                    order + 0.01,
                    (0.8,) * 4,
                    round=0.1,
                    clip=f"animal_ear_{side}",
                )
            )
    return out


def _glasses(kind: str, face: Face, view: HeadView) -> list[Shape]:
    out = []
    for side, k in (("l", 1.0), ("r", -1.0)):
        if view.slope(k * face.eye_x) < 0.2:
            continue
        ring = RING if kind == "round" else np.sign(RING) * np.abs(RING) ** 0.5
        p = view.face(np.array([k * face.eye_x, face.eye_y + 0.01]) + ring * (face.eye_w * 1.3, face.eye_h * 1.2))
        frame = Stroke(np.concatenate((p, p[:2])), 1.4, contour=True)
        temple = view.face(np.array([(k * (face.eye_x + face.eye_w * 1.3), face.eye_y), (k * 0.43, face.eye_y - 0.01)]))
        out.append(
            Shape(
                f"glasses_{side}",
                ring_patch(p),
                Part.NONE,
                "glass",
                61.7,
                (0.0,) * 4,
                [frame, Stroke(temple, 1.0)],
                filled=False,
            )
        )
    if len(out) == 2:
        x = face.eye_x - face.eye_w * 1.3
        b = view.face(np.array([(-x, face.eye_y), (0, face.eye_y - 0.015), (x, face.eye_y)]))
        out[0].strokes.append(Stroke(b, 1.0))
    return out


def _bow(azimuth: float, view: HeadView, wide: float) -> list[Shape]:
    at, near = view.surface(np.array([azimuth]), np.array([wide]), np.array([-0.82]))
    if near[0] < -0.3:
        return []
    turn = 0.45 + 0.55 * abs(near[0]) / wide
    order = 68.5 if near[0] > 0 else 56.8
    out = []
    for k in (-1, 1):
        p = np.array([(0.02, 0), (0.16, -0.1), (0.21, -0.02), (0.19, 0.08), (0.1, 0.05)]) * (k * turn, 1) + at[0]
        out.append(
            Shape(
                f"bow_head{k:+d}",
                ring_patch(spline(p, RING_POINTS, closed=True)),
                Part.NONE,
                "ribbon",
                order,
                level=8,
                round=0.3,
                strokes=[Stroke(at[0] + np.array([(0.04 * k * turn, 0), (0.12 * k * turn, -0.01)]), 0.8, (0, 0.6))],
            )
        )
    out.append(
        Shape("bow_head.knot", ring_patch(at[0] + RING * (0.035, 0.045)), Part.NONE, "ribbon", order + 0.1, level=8)
    )
    return out


def _hat(kind: str, view: HeadView, top: float, wide: float) -> list[Shape]:
    s = float(np.sin(np.radians(view.turn)))
    c = float(np.cos(np.radians(view.turn)))
    w = wide + 0.03
    x = np.linspace(-1, 1, 17)
    dx = -0.04 * s
    if kind == "band":
        low = np.stack((x * (wide - 0.005) + dx, -0.7 + 0.13 * c * (1 - x * x)), axis=1)
        return [Shape("hat.band", between(low - (0, 0.07), low, 2), Part.NONE, "hat", 68.2, level=8, round=0.5)]
    brim_y = -0.74 + 0.09 * c * (1 - x * x)
    low = np.stack((x * w + dx, brim_y), axis=1)
    arch = np.sqrt(np.maximum(1 - x * x, 0))
    if kind == "witch":
        peak = np.interp(np.abs(x), [0, 0.2, 0.6, 1], [1.25, 0.95, 0.35, 0.0])
        up = np.stack((x * w * 0.8 + dx + 0.14 * peak * (0.3 + s), top + 0.22 - peak * 0.75), axis=1)
        low = np.stack((x * w * 0.86 + dx, -0.82 + 0.06 * c * (1 - x * x)), axis=1)
        up[0], up[-1] = low[0], low[-1]
        brim = ring_patch(np.array([dx, -0.8]) + RING * (w * 1.65, 0.17))
        return [
            Shape("hat.brim", brim, Part.NONE, "hat", 68.1, level=9, round=0.2),
            Shape("hat.crown", between(up, low, 4), Part.NONE, "hat", 68.3, level=9, round=0.8),
            Shape(
                "hat.ribbon", between(low - (0, 0.1), low, 2), Part.NONE, "ribbon", 68.4, level=9, round=0.5, clip=""
            ),
        ]
    rise = {"cap": 0.38, "beanie": 0.42, "beret": 0.3}[kind]
    extra = 1.0 if kind != "beret" else 1.16
    up = np.stack(
        (x * w * extra + dx + (0.06 if kind == "beret" else 0), -0.74 - arch**0.8 * (rise + abs(top) - 1)), axis=1
    )
    up[0], up[-1] = low[0], low[-1]
    crown = Shape("hat.crown", between(up, low, 5), Part.NONE, "hat", 68.2, level=9, round=0.8)
    if kind == "beanie":
        return [
            crown,
            Shape("hat.fold", between(low - (0, 0.11), low + (0, 0.03), 2), Part.NONE, "hat", 68.3, level=9, round=0.6),
            Shape(
                "hat.pompon",
                ring_patch(np.array([dx, up[8, 1] - 0.04]) + RING * 0.09),
                Part.NONE,
                "ribbon",
                68.1,
                level=9,
            ),
        ]
    if kind == "cap" and c > -0.5:
        reach = np.array([(-0.55 * w, -0.74), (0, -0.64), (0.55 * w, -0.74)]) + (0.3 * s, 0)
        peak = np.array([(-0.6 * w + 0.3 * s, -0.7), (0.5 * s, -0.57 + 0.02 * c), (0.6 * w + 0.36 * s, -0.7)])
        crown.strokes.append(Stroke(np.stack((up[8], low[8])) + (0.1 * s, 0), 0.7, (0.1, 0.3), inside=True))
        return [
            crown,
            Shape(
                "hat.peak", between(spline(reach, 11), spline(peak, 11), 2), Part.NONE, "hat", 68.3, level=9, round=0.3
            ),
        ]
    return [crown]
