"""The contract of ``jobs.proto``, answered from the desk."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import unquote

import grpc

from .. import __version__
from ..client._chunks import PutPart
from ..client.lockfile import PROTOCOL
from ..errors import BadInput, TooLarge
from ..jobs import Desk
from ..v1 import jobs_pb2 as pb
from ..v1 import jobs_pb2_grpc, values_pb2
from ..wire import check_sha, spec_to_proto
from ..wire.limits import LARGEST_BLOB
from .address import Address
from .metrics import Metrics
from .transfers import Transfer, Transfers

CHUNK = 1 << 20
# A watcher or a transfer holds a thread as long as it lasts. Both are counted, so that threads for calls remain.
MOST_WATCHERS = 256
MOST_TRANSFERS = 96
THREADS = MOST_WATCHERS + MOST_TRANSFERS + 32
MOST_HASHES = 10_000
LONGEST_LIST = 1000


class ShiageServicer(jobs_pb2_grpc.ShiageServicer):
    """One method a call; errors are raised and become statuses in the guard."""

    def __init__(self, desk: Desk, metrics: Metrics, shut_down: Callable[[bool], None], patience: float = 60.0) -> None:
        self._desk = desk
        self._metrics = metrics
        self._shut_down = shut_down
        self._started = time.time()
        self._watchers = threading.Semaphore(MOST_WATCHERS)
        self._transfers = Transfers(MOST_TRANSFERS, patience)

    # The house

    def GetInfo(self, request: pb.GetInfoRequest, context: grpc.ServicerContext) -> pb.Info:
        """Who answers."""
        queued, running = self._desk.counts()
        return pb.Info(
            version=__version__,
            protocol=PROTOCOL,
            pid=os.getpid(),
            started=self._started,
            queued=queued,
            running=running,
            spool_bytes=self._desk.upkeep.used,
            spool_limit=self._desk.limits.spool_bytes,
            accelerator=self._desk.accelerator(),
        )

    def ListOperations(
        self, request: pb.ListOperationsRequest, context: grpc.ServicerContext
    ) -> pb.ListOperationsResponse:
        """What can be done."""
        return pb.ListOperationsResponse(operations=[spec_to_proto(spec) for spec in self._desk.specs.values()])

    def Shutdown(self, request: pb.ShutdownRequest, context: grpc.ServicerContext) -> pb.ShutdownResponse:
        """End, once this is answered."""
        self._shut_down(request.now)
        return pb.ShutdownResponse()

    # Blobs

    def PutBlob(self, requests: Iterable[PutPart], context: grpc.ServicerContext) -> pb.PutBlobResponse:
        """A header, then chunks."""
        with self._transfers.one(context) as transfer:
            messages = _moving(requests, transfer)
            blob = _header(messages)
            here = self._desk.spool.has(blob.sha256)
            self._metrics.blob_asked_for(here)
            if here:
                return pb.PutBlobResponse(blob=blob, already_here=True)
            self._desk.upkeep.admit(blob.size)
            try:
                self._take_in(blob, messages)
            except BaseException:
                self._desk.upkeep.release(blob.size)
                raise
            self._desk.upkeep.arrived(blob.size)
            # Begun now, so that the submission which names it has less to wait for.
            self._desk.upkeep.settle("", [blob.sha256])
            return pb.PutBlobResponse(blob=blob)

    def _take_in(self, blob: values_pb2.Blob, messages: Iterator[PutPart]) -> None:
        with self._desk.spool.incoming(blob) as incoming:
            for message in messages:
                if not isinstance(message, memoryview):
                    raise BadInput("After its header, a blob is sent in chunks only.")
                if len(message) > CHUNK:
                    raise BadInput(f"A chunk has at most {CHUNK} bytes, not {len(message)}.")
                incoming.write(message)
            incoming.finish()

    def HasBlobs(self, request: pb.HasBlobsRequest, context: grpc.ServicerContext) -> pb.HasBlobsResponse:
        """Which blobs are not here."""
        if len(request.sha256) > MOST_HASHES:
            raise TooLarge(f"At most {MOST_HASHES} blobs are asked for at once.")
        for sha in request.sha256:
            check_sha(sha)
        missing = [sha for sha in request.sha256 if not self._desk.spool.has(sha)]
        # One that is missing is counted when it comes.
        for _ in range(len(request.sha256) - len(missing)):
            self._metrics.blob_asked_for(here=True)
        return pb.HasBlobsResponse(missing=missing)

    def GetBlob(self, request: pb.GetBlobRequest, context: grpc.ServicerContext) -> Iterator[bytes]:
        """A blob from an offset on; the guard makes the chunks of it."""
        with self._transfers.one(context) as transfer:
            for chunk in self._desk.spool.read(request.sha256, request.offset):
                yield chunk
                transfer.moved()

    # Jobs

    def Submit(self, request: pb.SubmitRequest, context: grpc.ServicerContext) -> pb.Job:
        """On disk when answered."""
        return self._desk.submit(request, caller_of(request, context))

    def Watch(self, request: pb.WatchRequest, context: grpc.ServicerContext) -> Iterator[pb.Event]:
        """Events until the job has ended, or the daemon does."""
        with _one_of(self._watchers, f"{MOST_WATCHERS} callers watch jobs already."):
            after = request.after
            while context.is_active():
                more = self._desk.is_live(request.job)
                for event in self._desk.events(request.job, after, wait=1.0):
                    after = event.sequence
                    yield event
                if not more:
                    return

    def GetJob(self, request: pb.GetJobRequest, context: grpc.ServicerContext) -> pb.Job:
        """A job as it is now."""
        return self._desk.job(request.job)

    def ListJobs(self, request: pb.ListJobsRequest, context: grpc.ServicerContext) -> pb.ListJobsResponse:
        """The newest jobs."""
        limit = min(request.limit or 100, LONGEST_LIST)
        return pb.ListJobsResponse(jobs=self._desk.jobs(limit, list(request.states)))

    def Cancel(self, request: pb.CancelRequest, context: grpc.ServicerContext) -> pb.Job:
        """Stop a job."""
        return self._desk.cancel(request.job)


def caller_of(request: pb.SubmitRequest, context: grpc.ServicerContext) -> str:
    """On whose account a job waits: the name on the caller's certificate, else its machine.

    On this machine, where all are one user's programs, the name that the program gives itself.
    """
    # A list of bytes a property, which its stub has as one number.
    names = cast("dict[str, list[bytes]]", context.auth_context()).get("x509_common_name")
    if names:
        return names[0].decode(errors="replace")
    kind, _, place = context.peer().partition(":")
    host = unquote(place).rpartition(":")[0].strip("[]")
    if kind in ("ipv4", "ipv6") and not Address(host=host).loopback:
        return host
    return request.client[:200] or "unnamed"


def _moving(requests: Iterable[PutPart], transfer: Transfer) -> Iterator[PutPart]:
    for part in requests:
        transfer.moved()
        yield part


def _header(messages: Iterator[PutPart]) -> values_pb2.Blob:
    first = next(messages, None)
    if first is None or isinstance(first, memoryview) or first.WhichOneof("part") != "header":
        raise BadInput("A blob begins with its header: its hash and size.")
    check_sha(first.header.sha256)
    if first.header.size > LARGEST_BLOB:
        raise TooLarge(f"A blob has at most {LARGEST_BLOB >> 20} MiB, not {first.header.size >> 20}.")
    return first.header


@contextmanager
def _one_of(places: threading.Semaphore, taken: str) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise TooLarge(taken, hint="Try again when one of them has ended.")
    try:
        yield
    finally:
        places.release()
