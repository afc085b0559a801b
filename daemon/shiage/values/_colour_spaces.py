"""Colour profiles (ICC) of the matrix kind, computed: 16-bit pictures to sRGB and back.

LittleCMS, as Pillow has it, works in 8 bits. Profiles of working spaces (Adobe RGB, Display P3, ProPhoto, Rec. 2020)
are a curve for each channel and a matrix to XYZ as seen from D50 (ICC.1:2022, 8.3 and F.3), quickly done exactly.
Those with tables (of printers, scanners, calibrated monitors) are not taken here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput

_ROWS = 256  # at a time, so that a large picture is never held in floating point
_LEVELS = 65536
# Of sRGB, adapted to D50 (IEC 61966-2-1 with the Bradford matrix, as the ICC publishes them).
_SRGB = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
_D50 = np.array([0.9642, 1.0, 0.8249])
_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}


@dataclass(frozen=True)
class _Space:
    """``curves``: for each channel, what its 65,536 levels are in light, 0..1; ``matrix``: from there to XYZ."""

    curves: NDArray[np.float64]
    matrix: NDArray[np.float64]


def wide_to_srgb(pixels: NDArray[np.uint16], profile: bytes, where: str = "") -> NDArray[np.uint16]:
    """(H, W, 4) in a profile's colours as such in sRGB, cut off where sRGB ends; alpha is left as it is.

    BadInput where the profile is not of the matrix kind.
    """
    return _converted(pixels, _space(profile, where), _srgb_space())


def wide_from_srgb(pixels: NDArray[np.uint16], profile: bytes, where: str = "") -> NDArray[np.uint16]:
    """The other way round."""
    return _converted(pixels, _srgb_space(), _space(profile, where))


def _converted(pixels: NDArray[np.uint16], source: _Space, target: _Space) -> NDArray[np.uint16]:
    matrix = np.linalg.inv(target.matrix) @ source.matrix
    result = pixels.copy()
    levels = np.arange(_LEVELS, dtype=np.float64)
    for top in range(0, len(pixels), _ROWS):
        rows = pixels[top : top + _ROWS]
        light = np.stack([source.curves[channel][rows[..., channel]] for channel in range(3)], axis=-1)
        light = np.clip(light @ matrix.T, 0, 1)
        for channel in range(3):
            back = np.interp(light[..., channel], target.curves[channel], levels)
            result[top : top + _ROWS, :, channel] = np.rint(back)
    return result


def _srgb_space() -> _Space:
    level = np.linspace(0, 1, _LEVELS)
    curve = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return _Space(np.stack([curve] * 3), _SRGB)


def _space(profile: bytes, where: str) -> _Space:
    try:
        space = _parsed(profile)
    except (struct.error, ValueError, IndexError, OverflowError) as error:
        raise BadInput(
            f"Its colour profile is damaged ({error}).", where=where, hint="Convert it to sRGB first."
        ) from error
    if space is None:
        raise BadInput(
            "A 16-bit picture with a colour profile that has tables is not taken.",
            where=where,
            hint="Convert it to sRGB, Adobe RGB, Display P3 or another working space first.",
        )
    # A curve that falls, or a space without depth, leads nowhere back.
    if not (np.isfinite(space.matrix).all() and abs(np.linalg.det(space.matrix)) > 1e-6):
        raise BadInput("Its colour profile is damaged (its primaries).", where=where, hint="Convert it to sRGB first.")
    if not (np.isfinite(space.curves).all() and (np.diff(space.curves) >= 0).all() and (space.curves[:, -1] > 0).all()):
        raise BadInput("Its colour profile is damaged (its curves).", where=where, hint="Convert it to sRGB first.")
    return space


def _parsed(profile: bytes) -> _Space | None:
    """None where it is not of the matrix kind."""
    if profile[36:40] != b"acsp":
        raise ValueError("no profile")
    (count,) = struct.unpack_from(">I", profile, 128)
    if count > 1000:
        raise ValueError("too many tags")
    tags: dict[bytes, bytes] = {}
    for number in range(count):
        name, begin, size = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        tags[name] = profile[begin : begin + size]
    kind, connection = profile[16:20], profile[20:24]
    if kind == b"GRAY" and b"kTRC" in tags:
        # Grey pictures come as three equal channels, whose sum is the white point.
        return _Space(np.stack([_curve(tags[b"kTRC"])] * 3), np.asarray(_SRGB))
    needed = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")
    if kind != b"RGB " or connection != b"XYZ " or not all(name in tags for name in needed):
        return None
    matrix = np.stack([_xyz(tags[name]) for name in needed[:3]], axis=1)
    return _Space(np.stack([_curve(tags[name]) for name in needed[3:]]), matrix)


def _xyz(tag: bytes) -> NDArray[np.float64]:
    if tag[:4] != b"XYZ ":
        raise ValueError("no XYZ")
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> NDArray[np.float64]:
    """Light, 0..1, at each of 65,536 levels."""
    level = np.linspace(0, 1, _LEVELS)
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return level
        if count == 1:
            (gamma,) = struct.unpack_from(">H", tag, 12)
            return np.asarray(level ** (gamma / 256))
        table = np.array(struct.unpack_from(f">{count}H", tag, 12)) / 65535
        return np.asarray(np.interp(level, np.linspace(0, 1, count), table))
    if tag[:4] != b"para":
        raise ValueError("no curve")
    (function,) = struct.unpack_from(">H", tag, 8)
    if function not in _PARAMETERS:
        raise ValueError("an unknown curve")
    numbers = [n / 65536 for n in struct.unpack_from(f">{_PARAMETERS[function]}i", tag, 12)]
    return _parametric(function, numbers, level)


def _parametric(function: int, numbers: list[float], x: Any) -> NDArray[np.float64]:
    """ICC.1:2022, table 68."""
    g, a, b, c, d, e, f = (numbers + [0.0] * 7)[:7]
    if function == 0:
        return np.asarray(x**g)
    if function == 1:
        d, c, e, f = -b / a if a else 0.0, 0.0, 0.0, 0.0
    elif function == 2:
        d, e, f, c = -b / a if a else 0.0, c, c, 0.0
    # 3: the toe is a line through zero; 4: all of it.
    above = np.maximum(a * x + b, 0) ** g + e
    return np.asarray(np.clip(np.where(x >= d, above, c * x + f), 0, 1))
