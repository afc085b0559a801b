"""Clothes on the trunk: shirts, jackets, coats, dresses, skirts, trousers' seats, collars, belts, scarves, capes, bags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .body import Build, Pose, Skeleton, View, windows
from .curves import RING, RING_POINTS, TURNS, Points, between, ring_patch, spline
from .ink import Rng
from .shapes import Part, Shape, Stroke


@dataclass(frozen=True, slots=True)
class Outfit:
    """What is worn; lengths are shares of the trunk from the neck's base (0) to the crotch (1), beyond it over the legs."""

    top: str = "sweater"
    top_ease: float = 0.15
    top_hem: float = 0.95
    tucked: bool = False
    sleeve: float = 1.0
    sleeve_kind: str = "loose"
    cuff: bool = True
    collar: str = "crew"
    front: str = "none"
    over: str = "none"
    over_hem: float = 1.1
    bottom: str = "trousers"
    bottom_hem: float = 1.6
    bottom_ease: float = 0.2
    pleats: int = 0
    belt: bool = False
    socks: float = 0.0
    sock_band: bool = False
    shoes: str = "shoe"
    scarf: bool = False
    cape: bool = False
    bag: str = "none"
    tie: str = "none"
    gloves: bool = False
    straps: bool = False

    @staticmethod
    def sample(rng: Rng) -> Outfit:
        """A plausible outfit."""
        u, c = rng.uniform, rng.choice
        top = str(c(["tee", "shirt", "sweater", "hoodie", "dress", "wrap"], p=[0.2, 0.22, 0.22, 0.1, 0.18, 0.08]))
        bottom = str(c(["trousers", "shorts", "skirt", "leggings", "baggy"], p=[0.3, 0.2, 0.28, 0.1, 0.12]))
        if top == "dress":
            bottom = "none"
        over = str(c(["none", "jacket", "coat", "vest"], p=[0.68, 0.14, 0.1, 0.08]))
        hem = {"tee": u(0.85, 1.05), "shirt": u(0.85, 1.0), "sweater": u(0.85, 1.12), "hoodie": u(0.9, 1.1), "dress": u(1.2, 2.1), "wrap": u(0.95, 1.5)}[top]
        long_hem = {"trousers": u(1.75, 1.95), "shorts": u(1.18, 1.4), "skirt": u(1.15, 1.9), "leggings": 1.93, "baggy": u(1.55, 1.9), "none": 1.0}[bottom]
        return Outfit(
            top=top, top_ease=float(u(0.04, 0.34) if top != "shirt" else u(0.02, 0.14)), top_hem=float(hem), tucked=bool(top in ("shirt", "tee") and rng.random() < 0.5),
            sleeve=float(c([0.0, u(0.22, 0.34), u(0.4, 0.62), 0.97], p=[0.08, 0.24, 0.1, 0.58])), sleeve_kind=str(c(["fitted", "loose", "puffy", "bell"], p=[0.25, 0.4, 0.2, 0.15])),
            cuff=bool(rng.random() < 0.6), collar=str(c(["crew", "collar", "turtle", "v", "sailor"], p=[0.3, 0.3, 0.12, 0.16, 0.12])),
            front=str(c(["none", "buttons", "zip", "print", "pocket", "stripes", "band"], p=[0.26, 0.2, 0.1, 0.14, 0.1, 0.1, 0.1])),
            over=over, over_hem=float(u(0.85, 1.1) if over != "coat" else u(1.4, 1.85)), bottom=bottom, bottom_hem=float(long_hem), bottom_ease=float(u(0.05, 0.4)),
            pleats=int(c([0, 0, 5, 7, 9])), belt=bool(rng.random() < 0.3), socks=float(c([0.0, u(0.08, 0.2), u(0.3, 0.45), u(0.55, 0.75), 0.97], p=[0.32, 0.26, 0.18, 0.15, 0.09])),
            sock_band=bool(rng.random() < 0.4), shoes=str(c(["shoe", "sneaker", "boot", "loafer", "bare"], p=[0.24, 0.28, 0.22, 0.12, 0.14])), scarf=bool(rng.random() < 0.08),
            cape=bool(rng.random() < 0.07), bag=str(c(["none", "back", "shoulder"], p=[0.84, 0.08, 0.08])), tie=str(c(["none", "tie", "bow", "ribbon"], p=[0.7, 0.1, 0.12, 0.08])),
            gloves=bool(rng.random() < 0.06), straps=bool(bottom in ("shorts", "trousers", "skirt") and rng.random() < 0.2),
        )


class Trunk:
    """The body's trunk on paper, and garments wrapped round it."""

    def __init__(self, build: Build, pose: Pose, sk: Skeleton, view: View) -> None:
        self.build, self.pose, self.sk, self.view = build, pose, sk, view
        self.levels = build.trunk()
        self.top, self.low = self.levels[0, 0], self.levels[-1, 0]

    def height(self, share: float | Points) -> Points:
        """Heights at shares of the trunk; over 1 they run on down the legs to the sole at 2."""
        s = np.asarray(share, dtype=np.float64)
        return np.where(s <= 1, self.top + (self.low - self.top) * s, self.low * (2 - s))

    def section(self, y: Points, ease: Points) -> tuple[Points, Points]:
        """(n,) half widths on paper and half depths towards the viewer of the garment at heights y."""
        w = np.interp(y, self.levels[:, 0], self.levels[:, 1]) + ease
        d = np.interp(y, self.levels[:, 0], self.levels[:, 2]) + ease * 0.8
        a = np.radians(self.view.yaw)
        return np.hypot(w * np.cos(a), d * np.sin(a)), np.hypot(w * np.sin(a), d * np.cos(a))

    def middle(self, y: Points) -> tuple[Points, Points]:
        """(n, 2) places and (n,) nearness of the trunk's axis."""
        z = np.interp(y, self.levels[:, 0], self.levels[:, 3])
        p = self.sk.bent(np.stack((0 * y, y, z), axis=1), self.build, self.pose)
        flat, near = self.view(p)
        # Cloth hangs after the motion, and follows the legs below the hips.
        hang = np.clip(y - (self.low - 0.02), 0, 1)
        flat[:, 0] += self.pose.cloth * hang * 2.0 + self._stride() * hang
        return flat, near

    def _stride(self) -> float:
        knees = self.view(np.stack((self.sk.legs["l"][1], self.sk.legs["r"][1])))[0]
        hips = self.view(np.stack((self.sk.legs["l"][0], self.sk.legs["r"][0])))[0]
        drop = max(float(np.mean(knees[:, 1] - hips[:, 1])), 0.05)
        return float(np.clip(np.mean(knees[:, 0] - hips[:, 0]) / drop, -0.8, 0.8))

    def spread(self) -> float:
        """How far the knees stand apart on paper beyond the hips' width."""
        knees = self.view(np.stack((self.sk.legs["l"][1], self.sk.legs["r"][1])))[0]
        return float(abs(knees[0, 0] - knees[1, 0]) / 2)

    def wrap(self, y: Points, ease: Points, columns: int = 9, window: tuple[float, float] | None = None) -> Points:
        """(n, columns, 2) patch of a garment; window: azimuths that are covered, default the half that is seen."""
        s, d = self.section(y, ease)
        c, _ = self.middle(y)
        psi = np.radians(np.linspace(-90, 90, columns) if window is None else np.linspace(*window, columns) + self.view.yaw)
        x = c[:, :1] + s[:, None] * np.sin(psi)
        return np.stack((x, c[:, 1:] + self.view.tilt * d[:, None] * np.cos(psi)), axis=2)

    def on(self, azimuth: Points, y: Points, ease: float) -> tuple[Points, float]:
        """(n, 2) places of points on a garment and how much they face the viewer (the least of them)."""
        azimuth, y = np.broadcast_arrays(np.asarray(azimuth, dtype=np.float64), np.asarray(y, dtype=np.float64))
        s, d = self.section(y, np.full(y.shape, ease))
        c, _ = self.middle(y)
        psi = np.radians(azimuth + self.view.yaw)
        return np.stack((c[:, 0] + s * np.sin(psi), c[:, 1] + self.view.tilt * d * np.cos(psi)), axis=1), float(np.cos(psi).min())

    def windows(self, start: float, end: float, near: bool) -> list[tuple[str, float, float]]:
        """Named ranges of azimuth in start..end that face (or turn from) the viewer."""
        return windows(self.view.yaw, start, end, near=near, least=6)


def _hem(grid: Points, amount: float, waves: float, phase: float) -> Points:
    """A hem that waves like cloth does."""
    f = np.linspace(0, 1, grid.shape[1])
    grid = grid.copy()
    grid[-1, :, 1] += amount * np.sin(2 * np.pi * waves * f + phase)
    return grid


def top_shapes(o: Outfit, t: Trunk, seed: int) -> list[Shape]:
    """Shirt, sweater, hoodie or dress with its collar and front."""
    b = t.build
    unit = b.of_age(0.09, 0.085)
    hem = min(o.top_hem, 1.0) if o.tucked else o.top_hem
    rows = 24 if o.top == "dress" else 18
    share = np.linspace(0.015, hem, rows)
    y = t.height(share)
    ease = unit * (0.1 + o.top_ease * 1.5 * np.clip((share - 0.1) * 1.6, 0, 1))
    if o.top in ("sweater", "hoodie"):
        ease = ease - unit * 0.55 * o.top_ease * np.clip((share - hem + 0.14) / 0.14, 0, 1)
    if o.top == "dress":
        fall = np.clip((share - 0.6) / 1.2, 0, 1)
        ease = ease * np.where(share < 0.62, 0.45, 1) + unit * (1.3 + 0.9 * o.bottom_ease) * fall + t.spread() * 0.6 * np.clip(share - 1, 0, 1)
    else:
        ease = ease + t.spread() * 0.35 * np.clip(share - 1, 0, 0.5)
    grid = t.wrap(y, ease, 17)
    grid = _hem(grid, 0.006 if o.top != "shirt" else 0.003, 1.5 + 2 * (o.top == "dress"), seed % 7)
    if o.top == "dress" and o.pleats:
        grid[-1, 1::2, 1] -= 0.014
    order = 30.0
    neck_line = 0.0 if o.collar in ("turtle",) else 1.0
    shirt = Shape("top", grid, Part.UPPER_CLOTHES, "upper", order, (neck_line, 1.0, 1.0, 1.0), group="top", level=3, round=0.75, fill_key="top")
    shapes = [shirt]
    _wrinkles(shirt, seed, 5 if o.top != "dress" else 3)
    if o.top == "dress":
        _pleat_lines(shirt, o.pleats or 5, 0.55, seed)
        if o.belt:
            shapes.append(_band(t, "belt", 0.56, 0.635, unit * 0.16, "belt", 33.0))
    if o.top in ("sweater", "hoodie") and o.cuff:
        band = t.wrap(t.height(np.linspace(hem - 0.05, hem, 3)), np.full(3, ease[-1]), 17)
        band = _hem(band, 0.006, 1.5, seed % 7)
        shapes.append(Shape("top.rib", band, Part.UPPER_CLOTHES, "upper" if seed % 2 else "upper2", order + 0.1, level=3, round=0.7))
    shapes += _front(o, t, unit * 0.2, hem, seed, order)
    return shapes


def _wrinkles(shape: Shape, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = shape.grid.shape[:2]
    for _ in range(count):
        i0, j0 = float(rng.uniform(0.35, 0.95)), float(rng.choice([0.0, 1.0, rng.uniform(0.1, 0.9)]))
        j1 = float(np.clip(j0 + (0.25 if j0 < 0.5 else -0.25) * rng.uniform(0.3, 1.3), 0.03, 0.97))
        i1 = float(np.clip(i0 + rng.uniform(-0.16, 0.1), 0.12, 0.97))
        s = np.linspace(0, 1, 7)
        i = np.clip((i0 + (i1 - i0) * s + 0.02 * np.sin(np.pi * s)) * (n - 1), 0, n - 1.001)
        j = np.clip((j0 + (j1 - j0) * s) * (m - 1), 0, m - 1.001)
        a, b = i.astype(int), j.astype(int)
        fi, fj = (i - a)[:, None], (j - b)[:, None]
        g = shape.grid
        p = (g[a, b] * (1 - fi) + g[a + 1, b] * fi) * (1 - fj) + (g[a, b + 1] * (1 - fi) + g[a + 1, b + 1] * fi) * fj
        shape.strokes.append(Stroke(p, 0.85, (0.15, 0.7), inside=True))


def _pleat_lines(shape: Shape, count: int, start: float, seed: int) -> None:
    n, m = shape.grid.shape[:2]
    rng = np.random.default_rng(seed + 5)
    for c in range(1, count + 1):
        j = round(c * (m - 1) / (count + 1))
        first = round((start + 0.3 * rng.random()) * (n - 1))
        if 0 < j < m - 1 and n - first > 3:
            shape.strokes.append(Stroke(shape.grid[first:, j][::-1].copy(), 0.85, (0.0, 0.6)))


def _band(t: Trunk, name: str, start: float, end: float, ease: float, colour: str, order: float, part: Part = Part.LOWER_CLOTHES) -> Shape:
    y = t.height(np.linspace(start, end, 3))
    return Shape(name, t.wrap(y, np.full(3, ease), 13), part, colour, order, level=4, round=0.7)


def _decal(t: Trunk, name: str, points: Points, ease: float, colour: str, order: float, clip: str, part: Part, least: float = 0.05,
           smooth: bool = False, level: int = 4) -> list[Shape]:
    """A flat thing on a garment given by (azimuth, share of the trunk) of its outline."""
    pts = np.asarray(points, dtype=np.float64)
    place, facing = t.on(pts[:, 0], t.height(pts[:, 1]), ease)
    if facing < least:
        return []
    ring = spline(place, RING_POINTS, closed=True) if smooth else place if len(place) == RING_POINTS else _corners(place)
    return [Shape(name, ring_patch(ring), part, colour, order, clip=clip, level=level, round=0.3)]


def _corners(p: Points) -> Points:
    """A polygon sampled as a ring, its corners kept."""
    q = np.concatenate((p, p[:1]))
    per = [RING_POINTS // len(p) + (1 if i < RING_POINTS % len(p) else 0) for i in range(len(p))]
    return np.concatenate([q[i] + np.linspace(0, 1, per[i], endpoint=False)[:, None] * (q[i + 1] - q[i]) for i in range(len(p))])


def _front(o: Outfit, t: Trunk, ease: float, hem: float, seed: int, order: float) -> list[Shape]:
    """Buttons, zip, print, pockets, stripes, collar and tie."""
    out: list[Shape] = []
    top = out.extend
    waist = min(hem, 1.0)
    part = Part.UPPER_CLOTHES
    shares = np.linspace(0.03, waist - 0.02, 10)
    if o.front in ("buttons", "zip"):
        line, facing = t.on(np.zeros(10), t.height(shares), ease)
        if facing > 0.1:
            out.append(Shape("placket", between(line, line + (0.001, 0), 2), part, "upper", order + 0.2, (0.0,) * 4, [Stroke(line, 0.9)], filled=False, clip="top"))
        for i in range(4 if o.front == "buttons" else 0):
            c, s = 7.0, 0.16 + i * (waist - 0.24) / 3.6
            ring = np.stack((c + RING[:, 0] * 5, s + RING[:, 1] * 0.02), axis=1)
            top(_decal(t, f"button{i}", ring, ease, "button", order + 0.3, "top", part, level=3))
    if o.front == "print":
        kind = seed % 3
        r = 1 if kind == 0 else (0.72 + 0.28 * np.cos(TURNS * 5))[:, None] if kind == 1 else 1
        ring = np.array([0, 0.36]) + RING * r * (24, 0.13)
        top(_decal(t, "print", ring if kind < 2 else np.array([(24, .24), (24, .48), (-24, .48), (-24, .24)]), ease, "upper2", order + 0.2, "top", part, level=3))
    if o.front == "pocket":
        top(_decal(t, "pocket", np.array([(46, .3), (46, .42), (20, .42), (20, .3)]), ease, "upper", order + 0.2, "top", part, level=3))
    if o.front in ("stripes", "band"):
        for i, s in enumerate((0.3, 0.5, 0.7)[: 3 if o.front == "stripes" else 1]):
            if s + 0.1 < waist:
                grid = t.wrap(t.height(np.linspace(s, s + (0.09 if o.front == "stripes" else 0.2), 3)), np.full(3, ease + 0.2), 13)
                out.append(Shape(f"stripe{i}", grid, part, "upper2", order + 0.15, clip="top", level=3, round=0.6))
    if o.collar == "collar":
        for k in (-1, 1):
            top(_decal(t, f"collar{k:+d}", np.array([(k * 4, .05), (k * 34, .15), (k * 64, .05), (k * 50, -.03), (k * 20, -.02)]), 0.004, "collar", 53.5, "", part, -0.3))
    if o.collar == "sailor":
        for k in (-1, 1):
            top(_decal(t, f"collar{k:+d}", np.array([(k * 2, .2), (k * 40, .13), (k * 80, .12), (k * 70, -.02), (k * 35, -.02)]), 0.006, "upper2", 53.5, "", part, -0.3))
        top(_decal(t, "collar_back", np.array([(110, .0), (120, .22), (180, .24), (240, .22), (250, .0), (180, -.03)]), 0.006, "upper2", 53.5, "", part, -0.2))
    if o.collar == "v":
        top(_decal(t, "v", np.array([(-42, .0), (0, .17), (42, .0), (0, -.05)]), 0.0, "skin", 41.0, "top", Part.NECK, -0.1))
    if o.tie == "tie":
        top(_decal(t, "tie", np.array([(7, .09), (12, .42), (0, .48), (-12, .42), (-7, .09)]), ease + 0.004, "tie", 41.5, "", part))
        top(_decal(t, "tie.knot", np.array([(9, .03), (6, .1), (-6, .1), (-9, .03)]), ease + 0.006, "tie", 41.6, "", part))
    if o.tie in ("bow", "ribbon"):
        drop = 0.03 if o.tie == "bow" else 0.16
        for k in (-1, 1):
            top(_decal(t, f"bow{k:+d}", np.array([(k * 2, .08), (k * 30, .02), (k * 36, .09), (k * 30, .15)]), ease + 0.008, "tie", 41.6, "", part, -0.1, smooth=True))
            top(_decal(t, f"bow.end{k:+d}", np.array([(k * 1, .1), (k * 16, .16 + drop), (k * 24, .13 + drop)]), ease + 0.006, "tie", 41.5, "", part, -0.1))
        top(_decal(t, "bow.knot", np.stack((RING[:, 0] * 6, 0.085 + RING[:, 1] * 0.03), axis=1), ease + 0.01, "tie", 41.7, "", part, -0.1))
    return out


def over_shapes(o: Outfit, t: Trunk, seed: int) -> list[Shape]:
    """Open jacket, vest or coat: panels round the back with their lining behind."""
    unit = t.build.of_age(0.09, 0.085)
    hem = o.over_hem
    share = np.linspace(0.0, hem, 20)
    ease = unit * (0.22 + 0.3 * np.clip(share * 1.5, 0, 1)) + unit * (0.9 * np.clip((share - 0.8) / 1.2, 0, 1)) + unit * o.top_ease * 0.8 * (share > 0.3)
    y = t.height(share)
    gap = 12 + seed % 22
    out = []
    for i, (tag, lo, hi) in enumerate(t.windows(gap, 360 - gap, near=True)):
        grid = _hem(t.wrap(y, ease, 9, (lo, hi)), 0.005, 1.0, i)
        panel = Shape(f"over.{tag}", grid, Part.UPPER_CLOTHES, "over", 35.0, group="over", level=4, round=0.6, fill_key="over")
        _wrinkles(panel, seed + i, 3)
        out.append(panel)
    for tag, lo, hi in t.windows(gap, 360 - gap, near=False) if hem > 1.1 else []:
        out.append(Shape(f"over.{tag}", t.wrap(y, ease, 9, (lo, hi)), Part.UPPER_CLOTHES, "lining", 8.0, level=0, round=0.3))
    for k in (-1, 1):
        out += _decal(t, f"lapel{k:+d}", np.array([(k * (gap + 1), .34), (k * (gap + 26), .16), (k * (gap + 38), .1), (k * (gap + 22), -.02), (k * gap, .05)]),
                      unit * 0.5, "over2" if seed % 3 == 0 else "over", 41.2, "", Part.UPPER_CLOTHES, -0.1)
    if seed % 2 and hem > 0.8:
        for k in (-1, 1):
            out += _decal(t, f"pocket{k:+d}", np.array([(k * 68, .72), (k * 68, .84), (k * 38, .84), (k * 38, .72)]), unit * 0.5, "over", 36.0, "over", Part.UPPER_CLOTHES)
    return out


def bottom_shapes(o: Outfit, t: Trunk, seed: int) -> list[Shape]:
    """Skirt, or the seat of trousers and shorts, with belt and straps (trouser legs are limb tubes)."""
    unit = t.build.of_age(0.09, 0.085)
    out: list[Shape] = []
    order = 32.0 if o.tucked else 20.0
    start = 0.58
    if o.bottom == "skirt":
        share = np.linspace(start, o.bottom_hem, 16)
        f = np.linspace(0, 1, 16)
        ease = unit * (0.08 + (0.75 + 1.6 * o.bottom_ease) * f**0.8) + t.spread() * 0.55 * f
        grid = t.wrap(t.height(share), ease, 21)
        if o.pleats:
            grid[-1, 1::2, 1] -= 0.012
        else:
            grid = _hem(grid, 0.008, 3.0, seed % 5)
        skirt = Shape("skirt", grid, Part.LOWER_CLOTHES, "lower", order, group="lower", level=3, round=0.7)
        _pleat_lines(skirt, o.pleats or 3, 0.15 if o.pleats else 0.4, seed)
        out.append(skirt)
    elif o.bottom != "none":
        share = np.linspace(start, 1.04, 9)
        ease = unit * (0.06 + o.bottom_ease * 0.35 * np.clip((share - 0.6) * 2, 0, 1)) * (0.35 if o.bottom == "leggings" else 1)
        grid = t.wrap(t.height(share), ease, 9)
        grid[-1, 3:6, 1] += 0.008
        side = np.clip((1.0 - share) / 0.05, 0, 1)
        out.append(Shape("seat", grid, Part.LOWER_CLOTHES, "lower", order, (1.0, side, 0.0, side[::-1]), group="lower", level=2, round=0.6, fill_key="trousers"))
    if out and o.tucked and o.belt:
        out.append(_band(t, "belt", start - 0.01, start + 0.06, unit * 0.12, "belt", order + 0.5))
        out += _decal(t, "buckle", np.array([(10, start - .015), (10, start + .065), (-10, start + .065), (-10, start - .015)]), unit * 0.14, "metal", order + 0.6, "", Part.LOWER_CLOTHES)
    if out and o.straps:
        for k in (-1, 1):
            for face, lo in (("front", 0), ("back", 180)):
                pts = np.array([(lo + k * 24, .62), (lo + k * 24, .35), (lo + k * 34, .1), (lo + k * 40, .03), (lo + k * 52, .05), (lo + k * 46, .12), (lo + k * 36, .35), (lo + k * 36, .62)])
                out += _decal(t, f"strap_{face}{k:+d}", pts, unit * (0.12 + o.top_ease * 0.5), "lower", 34.0, "top", Part.LOWER_CLOTHES)
    return out


def extra_shapes(o: Outfit, t: Trunk, seed: int) -> list[Shape]:
    """Hood, turtle neck, scarf, cape and bags."""
    out: list[Shape] = []
    facing = float(np.cos(np.radians(t.view.yaw)))
    neck = t.build.of_age(0.034, 0.036)
    c, _ = t.middle(np.array([t.top]))
    up = c[0]
    if o.collar == "turtle" and o.top != "hoodie":
        f = np.linspace(-1, 1, 9)
        y = np.array([-0.3, 0.1, 0.5])[:, None] * neck * 1.2
        x = up[0] + f[None] * neck * np.array([1.05, 1.12, 1.3])[:, None]
        grid = np.stack((x, up[1] + y + 0.012 * (1 - f**2)), axis=2)
        out.append(Shape("turtle", grid, Part.UPPER_CLOTHES, "upper", 53.4, level=4, round=0.7))
    if o.top == "hoodie":
        wide = t.build.shoulder[0] * 0.86
        ring = up + RING * (wide, 0.05) + (0.02 * np.sin(np.radians(t.view.yaw)) * -1, 0.0 if facing > 0 else 0.025)
        ring = np.where(RING[:, 1:] > 0, ring + RING * (0, 0.02 if facing > 0 else 0.05), ring)
        out.append(Shape("hood", ring_patch(ring), Part.UPPER_CLOTHES, "upper", 24.0 if facing > -0.2 else 53.6,
                         strokes=[Stroke(up + RING[2:11] * (wide * 0.6, 0.045), 0.8, (0.3, 0.3), inside=True)], level=4, round=0.6))
        for k in (-1, 1):
            p, near = t.on(np.full(5, k * 14.0), t.height(np.linspace(0.08, 0.3, 5)), 0.01)
            if near > 0.15:
                out.append(Shape(f"cord{k:+d}", between(p - (0.003, 0), p + (0.003, 0), 2), Part.UPPER_CLOTHES, "lace", 41.3, level=4, round=0.0))
    if o.scarf:
        wide = neck * 2.1
        ring = up + (0, 0.004) + RING * (wide, 0.04)
        out.append(Shape("scarf", ring_patch(ring), Part.UPPER_CLOTHES, "tie", 53.7, level=5, round=0.7,
                         strokes=[Stroke(up + np.array([(-wide * 0.8, 0.0), (0, 0.022), (wide * 0.7, 0.004)]), 0.9, (0.3, 0.5), inside=True)]))
        k = 24.0 if seed % 2 else 200.0
        p, near = t.on(np.array([k - 9, k - 11, k - 12, k + 12, k + 11, k + 9]), t.height(np.array([0.06, 0.35, 0.66, 0.64, 0.35, 0.06])), 0.014)
        if near > 0.0:
            grid = np.stack((p[:3], p[:2:-1]), axis=1)
            out.append(Shape("scarf.end", grid, Part.UPPER_CLOTHES, "tie", 41.9, level=5, round=0.4))
    if o.cape:
        share = np.linspace(0.03, 1.5, 18)
        ease = t.build.of_age(0.09, 0.085) * (0.4 + 1.6 * np.clip(share / 1.5, 0, 1))
        for near, order, colour in ((True, 56.0, "over"), (False, 3.0, "lining")):
            for tag, lo, hi in t.windows(62, 298, near):
                grid = _hem(t.wrap(t.height(share), ease, 11, (lo, hi)), 0.012, 2.0, lo / 90)
                cape = Shape(f"cape.{tag}", grid, Part.UPPER_CLOTHES, colour, order, level=5 if near else 0, round=0.6)
                _pleat_lines(cape, 4, 0.3, seed)
                out.append(cape)
    out += _bags(o, t, facing)
    return out


def _bags(o: Outfit, t: Trunk, facing: float) -> list[Shape]:
    if o.bag == "back":
        s = float(np.sin(np.radians(t.view.yaw)))
        wide = t.build.shoulder[0] * (0.95 if abs(s) < 0.6 else 0.6)
        c, _ = t.middle(t.height(np.array([0.5])))
        deep = t.build.of_age(0.066, 0.058)
        ring = c[0] + (-s * deep * 1.7, -0.02) + np.sign(RING) * np.abs(RING) ** 0.6 * (wide, t.build.of_age(0.1, 0.13))
        order = 57.0 if facing < -0.1 else 4.0
        bag = Shape("bag", ring_patch(ring), Part.NONE, "bag", order, strokes=[Stroke(c[0] + (-s * deep * 1.7, -0.02) + np.array([(-wide, -0.03), (0, 0.0), (wide, -0.03)]) * (0.98, 1), 0.9, inside=True)],
                    level=5, round=0.5)
        out = [bag]
        for k in (-1, 1):
            pts = np.array([(k * 36, .03), (k * 33, .3), (k * 52, .6), (k * 64, .6), (k * 46, .3), (k * 48, .04)])
            out += _decal(t, f"bag.strap{k:+d}", pts, 0.03, "bag", 36.5, "", Part.NONE, -0.1)
        return out
    if o.bag == "shoulder":
        pts = np.array([(60, .0), (30, .3), (-20, .7), (-50, .9), (-58, .86), (-28, .62), (20, .26), (48, .0)])
        strap = _decal(t, "bag.strap", pts, 0.025, "bag", 36.5, "", Part.NONE, 0.0)
        c, near = t.on(np.array([-75.0]), t.height(np.array([1.0])), 0.05)
        ring = c[0] + np.sign(RING) * np.abs(RING) ** 0.5 * (0.05, 0.045)
        return [*strap, Shape("bag", ring_patch(ring), Part.NONE, "bag", 48.0 if near > -0.1 else 4.0, level=4, round=0.4,
                              strokes=[Stroke(c[0] + np.array([(-0.05, -0.01), (0, 0.01), (0.05, -0.01)]), 0.9, inside=True)])]
    return []
