"""Colour-trace lines: the red, blue or green lines that an animator draws round shadows and highlights.

They close a region as any line does, but nobody sees them in the finished picture: they are painted over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..ink import Ink

_COLOURFUL = 0.4  # by which the ink of a trace line is more colourful than the drawing's own lines, 0..1
_FAINT = 24  # coverage (of 255) below which a pixel's ink has no colour to speak of
_ROWS = 256


def without_trace_lines(drawing: NDArray[np.uint8], ink: Ink) -> tuple[NDArray[np.uint8], Ink]:
    """A drawing and its ink without colour-trace lines.

    ``drawing``: (H, W, 4) uint8 RGBA; where lines stand alone on a transparent layer the trace lines become transparent
    in it. A line belongs to a trace where its ink is far more colourful than the ink of most of the drawing, so that
    brown or blue outlines stay.
    """
    colourful = np.zeros(ink.coverage.shape, np.float32)
    for top in range(0, len(drawing), _ROWS):
        rows = slice(top, top + _ROWS)
        colourful[rows] = _colourful(drawing[rows], ink.coverage[rows], ink.paper)
    full = ink.coverage >= 160
    usual = float(np.median(colourful[full])) if full.any() else 0.0
    trace = (colourful > usual + _COLOURFUL) & (ink.coverage >= _FAINT)
    if not trace.any():
        return drawing, ink
    kept = drawing
    if ink.paper is None:
        kept = drawing.copy()
        kept[..., 3][trace] = 0
    cleared = Ink(np.where(trace, np.uint8(0), ink.coverage), np.where(trace, np.uint8(0), ink.lines), ink.paper)
    return kept, cleared


def _colourful(
    drawing: NDArray[np.uint8], coverage: NDArray[np.uint8], paper: tuple[int, int, int] | None
) -> NDArray[np.float32]:
    """How unlike the three channels of the ink are, 0 (black, grey) to 1; the paper that shines through taken away."""
    share = np.ones((1, 1, 1), np.float32) if paper is None else coverage[..., None].astype(np.float32) / 255
    behind = np.asarray(paper or (0, 0, 0), np.float32) * (1 - share)
    colour = np.clip((drawing[..., :3] - behind) / np.maximum(share, 0.05), 0, 255)
    return np.asarray((colour.max(2) - colour.min(2)) / 255, np.float32)
