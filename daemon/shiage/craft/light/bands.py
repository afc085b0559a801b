"""Large pictures in bands: short enough that a cancelled job stops at once, each spread over two threads."""

from __future__ import annotations

from collections.abc import Callable

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
