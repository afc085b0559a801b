"""Gaps in lines mended with ink: a short stroke over each, as wide and as dark as the lines that it joins."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .ink import Ink
from .regions import regions_of_ink
from .strips import Check, Progress, never_stop, no_progress

_FINE = 8  # a stroke is drawn this much larger and averaged down
_THINNEST = 1.6  # pixels: less would not close anything once it is anti-aliased
_WIDEST = 2.0  # in line widths: a bridge from a filled area is no wider
_ROWS = 256  # mended between two checks

Pixels = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One bridge as it is drawn: from (x0, y0) to (x1, y1), pixels, `width` at each end, RGB 0..255 at each end."""

    place: tuple[int, int, int, int]
    width: tuple[float, float]
    colour: tuple[tuple[float, ...], tuple[float, ...]]

    @property
    def length(self) -> float:
        """In pixels."""
        x0, y0, x1, y1 = self.place
        return float(np.hypot(x1 - x0, y1 - y0))


@dataclass(frozen=True, eq=False)
class Bridging:
    """The strokes that close a drawing's gaps. `layer`: they alone, (H, W, 4) uint8 RGBA. `line_width` of the drawing
    and the longest `gap` that was closed, pixels."""

    strokes: list[Stroke]
    layer: Pixels
    line_width: float
    gap: float

    def on(self, pixels: Samples, check: Check = never_stop) -> Samples:
        """The drawing with the strokes on it."""
        return mend(pixels, self.layer, check)

    def listed(self) -> list[dict[str, Any]]:
        """Where each stroke goes, and how long it is, as facts."""
        return [
            {"from": list(one.place[:2]), "to": list(one.place[2:]), "length": round(one.length, 1)}
            for one in self.strokes
        ]


def bridge(
    pixels: Pixels, ink: Ink, gap: float | None, check: Check = never_stop, progress: Progress = no_progress
) -> Bridging:
    """Close the gaps in a drawing, (H, W, 4) uint8 RGBA that `ink` was read from: what `flats` would assume, drawn.

    gap: pixels, the longest that is closed; None = automatic.
    """
    found = regions_of_ink(ink, gap, check, lambda done, stage: progress(0.8 * done, stage))
    progress(0.8, "drawing strokes")
    strokes = bridge_strokes(pixels, ink, found.bridges, found.line_width)
    check()
    layer = draw_strokes(strokes, (ink.lines.shape[0], ink.lines.shape[1]), check)
    return Bridging(strokes, layer, found.line_width, found.gap)


def bridge_strokes(pixels: Pixels, ink: Ink, bridges: npt.NDArray[np.int32], line_width: float) -> list[Stroke]:
    """What each bridge, (n, 4) x0, y0, x1, y1, is drawn with, from the lines at its two ends.

    pixels: (H, W, 4) uint8 RGBA, the drawing that `ink` was read from.
    """
    strokes = []
    for x0, y0, x1, y1 in bridges.tolist():
        ends = [_end(pixels, ink, x, y, line_width) for x, y in ((x0, y0), (x1, y1))]
        # An end on the picture's border has no line of its own and takes after the other.
        one, other = (ends[i] or ends[1 - i] or (line_width, (0.0, 0.0, 0.0)) for i in (0, 1))
        strokes.append(Stroke((x0, y0, x1, y1), (one[0], other[0]), (one[1], other[1])))
    return strokes


def draw_strokes(strokes: list[Stroke], shape: tuple[int, int], check: Check = never_stop) -> Pixels:
    """The strokes alone on a transparent layer, (H, W, 4) uint8 RGBA of the given height and width, anti-aliased."""
    layer = np.zeros((*shape, 4), np.uint8)
    for stroke in strokes:
        check()
        _draw(layer, stroke)
    return layer


def mend(pixels: Samples, layer: Pixels, check: Check = never_stop) -> Samples:
    """A drawing, (H, W, 4) uint8 or uint16 RGBA, with a layer of strokes over it; the same to the bit elsewhere."""
    made = np.empty_like(pixels)
    for top in range(0, len(pixels), _ROWS):
        check()
        rows = slice(top, top + _ROWS)
        made[rows] = pixels[rows]
        if layer[rows, :, 3].any():
            _lay(made[rows], layer[rows])
    return made


def _lay(made: Samples, layer: Pixels) -> None:
    touched = layer[..., 3] > 0
    most = float(np.iinfo(made.dtype).max)
    under, over = made[touched] / most, layer[touched] / 255.0
    above, below = over[:, 3:], under[:, 3:]
    alpha = above + below * (1 - above)
    colour = (over[:, :3] * above + under[:, :3] * below * (1 - above)) / alpha
    made[touched] = np.rint(np.concatenate([colour, alpha], axis=1) * most)


def _end(pixels: Pixels, ink: Ink, x: int, y: int, line_width: float) -> tuple[float, tuple[float, ...]] | None:
    """Width and colour of the line near a point; None where there is none."""
    reach = max(1, round(line_width))
    near = np.s_[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
    if not ink.lines[near].any():
        return None
    widest = max(_THINNEST, _WIDEST * line_width)
    width = float(np.clip(2 * _deepest(ink.lines, x, y, reach, ceil(widest / 2) + 2) - 0.5, _THINNEST, widest))
    covered = ink.coverage[near].astype(np.float64)
    full = covered >= covered.max() - 8
    colour = pixels[near][full].mean(axis=0)[:3]
    share = covered[full].mean() / 255
    if ink.paper is not None and share > 0:
        colour = np.clip((colour - np.array(ink.paper) * (1 - share)) / share, 0, 255)
    return width, tuple(float(v) for v in colour)


def _deepest(lines: Pixels, x: int, y: int, reach: int, rim: int) -> float:
    """How far from paper the ink goes within `reach` pixels of a point; what is deeper than `rim` is not told apart."""
    top, left = max(0, y - reach - rim), max(0, x - reach - rim)
    part = lines[top : y + reach + rim + 1, left : x + reach + rim + 1]
    deep = cv2.distanceTransform(np.ascontiguousarray(part), cv2.DIST_L2, 3)
    rows, columns = max(0, y - reach) - top, max(0, x - reach) - left
    return float(deep[rows : y + reach + 1 - top, columns : x + reach + 1 - left].max())


def _draw(layer: Pixels, stroke: Stroke) -> None:
    (x0, y0, x1, y1), (wide, far_wide) = stroke.place, stroke.width
    start, stop = np.array([x0 + 0.5, y0 + 0.5]), np.array([x1 + 0.5, y1 + 0.5])
    length = max(float(np.hypot(*(stop - start))), 1e-6)
    along = (stop - start) / length
    aside = np.array([-along[1], along[0]])
    # Into the lines at both ends, so that no nick stays between their rounded tips and the stroke.
    first, last = start - along * wide / 2, stop + along * far_wide / 2
    corners = [
        first + aside * wide / 2,
        last + aside * far_wide / 2,
        last - aside * far_wide / 2,
        first - aside * wide / 2,
    ]
    low = np.floor(np.min(corners, axis=0)).astype(int) - 1
    high = np.ceil(np.max(corners, axis=0)).astype(int) + 1
    low, high = np.maximum(low, 0), np.minimum(high, (layer.shape[1], layer.shape[0]))
    if (high <= low).any():
        return
    fine = np.zeros(((high[1] - low[1]) * _FINE, (high[0] - low[0]) * _FINE), np.uint8)
    outline = np.rint((np.array(corners) - low) * _FINE - 0.5).astype(np.int32)
    cv2.fillConvexPoly(fine, outline, (255,))
    alpha = cv2.resize(fine, (int(high[0] - low[0]), int(high[1] - low[1])), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]]
    share = np.clip(((x + 0.5 - start[0]) * along[0] + (y + 0.5 - start[1]) * along[1]) / length, 0, 1)[..., None]
    colour = np.array(stroke.colour[0]) * (1 - share) + np.array(stroke.colour[1]) * share
    patch = layer[low[1] : high[1], low[0] : high[0]]
    over = alpha > patch[..., 3]
    patch[over] = np.dstack([np.rint(colour).astype(np.uint8), alpha])[over]
