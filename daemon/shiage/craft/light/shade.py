"""Lighting an analysed picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ._kernels import expose_rows, gain_rows
from ._types import Check, Image, Samples, contiguous, never_stop
from .analysis import Analysis
from .bands import over_bands
from .lamps import Lighting

_ROWS = 32  # lit at a time, so that their factors stay in the processor's cache
_CURVE = 4097
_NO_PAPER = np.zeros((0, 0), np.uint8)


def light(pixels: Samples, analysis: Analysis, lighting: Lighting, check: Check = never_stop) -> Samples:
    """``pixels`` ((h, w, 3 or 4) uint8 or uint16, the ones that were analysed) lit: same shape and type, alpha kept.

    Each channel is ((ambient + sum of effects x lights) x colour x value) ^ gamma, clipped, values as 0..1;
    rounded to the nearest level, or cut off as the reference does in its style.
    """
    h, w = pixels.shape[:2]
    if analysis.size != (w, h):
        raise ValueError(f"the analysis is of a picture of {analysis.size}, not {(w, h)}")
    pixels = contiguous(pixels)
    lit = np.empty_like(pixels)
    curve = gamma_curve(lighting.gamma)
    bias = np.float32(1e-3 if analysis.cuts_off else 0.5)

    def expose(top: int, gain: Image) -> None:
        rows = slice(top, top + gain.shape[0])
        expose_rows(pixels[rows], gain, curve, bias, lit[rows])

    over_gains(expose, analysis, lighting, check)
    return lit


def over_gains(
    use: Callable[[int, Image], None], analysis: Analysis, lighting: Lighting, check: Check = never_stop
) -> None:
    """Call ``use(first row, (rows, w, 3) float32)`` with the factors on the picture's channels, strip by strip,
    from two threads. They are 1 on paper."""
    w, h = analysis.size
    lamps, ambient = lighting.lamps(w, h), lighting.ambient_colour()
    density = analysis.density
    scale = np.float32(1.0 if density.dtype == np.float32 else 1.0 / 65535.0)
    paper = _NO_PAPER if analysis.paper is None else analysis.paper

    def strip(top: int, bottom: int) -> None:
        for first in range(top, bottom, _ROWS):
            gain = np.empty((min(_ROWS, bottom - first), w, 3), np.float32)
            gain_rows(
                first, gain, h, density, scale, analysis.gradient, analysis.form, np.float32(analysis.volume),
                paper, lamps, ambient, lighting.per_channel,
            )  # fmt: skip
            use(first, gain)

    over_bands(strip, h, w, check)


def gamma_curve(gamma: float) -> Image:
    """Samples of x ^ gamma over 0..1, or one sample where gamma is 1. (The published formula has the exponent as it
    stands: over 1 darkens.)"""
    if gamma == 1.0:
        return np.ones(1, np.float32)
    return np.linspace(0.0, 1.0, _CURVE, dtype=np.float32) ** np.float32(gamma)
