"""The engine on a Ray cluster: an existing one, or one of this machine that is started for the purpose.

Each worker is an actor that loads the operations once. It is given a shard of jobs ahead, so that it never waits for
the next one; it runs them in their order, and each result comes back when it is there. One that dies is replaced: the
job that it ran is reported as lost, those that it had not begun go back as they were.
"""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import Broken, NotReady, ShiageError, describe
from ..spec import OperationSpec
from ..v1 import jobs_pb2, values_pb2
from ..values.limits import MOST_PIXELS
from ..wire import blobs_of, failure_of
from ._actor import About, Actor, Begun, Done, Glimpse, Told
from ._messages import Begin, Progressed, Warned
from .engine import Assignment, Reports, Slot
from .house import House
from .local import CANCEL_GRACE, START_DEADLINE, later
from .spool import Spool

log = logging.getLogger(__name__)

# Jobs that a worker has, the one that it runs among them.
SHARD = 4
# Jobs' inputs that Ray's memory keeps for the next ones.
KEPT_REFERENCES = 64
# Ray's own memory on a cluster that we start; it spills to the disk beyond.
STORE_BYTES = 256 << 20


class RayEngine:
    """``workers`` actors with ``shard`` jobs each.

    ``address``: of an existing cluster (``auto`` or ``HOST:PORT``) that this machine belongs to; empty: one of this
    machine, gone with the engine. ``news``: whether progress and previews are wanted. ``keep_free``: with two or more
    workers, the last takes no batch job.
    """

    def __init__(
        self,
        house: House,
        address: str = "",
        workers: int = 2,
        most_pixels: int = MOST_PIXELS,
        *,
        shard: int = 1,
        news: bool = True,
        keep_free: bool = False,
        only: str = "",
    ) -> None:
        self._spool = Spool(house.spool)
        self._address = address
        self._count = workers
        self._most_pixels = most_pixels
        self._shard = shard
        self._news = news
        self._only = only
        self._keep_free = keep_free and workers > 1
        self._lock = threading.RLock()
        self._remotes: list[_Remote] = []
        self._references: OrderedDict[str, Any] = OrderedDict()
        self._ours: Path | None = None
        self._joined = False
        self._stopping = False
        self._accelerator = "cpu"
        self._specs: dict[str, OperationSpec] | None = None
        self._unfit: ShiageError | None = None
        self._first = threading.Event()

    # Engine

    def start(self, reports: Reports) -> Mapping[str, OperationSpec]:
        """Join or start the cluster, start the workers, and wait until one has loaded the operations."""
        self._reports = reports
        self.ray = _ray()
        self._join()
        gpus = int(self.ray.cluster_resources().get("GPU", 0))
        # Where there is no accelerator at all, networks run on the processors, and every worker has its own.
        kind = self.ray.remote(max_restarts=0, max_task_retries=0, concurrency_groups={"orders": 1})(Actor)
        for index in range(self._count):
            own = index < gpus
            make = kind.options(num_cpus=1, num_gpus=int(own)).remote
            slots = [
                Slot(index * self._shard + place, own or not gpus, self._keep_free and index == self._count - 1)
                for place in range(self._shard)
            ]
            self._remotes.append(_Remote(self, index, slots, lambda make=make: make(self._most_pixels, self._only)))
        if not self._first.wait(START_DEADLINE):
            self.stop()
            raise NotReady(
                "The Ray workers did not start.", hint="Has the cluster processors to spare? `ray status` tells."
            )
        if self._specs is None:
            self.stop()
            raise self._unfit or Broken("The Ray workers ended at their start.")
        return self._specs

    def idle(self) -> list[Slot]:
        """A slot for each job that a worker could take, those who have least to do first."""
        with self._lock:
            free = [(remote.load, slot) for remote in self._remotes for slot in remote.free()]
        return [
            slot for _, slot in sorted(free, key=lambda pair: (not pair[1].interactive_only, pair[0], -pair[1].index))
        ]

    def begin(self, slot: Slot, assignment: Assignment) -> None:
        """Give a job to the worker of this slot."""
        request = jobs_pb2.SubmitRequest.FromString(assignment.request)
        inputs = {
            blob.sha256: self._reference(blob)
            for values in request.inputs.values()
            for value in values.values
            for blob in blobs_of(value)
        }
        with self._lock:
            self._remotes[slot.index // self._shard].begin(slot, assignment, inputs)

    def cancel(self, job: str) -> None:
        """Ask the job to stop; end its worker if it has not in two seconds."""
        with self._lock:
            remote = next((remote for remote in self._remotes if remote.has(job)), None)
            if remote is not None:
                remote.cancel(job)

    def accelerator(self) -> str:
        """``cpu`` or the device's name."""
        return self._accelerator

    def memory(self) -> Mapping[str, int]:
        """Bytes that each worker held after its last job, by its name."""
        return {f"ray-{remote.index}": remote.memory for remote in self._remotes}

    def stop(self) -> None:
        """End the workers now, and the cluster where it is ours."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
            for remote in self._remotes:
                remote.kill()
        if self._joined:
            self.ray.shutdown()
        if self._ours is not None:
            shutil.rmtree(self._ours, ignore_errors=True)

    def pids(self) -> list[int]:
        """The workers' process ids, each on its own machine."""
        return [remote.about.pid for remote in self._remotes if remote.about]

    # The cluster

    def _join(self) -> None:
        if self.ray.is_initialized():
            return
        # What happens to its processes Ray prints to standard output, among what our caller reads there; we say it
        # ourselves. There is no public switch.
        printing: Any = importlib.import_module("ray._private.worker")
        printing._worker_logs_enabled = False
        handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            if self._address:
                self._join_existing()
            else:
                self._start_own()
        except ShiageError:
            raise
        except Exception as error:
            place = f"at {self._address} " if self._address else ""
            raise NotReady(
                f"The Ray cluster {place}can't be used: {error}", hint="Is it up? `ray status` tells."
            ) from error
        finally:
            # Ray puts its own in their place.
            if threading.current_thread() is threading.main_thread():
                for number, handler in handlers.items():
                    signal.signal(number, handler)
        self._joined = True

    def _join_existing(self) -> None:
        _knock(self._address)
        # What the workers' processes over there must know of this one.
        names = ("SHIAGE_EXTRA_OPERATIONS", "SHIAGE_HOME")
        given = {name: os.environ[name] for name in names if name in os.environ}
        self.ray.init(
            address=self._address,
            namespace="shiage",
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": {"OMP_WAIT_POLICY": "PASSIVE", **given}},
        )

    def _start_own(self) -> None:
        # A short path: the names of Ray's sockets are long, and the system's limit is about 100 bytes.
        self._ours = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp" if os.name == "posix" else None))
        self.ray.init(
            address="local",
            num_cpus=self._count,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            object_store_memory=STORE_BYTES,
            _node_ip_address="127.0.0.1",
            _temp_dir=str(self._ours),
        )

    def _reference(self, blob: values_pb2.Blob) -> Any:
        """Ray's reference to a blob of the spool; what several jobs share is put there once."""
        with self._lock:
            if blob.sha256 not in self._references:
                self._references[blob.sha256] = self.ray.put(bytes(self._spool.load(blob)))
            self._references.move_to_end(blob.sha256)
            while len(self._references) > KEPT_REFERENCES:
                self._references.popitem(last=False)
            return self._references[blob.sha256]

    # What the workers' threads tell

    def ready(self, remote: _Remote, about: About) -> None:
        """A worker has loaded the operations."""
        if about.version != __version__:
            sentence = f"The Ray workers have Shiage {about.version}, this is {__version__}."
            self.unfit(NotReady(sentence, hint="Install the same version on every machine of the cluster."))
            return
        self._specs = self._specs or about.specs
        if about.accelerator != "cpu":
            self._accelerator = about.accelerator
        self._first.set()
        self._reports.freed()

    def unfit(self, error: ShiageError) -> None:
        """A worker can't be started."""
        log.error("a Ray worker can't be started", extra={"why": str(error)})
        self._unfit = error
        self._first.set()

    def told(self, running: Assignment, what: Told) -> None:
        """Something of a job that was not cancelled."""
        reports, job, attempt = self._reports, running.job, running.attempt
        if isinstance(what, Progressed):
            reports.progressed(job, attempt, what.fraction, what.stage)
        elif isinstance(what, Glimpse):
            # As everywhere: a job does not fail for want of room for a preview.
            with suppress(OSError):
                self._take(what.blobs)
                reports.previewed(job, attempt, values_pb2.Value.FromString(what.preview))
        elif isinstance(what, Warned):
            reports.warned(job, attempt, what.sentence)
        elif isinstance(what, Done):
            self._over(running, what)

    def _over(self, running: Assignment, done: Done) -> None:
        reports, ended = self._reports, done.ended
        reports.measured(running.job, running.attempt, ended.measures)
        if ended.outputs is not None:
            try:
                self._take(done.blobs)
            except OSError as error:
                reports.failed(running.job, running.attempt, failure_of(describe(error)))
                return
            outputs = {name: values_pb2.Values.FromString(values) for name, values in ended.outputs.items()}
            reports.finished(running.job, running.attempt, outputs)
        elif ended.failure is not None:
            reports.failed(running.job, running.attempt, jobs_pb2.Failure.FromString(ended.failure))

    def _take(self, blobs: Mapping[str, bytes]) -> None:
        for blob in blobs.values():
            self._spool.put(blob)

    def lost(self, running: Assignment) -> None:
        """A worker died with this job."""
        self._reports.lost(running.job, running.attempt, "its Ray worker is gone")

    def returned(self, waiting: Assignment) -> None:
        """A worker died before it began this job."""
        self._reports.returned(waiting.job, waiting.attempt)

    def freed(self) -> None:
        """A worker can take one more."""
        self._reports.freed()

    @property
    def news(self) -> bool:
        """Whether progress is wanted."""
        return self._news

    @property
    def stopping(self) -> bool:
        """Whether the end is near."""
        return self._stopping

    @property
    def lock(self) -> threading.RLock:
        """Guards every worker's line."""
        return self._lock


class _Remote:
    """One worker of the cluster, seen from here: its line of jobs, and a thread that hears what it tells."""

    def __init__(self, engine: RayEngine, index: int, slots: list[Slot], make: Any) -> None:
        self.index = index
        self.about: About | None = None
        self.memory = 0
        self._engine = engine
        self._slots = slots
        self._make = make
        self._line: OrderedDict[str, tuple[Slot, Assignment, Any]] = OrderedDict()
        self._cancelled: set[str] = set()
        self._bell = threading.Condition(engine.lock)
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
        stream = self._handle.carry_out.options(num_returns="streaming").remote(order, inputs, self._engine.news)
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
            self._engine.ray.kill(self._handle)
        self._bell.notify_all()

    def _kill_if_still(self, job: str) -> None:
        with self._engine.lock:
            if job in self._cancelled and next(iter(self._line), None) == job:
                log.warning("a cancelled job does not stop: its Ray worker is ended", extra={"job": job})
                self.kill()

    # Its thread

    def _live(self) -> None:
        failures = 0
        while not self._engine.stopping:
            try:
                self._handle = self._make()
                about: About = self._engine.ray.get(self._handle.about.remote())
            except Exception as error:
                if self._engine.stopping:
                    return
                failures += 1
                self._engine.unfit(_why_unfit(error))
                threading.Event().wait(min(2.0**failures, 30.0))
                continue
            failures = 0
            with self._engine.lock:
                self.about = about
            self._engine.ready(self, about)
            while self._hear_next():
                pass
            self._bury()

    def _hear_next(self) -> bool:
        """The next job of the line to its end; False where the worker is gone."""
        with self._bell:
            while not self._line:
                if self.about is None or self._engine.stopping:
                    return False
                # Looked at now and then: one that has nothing to do may die too.
                if not self._bell.wait(2.0) and not self._alive():
                    return False
            _, running, stream = next(iter(self._line.values()))
        begun = False
        try:
            for reference in stream:
                what: Told = self._engine.ray.get(reference)
                begun = begun or isinstance(what, Begun)
                if isinstance(what, Done):
                    self._step_down(running, what)
                elif running.job not in self._cancelled:
                    self._engine.told(running, what)
        except Exception as error:
            if not self._engine.stopping:
                log.error("a Ray worker is gone", extra={"job": running.job, "why": type(error).__name__})
                self._drop(running, lost=begun)
            return False
        return True

    def _step_down(self, running: Assignment, done: Done) -> None:
        with self._engine.lock:
            self._line.pop(running.job, None)
            self.memory = done.ended.memory
            cancelled = running.job in self._cancelled
            self._cancelled.discard(running.job)
        if not cancelled:
            self._engine.told(running, done)
        self._engine.freed()

    def _drop(self, running: Assignment, *, lost: bool) -> None:
        with self._engine.lock:
            self.about = None
            if self._line.pop(running.job, None) is None:
                return
            cancelled = running.job in self._cancelled
            self._cancelled.discard(running.job)
        if not cancelled:
            (self._engine.lost if lost else self._engine.returned)(running)

    def _bury(self) -> None:
        """After its end: what it had not begun goes back."""
        with self._engine.lock:
            self.about = None
            waiting = [assignment for _, assignment, _ in self._line.values() if assignment.job not in self._cancelled]
            self._line.clear()
            self._cancelled.clear()
        for assignment in waiting:
            self._engine.returned(assignment)
        if not self._engine.stopping:
            self._engine.freed()

    def _alive(self) -> bool:
        try:
            self._engine.ray.get(self._handle.about.options(concurrency_group="orders").remote(), timeout=30)
        except Exception:
            return self._engine.stopping
        return True


def _knock(address: str) -> None:
    """OSError where nobody is at ``HOST:PORT``: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()


def _ray() -> Any:
    """Ray; NotReady where it is not installed."""
    # It would tell its makers that it is used.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise NotReady(
            "--engine ray needs Ray, which is not installed.", hint="Install it with `pip install 'shiage[ray]'`."
        ) from error


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
