"""The inner loops of lighting, compiled: a light that is dragged needs all of a megapixel in a few hundredths.

All works on lines, one row of the picture and one quantity at a time, so that the loops become vector instructions: a
sun's part is taken at the sources' own, smaller width and only then stretched to the picture's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shiage.craft.kernel import fast_kernel

from ._types import Image, Plane
from .lamps import SPOT, SUN

Line = NDArray[np.float32]
Taps = NDArray[np.int32]

_EPS = np.float32(1e-6)


@fast_kernel
def _tap(at: int, size: int, source: int) -> tuple[int, int, np.float32]:
    """The two source pixels around the middle of target pixel ``at``, and the share of the second."""
    place = min(max((at + 0.5) * source / size - 0.5, 0.0), source - 1.0)
    first = int(place)
    return first, min(first + 1, source - 1), np.float32(place - first)


@fast_kernel
def _taps(size: int, source: int) -> tuple[Taps, Taps, Line]:
    """For each target pixel the two source pixels, and the second's share."""
    first, second = np.empty(size, np.int32), np.empty(size, np.int32)
    share = np.empty(size, np.float32)
    for x in range(size):
        first[x], second[x], share[x] = _tap(x, size, source)
    return first, second, share


@fast_kernel
def _row(image: Image, y: int, h: int, row: Plane) -> None:
    """One row of ``image`` (h', w', c) as it stands at row ``y`` of ``h``, into ``row`` (c, w')."""
    y0, y1, f = _tap(y, h, image.shape[0])
    for c in range(image.shape[2]):
        for x in range(image.shape[1]):
            row[c, x] = image[y0, x, c] + f * (image[y1, x, c] - image[y0, x, c])


@fast_kernel
def _density_row(density: NDArray[np.float32] | NDArray[np.uint16], y: int, h: int, row: Line) -> None:
    """As :func:`_row`, for a plane."""
    y0, y1, f = _tap(y, h, density.shape[0])
    for x in range(density.shape[1]):
        row[x] = density[y0, x] + f * (np.float32(density[y1, x]) - np.float32(density[y0, x]))


@fast_kernel
def _stretch(source: Line, first: Taps, second: Taps, share: Line, line: Line) -> None:
    """``source`` at the width of ``line``."""
    for x in range(line.shape[0]):
        line[x] = source[first[x]] + share[x] * (source[second[x]] - source[first[x]])


@fast_kernel
def _lamp_effect(nx: np.float32, ny: np.float32, nz: np.float32, x: int, y: int, lamps: Plane, at: int) -> np.float32:
    """What a point or spot light gives to one normal, before softness.

    Polar coordinates around the light: the normal's part along the ray to the light, and its part to the viewer,
    brought to length 1, against the direction to the light.
    """
    dx = (lamps[at, 1] - x) * lamps[at, 9]
    dy = (lamps[at, 2] - y) * lamps[at, 9]
    height = lamps[at, 3]
    away = np.sqrt(dx * dx + dy * dy)
    radial = (nx * dx + ny * dy) / max(away, _EPS)
    reach = np.sqrt(away * away + height * height)
    effect = (nz * height + radial * away) / max(np.sqrt(nz * nz + radial * radial) * reach, _EPS)
    if int(lamps[at, 0]) == SPOT:
        cone = (height / reach - lamps[at, 5]) / (np.float32(1.0) - lamps[at, 5])
        effect = effect * min(max(cone, np.float32(0.0)), np.float32(1.0))
    return np.float32(effect)


@fast_kernel
def _soften(effect: Plane, soft: np.float32) -> None:
    """(effect + soft) / (1 + soft), clipped to 0..1, in place."""
    scale = np.float32(1.0) / (np.float32(1.0) + soft)
    for c in range(effect.shape[0]):
        for x in range(effect.shape[1]):
            effect[c, x] = min(max((effect[c, x] + soft) * scale, np.float32(0.0)), np.float32(1.0))


@fast_kernel
def _add(total: Plane, effect: Plane, lamps: Plane, at: int, per_channel: bool) -> None:
    """Add a lamp's effect in its colour; averaged over the channels unless ``per_channel``."""
    third = np.float32(1.0 / 3.0)
    red, green, blue = lamps[at, 6], lamps[at, 7], lamps[at, 8]
    for x in range(total.shape[1]):
        r, g, b = effect[0, x], effect[1, x], effect[2, x]
        if not per_channel:
            r = g = b = (r + g + b) * third
        total[0, x] += r * red
        total[1, x] += g * green
        total[2, x] += b * blue


@fast_kernel
def gain_rows(
    top: int,
    gain: Image,
    height: int,
    density: NDArray[np.float32] | NDArray[np.uint16],
    density_scale: np.float32,
    gradient: Image,
    form: Image,
    volume: np.float32,
    paper: NDArray[np.uint8],
    lamps: Plane,
    ambient: Line,
    per_channel: bool,
) -> None:
    """Rows ``top``.. of the factor (ambient + effect x light) x colour into ``gain``, (rows, w, 3) float32; 1 on
    ``paper`` ((h, w) uint8 share 0..255, or of no rows where there is none)."""
    rows, w = gain.shape[:2]
    one, flat = np.float32(1.0), np.float32(1.0) - volume
    whole = density.shape[0] == height and density.shape[1] == w
    g0, g1, gs = _taps(w, gradient.shape[1])
    f0, f1, fs = _taps(w, form.shape[1])
    d0, d1, ds = _taps(w, density.shape[1])
    g_row, g_dot = np.empty((6, gradient.shape[1]), np.float32), np.empty(gradient.shape[1], np.float32)
    f_row, f_dot = np.empty((3, form.shape[1]), np.float32), np.empty(form.shape[1], np.float32)
    k_row = np.empty(density.shape[1], np.float32)
    k, slope, line = np.empty(w, np.float32), np.empty(w, np.float32), np.empty(w, np.float32)
    base, effect, total = np.empty(w, np.float32), np.empty((3, w), np.float32), np.empty((3, w), np.float32)
    normal = np.empty((9, w), np.float32)  # of the three channels and of the form, for lights with a place
    for r in range(rows):
        y = top + r
        _row(gradient, y, height, g_row)
        _row(form, y, height, f_row)
        if whole:
            for x in range(w):
                k[x] = density[y, x] * density_scale
        else:
            _density_row(density, y, height, k_row)
            _stretch(k_row, d0, d1, ds, k)
            for x in range(w):
                k[x] *= density_scale
        for x in range(w):
            slope[x] = -np.sqrt(max(one - k[x] * k[x], np.float32(0.0))) * flat
        for c in range(3):
            total[c, :] = ambient[c]
        placed = False
        for lamp in range(lamps.shape[0]):
            if int(lamps[lamp, 0]) == SUN:
                lx, ly, lz = lamps[lamp, 1], lamps[lamp, 2], lamps[lamp, 3]
                for x in range(f_dot.shape[0]):
                    f_dot[x] = volume * (f_row[0, x] * lx + f_row[1, x] * ly + f_row[2, x] * lz)
                _stretch(f_dot, f0, f1, fs, base)
                for x in range(w):
                    base[x] += flat * lz * k[x]
                for c in range(3):
                    for x in range(g_dot.shape[0]):
                        g_dot[x] = g_row[2 * c, x] * lx + g_row[2 * c + 1, x] * ly
                    _stretch(g_dot, g0, g1, gs, line)
                    for x in range(w):
                        effect[c, x] = base[x] + slope[x] * line[x]
            else:
                if not placed:
                    placed = True
                    for c in range(6):
                        _stretch(g_row[c], g0, g1, gs, normal[c])
                    for c in range(3):
                        _stretch(f_row[c], f0, f1, fs, normal[6 + c])
                for c in range(3):
                    for x in range(w):
                        nx = volume * normal[6, x] + slope[x] * normal[2 * c, x]
                        ny = volume * normal[7, x] + slope[x] * normal[2 * c + 1, x]
                        nz = volume * normal[8, x] + flat * k[x]
                        effect[c, x] = _lamp_effect(nx, ny, nz, x, y, lamps, lamp)
            _soften(effect, lamps[lamp, 4])
            _add(total, effect, lamps, lamp, per_channel)
        if paper.shape[0] > 0:
            for x in range(w):
                share = np.float32(paper[y, x]) * np.float32(1.0 / 255.0)
                for c in range(3):
                    total[c, x] += share * (one - total[c, x])
        for x in range(w):
            for c in range(3):
                gain[r, x, c] = total[c, x]


@fast_kernel
def expose_rows(
    pixels: NDArray[np.uint8] | NDArray[np.uint16],
    gain: Image,
    curve: Line,
    bias: np.float32,
    out: NDArray[np.uint8] | NDArray[np.uint16],
) -> None:
    """out = curve(pixels x gain), clipped, alpha kept. ``curve``: (n,) float32 samples of the gamma curve over 0..1,
    or one sample for none. ``bias`` 0.5 rounds, 0 cuts off."""
    rows, w, channels = pixels.shape
    top = np.float32(255.0) if pixels.itemsize == 1 else np.float32(65535.0)
    last = np.float32(curve.shape[0] - 1)
    straight = curve.shape[0] == 1
    for y in range(rows):
        for x in range(w):
            for c in range(3):
                value = min(max(pixels[y, x, c] * gain[y, x, c], np.float32(0.0)), top)
                if not straight:
                    place = value / top * last
                    at = min(int(place), curve.shape[0] - 2)
                    value = top * (curve[at] + (place - at) * (curve[at + 1] - curve[at]))
                out[y, x, c] = int(value + bias)
            if channels == 4:
                out[y, x, 3] = pixels[y, x, 3]
