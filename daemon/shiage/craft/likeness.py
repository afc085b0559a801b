"""How alike two pictures are, without a network: PSNR, SSIM, areas of the right colour, and both for what moves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from .design.colour import difference, to_lab

Picture = NDArray[np.uint8]

_AREA = 30  # pixels: what is smaller is a border's or a line's
_ALIKE = 10.0  # CIEDE2000
_MOVES = 8  # of 255, in any channel


def psnr(real: Picture, fake: Picture) -> float:
    """Peak signal-to-noise ratio in dB over all pixels and channels of two pictures of one shape; inf if equal."""
    error = float(np.mean((real.astype(np.float64) - fake.astype(np.float64)) ** 2))
    return float("inf") if error == 0 else float(10 * np.log10(255.0**2 / error))


def ssim(real: Picture, fake: Picture) -> float:
    """Structural similarity, -1..1, of two (H, W[, C]) uint8 pictures, mean over places and channels.

    As Wang et al. 2004 define it: Gaussian window of 11 pixels and sigma 1.5, K1 0.01, K2 0.03; the windows that stand
    over the edge are left out. Pictures under 11 pixels a side are compared by what they have (edges mirrored).
    """
    map_ = _likeness(real, fake)
    edge = 5 if min(real.shape[:2]) > 11 else 0
    return float(map_[edge : map_.shape[0] - edge, edge : map_.shape[1] - edge].mean())


def colours(real: Picture, fake: Picture) -> float:
    """The share of the even areas of a painted (H, W, 3) picture, by number, whose middle colour in the other lies
    within CIEDE2000 of 10. An area: 30 pixels or more of one colour that touch side by side. 1 where there are none.
    """
    codes = real.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    wanted: list[Picture] = []
    given: list[NDArray[np.float64]] = []
    found, often = np.unique(codes, return_counts=True)
    for code in found[often >= _AREA]:
        count, labels, facts, _ = cv2.connectedComponentsWithStats((codes == code).astype(np.uint8), connectivity=4)
        for area in range(1, count):
            x, y, width, height, size = (int(value) for value in facts[area])
            if size >= _AREA:
                box = (slice(y, y + height), slice(x, x + width))
                here = labels[box] == area
                wanted.append(real[box][here][0])
                given.append(np.median(fake[box][here], axis=0))
    if not wanted:
        return 1.0
    apart = difference(to_lab(np.array(wanted)), to_lab(np.rint(np.array(given)).astype(np.uint8)))
    return float(np.mean(apart <= _ALIKE))


def moving(real: Sequence[Picture]) -> list[NDArray[np.bool_]]:
    """Of each of some frames (H, W, 3) of one size, the pixels that differ from the frame before or after."""
    steps = [np.abs(a.astype(np.int16) - b).max(axis=2) > _MOVES for a, b in pairwise(real)]
    still = np.zeros(real[0].shape[:2], np.bool_)
    return [one | other for one, other in zip([still, *steps], [*steps, still], strict=True)]


def where(real: Picture, fake: Picture, area: NDArray[np.bool_]) -> tuple[float, float] | None:
    """PSNR and SSIM over an area (H, W) alone; None where it is empty."""
    if not area.any():
        return None
    error = float(np.mean((real[area].astype(np.float64) - fake[area].astype(np.float64)) ** 2))
    ratio = float("inf") if error == 0 else float(10 * np.log10(255.0**2 / error))
    return ratio, float(_likeness(real, fake)[area].mean())


def _likeness(real: Picture, fake: Picture) -> NDArray[np.float64]:
    """SSIM at each place and channel."""
    a, b = (p.astype(np.float64) for p in (real, fake))
    one, two = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = _smooth(a), _smooth(b)
    var_a, var_b = _smooth(a * a) - mean_a**2, _smooth(b * b) - mean_b**2
    both = _smooth(a * b) - mean_a * mean_b
    return (2 * mean_a * mean_b + one) * (2 * both + two) / ((mean_a**2 + mean_b**2 + one) * (var_a + var_b + two))


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT), np.float64)
