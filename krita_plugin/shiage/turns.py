"""Long work on the GUI thread in short turns, so that Krita stays smooth while layers are read and written.

Krita's API belongs to the GUI thread. Such work is a generator that yields None wherever it may pause, and a number of
seconds where it must: it runs for a few milliseconds, then Krita's event loop gets its turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

Turns = Generator[Any, None, Any]
BUDGET = 0.005  # seconds a turn
BREATH = 0.001  # seconds between two turns: at once would come before the artist's pen
_under_way: set[Runner] = set()


def under_way() -> bool:
    """Whether any work is."""
    return bool(_under_way)


def stop_all() -> None:
    """Drop all work."""
    for runner in list(_under_way):
        runner.stop()


class Runner:
    """Runs one generator. ``later(seconds, function)`` calls ``function`` from the event loop after that time.

    Some of Krita's calls wait in an event loop of their own, so that anything may happen within a turn: work that is
    stopped then ends after that turn, and other work waits for the turn's end.
    """

    _on_turn = False

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
        _under_way.add(self)
        self._later(0.0, self._turn)

    def stop(self) -> None:
        """Drop the work; neither callback comes any more."""
        turns = self._dropped()
        if turns is not None and not turns.gi_running:
            turns.close()

    def _dropped(self) -> Turns | None:
        _under_way.discard(self)
        turns, self._turns = self._turns, None
        return turns

    def _turn(self) -> None:
        turns = self._turns
        if turns is None:
            return
        if Runner._on_turn:
            self._later(BREATH, self._turn)
            return
        end = time.perf_counter() + BUDGET
        pause, over = None, None
        Runner._on_turn = True
        try:
            while pause is None and self._turns is not None and time.perf_counter() < end:
                pause = next(turns)
        except StopIteration as finished:
            over = partial(self._on_done, finished.value)
        except Exception as error:  # whatever it was, the user reads it in the docker
            over = partial(self._on_error, error)
        finally:
            Runner._on_turn = False
        if self._turns is None:
            turns.close()
        elif over is not None:
            self._dropped()
            over()
        else:
            self._later(pause or BREATH, self._turn)
