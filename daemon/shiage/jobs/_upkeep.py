"""What goes on beside the jobs: results onto the disk, old blobs out."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from ..errors import ShiageError, TooLarge
from .house import Limits
from .spool import GRACE, Spool
from .store import Store

log = logging.getLogger(__name__)

EVERY = 60.0
DRAFT_AGE = 2 * GRACE


class Upkeep:
    """Two threads of the daemon. ``tick`` is called now and then."""

    def __init__(self, spool: Spool, store: Store, limits: Limits, tick: Callable[[], None]) -> None:
        self._spool = spool
        self._store = store
        self._limits = limits
        self._tick = tick
        self._settling: queue.SimpleQueue[tuple[str, Sequence[str]] | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._room = threading.Lock()
        self.used = 0
        # What was announced and is not here yet; a sweep does not see it.
        self._coming = 0
        self._threads = [
            threading.Thread(target=self._settle, name="settle", daemon=True),
            threading.Thread(target=self._keep_up, name="upkeep", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        self.used = self._spool.used()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is being settled, then end."""
        self._stopped.set()
        self._settling.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def settle(self, job: str, hashes: Sequence[str]) -> None:
        """See to it, by and by, that the disk has these blobs; ``job`` (may be empty) is then noted as settled."""
        self._settling.put((job, hashes))

    def admit(self, size: int) -> None:
        """TooLarge where ``size`` more bytes have no room in the spool, old blobs dropped."""
        with self._room:
            if not self._fits(size):
                self.sweep(self._coming + size)
            if not self._fits(size):
                cap = self._limits.spool_bytes
                raise TooLarge(
                    f"There is no room for {size >> 20} MiB: the spool holds {self.used >> 20} of {cap >> 20} MiB, "
                    f"{self._coming >> 20} MiB more are on their way, "
                    f"and its disk has {self._spool.free() >> 20} MiB free.",
                    hint="Wait for running jobs, give the daemon more with --spool-gib, or make room on the disk.",
                )
            self._coming += size

    def arrived(self, size: int) -> None:
        """What was admitted is here."""
        with self._room:
            self._coming -= size
            self.used += size

    def release(self, size: int) -> None:
        """What was admitted did not come."""
        with self._room:
            self._coming -= size

    def sweep(self, coming: int = 0) -> None:
        """Drop what is too old or too much, with room for ``coming`` more bytes."""
        now = time.time()
        kept_from = now - self._limits.age
        forgotten = self._store.forget(kept_from)
        # Later than their blobs' own grace, so that what is forgotten can go at once.
        self._spool.drop(self._store.forget_drafts(now - DRAFT_AGE), now)
        before = self.used
        cap = max(self._limits.spool_bytes - coming, 0)
        self.used = self._spool.sweep(self._store.pinned(kept_from), cap, self._limits.age, now)
        if forgotten or self.used < before:
            log.info("swept", extra={"jobs": forgotten, "bytes_before": before, "bytes": self.used})

    def _fits(self, size: int) -> bool:
        coming = self._coming + size
        over = self.used + coming > self._limits.spool_bytes
        return not over and self._spool.free() >= coming + self._limits.free_bytes

    def _settle(self) -> None:
        while (item := self._settling.get()) is not None:
            job, hashes = item
            try:
                self._spool.settle(hashes)
                if job:
                    self._store.settle(job)
            except (ShiageError, OSError) as error:
                # It stays unsettled: the next start looks whether the disk has it.
                log.warning("a result is not settled", extra={"job": job, "why": str(error)})

    def _keep_up(self) -> None:
        while not self._stopped.wait(EVERY):
            try:
                with self._room:
                    self.sweep()
                self._tick()
            except Exception:
                log.exception("upkeep failed")
