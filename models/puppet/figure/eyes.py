"""Eyes and brows: white, iris, pupil, glints, lashes and lids, seen from any side, open to closed."""

from __future__ import annotations

import numpy as np

from ..curves import RING, between, ring_patch, spline
from ..shapes import Part, Points, Shape, Stroke
from .body import Pose
from .head import Face, HeadView

# Upper and lower lid from the inner to the outer corner: (share of the half width, share of the half height).
_LIDS = {
    "round": (
        ((-1, 0.1), (-0.72, -0.62), (-0.05, -1), (0.66, -0.8), (1, -0.05)),
        ((-1, 0.1), (-0.6, 0.72), (0.0, 0.98), (0.6, 0.8), (1, -0.05)),
    ),
    "sharp": (
        ((-1, 0.35), (-0.6, -0.4), (0.05, -0.86), (0.66, -0.9), (1.08, -0.5)),
        ((-1, 0.35), (-0.5, 0.72), (0.1, 0.8), (0.7, 0.45), (1.08, -0.5)),
    ),
    "droop": (
        ((-1, -0.1), (-0.62, -0.74), (0, -0.95), (0.62, -0.6), (1.05, 0.2)),
        ((-1, -0.1), (-0.6, 0.55), (0.0, 0.86), (0.62, 0.86), (1.05, 0.2)),
    ),
    "tall": (
        ((-0.9, -0.2), (-0.62, -0.95), (0.0, -1.18), (0.62, -1.0), (0.96, -0.2)),
        ((-0.9, -0.2), (-0.62, 0.74), (0, 1.05), (0.62, 0.8), (0.96, -0.2)),
    ),
}


def eye_shapes(face: Face, pose: Pose, view: HeadView) -> list[Shape]:
    """Both eyes and brows as far as they can be seen, in head units."""
    out: list[Shape] = []
    for side, k in (("l", 1.0), ("r", -1.0)):
        if view.slope(k * face.eye_x) > 0.24:
            out += _eye(face, pose, view, side, k)
    return out


def _eye(face: Face, pose: Pose, view: HeadView, side: str, k: float) -> list[Shape]:
    lids = _LIDS[face.eye_style]
    opening = float(np.clip(pose.eyes, 0.0, 1.1))
    size = np.array([face.eye_w, face.eye_h])
    centre = np.array([k * face.eye_x, face.eye_y])

    def lid(points: tuple[tuple[float, float], ...], droop: float) -> Points:
        p = np.array(points) * size
        low = np.array(lids[1]) * size
        # Closing: the upper lid comes down onto a line near the lower one.
        shut = low * (1, 0.55) + (0, 0.15 * face.eye_h)
        return spline((p * droop + shut * (1 - droop)) * (k, 1) + centre, 13)

    upper, lower = lid(lids[0], opening), lid(lids[1], max(opening, 0.0) * 0.6 + 0.4 if opening > 0.15 else 0.0)
    top, low = view.face(upper), view.face(lower)
    outer = top[-1] - top[0]
    outer = outer / max(float(np.hypot(*outer)), 1e-6)
    lash_weight = (0.9 + 1.5 * face.lash * np.sin(np.linspace(0.15, 2.6, 13)) ** 2) * 1.25
    wing = np.concatenate((top, (top[-1] + outer * 0.022 * face.lash + (0, 0.008))[None]))
    lash = Stroke(wing, np.append(lash_weight, 0.8), (0.12, 0.06), part=Part.EYE)
    shapes: list[Shape] = []
    if opening < 0.15:
        shapes.append(
            Shape(
                f"eye_{side}.shut",
                between(top, low, 2),
                Part.EYE,
                "skin",
                60.9,
                (0.0, 0.0, 0.0, 0.0),
                [lash],
                filled=False,
                clip="face",
            )
        )
        return shapes + _brow(face, pose, view, side, k)
    group = f"eye_{side}"
    shapes.append(
        Shape(
            f"{group}.white",
            between(top, low, 4),
            Part.EYE,
            "eye_white",
            60.7,
            (0.0, 0.0, 0.0, 0.0),
            group=group,
            clip="face",
            round=0.0,
            line_colour="lash",
        )
    )
    look = centre + np.array([pose.gaze_x * 0.25, pose.gaze_y * 0.2]) * size + (0, 0.02 * size[1])
    r = np.array([face.eye_w * (0.66 if face.eye_style != "tall" else 0.7), face.eye_h * 1.02])
    iris = view.face(look + RING * r)
    shapes.append(
        Shape(
            f"{group}.iris",
            ring_patch(iris),
            Part.EYE,
            "iris",
            60.71,
            (0.9, 0.9, 0.9, 0.9),
            group=f"{group}.i",
            clip=group,
            round=0.3,
        )
    )
    in_iris = f"{group}.i"
    if face.pupil != "none":
        squeeze = {"oval": (0.42, 0.5), "round": (0.5, 0.4), "slit": (0.16, 0.7)}[face.pupil]
        shapes.append(
            Shape(
                f"{group}.pupil",
                ring_patch(view.face(look + RING * r * squeeze)),
                Part.EYE,
                "pupil",
                60.72,
                (0.5, 0.5, 0.5, 0.5),
                group=in_iris,
                clip=in_iris,
                round=0.0,
            )
        )
    if face.glints >= 3:
        glow = ring_patch(view.face(look + (0, r[1] * 0.55) + RING * r * (0.55, 0.3)))
        shapes.append(
            Shape(f"{group}.glow", glow, Part.EYE, "iris_low", 60.73, (0.5, 0.5, 0.5, 0.5), clip=in_iris, round=0.0)
        )
    glints = [((-0.32, -0.42), 0.27), ((0.34, 0.4), 0.16)][: max(1, min(face.glints, 2))]
    for i, ((gx, gy), gr) in enumerate(glints):
        ring = view.face(look + r * (gx, gy) + RING * r[0] * gr * (1.0, 1.2))
        shapes.append(
            Shape(
                f"{group}.glint{i}",
                ring_patch(ring),
                Part.EYE,
                "glint",
                60.74 + i * 0.001,
                (0.5, 0.5, 0.5, 0.5),
                clip=group,
                round=0.0,
            )
        )
    under = (
        Stroke(low, 0.75, (0.45, 0.2), part=Part.EYE)
        if face.lash < 1.25
        else Stroke(low, 0.9, (0.25, 0.05), part=Part.EYE)
    )
    # The whole rim is closed by a fine line under the lash, so that no colour runs out.
    rim = Stroke(np.concatenate((top, low[::-1], top[:2])), 0.62, contour=True, part=Part.EYE)
    lids_shape = Shape(
        f"{group}.lids",
        between(top, low, 2),
        Part.EYE,
        "eye_white",
        60.8,
        (0.0, 0.0, 0.0, 0.0),
        [rim, under, lash],
        filled=False,
        clip="",
        line_colour="lash",
    )
    crease = top[3:11] + (top[3:11] - low[3:11]) * 0.22 - (0, 0.006)
    lids_shape.strokes.append(Stroke(crease, 0.55, (0.4, 0.4), part=Part.FACE))
    shapes.append(lids_shape)
    return shapes + _brow(face, pose, view, side, k)


def _brow(face: Face, pose: Pose, view: HeadView, side: str, k: float) -> list[Shape]:
    t = np.linspace(-1, 1, 9)
    lift = face.eye_y - face.eye_h - face.brow_y
    y = lift + 0.018 * t * t + (0.03 * pose.brow) * t * -1 - 0.012 * abs(pose.brow)
    middle = view.face(np.stack((k * (face.eye_x + 0.012 + t * face.eye_w * 0.95), y), axis=1))
    if face.brow_shape == "stroke":
        line = Stroke(middle, (1.6 - 0.6 * np.abs(t)) * face.brow_thick, (0.15, 0.3), part=Part.EYEBROW)
        return [
            Shape(
                f"brow_{side}",
                between(middle, middle + (0, 0.01), 2),
                Part.EYEBROW,
                "brow",
                61.5,
                (0.0, 0.0, 0.0, 0.0),
                [line],
                filled=False,
                clip="face",
            )
        ]
    thick = 0.02 * face.brow_thick * np.clip(1 - ((t + 0.35) / 1.4) ** 2, 0.05, 1)[:, None] * (0, 1)
    return [
        Shape(
            f"brow_{side}",
            between(middle - thick, middle + thick, 2),
            Part.EYEBROW,
            "brow",
            61.5,
            clip="face",
            round=0.0,
        )
    ]
