"""Tell the ink of a drawing from its paper, whatever the paper's colour and however the lines are stored."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import BadInput
from .kernel import kernel
from .paper import NO_LINES, FloatArray, PixelArray, find_paper
from .strips import Check, never_stop, over_strips

# A pixel is line when it has this share of the strongest ink near it. Below one half, so that a thin anti-aliased line
# which runs between two pixel rows (half its ink in each) stays in one piece.
_EDGE = 0.36
_VEIL = 0.5  # of the least coverage that is ink: what grain makes


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink of a drawing.

    coverage: (H, W) uint8, 0 = bare paper .. 255 = full ink; linear in the ink's distance from the paper's colour.
    lines: (H, W) uint8, 1 where there is ink and 0 where there is paper.
    paper: the paper's colour, (red, green, blue) 0..255; None where lines stand alone on a transparent layer.
    """

    coverage: npt.NDArray[np.uint8]
    lines: npt.NDArray[np.uint8]
    paper: tuple[int, int, int] | None


def read_ink(pixels: PixelArray, check: Check = never_stop) -> Ink:
    """Separate ink from paper.

    pixels: (H, W) grey, or (H, W, C) grey + alpha, RGB or RGBA; uint8 or uint16; alpha not premultiplied.
    Raises BadInput for an empty picture, one that is bare paper, or an array of another kind.
    """
    paper = find_paper(pixels)
    image = pixels[:, :, None] if pixels.ndim == 2 else pixels
    height, width, channels = image.shape
    colours = 0 if paper.lines_in_alpha else channels - (channels in (2, 4))
    alpha = channels - 1 if channels in (2, 4) else -1
    # Stretched along the rows here and down the columns in the kernel, so that no full-size field is ever held.
    field = np.zeros((0, width, channels), np.float32)
    if paper.field.size:
        field = np.atleast_3d(cv2.resize(paper.field, (width, paper.field.shape[0]))).astype(np.float32)
    gain = np.float32(paper.gain)
    coverage = np.empty((height, width), np.uint8)

    def cover(top: int, bottom: int) -> None:
        _cover(image, paper.colour, field, colours, alpha, gain, top, bottom, coverage)

    over_strips(cover, height, width, check)
    if paper.restless:
        cv2.LUT(coverage, _without_veil(paper.floor), coverage)
        check()
    lines = _threshold(coverage, paper.floor)
    check()
    if not lines.any():
        raise BadInput("The drawing has no lines: it is of one tone all over.", hint=NO_LINES)
    return Ink(coverage, lines, None if paper.lines_in_alpha else paper.rgb)


def _without_veil(floor: int) -> npt.NDArray[np.uint8]:
    """(256,) what becomes of coverage on a scan's paper: nothing of grain, all from the floor on, between them some."""
    veil = _VEIL * floor
    soft = (np.arange(256) - veil) * (floor / (floor - veil))
    return np.where(np.arange(256) < floor, np.clip(soft, 0, 255), np.arange(256)).astype(np.uint8)


def _threshold(coverage: npt.NDArray[np.uint8], floor: int) -> npt.NDArray[np.uint8]:
    """Line where coverage reaches a share of the strongest ink near by: faint lines stay whole, ringing does not."""
    reach = max(7, max(coverage.shape) // 256) | 1
    strongest = cv2.dilate(coverage, np.ones((reach, reach), np.uint8))
    cv2.convertScaleAbs(strongest, strongest, alpha=_EDGE)
    np.maximum(strongest, np.uint8(floor), out=strongest)
    lines = cv2.compare(coverage, strongest, cv2.CMP_GE)
    return np.asarray(np.bitwise_and(lines, 1, out=lines), np.uint8)


@kernel
def _cover(
    image: PixelArray,
    colour: FloatArray,
    field: FloatArray,
    colours: int,
    alpha: int,
    gain: np.float32,
    top: int,
    bottom: int,
    out: npt.NDArray[np.uint8],
) -> None:
    """Coverage of rows top..bottom: the largest channel difference from the paper, times alpha, times gain."""
    height, width = out.shape
    cells = field.shape[0]
    for y in range(top, bottom):
        place = min(max((y + 0.5) * cells / height - 0.5, 0.0), max(cells - 1.0, 0.0))
        above = int(place)
        below = min(above + 1, cells - 1)
        share = np.float32(place - above)
        for x in range(width):
            value = np.float32(255.0 if colours == 0 else 0.0)
            for c in range(colours):
                paper = colour[c]
                if cells:
                    paper = field[above, x, c] + share * (field[below, x, c] - field[above, x, c])
                value = max(value, abs(np.float32(image[y, x, c]) - paper))
            if alpha >= 0:
                value *= np.float32(image[y, x, alpha])
            out[y, x] = np.uint8(min(value * gain, np.float32(255.0)) + np.float32(0.49))
