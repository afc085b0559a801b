"""Toon mascots, animals and things that move: round bodies, rubber-hose limbs, bold shapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .body import Pose, gesture, standing, walking
from .character import _moved
from .curves import RING, RING_POINTS, TURNS, Points, between, limb_spine, profile, ring_patch, rotation, spline, tube
from .ink import Rng
from .palette import CLOTH, pick, shade
from .props import held_prop
from .shapes import Drawing, Part, Shape, Stroke

KINDS = ("mascot", "quadruped", "bird", "fish", "thing", "vehicle", "hand")


@dataclass(frozen=True, slots=True)
class Toon:
    """A mascot, animal or thing; equal seeds give equal toons. spec: its measures, by name."""

    seed: int
    kind: str
    spec: dict[str, float]
    colours: dict[str, tuple[int, int, int]]

    @staticmethod
    def from_seed(seed: int, kind: str | None = None) -> Toon:
        """A toon by lot."""
        rng = np.random.default_rng((seed, 17))
        kind = kind or str(rng.choice(KINDS, p=[0.34, 0.18, 0.12, 0.08, 0.12, 0.1, 0.06]))
        names = ("wide", "tall", "top", "low", "limb", "eye", "mouth", "ear", "spots", "tail", "hat", "bend", "stripe", "cheek", "belly", "extra")
        base = pick(rng, CLOTH[6:], 0.12)
        colours = {"body": base, "belly": shade(base, 1.7), "limb": base if rng.random() < 0.5 else pick(rng, CLOTH), "eye_white": (255, 255, 255),
                   "pupil": (36, 34, 40), "mouth": (150, 50, 56), "tongue": (230, 120, 120), "glint": (255, 255, 255), "second": pick(rng, CLOTH, 0.1),
                   "third": pick(rng, CLOTH, 0.1), "shoe": pick(rng, CLOTH), "metal": (205, 205, 210), "dark": (52, 50, 58), "prop": pick(rng, CLOTH), "prop2": pick(rng, CLOTH), "lace": (244, 242, 238), "glass": (190, 220, 235)}
        return Toon(seed, kind, {n: float(rng.random()) for n in names}, colours)

    def recoloured(self, seed: int) -> Toon:
        """The same drawing in another colourway."""
        return Toon(self.seed, self.kind, self.spec, Toon.from_seed(seed).colours)

    def pose(self, kind: str = "stand", view: str | float = 0.0, rng: Rng | None = None) -> Pose:
        """As `Character.pose`; a toon is drawn from its front only, the view moves its face a little."""
        yaw = 0.0 if isinstance(view, str) else float(view)
        if kind == "stand" or rng is None:
            return standing(yaw, rng)
        return walking(float(rng.random()), yaw) if kind == "walk" else gesture(rng, yaw)

    def draw(self, pose: Pose) -> Drawing:
        """The toon in figure units, its ground at y = 0."""
        make = {"mascot": _mascot, "quadruped": _quadruped, "bird": _bird, "fish": _fish, "thing": _thing, "vehicle": _vehicle, "hand": _fist}
        return _moved(Drawing(make[self.kind](self.spec, pose), self.colours), pose)


def _shape(name: str, grid: Points, colour: str, order: float, **more: object) -> Shape:
    return Shape(name, grid, Part.NONE, colour, order, round=0.7, level=2, **more)  # type: ignore[arg-type]


def _disc(name: str, centre: Points | tuple[float, float], rx: float, ry: float, colour: str, order: float, tilt: float = 0.0, **more: object) -> Shape:
    return _shape(name, ring_patch(np.asarray(centre) + RING * (rx, ry) @ rotation(tilt).T), colour, order, **more)


def _hose(name: str, a: Points, b: Points, c: Points, r: float, colour: str, order: float, taper: float = 1.0, **more: object) -> Shape:
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
        return _shape(name, grid, colour, order, **more)
    more["lined"] = (0.0, np.repeat((0.0, 1.0), (4, len(path) - 4)), 1.0, np.repeat((1.0, 0.0), (len(path) - 4, 4)))
    return _shape(name, grid, colour, order, **more)


def _look(pose: Pose) -> float:
    """Shift of a face with the view, -1..1."""
    return float(np.clip(np.sin(np.radians(pose.yaw + pose.head_yaw)), -0.8, 0.8))


def _face(s: dict[str, float], pose: Pose, centre: Points, r: float, order: float, prefix: str = "") -> list[Shape]:
    """Toon eyes and a mouth about a centre; r is the head's radius."""
    out: list[Shape] = []
    dx = 0.35 * r * _look(pose)
    gap, size = (0.3 + 0.15 * s["eye"]) * r, (0.14 + 0.16 * s["eye"]) * r
    eyes = (0.0,) if s["extra"] < 0.12 else (-1.0, 1.0)
    for k in eyes:
        c = centre + (dx + k * gap, -0.12 * r)
        big = size * (1.5 if len(eyes) == 1 else 1.0)
        if pose.eyes < 0.2:
            out.append(Shape(f"{prefix}eye{k:+.0f}", ring_patch(c + RING * big), Part.EYE, "pupil", order, (0.0,) * 4,
                             [Stroke(c + spline(np.array([(-1, 0), (0, 0.5), (1, 0)]) * big, 9), 1.2)], filled=False))
            continue
        look = c + np.array([pose.gaze_x, pose.gaze_y]) * big * 0.3
        if s["eye"] < 0.5:
            out.append(_disc(f"{prefix}eye{k:+.0f}", look, big * 0.55, big * 0.75, "pupil", order))
        else:
            out.append(_disc(f"{prefix}eye{k:+.0f}", c, big, big * (0.5 + 0.6 * min(pose.eyes, 1)), "eye_white", order, group=f"{prefix}eye{k:+.0f}"))
            out.append(_disc(f"{prefix}pupil{k:+.0f}", look, big * 0.5, big * 0.55, "pupil", order + 0.01, clip=f"{prefix}eye{k:+.0f}"))
        out.append(_disc(f"{prefix}glint{k:+.0f}", look + (-0.15 * big, -0.2 * big), big * 0.17, big * 0.17, "glint", order + 0.02, lined=(0.4,) * 4))
        if s["cheek"] > 0.6:
            out.append(_disc(f"{prefix}cheek{k:+.0f}", c + (k * 0.12 * r, 0.34 * r), 0.14 * r, 0.08 * r, "tongue", order, lined=(0.6,) * 4))
        if s["bend"] > 0.5:
            brow = c + (0, -big * 1.5) + np.array([(-0.9, 0.15 * k * pose.brow), (0, -0.2), (0.9, -0.15 * k * pose.brow)]) * big
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
        out.append(_disc(f"{prefix}tongue", m + (0, 1.3 * w * opening), 0.6 * w, 0.6 * w * opening, "tongue", order + 0.01, clip=g))
    else:
        out.append(Shape(f"{prefix}mouth_line", between(upper, upper + (0, 0.01), 2), Part.FACE, "body", order, (0.0,) * 4, [Stroke(upper, 1.2, (0.1, 0.1))], filled=False))
    return out


def _arms(pose: Pose, shoulders: Points, length: float) -> list[tuple[str, Points, Points, Points]]:
    out = []
    for i, (side, k) in enumerate((("l", 1.0), ("r", -1.0))):
        a = np.radians(getattr(pose, f"spread_{side}") + 0.4 * getattr(pose, f"swing_{side}"))
        b = a - np.radians(getattr(pose, f"inward_{side}") - 0.6 * getattr(pose, f"bend_{side}"))
        s = shoulders[i]
        e = s + np.array([k * np.sin(a), np.cos(a)]) * length * 0.5
        out.append((side, s, e, e + np.array([k * np.sin(b), np.cos(b)]) * length * 0.5))
    return out


def _legs(pose: Pose, hips: Points, ground: float) -> list[tuple[str, Points, Points, Points]]:
    out = []
    for i, (side, k) in enumerate((("l", 1.0), ("r", -1.0))):
        w = np.radians(getattr(pose, f"leg_swing_{side}") * 0.8) + k * np.radians(getattr(pose, f"leg_spread_{side}"))
        n = w - np.radians(getattr(pose, f"knee_{side}")) * 0.8
        h, length = hips[i], ground - hips[i][1]
        knee = h + np.array([np.sin(w), np.cos(w)]) * length * 0.5
        out.append((side, h, knee, knee + np.array([np.sin(n), np.cos(n)]) * length * 0.5))
    return out


def _shoe(name: str, at: Points, k: float, size: float, colour: str, order: float) -> list[Shape]:
    ring = spline(at + np.array([(-0.5, -0.5), (0.3, -0.6), (0.8, -0.2), (1.15, 0.12), (1.1, 0.4), (-0.55, 0.4)]) * (k * size, size), RING_POINTS, closed=True)
    sole = between(at + np.array([(-0.55, 0.27), (1.1, 0.27)]) * (k * size, size), at + np.array([(-0.55, 0.45), (1.15, 0.45)]) * (k * size, size), 2)
    return [_shape(name, ring_patch(ring), colour, order), _shape(f"{name}.sole", sole, "lace", order + 0.01)]


def _glove(name: str, at: Points, d: Points, size: float, order: float, colour: str) -> list[Shape]:
    d = d / max(float(np.hypot(*d)), 1e-9)
    n = np.array([-d[1], d[0]]) * (1 if d[0] >= 0 else -1)
    out = [_disc(f"{name}.palm", at + d * size * 0.5, size * 0.62, size * 0.62, colour, order)]
    for i, (u, v) in enumerate(((0.95, -0.42), (1.12, 0.0), (0.95, 0.42))):
        tip = at + d * size * (u + 0.35) + n * size * v * 1.25
        out.append(_hose(f"{name}.f{i}", at + d * size * 0.6 + n * size * v * 0.7, at + d * size * u + n * size * v, tip, size * 0.2, colour, order + 0.01 * i, lined=(0.0, 1.0, 1.0, 1.0), fill_key=f"{name}.palm"))
    return out


def _body_ring(s: dict[str, float], wide: float, tall: float) -> Points:
    """Closed outline between egg, bean and box, about the origin."""
    power = 1.0 - 0.45 * s["top"]
    ring = np.sign(RING) * np.abs(RING) ** power
    pear = 1 + 0.3 * (s["low"] - 0.4) * ring[:, 1]
    return ring * np.stack((wide * pear, np.full(RING_POINTS, tall)), axis=1)


def _mascot(s: dict[str, float], pose: Pose) -> list[Shape]:
    tall, wide = 0.2 + 0.16 * s["tall"], 0.16 + 0.14 * s["wide"]
    leg = 0.1 + 0.26 * s["limb"]
    centre = np.array([0.0, -leg - tall + pose.y])
    lean = rotation(np.radians(pose.lean + pose.head_roll * 0.5))
    squash = np.array([1 + 0.002 * pose.bow, 1 - 0.002 * pose.bow])
    ring = centre + _body_ring(s, wide, tall) * squash @ lean.T
    out = [_shape("body", ring_patch(ring), "body", 10.0, group="body")]
    r = 0.018 + 0.03 * s["low"]
    shoulders = centre + np.array([(wide * 0.94, -tall * 0.05), (-wide * 0.94, -tall * 0.05)]) @ lean.T
    for side, a, b, c in _arms(pose, shoulders, 0.2 + 0.14 * s["limb"]):
        out.append(_hose(f"arm_{side}", a, b, c, r, "limb", 12.0 if side == "l" else 9.0))
        out += _glove(f"glove_{side}", c, c - b, 0.05 + 0.03 * s["extra"], 12.5 if side == "l" else 9.5, "lace" if s["belly"] > 0.6 else "limb")
    if s["hat"] > 0.93:
        out += held_prop("staff", out[-1].grid.mean(axis=(0, 1)), np.array([0.2, 1.0]), 13.0)
    for side, a, b, c in _legs(pose, centre + np.array([(wide * 0.4, tall * 0.8), (-wide * 0.4, tall * 0.8)]), -0.03 + pose.y):
        k = (1.0 if side == "l" else -1.0) if abs(_look(pose)) < 0.3 else float(np.sign(_look(pose)))
        out.append(_hose(f"leg_{side}", a, b, c, r * 1.05, "limb", 6.0 if side == "l" else 5.0))
        out += _shoe(f"shoe_{side}", c, k, 0.055 + 0.03 * s["wide"], "shoe", 6.5 if side == "l" else 5.5)
    if s["belly"] > 0.5:
        out.append(_disc("belly", centre + (0.25 * wide * _look(pose), tall * 0.4), wide * 0.66, tall * 0.5, "belly", 10.2, clip="body"))
    if s["stripe"] > 0.6:
        for i in range(3):
            y = centre[1] + tall * (-0.1 + 0.35 * i)
            x = np.linspace(-1.2, 1.2, 9)
            line = np.stack((centre[0] + x * wide, y + 0.03 * x * x), axis=1)
            out.append(_shape(f"stripe{i}", between(line, line + (0, 0.05), 2), "second", 10.1, clip="body"))
    out += _ears(s, centre, wide, tall, lean)
    out += _face(s, pose, centre + np.array([0, -tall * 0.35]) @ lean.T, min(wide, tall) * (0.8 + 0.3 * s["cheek"]), 11.0)
    return out


def _ears(s: dict[str, float], centre: Points, wide: float, tall: float, lean: Points) -> list[Shape]:
    out = []
    kind = int(s["ear"] * 5)
    for k in (-1.0, 1.0):
        root = centre + np.array([k * wide * 0.55, -tall * 0.86]) @ lean.T
        if kind == 0:
            out.append(_disc(f"ear{k:+.0f}", root, wide * 0.36, wide * 0.36, "body", 9.0))
            out.append(_disc(f"ear{k:+.0f}.in", root, wide * 0.2, wide * 0.2, "second", 9.1))
        elif kind == 1:
            chain = spline(root + np.array([(-0.2, 0.3), (-0.25, -0.5), (0.05 * k, -1.1), (0.25, -0.5), (0.2, 0.3)]) * wide, 13)
            out.append(_shape(f"ear{k:+.0f}", between(chain, chain[:1] + np.linspace(0, 1, 13)[:, None] * (chain[-1:] - chain[:1]), 3), "body", 9.0))
        elif kind == 2:
            tip = root + np.array([k * 0.3 * wide, -0.7 * wide])
            out.append(_hose(f"horn{k:+.0f}", root + (0, 0.02), (root + tip) / 2, tip, 0.012, "limb", 9.0))
            out.append(_disc(f"ball{k:+.0f}", tip, 0.03, 0.03, "second", 9.1))
    if kind == 3:
        for i in range(5):
            a = np.radians(-60 + 30 * i)
            out.append(_disc(f"curl{i}", centre + (np.sin(a) * wide * 0.9, -np.cos(a) * tall * 0.95), wide * 0.42, wide * 0.4, "third", 9.0 + 0.1 * i, fill_key="curls"))
    if s["hat"] > 0.75:
        at = centre + np.array([0, -tall * 0.92]) @ lean.T
        out += [_disc("hat.brim", at, wide * 0.75, wide * 0.14, "third", 11.5),
                _shape("hat", between(at + np.array([(-0.42, -0.6), (0, -0.66), (0.42, -0.6)]) * wide, at + np.array([(-0.46, 0), (0, 0.08), (0.46, 0)]) * wide, 3), "third", 11.6)]
    return out


def _quadruped(s: dict[str, float], pose: Pose) -> list[Shape]:
    k = -1.0 if _look(pose) < 0 else 1.0
    long, r = 0.34 + 0.14 * s["wide"], 0.1 + 0.07 * s["tall"]
    leg = 0.14 + 0.16 * s["limb"]
    y = -leg - r + pose.y
    back = np.array([[-k * long / 2, y], [0, y + 0.02 * pose.bow / 10], [k * long / 2, y - 0.02]])
    path = spline(back, 22)
    body = tube(path, np.array([*profile([0.55, 0.95, 1.02, 0.96, 0.6], 22)]) * r, columns=5, bulge=np.concatenate((np.full(11, -r * 0.55), np.full(11, r * 0.6))))
    out = [_shape("body", body, "body", 10.0, group="body")]
    for i, (side, x) in enumerate((("l", 0.36), ("r", 0.3), ("l", -0.34), ("r", -0.4))):
        swing = np.radians(getattr(pose, f"leg_swing_{side}") * (1 if i < 2 else -1)) * k
        hip = np.array([k * x * long * 1.1, y + r * 0.45])
        length = leg + r * 0.5
        knee = hip + np.array([np.sin(swing), np.cos(swing)]) * length * 0.5
        foot = knee + np.array([np.sin(swing * 0.4), np.cos(swing * 0.4)]) * length * 0.45
        order = 11.0 if side == "l" else 8.0
        out.append(_hose(f"leg{i}", hip, knee, foot, r * 0.3, "body", order, 0.8, lined=(0.0, 1.0, 1.0, 1.0), fill_key="body"))
        out.append(_disc(f"paw{i}", foot + (k * 0.012, 0.012), r * 0.36, r * 0.24, "belly" if s["belly"] > 0.5 else "body", order + 0.1))
    head = np.array([k * (long / 2 + r * 0.55), y - r * (0.7 + 0.8 * s["top"])]) + (0.0, 0.002 * pose.head_pitch)
    neck = _hose("neck", path[-3], (path[-1] + head) / 2, head, r * 0.55, "body", 10.5, 0.9, lined=(0.0, 1.0, 0.0, 1.0), fill_key="body")
    hr = r * (0.75 + 0.4 * s["cheek"])
    tilt = np.radians(pose.head_roll)
    out += [neck, _disc("head", head, hr * 1.05, hr * 0.95, "body", 12.0, tilt, group="head")]
    out.append(_disc("snout", head + np.array([k * hr * 0.72, hr * 0.3]), hr * 0.5, hr * 0.36, "belly", 12.1, tilt))
    out.append(_disc("nose", head + np.array([k * hr * 1.12, hr * 0.14]), hr * 0.14, hr * 0.11, "pupil", 12.2))
    for j, side_k in enumerate((-0.55, 0.35)):
        root = head + np.array([side_k * hr, -hr * 0.72])
        tip = {0: (0.1, -0.75), 1: (-0.35 * k, 0.9), 2: (0.0, -1.6)}[int(s["ear"] * 2.99)]
        chain = spline(root + np.array([(-0.26, 0.15), (-0.22 + tip[0] * 0.5, tip[1] * 0.6), tip, (0.22 + tip[0] * 0.5, tip[1] * 0.6), (0.26, 0.15)]) * hr, 13)
        out.append(_shape(f"ear{j}", between(chain, chain[:1] + np.linspace(0, 1, 13)[:, None] * (chain[-1:] - chain[:1]), 3), "second", 11.8 if j == 0 else 12.3))
    eye = head + np.array([k * hr * 0.32, -hr * 0.2])
    out += [_disc("eye", eye, hr * 0.16, hr * 0.2 * max(0.2, min(pose.eyes, 1)), "pupil", 12.4), _disc("glint", eye + (-0.03 * hr, -0.06 * hr), hr * 0.05, hr * 0.05, "glint", 12.5, lined=(0.4,) * 4)]
    out[-2].strokes.append(Stroke(spline(head + np.array([(k * 0.5, 0.5), (k * 0.75, 0.58), (k * 1.0, 0.45)]) * hr, 8), 1.0, (0.2, 0.2)))
    wag = 0.1 * pose.cloth + 0.03 * np.sin(np.radians(pose.swing_l * 3))
    base = path[0]
    out.append(_hose("tail", base, base + np.array([-k * (0.08 + 0.05 * s["tail"]), -0.05 + wag]), base + np.array([-k * (0.12 + 0.1 * s["tail"]), -0.2 * s["tail"] + 2 * wag]), 0.022 + 0.03 * s["extra"], "body", 9.0, 0.35))
    for i in range(int(s["spots"] * 4)):
        c = path[5 + 4 * i] + np.array([0, (-0.4 + 0.5 * ((i * 0.618) % 1)) * r])
        out.append(_disc(f"spot{i}", c, r * 0.32, r * 0.26, "second", 10.1, clip="body"))
    return out


def _bird(s: dict[str, float], pose: Pose) -> list[Shape]:
    k = -1.0 if _look(pose) < 0 else 1.0
    r = 0.15 + 0.06 * s["wide"]
    leg = 0.08 + 0.18 * s["limb"]
    c = np.array([0.0, -leg - r * 1.05 + pose.y])
    lean = rotation(np.radians(pose.lean + k * 8))
    outline = np.array([(-1.5, 0.1), (-0.9, -0.3), (0.0, -0.9), (0.5, -1.6), (0.95, -1.75), (1.25, -1.4), (1.0, -0.7), (1.05, 0.1), (0.5, 0.85), (-0.4, 0.8)]) * r * (k, 1)
    ring = spline(c + outline @ lean.T, RING_POINTS, closed=True)
    out = [_shape("body", ring_patch(ring), "body", 10.0, group="body")]
    out.append(_disc("belly", c + np.array([k * 0.35, 0.35]) * r, r * 0.75, r * 0.7, "belly", 10.1, clip="body"))
    flap = np.radians(-20 + 0.8 * pose.spread_l) * k
    wing = np.array([(0.3, -0.35), (-0.2, -0.45), (-0.9, -0.1), (-1.3, 0.35), (-0.7, 0.4), (-0.1, 0.35), (0.3, 0.1), (0.4, -0.15)]) * r * (k, 1)
    out.append(_shape("wing", ring_patch(spline(c + (k * 0.1 * r, 0) + wing @ rotation(flap * 0.6).T, RING_POINTS, closed=True)), "second", 10.5,
                      strokes=[Stroke(c + np.array([(k * -0.9, 0.15), (k * -0.4, 0.12)]) @ rotation(flap * 0.6).T * r, 0.9, (0.1, 0.5), inside=True)]))
    head = c + np.array([k * 0.9, -1.45]) * r @ lean.T
    open_ = 0.5 * max(pose.mouth, 0)
    for i, sign in enumerate((-1, 1)):
        beak = head + np.array([(k * 0.25, 0.12 * sign), (k * (0.75 + 0.6 * s["top"]), 0.1 + sign * open_ * 0.4), (k * 0.2, 0.1)]) * r
        out.append(_shape(f"beak{i}", ring_patch(np.concatenate([beak[j] + np.linspace(0, 1, 8, endpoint=False)[:, None] * (beak[(j + 1) % 3] - beak[j]) for j in range(3)])), "third", 9.5 + 0.1 * i))
    out += [_disc("eye", head + np.array([k * 0.08, -0.05]) * r, r * 0.16, r * 0.17, "eye_white", 10.6), _disc("pupil", head + np.array([k * 0.11, -0.05]) * r, r * 0.08, r * 0.09, "pupil", 10.7)]
    for side, x in (("l", 0.15), ("r", -0.15)):
        w = np.radians(getattr(pose, f"leg_swing_{side}"))
        a = c + np.array([x * r, 0.75 * r])
        b = a + np.array([np.sin(w) * 0.4, np.cos(w)]) * (leg * 0.5)
        f = np.array([a[0] + np.sin(w) * leg, -0.01 + min(pose.y, 0)])
        out.append(_hose(f"leg_{side}", a, b, f, 0.011, "third", 9.0))
        out.append(_disc(f"foot_{side}", f + (k * 0.02, 0), 0.045, 0.014, "third", 9.1))
    return out


def _fish(s: dict[str, float], pose: Pose) -> list[Shape]:
    k = -1.0 if _look(pose) < 0 else 1.0
    c = np.array([0.0, -0.4 + pose.y])
    sway = 0.05 * np.sin(np.radians(pose.leg_swing_l * 4 + pose.swing_l * 2))
    path = spline(c + np.array([(-0.34 * k, sway), (-0.1 * k, -sway * 0.5), (0.12 * k, 0), (0.32 * k, sway * 0.3)]), 22)
    r = 0.13 + 0.08 * s["tall"]
    out = [_shape("body", tube(path, profile([0.12, 0.75, 1.0, 0.85, 0.1], 22) * r, columns=5), "body", 10.0, group="body")]
    tail = spline(path[0] + np.array([(0.04 * k, 0), (-0.16 * k, -0.14 + sway), (-0.09 * k, 0.0), (-0.16 * k, 0.14 + sway)]), RING_POINTS, closed=True)
    out.append(_shape("tail", ring_patch(tail), "second", 9.0, strokes=[Stroke(path[0] + np.array([(-0.02 * k, 0), (-0.1 * k, -0.06)]), 0.8, (0.2, 0.5))]))
    top = spline(path[11] + np.array([(-0.14 * k, -r * 0.7), (-0.1 * k, -r * 1.7), (0.06 * k, -r * 1.4), (0.1 * k, -r * 0.7)]), RING_POINTS, closed=True)
    out.append(_shape("fin", ring_patch(top), "second", 9.1))
    flap = rotation(np.radians(pose.spread_l - 20) * k)
    out.append(_shape("side_fin", ring_patch(spline(path[13] + np.array([(0.02, 0.03), (-0.1, 0.01), (-0.14, 0.09), (-0.04, 0.1)]) * (k, 1) @ flap.T, RING_POINTS, closed=True)), "third", 10.4))
    for i in range(int(s["stripe"] * 4)):
        x = path[7 + 3 * i]
        line = x + np.stack((0.02 * np.cos(np.linspace(-1.5, 1.5, 9)) * k, np.linspace(-1.1, 1.1, 9) * r), axis=1)
        out.append(_shape(f"stripe{i}", between(line, line + (0.025, 0), 2), "belly", 10.1, clip="body"))
    eye = path[18] + (0, -0.25 * r)
    out += [_disc("eye", eye, 0.04, 0.042, "eye_white", 10.5), _disc("pupil", eye + (0.008 * k, 0), 0.02, 0.022, "pupil", 10.6)]
    out[0].strokes.append(Stroke(spline(path[20] + np.array([(0.05 * k, 0.25 * r), (0.0, 0.35 * r), (-0.05 * k, 0.3 * r)]), 8), 1.1, (0.1, 0.4), inside=True))
    return out


def _thing(s: dict[str, float], pose: Pose) -> list[Shape]:
    """A box, book, cup, star or balloon with a face and thin limbs."""
    kind = int(s["extra"] * 5)
    c = np.array([0.0, -0.42 + pose.y])
    turn = rotation(np.radians(pose.lean + pose.head_roll))
    w, h = 0.16 + 0.1 * s["wide"], 0.17 + 0.1 * s["tall"]
    if kind == 3:
        star = RING * (1 + 0.28 * np.cos(5 * (TURNS + np.pi / 2)))[:, None] * (w * 1.15)
        out = [_shape("body", ring_patch(c + star @ turn.T), "body", 10.0, group="body")]
    elif kind == 4:
        out = [_shape("body", ring_patch(c + _body_ring(s, w, h * 1.1) @ turn.T), "body", 10.0, group="body"), _disc("shine", c + np.array([-0.45 * w, -0.5 * h]), 0.2 * w, 0.28 * h, "glint", 10.1, 0.5)]
    else:
        x = np.linspace(-1, 1, 9)
        sag = 0.0 if kind == 1 else 0.06
        top = c + np.stack((x * w, -h + 0 * x + sag * (1 - x * x)), axis=1) @ turn.T
        low = c + np.stack((x * w * (0.8 if kind == 2 else 1.0), h + sag * (1 - x * x)), axis=1) @ turn.T
        out = [_shape("body", between(top, low, 4), "body", 10.0, group="body")]
        if kind == 1:
            d = np.array([0.06, -0.045])
            out += [_shape("side", np.stack((np.stack((top[-1], top[-1] + d)), np.stack((low[-1], low[-1] + d)))), "second", 9.5), _shape("lid", between(top + d, top, 2), "belly", 9.6)]
        if kind == 2:
            handle = spline(c + np.array([(w * 0.95, -h * 0.5), (w * 1.6, -h * 0.4), (w * 1.5, h * 0.4), (w * 0.85, h * 0.45)]) @ turn.T, 20)
            out += [_shape("handle", tube(handle, np.full(20, 0.022), columns=3), "body", 9.0), _shape("rim", ring_patch(c + np.array([0, -h]) @ turn.T + RING * (w, 0.05)), "second", 10.2)]
    out += _face(s, pose, c + np.array([0, -0.05]) @ turn.T, min(w, h) * 0.95, 11.0)
    for side, a, b, e in _arms(pose, c + np.array([(w * 0.98, 0), (-w * 0.98, 0)]) @ turn.T, 0.22):
        out.append(_hose(f"arm_{side}", a, b, e, 0.012, "dark", 9.2))
        out.append(_disc(f"hand_{side}", e, 0.034, 0.034, "dark" if s["belly"] < 0.5 else "lace", 12.0))
    for side, a, b, e in _legs(pose, c + np.array([(w * 0.4, h * 0.95), (-w * 0.4, h * 0.95)]) @ turn.T, -0.02 + min(pose.y, 0)):
        out.append(_hose(f"leg_{side}", a, b, e, 0.012, "dark", 8.0))
        out += _shoe(f"shoe_{side}", e, 1.0 if side == "l" else -1.0, 0.045, "shoe", 8.5)
    return out


def _vehicle(s: dict[str, float], pose: Pose) -> list[Shape]:
    k = -1.0 if _look(pose) < 0 else 1.0
    y, r = pose.y * 0.4, 0.075 + 0.03 * s["low"]
    body = np.array([(-0.46, -0.12), (-0.46, -0.26), (-0.2, -0.29), (0.2, -0.29), (0.44, -0.24), (0.47, -0.12)]) * (k, 1) + (0, y)
    cab = np.array([(-0.3, -0.28), (-0.2 - 0.1 * s["top"], -0.46), (0.08 + 0.1 * s["tall"], -0.46), (0.24, -0.28)]) * (k, 1) + (0, y)
    half = 0.5 * (body[0] + body[-1])
    ring = np.concatenate((spline(body, 20), np.linspace(body[-1], body[0], 6)[1:5]))
    out = [_shape("cab", between(spline(cab[1:3], 7), spline(cab[[0, 3]], 7), 3), "second" if s["stripe"] > 0.5 else "body", 9.0, group="cab"), _shape("body", ring_patch(ring), "body", 10.0, group="body")]
    glass = (cab - cab.mean(axis=0)) * 0.76 + cab.mean(axis=0)
    out.append(_shape("window", between(spline(glass[1:3], 7), spline(glass[[0, 3]], 7), 3), "glass", 9.2, strokes=[Stroke(np.stack((glass[1:3].mean(axis=0), glass[[0, 3]].mean(axis=0))), 1.2)]))
    roll = np.radians(pose.swing_l * 4 + pose.leg_swing_l * 5)
    for i, x in enumerate((-0.28, 0.28)):
        c = np.array([k * x, -r + min(pose.y, 0)])
        out += [_disc(f"tyre{i}", c, r, r, "dark", 11.0), _disc(f"rim{i}", c, r * 0.6, r * 0.6, "metal", 11.1,
                strokes=[Stroke(c + np.array([(-1, 0), (1, 0)]) @ rotation(roll + a).T * r * 0.58, 0.9) for a in (0, 1.05, 2.1)])]
    out += [_disc("lamp", body[4] + (-k * 0.02, 0.04), 0.03, 0.035, "belly", 10.4), _shape("bumper", between(half + np.array([(-0.48, 0), (0.48, 0)]), half + np.array([(-0.48, 0.025), (0.48, 0.025)]), 2), "metal", 10.5)]
    if s["belly"] > 0.4:
        line = spline(body[[0, 2, 3, 5]] + (0, 0.06), 12)
        out.append(_shape("stripe", between(line, line + (0, 0.03), 2), "third", 10.2, clip="body"))
    return out


def _fist(s: dict[str, float], pose: Pose) -> list[Shape]:
    """A large gloved hand: palm, four fingers and a thumb that opens."""
    c = np.array([0.0, -0.4 + pose.y])
    turn = rotation(np.radians(pose.lean * 2 + pose.head_roll))
    out = [_shape("cuff", between(c + np.array([(-0.13, 0.2), (0, 0.22), (0.13, 0.2)]) @ turn.T, c + np.array([(-0.15, 0.32), (0, 0.35), (0.15, 0.32)]) @ turn.T, 3), "second", 9.0),
           _shape("palm", ring_patch(c + np.sign(RING) * np.abs(RING) ** 0.75 * (0.16, 0.22) @ turn.T), "body", 10.0, group="palm")]
    for i in range(4):
        open_ = float(np.clip(pose.hand_l + 0.3 * np.sin(i + pose.swing_l / 20), 0, 1))
        x = -0.12 + 0.08 * i
        root = c + np.array([x, -0.15]) @ turn.T
        d = np.array([0.25 * (i - 1.5), -1.0]) @ turn.T
        length = (0.13 + 0.03 * (i in (1, 2))) * (0.35 + 0.65 * open_)
        out.append(_hose(f"finger{i}", root, root + d * length * 0.6, root + d * length * 1.3, 0.042, "body", 10.2 + 0.01 * i, 0.85, lined=(0.0, 1.0, 1.0, 1.0), fill_key="palm"))
    t = float(np.radians(pose.spread_l))
    root = c + np.array([0.12, 0.03]) @ turn.T
    e = root + np.array([np.sin(0.4 + t * 0.6), -np.cos(0.4 + t * 0.6)]) @ turn.T * 0.12
    out.append(_hose("thumb", root + (-0.03, 0.05), root, e, 0.045, "body", 10.5, 0.85, lined=(0.0, 1.0, 1.0, 1.0), fill_key="palm"))
    return out
