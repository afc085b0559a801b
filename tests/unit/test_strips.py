"""Work in two threads comes out as if one had done it, and ends when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from shiage.craft import strips


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = strips._Use.threads
    strips.use_threads(request.param)
    yield request.param
    strips.use_threads(before)


def test_results_come_in_the_order_of_the_things(threads: int) -> None:
    ran = set()

    def work(n: int) -> int:
        ran.add(threading.get_ident())
        return n * n

    assert strips.over_each(work, iter(range(50))) == [n * n for n in range(50)]
    assert strips.over_each(work, []) == []
    assert (ran == {threading.get_ident()}) == (threads == 1)


def test_the_first_that_fails_is_told_and_the_rest_is_not_begun(threads: int) -> None:
    begun = []

    def work(n: int) -> None:
        begun.append(n)
        raise ValueError(str(n))

    with pytest.raises(ValueError, match="0"):
        strips.over_each(work, range(1000))
    assert len(begun) < 1000


def test_a_check_that_raises_stops_it(threads: int) -> None:
    done: list[int] = []

    def check() -> None:
        if len(done) >= 10:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        strips.over_each(done.append, range(1000), check)
    assert len(done) <= 10 + threads


def test_two_works_at_once_give_both_and_the_first_s_error(threads: int) -> None:
    ran = []

    def work(n: int) -> int:
        ran.append(threading.get_ident())
        return n

    assert strips.at_once(lambda: work(1), lambda: work(2)) == (1, 2)
    assert len(set(ran)) == threads

    def failing(word: str) -> None:
        raise ValueError(word)

    with pytest.raises(ValueError, match="one"):
        strips.at_once(lambda: failing("one"), lambda: failing("two"))
    with pytest.raises(ValueError, match="two"):
        strips.at_once(lambda: None, lambda: failing("two"))


def test_two_works_are_not_begun_that_a_check_stops(threads: int) -> None:
    begun: list[int] = []

    def check() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        strips.at_once(lambda: begun.append(1), lambda: begun.append(2), check)
    assert not begun
