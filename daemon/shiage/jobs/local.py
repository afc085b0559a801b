"""The local engine: worker processes of the daemon's own.

Processes and not threads, so that a crash, a leak or a busy interpreter in an operation stays in there; started afresh
and not forked, since threads and accelerators don't survive a fork; kept, since loading the operations takes a second.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import Broken
from ..memory import held
from ..spec import OperationSpec
from ..v1 import jobs_pb2, values_pb2
from ..values.limits import MOST_PIXELS
from ..wire import error_of
from ._messages import Accelerator, Ended, Previewed, Progressed, Ready, Report, Unfit, Warned
from ._process import Process
from .engine import Assignment, Reports, Slot
from .house import GIB, House

log = logging.getLogger(__name__)

# How long a cancelled operation may take to stop by itself.
CANCEL_GRACE = 2.0
START_DEADLINE = 120.0
LOG_BYTES = 5 << 20


def slots_of(workers: int) -> tuple[Slot, ...]:
    """The first slot owns the accelerator; with two or more, the last is kept for interactive jobs."""
    return tuple(
        Slot(index, accelerator=index == 0, interactive_only=workers > 1 and index == workers - 1)
        for index in range(workers)
    )


class LocalEngine:
    """``workers`` processes. One that holds more than ``worker_bytes`` after a job is replaced by a fresh one.

    ``only``: the one operation that is needed, so that no other is loaded. ``threads``: that a worker may use for
    pixels; 0: as it likes.
    """

    def __init__(
        self,
        house: House,
        workers: int = 2,
        worker_bytes: int = 4 * GIB,
        most_pixels: int = MOST_PIXELS,
        *,
        only: str = "",
        threads: int = 0,
    ) -> None:
        self._spool = house.spool
        self._log = house.log / "workers.log"
        self._slots = slots_of(workers)
        self._worker_bytes = worker_bytes
        self._most_pixels = most_pixels
        self._only, self._threads = only, threads
        self._lock = threading.RLock()
        self._processes: dict[int, Process] = {}
        self._reports: Reports | None = None
        self._specs: Mapping[str, OperationSpec] | None = None
        self._unfit: Exception | None = None
        self._first = threading.Event()
        self._accelerator = "cpu"
        self._stopping = False
        self._failed_starts = 0

    # Engine

    def start(self, reports: Reports) -> Mapping[str, OperationSpec]:
        """Start the workers and wait until one has loaded the operations."""
        self._reports = reports
        _turn_over(self._log)
        for slot in self._slots:
            self._spawn(slot)
        if not self._first.wait(START_DEADLINE):
            self.stop()
            raise Broken("The workers did not start.", hint=f"Their log is {self._log}.")
        if self._specs is None:
            self.stop()
            raise self._unfit or Broken("The workers ended at their start.", hint=f"Their log is {self._log}.")
        return self._specs

    def idle(self) -> list[Slot]:
        """The slots whose worker waits, those for interactive jobs first."""
        with self._lock:
            slots = [p.slot for p in self._processes.values() if p.ready and p.assignment is None]
        return sorted(slots, key=lambda slot: (not slot.interactive_only, -slot.index))

    def begin(self, slot: Slot, assignment: Assignment) -> None:
        """Run a job in ``slot``."""
        with self._lock:
            self._processes[slot.index].begin(assignment)

    def cancel(self, job: str) -> None:
        """Ask the job to stop; end its worker if it has not in two seconds."""
        with self._lock:
            process = next((p for p in self._processes.values() if p.assignment and p.assignment.job == job), None)
            if process is None:
                return
            process.cancel()
        later(CANCEL_GRACE, lambda: self._kill_if_still(process, job))

    def accelerator(self) -> str:
        """``cpu`` or the device's name."""
        return self._accelerator

    def stop(self) -> None:
        """End the workers now."""
        with self._lock:
            self._stopping = True
            processes = list(self._processes.values())
            for process in processes:
                process.kill()
        for process in processes:
            process.join()

    def pids(self) -> list[int]:
        """The workers' process ids."""
        with self._lock:
            return [process.pid for process in self._processes.values()]

    def memory(self) -> Mapping[str, int]:
        """Bytes that each worker holds, by its name."""
        with self._lock:
            return {f"worker-{slot}": held(process.pid) for slot, process in sorted(self._processes.items())}

    # The workers' lives

    def _spawn(self, slot: Slot) -> None:
        with self._lock:
            if not self._stopping:
                self._processes[slot.index] = Process(
                    slot, self._spool, self._log, self._most_pixels, self._only, self._threads, self._heard, self._gone
                )

    def _kill_if_still(self, process: Process, job: str) -> None:
        with self._lock:
            if process.cancelled and process.assignment is not None and process.assignment.job == job:
                log.warning(
                    "a cancelled job does not stop: its worker is ended", extra={"job": job, "pid": process.pid}
                )
                process.kill()

    def _heard(self, process: Process, report: Report) -> None:
        assert self._reports is not None
        if isinstance(report, Ready):
            self._specs = self._specs or report.specs
            process.ready = True
            self._failed_starts = 0
            self._first.set()
            self._reports.freed()
        elif isinstance(report, Unfit):
            self._unfit = error_of(jobs_pb2.Failure.FromString(report.failure))
        elif isinstance(report, Accelerator):
            self._accelerator = report.name
        else:
            self._heard_of_job(process, report, self._reports)

    def _heard_of_job(
        self, process: Process, report: Progressed | Previewed | Warned | Ended, reports: Reports
    ) -> None:
        running = process.assignment
        if running is None or running.job != report.job:
            return
        if isinstance(report, Ended):
            self._ended(process, running, report, reports)
        elif process.cancelled:
            return
        elif isinstance(report, Progressed):
            reports.progressed(running.job, running.attempt, report.fraction, report.stage)
        elif isinstance(report, Previewed):
            reports.previewed(running.job, running.attempt, values_pb2.Value.FromString(report.preview))
        else:
            reports.warned(running.job, running.attempt, report.sentence)

    def _ended(self, process: Process, running: Assignment, report: Ended, reports: Reports) -> None:
        with self._lock:
            if report.memory > self._worker_bytes:
                log.info("a worker grew too large: it is replaced", extra={"pid": process.pid, "bytes": report.memory})
                process.ready = False
                process.kill()
            process.assignment = None
        reports.measured(running.job, running.attempt, report.measures)
        if report.outputs is not None:
            outputs = {name: values_pb2.Values.FromString(values) for name, values in report.outputs.items()}
            reports.finished(running.job, running.attempt, outputs)
        elif report.failure is not None:
            reports.failed(running.job, running.attempt, jobs_pb2.Failure.FromString(report.failure))
        reports.freed()

    def _gone(self, process: Process) -> None:
        if self._stopping:
            return
        assert self._reports is not None
        running, process.assignment = process.assignment, None
        if running is not None and not process.cancelled:
            self._reports.lost(running.job, running.attempt, process.last_words())
        delay = 0.0
        if not process.ready and running is None:
            self._failed_starts += 1
            if self._specs is None and self._failed_starts >= len(self._slots):
                self._first.set()
                return
            delay = min(2.0**self._failed_starts, 30.0)
        process.ready = False
        later(delay, lambda: self._spawn(process.slot))


def later(seconds: float, act: Callable[[], None]) -> None:
    """Do something after a while, unless the process ends before."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


def _turn_over(path: Path) -> None:
    """Keep one old log of a bounded size."""
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
