"""How alike two pictures are, without a network: PSNR and SSIM."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def psnr(real: Picture, fake: Picture) -> float:
    """Peak signal-to-noise ratio in dB over all pixels and channels of two pictures of one shape; inf if equal."""
    error = float(np.mean((real.astype(np.float64) - fake.astype(np.float64)) ** 2))
    return float("inf") if error == 0 else float(10 * np.log10(255.0**2 / error))


def ssim(real: Picture, fake: Picture) -> float:
    """Structural similarity, -1..1, of two (H, W[, C]) uint8 pictures, mean over places and channels.

    As Wang et al. 2004 define it: Gaussian window of 11 pixels and sigma 1.5, K1 0.01, K2 0.03; the windows that stand
    over the edge are left out. Pictures under 11 pixels a side are compared by what they have (edges mirrored).
    """
    a, b = (p.astype(np.float64) for p in (real, fake))
    one, two = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = _smooth(a), _smooth(b)
    var_a, var_b = _smooth(a * a) - mean_a**2, _smooth(b * b) - mean_b**2
    both = _smooth(a * b) - mean_a * mean_b
    map_ = (2 * mean_a * mean_b + one) * (2 * both + two) / ((mean_a**2 + mean_b**2 + one) * (var_a + var_b + two))
    edge = 5 if min(real.shape[:2]) > 11 else 0
    return float(map_[edge : map_.shape[0] - edge, edge : map_.shape[1] - edge].mean())


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT), np.float64)
