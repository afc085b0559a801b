"""The engine that a flag names."""

from __future__ import annotations

import os

from ..errors import BadParameters, Problem
from ..values.limits import MOST_PIXELS
from .engine import Engine
from .house import GIB, House
from .local import LocalEngine


def check_engine(text: str) -> str:
    """``text`` itself if it names an engine: ``local``, ``ray`` or ``ray=ADDRESS``; BadParameters otherwise."""
    kind, equals, address = text.partition("=")
    if text == "local" or (kind == "ray" and bool(equals) == bool(address)):
        return text
    raise BadParameters((Problem("engine", f"is local, ray or ray=ADDRESS, not '{text}'."),))


def engine_for_daemon(
    text: str, house: House, workers: int, worker_bytes: int = 4 * GIB, most_pixels: int = MOST_PIXELS
) -> Engine:
    """For jobs that artists wait for: told step by step, one at a time a worker, one worker kept free of batches."""
    kind, _, address = check_engine(text).partition("=")
    if kind == "local":
        return LocalEngine(house, workers, worker_bytes, most_pixels)
    from .cluster import RayEngine

    return RayEngine(house, address, workers, most_pixels, keep_free=True)


def engine_for_batch(text: str, house: House, workers: int, operation: str, *, together: bool = True) -> Engine:
    """For the frames of a shot: nobody watches their progress; a worker of a cluster has some ahead.

    ``together``: all workers are at work all the time, so that none has more than its share of the processors.
    """
    kind, _, address = check_engine(text).partition("=")
    if kind == "local":
        share = max(1, (os.cpu_count() or 1) // workers)
        return LocalEngine(house, workers, only=operation, threads=share if together else 0)
    from .cluster import SHARD, RayEngine

    return RayEngine(house, address, workers, shard=SHARD, news=False, only=operation)
