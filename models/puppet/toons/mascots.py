"""Mascots, things with faces, and a large gloved hand."""

from __future__ import annotations

import numpy as np

from ..curves import RING, TURNS, between, ring_patch, rotation, spline, tube
from ..figure.body import Pose
from ..figure.props import held_prop
from ..shapes import Points, Shape
from .pieces import arms, body_ring, disc, glove, hose, legs, shoe, sideways, toon_face, toon_shape


def mascot(s: dict[str, float], pose: Pose) -> list[Shape]:
    tall, wide = 0.2 + 0.16 * s["tall"], 0.16 + 0.14 * s["wide"]
    leg = 0.1 + 0.26 * s["limb"]
    centre = np.array([0.0, -leg - tall + pose.y])
    lean = rotation(np.radians(pose.lean + pose.head_roll * 0.5))
    squash = np.array([1 + 0.002 * pose.bow, 1 - 0.002 * pose.bow])
    ring = centre + body_ring(s, wide, tall) * squash @ lean.T
    out = [toon_shape("body", ring_patch(ring), "body", 10.0, group="body")]
    r = 0.018 + 0.03 * s["low"]
    shoulders = centre + np.array([(wide * 0.94, -tall * 0.05), (-wide * 0.94, -tall * 0.05)]) @ lean.T
    for side, a, b, c in arms(pose, shoulders, 0.2 + 0.14 * s["limb"]):
        out.append(hose(f"arm_{side}", a, b, c, r, "limb", 12.0 if side == "l" else 9.0))
        out += glove(
            f"glove_{side}",
            c,
            c - b,
            0.05 + 0.03 * s["extra"],
            12.5 if side == "l" else 9.5,
            "lace" if s["belly"] > 0.6 else "limb",
        )
    if s["hat"] > 0.93:
        out += held_prop("staff", out[-1].grid.mean(axis=(0, 1)), np.array([0.2, 1.0]), 13.0)
    for side, a, b, c in legs(
        pose, centre + np.array([(wide * 0.4, tall * 0.8), (-wide * 0.4, tall * 0.8)]), -0.03 + pose.y
    ):
        k = (1.0 if side == "l" else -1.0) if abs(sideways(pose)) < 0.3 else float(np.sign(sideways(pose)))
        out.append(hose(f"leg_{side}", a, b, c, r * 1.05, "limb", 6.0 if side == "l" else 5.0))
        out += shoe(f"shoe_{side}", c, k, 0.055 + 0.03 * s["wide"], "shoe", 6.5 if side == "l" else 5.5)
    if s["belly"] > 0.5:
        out.append(
            disc(
                "belly",
                centre + (0.25 * wide * sideways(pose), tall * 0.4),
                wide * 0.66,
                tall * 0.5,
                "belly",
                10.2,
                clip="body",
            )
        )
    if s["stripe"] > 0.6:
        for i in range(3):
            y = centre[1] + tall * (-0.1 + 0.35 * i)
            x = np.linspace(-1.2, 1.2, 9)
            line = np.stack((centre[0] + x * wide, y + 0.03 * x * x), axis=1)
            out.append(toon_shape(f"stripe{i}", between(line, line + (0, 0.05), 2), "second", 10.1, clip="body"))
    out += _ears(s, centre, wide, tall, lean)
    out += toon_face(
        s, pose, centre + np.array([0, -tall * 0.35]) @ lean.T, min(wide, tall) * (0.8 + 0.3 * s["cheek"]), 11.0
    )
    return out


def _ears(s: dict[str, float], centre: Points, wide: float, tall: float, lean: Points) -> list[Shape]:
    out = []
    kind = int(s["ear"] * 5)
    for k in (-1.0, 1.0):
        root = centre + np.array([k * wide * 0.55, -tall * 0.86]) @ lean.T
        if kind == 0:
            out.append(disc(f"ear{k:+.0f}", root, wide * 0.36, wide * 0.36, "body", 9.0))
            out.append(disc(f"ear{k:+.0f}.in", root, wide * 0.2, wide * 0.2, "second", 9.1))
        elif kind == 1:
            chain = spline(
                root + np.array([(-0.2, 0.3), (-0.25, -0.5), (0.05 * k, -1.1), (0.25, -0.5), (0.2, 0.3)]) * wide, 13
            )
            out.append(
                toon_shape(
                    f"ear{k:+.0f}",
                    between(chain, chain[:1] + np.linspace(0, 1, 13)[:, None] * (chain[-1:] - chain[:1]), 3),
                    "body",
                    9.0,
                )
            )
        elif kind == 2:
            tip = root + np.array([k * 0.3 * wide, -0.7 * wide])
            out.append(hose(f"horn{k:+.0f}", root + (0, 0.02), (root + tip) / 2, tip, 0.012, "limb", 9.0))
            out.append(disc(f"ball{k:+.0f}", tip, 0.03, 0.03, "second", 9.1))
    if kind == 3:
        for i in range(5):
            a = np.radians(-60 + 30 * i)
            out.append(
                disc(
                    f"curl{i}",
                    centre + (np.sin(a) * wide * 0.9, -np.cos(a) * tall * 0.95),
                    wide * 0.42,
                    wide * 0.4,
                    "third",
                    9.0 + 0.1 * i,
                    fill_key="curls",
                )
            )
    if s["hat"] > 0.75:
        at = centre + np.array([0, -tall * 0.92]) @ lean.T
        out += [
            disc("hat.brim", at, wide * 0.75, wide * 0.14, "third", 11.5),
            toon_shape(
                "hat",
                between(
                    at + np.array([(-0.42, -0.6), (0, -0.66), (0.42, -0.6)]) * wide,
                    at + np.array([(-0.46, 0), (0, 0.08), (0.46, 0)]) * wide,
                    3,
                ),
                "third",
                11.6,
            ),
        ]
    return out


def thing(s: dict[str, float], pose: Pose) -> list[Shape]:
    """A box, book, cup, star or balloon with a face and thin limbs."""
    kind = int(s["extra"] * 5)
    c = np.array([0.0, -0.42 + pose.y])
    turn = rotation(np.radians(pose.lean + pose.head_roll))
    w, h = 0.16 + 0.1 * s["wide"], 0.17 + 0.1 * s["tall"]
    if kind == 3:
        star = RING * (1 + 0.28 * np.cos(5 * (TURNS + np.pi / 2)))[:, None] * (w * 1.15)
        out = [toon_shape("body", ring_patch(c + star @ turn.T), "body", 10.0, group="body")]
    elif kind == 4:
        out = [
            toon_shape("body", ring_patch(c + body_ring(s, w, h * 1.1) @ turn.T), "body", 10.0, group="body"),
            disc("shine", c + np.array([-0.45 * w, -0.5 * h]), 0.2 * w, 0.28 * h, "glint", 10.1, 0.5),
        ]
    else:
        x = np.linspace(-1, 1, 9)
        sag = 0.0 if kind == 1 else 0.06
        top = c + np.stack((x * w, -h + 0 * x + sag * (1 - x * x)), axis=1) @ turn.T
        low = c + np.stack((x * w * (0.8 if kind == 2 else 1.0), h + sag * (1 - x * x)), axis=1) @ turn.T
        out = [toon_shape("body", between(top, low, 4), "body", 10.0, group="body")]
        if kind == 1:
            d = np.array([0.06, -0.045])
            out += [
                toon_shape(
                    "side",
                    np.stack((np.stack((top[-1], top[-1] + d)), np.stack((low[-1], low[-1] + d)))),
                    "second",
                    9.5,
                ),
                toon_shape("lid", between(top + d, top, 2), "belly", 9.6),
            ]
        if kind == 2:
            handle = spline(
                c
                + np.array([(w * 0.95, -h * 0.5), (w * 1.6, -h * 0.4), (w * 1.5, h * 0.4), (w * 0.85, h * 0.45)])
                @ turn.T,
                20,
            )
            out += [
                toon_shape("handle", tube(handle, np.full(20, 0.022), columns=3), "body", 9.0),
                toon_shape("rim", ring_patch(c + np.array([0, -h]) @ turn.T + RING * (w, 0.05)), "second", 10.2),
            ]
    out += toon_face(s, pose, c + np.array([0, -0.05]) @ turn.T, min(w, h) * 0.95, 11.0)
    for side, a, b, e in arms(pose, c + np.array([(w * 0.98, 0), (-w * 0.98, 0)]) @ turn.T, 0.22):
        out.append(hose(f"arm_{side}", a, b, e, 0.012, "dark", 9.2))
        out.append(disc(f"hand_{side}", e, 0.034, 0.034, "dark" if s["belly"] < 0.5 else "lace", 12.0))
    for side, a, b, e in legs(
        pose, c + np.array([(w * 0.4, h * 0.95), (-w * 0.4, h * 0.95)]) @ turn.T, -0.02 + min(pose.y, 0)
    ):
        out.append(hose(f"leg_{side}", a, b, e, 0.012, "dark", 8.0))
        out += shoe(f"shoe_{side}", e, 1.0 if side == "l" else -1.0, 0.045, "shoe", 8.5)
    return out


def fist(s: dict[str, float], pose: Pose) -> list[Shape]:
    """A large gloved hand: palm, four fingers and a thumb that opens."""
    c = np.array([0.0, -0.4 + pose.y])
    turn = rotation(np.radians(pose.lean * 2 + pose.head_roll))
    out = [
        toon_shape(
            "cuff",
            between(
                c + np.array([(-0.13, 0.2), (0, 0.22), (0.13, 0.2)]) @ turn.T,
                c + np.array([(-0.15, 0.32), (0, 0.35), (0.15, 0.32)]) @ turn.T,
                3,
            ),
            "second",
            9.0,
        ),
        toon_shape(
            "palm",
            ring_patch(c + np.sign(RING) * np.abs(RING) ** 0.75 * (0.16, 0.22) @ turn.T),
            "body",
            10.0,
            group="palm",
        ),
    ]
    for i in range(4):
        open_ = float(np.clip(pose.hand_l + 0.3 * np.sin(i + pose.swing_l / 20), 0, 1))
        x = -0.12 + 0.08 * i
        root = c + np.array([x, -0.15]) @ turn.T
        d = np.array([0.25 * (i - 1.5), -1.0]) @ turn.T
        length = (0.13 + 0.03 * (i in (1, 2))) * (0.35 + 0.65 * open_)
        out.append(
            hose(
                f"finger{i}",
                root,
                root + d * length * 0.6,
                root + d * length * 1.3,
                0.042,
                "body",
                10.2 + 0.01 * i,
                0.85,
                lined=(0.0, 1.0, 1.0, 1.0),
                fill_key="palm",
            )
        )
    t = float(np.radians(pose.spread_l))
    root = c + np.array([0.12, 0.03]) @ turn.T
    e = root + np.array([np.sin(0.4 + t * 0.6), -np.cos(0.4 + t * 0.6)]) @ turn.T * 0.12
    out.append(
        hose(
            "thumb",
            root + (-0.03, 0.05),
            root,
            e,
            0.045,
            "body",
            10.5,
            0.85,
            lined=(0.0, 1.0, 1.0, 1.0),
            fill_key="palm",
        )
    )
    return out
