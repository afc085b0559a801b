"""A worker process: loads the operations once, then runs one job at a time.

    python -m shiage.jobs.worker SPOOL [--accelerator]

Orders come over standard input, reports go over what was standard output; whatever an operation prints goes to standard
error. Inputs are mapped from the spool's files and results written there, so no pixel goes through the pipes. When the
daemon goes, its end of the pipe closes, and the worker ends at once.
"""

from __future__ import annotations

import faulthandler
import os
import queue
import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import IO

from .. import operations
from ..errors import Broken, Cancelled, describe
from ..spec import Work
from ..v1 import jobs_pb2, values_pb2
from ..values import Raster
from ..wire import encode_value, failure_of, inputs_of, parameters_of
from ._accelerator import accelerator_name
from ._messages import (
    Accelerator,
    Begin,
    Cancel,
    Ended,
    Previewed,
    Progressed,
    Ready,
    Report,
    Unfit,
    Warned,
    receive,
    send,
)
from .memory import MIB, give_back, keep_freed
from .spool import Spool

# More often than this nobody can read it.
PROGRESS_EVERY = 0.05
PREVIEW_EVERY = 0.25


class Worker:
    """The process's own life."""

    def __init__(self, spool: Spool, orders: IO[bytes], reports: IO[bytes]) -> None:
        self._spool = spool
        self._orders = orders
        self._reports = reports
        self._sending = threading.Lock()
        self._begun: queue.SimpleQueue[tuple[Begin, threading.Event]] = queue.SimpleQueue()
        self._cancelled: dict[str, threading.Event] = {}

    def run(self, owns_accelerator: bool) -> int:
        """Load the operations, then work until the daemon goes."""
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        try:
            specs = {name: found.spec for name, found in operations.registry().items()}
        except Exception as error:
            traceback.print_exc()
            self.say(Unfit(failure_of(describe(error)).SerializeToString()))
            return 1
        self.say(Ready(specs))
        if owns_accelerator:
            self.say(Accelerator(accelerator_name()))
        while True:
            begin, cancelled = self._begun.get()
            ended = self._carry_out(begin, cancelled)
            self._cancelled.pop(begin.job, None)
            self.say(ended)
            del ended
            give_back()

    def say(self, report: Report) -> None:
        """Tell the daemon; without one there is nothing left to do."""
        with self._sending:
            try:
                send(self._reports, report)
            except OSError:
                os._exit(1)

    def _listen(self) -> None:
        while True:
            order = receive(self._orders)
            if isinstance(order, Begin):
                self._cancelled[order.job] = threading.Event()
                self._begun.put((order, self._cancelled[order.job]))
            elif isinstance(order, Cancel):
                if order.job in self._cancelled:
                    self._cancelled[order.job].set()
            else:
                os._exit(0)

    def _carry_out(self, begin: Begin, cancelled: threading.Event) -> Ended:
        try:
            outputs = self._outputs(begin, cancelled)
        except BaseException as error:
            if isinstance(error, Cancelled) and cancelled.is_set():
                return Ended(begin.job, memory())
            failure = describe(error)
            if isinstance(failure, Broken):
                traceback.print_exc()
            return Ended(begin.job, memory(), failure=failure_of(failure).SerializeToString())
        return Ended(begin.job, memory(), outputs=outputs)

    def _outputs(self, begin: Begin, cancelled: threading.Event) -> dict[str, bytes]:
        request = jobs_pb2.SubmitRequest.FromString(begin.request)
        work = Reporting(self, self._spool, begin.job, cancelled)
        inputs = inputs_of(request, self._spool.load)
        found = operations.run(request.operation, inputs, parameters_of(request), work)
        made: dict[str, bytes] = {}
        for name, values in found.items():
            work.check()
            encoded = [encode_value(value, self._spool.put) for value in values]
            made[name] = values_pb2.Values(values=encoded).SerializeToString()
        return made


class Reporting(Work):
    """A job's thread to the daemon. Progress and previews that come too thick are passed over."""

    def __init__(self, worker: Worker, spool: Spool, job: str, cancelled: threading.Event) -> None:
        super().__init__(
            on_progress=self._tell_progress,
            on_preview=self._tell_preview,
            on_warning=self._tell_warning,
            cancelled=cancelled,
        )
        self._worker = worker
        self._spool = spool
        self._job = job
        self._next_progress = 0.0
        self._next_preview = 0.0

    def _tell_progress(self, fraction: float, stage: str) -> None:
        now = time.monotonic()
        if now >= self._next_progress:
            self._next_progress = now + PROGRESS_EVERY
            self._worker.say(Progressed(self._job, fraction, stage))

    def _tell_preview(self, raster: Raster) -> None:
        now = time.monotonic()
        if now >= self._next_preview:
            self._next_preview = now + PREVIEW_EVERY
            self._worker.say(Previewed(self._job, encode_value(raster, self._spool.put).SerializeToString()))

    def _tell_warning(self, sentence: str) -> None:
        self._worker.say(Warned(self._job, sentence))


def memory() -> int:
    """Bytes that this process holds; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _private_stdout() -> IO[bytes]:
    """Standard output for reports alone; what operations and libraries print goes to standard error from now on."""
    reports = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return reports


def main(arguments: list[str]) -> int:
    """The process."""
    faulthandler.enable()
    keep_freed(32 * MIB, 512 * MIB)
    reports = _private_stdout()
    # When memory runs out, the system should end the worker and not the daemon.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
    return Worker(Spool(Path(arguments[0])), sys.stdin.buffer, reports).run("--accelerator" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
