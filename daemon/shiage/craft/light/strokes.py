"""Stroke density: how much paint a pixel carries, read from where its colour lies in the palette hull."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ._types import Image, Plane
from .hull import PaletteHull, ray_ratio


def stroke_density(rgb: Image, hull: PaletteHull, clipping: float = 1.2) -> tuple[Plane, Plane]:
    """The density K, (h, w) float32 0..1, of an (h, w, 3) float32 picture (0..255), and each pixel's distance from
    the hull's centre in levels. K = clip((1 - |1 - d / D|) x clipping, 0, 1): d to the pixel's colour, D on to the
    hull."""
    h, w = rgb.shape[:2]
    planes = np.ascontiguousarray(hull.planes.T)
    ratio, distance = np.empty(h * w, np.float32), np.empty(h * w, np.float32)
    ray_ratio(np.ascontiguousarray(rgb).reshape(-1, 3), hull.centre, planes, ratio, distance)
    density: Plane = np.clip((1.0 - np.abs(1.0 - ratio)) * np.float32(clipping), 0.0, 1.0)
    return density.reshape(h, w), distance.reshape(h, w)


def guided_filter(guide: Plane, source: Plane, radius: int, eps: float, passes: int = 1) -> Plane:
    """He, Sun and Tang, Guided Image Filtering, TPAMI 2013, ``passes`` times with one guide. (h, w) float32 each."""
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(plane: NDArray[np.floating]) -> Plane:
        return np.asarray(cv2.blur(plane, size, borderType=cv2.BORDER_REFLECT), np.float32)

    mean_guide = mean(guide)
    spread = mean(guide * guide) - mean_guide * mean_guide + np.float32(eps)
    for _ in range(passes):
        mean_source = mean(source)
        slope = (mean(guide * source) - mean_guide * mean_source) / spread
        source = mean(slope) * guide + mean(mean_source - slope * mean_guide)
    return source
