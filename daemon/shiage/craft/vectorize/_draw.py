"""Strokes as pixels again."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..capsules import draw_capsules
from ..strips import Check, never_stop
from ._lines import LineArt

_SUBPIXEL = 4  # bits, of a filled area's points
_TOGETHER = 256  # pieces that are drawn between two checks
_THINNEST = 0.5  # pixels of radius


def draw(art: LineArt, shape: tuple[int, int], check: Check = never_stop) -> npt.NDArray[np.uint8]:
    """(H, W) coverage of line art, 255 = full ink."""
    picture = np.zeros(shape, np.uint8)
    for rings in art.blacks:
        check()
        _fill(picture, rings)
    if not art.lines:
        return picture
    points = np.concatenate([line.points for line in art.lines])
    radius = np.maximum(np.concatenate([line.width for line in art.lines]) / 2, _THINNEST)
    pieces = pieces_of([len(line.points) for line in art.lines], [line.closed for line in art.lines])
    for first in range(0, len(pieces), _TOGETHER):
        check()
        draw_capsules(points, radius, np.ascontiguousarray(pieces[first : first + _TOGETHER]), picture)
    return picture


def pieces_of(counts: list[int], closed: list[bool]) -> npt.NDArray[np.int64]:
    """(m, 2) pairs of points that are joined, for strokes with so many points one after the other."""
    ends = np.cumsum(counts)
    following = np.arange(int(ends[-1])) + 1
    ring = np.array(closed)
    following[ends - 1] = np.where(ring, ends - counts, ends - 1)
    return np.stack([np.arange(int(ends[-1])), following], 1).astype(np.int64)


def _fill(picture: npt.NDArray[np.uint8], rings: list[npt.NDArray[np.float64]]) -> None:
    placed = [np.rint((ring - 0.5) * (1 << _SUBPIXEL)).astype(np.int32) for ring in rings]
    cv2.fillPoly(picture, placed, (255,), cv2.LINE_AA, _SUBPIXEL)
