"""Ready mixtures of samples for training: single drawings, pairs for matching, clips, pages with several figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .figure.body import Pose
from .figure.character import Character
from .frame import Frame, render
from .ink import LineStyle, Rng, manga
from .paint import PaintStyle
from .rough import RoughStyle, rough
from .scene import Actor, Clip, Placement, Scene, fitted
from .scenery import scenery
from .shapes import Drawing, joined
from .toons.toon import Toon


def who(seed: int, toons: float = 0.25) -> Character | Toon:
    """A figure by lot; `toons` is the share of mascots, animals and things."""
    rng = np.random.default_rng((seed, 3))
    inner = int(rng.integers(1 << 31))
    return Toon.from_seed(inner) if rng.random() < toons else Character.from_seed(inner)


def a_pose(rng: Rng, actor: Character | Toon) -> Pose:
    """Mostly a turnaround stance, else a free pose; all sides."""
    yaw = float(
        rng.choice(
            [0, 40, -40, 90, -90, 180, 140, -140, rng.uniform(-180, 180)],
            p=[0.26, 0.12, 0.08, 0.12, 0.06, 0.14, 0.05, 0.05, 0.12],
        )
    )
    kind = str(rng.choice(["stand", "walk", "gesture"], p=[0.45, 0.15, 0.4]))
    return actor.pose(kind, yaw, rng)


@dataclass(slots=True)
class Sample:
    """One drawing with everything about it. drawing: its vector shapes in px (for `rough`)."""

    frame: Frame
    drawing: Drawing
    style: LineStyle
    finish: PaintStyle
    seed: int


@dataclass(slots=True)
class Pair:
    """Two frames of the same actors; kind says what lies between them: 'view', 'pose', 'motion' or 'style'."""

    a: Frame
    b: Frame
    kind: str
    seed: int


def _place(rng: Rng, drawing: Drawing, size: int) -> Placement:
    """Whole figure, or closer in."""
    at = fitted(drawing, size, float(rng.uniform(0.02, 0.1)))
    if rng.random() < 0.25:
        zoom = float(rng.uniform(1.2, 2.6))
        x0, y0, x1, y1 = drawing.bounds()
        focus = y0 + (y1 - y0) * float(rng.uniform(0.1, 0.45))
        at = Placement(
            at.scale * zoom, size / 2 - at.scale * zoom * (x0 + x1) / 2, size * 0.45 - at.scale * zoom * focus
        )
    return at


def a_drawing(rng: Rng, seed: int, size: int, toons: float = 0.25) -> Drawing:
    """One figure in px on a square sheet, mostly whole, some in a simple scene; not rendered yet."""
    actor = who(seed, toons)
    body = actor.draw(a_pose(rng, actor))
    at = _place(rng, body, size)
    if rng.random() < 0.2:
        at = replace(at, roll=float(rng.normal(0, 6)))
    drawing = body.placed(at.matrix()).named("a", order=1000.0)
    return joined([scenery(rng, size), drawing]) if rng.random() < 0.15 else drawing


def sample(
    seed: int,
    size: int = 512,
    *,
    toons: float = 0.25,
    closed: bool = True,
    trace: float = 0.0,
    style: LineStyle | None = None,
    finish: PaintStyle | None = None,
) -> Sample:
    """One figure on a sheet or in a simple scene. closed=False may leave gaps in the lines; trace is the share of
    drawings with colour-trace lines round shadow and light."""
    rng = np.random.default_rng((seed, 1))
    drawing = a_drawing(rng, seed, size, toons)
    style = style or LineStyle.sample(rng, size, closed=closed)
    finish = finish or PaintStyle.sample(rng, size, trace=trace)
    return Sample(render(drawing, size, style, finish), drawing, style, finish, seed)


def pair(
    seed: int, size: int = 512, *, toons: float = 0.25, closed: bool = True, trace: float = 0.0, kind: str | None = None
) -> Pair:
    """Two drawings of the same figure for region matching."""
    rng = np.random.default_rng((seed, 2))
    actor = who(seed, toons)
    kind = kind or str(rng.choice(["view", "pose", "motion", "style"], p=[0.35, 0.25, 0.3, 0.1]))
    style = LineStyle.sample(rng, size, closed=closed)
    finish = PaintStyle.sample(rng, size, trace=trace)
    if kind == "motion":
        c = clip(seed, size, toons=toons)
        t = float(rng.uniform(0.2, 1.0))
        return Pair(c.frame(0.0, size, style, finish), c.frame(t, size, style, finish), kind, seed)
    first = a_pose(rng, actor)
    second = (
        first
        if kind == "style"
        else actor.pose("stand", float(rng.choice([0, 40, 90, 180, -40, -90])), rng)
        if kind == "view"
        else (replace(actor.pose("gesture", 0.0, rng), yaw=first.yaw))
    )
    other = LineStyle.sample(rng, size, closed=closed) if rng.random() < 0.4 or kind == "style" else style
    frames = []
    for pose, s in ((first, style), (second, other)):
        body = actor.draw(pose)
        drawing = body.placed(_place(rng, body, size).matrix()).named("a", order=1000.0)
        frames.append(render(drawing, size, s, finish))
    return Pair(frames[0], frames[1], kind, seed)


def clip(seed: int, size: int = 512, *, toons: float = 0.4) -> Clip:
    """One or two actors moving from one key to another, some with scenery behind; times of `Clip.frame` run 0..1."""
    rng = np.random.default_rng((seed, 4))
    first, last = [], []
    for i in range(1 if rng.random() < 0.8 else 2):
        actor = who(seed + i * 7919, toons)
        a, b = _motion(rng, actor)
        at = _place(rng, actor.draw(a), size)
        if i:
            at = Placement(at.scale * 0.8, at.x + size * 0.25, at.y)
        big = float(rng.choice([0.0, 0.04, 0.12], p=[0.4, 0.3, 0.3])) * size
        to = Placement(
            at.scale * float(np.exp(rng.normal(0, 0.04))),
            at.x + float(rng.normal(0, big + 1e-6)),
            at.y + float(rng.normal(0, big * 0.5 + 1e-6)),
            float(rng.normal(0, 5)) if rng.random() < 0.3 else 0.0,
        )
        first.append(Actor(f"a{i}", actor, a, at))
        last.append(Actor(f"a{i}", actor, b, to))
    behind = scenery(rng, size) if rng.random() < 0.3 else None
    timing = str(rng.choice(["linear", "in", "out", "in_out"], p=[0.55, 0.12, 0.13, 0.2]))
    return Clip(Scene(tuple(first), behind), Scene(tuple(last), behind), timing)


def _motion(rng: Rng, actor: Character | Toon) -> tuple[Pose, Pose]:
    """Two poses that lie an in-between's distance apart."""
    yaw = float(rng.choice([0, 40, -40, 90, -90, 180, rng.uniform(-180, 180)]))
    a = actor.pose(str(rng.choice(["stand", "gesture", "walk"], p=[0.3, 0.5, 0.2])), yaw, rng)
    kind = rng.choice(["part", "part", "turn", "full", "head"])
    if kind == "turn":
        return a, replace(a, yaw=a.yaw + float(rng.normal(0, 22)), head_yaw=a.head_yaw + float(rng.normal(0, 10)))
    if kind == "head":
        return a, replace(
            a,
            head_yaw=a.head_yaw + float(rng.normal(0, 22)),
            head_roll=a.head_roll + float(rng.normal(0, 10)),
            head_pitch=a.head_pitch + float(rng.normal(0, 8)),
            hair=float(rng.normal(0, 0.08)),
            eyes=float(rng.choice([a.eyes, 0.0, 1.0])),
        )
    b = replace(actor.pose("gesture", yaw, rng))
    return a, a.mix(b, 1.0 if kind == "full" else float(rng.uniform(0.25, 0.6)))


@dataclass(slots=True)
class Page:
    """Several figures on one sheet. boxes: (n, 4) float32 x0, y0, x1, y1 px; who: seeds of the figures; views: yaw."""

    frame: Frame
    boxes: NDArray[np.float32]
    who: list[int]
    views: list[float]


def page(
    seed: int,
    size: int | tuple[int, int] = 640,
    figures: int | None = None,
    *,
    same: bool | None = None,
    style: LineStyle | None = None,
    finish: PaintStyle | None = None,
) -> Page:
    """A turnaround sheet of one character (same=True) or a page of several ones, side by side."""
    rng = np.random.default_rng((seed, 6))
    h, w = (size, size) if isinstance(size, int) else size
    same = bool(rng.random() < 0.5) if same is None else same
    n = figures or int(rng.integers(2, 5))
    seeds = [int(rng.integers(1 << 31))] * n if same else [int(v) for v in rng.integers(1 << 31, size=n)]
    views = (
        [0.0, 90.0, 180.0, 40.0, -90.0, 140.0][:n]
        if same
        else [float(v) for v in rng.choice([0, 40, -40, 90, -90, 180], n)]
    )
    actors, boxes = [], []
    for i, (s, yaw) in enumerate(zip(seeds, views, strict=True)):
        who_ = Character.from_seed(s)
        pose = who_.pose("stand", yaw, np.random.default_rng((seed, s)) if same else rng)
        drawing = who_.draw(pose)
        x0, y0, x1, y1 = drawing.bounds()
        cell = w / n
        k = min(h * 0.9 / (y1 - y0), cell * 1.05 / (x1 - x0), h * 0.86)
        at = Placement(
            k,
            cell * (i + 0.5) - k * (x0 + x1) / 2,
            h * 0.95 + float(rng.normal(0, 0.005 * h)) - (h - (y1 - y0) * k) * 0.25,
        )
        actors.append(Actor(f"f{i}", who_, pose, at))
        px = drawing.placed(at.matrix()).bounds()
        boxes.append((max(px[0], 0), max(px[1], 0), min(px[2], w), min(px[3], h)))
    frame = Scene(tuple(actors)).frame(
        (h, w), style or LineStyle.sample(rng, max(h, w)), finish or PaintStyle.sample(rng, max(h, w))
    )
    return Page(frame, np.array(boxes, np.float32), seeds, views)


def sketch_of(s: Sample, rng: Rng | None = None, style: RoughStyle | None = None) -> NDArray[np.uint8]:
    """(h, w, 3) rough sketch of a sample's drawing, pixel-aligned with its clean line art."""
    h, w = s.frame.ids.shape
    return rough(s.drawing, (h, w), style or RoughStyle.sample(rng or np.random.default_rng((s.seed, 8)), max(h, w)))


def manga_of(s: Sample, rng: Rng | None = None) -> NDArray[np.uint8]:
    """(h, w) uint8 manga page of a sample: its lines with screentone or hatching, pixel-aligned with its colours."""
    f = s.frame
    grey = np.asarray(cv2.cvtColor(f.flat, cv2.COLOR_RGB2GRAY), np.uint8)
    return manga(
        f.cover.astype(np.float32) / np.float32(255),
        grey,
        f.shadow.astype(np.float32) / np.float32(255),
        f.ids >= 0,
        rng or np.random.default_rng((s.seed, 9)),
        max(f.ids.shape) / 512,
    )


def labelled(seed: int, size: int = 512, **how: Any) -> dict[str, NDArray[np.generic]]:
    """The usual training arrays of `sample(seed, size, **how)`, cheap to send from a worker of `stream`.

    line (h, w) uint8 coverage; line_rgb (h, w, 3) uint8 line art on white; colour (h, w, 3) uint8; colour_index, parts
    (h, w) uint8; palette (n, 3) uint8; depth (h, w) uint16; regions (h, w) uint16 with region_shape, region_group int64
    and region_colour, region_part uint8 by region.
    """
    f = sample(seed, size, **how).frame
    r = f.regions
    return {
        "line": f.cover,
        "line_rgb": f.on_paper(),
        "colour": f.colour,
        "colour_index": f.colour_index,
        "palette": f.palette,
        "parts": f.parts,
        "depth": f.depth,
        "regions": r.label.astype(np.uint16),
        "region_shape": r.shape,
        "region_group": r.group,
        "region_colour": r.colour,
        "region_part": r.part,
    }
