"""Four-legged animals, birds and fish."""

from __future__ import annotations

import numpy as np

from ..curves import RING_POINTS, between, profile, ring_patch, rotation, spline, tube
from ..figure.body import Pose
from ..shapes import Shape, Stroke
from .pieces import disc, hose, sideways, toon_shape


def quadruped(s: dict[str, float], pose: Pose) -> list[Shape]:
    k = -1.0 if sideways(pose) < 0 else 1.0
    long, r = 0.34 + 0.14 * s["wide"], 0.1 + 0.07 * s["tall"]
    leg = 0.14 + 0.16 * s["limb"]
    y = -leg - r + pose.y
    back = np.array([[-k * long / 2, y], [0, y + 0.02 * pose.bow / 10], [k * long / 2, y - 0.02]])
    path = spline(back, 22)
    body = tube(
        path,
        np.array([*profile([0.55, 0.95, 1.02, 0.96, 0.6], 22)]) * r,
        columns=5,
        bulge=np.concatenate((np.full(11, -r * 0.55), np.full(11, r * 0.6))),
    )
    out = [toon_shape("body", body, "body", 10.0, group="body")]
    for i, (side, x) in enumerate((("l", 0.36), ("r", 0.3), ("l", -0.34), ("r", -0.4))):
        swing = np.radians(getattr(pose, f"leg_swing_{side}") * (1 if i < 2 else -1)) * k
        hip = np.array([k * x * long * 1.1, y + r * 0.45])
        length = leg + r * 0.5
        knee = hip + np.array([np.sin(swing), np.cos(swing)]) * length * 0.5
        foot = knee + np.array([np.sin(swing * 0.4), np.cos(swing * 0.4)]) * length * 0.45
        order = 11.0 if side == "l" else 8.0
        out.append(
            hose(f"leg{i}", hip, knee, foot, r * 0.3, "body", order, 0.8, lined=(0.0, 1.0, 1.0, 1.0), fill_key="body")
        )
        out.append(
            disc(
                f"paw{i}",
                foot + (k * 0.012, 0.012),
                r * 0.36,
                r * 0.24,
                "belly" if s["belly"] > 0.5 else "body",
                order + 0.1,
            )
        )
    head = np.array([k * (long / 2 + r * 0.55), y - r * (0.7 + 0.8 * s["top"])]) + (0.0, 0.002 * pose.head_pitch)
    neck = hose(
        "neck",
        path[-3],
        (path[-1] + head) / 2,
        head,
        r * 0.55,
        "body",
        10.5,
        0.9,
        lined=(0.0, 1.0, 0.0, 1.0),
        fill_key="body",
    )
    hr = r * (0.75 + 0.4 * s["cheek"])
    tilt = np.radians(pose.head_roll)
    out += [neck, disc("head", head, hr * 1.05, hr * 0.95, "body", 12.0, tilt, group="head")]
    out.append(disc("snout", head + np.array([k * hr * 0.72, hr * 0.3]), hr * 0.5, hr * 0.36, "belly", 12.1, tilt))
    out.append(disc("nose", head + np.array([k * hr * 1.12, hr * 0.14]), hr * 0.14, hr * 0.11, "pupil", 12.2))
    for j, side_k in enumerate((-0.55, 0.35)):
        root = head + np.array([side_k * hr, -hr * 0.72])
        tip = {0: (0.1, -0.75), 1: (-0.35 * k, 0.9), 2: (0.0, -1.6)}[int(s["ear"] * 2.99)]
        chain = spline(
            root
            + np.array(
                [
                    (-0.26, 0.15),
                    (-0.22 + tip[0] * 0.5, tip[1] * 0.6),
                    tip,
                    (0.22 + tip[0] * 0.5, tip[1] * 0.6),
                    (0.26, 0.15),
                ]
            )
            * hr,
            13,
        )
        out.append(
            toon_shape(
                f"ear{j}",
                between(chain, chain[:1] + np.linspace(0, 1, 13)[:, None] * (chain[-1:] - chain[:1]), 3),
                "second",
                11.8 if j == 0 else 12.3,
            )
        )
    eye = head + np.array([k * hr * 0.32, -hr * 0.2])
    out += [
        disc("eye", eye, hr * 0.16, hr * 0.2 * max(0.2, min(pose.eyes, 1)), "pupil", 12.4),
        disc("glint", eye + (-0.03 * hr, -0.06 * hr), hr * 0.05, hr * 0.05, "glint", 12.5, lined=(0.4,) * 4),
    ]
    out[-2].strokes.append(
        Stroke(spline(head + np.array([(k * 0.5, 0.5), (k * 0.75, 0.58), (k * 1.0, 0.45)]) * hr, 8), 1.0, (0.2, 0.2))
    )
    wag = 0.1 * pose.cloth + 0.03 * np.sin(np.radians(pose.swing_l * 3))
    base = path[0]
    out.append(
        hose(
            "tail",
            base,
            base + np.array([-k * (0.08 + 0.05 * s["tail"]), -0.05 + wag]),
            base + np.array([-k * (0.12 + 0.1 * s["tail"]), -0.2 * s["tail"] + 2 * wag]),
            0.022 + 0.03 * s["extra"],
            "body",
            9.0,
            0.35,
        )
    )
    for i in range(int(s["spots"] * 4)):
        c = path[5 + 4 * i] + np.array([0, (-0.4 + 0.5 * ((i * 0.618) % 1)) * r])
        out.append(disc(f"spot{i}", c, r * 0.32, r * 0.26, "second", 10.1, clip="body"))
    return out


def bird(s: dict[str, float], pose: Pose) -> list[Shape]:
    k = -1.0 if sideways(pose) < 0 else 1.0
    r = 0.15 + 0.06 * s["wide"]
    leg = 0.08 + 0.18 * s["limb"]
    c = np.array([0.0, -leg - r * 1.05 + pose.y])
    lean = rotation(np.radians(pose.lean + k * 8))
    outline = (
        np.array(
            [
                (-1.5, 0.1),
                (-0.9, -0.3),
                (0.0, -0.9),
                (0.5, -1.6),
                (0.95, -1.75),
                (1.25, -1.4),
                (1.0, -0.7),
                (1.05, 0.1),
                (0.5, 0.85),
                (-0.4, 0.8),
            ]
        )
        * r
        * (k, 1)
    )
    ring = spline(c + outline @ lean.T, RING_POINTS, closed=True)
    out = [toon_shape("body", ring_patch(ring), "body", 10.0, group="body")]
    out.append(disc("belly", c + np.array([k * 0.35, 0.35]) * r, r * 0.75, r * 0.7, "belly", 10.1, clip="body"))
    flap = np.radians(-20 + 0.8 * pose.spread_l) * k
    wing = (
        np.array(
            [
                (0.3, -0.35),
                (-0.2, -0.45),
                (-0.9, -0.1),
                (-1.3, 0.35),
                (-0.7, 0.4),
                (-0.1, 0.35),
                (0.3, 0.1),
                (0.4, -0.15),
            ]
        )
        * r
        * (k, 1)
    )
    out.append(
        toon_shape(
            "wing",
            ring_patch(spline(c + (k * 0.1 * r, 0) + wing @ rotation(flap * 0.6).T, RING_POINTS, closed=True)),
            "second",
            10.5,
            strokes=[
                Stroke(
                    c + np.array([(k * -0.9, 0.15), (k * -0.4, 0.12)]) @ rotation(flap * 0.6).T * r,
                    0.9,
                    (0.1, 0.5),
                    inside=True,
                )
            ],
        )
    )
    head = c + np.array([k * 0.9, -1.45]) * r @ lean.T
    open_ = 0.5 * max(pose.mouth, 0)
    for i, sign in enumerate((-1, 1)):
        beak = (
            head
            + np.array(
                [(k * 0.25, 0.12 * sign), (k * (0.75 + 0.6 * s["top"]), 0.1 + sign * open_ * 0.4), (k * 0.2, 0.1)]
            )
            * r
        )
        out.append(
            toon_shape(
                f"beak{i}",
                ring_patch(
                    np.concatenate(
                        [
                            beak[j] + np.linspace(0, 1, 8, endpoint=False)[:, None] * (beak[(j + 1) % 3] - beak[j])
                            for j in range(3)
                        ]
                    )
                ),
                "third",
                9.5 + 0.1 * i,
            )
        )
    out += [
        disc("eye", head + np.array([k * 0.08, -0.05]) * r, r * 0.16, r * 0.17, "eye_white", 10.6),
        disc("pupil", head + np.array([k * 0.11, -0.05]) * r, r * 0.08, r * 0.09, "pupil", 10.7),
    ]
    for side, x in (("l", 0.15), ("r", -0.15)):
        w = np.radians(getattr(pose, f"leg_swing_{side}"))
        a = c + np.array([x * r, 0.75 * r])
        b = a + np.array([np.sin(w) * 0.4, np.cos(w)]) * (leg * 0.5)
        f = np.array([a[0] + np.sin(w) * leg, -0.01 + min(pose.y, 0)])
        out.append(hose(f"leg_{side}", a, b, f, 0.011, "third", 9.0))
        out.append(disc(f"foot_{side}", f + (k * 0.02, 0), 0.045, 0.014, "third", 9.1))
    return out


def fish(s: dict[str, float], pose: Pose) -> list[Shape]:
    k = -1.0 if sideways(pose) < 0 else 1.0
    c = np.array([0.0, -0.4 + pose.y])
    sway = 0.05 * np.sin(np.radians(pose.leg_swing_l * 4 + pose.swing_l * 2))
    path = spline(c + np.array([(-0.34 * k, sway), (-0.1 * k, -sway * 0.5), (0.12 * k, 0), (0.32 * k, sway * 0.3)]), 22)
    r = 0.13 + 0.08 * s["tall"]
    out = [
        toon_shape(
            "body", tube(path, profile([0.12, 0.75, 1.0, 0.85, 0.1], 22) * r, columns=5), "body", 10.0, group="body"
        )
    ]
    tail = spline(
        path[0] + np.array([(0.04 * k, 0), (-0.16 * k, -0.14 + sway), (-0.09 * k, 0.0), (-0.16 * k, 0.14 + sway)]),
        RING_POINTS,
        closed=True,
    )
    out.append(
        toon_shape(
            "tail",
            ring_patch(tail),
            "second",
            9.0,
            strokes=[Stroke(path[0] + np.array([(-0.02 * k, 0), (-0.1 * k, -0.06)]), 0.8, (0.2, 0.5))],
        )
    )
    top = spline(
        path[11] + np.array([(-0.14 * k, -r * 0.7), (-0.1 * k, -r * 1.7), (0.06 * k, -r * 1.4), (0.1 * k, -r * 0.7)]),
        RING_POINTS,
        closed=True,
    )
    out.append(toon_shape("fin", ring_patch(top), "second", 9.1))
    flap = rotation(np.radians(pose.spread_l - 20) * k)
    out.append(
        toon_shape(
            "side_fin",
            ring_patch(
                spline(
                    path[13] + np.array([(0.02, 0.03), (-0.1, 0.01), (-0.14, 0.09), (-0.04, 0.1)]) * (k, 1) @ flap.T,
                    RING_POINTS,
                    closed=True,
                )
            ),
            "third",
            10.4,
        )
    )
    for i in range(int(s["stripe"] * 4)):
        x = path[7 + 3 * i]
        line = x + np.stack((0.02 * np.cos(np.linspace(-1.5, 1.5, 9)) * k, np.linspace(-1.1, 1.1, 9) * r), axis=1)
        out.append(toon_shape(f"stripe{i}", between(line, line + (0.025, 0), 2), "belly", 10.1, clip="body"))
    eye = path[18] + (0, -0.25 * r)
    out += [
        disc("eye", eye, 0.04, 0.042, "eye_white", 10.5),
        disc("pupil", eye + (0.008 * k, 0), 0.02, 0.022, "pupil", 10.6),
    ]
    out[0].strokes.append(
        Stroke(
            spline(path[20] + np.array([(0.05 * k, 0.25 * r), (0.0, 0.35 * r), (-0.05 * k, 0.3 * r)]), 8),
            1.1,
            (0.1, 0.4),
            inside=True,
        )
    )
    return out
