"""Many samples from several processes, the same ones however many processes there are."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.pool import AsyncResult
from typing import TypeVar

import cv2
import numpy as np

T = TypeVar("T")


def sample_seed(seed: int, index: int) -> int:
    """The seed of sample `index` of the stream `seed`: a number below 2**31, unlike for nearly all indices."""
    return int(np.random.SeedSequence((seed, index)).generate_state(1)[0] >> 1)


def _one_thread() -> None:
    cv2.setNumThreads(1)


def stream(
    seed: int, count: int | None, make: Callable[[int], T], *, workers: int = 2, start: int = 0, ahead: int = 4
) -> Iterator[T]:
    """Yield make(sample_seed(seed, i)) for i = start .. start + count - 1, in this order.

    make must be a module's function (or a functools.partial of one), so that a fresh process can import it. count=None
    never ends. workers=0 works in this process. ahead: samples kept ready for each worker; it bounds the memory. An
    exception of make is raised here.
    """
    if workers <= 0:
        i = start
        while count is None or i < start + count:
            yield make(sample_seed(seed, i))
            i += 1
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, initializer=_one_thread) as pool:
        waiting: deque[AsyncResult[T]] = deque()
        i = start
        while True:
            while len(waiting) < workers * ahead and (count is None or i < start + count):
                waiting.append(pool.apply_async(make, (sample_seed(seed, i),)))
                i += 1
            if not waiting:
                return
            yield waiting.popleft().get()
