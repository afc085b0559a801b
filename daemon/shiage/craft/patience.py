"""Waiting for something long in a way that can be broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from ..errors import Cancelled

T = TypeVar("T")
Check = Callable[[], None]

_LOOKS = 0.04  # seconds between two looks


def patiently(work: Callable[[Check], T], check: Check) -> T:
    """What ``work`` gives, or raises. It runs in a thread of its own while ``check`` is asked again and again.

    Where ``check`` raises, or the waiting thread is interrupted, that comes out at once; what the other finds is
    dropped. So ``work`` must change nothing that others see. It gets a check of its own, which raises from then on: the
    more often it asks, the sooner it ends.
    """
    check()
    found: list[T] = []
    failed: list[BaseException] = []
    left = threading.Event()

    def look() -> None:
        if left.is_set():
            raise Cancelled
        check()

    def run() -> None:
        try:
            found.append(work(look))
        except BaseException as error:  # it is the waiting thread's to deal with
            failed.append(error)

    # Python waits for it before it ends: what runs in native code then would take the process down with it.
    thread = threading.Thread(target=run, name="patient")
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_LOOKS)
            check()
    except BaseException:
        left.set()
        raise
    if failed:
        raise failed[0]
    return found[0]
