"""A job that has not ended: its record, its events, and who waits for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..v1 import jobs_pb2 as pb
from ..v1 import values_pb2
from ..wire import blobs_of
from .state import ENDED, check_step
from .store import Record, Store


class Live:
    """Every change is committed before anybody sees it, so a sequence number that was seen is never given twice."""

    def __init__(self, record: Record, store: Store) -> None:
        self.record = record
        self._store = store
        self._sequence = store.last_sequence(record.job.id)
        self._bell = threading.Condition()
        self.closed = False

    @property
    def job(self) -> pb.Job:
        """The job as it is now."""
        return self.record.job

    def snapshot(self) -> pb.Job:
        """A copy that stays as it is."""
        copy = pb.Job()
        copy.CopyFrom(self.record.job)
        return copy

    # Changes

    def add(self, pins: Iterable[str]) -> None:
        """Into the store, with its first event."""
        event = self._event(self.job, state=self.job.state)
        self._store.add(self.record, [event], pins)
        self._sequence = event.sequence

    def run(self) -> None:
        """It begins."""
        job = self.snapshot()
        check_step(job, pb.STATE_RUNNING)
        job.state, job.started, job.progress, job.stage = pb.STATE_RUNNING, time.time(), 0.0, ""
        del job.warnings[:]
        self._commit(job, self._event(job, state=job.state), attempts=self.record.attempts + 1)

    def requeue(self) -> None:
        """Back into the queue: what ran it ended, or its result is gone."""
        job = self.snapshot()
        check_step(job, pb.STATE_QUEUED)
        # Whoever watches from the start must not meet the end that was none.
        taken_back = self._sequence if job.state == pb.STATE_DONE else 0
        job.state, job.started, job.ended, job.progress, job.stage = pb.STATE_QUEUED, 0.0, 0.0, 0.0, ""
        job.outputs.clear()
        self._commit(job, self._event(job, state=job.state), taken_back=taken_back)

    def progress(self, fraction: float, stage: str) -> None:
        """How far it is."""
        job = self.snapshot()
        job.progress, job.stage = fraction, stage
        self._commit(job, self._event(job, progress=pb.Progress(fraction=fraction, stage=stage)))

    def preview(self, preview: values_pb2.Value) -> None:
        """An early picture."""
        pins = [blob.sha256 for blob in blobs_of(preview)]
        self._commit(self.job, self._event(self.job, preview=preview), pins)

    def warn(self, sentence: str) -> None:
        """Something that the artist should know."""
        job = self.snapshot()
        job.warnings.append(sentence)
        self._commit(job, self._event(job, warning=sentence))

    def end(
        self,
        state: pb.State,
        *,
        outputs: Mapping[str, values_pb2.Values] | None = None,
        failure: pb.Failure | None = None,
    ) -> None:
        """It is over."""
        job = self.snapshot()
        check_step(job, state)
        job.state, job.ended = state, time.time()
        if failure is not None:
            job.failure.CopyFrom(failure)
        if state == pb.STATE_DONE:
            job.progress = 1.0
        for name, values in (outputs or {}).items():
            job.outputs[name].CopyFrom(values)
        pins = [blob.sha256 for port in job.outputs.values() for value in port.values for blob in blobs_of(value)]
        self._commit(job, self._event(job, state=state), pins, settled=state != pb.STATE_DONE)

    def _event(
        self,
        job: pb.Job,
        *,
        state: pb.State | None = None,
        progress: pb.Progress | None = None,
        preview: values_pb2.Value | None = None,
        warning: str | None = None,
    ) -> pb.Event:
        last = job if job.state in ENDED else None
        return pb.Event(
            sequence=self._sequence + 1,
            time=time.time(),
            state=state,
            progress=progress,
            preview=preview,
            warning=warning,
            job=last,
        )

    def _commit(
        self,
        job: pb.Job,
        event: pb.Event,
        pins: Iterable[str] = (),
        *,
        attempts: int | None = None,
        settled: bool = True,
        taken_back: int = 0,
    ) -> None:
        old = self.record
        attempts = old.attempts if attempts is None else attempts
        record = replace(old, job=job, attempts=attempts, settled=settled)
        self._store.change(record, [event], pins, taken_back=taken_back)
        self.record = record
        self._sequence = event.sequence
        with self._bell:
            self.closed = self.closed or job.state in ENDED
            self._bell.notify_all()

    # Who waits

    def close(self) -> None:
        """No more events come from here."""
        with self._bell:
            self.closed = True
            self._bell.notify_all()

    def events(self, after: int, wait: float) -> list[pb.Event]:
        """The events after a sequence number; waits for at most ``wait`` seconds until there are some."""
        with self._bell:
            if self._sequence <= after and not self.closed:
                self._bell.wait(wait)
        return self._store.events(self.job.id, after)
