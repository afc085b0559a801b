"""Waiting for the disk together: one sync serves all who asked before it began."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Together:
    """``act`` for many callers at once. A call returns when an ``act`` that began after it has ended.

    One of those who wait carries it out for all; where it raises, that one meets the error and the next tries for
    itself.
    """

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._condition = threading.Condition()
        self._begun = 0
        self._ended = 0
        self._running = False

    def __call__(self) -> None:
        """Wait for it."""
        with self._condition:
            # The one that runs now may have begun before what the caller wants synced.
            wanted = self._begun + 1
            while self._running and self._ended < wanted:
                self._condition.wait()
            if self._ended >= wanted:
                return
            self._running = True
            self._begun += 1
            mine = self._begun
        done = False
        try:
            self._act()
            done = True
        finally:
            with self._condition:
                self._running = False
                if done:
                    self._ended = mine
                self._condition.notify_all()
