"""Large pictures in bands: short enough that a cancelled job stops at once, each spread over two threads."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from ..strips import over_strips
from ._types import Check, never_stop

_BAND = 1 << 20  # pixels


def over_bands(
    work: Callable[[int, int], None], height: int, width: int, check: Check = never_stop, pixels: int = _BAND
) -> None:
    """As :func:`shiage.craft.strips.over_strips`, with a check at least every ``pixels`` pixels."""
    rows = max(1, pixels // max(width, 1))
    for top in range(0, height, rows):
        check()
        _band(work, top, min(rows, height - top), width)
    check()


def _band(work: Callable[[int, int], None], top: int, rows: int, width: int) -> None:
    over_strips(lambda first, end: work(top + first, top + end), rows, width)


def enlarged(picture: NDArray[np.uint8], size: tuple[int, int], check: Check = never_stop) -> NDArray[np.uint8]:
    """(h, w, c) uint8 between its pixels at a larger ``size``, width and height."""
    w, h = size
    wide = np.asarray(cv2.resize(picture, (w, picture.shape[0]), interpolation=cv2.INTER_LINEAR), np.uint8)
    made = np.empty((h, *wide.shape[1:]), np.uint8)
    # Where each row lies in the small picture, and how much of the next row it has.
    place = np.clip((np.arange(h) + 0.5) * (len(wide) / h) - 0.5, 0, len(wide) - 1)
    above = place.astype(np.int64)

    def fill(top: int, bottom: int) -> None:
        for y in range(top, bottom):
            below, share = min(above[y] + 1, len(wide) - 1), place[y] - above[y]
            cv2.addWeighted(wide[above[y]], 1 - share, wide[below], share, 0, made[y])

    over_bands(fill, h, w, check)
    return made
