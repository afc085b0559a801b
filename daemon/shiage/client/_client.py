"""The client."""

from __future__ import annotations

import time
import uuid
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, List, Optional, Sequence, TypeVar, Union

import grpc

from ..v1 import jobs_pb2, operations_pb2, values_pb2
from ._blobs import (
    Bytes,
    Received,
    ReceivedFile,
    blob_of_bytes,
    blob_of_file,
    requests_of_bytes,
    requests_of_file,
)
from ._channel import Channel, Identity, check_protocol
from ._chunks import PutPart
from ._errors import DaemonError
from .home import data_home
from .lockfile import LockFile, find_daemon

ENDED = (jobs_pb2.STATE_DONE, jobs_pb2.STATE_FAILED, jobs_pb2.STATE_CANCELLED)
CALL_DEADLINE = 30.0
# How often a file that changes while it is sent is begun again.
LOOKS = 3
ASK_ABOVE = 1 << 20
Answer = TypeVar("Answer")


class Client:
    """A connection to the daemon of one home. It may be used from several threads.

    A daemon that restarts is found again through its lock file: every call is safe to repeat (a submission carries a
    key), so a call that meets a daemon on its way up waits for it for at most ``patience`` seconds.
    """

    def __init__(self, home: Path, channel: Channel, identity: Optional[Identity], patience: float) -> None:
        self._home = home
        self._channel = channel
        self._identity = identity
        self._patience = patience

    @classmethod
    def connect(
        cls,
        home: Optional[Path] = None,
        *,
        identity: Optional[Identity] = None,
        patience: float = 10.0,
        deadline: float = 5.0,
    ) -> Client:
        """A client of the daemon that runs under ``home`` (default: :func:`data_home`).

        DaemonError: Unreachable where none runs or it does not answer within ``deadline`` seconds, NotReady where its
        protocol is another, Refused where it does not accept this client. ``identity``: the certificate to show, where
        the daemon's file does not name it.
        """
        place = data_home(home)
        lock = find_daemon(place)
        if lock is None:
            raise DaemonError("Unreachable", "No Shiage daemon runs. Start one with `shiage serve`.")
        channel = Channel(lock, identity)
        try:
            info = channel.stub.GetInfo(
                jobs_pb2.GetInfoRequest(), timeout=deadline, metadata=channel.metadata, wait_for_ready=False
            )
            check_protocol(info.version, info.protocol)
        except grpc.RpcError as error:
            channel.close()
            raise DaemonError.from_rpc(error) from error
        except DaemonError:
            channel.close()
            raise
        return cls(place, channel, identity, patience)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; jobs go on."""
        self._channel.close()

    @property
    def lock(self) -> LockFile:
        """What the daemon says of itself."""
        return self._channel.lock

    # The house

    def info(self) -> jobs_pb2.Info:
        """Who answers, and how much is in the queue and the spool."""
        info: jobs_pb2.Info = self._call("GetInfo", jobs_pb2.GetInfoRequest())
        return info

    def operations(self) -> List[operations_pb2.Operation]:
        """Every operation, described."""
        return list(self._call("ListOperations", jobs_pb2.ListOperationsRequest()).operations)

    def shutdown(self, now: bool = False) -> None:
        """End the daemon once what runs has ended, or ``now`` (it is in the queue again at the next start)."""
        self._call("Shutdown", jobs_pb2.ShutdownRequest(now=now))

    # Blobs

    def put_bytes(self, data: Bytes) -> values_pb2.Blob:
        """Send ``data`` unless the daemon has it."""
        blob = blob_of_bytes(data)
        self._put(blob, lambda: requests_of_bytes(blob, data))
        return blob

    def put_file(self, path: Union[str, Path]) -> values_pb2.Blob:
        """Send a file unless the daemon has it. One that changes meanwhile is sent as it is then."""
        try:
            with open(path, "rb") as source:
                for _ in range(LOOKS):
                    blob = blob_of_file(source)
                    try:
                        self._put(blob, partial(requests_of_file, blob, source))
                        return blob
                    except DaemonError as error:
                        if error.code != "BadInput" or blob_of_file(source) == blob:
                            raise
            raise DaemonError("BadInput", f"{path} is being written by another program. Try again when it is saved.")
        except OSError as error:
            raise DaemonError("BadInput", f"{path} can't be read: {error.strerror or error}.") from error

    def _put(self, blob: values_pb2.Blob, requests: Callable[[], Iterator[PutPart]]) -> None:
        # A small blob is sent as quickly as asked for; the daemon stops a stream of what it has.
        if blob.size > ASK_ABOVE and not self.missing([blob.sha256]):
            return
        self._repeat(
            lambda channel: channel.put_blob(requests(), metadata=channel.metadata),
            time.monotonic() + self._patience,
        )

    def missing(self, hashes: Iterable[str]) -> List[str]:
        """Which of these blobs the daemon does not have."""
        return list(self._call("HasBlobs", jobs_pb2.HasBlobsRequest(sha256=list(hashes))).missing)

    def get_bytes(self, blob: values_pb2.Blob) -> bytearray:
        """A blob, checked against its hash."""
        received = Received(blob)
        self._receive(received)
        return received.data

    def get_file(self, blob: values_pb2.Blob, path: Union[str, Path]) -> Path:
        """A blob into a file, which appears only when it is whole and right."""
        try:
            received = ReceivedFile(blob, Path(path))
        except OSError as error:
            raise DaemonError("BadInput", f"{path} can't be written: {error.strerror or error}.") from error
        try:
            self._receive(received)
            return received.place()
        except OSError as error:
            raise DaemonError("TooLarge", f"{path} can't be written: {error.strerror or error}.") from error
        finally:
            received.abandon()

    def _receive(self, received: Union[Received, ReceivedFile]) -> None:
        def go_on(channel: Channel) -> None:
            request = jobs_pb2.GetBlobRequest(sha256=received.blob.sha256, offset=received.offset)
            for chunk in channel.get_blob(request, metadata=channel.metadata):
                received.append(chunk)

        try:
            self._repeat(go_on, time.monotonic() + self._patience)
            received.check()
        except ValueError as error:
            raise DaemonError("Broken", f"The daemon sent a wrong result: {error}. Run the job again.") from error

    # Jobs

    def submit(self, request: jobs_pb2.SubmitRequest) -> jobs_pb2.Job:
        """Put a job into the queue. It gets a key if it has none, so that a lost answer can be asked for again."""
        if not request.request_key:
            keyed = jobs_pb2.SubmitRequest()
            keyed.CopyFrom(request)
            keyed.request_key = uuid.uuid4().hex
            request = keyed
        job: jobs_pb2.Job = self._call("Submit", request)
        return job

    def watch(self, job: str, after: int = 0, patience: Optional[float] = None) -> Iterator[jobs_pb2.Event]:
        """The events of a job after sequence number ``after``, until it has ended (the last one carries the job).

        A lost stream is taken up again where it was, also when the daemon was started anew; DaemonError (Unreachable)
        where it stays away for ``patience`` seconds.
        """
        wait = self._patience if patience is None else patience
        end = time.monotonic() + wait
        while True:
            channel = self._channel
            request = jobs_pb2.WatchRequest(job=job, after=after)
            before = after
            try:
                for event in channel.stub.Watch(request, metadata=channel.metadata):
                    after = event.sequence
                    end = time.monotonic() + wait
                    yield event
                    if event.HasField("job"):
                        return
            except grpc.RpcError as error:
                self._reconnect(channel, error, end)
            else:
                # Ended without the last event: the daemon is going down, or the caller has seen the last one.
                if after == before and self.job(job).state in ENDED:
                    return
                self._reconnect(channel, None, end)

    def wait(self, job: str, on_event: Optional[Callable[[jobs_pb2.Event], None]] = None) -> jobs_pb2.Job:
        """The job once it is done; DaemonError where it failed or was cancelled."""
        for event in self.watch(job):
            if on_event is not None:
                on_event(event)
            if event.HasField("job"):
                return done(event.job)
        raise DaemonError("Broken", f"The daemon forgot job {job}.")

    def job(self, job: str) -> jobs_pb2.Job:
        """A job as it is now."""
        found: jobs_pb2.Job = self._call("GetJob", jobs_pb2.GetJobRequest(job=job))
        return found

    def jobs(self, limit: int = 0, states: Sequence[jobs_pb2.State] = ()) -> List[jobs_pb2.Job]:
        """The newest jobs (0 = 100 of them), in these states (none = all)."""
        return list(self._call("ListJobs", jobs_pb2.ListJobsRequest(limit=limit, states=list(states))).jobs)

    def cancel(self, job: str) -> jobs_pb2.Job:
        """Stop a job; one that has ended stays as it is."""
        stopped: jobs_pb2.Job = self._call("Cancel", jobs_pb2.CancelRequest(job=job))
        return stopped

    # Calls

    def _call(self, method: str, request: Any) -> Any:
        def once(channel: Channel) -> Any:
            return getattr(channel.stub, method)(request, timeout=CALL_DEADLINE, metadata=channel.metadata)

        return self._repeat(once, time.monotonic() + self._patience)

    def _repeat(self, once: Callable[[Channel], Answer], end: float) -> Answer:
        while True:
            channel = self._channel
            try:
                return once(channel)
            except grpc.RpcError as error:
                self._reconnect(channel, error, end)

    def _reconnect(self, lost: Channel, error: Optional[grpc.RpcError], end: float) -> None:
        """Make ready for the next try, or raise what the user should read."""
        if error is not None and error.code() is grpc.StatusCode.UNAUTHENTICATED and lost.has_old_token():
            if self._channel is lost:
                self._channel = Channel(lost.lock, self._identity)
            return
        if error is not None and error.code() is not grpc.StatusCode.UNAVAILABLE:
            raise DaemonError.from_rpc(error) from error
        if time.monotonic() >= end:
            unreachable = "The Shiage daemon is gone. Start it with `shiage serve`: its jobs go on."
            raise DaemonError("Unreachable", unreachable) from error
        time.sleep(0.05)
        lock = find_daemon(self._home)
        if lock is not None and lock != lost.lock and self._channel is lost:
            self._channel = Channel(lock, self._identity)
            # The lost one is not closed: another thread may still read from it, and it ends by itself.


def done(job: jobs_pb2.Job) -> jobs_pb2.Job:
    """``job`` if it is done; DaemonError where it failed or was cancelled."""
    if job.state == jobs_pb2.STATE_FAILED:
        raise DaemonError.from_failure(job.failure)
    if job.state == jobs_pb2.STATE_CANCELLED:
        raise DaemonError("Cancelled", f"Job {job.id} was cancelled.")
    if job.state != jobs_pb2.STATE_DONE:
        raise DaemonError("NotReady", f"Job {job.id} has not ended yet.")
    return job
