"""Light and shadow as layers over the drawing, for the artist to turn down, mask or repaint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from ._types import Check, Samples, unheard

LightBlend = Literal["screen", "add"]
_STRIP = 1 << 19
_Samples = TypeVar("_Samples", bound=Samples)


@dataclass(frozen=True, eq=False)
class LightLayers(Generic[_Samples]):
    """``shadow`` lies on the drawing by multiplying, ``light`` on both by ``blend``. Shapes and types of the drawing,
    its alpha with them; white in ``shadow`` and black in ``light`` change nothing."""

    shadow: _Samples
    light: _Samples
    blend: LightBlend


def split(
    pixels: _Samples, lit: _Samples, blend: LightBlend = "screen", check: Check = unheard
) -> LightLayers[_Samples]:
    """The layers that turn ``pixels`` into ``lit`` ((h, w, 3 or 4), one type).

    A channel that got darker is wholly in the shadow layer, one that got brighter wholly in the light layer, so that
    the composite is ``lit`` within one level at the layers' own depth: no error of one layer is enlarged by the other.
    """
    if pixels.shape != lit.shape or pixels.dtype != lit.dtype:
        raise ValueError("the drawing and its lit version differ in shape or type")
    shadow, bright = np.empty_like(pixels), np.empty_like(pixels)
    rows = max(1, _STRIP // pixels.shape[1])
    for top in range(0, pixels.shape[0], rows):
        check()
        part = slice(top, top + rows)
        _split(np.ascontiguousarray(pixels[part]), lit[part], blend == "screen", shadow[part], bright[part])
    return LightLayers(shadow, bright, blend)


@njit(parallel=True, cache=True, nogil=True)
def _split(
    base: NDArray[np.uint8], lit: NDArray[np.uint8], screen: bool, shadow: NDArray[np.uint8], light: NDArray[np.uint8]
) -> None:  # pragma: no cover - compiled
    rows, w, channels = base.shape
    top = 255 if base.itemsize == 1 else 65535
    for y in prange(rows):
        for x in range(w):
            for c in range(3):
                b, t = np.int64(base[y, x, c]), np.int64(lit[y, x, c])
                shade, glow = top, 0
                if t < b:
                    shade = (t * top + b // 2) // b
                elif t > b:
                    glow = ((t - b) * top + (top - b) // 2) // (top - b) if screen else t - b
                shadow[y, x, c] = shade
                light[y, x, c] = glow
            if channels == 4:
                shadow[y, x, 3] = light[y, x, 3] = base[y, x, 3]


def composite(pixels: _Samples, layers: LightLayers[_Samples]) -> _Samples:
    """What a host shows: ``pixels`` x shadow, then screen or add light; float32 inside, rounded once."""
    top = np.float32(np.iinfo(pixels.dtype).max)
    base = pixels[..., :3].astype(np.float32) / top * (layers.shadow[..., :3].astype(np.float32) / top)
    glow = layers.light[..., :3].astype(np.float32) / top
    shown = 1.0 - (1.0 - base) * (1.0 - glow) if layers.blend == "screen" else base + glow
    result = pixels.copy()
    result[..., :3] = np.rint(np.clip(shown, 0.0, 1.0) * top)
    return result
