"""The head in head units: chin at y = 0, skull's top at y = -1, x = 0 on the neck's axis; face, ears, nose, mouth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..curves import RING, between, ellipse_patch, ring_patch, rotation, spline
from ..ink import Rng
from ..shapes import Part, Points, Shape, Stroke
from .body import Pose

# Outlines drawn for five turns of the head to the right, from the skull's top down both sides to the chin.
_RIGHT = {
    0: (
        (0, -1),
        (0.22, -0.965),
        (0.37, -0.85),
        (0.428, -0.67),
        (0.425, -0.49),
        (0.4, -0.33),
        (0.345, -0.2),
        (0.24, -0.09),
        (0.1, -0.018),
        (0, 0),
    ),
    45: (
        (0.05, -1),
        (0.25, -0.96),
        (0.39, -0.84),
        (0.425, -0.68),
        (0.398, -0.5),
        (0.418, -0.37),
        (0.39, -0.22),
        (0.3, -0.09),
        (0.22, -0.015),
        (0.17, 0),
    ),
    90: (
        (0, -1),
        (0.22, -0.96),
        (0.39, -0.83),
        (0.45, -0.66),
        (0.432, -0.47),
        (0.452, -0.36),
        (0.486, -0.285),
        (0.438, -0.2),
        (0.405, -0.07),
        (0.34, 0.0),
    ),
    135: (
        (-0.02, -1),
        (0.2, -0.965),
        (0.38, -0.84),
        (0.45, -0.66),
        (0.435, -0.5),
        (0.43, -0.36),
        (0.4, -0.24),
        (0.32, -0.14),
        (0.24, -0.08),
        (0.16, -0.05),
    ),
    180: (
        (0, -1),
        (0.22, -0.965),
        (0.37, -0.85),
        (0.428, -0.67),
        (0.425, -0.49),
        (0.39, -0.34),
        (0.32, -0.22),
        (0.2, -0.14),
        (0.1, -0.11),
        (0, -0.1),
    ),
}
_LEFT = {
    0: tuple((-x, y) for x, y in _RIGHT[0]),
    45: (
        (0.05, -1),
        (-0.22, -0.97),
        (-0.41, -0.83),
        (-0.475, -0.63),
        (-0.45, -0.45),
        (-0.37, -0.31),
        (-0.26, -0.2),
        (-0.09, -0.09),
        (0.07, -0.02),
        (0.17, 0),
    ),
    90: (
        (0, -1),
        (-0.25, -0.96),
        (-0.45, -0.8),
        (-0.515, -0.6),
        (-0.47, -0.41),
        (-0.34, -0.28),
        (-0.17, -0.22),
        (-0.01, -0.17),
        (0.18, -0.06),
        (0.34, 0),
    ),
    135: (
        (-0.02, -1),
        (-0.25, -0.965),
        (-0.43, -0.82),
        (-0.485, -0.62),
        (-0.46, -0.44),
        (-0.38, -0.3),
        (-0.26, -0.22),
        (-0.1, -0.17),
        (0.06, -0.1),
        (0.16, -0.05),
    ),
    180: tuple((-x, y) for x, y in _RIGHT[180]),
}
_KEYS = np.array([0, 45, 90, 135, 180], dtype=np.float64)
_OUTLINES = np.array([[_LEFT[k], _RIGHT[k]] for k in (0, 45, 90, 135, 180)])


@dataclass(frozen=True, slots=True)
class Face:
    """What makes a face: jaw 0.85 narrow .. 1.15 broad, point 0 round .. 1 pointed chin; the rest by measure."""

    jaw: float = 1.0
    point: float = 0.3
    eye_x: float = 0.205
    eye_y: float = -0.4
    eye_w: float = 0.1
    eye_h: float = 0.1
    eye_style: str = "round"
    lash: float = 1.0
    brow_y: float = 0.09
    brow_thick: float = 1.0
    brow_shape: str = "patch"
    nose: str = "tick"
    mouth_w: float = 0.075
    pupil: str = "oval"
    glints: int = 2
    blush: bool = False
    ears: str = "human"
    freckles: bool = False

    @staticmethod
    def sample(rng: Rng, age: float) -> Face:
        """Large low eyes for the young, narrower and higher ones for adults."""
        u = rng.uniform
        return Face(
            jaw=float(u(0.9, 1.1)),
            point=float(u(0, 1)),
            eye_x=float(u(0.19, 0.225)),
            eye_y=float(-u(0.36, 0.42) - 0.04 * age),
            eye_w=float(u(0.085, 0.115)),
            eye_h=float(u(0.085, 0.135) * (1 - 0.35 * age * u(0.3, 1))),
            eye_style=str(rng.choice(["round", "sharp", "droop", "tall"])),
            lash=float(u(0.7, 1.6)),
            brow_y=float(u(0.07, 0.12)),
            brow_thick=float(u(0.6, 1.5)),
            brow_shape=str(rng.choice(["patch", "stroke"])),
            nose=str(rng.choice(["tick", "dot", "line", "none"], p=[0.4, 0.3, 0.2, 0.1])),
            mouth_w=float(u(0.05, 0.1)),
            pupil=str(rng.choice(["oval", "round", "none", "slit"], p=[0.45, 0.3, 0.2, 0.05])),
            glints=int(rng.integers(1, 4)),
            blush=bool(rng.random() < 0.3),
            ears=str(rng.choice(["human", "elf", "animal"], p=[0.84, 0.06, 0.1])),
            freckles=bool(rng.random() < 0.06),
        )


class HeadView:
    """One turn of one head; maps places on the face to the paper, in head units.

    turn: degrees -180..180; flip is -1 where the drawing for the opposite turn is mirrored.
    """

    def __init__(self, turn: float, pitch: float = 0.0) -> None:
        self.turn = (turn + 180) % 360 - 180
        self.flip = 1.0 if self.turn >= 0 else -1.0
        self.a = np.radians(abs(self.turn))
        self.pitch = np.radians(pitch)

    def face(self, p: Points) -> Points:
        """(n, 2) on paper of (n, 2) places on the face as drawn from the front (x to the viewer's right)."""
        p = np.asarray(p, dtype=np.float64)
        x = p[..., 0] * self.flip
        z = 0.33 - 1.0 * x * x
        out = x * np.cos(self.a) + z * np.sin(self.a)
        y = p[..., 1] + np.sin(self.pitch) * z * 0.9
        return np.stack((out * self.flip, y), axis=-1)

    def slope(self, x: float) -> float:
        """How wide a short way across the face at x still looks; under 0.2 it is out of sight."""
        x = x * self.flip
        return float(np.cos(self.a) - 2.0 * x * np.sin(self.a))

    def surface(self, azimuth: Points, radius: Points, height: Points) -> tuple[Points, Points]:
        """Places (n, 2) and nearness (n,) of points round the skull; azimuth in degrees, 0 front, 90 at x > 0."""
        psi = np.radians(azimuth + self.turn)
        x = radius * np.sin(psi) - 0.045 * np.sin(np.radians(self.turn))
        return np.stack((x, np.broadcast_to(height, x.shape)), axis=-1), radius * np.cos(psi)

    def outline(self, face: Face) -> tuple[Points, Points]:
        """Left and right chains (10, 2) of the bare head."""
        deg = float(np.degrees(self.a))
        i = min(int(np.searchsorted(_KEYS, deg, side="right")) - 1, 3)
        f = (deg - _KEYS[i]) / 45
        left, right = _OUTLINES[i] * (1 - f) + _OUTLINES[i + 1] * f
        chin = np.clip((left[:, 1] + 0.42) / 0.42, 0, 1)
        middle = right[-1, 0]
        for chain in (left, right):
            narrow = 1 + (face.jaw - 1) * chin - face.point * 0.13 * np.sin(np.pi * chin)
            chain[:, 0] = middle * chin + (chain[:, 0] - middle * chin) * narrow
        if self.flip < 0:
            left, right = right * (-1, 1), left * (-1, 1)
        return left, right


def head_shapes(face: Face, pose: Pose, view: HeadView) -> list[Shape]:
    """Bare head, ears, nose, mouth and blush in head units (eyes are made by `eyes`)."""
    left, right = view.outline(face)
    grid = np.stack((spline(left, 30), (spline(left, 30) + spline(right, 30)) / 2, spline(right, 30)), axis=1)
    skin = Shape("face", grid, Part.FACE, "skin", 60.0, (0.0, 1.0, 0.0, 1.0), group="face", level=6, round=0.8)
    shapes = [skin, *_ears(face, view)]
    if np.cos(view.a) < -0.35:
        return shapes
    shapes += _mouth(face, pose, view)
    skin.strokes += _nose(face, view)
    if face.blush:
        for k in (-1.0, 1.0):
            if view.slope(k * 0.27) < 0.25:
                continue
            ring = np.array([[k * 0.27, -0.27]]) + RING * (0.075, 0.035)
            shapes.append(
                Shape(
                    f"blush{k:+.0f}",
                    ring_patch(view.face(ring)),
                    Part.FACE,
                    "skin",
                    60.4,
                    (0.0, 0.0, 0.0, 0.0),
                    fill_key="face",
                    clip="face",
                    round=0.0,
                )
            )
            for i in range(3):
                c = np.array([[k * 0.27 + (i - 1) * 0.035, -0.27]])
                skin.strokes.append(
                    Stroke(view.face(c + np.array([[0.01, -0.018], [-0.01, 0.018]])), 0.6, (0.4, 0.4), inside=False)
                )
    return shapes


def _ears(face: Face, view: HeadView) -> list[Shape]:
    out: list[Shape] = []
    if face.ears == "animal":
        return out
    for side, k in (("l", 1.0), ("r", -1.0)):
        place, near = view.surface(np.array([k * 88.0]), np.array([0.42]), np.array([-0.4]))
        s = float(np.sin(np.radians(k * 88.0 + view.turn)))
        if near[0] < -0.25:
            continue
        width = 0.05 + 0.055 * max(0.0, float(near[0]) / 0.42)
        tip = (0.2, -0.16) if face.ears == "elf" else (0.0, -0.02)
        out_dir = 1.0 if s >= 0 else -1.0
        if near[0] > 0.3:
            out_dir = -view.flip
        ring = np.array(
            [
                (-0.2, 0.09),
                (-0.1, -0.05),
                (0.25 + tip[0], -0.12 + tip[1]),
                (0.9 + 3 * tip[0], -0.09 + tip[1]),
                (1.0, 0.0),
                (0.7, 0.075),
                (0.25, 0.125),
                (-0.1, 0.13),
            ]
        )
        c = place[0] + ring * (width * out_dir, 1.0)
        ring2 = spline(c, 24, closed=True)
        grid = np.stack((ring2[:13], np.concatenate((ring2[:1], ring2[:11:-1]))), axis=1)
        # The root of the ear joins the cheek without a line.
        d = (grid[..., 0] - place[0][0]) * out_dir / width
        w = np.where(d > 0.02, 1.0, 0.0)
        inner = place[0] + np.array([(0.3, -0.05), (0.62, -0.04), (0.66, 0.03), (0.4, 0.07)]) * (width * out_dir, 1.0)
        order = 59.5 if near[0] < 0.12 else 61.0
        out.append(
            Shape(
                f"ear_{side}",
                grid,
                Part.EAR,
                "skin",
                order,
                (0.0, w[:, 1], 0.0, w[::-1, 0]),
                [Stroke(spline(inner, 8), 0.8, (0.3, 0.3), inside=True)],
                group="ear",
                level=5,
                round=0.4,
            )
        )
    return out


def _nose(face: Face, view: HeadView) -> list[Stroke]:
    deg = np.degrees(view.a)
    if face.nose == "none" or deg > 75:
        return []
    out = 0.05 * np.sin(view.a) * view.flip
    base = view.face(np.array([[0.0, -0.27]]))[0] + (out, 0)
    k = view.flip
    if face.nose == "dot":
        return [Stroke(base + np.array([[-0.008, 0], [0.008, 0.004]]), 1.0)]
    if face.nose == "line":
        return [Stroke(base + np.array([[-0.02 * k, -0.07], [0.005 * k, -0.03], [0.012 * k, 0.0]]), 0.9, (0.7, 0.0))]
    return [Stroke(base + np.array([[0.008 * k, -0.018], [0.014 * k, 0.0], [-0.012 * k, 0.006]]), 0.9, (0.5, 0.5))]


def _mouth(face: Face, pose: Pose, view: HeadView) -> list[Shape]:
    if view.slope(0.0) < -0.1:
        return []
    w, opening = face.mouth_w, max(0.0, pose.mouth)
    x = np.linspace(-1, 1, 9)
    smile = 0.014 + 0.012 * opening
    upper = np.stack((x * w * (1 - 0.15 * opening), -0.155 - smile * (x * x) + 0.004 * np.cos(3 * x)), axis=1)
    grow = 0.13 * opening * np.sqrt(np.maximum(1 - x * x, 0))
    lower = upper + np.stack((0 * x, grow), axis=1)
    top, low = view.face(upper), view.face(lower)
    shift = np.array([0.04 * np.sin(view.a) * view.flip, 0.0])
    grid = between(top + shift, low + shift, 4)
    if opening < 0.12:
        line = Stroke((top + shift), 1.0, (0.25, 0.25))
        lip = Stroke(view.face(np.array([[-0.02, -0.105], [0.02, -0.105]])) + shift, 0.6, (0.5, 0.5))
        return [
            Shape(
                "mouth_line",
                grid,
                Part.FACE,
                "skin",
                60.6,
                strokes=[line, lip],
                filled=False,
                clip="face",
                lined=(0.0, 0.0, 0.0, 0.0),
            )
        ]
    out = [Shape("mouth", grid, Part.OPEN_MOUTH, "mouth", 60.6, group="mouth", clip="face", round=0.0)]
    centre = (grid[-1, 4] + grid[0, 4]) / 2 + (0, 0.045 * opening)
    out.append(
        Shape(
            "tongue",
            ellipse_patch(centre, w * 0.62, 0.05 * opening + 0.01),
            Part.OPEN_MOUTH,
            "tongue",
            60.62,
            (0.7, 0.7, 0.7, 0.7),
            clip="mouth",
            round=0.0,
        )
    )
    if opening > 0.5:
        teeth = between(grid[0], grid[0] + (0, 0.028), 2)
        out.append(
            Shape("teeth", teeth, Part.OPEN_MOUTH, "teeth", 60.64, (0.0, 0.0, 0.7, 0.0), clip="mouth", round=0.0)
        )
    return out


def place_head(shapes: list[Shape], scale: float, roll: float, at: Points) -> list[Shape]:
    """Bring head units to figure units: scale, roll (degrees) about the neck, and the chin's place."""
    r = rotation(np.radians(roll)).T * scale
    pivot = np.array([0.0, -0.12])
    for s in shapes:
        s.grid = (s.grid - pivot) @ r + pivot * scale + at
        for k in s.strokes:
            k.points = (k.points - pivot) @ r + pivot * scale + at
    return shapes
