"""Hair in head units: sheets of clumps round the skull, locks, spikes, tails, braids and buns, seen from any side."""

from __future__ import annotations

import numpy as np

from ..curves import RING, between, ring_patch, spline
from ..shapes import Part, Points, Shape, Stroke
from .body import Pose, windows
from .hairstyle import Clumps, Hair, Tail
from .head import HeadView

_CENTRE = -0.56


class _Dome:
    """Radius of the hair at a height, and windows of azimuth that face the viewer."""

    def __init__(self, hair: Hair, view: HeadView, sway: float) -> None:
        self.hair, self.view, self.sway = hair, view, sway
        self.top = -1 - hair.volume

    def radius(self, y: Points) -> Points:
        y = np.asarray(y, dtype=np.float64)
        wide = 0.445 + self.hair.volume * 0.9
        up = np.sqrt(np.clip(1 - ((y - _CENTRE) / (self.top - _CENTRE)) ** 2, 0, 1))
        hang = 1 + self.hair.flare * np.clip(y - _CENTRE, 0, 1.4) - 0.05 * np.clip(y - 0.4, 0, 2)
        wavy = self.hair.wave * np.sin(7.0 * y + 1.0) * np.clip((y + 0.5) * 1.5, 0, 1)
        return wide * np.where(y < _CENTRE, up, hang + wavy / wide)

    def place(self, azimuth: Points, y: Points) -> tuple[Points, Points]:
        p, near = self.view.surface(azimuth, self.radius(y), y)
        p[:, 0] += self.sway * np.clip(y + 0.4, 0, 3) ** 1.3
        return p, near

    def windows(self, start: float, end: float, near: bool) -> list[tuple[str, float, float]]:
        """Named ranges of azimuth within start..end that face (or turn away from) the viewer."""
        return windows(self.view.turn, start, end, near=near, least=9)


def hair_shapes(hair: Hair, pose: Pose, view: HeadView) -> list[Shape]:
    """All hair of a head in head units."""
    dome = _Dome(hair, view, pose.hair - 0.1 * np.sin(np.radians(pose.head_roll)))
    facing = float(np.cos(view.a))
    shapes: list[Shape] = []
    for tag, lo, hi in dome.windows(hair.back.azimuth[0], hair.back.azimuth[-1], near=False):
        colour = "hair_in" if hair.inner_dark else "hair"
        shapes.append(_sheet(dome, f"hair.back.{tag}", hair.back, lo, hi, 2.0, colour, "hair.in", lines=0.35))
    for tag, lo, hi in dome.windows(hair.back.azimuth[0], hair.back.azimuth[-1], near=True):
        # Seen from the front only slivers of it stand beside the face.
        shapes.append(
            _sheet(
                dome,
                f"hair.back.{tag}",
                hair.back,
                lo,
                hi,
                64.0 if facing < 0.35 else 63.0,
                "hair",
                "hair",
                lines=hair.strand,
            )
        )
    front = hair.bangs or Clumps(
        np.linspace(-hair.front_span, hair.front_span, 17),
        -0.84 + 0.55 * np.linspace(-1, 1, 17) ** 2**2,
        np.array([], int),
        np.array([], int),
    )
    for tag, lo, hi in dome.windows(front.azimuth[0], front.azimuth[-1], near=True):
        shapes.append(_sheet(dome, f"hair.front.{tag}", front, lo, hi, 66.0, "hair", "hair", lines=hair.strand))
    for i, (az, reach, width, curl) in enumerate(hair.locks):
        shapes += _lock(dome, f"hair.lock{i}", az, -0.72, reach, width, curl)
    for i, spike in enumerate(hair.spikes):
        shapes += _spike(dome, f"hair.spike{i}", *spike)
    for i, tail in enumerate(hair.tails):
        shapes += _tail(dome, f"hair.tail{i}", tail, pose)
    for i in range(hair.ahoge):
        shapes.append(_ahoge(dome, f"hair.ahoge{i}", i))
    return shapes


def _sheet(
    dome: _Dome, name: str, edge: Clumps, lo: float, hi: float, order: float, colour: str, key: str, lines: float
) -> Shape:
    az = np.clip(edge.azimuth, lo, hi)
    y = (
        np.interp(az, *_increasing(edge.azimuth, edge.height))
        if lo > edge.azimuth[0] or hi < edge.azimuth[-1]
        else edge.height
    )
    y = np.where((edge.azimuth >= lo) & (edge.azimuth <= hi), edge.height, y)
    low, _ = dome.place(az, y)
    n = len(az)
    half = n // 2
    up = np.sin(np.linspace(0, np.pi / 2, half + 1))
    rise_l = y[0] + (dome.top - y[0]) * up
    rise_r = (y[-1] + (dome.top - y[-1]) * up[: n - half])[::-1]
    left, _ = dome.place(np.full(half, lo), rise_l[:half])
    right, _ = dome.place(np.full(n - half, hi), rise_r)
    top = np.concatenate((left, right))
    turn = dome.view.turn
    weight = np.ones(n)
    for part, edge_az, ys in ((slice(0, half), lo, rise_l[:half]), (slice(half, n), hi, rise_r)):
        psi = abs((edge_az + turn + 180) % 360 - 180)
        if abs(psi - 90) > 7:
            weight[part] = np.where(ys > -0.5, 1.0, np.clip((ys + 0.62) / 0.12, 0, 1))
    shape = Shape(
        name,
        between(top, low, 5),
        Part.HAIR,
        colour,
        order,
        (weight, 0.0, 1.0, 0.0),
        fill_key=key,
        group=name,
        level=8 if order > 60 else 0,
        round=0.85,
    )
    shape.lined = (weight, 0.8 if weight[-1] > 0 else 0.0, 1.0, 0.8 if weight[0] > 0 else 0.0)
    if lines > 0:
        shape.strokes += _strands(dome, edge, lo, hi, lines) + _loose(dome, edge, lo, hi)
    return shape


def _increasing(x: Points, y: Points) -> tuple[Points, Points]:
    order = np.argsort(x, kind="stable")
    return x[order], y[order]


def _loose(dome: _Dome, edge: Clumps, lo: float, hi: float) -> list[Stroke]:
    """Strand lines that hang free within the sheet, some of them in pairs that meet at the lower end."""
    out = []
    x, y = _increasing(edge.azimuth, edge.height)
    for i, (place, reach, start) in enumerate(dome.hair.extra):
        az = edge.azimuth[0] + (place + 180) / 360 * (edge.azimuth[-1] - edge.azimuth[0])
        low = float(np.interp(az, x, y)) - 0.05
        a = dome.top + 0.15 + (low - dome.top - 0.15) * start * (1 - reach)
        b = a + (low - a) * min(1.0, reach + 0.35)
        for k in range(1 + i % 2):
            side = az + np.linspace(5.0 * k, 0.0, 9) + 3 * np.sin(np.linspace(0, 3, 9) + i)
            p, near = dome.place(side, np.linspace(a + 0.05 * k, b, 9))
            out.append(
                Stroke(p, 0.75 if lo + 10 < az < hi - 10 and near.min() > 0.05 else 0.0, (0.5, 0.35), inside=True)
            )
    return out


def _strands(dome: _Dome, edge: Clumps, lo: float, hi: float, lines: float) -> list[Stroke]:
    """Lines from the valleys between clumps towards the crown, and short ones into the tips."""
    out = []
    for i, at in enumerate(np.concatenate((edge.valleys, edge.tips)).astype(int)):
        az, y = edge.azimuth[at], edge.height[at]
        seen = lo + 13 < az < hi - 13
        valley = i < len(edge.valleys)
        spin = (i * 0.618) % 1
        reach = lines * (0.5 + 0.7 * spin) if valley else lines * 0.35 * spin
        if not valley and spin < 0.45:
            continue
        start = y if valley else y - 0.07 - 0.2 * spin
        top = start + (dome.top + 0.12 - start) * reach
        ys = np.linspace(start, top, 9)
        centre = (lo + hi) / 2
        p, near = dome.place(az + (centre - az) * 0.18 * np.linspace(0, 1, 9) ** 2, ys)
        out.append(Stroke(p, 0.85 if seen and near.min() > 0.03 else 0.0, (0.0 if valley else 0.4, 0.6)))
    return out


def _ribbon(
    name: str,
    middle: Points,
    width: Points,
    order: float,
    *,
    base: float = 0.25,
    key: str = "hair",
    colour: str = "hair",
    level: int = 8,
    inner: int = 1,
) -> Shape:
    """A pointed lock along a path; its root joins what lies beneath without a line for the share `base`."""
    n = len(middle)
    d = np.gradient(middle, axis=0)
    d /= np.maximum(np.hypot(d[:, 0], d[:, 1]), 1e-9)[:, None]
    nrm = np.stack((d[:, 1], -d[:, 0]), axis=1) * width[:, None]
    grid = np.stack((middle + nrm, middle, middle - nrm), axis=1)
    w = np.clip((np.linspace(0, 1, n) - base) / 0.1, 0, 1) if base > 0 else np.ones(n)
    strokes = [
        Stroke(middle[n // 3 : n - 2] + nrm[n // 3 : n - 2] * f, 0.7, (0.5, 0.5), inside=True)
        for f in ((0.25,) if inner == 1 else (-0.35, 0.35) if inner == 2 else ())
    ]
    return Shape(
        name,
        grid,
        Part.HAIR,
        colour,
        order,
        (0.0 if base > 0 else 1.0, w, 0.0, w[::-1]),
        strokes,
        fill_key=key,
        level=level,
        round=0.6,
    )


def _lock(dome: _Dome, name: str, az: float, top: float, reach: float, width: float, curl: float) -> list[Shape]:
    ys = np.linspace(top, reach, 14)
    p, near = dome.place(np.full(14, az), ys)
    if near[6] < 0.03:
        return []
    f = np.linspace(0, 1, 14)
    p[:, 0] += curl * np.sin(np.pi * f) * dome.view.flip + 0.03 * np.sin(5 * f) * dome.hair.wave * 12
    w = (
        width
        * np.clip(np.sin(np.pi * np.clip(f * 0.93 + 0.07, 0, 1)) ** 0.7, 0.02, 1)
        * (0.55 + 0.45 * min(1.0, abs(near[6]) * 3 + 0.4))
    )
    return [_ribbon(name, p, w, 67.0, base=0.14, inner=1)]


def _spike(dome: _Dome, name: str, az: float, y: float, length: float, width: float, lean: float) -> list[Shape]:
    root, near = dome.place(np.array([az]), np.array([y]))
    if near[0] > 0.12 and (abs(az) < 95 or y > -0.62) and y > -0.86:
        return []  # it would stand in front of the face
    psi = np.radians(az + dome.view.turn)
    inward = root[0] * (0.72, 1.0) + (0, 0.1 * abs(y + _CENTRE))
    out = np.array([np.sin(psi) * 0.9, 0.75 * (y - _CENTRE) / 0.44 + 0.35 * lean + (0.35 if near[0] > 0.15 else 0.0)])
    out /= max(float(np.hypot(*out)), 0.35)
    tip = root[0] + out * length
    bend = np.array([-out[1], out[0]]) * length * 0.25 * np.sign(lean + 0.01)
    middle = spline(np.stack((inward, (root[0] + tip) / 2 + bend * 0.6, tip)), 12)
    f = np.linspace(0, 1, 12)
    return [
        _ribbon(
            name,
            middle,
            width * np.clip(1 - f, 0, 1) ** 0.75,
            66.4 if near[0] > 0 else 57.0,
            base=0.3 if near[0] > 0 else 0.15,
            key="hair",
            inner=1 if near[0] > 0.1 else 0,
        )
    ]


def _ahoge(dome: _Dome, name: str, i: int) -> Shape:
    start, _ = dome.place(np.array([20.0 - 50 * i]), np.array([dome.top + 0.03]))
    k = dome.view.flip * (1 if i == 0 else -1)
    middle = spline(start[0] + np.array([(0, 0.05), (0.02 * k, -0.1), (0.1 * k, -0.19), (0.2 * k, -0.14)]), 12)
    return _ribbon(name, middle, 0.03 * np.sin(np.linspace(0.5, np.pi, 12)), 66.8, base=0.2, inner=0)


def _tail(dome: _Dome, name: str, tail: Tail, pose: Pose) -> list[Shape]:
    at, near = dome.view.surface(
        np.array([tail.azimuth]), dome.radius(np.array([tail.height])) * 0.96, np.array([tail.height])
    )
    root = at[0]
    side = float(np.sin(np.radians(tail.azimuth + dome.view.turn)))
    order = 68.0 if near[0] > 0.02 else 1.5
    if tail.kind == "bun":
        centre = root + (side * tail.lift, -0.02)
        spiral = [
            Stroke(
                spline(
                    centre + np.array([(-0.6, 0.2), (-0.2, -0.5), (0.4, -0.2), (0.3, 0.35), (-0.1, 0.3)]) * tail.width,
                    14,
                ),
                0.8,
                (0.3, 0.5),
            )
        ]
        return [
            Shape(
                name,
                ring_patch(centre + RING * tail.width * (1.0, 0.92)),
                Part.HAIR,
                "hair",
                order,
                strokes=spiral,
                level=8,
                round=0.8,
            )
        ]
    out = np.array([side * (tail.lift + 0.06), -tail.lift * 0.4])
    drop = np.array([side * tail.curl + pose.hair * 2.2 * tail.length, tail.length])
    middle = spline(np.stack((root, root + out, root + out * 1.6 + drop * 0.45, root + out * 1.2 + drop)), 22)
    f = np.linspace(0, 1, 22)
    if tail.kind == "braid":
        shapes = []
        count = int(np.clip(tail.length / (tail.width * 0.9), 4, 10))
        for i in range(count):
            c = middle[2 + round(i * 17 / count)]
            step = float(np.hypot(*np.diff(middle, axis=0).T).sum()) / count
            r = np.array([max(tail.width * (0.85 - 0.3 * i / count), step * 0.6), step * 0.66])
            v = [Stroke(c + np.array([(-0.8, -0.5), (0, 0.25), (0.8, -0.5)]) * r, 0.8, (0.2, 0.2), inside=True)]
            shapes.append(
                Shape(
                    f"{name}.{i}",
                    ring_patch(c + RING * r),
                    Part.HAIR,
                    "hair",
                    order - 0.01 * i,
                    strokes=v,
                    fill_key=f"{name}",
                    level=8,
                    round=0.6,
                )
            )
        tip = middle[-5:] + (0, 0.06)
        shapes.append(
            _ribbon(
                f"{name}.tip",
                spline(tip, 10),
                tail.width * 0.5 * np.sin(np.linspace(0.4, np.pi, 10)),
                order - 0.1,
                base=0.0,
                inner=0,
            )
        )
        return shapes
    wave = 1 + dome.hair.wave * 4 * np.sin(16 * f)
    w = tail.width * np.clip(np.sin(np.pi * (0.16 + 0.84 * f)) ** 0.65, 0.03, 1) * wave
    shapes = [_ribbon(f"{name}", middle, w, order, base=0.0, key=name, inner=2)]
    for j, f0 in enumerate((-0.5, 0.45)):
        part = middle[11:] + np.array([f0 * tail.width, 0.05 * (1 + j)])
        shapes.append(
            _ribbon(
                f"{name}.clump{j}",
                part,
                tail.width * 0.42 * np.sin(np.linspace(0.5, np.pi, 11)) ** 0.8,
                order - 0.02,
                base=0.0,
                key=name,
                inner=0,
            )
        )
    tie = ring_patch(root + out * 0.45 + RING * (0.075, 0.06))
    shapes.append(Shape(f"{name}.tie", tie, Part.NONE, "ribbon", order + 0.02, level=8))
    return shapes
