"""Many samples from several processes, the same ones however many processes there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import count as numbers
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

import cv2
import numpy as np

G = TypeVar("G")
T = TypeVar("T")


def sample_seed(seed: int, index: int) -> int:
    """The seed of sample `index` of the stream `seed`: a number below 2**31, unlike for nearly all indices."""
    return int(np.random.SeedSequence((seed, index)).generate_state(1)[0] >> 1)


def _one_thread() -> None:
    cv2.setNumThreads(1)


def stream(
    seed: int, count: int | None, make: Callable[[int], T], *, workers: int = 2, start: int = 0, ahead: int = 4
) -> Iterator[T]:
    """Yield make(sample_seed(seed, i)) for i = start .. start + count - 1, in this order; count=None never ends.

    make, workers, ahead: as `in_order` takes them.
    """
    indices = numbers(start) if count is None else range(start, start + count)
    return in_order(make, (sample_seed(seed, i) for i in indices), workers=workers, ahead=ahead)


def in_order(make: Callable[[G], T], given: Iterable[G], *, workers: int = 2, ahead: int = 4) -> Iterator[T]:
    """Yield make(one) for each that is given, in this order.

    make must be a module's function (or a functools.partial of one), so that a fresh process can import it. workers=0
    works in this process. ahead: samples kept ready for each worker; it bounds the memory. An exception of make is
    raised here.
    """
    if workers <= 0:
        yield from map(make, given)
        return
    # Fresh processes: a fork of one whose torch has started threads hangs.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _one_thread)
    waiting: deque[Future[T]] = deque()
    rest = iter(given)
    try:
        while True:
            waiting.extend(pool.submit(make, one) for one in islice(rest, workers * ahead - len(waiting)))
            if not waiting:
                return
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
