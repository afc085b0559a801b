"""Arms, hands, legs, feet, socks, shoes, sleeves and trouser legs: tubes along the skeleton's bones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..curves import inner_cut, limb_spine, profile, spline, tube
from ..shapes import Part, Points, Shape, Stroke
from .body import Build, Pose, Skeleton, View


@dataclass(slots=True)
class Limb:
    """One arm or leg on paper: path (n, 2), bow per radius (n,), nearness of its far half, painter's order."""

    path: Points
    bow: Points
    near: float
    order: float
    direction: Points

    @staticmethod
    def of(joints: Points, view: View, order: float, samples: int = 33) -> Limb:
        """Project three joints (3, 3)."""
        spine = limb_spine(joints[0], joints[1], joints[2], samples)
        path, depth = view(spine)
        axis = np.gradient(spine, axis=0)
        # A limb that points at the viewer keeps a little length, so that it still has a direction.
        step = np.diff(path, axis=0)
        short = np.hypot(step[:, 0], step[:, 1]) < 1e-5
        if short.any():
            path = path + np.linspace(0, 1e-3, samples)[:, None] * (0, 1)
        return Limb(path, view.bow(axis), float(depth[len(depth) // 2 :].mean()), order, path[-1] - path[-4])

    def tube(
        self,
        name: str,
        radii: Points | list[float],
        start: float,
        end: float,
        part: Part,
        colour: str,
        order: float,
        *,
        top: float = 0.0,
        bottom: float = 1.0,
        rows: int = 22,
        level: int = 2,
        wave: float = 0.0,
        round_: float = 0.9,
        fill_key: str = "",
        group: str = "",
        cap: tuple[float, float] | None = None,
    ) -> Shape:
        """A patch along start..end of the limb (shares of its length); radii are spread over this stretch.

        cap: rounds off the start (a shoulder), with the line weights of its two sides (first and last column).
        """
        f = np.linspace(start, end, rows) * (len(self.path) - 1)
        i = np.minimum(f.astype(int), len(self.path) - 2)
        g = (f - i)[:, None]
        path = self.path[i] * (1 - g) + self.path[i + 1] * g
        bow = self.bow[i]
        radius = profile(np.asarray(radii, dtype=np.float64), rows)
        if wave:
            s = np.linspace(0, 1, rows)
            radius = radius * (1 + wave * np.sin(9 * s + start * 3) * s)
        if cap is not None:
            turn = np.linspace(1.35, 0.25, 5)
            back = path[0] - path[2]
            back = back / max(float(np.hypot(*back)), 1e-9) * radius[0]
            path = np.concatenate((path[0] + np.sin(turn)[:, None] * back * 0.8, path))
            radius = np.concatenate((radius[0] * np.cos(turn), radius))
            bow = np.concatenate((np.zeros(5), bow * np.clip(np.linspace(-0.3, 2, rows), 0, 1)))
        grid = tube(path, radius, columns=5, bulge=np.clip(bow, -0.9, 0.9) * radius * 0.8)
        last, first = inner_cut(path, radius, grid)
        if cap is not None:
            top = max(cap)
            fade = np.clip((np.arange(len(path)) - 6.0) / 2, 0, 1)
            first, last = first * np.maximum(fade, cap[0]), last * np.maximum(fade, cap[1])
        return Shape(
            name,
            grid,
            part,
            colour,
            order,
            (top, last, bottom, first[::-1]),
            level=level,
            round=round_,
            fill_key=fill_key,
            group=group or name,
        )


def folds(shape: Shape, seed: int, count: int, where: tuple[float, float] = (0.35, 0.65)) -> None:
    """Short wrinkles that start at a side of a tube and end inside it."""
    rng = np.random.default_rng(seed)
    n, m = shape.grid.shape[:2]
    down = float(rng.choice([-1, 1]))  # folds of one tube run one way and so do not cross
    for _ in range(count):
        side = int(rng.integers(2)) * (m - 1)
        row = float(np.clip(rng.normal(np.mean(where), (where[1] - where[0]) / 2), 0.06, 0.94)) * (n - 1)
        reach = float(rng.uniform(0.25, 0.6))
        drop = down * abs(float(rng.normal(0.05, 0.1))) * n
        i = np.clip(row + np.linspace(0, 1, 6) * drop, 0, n - 1)
        j = np.abs(side - np.linspace(0, 1, 6) ** 1.2 * reach * (m - 1))
        a, b = np.floor(i).astype(int), np.floor(j).astype(int)
        a2, b2 = np.minimum(a + 1, n - 1), np.minimum(b + 1, m - 1)
        fi, fj = (i - a)[:, None], (j - b)[:, None]
        g = shape.grid
        p = (g[a, b] * (1 - fi) + g[a2, b] * fi) * (1 - fj) + (g[a, b2] * (1 - fi) + g[a2, b2] * fi) * fj
        shape.strokes.append(Stroke(p, 0.9, (0.0, 0.75), inside=True))


# (along, across) from the thumb's root round the fingers to the little finger's root; relaxed and spread.
_RELAXED = np.array(
    [
        (0, 0.3),
        (0.16, 0.4),
        (0.38, 0.56),
        (0.55, 0.56),
        (0.6, 0.48),
        (0.5, 0.4),
        (0.7, 0.4),
        (0.9, 0.32),
        (0.94, 0.26),
        (0.9, 0.2),
        (0.86, 0.18),
        (0.98, 0.14),
        (1.0, 0.05),
        (0.96, -0.02),
        (0.9, -0.05),
        (0.95, -0.08),
        (0.95, -0.14),
        (0.9, -0.19),
        (0.84, -0.2),
        (0.85, -0.24),
        (0.82, -0.31),
        (0.72, -0.37),
        (0.4, -0.4),
        (0.15, -0.36),
        (0, -0.3),
    ]
)
_SPREAD = np.array(
    [
        (0, 0.3),
        (0.12, 0.46),
        (0.3, 0.8),
        (0.42, 0.92),
        (0.52, 0.8),
        (0.42, 0.46),
        (0.66, 0.56),
        (0.92, 0.66),
        (1.0, 0.56),
        (0.92, 0.46),
        (0.6, 0.24),
        (1.0, 0.26),
        (1.12, 0.16),
        (1.02, 0.06),
        (0.62, 0.0),
        (1.0, -0.1),
        (1.06, -0.22),
        (0.96, -0.28),
        (0.56, -0.22),
        (0.82, -0.4),
        (0.84, -0.52),
        (0.72, -0.54),
        (0.4, -0.42),
        (0.15, -0.36),
        (0, -0.3),
    ]
)


def hand(
    limb: Limb,
    side: str,
    pose: Pose,
    build: Build,
    view: View,
    order: float,
    colour: str = "skin",
    part: Part = Part.HAND,
) -> Shape:
    """A hand at the end of an arm; its root joins the forearm without a line."""
    k = 1.0 if side == "l" else -1.0
    f = getattr(pose, f"hand_{side}")
    ring = _RELAXED * (1 - f) + _SPREAD * f
    d = limb.direction / max(float(np.hypot(*limb.direction)), 1e-9)
    thumb, _ = view(np.array([[-0.55 * k, 0.0, 0.85]]))
    across = np.array([-d[1], d[0]])
    if across @ (thumb[0] * (1, 0)) < 0:
        across = -across
    size = build.head * build.of_age(0.27, 0.62) * 1.0
    wide = build.arm_radius()[4] * 1.5 / 0.3 * 0.72
    at = limb.path[-1] - d * size * 0.06

    def place(p: Points) -> Points:
        return np.asarray(at + p[:, :1] * d * size + p[:, 1:] * across * wide)

    first, second = spline(ring[:13], 30), spline(ring[12:], 30)[::-1]
    grid = np.stack((place(first), place((first + second) / 2), place(second)), axis=1)
    strokes = [
        Stroke(place(np.array([ring[v], ring[v] * (0.72, 0.9)])), 0.8, (0.0, 0.6), inside=True) for v in (10, 14, 18)
    ]
    w = np.clip((np.linspace(0, 1, 30) - 0.02) / 0.05, 0, 1)
    return Shape(
        f"hand_{side}",
        grid,
        part,
        colour,
        order,
        (0.0, w, 0.0, w[::-1]),
        strokes,
        level=3,
        round=0.4,
        fill_key=f"bare_arm_{side}",
    )


# A shoe from the side (toe to the right) and from the front: heel side and toe side from the ankle to the sole.
_HEEL = {
    "side": ((-0.17, -0.5), (-0.2, -0.3), (-0.25, -0.12), (-0.25, 0)),
    "front": ((-0.17, -0.5), (-0.21, -0.28), (-0.26, -0.06), (-0.22, 0.1)),
}
_TOE = {
    "side": ((0.17, -0.5), (0.24, -0.34), (0.52, -0.2), (0.76, 0)),
    "front": ((0.17, -0.5), (0.21, -0.28), (0.26, -0.06), (0.22, 0.1)),
}


def foot(
    limb: Limb,
    side: str,
    turn: float,
    pitch: float,
    build: Build,
    order: float,
    part: Part,
    colour: str,
    height: float = 1.0,
) -> Shape:
    """A foot or shoe under an ankle. turn: degrees the toe points away from the viewer's front; pitch lifts the toe."""
    s = float(np.sin(np.radians(turn)))
    front = float(np.cos(np.radians(turn)))
    a = abs(s) ** 0.8
    heel = np.array(_HEEL["side"]) * a + np.array(_HEEL["front"]) * (1 - a)
    toe = np.array(_TOE["side"]) * a + np.array(_TOE["front"]) * (1 - a)
    if front < 0:
        for chain in (heel, toe):
            chain[-1, 1] -= 0.1 * (1 - a)
    length = build.of_age(0.095, 0.118) * build.girth**0.3
    size = np.array([length if a > 0.5 else length * (0.85 + 0.3 * a), length * height])
    if s < 0:
        heel, toe = toe * (-1, 1), heel * (-1, 1)
    base = limb.path[-1] + (0, build.of_age(0.03, 0.042))
    r = np.radians(pitch) * (1 if s >= 0 else -1)
    turn_m = np.array([[np.cos(r), -np.sin(r)], [np.sin(r), np.cos(r)]])
    ankle = np.array([0.0, -0.3 * length])
    left, right = (((spline(c, 12) * size) - ankle) @ turn_m.T + ankle + base for c in (heel, toe))
    middle = (left + right) / 2
    middle[-3:] += (
        np.array([[0, 0.02], [0, 0.05], [0, 0.09]]) * length * (0.25 + 0.75 * (1 - a)) * (1 if front > 0 else 0.4)
    )
    grid = np.stack(
        (
            left,
            (left + middle) / 2 + (middle - (left + right) / 2) * 0.25,
            middle,
            (right + middle) / 2 + (middle - (left + right) / 2) * 0.25,
            right,
        ),
        axis=1,
    )
    return Shape(
        f"foot_{side}",
        grid,
        part,
        colour,
        order,
        (1.0 if part == Part.SHOE else 0.0, 1.0, 1.0, 1.0),
        group=f"foot_{side}",
        level=2,
        round=0.5,
    )


def limb_orders(sk: Skeleton, view: View) -> dict[str, float]:
    """Painter's order of each limb: 'arm_l', 'arm_r', 'leg_l', 'leg_r'."""
    out = {}
    depth = {}
    for side in "lr":
        _, z = view(np.stack((sk.arms[side][0], sk.arms[side][1], sk.arms[side][2])))
        depth[side] = float(0.3 * z[0] + 0.35 * z[1] + 0.35 * z[2])
        out[f"arm_{side}"] = 50.0 if depth[side] > -0.035 else 5.0
    legs = {side: float(view(sk.legs[side])[1].mean()) for side in "lr"}
    near = "l" if legs["l"] >= legs["r"] else "r"
    for side in "lr":
        out[f"leg_{side}"] = 14.0 if side == near else 10.0
    if out["arm_l"] == out["arm_r"]:
        out["arm_l" if depth["l"] > depth["r"] else "arm_r"] += 2.0
    return out
