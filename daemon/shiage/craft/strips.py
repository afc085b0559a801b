"""Row strips: the unit in which whole-image passes run, so that they use two threads and can be cancelled between strips."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

Check = Callable[[], None]
"""Called often; raises to stop the work (a cancelled job)."""

Progress = Callable[[float, str], None]
"""Called with the share done (0..1) and a word for the stage."""

THREADS = 2
_STRIP_PIXELS = 1 << 21


def never_stop() -> None:
    """The check of a caller that does not cancel."""


def no_progress(_done: float, _stage: str) -> None:
    """The progress of a caller that does not watch."""


def strips(height: int, width: int) -> list[tuple[int, int]]:
    """Cut rows 0..height into (first, last + 1) strips of about two million pixels, at least one strip per thread."""
    rows = max(1, min(_STRIP_PIXELS // max(width, 1), -(-height // THREADS)))
    return [(top, min(top + rows, height)) for top in range(0, height, rows)]


def over_strips(work: Callable[[int, int], None], height: int, width: int, check: Check = never_stop) -> None:
    """Run `work(first_row, end_row)` over all strips in two threads; `check` runs in the calling thread between them.

    `work` must release the GIL (a numba kernel with nogil, or OpenCV) and touch only what belongs to its rows.
    """
    parts = strips(height, width)
    if height * width < _STRIP_PIXELS // 8:
        for top, bottom in parts:
            work(top, bottom)
        check()
        return
    with ThreadPoolExecutor(THREADS) as pool:
        for first in range(0, len(parts), THREADS):
            check()
            for done in [pool.submit(work, *part) for part in parts[first : first + THREADS]]:
                done.result()
    check()
