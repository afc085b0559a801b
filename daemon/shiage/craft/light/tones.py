"""Shadow tones: which colour a flat colour takes in shade, as a colour designer picks it.

Darker, a little more colourful, and turned towards blue-violet, in OKLab (Ottosson 2020); or the nearest darker colour
of a given palette.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...values.srgb import from_linear, to_linear

Colours = NDArray[np.float64]
Rgb8 = tuple[int, int, int]

_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                    [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                    [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
_DARKER = 0.18  # of the lightness, at depth 1
_COOL = np.array([0.01, -0.03])  # a, b of the turn towards blue-violet, at lightness 1
_CELLS = 32
_SURE = 12.0  # levels within which a pixel has a known flat colour
_UNSURE = 36.0
_FAR = 0.2  # OKLab distance beyond which a palette has no shadow colour to give


def oklab(rgb: Colours) -> Colours:
    """(..., 3) sRGB 0..255 to OKLab."""
    linear = to_linear(np.asarray(rgb, np.float64) / 255.0)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T)


def srgb(lab: Colours) -> Colours:
    """(..., 3) OKLab to sRGB 0..255, clipped into the gamut."""
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0.0, 1.0)
    return np.asarray(from_linear(linear) * 255.0)


def shadow_tone(rgb: Colours, depth: float = 1.0) -> Colours:
    """(..., 3) sRGB 0..255 in shade; ``depth`` 0 none, 1 one tone, 2 a second one."""
    lab = oklab(rgb)
    lightness = lab[..., :1]
    chroma = lab[..., 1:] * (1.0 + 0.03 * depth) + lightness * depth * _COOL
    darker = np.concatenate([lightness * (1.0 - _DARKER) ** depth, chroma], axis=-1)
    return np.minimum(srgb(darker), rgb)  # shade is laid on by multiplying: no channel gets brighter


def shadow_colours(
    bases: Colours, depth: float, palette: Colours | None = None, given: Mapping[Rgb8, Rgb8] | None = None
) -> Colours:
    """The shadow colour of each of the (n, 3) flat colours ``bases``: from ``given`` where it stands there, else the
    colour of ``palette`` ((m, 3)) nearest to the derived tone and darker than the base, else the derived tone."""
    tones = np.rint(shadow_tone(bases, depth))
    if palette is not None and len(palette):
        lab, want, have = oklab(palette), oklab(tones), oklab(bases)
        away = np.linalg.norm(lab[None] - want[:, None], axis=2)
        away[lab[None, :, 0] > have[:, None, 0] - 0.02] = np.inf
        best = away.argmin(axis=1)
        snap = away[np.arange(len(bases)), best] < _FAR
        tones[snap] = palette[best[snap]]
    for row, base in enumerate(np.rint(bases).astype(int).tolist()):
        shadow = (given or {}).get((base[0], base[1], base[2]))
        if shadow is not None:
            tones[row] = shadow
    return tones


def ratio_table(bases: Colours, tones: Colours, depth: float) -> NDArray[np.float32]:
    """Factors base -> shadow for any pixel, (32, 32, 32, 3) float32 by the top five bits of red, green, blue.

    A pixel near a known flat colour gets exactly that colour's factor; others (soft edges, lines) the general one.
    """
    axis = (np.arange(_CELLS) + 0.5) * (256.0 / _CELLS) - 0.5
    cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    table = shadow_tone(cells, depth) / np.maximum(cells, 1.0)
    if len(bases):
        known = np.where(bases > 0, tones / np.maximum(bases, 1.0), 1.0)
        away = np.full(len(cells), np.inf)
        owner = np.zeros(len(cells), np.int64)
        for index, base in enumerate(bases):
            distance = np.abs(cells - base).max(axis=1)
            closer = distance < away
            away[closer], owner[closer] = distance[closer], index
        sure = np.clip((_UNSURE - away) / (_UNSURE - _SURE), 0.0, 1.0)[:, None]
        table = sure * known[owner] + (1.0 - sure) * table
    return np.asarray(table.reshape(_CELLS, _CELLS, _CELLS, 3), np.float32)
