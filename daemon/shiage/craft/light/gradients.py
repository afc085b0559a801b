"""Coarse light: gradients of a picture gathered from coarse to fine, so that large forms shade as wholes."""

from __future__ import annotations

import cv2
import numpy as np

from ._types import Image, Plane

LEVELS = 6


def coarse_gradient(channel: Plane) -> Image:
    """(h, w, 2) float32, x and y, not normalised: from the coarsest of six pyramid levels on,
    g <- 4 x enlarged g + Sobel(level)."""
    levels = [channel]
    for _ in range(LEVELS - 1):
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.float32))
    gathered = _sobel(levels[-1])
    for level in reversed(levels[:-1]):
        finer = cv2.resize(cv2.pyrUp(gathered), (level.shape[1], level.shape[0]))
        gathered = 4.0 * finer.reshape(*level.shape, 2) + _sobel(level)
    return gathered


def _sobel(level: Plane) -> Image:
    return np.stack([cv2.Sobel(level, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(level, cv2.CV_32F, 0, 1, ksize=3)], axis=-1)


def magnitude(gradient: Image) -> Plane:
    """(h, w) float32 length of an (h, w, 2) gradient."""
    return np.asarray(cv2.magnitude(gradient[..., 0], gradient[..., 1]), np.float32)
