"""What a map of likelihoods says about each closed region of a drawing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from shiage.craft.kernel import kernel
from shiage.craft.strips import over_strips

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]


def votes(labels: IntArray, likelihood: FloatArray, count: int) -> FloatArray:
    """Mean likelihood of each class over each region, (count + 1, C) float32; zeros for ids that have no pixel.

    labels: (H, W) int32, region ids 0..count. likelihood: (h, w, C) float32, of the same picture at any size.
    """
    sums = np.zeros((count + 1, likelihood.shape[2] + 1), np.float32)
    _add(labels, np.ascontiguousarray(likelihood), sums)
    return np.asarray(sums[:, :-1] / np.maximum(sums[:, -1:], 1.0), np.float32)


def carry(labels: IntArray, likelihood: FloatArray, decided: IntArray) -> npt.NDArray[np.uint8]:
    """The class of each pixel, (H, W) uint8: its region's where `decided` (count + 1,) names one (0..C-1), and the
    likeliest at that place where it is -1."""
    out = decided.astype(np.uint8)[labels]
    asked = decided < 0
    if asked.any():
        choose(labels, likelihood, np.ones((len(decided), likelihood.shape[2]), np.bool_), asked, out)
    return out


def choose(
    labels: IntArray,
    likelihood: FloatArray,
    allowed: BoolArray,
    asked: BoolArray,
    out: IntArray | npt.NDArray[np.uint8],
    check: Callable[[], None] = lambda: None,
) -> None:
    """Into `out`, (H, W), the likeliest class of each pixel of the regions that are `asked` about, (count + 1,): of
    those that its region is `allowed`, (count + 1, C). The likelihoods are read between their four nearest places.
    """
    map_ = np.ascontiguousarray(likelihood)

    def work(top: int, bottom: int) -> None:
        _choose_rows(labels, map_, allowed, asked, out, top, bottom)

    over_strips(work, labels.shape[0], labels.shape[1], check)


@kernel
def _add(labels: IntArray, likelihood: FloatArray, sums: FloatArray) -> None:
    height, width = labels.shape
    rows, columns, classes = likelihood.shape
    for y in range(height):
        row = min(rows - 1, (2 * y + 1) * rows // (2 * height))
        for x in range(width):
            column = min(columns - 1, (2 * x + 1) * columns // (2 * width))
            region = labels[y, x]
            for c in range(classes):
                sums[region, c] += likelihood[row, column, c]
            sums[region, classes] += np.float32(1.0)


@kernel
def _choose_rows(
    labels: IntArray,
    likelihood: FloatArray,
    allowed: BoolArray,
    asked: BoolArray,
    out: IntArray | npt.NDArray[np.uint8],
    top: int,
    bottom: int,
) -> None:
    height, width = labels.shape
    rows, columns, classes = likelihood.shape
    for y in range(top, bottom):
        fy = min(max((y + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        y0 = int(fy)
        y1 = min(y0 + 1, rows - 1)
        wy = np.float32(fy - y0)
        for x in range(width):
            region = labels[y, x]
            if not asked[region]:
                continue
            fx = min(max((x + 0.5) * columns / width - 0.5, 0.0), columns - 1.0)
            x0 = int(fx)
            x1 = min(x0 + 1, columns - 1)
            wx = np.float32(fx - x0)
            best = np.float32(-1.0)
            for c in range(classes):
                if allowed[region, c]:
                    upper = likelihood[y0, x0, c] + wx * (likelihood[y0, x1, c] - likelihood[y0, x0, c])
                    lower = likelihood[y1, x0, c] + wx * (likelihood[y1, x1, c] - likelihood[y1, x0, c])
                    value = upper + wy * (lower - upper)
                    if value > best:
                        best = value
                        out[y, x] = c
