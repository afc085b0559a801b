"""How lines are drawn: width, pressure, taper, colour, gaps, grain; screentone and hatching."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .shapes import Points, Stroke, rgb_of

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class LineStyle:
    """A hand with a tool.

    width: px of a full line. vary: share by which pressure changes the width. wave: px between two pressures. contour,
    detail: factors for outlines and for lines inside. taper: multiplies the strokes' own tapers. colour: 'ink' (one
    colour), 'dark' (each shape's colour, darkened) or 'selective' (outlines in ink, inner lines dark). ink: RGB.
    binary: no anti-aliasing. grain: 0..1 pencil texture. gaps: cuts in the frame; gap_px: their length range in px.
    threshold: coverage from which a pixel counts as line in labels and in binary output. close: areas that meet
    without a line get one.
    """

    width: float = 2.2
    vary: float = 0.15
    wave: float = 60.0
    contour: float = 1.0
    detail: float = 0.8
    taper: float = 1.0
    colour: str = "ink"
    ink: tuple[int, int, int] = (24, 22, 28)
    binary: bool = False
    grain: float = 0.0
    gaps: int = 0
    gap_px: tuple[float, float] = (3.0, 8.0)
    threshold: float = 0.35
    close: bool = True
    seed: int = 0

    @staticmethod
    def sample(rng: Rng, size: int = 512, *, closed: bool = True) -> LineStyle:
        """A plausible style for a drawing of this size (px on the longer side)."""
        k = size / 512
        kind = rng.choice(["clean", "thin", "bold", "pencil", "brush", "edge"], p=[0.34, 0.16, 0.14, 0.12, 0.1, 0.14])
        width = {
            "clean": (1.6, 2.8),
            "thin": (1.25, 1.7),
            "bold": (2.8, 4.2),
            "pencil": (1.4, 2.4),
            "brush": (2.0, 3.6),
            "edge": (1.25, 1.7),
        }[kind]
        ink = (24, 22, 28)
        if kind == "edge":
            g = int(rng.integers(90, 190))
            ink = (g, g, g)
        elif kind == "pencil":
            g = int(rng.integers(40, 110))
            ink = (g, g, g + 5)
        elif rng.random() < 0.35:
            ink = rgb_of(np.clip(rng.normal((60, 35, 40), 22), 0, 120))
        return LineStyle(
            width=max(1.25, float(rng.uniform(*width)) * k**0.6),
            vary={"brush": 0.4, "pencil": 0.25, "edge": 0.0}.get(str(kind), float(rng.uniform(0, 0.25))),
            wave=float(rng.uniform(30, 120)) * k,
            contour=1.0 if kind == "edge" else float(rng.uniform(1.0, 1.4)),
            detail=1.0 if kind == "edge" else float(rng.uniform(0.6, 1.0)),
            taper=0.0 if kind == "edge" else float(rng.uniform(0.6, 1.2)),
            colour=str(rng.choice(["ink", "dark", "selective"], p=[0.62, 0.2, 0.18])),
            ink=ink,
            binary=bool(rng.random() < 0.2),
            grain=float(rng.uniform(0.2, 0.6)) if kind == "pencil" else 0.0,
            gaps=0 if closed or rng.random() < 0.5 else int(rng.integers(2, 9)),
            gap_px=(3.0 * k, 8.0 * k),
            seed=int(rng.integers(1 << 31)),
        )


def half_widths(strokes: list[Stroke], style: LineStyle) -> Points:
    """(total vertices,) half line width in px of all strokes' vertices, one after the other."""
    if not strokes:
        return np.zeros(0)
    count = np.array([len(s.points) for s in strokes])
    pts = np.concatenate([s.points for s in strokes])
    step = np.hypot(*np.diff(pts, axis=0, prepend=pts[:1]).T)
    first = np.concatenate(([0], np.cumsum(count)[:-1]))
    step[first] = 0
    run = np.cumsum(step)
    run -= np.repeat(run[first], count)
    length = np.repeat(np.maximum(run[first + count - 1], 1e-6), count)
    weight = np.concatenate(
        [np.broadcast_to(np.asarray(s.weight, dtype=np.float64), (len(s.points),)) for s in strokes]
    )
    role = np.repeat([style.contour if s.contour else style.detail for s in strokes], count)
    taper = np.repeat(np.array([s.taper for s in strokes]) * style.taper, count, axis=0)
    share = run / length
    thin = np.clip(share / np.maximum(taper[:, 0], 1e-6), 0, 1) * np.clip(
        (1 - share) / np.maximum(taper[:, 1], 1e-6), 0, 1
    )
    phase = np.repeat(np.random.default_rng(style.seed).uniform(0, 2 * np.pi, len(strokes)), count)
    press = 1 + style.vary * np.sin(2 * np.pi * run / style.wave + phase)
    # Tapered tips stay visible as hairlines; a weight of zero is a line that is not there.
    half = 0.5 * style.width * weight * role * press * (0.25 + 0.75 * thin**0.7)
    closed = np.repeat([s.contour for s in strokes], count)
    half = np.where(closed & (weight > 0), np.maximum(half, 0.6), half)
    return np.where(weight > 0.02, np.maximum(half, 0.3), 0.0)


def cut_gaps(
    cover: NDArray[np.float32],
    line: NDArray[np.int32],
    param: NDArray[np.float32],
    strokes: list[Stroke],
    style: LineStyle,
    scale: float,
) -> None:
    """Erase short pieces of visible outlines in place; scale is px per vertex unit (kept for reference styles)."""
    rng = np.random.default_rng((style.seed, 77))
    ys, xs = np.nonzero((cover > 0.6) & (line >= 0))
    contour = np.array([s.contour for s in strokes], dtype=bool)
    keep = contour[line[ys, xs]]
    ys, xs = ys[keep], xs[keep]
    if not len(ys):
        return
    for _ in range(style.gaps):
        i = int(rng.integers(len(ys)))
        y, x, reach = int(ys[i]), int(xs[i]), float(rng.uniform(*style.gap_px)) / 2
        k = int(np.ceil(reach)) + 1
        box = np.s_[max(0, y - k) : min(cover.shape[0], y + k + 1), max(0, x - k) : min(cover.shape[1], x + k + 1)]
        yy, xx = np.mgrid[box]
        near = np.hypot(yy - y, xx - x) <= reach
        # Only the line that was hit is cut; what crosses it stays. Twice the reach clears its full width.
        near |= (
            (np.hypot(yy - y, xx - x) <= reach + style.width)
            & (line[box] == line[y, x])
            & (np.abs(param[box] - param[y, x]) < 0.4)
        )
        cover[box][near & (line[box] == line[y, x])] = 0


def noise(h: int, w: int, cell: float, seed: int) -> NDArray[np.float32]:
    """(h, w) smooth noise with zero mean and unit spread, features about `cell` px."""
    rng = np.random.default_rng(seed)
    small = rng.standard_normal((int(h / cell) + 3, int(w / cell) + 3)).astype(np.float32)
    big = cv2.resize(
        small, (int(small.shape[1] * cell) + 1, int(small.shape[0] * cell) + 1), interpolation=cv2.INTER_CUBIC
    )[:h, :w]
    return np.ascontiguousarray(big)


def pencil(cover: NDArray[np.float32], grain: float, seed: int) -> NDArray[np.float32]:
    """Coverage broken up by the tooth of the paper."""
    h, w = cover.shape
    tooth = np.random.default_rng(seed).random((h, w), dtype=np.float32)
    soft = cv2.GaussianBlur(tooth, (0, 0), 0.7)
    return np.asarray(cover * np.clip(1 - grain * (0.35 + 2.2 * (soft - 0.5)), 0, 1), np.float32)


def hatch(mask: NDArray[np.bool_], spacing: float, angle: float, width: float, seed: int) -> NDArray[np.float32]:
    """(h, w) coverage of slightly uneven parallel lines inside a mask."""
    h, w = mask.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    across = (
        x * np.float32(np.cos(angle))
        + y * np.float32(np.sin(angle))
        + noise(h, w, 40, seed) * np.float32(spacing * 0.12)
    )
    d = np.abs((across / spacing) % 1.0 - 0.5) * spacing
    return np.where(mask, np.clip(width / 2 + 0.5 - d, 0, 1), 0).astype(np.float32)


def screentone(mask: NDArray[np.bool_], pitch: float, density: float, angle: float = np.pi / 4) -> NDArray[np.float32]:
    """(h, w) coverage of dots on a turned grid inside a mask; density is the share of black."""
    h, w = mask.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    u, v = (x * c + y * s) / pitch % 1 - 0.5, (y * c - x * s) / pitch % 1 - 0.5
    d = np.hypot(u, v) * pitch
    return np.where(mask, np.clip(pitch * np.sqrt(density / np.pi) + 0.5 - d, 0, 1), 0).astype(np.float32)


def manga(
    cover: NDArray[np.float32],
    grey: NDArray[np.uint8],
    shadow: NDArray[np.float32],
    drawn: NDArray[np.bool_],
    rng: Rng,
    scale: float = 1.0,
) -> NDArray[np.uint8]:
    """(h, w) grey manga page: lines, screentone by the flat colours' luma, tone or hatching in the shadow.

    cover, shadow: (h, w) 0..1; grey: (h, w) luma of the flats; scale: px of the page over 512.
    """
    pitch = float(rng.uniform(3.2, 7.0)) * max(scale, 0.6)
    steps = np.digitize(grey, (60, 110, 160, 215))  # black, dark, middle, light, white
    black = np.where(drawn & (steps == 0), 1.0, 0.0).astype(np.float32)
    ink_sheet = np.maximum(cover, black)
    for step, density in ((1, 0.5), (2, 0.28), (3, 0.12)):
        ink_sheet = np.maximum(
            ink_sheet, screentone(drawn & (steps == step), pitch, density * float(rng.uniform(0.8, 1.1)))
        )
    dark = drawn & (shadow > 0.5) & (steps > 0)
    if rng.random() < 0.5:
        ink_sheet = np.maximum(
            ink_sheet,
            hatch(dark, pitch * 1.1, float(rng.uniform(0.4, 1.2)), 1.1 * max(scale, 0.7), int(rng.integers(1 << 16))),
        )
    else:
        ink_sheet = np.maximum(ink_sheet, screentone(dark, pitch, 0.4, 0.35))
    return (255 * (1 - ink_sheet) + 0.5).astype(np.uint8)
