"""A worker of a Ray cluster, seen from the driver: its line of jobs, and a thread that hears what it tells."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from ..errors import Broken, NotReady, ShiageError
from ._actor import About, Begun, Done, Told
from ._messages import Begin
from .engine import Assignment, Slot
from .local import CANCEL_GRACE, later

log = logging.getLogger(__name__)


class Driver(Protocol):
    """Who keeps the workers and hears of them."""

    @property
    def ray(self) -> Any:
        """The module, joined to a cluster."""

    @property
    def lock(self) -> threading.RLock:
        """Guards every worker's line."""

    @property
    def news(self) -> bool:
        """Whether progress is wanted."""

    @property
    def stopping(self) -> bool:
        """Whether the end is near."""

    def ready(self, about: About) -> None:
        """A worker has loaded the operations."""

    def unfit(self, error: ShiageError) -> None:
        """A worker can't be started."""

    def told(self, running: Assignment, what: Told) -> None:
        """Something of a job that was not cancelled."""

    def lost(self, running: Assignment) -> None:
        """A worker died with this job."""

    def returned(self, waiting: Assignment) -> None:
        """A worker died before it began this job."""

    def freed(self) -> None:
        """A worker can take one more."""


class Remote:
    """One worker; ``make`` starts it, and starts it again when it has died."""

    def __init__(self, driver: Driver, index: int, slots: list[Slot], make: Callable[[], Any]) -> None:
        self.index = index
        self.about: About | None = None
        self.memory = 0
        self._driver = driver
        self._slots = slots
        self._make = make
        self._line: OrderedDict[str, tuple[Slot, Assignment, Any]] = OrderedDict()
        self._cancelled: set[str] = set()
        self._bell = threading.Condition(driver.lock)
        self._handle: Any = None
        threading.Thread(target=self._live, name=f"ray-{index}", daemon=True).start()

    # Under the engine's lock

    @property
    def load(self) -> int:
        """How many jobs it has."""
        return len(self._line)

    def free(self) -> list[Slot]:
        """The slots that are free now."""
        taken = {slot.index for slot, _, _ in self._line.values()}
        return [slot for slot in self._slots if slot.index not in taken] if self.about else []

    def has(self, job: str) -> bool:
        """Whether it has this job."""
        return job in self._line

    def begin(self, slot: Slot, assignment: Assignment, inputs: dict[str, Any]) -> None:
        """At the end of its line."""
        order = Begin(assignment.job, assignment.request, assignment.files)
        stream = self._handle.carry_out.options(num_returns="streaming").remote(order, inputs, self._driver.news)
        self._line[assignment.job] = (slot, assignment, stream)
        self._bell.notify_all()

    def cancel(self, job: str) -> None:
        """Ask it to stop; end the worker if it has not."""
        self._cancelled.add(job)
        self._handle.cancel.options(concurrency_group="orders").remote(job)
        later(CANCEL_GRACE, lambda: self._kill_if_still(job))

    def kill(self) -> None:
        """End it now."""
        self.about = None
        if self._handle is not None:
            self._driver.ray.kill(self._handle)
        self._bell.notify_all()

    def _kill_if_still(self, job: str) -> None:
        with self._driver.lock:
            if job in self._cancelled and next(iter(self._line), None) == job:
                log.warning("a cancelled job does not stop: its Ray worker is ended", extra={"job": job})
                self.kill()

    # Its thread

    def _live(self) -> None:
        failures = 0
        while not self._driver.stopping:
            try:
                self._handle = self._make()
                about: About = self._driver.ray.get(self._handle.about.remote())
            except Exception as error:
                if self._driver.stopping:
                    return
                failures += 1
                self._driver.unfit(_why_unfit(error))
                threading.Event().wait(min(2.0**failures, 30.0))
                continue
            failures = 0
            with self._driver.lock:
                self.about = about
            self._driver.ready(about)
            while self._hear_next():
                pass
            self._bury()

    def _hear_next(self) -> bool:
        """The next job of the line to its end; False where the worker is gone."""
        with self._bell:
            while not self._line:
                if self.about is None or self._driver.stopping:
                    return False
                # Looked at now and then: one that has nothing to do may die too.
                if not self._bell.wait(2.0) and not self._alive():
                    return False
            _, running, stream = next(iter(self._line.values()))
        begun = False
        try:
            for reference in stream:
                what: Told = self._driver.ray.get(reference)
                begun = begun or isinstance(what, Begun)
                if isinstance(what, Done):
                    self._step_down(running, what)
                elif running.job not in self._cancelled:
                    self._driver.told(running, what)
        except Exception as error:
            if not self._driver.stopping:
                log.error("a Ray worker is gone", extra={"job": running.job, "why": type(error).__name__})
                self._drop(running, lost=begun)
            return False
        return True

    def _step_down(self, running: Assignment, done: Done) -> None:
        with self._driver.lock:
            self._line.pop(running.job, None)
            self.memory = done.ended.memory
            cancelled = running.job in self._cancelled
            self._cancelled.discard(running.job)
        if not cancelled:
            self._driver.told(running, done)
        self._driver.freed()

    def _drop(self, running: Assignment, *, lost: bool) -> None:
        with self._driver.lock:
            self.about = None
            if self._line.pop(running.job, None) is None:
                return
            cancelled = running.job in self._cancelled
            self._cancelled.discard(running.job)
        if not cancelled:
            (self._driver.lost if lost else self._driver.returned)(running)

    def _bury(self) -> None:
        """After its end: what it had not begun goes back."""
        with self._driver.lock:
            self.about = None
            waiting = [assignment for _, assignment, _ in self._line.values() if assignment.job not in self._cancelled]
            self._line.clear()
            self._cancelled.clear()
        for assignment in waiting:
            self._driver.returned(assignment)
        if not self._driver.stopping:
            self._driver.freed()

    def _alive(self) -> bool:
        try:
            self._driver.ray.get(self._handle.about.options(concurrency_group="orders").remote(), timeout=30)
        except Exception:
            return self._driver.stopping
        return True


def _why_unfit(error: Exception) -> ShiageError:
    text = str(error).strip().splitlines()
    last = text[-1] if text else type(error).__name__
    if "ModuleNotFoundError" in str(error):
        return NotReady(
            f"The Ray workers can't load Shiage: {last}",
            hint="Install the same version on every machine of the cluster.",
        )
    cause = getattr(error, "cause", None)
    if isinstance(cause, ShiageError):
        return cause
    return Broken(f"A Ray worker can't be started: {last}")
