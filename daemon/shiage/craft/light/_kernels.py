"""The inner loops of lighting, compiled: a light that is dragged needs all of a megapixel in a few hundredths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._fast import fast_kernel
from ._types import Image, Plane
from .lamps import SPOT, SUN

_EPS = np.float32(1e-6)


@fast_kernel
def _taps(at: int, size: int, source: int) -> tuple[int, int, np.float32]:
    """The two source pixels around the middle of target pixel ``at``, and the share of the second."""
    place = (at + 0.5) * source / size - 0.5
    place = min(max(place, 0.0), source - 1.0)
    first = int(place)
    return first, min(first + 1, source - 1), np.float32(place - first)


@fast_kernel
def _row(image: Image, y: int, h: int, row: Plane) -> None:
    """One row of ``image`` (any height) as it stands at row ``y`` of ``h``, into ``row`` (width, channels)."""
    y0, y1, f = _taps(y, h, image.shape[0])
    for x in range(image.shape[1]):
        for c in range(image.shape[2]):
            row[x, c] = image[y0, x, c] + f * (image[y1, x, c] - image[y0, x, c])


@fast_kernel
def _density_row(density: NDArray[np.float32] | NDArray[np.uint16], y: int, h: int, row: NDArray[np.float32]) -> None:
    """As :func:`_row`, for a plane."""
    y0, y1, f = _taps(y, h, density.shape[0])
    for x in range(density.shape[1]):
        row[x] = density[y0, x] + f * (np.float32(density[y1, x]) - np.float32(density[y0, x]))


@fast_kernel
def _effect(
    nx: np.float32, ny: np.float32, nz: np.float32, x: int, y: int, lamps: NDArray[np.float32], at: int
) -> np.float32:
    """What one lamp gives to one normal, 0..1, before its colour."""
    kind = int(lamps[at, 0])
    soft = lamps[at, 4]
    if kind == SUN:
        e = nx * lamps[at, 1] + ny * lamps[at, 2] + nz * lamps[at, 3]
    else:
        # Polar coordinates around the light: the normal's part along the ray to the light, and its part to the viewer,
        # brought to length 1, against the direction to the light.
        dx = (lamps[at, 1] - x) * lamps[at, 9]
        dy = (lamps[at, 2] - y) * lamps[at, 9]
        away = np.sqrt(dx * dx + dy * dy)
        radial = (nx * dx + ny * dy) / max(away, _EPS)
        reach = np.sqrt(away * away + lamps[at, 3] * lamps[at, 3])
        e = (nz * lamps[at, 3] + radial * away) / max(np.sqrt(nz * nz + radial * radial) * reach, _EPS)
        if kind == SPOT:
            cone = (lamps[at, 3] / reach - lamps[at, 5]) / (np.float32(1.0) - lamps[at, 5])
            e = e * min(max(cone, np.float32(0.0)), np.float32(1.0))
    e = (e + soft) / (np.float32(1.0) + soft)
    return min(max(e, np.float32(0.0)), np.float32(1.0))


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
    lamps: NDArray[np.float32],
    ambient: NDArray[np.float32],
    per_channel: bool,
) -> None:
    """Rows ``top``.. of the factor (ambient + effect x light) x colour into ``gain``, (rows, w, 3) float32;
    1 on ``paper`` ((h, w) uint8 share 0..255, or of no rows where there is none)."""
    rows, w = gain.shape[:2]
    whole = density.shape[0] == height and density.shape[1] == w
    one, third = np.float32(1.0), np.float32(1.0 / 3.0)
    flat = one - volume
    some_paper = paper.shape[0] > 0
    x_gradient = tap_table(w, gradient.shape[1])
    x_form = tap_table(w, form.shape[1])
    x_density = tap_table(w, density.shape[1])
    g_row = np.empty((gradient.shape[1], 6), np.float32)
    f_row = np.empty((form.shape[1], 3), np.float32)
    k_row = np.empty(density.shape[1], np.float32)
    for r in range(rows):
        y = top + r
        _row(gradient, y, height, g_row)
        _row(form, y, height, f_row)
        if not whole:
            _density_row(density, y, height, k_row)
        for x in range(w):
            if some_paper and paper[y, x] == 255:
                gain[r, x, 0] = gain[r, x, 1] = gain[r, x, 2] = one
                continue
            if whole:
                k = density[y, x] * density_scale
            else:
                a, b = int(x_density[x, 0]), int(x_density[x, 1])
                k = (k_row[a] + x_density[x, 2] * (k_row[b] - k_row[a])) * density_scale
            slope = -np.sqrt(max(one - k * k, np.float32(0.0))) * flat
            a, b, s = int(x_gradient[x, 0]), int(x_gradient[x, 1]), x_gradient[x, 2]
            fa, fb, fs = int(x_form[x, 0]), int(x_form[x, 1]), x_form[x, 2]
            fx = volume * _mix(f_row, fa, fb, fs, 0)
            fy = volume * _mix(f_row, fa, fb, fs, 1)
            fz = volume * _mix(f_row, fa, fb, fs, 2) + flat * k
            for c in range(3):
                gain[r, x, c] = ambient[c]
            for lamp in range(lamps.shape[0]):
                if flat == 0.0:
                    e0 = e1 = e2 = _effect(fx, fy, fz, x, y, lamps, lamp)
                else:
                    e0 = _effect(fx + slope * _mix(g_row, a, b, s, 0), fy + slope * _mix(g_row, a, b, s, 1), fz,
                                 x, y, lamps, lamp)  # fmt: skip
                    e1 = _effect(fx + slope * _mix(g_row, a, b, s, 2), fy + slope * _mix(g_row, a, b, s, 3), fz,
                                 x, y, lamps, lamp)  # fmt: skip
                    e2 = _effect(fx + slope * _mix(g_row, a, b, s, 4), fy + slope * _mix(g_row, a, b, s, 5), fz,
                                 x, y, lamps, lamp)  # fmt: skip
                if not per_channel:
                    e0 = e1 = e2 = (e0 + e1 + e2) * third
                gain[r, x, 0] += e0 * lamps[lamp, 6]
                gain[r, x, 1] += e1 * lamps[lamp, 7]
                gain[r, x, 2] += e2 * lamps[lamp, 8]
            if some_paper and paper[y, x] > 0:
                share = np.float32(paper[y, x]) * np.float32(1.0 / 255.0)
                for c in range(3):
                    gain[r, x, c] += share * (one - gain[r, x, c])


@fast_kernel
def _mix(row: Plane, a: int, b: int, share: np.float32, c: int) -> np.float32:
    """Channel ``c`` between two pixels of a row."""
    mixed: np.float32 = row[a, c] + share * (row[b, c] - row[a, c])
    return mixed


@fast_kernel
def tap_table(size: int, source: int) -> Plane:
    """(size, 3) float32: first and second source pixel, and the second's share, for each target pixel."""
    table = np.empty((size, 3), np.float32)
    for x in range(size):
        table[x, 0], table[x, 1], table[x, 2] = _taps(x, size, source)
    return table


@fast_kernel
def expose_rows(
    pixels: NDArray[np.uint8] | NDArray[np.uint16],
    gain: Image,
    curve: NDArray[np.float32],
    bias: np.float32,
    out: NDArray[np.uint8] | NDArray[np.uint16],
) -> None:
    """out = curve(pixels x gain), clipped, alpha kept. ``curve``: (n,) float32 samples of the gamma curve over 0..1,
    or one sample for none. ``bias`` 0.5 rounds, 0 cuts off."""
    rows, w, channels = pixels.shape
    top = np.float32(255.0) if pixels.itemsize == 1 else np.float32(65535.0)
    last = np.float32(curve.shape[0] - 1)
    for y in range(rows):
        for x in range(w):
            for c in range(3):
                value = min(pixels[y, x, c] * gain[y, x, c], top)
                if curve.shape[0] > 1:
                    place = max(value, np.float32(0.0)) / top * last
                    at = min(int(place), curve.shape[0] - 2)
                    value = top * (curve[at] + (place - at) * (curve[at + 1] - curve[at]))
                out[y, x, c] = int(value + bias)
            if channels == 4:
                out[y, x, 3] = pixels[y, x, 3]
