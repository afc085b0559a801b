"""A worker process: loads the operations once, then runs one job at a time.

    python -m shiage.jobs.worker SPOOL PIXELS [--accelerator] [--only ID] [--threads N]

PIXELS: the most that a picture may have. Orders come over standard input, reports go over what was standard output;
whatever an operation prints goes to standard error. Inputs are mapped from the spool's files and results written
there, so no pixel goes through the pipes. When the daemon goes, its end of the pipe closes, and the worker ends at
once.
"""

from __future__ import annotations

import faulthandler
import os
import queue
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import IO

from .. import operations
from ..errors import describe
from ..memory import MIB, give_back, keep_freed
from ..values.limits import take_at_most
from ..wire import failure_of
from ._accelerator import accelerator_name
from ._carry_out import carry_out, use_threads
from ._messages import Accelerator, Begin, Cancel, Ready, Report, Unfit, receive, send
from .spool import Spool

IDLE = 1.0


class Worker:
    """The process's own life."""

    def __init__(self, spool: Spool, orders: IO[bytes], reports: IO[bytes]) -> None:
        self._spool = spool
        self._orders = orders
        self._reports = reports
        self._sending = threading.Lock()
        self._begun: queue.SimpleQueue[tuple[Begin, threading.Event]] = queue.SimpleQueue()
        self._cancelled: dict[str, threading.Event] = {}

    def run(self, owns_accelerator: bool, only: str) -> int:
        """Load the operations (or ``only`` this one), then work until the daemon goes."""
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        try:
            loaded = operations.one(only) if only else operations.registry()
            specs = {name: found.spec for name, found in loaded.items()}
        except Exception as error:
            traceback.print_exc()
            self.say(Unfit(failure_of(describe(error)).SerializeToString()))
            return 1
        self.say(Ready(specs))
        if owns_accelerator:
            self.say(Accelerator(accelerator_name()))
        while True:
            begin, cancelled = self._next()
            ended = carry_out(begin, self._spool, self.say, cancelled)
            self._cancelled.pop(begin.job, None)
            self.say(ended)
            del ended

    def _next(self) -> tuple[Begin, threading.Event]:
        """The next job. One that comes soon finds the memory of the one before; else the system gets it back."""
        try:
            return self._begun.get(timeout=IDLE)
        except queue.Empty:
            give_back()
            return self._begun.get()

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
    take_at_most(int(arguments[1]))
    if threads := _value_of("--threads", arguments):
        use_threads(int(threads))
    worker = Worker(Spool(Path(arguments[0])), sys.stdin.buffer, reports)
    return worker.run("--accelerator" in arguments, _value_of("--only", arguments))


def _value_of(flag: str, arguments: list[str]) -> str:
    return arguments[arguments.index(flag) + 1] if flag in arguments else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
