"""The figure's frame: proportions, pose, and the skeleton in space seen by a turning camera."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from ..ink import Rng
from ..shapes import Points


@dataclass(frozen=True, slots=True)
class Pose:
    """Everything that may move, as numbers, so that poses mix.

    Angles in degrees. yaw: turn of the body (0 front, 90 faces the right edge, 180 back); head_* relative to the body.
    Arms and legs: spread (away from the body), swing (forward), bend (elbow, knee), inward (forearm). The left side
    (_l) is the one at x > 0 in the front view. x, y, turn, stretch: move, roll and squash of the whole figure.
    hair, cloth: sway in head heights. eyes: 0 closed .. 1 open. mouth: 0 closed .. 1 open. gaze: -1..1. hand: 0 relaxed
    .. 1 spread.
    """

    yaw: float = 0.0
    head_yaw: float = 0.0
    head_roll: float = 0.0
    head_pitch: float = 0.0
    lean: float = 0.0
    bow: float = 0.0
    spread_l: float = 14.0
    swing_l: float = 0.0
    bend_l: float = 8.0
    inward_l: float = 4.0
    spread_r: float = 14.0
    swing_r: float = 0.0
    bend_r: float = 8.0
    inward_r: float = 4.0
    leg_spread_l: float = 4.0
    leg_swing_l: float = 0.0
    knee_l: float = 0.0
    leg_spread_r: float = 4.0
    leg_swing_r: float = 0.0
    knee_r: float = 0.0
    x: float = 0.0
    y: float = 0.0
    turn: float = 0.0
    stretch: float = 1.0
    hair: float = 0.0
    cloth: float = 0.0
    eyes: float = 1.0
    mouth: float = 0.0
    brow: float = 0.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    hand_l: float = 0.2
    hand_r: float = 0.2

    def mix(self, other: Pose, share: float) -> Pose:
        """The pose at a share of the way to another one (outside 0..1 it goes beyond)."""
        return Pose(
            **{f.name: getattr(self, f.name) * (1 - share) + getattr(other, f.name) * share for f in fields(self)}
        )

    def mirrored(self) -> Pose:
        """Left and right exchanged (the drawing itself is mirrored by the scene's placement)."""
        pairs = {
            f.name: getattr(self, f.name[:-1] + ("r" if f.name[-1] == "l" else "l"))
            for f in fields(self)
            if f.name.endswith(("_l", "_r"))
        }
        return replace(self, **pairs)


def standing(yaw: float = 0.0, rng: Rng | None = None) -> Pose:
    """A turnaround stance, loosened a little when a generator is given."""
    if rng is None:
        return Pose(yaw=yaw)
    spread = float(rng.uniform(8, 32))
    return Pose(
        yaw=yaw,
        spread_l=spread + float(rng.normal(0, 3)),
        spread_r=spread + float(rng.normal(0, 3)),
        bend_l=float(rng.uniform(0, 20)),
        bend_r=float(rng.uniform(0, 20)),
        leg_spread_l=float(rng.uniform(2, 9)),
        leg_spread_r=float(rng.uniform(2, 9)),
        head_roll=float(rng.normal(0, 2)),
        lean=float(rng.normal(0, 1)),
        hand_l=float(rng.random()),
        hand_r=float(rng.random()),
        inward_l=float(rng.uniform(-4, 10)),
        inward_r=float(rng.uniform(-4, 10)),
    )


def walking(phase: float, yaw: float, reach: float = 1.0) -> Pose:
    """A step of a walk cycle; phase 0..1 is one full cycle of two steps."""
    a = 2 * np.pi * phase
    s, c = float(np.sin(a)), float(np.cos(a))
    return Pose(
        yaw=yaw,
        leg_swing_l=28 * s * reach,
        leg_swing_r=-28 * s * reach,
        knee_l=max(0.0, c) * 42 * reach + 5,
        knee_r=max(0.0, -c) * 42 * reach + 5,
        swing_l=-30 * s * reach,
        swing_r=30 * s * reach,
        bend_l=20 + 10 * s,
        bend_r=20 - 10 * s,
        y=-0.012 * abs(c),
        bow=3 * reach,
        hair=-0.05 * s,
        cloth=0.04 * s,
        spread_l=8,
        spread_r=8,
        leg_spread_l=2,
        leg_spread_r=2,
    )


def gesture(rng: Rng, yaw: float) -> Pose:
    """A freely chosen pose: arms anywhere plausible, weight on one leg, running, sitting, jumping."""
    kind = rng.choice(["talk", "walk", "run", "jump", "sit", "cheer", "hips"], p=[0.34, 0.2, 0.1, 0.1, 0.08, 0.1, 0.08])
    u = rng.uniform
    face = {
        "head_yaw": float(u(-25, 25)),
        "head_roll": float(rng.normal(0, 7)),
        "head_pitch": float(rng.normal(0, 6)),
        "mouth": float(max(0, u(-0.8, 1))),
        "eyes": float(rng.choice([1.0, 1.0, 1.0, 0.7, 0.0])),
        "gaze_x": float(u(-1, 1)),
        "gaze_y": float(u(-0.6, 0.6)),
        "brow": float(rng.normal(0, 0.5)),
        "hair": float(rng.normal(0, 0.06)),
        "cloth": float(rng.normal(0, 0.05)),
        "hand_l": float(rng.random()),
        "hand_r": float(rng.random()),
    }
    if kind in ("walk", "run"):
        return replace(walking(float(rng.random()), yaw, 1.0 if kind == "walk" else 1.6), **face)
    if kind == "jump":
        return Pose(
            yaw=yaw,
            spread_l=float(u(40, 140)),
            spread_r=float(u(40, 140)),
            bend_l=float(u(0, 50)),
            bend_r=float(u(0, 50)),
            leg_swing_l=float(u(-10, 50)),
            knee_l=float(u(10, 80)),
            leg_swing_r=float(u(-30, 30)),
            knee_r=float(u(10, 80)),
            y=-float(u(0.03, 0.12)),
            stretch=float(u(0.97, 1.06)),
            **face,
        )
    if kind == "sit":
        return Pose(
            yaw=yaw,
            leg_swing_l=float(u(65, 85)),
            leg_swing_r=float(u(65, 85)),
            knee_l=float(u(65, 90)),
            knee_r=float(u(65, 90)),
            swing_l=float(u(10, 40)),
            swing_r=float(u(10, 40)),
            bend_l=float(u(20, 50)),
            bend_r=float(u(20, 50)),
            leg_spread_l=8,
            leg_spread_r=8,
            **face,
        )
    arms = {
        "spread_l": float(u(5, 50)),
        "spread_r": float(u(5, 50)),
        "swing_l": float(u(-20, 60)),
        "swing_r": float(u(-20, 60)),
        "bend_l": float(u(0, 95)),
        "bend_r": float(u(0, 95)),
        "inward_l": float(u(-10, 45)),
        "inward_r": float(u(-10, 45)),
    }
    if kind == "cheer":
        arms |= {
            "spread_l": float(u(90, 160)),
            "bend_l": float(u(0, 40)),
            "inward_l": float(u(-20, 10)),
            "swing_l": 0.0,
        }
    if kind == "hips":
        arms |= {"spread_r": 48.0, "inward_r": 95.0, "bend_r": 0.0, "swing_r": -5.0}
    return Pose(
        yaw=yaw,
        leg_spread_l=float(u(2, 14)),
        leg_spread_r=float(u(2, 14)),
        lean=float(rng.normal(0, 4)),
        leg_swing_l=float(rng.normal(0, 6)),
        leg_swing_r=float(rng.normal(0, 6)),
        knee_l=float(max(0, rng.normal(0, 8))),
        knee_r=float(max(0, rng.normal(0, 8))),
        **arms,
        **face,
    )


@dataclass(frozen=True, slots=True)
class Build:
    """Proportions in figure units (height 1). heads: figure height in head heights, 2.2 (chibi) .. 7.5 (adult)."""

    heads: float = 5.0
    girth: float = 1.0
    shoulders: float = 1.0
    hips: float = 1.0
    bust: float = 0.0
    tilt: float = 0.09

    @staticmethod
    def sample(rng: Rng) -> Build:
        """Chibi, child, youth or adult."""
        heads = float(
            rng.choice(
                [rng.uniform(2.2, 3.0), rng.uniform(3.2, 4.6), rng.uniform(4.8, 6.2), rng.uniform(6.2, 7.4)],
                p=[0.25, 0.35, 0.25, 0.15],
            )
        )
        man = rng.random() < 0.4
        return Build(
            heads,
            float(rng.uniform(0.85, 1.15)),
            float(rng.uniform(1.0, 1.15) if man else rng.uniform(0.86, 1.0)),
            float(rng.uniform(0.86, 0.98) if man else rng.uniform(0.98, 1.14)),
            0.0 if man or heads < 4.5 else float(rng.uniform(0, 1)),
            float(rng.uniform(0.03, 0.14)),
        )

    @property
    def age(self) -> float:
        """0 chibi .. 1 adult."""
        return float(np.clip((self.heads - 2.3) / 4.7, 0, 1))

    @property
    def head(self) -> float:
        """Head height, chin to the top of the skull."""
        return 1 / self.heads * (1 - 0.04 * (1 - self.age))

    def of_age(self, small: float, tall: float) -> float:
        """A measure between a chibi's and an adult's."""
        return small + (tall - small) * self.age

    @property
    def chin(self) -> float:
        """Height of the chin (negative is up)."""
        return -(1 - self.head)

    @property
    def neck_base(self) -> float:
        """Height of the pit of the neck."""
        return self.chin + self.of_age(0.012, 0.045)

    @property
    def crotch(self) -> float:
        """Height of the crotch."""
        return -self.of_age(0.24, 0.47)

    @property
    def shoulder(self) -> tuple[float, float]:
        """Half width and height of the shoulder joints."""
        return self.of_age(0.098, 0.112) * self.shoulders, self.neck_base + self.of_age(0.028, 0.03)

    @property
    def arm(self) -> tuple[float, float]:
        """Lengths of upper arm and forearm."""
        whole = (self.crotch - self.shoulder[1]) * self.of_age(0.92, 0.98) + 0.01
        return whole * 0.52, whole * 0.48

    def arm_radius(self) -> Points:
        """Radii at shoulder, upper arm, elbow, forearm, wrist."""
        return np.array([1.05, 1.0, 0.84, 0.86, 0.62]) * self.of_age(0.033, 0.025) * self.girth

    def leg_radius(self) -> Points:
        """Radii at hip, thigh, knee, calf, ankle."""
        return np.array([1.12, 1.08, 0.78, 0.76, 0.48]) * self.of_age(0.05, 0.046) * self.girth

    def trunk(self) -> Points:
        """(levels, 4): height, half width, half depth, middle's depth, from the neck's base to the crotch."""
        top, low = self.neck_base, self.crotch
        sh = self.shoulder[0]
        hip = self.of_age(0.088, 0.09) * self.hips * self.girth**0.5
        waist = self.of_age(0.08, 0.068) * self.girth**0.5
        deep = self.of_age(0.066, 0.058) * self.girth**0.5
        f = np.array([0.0, 0.05, 0.12, 0.32, 0.6, 0.86, 1.0])
        w = np.array([sh * 0.42, sh * 0.74, sh * 0.97, sh * 0.9, waist, hip, hip * 0.98])
        d = np.array(
            [deep * 0.6, deep * 0.75, deep * 0.85, deep * (1 + 0.25 * self.bust), deep * 0.86, deep * 1.02, deep * 0.98]
        )
        z = np.array([-0.1, -0.05, 0, 0.06 + 0.2 * self.bust, 0.04, -0.06, -0.06]) * deep
        return np.stack((top + (low - top) * f, w, d, z), axis=1)


@dataclass(slots=True)
class View:
    """Camera: turns body space (x, y, z towards the viewer at yaw 0) and flattens it, seen from slightly above."""

    yaw: float
    tilt: float

    def __call__(self, p: Points) -> tuple[Points, Points]:
        """(n, 2) places on paper and (n,) nearness of (n, 3) points."""
        a = np.radians(self.yaw)
        p = np.atleast_2d(np.asarray(p, dtype=np.float64))
        x = p[:, 0] * np.cos(a) + p[:, 2] * np.sin(a)
        z = -p[:, 0] * np.sin(a) + p[:, 2] * np.cos(a)
        return np.stack((x, p[:, 1] + self.tilt * z), axis=1), z

    def bow(self, axis: Points) -> Points:
        """(n,) how far the visible half of a round section bows along a limb of direction axis (n, 3), per radius."""
        a = np.radians(self.yaw)
        z = -axis[:, 0] * np.sin(a) + axis[:, 2] * np.cos(a)
        y = axis[:, 1]
        length = np.maximum(np.linalg.norm(axis, axis=1), 1e-9)
        return np.asarray(-(-self.tilt * y + z) / length)


def windows(yaw: float, start: float, end: float, *, near: bool, least: float) -> list[tuple[str, float, float]]:
    """Parts of the azimuths start..end (degrees) that face the viewer (or turn away) at a yaw, with names that stay the
    same while the body turns; parts under `least` degrees are left out."""
    yaw = 180 - (180 - yaw) % 360
    out = []
    for turn in (-2, -1, 0, 1, 2):
        middle = -yaw + 360 * turn + (0 if near else 180)
        lo, hi = max(start, middle - 90), min(end, middle + 90)
        if hi - lo > least:
            out.append((f"{'n' if near else 'f'}{turn}", lo, hi))
    return out


@dataclass(slots=True)
class Skeleton:
    """Joints (3,) in body space. Arms and legs: three joints each, 'l' at x > 0."""

    neck: Points
    arms: dict[str, Points]
    legs: dict[str, Points]
    lift: float

    @staticmethod
    def of(build: Build, pose: Pose) -> Skeleton:
        """Forward kinematics; the figure stands on its lower foot unless pose.y lifts it."""
        arms, legs = {}, {}
        sx, sy = build.shoulder
        upper, fore = build.arm
        hip_x = build.of_age(0.042, 0.046) * build.hips
        leg = -build.crotch - build.of_age(0.03, 0.042)
        for side, k in (("l", 1.0), ("r", -1.0)):

            def g(name: str, side: str = side) -> float:
                return float(np.radians(getattr(pose, f"{name}_{side}")))

            shoulder = np.array([k * sx * 0.86, sy + 0.4 * build.arm_radius()[0], 0.0])
            elbow = shoulder + upper * _towards(k, g("spread"), g("swing"))
            wrist = elbow + fore * _towards(k, g("spread") - g("inward"), g("swing") + g("bend"))
            arms[side] = np.stack((shoulder, elbow, wrist))
            hip = np.array([k * hip_x, build.crotch - 0.01, 0.0])
            knee = hip + 0.5 * leg * _towards(k, g("leg_spread"), g("leg_swing"))
            ankle = knee + 0.5 * leg * _towards(k, g("leg_spread") * 0.4, g("leg_swing") - g("knee"))
            legs[side] = np.stack((hip, knee, ankle))
        ground = -build.of_age(0.03, 0.042)
        lift = ground - max(legs["l"][2, 1], legs["r"][2, 1])
        sk = Skeleton(np.array([0.0, build.neck_base, 0.0]), arms, legs, lift + pose.y)
        for joints in (*arms.values(), *legs.values()):
            joints[:] = sk.bent(joints, build, pose)
        sk.neck = sk.bent(sk.neck[None], build, pose)[0]
        return sk

    def bent(self, p: Points, build: Build, pose: Pose) -> Points:
        """Points of the upright body after the trunk's lean and bow (a shear above the hips) and the lift."""
        p = np.array(p, dtype=np.float64)
        up = np.maximum(build.crotch - 0.02 - p[:, 1], 0)
        p[:, 0] += np.tan(np.radians(pose.lean)) * up
        p[:, 2] += np.tan(np.radians(pose.bow)) * up
        p[:, 1] += self.lift
        return p


def _towards(side: float, spread: float, swing: float) -> Points:
    return np.array([side * np.sin(spread), np.cos(spread) * np.cos(swing), np.cos(spread) * np.sin(swing)])
