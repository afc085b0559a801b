"""The score of our own drawings: regions whose median colour is within CIEDE2000 10 of the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage.color import deltaE_ciede2000, rgb2lab

from .cases import Case

SMALLEST = 12  # pixels; the benchmark ignores smaller regions too
PAPER = 200  # of 255: darker is line


def score_drawn(cases: list[Case], results: Path) -> str:
    """A table: regions right of regions, a line a pair and a last line for all."""
    lines, right, total = [f"{'pair':28} {'regions':>7} {'acc10':>6}"], 0, 0
    for case in cases:
        for design, truth in case.truth.items():
            name = case.result_name(design)
            drawn = _on_white(case.sketch).min(axis=2) < PAPER
            good, count = region_accuracy(_on_white(truth), _on_white(results / f"{name}.png"), drawn)
            lines.append(f"{name:28} {count:7d} {good / count:6.3f}")
            right, total = right + good, total + count
    return "\n".join([*lines, f"{'ALL':28} {total:7d} {right / total:6.3f}"])


def region_accuracy(truth: NDArray[np.uint8], result: NDArray[np.uint8], drawn: NDArray[np.bool_]) -> tuple[int, int]:
    """Regions right, and regions. Pictures (H, W, 3); a region is a connected area of one colour that is not paper.

    drawn: (H, W), where the sketch has a line; what is under lines is not looked at.
    """
    packed = truth.astype(np.int64) @ np.array([65536, 256, 1])
    good = count = 0
    for colour in np.unique(packed):
        if colour in (0xFFFFFF, 0):  # paper and lines
            continue
        labels, number = ndimage.label((packed == colour) & ~drawn)
        for region in range(1, number + 1):
            inside = labels == region
            if inside.sum() < SMALLEST:
                continue
            median = np.median(result[inside], axis=0)
            expected = truth[inside][0]
            distance = deltaE_ciede2000(rgb2lab(median / 255), rgb2lab(expected / 255))
            good, count = good + int(distance <= 10), count + 1
    return good, count


def _on_white(path: Path) -> NDArray[np.uint8]:
    image = Image.open(path).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image).convert("RGB"))
