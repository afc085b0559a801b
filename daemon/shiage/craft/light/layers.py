"""Light and shadow as layers over the drawing, for the artist to turn down, mask or repaint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..kernel import kernel
from ._types import Check, Samples, contiguous, never_stop
from .bands import over_bands

LightBlend = Literal["screen", "add"]


@dataclass(frozen=True, eq=False)
class LightLayers:
    """``shadow`` lies on the drawing by multiplying, ``light`` on both by ``blend``. Shapes and types of the drawing,
    its alpha with them; white in ``shadow`` and black in ``light`` change nothing."""

    shadow: Samples
    light: Samples
    blend: LightBlend


def split(pixels: Samples, lit: Samples, blend: LightBlend = "screen", check: Check = never_stop) -> LightLayers:
    """The layers that turn ``pixels`` into ``lit`` ((h, w, 3 or 4), one type).

    A channel that got darker is wholly in the shadow layer, one that got brighter wholly in the light layer, so that
    the composite is ``lit`` within one level at the layers' own depth: no error of one layer is enlarged by the other.
    """
    if pixels.shape != lit.shape or pixels.dtype != lit.dtype:
        raise ValueError("the drawing and its lit version differ in shape or type")
    whole = contiguous(pixels)
    shadow, bright = np.empty_like(whole), np.empty_like(whole)

    def part(top: int, bottom: int) -> None:
        rows = slice(top, bottom)
        _split(whole[rows], lit[rows], blend == "screen", shadow[rows], bright[rows])

    over_bands(part, pixels.shape[0], pixels.shape[1], check)
    return LightLayers(shadow, bright, blend)


@kernel
def _split(base: Samples, lit: Samples, screen: bool, shadow: Samples, light: Samples) -> None:
    rows, w, channels = base.shape
    top = 255 if base.itemsize == 1 else 65535
    for y in range(rows):
        for x in range(w):
            for c in range(3):
                b, t = int(base[y, x, c]), int(lit[y, x, c])
                shade, glow = top, 0
                if t < b:
                    shade = (t * top + b // 2) // b
                elif t > b:
                    glow = ((t - b) * top + (top - b) // 2) // (top - b) if screen else t - b
                shadow[y, x, c] = shade
                light[y, x, c] = glow
            if channels == 4:
                shadow[y, x, 3] = light[y, x, 3] = base[y, x, 3]


def composite(pixels: Samples, layers: LightLayers) -> Samples:
    """What a host shows: ``pixels`` x shadow, then screen or add light; float32 inside, rounded once."""
    top = np.float32(np.iinfo(pixels.dtype).max)
    base = pixels[..., :3].astype(np.float32) / top * (layers.shadow[..., :3].astype(np.float32) / top)
    glow = layers.light[..., :3].astype(np.float32) / top
    shown = 1.0 - (1.0 - base) * (1.0 - glow) if layers.blend == "screen" else base + glow
    result = pixels.copy()
    result[..., :3] = np.rint(np.clip(shown, 0.0, 1.0) * top)
    return result
