"""What the network sees of a drawing: how dark and how colourful its marks are, whatever the paper."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.kernel import kernel
from shiage.craft.paper import find_paper
from shiage.craft.strips import Check, never_stop, over_strips

Planes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def planes_of(away: Floats, strongest: float) -> Planes:
    """(H, W, 2) uint8 from the paper's colour less the picture's, (H, W, 3) float32 levels.

    First how far a mark is from the paper, then how far its channels differ in that: construction lines are often
    drawn in blue or red, so that they can be told from the drawing. Both 255 at ``strongest`` levels.
    """
    planes = np.empty((*away.shape[:2], 2), np.uint8)
    _measure(np.ascontiguousarray(away), np.float32(255.0 / max(strongest, 1.0)), planes)
    return planes


def see(pixels: Planes, check: Check = never_stop) -> Planes:
    """The planes (H, W, 2) uint8 of a drawing, (H, W, 4) uint8 RGBA. BadInput for bare paper."""
    paper = find_paper(pixels, by_place=True)
    height, width = pixels.shape[:2]
    planes = np.empty((height, width, 2), np.uint8)
    # Stretched along the rows here and down the columns in the kernel, so that no full-size field is ever held.
    even = np.zeros((1, width, 3), np.float32) + (0 if paper.lines_in_alpha else paper.colour[:3])
    wide = cv2.resize(paper.field, (width, paper.field.shape[0]))[..., :3] if paper.field.size else even
    field = np.ascontiguousarray(wide, np.float32)

    def look(top: int, bottom: int) -> None:
        _look(pixels, field, paper.lines_in_alpha, np.float32(paper.gain), top, bottom, planes)

    over_strips(look, height, width, check)
    return planes


@kernel
def _level(value: np.float32) -> np.uint8:
    return np.uint8(min(max(value + np.float32(0.5), np.float32(0)), np.float32(255)))


@kernel
def _measure(away: Floats, gain: np.float32, out: Planes) -> None:
    for y in range(away.shape[0]):
        for x in range(away.shape[1]):
            most = max(away[y, x, 0], away[y, x, 1], away[y, x, 2])
            least = min(away[y, x, 0], away[y, x, 1], away[y, x, 2])
            out[y, x, 0] = _level(max(most, -least) * gain)
            out[y, x, 1] = _level((most - least) * gain)


@kernel
def _look(pixels: Planes, field: Floats, alone: bool, gain: np.float32, top: int, bottom: int, out: Planes) -> None:
    """Rows top..bottom. ``gain`` counts for a level of difference times alpha 0..255. Of lines that stand ``alone`` on
    transparency a mark is as strong as its alpha, whatever its colour."""
    height, width = pixels.shape[:2]
    cells = field.shape[0]
    for y in range(top, bottom):
        place = min(max((y + 0.5) * cells / height - 0.5, 0.0), cells - 1.0)
        above = int(place)
        below = min(above + 1, cells - 1)
        share = np.float32(place - above)
        for x in range(width):
            alpha = np.float32(pixels[y, x, 3])
            most, least = np.float32(-255.0), np.float32(255.0)
            for c in range(3):
                value = -np.float32(pixels[y, x, c])
                if not alone:
                    value += field[above, x, c] + share * (field[below, x, c] - field[above, x, c])
                most, least = max(most, value), min(least, value)
            strong = np.float32(255.0) if alone else max(most, -least)
            out[y, x, 0] = _level(strong * alpha * gain)
            out[y, x, 1] = _level((most - least) * alpha * gain)
