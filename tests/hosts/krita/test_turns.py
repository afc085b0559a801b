"""Long work in short turns, in any Python: it pauses, ends, fails and is stopped as it should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .conftest import Load


def test_turns_pause_and_finish(load: Load) -> None:
    turns = load("turns")
    waiting: list[Any] = []
    done: list[Any] = []

    def work() -> Iterator[float | None]:
        yield None
        yield 0.5
        yield None
        return 7

    turns.Runner(work(), lambda seconds, call: waiting.append((seconds, call)), done.append, done.append)
    seen = []
    while waiting:
        seconds, call = waiting.pop(0)
        seen.append(seconds)
        call()
    assert done == [7]
    assert seen == [0.0, 0.5]


def test_turns_hand_over_what_went_wrong_and_stop(load: Load) -> None:
    turns = load("turns")
    waiting: list[Any] = []
    failed: list[Any] = []

    def broken() -> Iterator[None]:
        yield
        raise KeyError("gone")

    turns.Runner(broken(), lambda _, call: waiting.append(call), failed.append, failed.append)
    waiting.pop()()
    assert isinstance(failed[0], KeyError)
    runner = turns.Runner(broken(), lambda _, call: waiting.append(call), failed.append, failed.append)
    runner.stop()
    waiting.pop()()
    assert len(failed) == 1


def test_work_that_is_stopped_within_its_own_turn_ends_after_it(load: Load) -> None:
    turns = load("turns")
    waiting: list[Any] = []
    ended: list[Any] = []
    told: list[str] = []

    def later(_: float, call: Any) -> None:
        waiting.append(call)

    def work() -> Iterator[None]:
        try:
            first.stop()  # as in an event loop of Krita's own
            other.append(turns.Runner(second(), later, ended.append, ended.append))
            waiting.pop()()
            told.append("still mine")
            yield
            told.append("too far")
        finally:
            told.append("closed")

    def second() -> Iterator[None]:
        told.append("second")
        yield

    other: list[Any] = []
    first = turns.Runner(work(), later, ended.append, ended.append)
    waiting.pop(0)()
    assert told == ["still mine", "closed"]
    assert turns.under_way()
    while waiting:
        waiting.pop(0)()
    assert told == ["still mine", "closed", "second"]
    assert ended == [None]
    assert not turns.under_way()
