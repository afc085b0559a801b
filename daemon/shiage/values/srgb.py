"""sRGB and light (IEC 61966-2-1): what pictures keep, and what adds up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def to_linear(srgb: Floats) -> Floats:
    """Linear light 0..1 of sRGB values 0..1."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def from_linear(linear: Floats) -> Floats:
    """sRGB values 0..1 of linear light 0..1."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
