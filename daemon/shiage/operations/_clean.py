"""The clean lines of a picture: what `clean-up` and `clean-up-strokes` share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..craft.bridging import bridge
from ..craft.ink import Ink
from ..craft.vectorize import Line, LineArt, draw, vectorize
from ..errors import BadInput
from ..nets.clean_up import Reading, line_reader
from ..spec import Work
from ..values import Colour, StrokeMaterial
from ..values.srgb import to_linear

_FAINTEST, _SUREST = 0.06, 0.94  # what a line must reach somewhere, at no and at full strength
_THIN = 0.12  # of a line's width, lost where strokes are seen as wide as the reader shows any ...
_USUAL, _WIDEST = 4.2, 5.5  # ... pixels; up to the first of these nothing is lost
_ROWS = 256  # written between two checks
_INK = 92  # coverage (of 255) from which a pixel is line, as where drawings come as pictures

Pixels = NDArray[np.uint8]


class Wish(NamedTuple):
    """How lines are cleaned; lengths in pixels of the picture, None = automatic. `coloured`: auto, keep, leave-out."""

    strength: float
    width: float | None
    detail: float | None
    gap: float | None
    coloured: str
    colour: Colour


@dataclass(frozen=True, eq=False)
class Clean:
    """`art`: in pixels of the picture. `layer`: (H, W, 4) uint8 RGBA, the lines alone."""

    art: LineArt
    layer: Pixels
    facts: dict[str, Any]


def clean(pixels: Pixels, wish: Wish, work: Work) -> Clean:
    """The clean lines of (H, W, 4) uint8 RGBA. BadInput for bare paper, and where there is nothing like a line."""
    work.progress(0.0, "reading lines")
    reading = line_reader().read(
        pixels,
        coloured={"keep": True, "leave-out": False}.get(wish.coloured),
        check=work.check,
        progress=lambda done, stage: work.progress(0.6 * done, stage),
    )
    work.progress(0.6, "drawing strokes")
    art = _drawn(reading, wish, work)
    if not (art.lines or art.blacks):
        raise BadInput(
            "There is nothing like a line in this drawing.", hint="Lower the strength, or the shortest line."
        )
    coverage = draw(art, (pixels.shape[0], pixels.shape[1]), work.check)
    layer = _layer(coverage, wish.colour, work)
    work.progress(0.75, "closing gaps")
    art, layer, mended = _closed(art, coverage, layer, wish.gap, work)
    facts = {
        "pen_width": round(reading.pen, 2),
        "line_width": round(art.width, 2),
        "lines": len(art.lines),
        "points": sum(len(line.points) for line in art.lines),
        "black_areas": len(art.blacks),
        "gaps": mended,
    }
    return Clean(art, layer, facts)


def ink_of(colour: Colour) -> StrokeMaterial:
    """Lines of this colour."""
    red, green, blue = to_linear(np.array([colour.red, colour.green, colour.blue]) / 255)
    return StrokeMaterial("Ink", line=(float(red), float(green), float(blue), colour.alpha / 255))


def _drawn(reading: Reading, wish: Wish, work: Work) -> LineArt:
    across, down = reading.scale
    sure = _FAINTEST + (_SUREST - _FAINTEST) * wish.strength
    shortest = 3 * reading.pen if wish.detail is None else wish.detail
    planes = reading.line, reading.middle, reading.solid
    pen = reading.pen * across * 2 * wish.strength
    art = vectorize(*planes, sure=sure, shortest=shortest * across, pen=pen, check=work.check)
    art = art.scaled(1 / across, 1 / down)
    return _as_wide(art, art.width * _thinned(reading.pen * across) if wish.width is None else wish.width)


def _thinned(pen: float) -> float:
    """Times by which lines are told too thin where strokes are seen `pen` pixels wide: few were so wide in training."""
    return 1 + _THIN * min(max((pen - _USUAL) / (_WIDEST - _USUAL), 0.0), 1.0)


def _as_wide(art: LineArt, width: float) -> LineArt:
    by = width / art.width
    lines = [replace(line, width=line.width * by) for line in art.lines]
    return LineArt(lines, art.blacks, width)


def _layer(coverage: Pixels, colour: Colour, work: Work) -> Pixels:
    layer = np.empty((*coverage.shape, 4), np.uint8)
    for top in range(0, len(coverage), _ROWS):
        work.check()
        rows = slice(top, top + _ROWS)
        layer[rows, :, :3] = (colour.red, colour.green, colour.blue)
        layer[rows, :, 3] = coverage[rows] if colour.alpha == 255 else np.rint(coverage[rows] * (colour.alpha / 255))
    return layer


def _closed(
    art: LineArt, coverage: Pixels, layer: Pixels, gap: float | None, work: Work
) -> tuple[LineArt, Pixels, list[dict[str, Any]]]:
    """Line art and layer with their gaps mended, and where."""
    if gap == 0:
        return art, layer, []
    lines = np.empty_like(coverage)
    for top in range(0, len(coverage), _ROWS):
        work.check()
        rows = slice(top, top + _ROWS)
        cv2.threshold(coverage[rows], _INK - 1, 1, cv2.THRESH_BINARY, lines[rows])
    ink = Ink(coverage, lines, None)
    closed = bridge(layer, ink, gap, work.check, lambda done, stage: work.progress(0.75 + 0.2 * done, stage))
    if not closed.strokes:
        return art, layer, []
    added = [
        Line(np.array(stroke.place, np.float64).reshape(2, 2) + 0.5, np.array(stroke.width, np.float64))
        for stroke in closed.strokes
    ]
    mended = np.asarray(closed.on(layer, work.check), np.uint8)
    return replace(art, lines=[*art.lines, *added]), mended, closed.listed()
