"""Shapes that this package passes around."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..strips import Check, Progress, never_stop, no_progress

Plane: TypeAlias = NDArray[np.float32]
"""(h, w) float32."""
Image: TypeAlias = NDArray[np.float32]
"""(h, w, c) float32."""
Labels: TypeAlias = NDArray[np.int32]
"""(h, w) int32, 0 = outside."""
Samples: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""(h, w, 3 or 4) straight sRGB."""


def contiguous(pixels: Samples) -> Samples:
    """``pixels`` in C order, copied only where they are not: compiled loops are made for that order alone."""
    return pixels if pixels.flags.c_contiguous else pixels.copy()


__all__ = ["Check", "Image", "Labels", "Plane", "Progress", "Samples", "contiguous", "never_stop", "no_progress"]
