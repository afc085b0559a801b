"""Work on the daemon, from the first byte to the last, in a thread of its own; no bpy.

A host looks at :attr:`Job.state` from its timer (or waits with :meth:`Job.wait`) and takes the results itself, in its
own thread. Nothing here touches the host.
"""

from __future__ import annotations

import shutil
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .link import client, jobs

PATIENCE = 3.0  # seconds until a daemon that does not answer is started again
TRIES = 3

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"

# A value to send: given the function that puts bytes, makes its message.
Send = Callable[[Callable[[bytes], Any]], Any]


class Daemon:
    """Where the daemon is and how to start it. ``home`` and ``executable`` are empty for the usual places."""

    def __init__(self, home: str = "", executable: str = "") -> None:
        self.home: Path | None = Path(home).expanduser() if home else None
        self.executable = executable

    def command(self) -> Sequence[str]:
        """How to start it; DaemonError where there is nothing to start."""
        wanted = self.executable or "shiage"
        found = shutil.which(str(Path(wanted).expanduser()) if self.executable else wanted)
        if not found:
            raise client.DaemonError(
                "Unreachable",
                f"No Shiage daemon runs, and '{wanted}' is not found. Set the executable in the add-on's preferences.",
            )
        # A Python script is started by that Python, not by Blender's.
        return [found] if not found.endswith(".py") else [sys.executable, found]

    def connect(self) -> Any:
        """A client of the daemon that runs, or of one that is started now."""
        try:
            return client.Client.connect(self.home, patience=PATIENCE)
        except client.DaemonError as error:
            if error.code != "Unreachable":
                raise
        client.ensure(self.command(), self.home, environment=client.host_environment()).close()
        return client.Client.connect(self.home, patience=PATIENCE)

    def runs(self) -> bool:
        """Whether there is one to adopt."""
        return client.find_daemon(client.data_home(self.home)) is not None


class Asking:
    """What a daemon can do, asked in a thread of its own: ``operations``, or a ``problem`` as a sentence."""

    def __init__(self, daemon: Daemon, may_start: bool) -> None:
        self._daemon, self._may_start = daemon, may_start
        self.operations: list[Any] = []
        self.problem = ""
        self._thread = threading.Thread(target=self._run, name="shiage-asking", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether there is an answer."""
        return not self._thread.is_alive()

    def wait(self) -> None:
        """Block until there is one."""
        self._thread.join()

    def _run(self) -> None:
        try:
            if not self._may_start and not self._daemon.runs():
                self.problem = "No Shiage daemon runs."
                return
            with self._daemon.connect() as link:
                self.operations = link.operations()
        except client.DaemonError as error:
            self.problem = error.sentence
        except Exception as error:  # the thread's last line of defence: the host must hear of it
            self.problem = f"Something in the Shiage add-on failed: {type(error).__name__}: {error}."


class Line:
    """A line to the daemon that starts it again where it died: its jobs are on disk, and go on."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon, self._link = daemon, daemon.connect()
        self._lock = threading.Lock()

    def __call__(self, work: Callable[[Any], Any]) -> Any:
        """``work(client)``, which must be safe to repeat."""
        for _ in range(TRIES):
            link = self._link
            try:
                return work(link)
            except client.DaemonError as error:
                if error.code != "Unreachable":
                    raise
            with self._lock:
                if self._link is link:  # no other thread was faster
                    link.close()
                    self._link = self._daemon.connect()
        return work(self._link)

    def close(self) -> None:
        """Hang up; jobs go on."""
        self._link.close()


class Failed(Exception):
    """Why a job can't be finished here, as a sentence for the artist."""


class Job:
    """An operation on one drawing or on each of several (``runs``: the inputs of each), sent, watched and fetched.

    ``results``: the outputs of each run, once it is done; ``made``: what ``finish`` made of them, in the job's thread.
    """

    def __init__(
        self,
        daemon: Daemon,
        operation: str,
        runs: Sequence[dict[str, list[Send]]],
        parameters: dict[str, Any],
        title: str = "",
        finish: Callable[[Job], Any] | None = None,
    ) -> None:
        self._daemon, self.operation, self._title = daemon, operation, title
        self._runs, self._parameters, self._finish = runs, parameters, finish
        self.made: Any = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shiage", daemon=True)
        self.state, self.progress, self.stage, self.problem = WAITING, 0.0, "connecting", ""
        self.warnings: list[str] = []
        self.results: list[dict[str, list[Any]]] = []
        self._bytes: dict[str, bytes] = {}
        self._over = threading.Event()

    def start(self) -> None:
        """Begin; comes back at once."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop; the state is "cancelled" soon after."""
        self._stop.set()

    def wait(self) -> None:
        """Block until it has ended."""
        self._thread.join()

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.state in (DONE, FAILED, CANCELLED)

    def bytes_of(self, blob: Any) -> bytes:
        """The fetched bytes of one of the results' blobs."""
        return self._bytes[blob.sha256]

    def _run(self) -> None:
        try:
            line = Line(self._daemon)
            try:
                self._work(line)
            finally:
                line.close()
        except client.DaemonError as error:
            self.problem = error.sentence
            self.state = CANCELLED if error.code == "Cancelled" or self._stop.is_set() else FAILED
        except Failed as error:
            self.problem = str(error)
            self.state = CANCELLED if self._stop.is_set() else FAILED
        except Exception as error:  # the thread's last line of defence: the host must hear of it
            self.problem = f"Something in the Shiage add-on failed: {type(error).__name__}: {error}."
            self.state = FAILED

    def _work(self, line: Line) -> None:
        self.stage = "sending"
        ids: list[str] = []
        watcher = threading.Thread(target=self._cancel_when_told, args=(line, ids), daemon=True)
        watcher.start()
        try:
            for inputs in self._runs:
                if self._stop.is_set():
                    break
                request = line(partial(request_for, self.operation, inputs, self._parameters, self._title))
                request.request_key = uuid.uuid4().hex
                ids.append(line(lambda link, request=request: link.submit(request)).id)
                self.state = RUNNING
            self.results = [self._result(line, number, job) for number, job in enumerate(ids)]
            if self._stop.is_set():
                self.state = CANCELLED
                return
            self.stage = "finishing"
            self.made = self._finish(self) if self._finish is not None else None
            self.state = DONE
        finally:
            self._over.set()
            watcher.join()

    def _result(self, line: Line, number: int, job: str) -> dict[str, list[Any]]:
        """The outputs of one run, its blobs fetched."""

        def heard(event: Any) -> None:
            if event.HasField("progress"):
                self.progress = (number + event.progress.fraction) / len(self._runs)
                self.stage = event.progress.stage
                if len(self._runs) > 1:
                    self.stage = f"{number + 1} of {len(self._runs)}: {self.stage}"

        done = line(lambda link: link.wait(job, heard))
        self.warnings += [said for said in done.warnings if said not in self.warnings]
        outputs = {name: list(values.values) for name, values in done.outputs.items()}
        for _, values in sorted(outputs.items()):
            for value in values:
                for blob in blobs_of(value):
                    self._bytes[blob.sha256] = bytes(line(lambda link, blob=blob: link.get_bytes(blob)))
        return outputs

    def _cancel_when_told(self, line: Line, ids: list[str]) -> None:
        told: set[str] = set()
        while not self._over.is_set():
            if self._stop.wait(0.05):
                for job in [job for job in ids if job not in told]:
                    told.add(job)
                    line(lambda link, job=job: link.cancel(job))
                self._over.wait(0.05)


def request_for(
    operation: str, inputs: dict[str, list[Send]], parameters: dict[str, Any], title: str, link: Any
) -> Any:
    """The message for a job, what it needs sent before."""
    request = jobs.SubmitRequest(operation=operation, client="blender", title=title)
    for name, sends in inputs.items():
        request.inputs[name].values.extend([send(link.put_bytes) for send in sends])
    for name, value in parameters.items():
        request.parameters[name].CopyFrom(_parameter(value))
    return request


def blobs_of(value: Any) -> list[Any]:
    """The blobs that a result names."""
    kind = value.WhichOneof("kind")
    if kind == "strokes":
        return [value.strokes.data]
    if kind in ("raster", "mask"):
        return [getattr(value, kind).pixels]
    if kind == "clip":
        return [frame.raster.pixels for frame in value.clip.frames]
    return []


def _parameter(value: Any) -> Any:
    if value is None:
        return jobs.ParameterValue()
    if isinstance(value, bool):
        return jobs.ParameterValue(flag=value)
    if isinstance(value, (int, float)):
        return jobs.ParameterValue(number=value)
    return jobs.ParameterValue(text=str(value))


def problem_lines(sentence: str, width: int = 60) -> tuple[str, ...]:
    """A sentence in lines that fit a panel."""
    lines, line = [], ""
    for word in sentence.split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = (line + " " + word).strip()
    return tuple(lines + [line] if line else lines)
