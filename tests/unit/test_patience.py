"""Waiting that can be broken off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from shiage.craft.patience import patiently
from shiage.errors import Cancelled


def test_what_is_found_or_fails_comes_out() -> None:
    assert patiently(lambda look: [look(), 5][1], lambda: None) == 5
    with pytest.raises(ZeroDivisionError):
        patiently(lambda look: 1 // 0, lambda: None)


def test_a_cancel_does_not_wait_for_what_never_looks_up() -> None:
    goes_on, told, ended = threading.Event(), threading.Event(), threading.Event()

    def check() -> None:
        if told.is_set():
            raise Cancelled

    def stubborn(look: Callable[[], None]) -> None:
        told.set()
        goes_on.wait(30)
        try:
            look()
        finally:
            ended.set()

    with pytest.raises(Cancelled):
        patiently(stubborn, check)
    # It is still at it; when it does look up it is told.
    assert not ended.is_set()
    told.clear()
    goes_on.set()
    assert ended.wait(30)


def test_an_interrupted_wait_stops_the_work() -> None:
    ended = threading.Event()
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked == 3 and threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt

    def long(look: Callable[[], None]) -> None:
        try:
            while True:
                look()
                time.sleep(0.001)
        except Cancelled:
            ended.set()

    with pytest.raises(KeyboardInterrupt):
        patiently(long, lambda: check() if threading.current_thread() is threading.main_thread() else None)
    assert ended.wait(30)
