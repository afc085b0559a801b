"""A drawing with the picture that it became, as the networks of `colorize` learn from it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shiage.craft.ink import read_ink
from shiage.craft.regions import regions_of_ink

from ..parts import segmenter
from ._see import WIDEN

SIDE = 256  # pixels a side of a kept drawing
PARTS_SIDE = 64


@dataclass(frozen=True, eq=False)
class Example:
    """One drawing at SIDE x SIDE. line: coverage. colour: the finished picture. flat: the same without shade and lines.
    labels: regions. parts: likelihoods at PARTS_SIDE x PARTS_SIDE. All uint8 but labels, uint16."""

    line: NDArray[np.uint8]
    colour: NDArray[np.uint8]
    flat: NDArray[np.uint8]
    labels: NDArray[np.uint16]
    parts: NDArray[np.uint8]
    name: str


def example(drawing: NDArray[np.uint8], colour: NDArray[np.uint8], flat: NDArray[np.uint8], name: str = "") -> Example:
    """From a square drawing, (S, S, 3), and the picture that it became; BadInput where it has no lines."""
    ink = read_ink(drawing)
    found = regions_of_ink(ink, widen=WIDEN)
    likelihood = segmenter().likelihood(np.dstack([drawing, np.full(drawing.shape[:2], 255, np.uint8)]))
    fours = [likelihood[..., i : i + 4] for i in range(0, likelihood.shape[2], 4)]
    size = (PARTS_SIDE, PARTS_SIDE)
    likely = np.dstack([cv2.resize(four, size, interpolation=cv2.INTER_AREA) for four in fours])
    step = np.minimum(((np.arange(SIDE) + 0.5) * drawing.shape[0] / SIDE).astype(int), drawing.shape[0] - 1)

    def shrunk(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)

    labels = np.minimum(found.labels[np.ix_(step, step)], 65535).astype(np.uint16)
    parts = np.rint(likely * 255).astype(np.uint8)
    near = np.asarray(flat[np.ix_(step, step)], np.uint8)  # never the mean of two paints
    return Example(shrunk(ink.coverage), shrunk(colour), near, labels, parts, name)
