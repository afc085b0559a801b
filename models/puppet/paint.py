"""How areas are painted: cel shadow and light, soft shade, gradients, backgrounds, and the finished picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import Rng, noise
from .kernel import kernel
from .shapes import RGB, Points, rgb_of


@dataclass(frozen=True, slots=True)
class PaintStyle:
    """shade: 'flat', 'cel' (hard), 'two' (two hard shadows), 'soft' or 'painted'. light: direction to the light
    (x right, y down, z to the viewer). amount: how dark the shadow is. tint: RGB factor of the shadow. cast: reach of
    hard cast shadows in px. glow: strength of the light layer. gradient: soft change along a part. background: 'white',
    'plain', 'gradient', 'paper'. line_alpha: opacity of the lines in the coloured picture (0: none).
    trace: shadow borders are drawn as colour-trace lines (red shadow, blue light) in the line art.
    """

    shade: str = "cel"
    light: tuple[float, float, float] = (-0.5, -0.6, 0.62)
    amount: float = 0.3
    tint: RGB = (200, 190, 235)
    cast: float = 7.0
    glow: float = 0.5
    gradient: float = 0.0
    background: str = "white"
    backdrop: tuple[RGB, RGB] = ((244, 240, 235), (214, 224, 238))
    line_alpha: float = 1.0
    trace: bool = False
    seed: int = 0

    @staticmethod
    def sample(rng: Rng, size: int = 512, *, trace: float = 0.0) -> PaintStyle:
        """A plausible way of painting; `trace` is the share of drawings with colour-trace lines."""
        a = rng.uniform(-1.1, 1.1)
        warm = rng.random() < 0.5
        back = rng.uniform(150, 255, 3)
        return PaintStyle(
            shade=str(rng.choice(["flat", "cel", "two", "soft", "painted"], p=[0.25, 0.4, 0.1, 0.13, 0.12])),
            light=(float(np.sin(a)) * 0.7, -0.55, 0.55),
            amount=float(rng.uniform(0.15, 0.45)),
            tint=rgb_of(rng.uniform(150, 215, 3) + ((35, 0, 20) if warm else (0, 5, 40))),
            cast=float(rng.uniform(3, 10)) * size / 512,
            glow=float(rng.uniform(0.2, 0.8)),
            gradient=float(rng.choice([0.0, rng.uniform(0.1, 0.4)])),
            background=str(rng.choice(["white", "plain", "gradient", "paper"], p=[0.45, 0.3, 0.15, 0.1])),
            backdrop=(rgb_of(back), rgb_of(np.clip(back + rng.normal(0, 35, 3), 60, 255))),
            line_alpha=float(rng.choice([1.0, 0.8, 0.0], p=[0.8, 0.1, 0.1])),
            trace=bool(rng.random() < trace),
            seed=int(rng.integers(1 << 31)),
        )


@kernel
def lambert(
    ids: NDArray[np.int32],
    uv: NDArray[np.float32],
    size: Points,
    across: Points,
    along: Points,
    rounding: Points,
    glossy: NDArray[np.bool_],
    light: Points,
) -> NDArray[np.float32]:
    """(h, w) float32 facing of each pixel to the light, -1..1; a part is read as a tube as round as its shape says.

    size: (S, 2) grid cells; across, along: (S, 2) unit vectors of the patch on screen. glossy: (S,) bool shapes with
    the ring of light that hair has; pixels in it answer 2.
    """
    h, w = ids.shape
    out = np.ones((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            k = ids[y, x]
            if k < 0:
                continue
            s = uv[y, x, 1] / size[k, 1] * 2 - 1
            t = uv[y, x, 0] / size[k, 0] * 2 - 1
            r = rounding[k]
            a, b = s * r, t * r * 0.45
            nx = a * across[k, 0] + b * along[k, 0]
            ny = a * across[k, 1] + b * along[k, 1]
            nz = np.sqrt(max(0.0, 1 - min(1.0, nx * nx + ny * ny)))
            if glossy[k]:
                band = 0.5 + 0.5 * t + 0.05 * abs(s * 7 - np.floor(s * 7) - 0.5)
                if abs(s) < 0.72 and 0.3 < band < 0.38:
                    out[y, x] = 2.0
                    continue
            out[y, x] = nx * light[0] + ny * light[1] + nz * light[2]
    return out


def backdrop(h: int, w: int, style: PaintStyle) -> NDArray[np.uint8]:
    """(h, w, 3) what lies behind everything."""
    a, b = (np.array(c, np.float32) for c in style.backdrop)
    if style.background == "white":
        return np.full((h, w, 3), 255, np.uint8)
    if style.background == "plain":
        return np.broadcast_to(a.astype(np.uint8), (h, w, 3)).copy()
    if style.background == "gradient":
        f = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
        return np.broadcast_to((a * (1 - f) + b * f).astype(np.uint8), (h, w, 3)).copy()
    paper = 246 + 2.5 * noise(h, w, 3, style.seed) + 2 * noise(h, w, 40, style.seed + 1)
    return np.asarray(np.clip(paper[..., None] - np.array([0, 3, 9], np.float32), 0, 255), np.uint8)


def shadow_and_light(
    facing: NDArray[np.float32], cast: NDArray[np.bool_], drawn: NDArray[np.bool_], style: PaintStyle
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Shadow and light coverage 0..1 (h, w) from the facing and the cast shadows."""
    zero = np.zeros_like(facing)
    if style.shade == "flat":
        return zero, zero
    if style.shade in ("cel", "two"):
        edge = facing
        shadow = ((edge < 0.12) | cast).astype(np.float32)
        if style.shade == "two":
            shadow = 0.55 * ((edge < 0.3) | cast) + 0.45 * ((edge < -0.05) | (cast & (edge < 0.35)))
        light = (facing > 0.985).astype(np.float32)
    else:
        soft = cv2.GaussianBlur(cast.astype(np.float32), (0, 0), 2.0 if style.shade == "soft" else 4.0)
        shadow = np.maximum(np.clip((0.45 - facing) / 0.8, 0, 1), soft * 0.8)
        light = np.clip((facing - 0.75) / 0.3, 0, 1)
        if style.shade == "painted":
            h, w = facing.shape
            brush = 0.12 * noise(h, w, 9, style.seed) + 0.1 * noise(h, w, 28, style.seed + 5)
            shadow, light = np.clip(shadow + brush, 0, 1), np.clip(light + brush * 0.6, 0, 1)
    return np.where(drawn, shadow, 0).astype(np.float32), np.where(drawn, light, 0).astype(np.float32)


def softened(colour: NDArray[np.uint8], ids: NDArray[np.int32]) -> NDArray[np.uint8]:
    """A picture without lines, anti-aliased along the shapes' borders."""
    edge = np.zeros(ids.shape, np.uint8)
    edge[:, 1:] |= ids[:, 1:] != ids[:, :-1]
    edge[1:] |= ids[1:] != ids[:-1]
    near = cv2.dilate(edge, np.ones((2, 2), np.uint8), anchor=(1, 1)) > 0
    return np.where(near[..., None], cv2.GaussianBlur(colour, (3, 3), 0.6), colour)


def compose(
    flat: NDArray[np.uint8],
    drawn: NDArray[np.bool_],
    shadow: NDArray[np.float32],
    light: NDArray[np.float32],
    run: NDArray[np.float32] | None,
    line_rgb: NDArray[np.uint8],
    cover: NDArray[np.float32],
    style: PaintStyle,
) -> NDArray[np.uint8]:
    """(h, w, 3) finished picture: flats x shadow + light, lines on top, backdrop where nothing is drawn."""
    h, w = drawn.shape
    shaded = style.shade != "flat"
    tint = (
        (1 - np.array(style.tint, np.float32) / 255) * min(1.0, style.amount * 2.6)
        if shaded
        else np.zeros(3, np.float32)
    )
    return _blend(
        flat,
        backdrop(h, w, style),
        drawn,
        shadow,
        light,
        run if run is not None else np.zeros((1, 1), np.float32),
        line_rgb,
        cover,
        tint.astype(np.float32),
        np.float32(0.35 * style.glow if shaded else 0.0),
        np.float32(style.gradient),
        np.float32(style.line_alpha),
    )


@kernel
def _blend(
    flat: NDArray[np.uint8],
    back: NDArray[np.uint8],
    drawn: NDArray[np.bool_],
    shadow: NDArray[np.float32],
    light: NDArray[np.float32],
    run: NDArray[np.float32],
    line_rgb: NDArray[np.uint8],
    cover: NDArray[np.float32],
    tint: NDArray[np.float32],
    glow: np.float32,
    gradient: np.float32,
    line_alpha: np.float32,
) -> NDArray[np.uint8]:
    h, w = drawn.shape
    out = np.empty((h, w, 3), np.uint8)
    fade = (np.float32(0.7), np.float32(0.9), np.float32(0.35))
    for y in range(h):
        for x in range(w):
            a = cover[y, x] * line_alpha
            for c in range(3):
                if drawn[y, x]:
                    v = np.float32(flat[y, x, c]) * (1 - shadow[y, x] * tint[c])
                    v += light[y, x] * (255 - v) * glow
                    if gradient > 0:
                        v *= 1 - gradient * run[y, x] * fade[c]
                else:
                    v = np.float32(back[y, x, c])
                v = v * (1 - a) + line_rgb[y, x, c] * a + np.float32(0.5)
                out[y, x, c] = min(255, max(0, int(v)))
    return out
