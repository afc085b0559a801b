"""One worker process, seen from the daemon."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from ._messages import Begin, Cancel, Order, Report, receive, send
from .engine import Assignment, Slot


class Process:
    """A worker process in a slot. ``assignment``: what it runs now; ``ready``: whether it has loaded the operations.

    ``on_report`` and ``on_end`` are called from its own thread; the latter once, when the process is gone.
    """

    def __init__(
        self,
        slot: Slot,
        spool: Path,
        log: Path,
        most_pixels: int,
        only: str,
        threads: int,
        on_report: Callable[[Process, Report], None],
        on_end: Callable[[Process], None],
    ) -> None:
        self.slot = slot
        self.assignment: Assignment | None = None
        self.cancelled = False
        self.ready = False
        self._on_report = on_report
        self._on_end = on_end
        self._sending = threading.Lock()
        with log.open("ab") as words:
            self._process = _spawn(spool, most_pixels, only, threads, slot.accelerator, words)
        threading.Thread(target=self._listen, name=f"worker-{slot.index}", daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def begin(self, assignment: Assignment) -> None:
        """Run a job."""
        self.assignment = assignment
        self.cancelled = False
        self._send(Begin(assignment.job, assignment.request, assignment.files))

    def cancel(self) -> None:
        """Ask the job to stop."""
        self.cancelled = True
        if self.assignment is not None:
            self._send(Cancel(self.assignment.job))

    def kill(self) -> None:
        """End the process now."""
        with suppress(OSError):
            self._process.kill()

    def join(self) -> None:
        """Wait until it is gone."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)

    def last_words(self) -> str:
        """How the process ended, in words."""
        code = self._process.wait()
        if code < 0 and os.name == "posix":
            import signal

            with suppress(ValueError):
                return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"

    def _send(self, order: Order) -> None:
        assert self._process.stdin is not None
        # Where it is gone, its thread is about to find out.
        with self._sending, suppress(OSError):
            send(self._process.stdin, order)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while (report := receive(self._process.stdout)) is not None:
            assert not isinstance(report, Begin | Cancel)
            self._on_report(self, report)
        self.kill()
        self._process.wait()
        self._on_end(self)
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]  # both are pipes


def _spawn(
    spool: Path, most_pixels: int, only: str, threads: int, accelerator: bool, words: IO[bytes]
) -> subprocess.Popen[bytes]:
    # -P: the folder that the daemon was started in must not shadow modules.
    command = [sys.executable, "-P", "-m", "shiage.jobs.worker", str(spool), str(most_pixels)]
    # Spinning OpenMP threads cost small tensors a factor of twenty.
    environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
    command += ["--accelerator"] * accelerator
    command += ["--only", only] if only else []
    command += ["--threads", str(threads)] if threads else []
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=words,
        env=environment,
        # Away from the terminal: its Ctrl-C is for the daemon, which tells its workers.
        start_new_session=True,
    )
