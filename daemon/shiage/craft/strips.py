"""Work in parts: whole-image passes run strip by strip, and what is done for each of several things one by one, so that
they use two threads and can be stopped in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

Check = Callable[[], None]
"""Called often; raises to stop the work (a cancelled job)."""

Progress = Callable[[float, str], None]
"""Called with the share done (0..1) and a word for the stage."""

THREADS = 2


class _Use:
    """What this process takes: more threads than it has processors to itself only get in each other's way."""

    threads = THREADS


def use_threads(threads: int) -> None:
    """From now on this process runs parts in so many threads, THREADS at most."""
    _Use.threads = max(1, min(threads, THREADS))


_STRIP_PIXELS = 1 << 22
_WORTH_A_THREAD = 1 << 18


def never_stop() -> None:
    """The check of a caller that does not cancel."""


def no_progress(_done: float, _stage: str) -> None:
    """The progress of a caller that does not watch."""


def over_strips(work: Callable[[int, int], T], height: int, width: int, check: Check = never_stop) -> list[T]:
    """Run `work(first_row, end_row)` over all rows in two threads, `check` between strips; the results from the top.

    The strips are the same however many threads there are.

    `work` must release the GIL (a kernel, or OpenCV) and write only to what belongs to its rows.
    """
    if height * width < _WORTH_A_THREAD:
        check()
        return [work(0, height)]
    rows = max(1, min(_STRIP_PIXELS // width, -(-height // THREADS)))
    parts = [(top, min(top + rows, height)) for top in range(0, height, rows)]
    results: list[T] = []
    if _Use.threads == 1:
        for part in parts:
            check()
            results.append(work(*part))
        check()
        return results
    with ThreadPoolExecutor(THREADS) as pool:
        for first in range(0, len(parts), THREADS):
            check()
            running = [pool.submit(work, *part) for part in parts[first : first + THREADS]]
            results += [done.result() for done in running]
    check()
    return results


def at_once(one: Callable[[], S], other: Callable[[], T], check: Check = never_stop) -> tuple[S, T]:
    """What two works give, `one` in this thread and `other` in another, `check` before them. As :func:`over_each`."""
    if _Use.threads == 1:
        check()
        first = one()
        check()
        return first, other()
    check()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(other)
        first = one()
        return first, running.result()


def over_each(work: Callable[[S], T], things: Iterable[S], check: Check = never_stop) -> list[T]:
    """Run `work(thing)` for each thing in two threads, `check` before each; the results in the things' order.

    `work` must release the GIL most of the time (kernels, OpenCV, large arrays), and write only to what belongs to its
    thing: then the results are the same however many threads there are.
    """

    def one(thing: S) -> T:
        check()
        return work(thing)

    every = list(things)
    if _Use.threads == 1 or len(every) < 2:
        return [one(thing) for thing in every]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, every))  # the first that raises stops those not begun
