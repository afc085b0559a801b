"""The engine on a Ray cluster: an existing one, or one of this machine that is started for the purpose.

Each worker is an actor that loads the operations once. It is given a shard of jobs ahead, so that it never waits for
the next one; it runs them in their order, and each result comes back when it is there. One that dies is replaced: the
job that it ran is reported as lost, those that it had not begun go back as they were.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from .. import __version__
from ..errors import Broken, NotReady, ShiageError, describe
from ..spec import OperationSpec
from ..v1 import jobs_pb2, values_pb2
from ..values.limits import MOST_PIXELS
from ..wire import blobs_of, failure_of
from ._actor import About, Actor, Done, Glimpse, Told
from ._messages import Progressed, Warned
from ._ray import Cluster
from ._remote import Remote
from .engine import Assignment, Reports, Slot
from .house import House
from .local import START_DEADLINE
from .spool import Spool

log = logging.getLogger(__name__)

# Jobs that a worker has, the one that it runs among them.
SHARD = 4
# Jobs' inputs that Ray's memory keeps for the next ones.
KEPT_REFERENCES = 64


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
        self._cluster: Cluster | None = None
        self._count = workers
        self._most_pixels = most_pixels
        self._shard = shard
        self._news = news
        self._only = only
        self._keep_free = keep_free and workers > 1
        self._lock = threading.RLock()
        self._remotes: list[Remote] = []
        self._references: OrderedDict[str, Any] = OrderedDict()
        self._stopping = False
        self._accelerator = "cpu"
        self._specs: dict[str, OperationSpec] | None = None
        self._unfit: ShiageError | None = None
        self._first = threading.Event()

    # Engine

    def start(self, reports: Reports) -> Mapping[str, OperationSpec]:
        """Join or start the cluster, start the workers, and wait until one has loaded the operations."""
        self._reports = reports
        self._cluster = Cluster(self._address, self._count)
        gpus = self._cluster.gpus
        # Where there is no accelerator at all, networks run on the processors, and every worker has its own.
        kind = self.ray.remote(max_restarts=0, max_task_retries=0, concurrency_groups={"orders": 1})(Actor)
        for index in range(self._count):
            own = index < gpus
            make = partial(kind.options(num_cpus=1, num_gpus=int(own)).remote, self._most_pixels, self._only)
            slots = [
                Slot(index * self._shard + place, own or not gpus, self._keep_free and index == self._count - 1)
                for place in range(self._shard)
            ]
            self._remotes.append(Remote(self, index, slots, make))
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
        if self._cluster is not None:
            self._cluster.leave()

    def pids(self) -> list[int]:
        """The workers' process ids, each on its own machine."""
        return [remote.about.pid for remote in self._remotes if remote.about]

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

    def ready(self, about: About) -> None:
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
    def ray(self) -> Any:
        """The module, joined to the cluster."""
        if self._cluster is None:
            raise Broken("The engine was not started.")
        return self._cluster.ray

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
