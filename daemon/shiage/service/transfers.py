"""The uploads and downloads that go on: so many at once, and none that stands still."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from ..errors import TooLarge

log = logging.getLogger(__name__)


class Transfer:
    """One of them. ``moved``: call it whenever bytes went through."""

    def __init__(self, context: grpc.ServicerContext) -> None:
        self.context = context
        self.since = time.monotonic()

    def moved(self) -> None:
        """It does not stand still."""
        self.since = time.monotonic()


class Transfers:
    """At most ``places`` at once. One whose other side moves nothing for ``patience`` seconds is ended.

    A caller that holds a connection and sends or reads no more would keep its place, its thread and the room for what
    it announced for ever.
    """

    def __init__(self, places: int, patience: float) -> None:
        self._places = places
        self._patience = patience
        self._going: set[Transfer] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._watch, name="transfers", daemon=True).start()

    @contextmanager
    def one(self, context: grpc.ServicerContext) -> Iterator[Transfer]:
        """A place; TooLarge where all are taken."""
        transfer = Transfer(context)
        with self._lock:
            if len(self._going) >= self._places:
                raise TooLarge(f"{self._places} transfers go on already.", hint="Try again when one of them has ended.")
            self._going.add(transfer)
        try:
            yield transfer
        finally:
            with self._lock:
                self._going.discard(transfer)

    def _watch(self) -> None:
        while True:
            time.sleep(min(self._patience / 4, 5.0))
            before = time.monotonic() - self._patience
            with self._lock:
                still = [transfer for transfer in self._going if transfer.since < before]
            for transfer in still:
                log.warning("a transfer stood still: it is ended", extra={"peer": transfer.context.peer()})
                transfer.context.cancel()  # type: ignore[no-untyped-call]  # its stub says no types
