"""What the network sees of a drawing: how dark and how colourful its marks are, whatever the paper."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.paper import find_paper
from shiage.craft.strips import Check, never_stop

Planes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_ROWS = 512  # looked at together


def planes_of(away: Floats, strongest: float) -> Planes:
    """(H, W, 2) uint8 from the paper's colour less the picture's, (H, W, 3) float32 levels.

    First how far a mark is from the paper, then how far its channels differ in that: construction lines are often
    drawn in blue or red, so that they can be told from the drawing. Both 255 at ``strongest`` levels.
    """
    most = away.max(2)
    least = away.min(2)
    dark = np.maximum(most, -least)
    both = np.dstack([dark, most - least]) * np.float32(255.0 / max(strongest, 1.0))
    return np.asarray(np.clip(both + np.float32(0.5), 0, 255), np.uint8)


def see(pixels: npt.NDArray[np.uint8], check: Check = never_stop) -> Planes:
    """The planes (H, W, 2) uint8 of a drawing, (H, W, 4) uint8 RGBA. BadInput for bare paper."""
    paper = find_paper(pixels)
    height, width = pixels.shape[:2]
    planes = np.empty((height, width, 2), np.uint8)
    for top in range(0, height, _ROWS):
        check()
        rows = slice(top, min(top + _ROWS, height))
        part = pixels[rows].astype(np.float32)
        alpha = part[..., 3:] / np.float32(255)
        if paper.lines_in_alpha:
            away = (255 - part[..., :3]) * alpha
            away += 255 * alpha - away.max(2, keepdims=True)  # a mark is as strong as its alpha, whatever its colour
            planes[rows] = planes_of(away, 1 / paper.gain)
            continue
        expected = _field(paper.field, rows, height, width) if paper.field.size else paper.colour
        planes[rows] = planes_of((expected[..., :3] - part[..., :3]) * alpha, 1 / paper.gain)
    return planes


def _field(field: Floats, rows: slice, height: int, width: int) -> Floats:
    """The paper's colour (rows, W, C) where it is unevenly lit."""
    cells = field.shape[0]
    places = np.clip((np.arange(rows.start, rows.stop) + 0.5) * cells / height - 0.5, 0, cells - 1)
    above = np.floor(places).astype(np.intp)
    share = (places - above).astype(np.float32)[:, None, None]
    wide = np.atleast_3d(cv2.resize(field, (width, cells))).astype(np.float32)
    return np.asarray(wide[above] * (1 - share) + wide[np.minimum(above + 1, cells - 1)] * share, np.float32)
