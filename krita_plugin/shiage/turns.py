"""Long work on the GUI thread in short turns, so that Krita stays smooth while layers are read and written.

Krita's API belongs to the GUI thread. Such work is a generator that yields None wherever it may pause, and a number of
seconds where it must: it runs for a few milliseconds, then Krita's event loop gets its turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

Turns = Generator[Any, None, Any]
BUDGET = 0.005  # seconds a turn
BREATH = 0.001  # seconds between two turns: at once would come before the artist's pen


class Runner:
    """Runs one generator. ``later(seconds, function)`` calls ``function`` from the event loop after that time."""

    def __init__(
        self,
        turns: Turns,
        later: Callable[[float, Callable[[], None]], None],
        on_done: Callable[[Any], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        self._turns: Turns | None = turns
        self._later = later
        self._on_done = on_done
        self._on_error = on_error
        self._later(0.0, self._turn)

    def stop(self) -> None:
        """Drop the work; neither callback comes any more."""
        if self._turns is not None:
            self._turns.close()
            self._turns = None

    def _turn(self) -> None:
        if self._turns is None:
            return
        end = time.perf_counter() + BUDGET
        pause = None
        try:
            while pause is None and time.perf_counter() < end:
                pause = next(self._turns)
        except StopIteration as finished:
            self._turns = None
            self._on_done(finished.value)
        except Exception as error:  # whatever it was, the user reads it in the docker
            self._turns = None
            self._on_error(error)
        else:
            self._later(pause or BREATH, self._turn)
