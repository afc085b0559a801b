"""The desk: takes jobs in, hands them to the engine in their order, and writes down what becomes of them."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..errors import BadInput, Broken, NotFound, ShiageError, TooLarge, Unreachable
from ..spec import OperationSpec
from ..v1 import jobs_pb2 as pb
from ..v1 import values_pb2
from ..wire import blobs_of, check_request, digest_of, failure_of
from ._live import Live
from ._upkeep import Upkeep
from .engine import Assignment, Engine
from .house import House, Limits
from .local import later
from .observer import Measures, Nobody, Observer
from .queue import Queue, entry_of
from .spool import Spool
from .state import name_of
from .store import Record, Store

log = logging.getLogger(__name__)

# A job whose worker dies is begun a second time; one that ended the daemon with it, up to this often.
TRIES_OF_WORKER = 2
TRIES_OF_DAEMON = 5


class Desk:
    """Safe to use from several threads. It is also what the engine reports to."""

    def __init__(
        self, house: House, engine: Engine, limits: Limits | None = None, observer: Observer | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._observer = observer or Nobody()
        self.spool = Spool(house.spool)
        self.store = Store(house.store)
        self.upkeep = Upkeep(self.spool, self.store, self.limits, self._dispatch)
        self.specs: Mapping[str, OperationSpec] = {}
        self._engine = engine
        self._queue = Queue()
        self._live: dict[str, Live] = {}
        # Guards the queue, the live jobs and their states. Never held while the disk is waited for in a submission.
        self._lock = threading.RLock()
        self._open = False

    # The house

    def start(self) -> None:
        """Take up what an earlier daemon left, and begin."""
        self.spool.recover()
        self.specs = self._engine.start(self)
        with self._lock:
            self._recover()
            self._open = True
        self.upkeep.start()
        self._dispatch()

    @property
    def takes_jobs(self) -> bool:
        """Whether it has started and does not end yet."""
        return self._open

    def pause(self) -> None:
        """Take in and begin nothing more."""
        with self._lock:
            self._open = False

    def stop(self) -> None:
        """End what runs and put it back into the queue."""
        self.pause()
        self._engine.stop()
        with self._lock:
            for live in list(self._live.values()):
                if live.job.state == pb.STATE_RUNNING:
                    live.record.attempts -= 1
                    live.requeue()
                live.close()
        self.upkeep.stop()

    def close(self) -> None:
        """After :meth:`stop`, and when nobody asks any more."""
        self.store.close()

    def counts(self) -> tuple[int, int]:
        """How many jobs wait, and how many run."""
        with self._lock:
            running = sum(live.job.state == pb.STATE_RUNNING for live in self._live.values())
            return len(self._queue), running

    def waiting(self) -> dict[str, int]:
        """How many jobs wait, by their priority."""
        with self._lock:
            batch = self._queue.batch()
            return {"interactive": len(self._queue) - batch, "batch": batch}

    def accelerator(self) -> str:
        """``cpu`` or the device's name."""
        return self._engine.accelerator()

    def memory(self) -> Mapping[str, int]:
        """Bytes that each worker holds, by its name."""
        return self._engine.memory()

    # Jobs

    def submit(self, request: pb.SubmitRequest, caller: str = "") -> pb.Job:
        """A job for ``request``, on disk with all its inputs; the same one again where its key was seen before.

        ``caller``: on whose account it waits. A draft is promised nothing: it answers without waiting for the disk.
        """
        if not self._open:
            raise Unreachable("The daemon is going down.", hint="Start it again with `shiage serve`.")
        serialized = request.SerializeToString(deterministic=True)
        if known := self._known(request.request_key, serialized):
            return known
        spec = self._spec(request.operation, request.version)
        parameters = check_request(spec, request)
        digest = digest_of(spec, request, parameters)
        needs = self._check_blobs(request)
        record = Record(
            _new_job(request, spec), serialized, digest, request.request_key, draft=request.draft, caller=caller
        )
        earlier = None if spec.remembers_for(parameters) else self._earlier(digest)
        if earlier is not None:
            return self._answer_from(earlier, record)
        self._check_room(caller)
        live = Live(record, self.store)
        live.add(needs)
        with self._lock:
            self._live[record.job.id] = live
            self._queue.add(entry_of(record.job, record.number, spec.accelerator, caller))
        self._observer.submitted(record.job)
        # It may begin while the disk takes it in; nothing is promised before both have it.
        self._dispatch()
        if request.draft:
            return live.snapshot()
        try:
            self.spool.settle(needs)
            self.store.sync()
        except BaseException:
            self.cancel(record.job.id)
            raise
        return live.snapshot()

    def cancel(self, job: str) -> pb.Job:
        """Stop a job; one that has ended stays as it is."""
        with self._lock:
            live = self._live.get(job)
            if live is None:
                return self.store.get(job).job
            live.end(pb.STATE_CANCELLED)
            self._queue.remove(job)
            del self._live[job]
            self._engine.cancel(job)
        self._over(live.job)
        return live.job

    def job(self, job: str) -> pb.Job:
        """A job as it is now; NotFound where there is none."""
        with self._lock:
            live = self._live.get(job)
            return live.snapshot() if live else self.store.get(job).job

    def jobs(self, limit: int, states: Sequence[pb.State] = ()) -> list[pb.Job]:
        """The newest jobs, newest first."""
        return self.store.newest(limit, states)

    def events(self, job: str, after: int, wait: float) -> list[pb.Event]:
        """A job's events after a sequence number; waits for at most ``wait`` seconds until there are some."""
        live = self._live.get(job)
        if live is not None and not live.closed:
            return live.events(after, wait)
        self.store.get(job)
        return self.store.events(job, after)

    def is_live(self, job: str) -> bool:
        """Whether more events may come."""
        live = self._live.get(job)
        return live is not None and not live.closed

    def _spec(self, operation: str, version: int) -> OperationSpec:
        spec = self.specs.get(operation)
        if spec is None:
            raise NotFound(f"There is no operation '{operation[:80]}'.", hint=f"There are: {', '.join(self.specs)}.")
        if version not in (0, spec.version):
            raise NotFound(
                f"This daemon has version {spec.version} of '{operation}', not {version}.",
                hint="Update the plugin, or ask for the version that is here.",
            )
        return spec

    def _check_room(self, caller: str) -> None:
        with self._lock:
            all_waiting, own = len(self._queue), self._queue.of(caller)
        if all_waiting >= self.limits.queue:
            raise TooLarge(f"{self.limits.queue} jobs wait already.", hint="Wait until some are done, or cancel some.")
        if own >= self.limits.queue_per_caller:
            raise TooLarge(
                f"{self.limits.queue_per_caller} jobs of this caller ({caller}) wait already.",
                hint="Wait until some are done, or cancel some.",
            )

    def _known(self, key: str, serialized: bytes) -> pb.Job | None:
        record = self.store.by_key(key) if key else None
        if record is None:
            return None
        if record.request != serialized:
            raise BadInput("This request key was used for another request.", hint="Use a new key for each request.")
        return self.job(record.job.id)

    def _check_blobs(self, request: pb.SubmitRequest) -> list[str]:
        """The blobs that the request needs; NotFound or BadInput where they are not here as it says."""
        needs: dict[str, None] = {}
        missing = 0
        for port, values in sorted(request.inputs.items()):
            for blob in (blob for value in values.values for blob in blobs_of(value)):
                if not self.spool.has(blob.sha256):
                    missing += 1
                elif self.spool.size(blob.sha256) != blob.size:
                    raise BadInput(f"The blob has not the {blob.size} bytes that the request says.", where=port)
                needs[blob.sha256] = None
        if missing:
            raise NotFound(f"{missing} of the request's blobs are not here.", hint="Send them with PutBlob first.")
        return list(needs)

    def _earlier(self, digest: str) -> pb.Job | None:
        record = self.store.done_with(digest)
        if record is None or not all(self.spool.has(sha) for sha in output_hashes(record.job)):
            return None
        return record.job

    def _answer_from(self, earlier: pb.Job, record: Record) -> pb.Job:
        job = record.job
        job.state, job.progress, job.from_store = pb.STATE_DONE, 1.0, True
        job.started = job.ended = time.time()
        for name, values in earlier.outputs.items():
            job.outputs[name].CopyFrom(values)
        job.warnings.extend(earlier.warnings)
        if not record.draft:
            # The earlier job may not be settled yet, and then this one would not be either.
            self.spool.settle(output_hashes(job))
        Live(record, self.store).add(output_hashes(job))
        if not record.draft:
            self.store.sync()
        self._observer.submitted(job)
        return job

    # What the engine reports

    def _running(self, job: str, attempt: int) -> Live | None:
        live = self._live.get(job)
        same = live is not None and live.job.state == pb.STATE_RUNNING and live.record.attempts == attempt
        return live if same else None

    def progressed(self, job: str, attempt: int, fraction: float, stage: str) -> None:
        """How far a job is."""
        with self._lock:
            if live := self._running(job, attempt):
                self._try(lambda: live.progress(fraction, stage))

    def previewed(self, job: str, attempt: int, preview: values_pb2.Value) -> None:
        """An early picture of a job's result."""
        with self._lock:
            if live := self._running(job, attempt):
                self._try(lambda: live.preview(preview))

    def warned(self, job: str, attempt: int, sentence: str) -> None:
        """Something that the artist should know."""
        with self._lock:
            if live := self._running(job, attempt):
                self._try(lambda: live.warn(sentence))

    def measured(self, job: str, attempt: int, measures: Measures) -> None:
        """What a run took."""
        with self._lock:
            live = self._running(job, attempt)
        if live:
            self._observer.measured(live.job.operation, measures)

    def finished(self, job: str, attempt: int, outputs: Mapping[str, values_pb2.Values]) -> None:
        """A job is done."""
        self._end(job, attempt, pb.STATE_DONE, outputs=outputs)

    def failed(self, job: str, attempt: int, failure: pb.Failure) -> None:
        """A job's operation gave up."""
        self._end(job, attempt, pb.STATE_FAILED, failure=failure)

    def lost(self, job: str, attempt: int, sentence: str) -> None:
        """A job's worker died: once more, then no more."""
        log.error("the worker of a job died", extra={"job": job, "attempt": attempt, "how": sentence})
        with self._lock:
            if live := self._running(job, attempt):
                self._observer.worker_lost(live.job.operation)
        if attempt >= TRIES_OF_WORKER:
            error = Broken(
                f"The process that ran this job died ({sentence}), and again at a second try.",
                hint="Try a smaller picture; if that fails too, `shiage doctor` collects what we need to mend it.",
            )
            self._end(job, attempt, pb.STATE_FAILED, failure=failure_of(error))
            return
        with self._lock:
            if live := self._running(job, attempt):
                self._try(live.requeue)
                self._wait(live)

    def returned(self, job: str, attempt: int) -> None:
        """A job's worker died before its turn came."""
        with self._lock:
            if live := self._running(job, attempt):
                live.record.attempts -= 1
                self._try(live.requeue)
                self._wait(live)

    def freed(self) -> None:
        """A slot is free."""
        self._dispatch()

    def _end(
        self,
        job: str,
        attempt: int,
        state: pb.State,
        *,
        outputs: Mapping[str, values_pb2.Values] | None = None,
        failure: pb.Failure | None = None,
    ) -> None:
        with self._lock:
            live = self._running(job, attempt)
            if live is None:
                return
            try:
                live.end(state, outputs=outputs, failure=failure)
            except TooLarge:
                # Not even the few bytes of the news fit on the disk: they will when the artist has made room.
                log.error("the disk is full: a job's end can't be written down", extra={"job": job})
                later(1.0, lambda: self._end(job, attempt, state, outputs=outputs, failure=failure))
                return
            del self._live[job]
        self._over(live.job)
        if state == pb.STATE_DONE and not live.record.draft:
            self.upkeep.settle(job, output_hashes(live.job))

    def _over(self, job: pb.Job) -> None:
        """Told and written into the log."""
        self._observer.ended(job)
        facts: dict[str, object] = {
            "job": job.id,
            "operation": job.operation,
            "client": job.client,
            "state": name_of(job.state),
            "waited": round(max((job.started or job.ended) - job.created, 0.0), 3),
            "ran": round(max(job.ended - job.started, 0.0), 3) if job.started else 0.0,
        }
        if job.state == pb.STATE_FAILED:
            facts |= {"code": job.failure.code, "sentence": job.failure.sentence}
        log.info("job ended", extra=facts)

    def _try(self, tell: Callable[[], None]) -> None:
        """News that may be lost when the disk is full."""
        try:
            tell()
        except TooLarge:
            log.error("the disk is full: news of a job is lost")

    # Order

    def _wait(self, live: Live) -> None:
        spec = self.specs.get(live.job.operation)
        entry = entry_of(live.job, live.record.number, bool(spec and spec.accelerator), live.record.caller)
        self._queue.add(entry)

    def _dispatch(self) -> None:
        with self._lock:
            if not self._open:
                return
            for slot in self._engine.idle():
                entry = self._queue.take(slot)
                if entry is None:
                    continue
                live = self._live[entry.job]
                try:
                    live.run()
                except TooLarge:
                    # Tried again by the upkeep.
                    self._queue.add(entry)
                    return
                self._engine.begin(slot, Assignment(entry.job, live.record.attempts, live.record.request))

    def _recover(self) -> None:
        for record in self.store.unsettled():
            if all(self.spool.has(sha) for sha in output_hashes(record.job)):
                self.store.settle(record.job.id)
            else:
                Live(record, self.store).requeue()
        for record in self.store.live():
            live = Live(record, self.store)
            if record.job.state == pb.STATE_RUNNING:
                live.requeue()
            if (problem := self._unable(record)) is not None:
                live.end(pb.STATE_FAILED, failure=failure_of(problem))
                self._over(live.job)
                continue
            self._live[record.job.id] = live
            self._wait(live)

    def _unable(self, record: Record) -> ShiageError | None:
        """Why a job of an earlier daemon can't go on, if so."""
        if record.attempts >= TRIES_OF_DAEMON:
            return Broken(
                f"This job was begun {record.attempts} times, and each time the daemon ended before it.",
                hint="Try a smaller picture.",
            )
        try:
            self._spec(record.job.operation, record.job.version)
        except NotFound as error:
            return error
        return None


def output_hashes(job: pb.Job) -> list[str]:
    """The blobs of a job's result."""
    return hashes_of(job.outputs.values())


def hashes_of(values: Iterable[values_pb2.Values]) -> list[str]:
    """The blobs that these values name."""
    return list(dict.fromkeys(blob.sha256 for port in values for value in port.values for blob in blobs_of(value)))


def _new_job(request: pb.SubmitRequest, spec: OperationSpec) -> pb.Job:
    return pb.Job(
        id=secrets.token_hex(6),
        operation=spec.id,
        version=spec.version,
        state=pb.STATE_QUEUED,
        created=time.time(),
        priority=request.priority,
        client=request.client[:200],
        title=request.title[:1000],
    )
