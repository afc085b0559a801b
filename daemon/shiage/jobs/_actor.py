"""A worker of a Ray cluster, as it lives over there. Nothing here needs Ray until a blob is fetched."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import __version__, operations
from ..memory import MIB, keep_freed
from ..spec import OperationSpec
from ..v1 import values_pb2
from ..values.limits import take_at_most
from ..wire import blobs_of
from ._accelerator import accelerator_name
from ._carry_out import carry_out, use_threads
from ._messages import Begin, Ended, Previewed, Report, Warned

# What a shot's frames have in common (designs, key frames) is sent to a worker once.
KEPT_BYTES = 512 * MIB


@dataclass(frozen=True)
class About:
    """What a worker says of itself once the operations are loaded."""

    version: str
    specs: dict[str, OperationSpec]
    accelerator: str
    pid: int


@dataclass(frozen=True)
class Begun:
    """The job's turn has come."""

    job: str


@dataclass(frozen=True)
class Done:
    """``ended``, with the blobs of its results."""

    ended: Ended
    blobs: dict[str, bytes]


@dataclass(frozen=True)
class Glimpse:
    """An early picture, with its pixels."""

    preview: bytes
    blobs: dict[str, bytes]


Told = Begun | Glimpse | Done | Report


class Actor:
    """One job at a time; networks stay loaded between them, since its process stays."""

    def __init__(self, most_pixels: int, only: str) -> None:
        keep_freed(32 * MIB, 512 * MIB)
        take_at_most(most_pixels)
        if only:
            # It has one processor.
            use_threads(1)
        self._cancelled: dict[str, threading.Event] = {}
        self._kept = _Kept(KEPT_BYTES)
        self._specs = {name: found.spec for name, found in _loaded(only).items()}

    def about(self) -> About:
        """Answered when it is ready."""
        return About(__version__, self._specs, accelerator_name(), os.getpid())

    def cancel(self, job: str) -> None:
        """Stop a job that runs or will."""
        self._cancelled.setdefault(job, threading.Event()).set()

    def carry_out(self, begin: Begin, blobs: Mapping[str, Any], news: bool) -> Iterator[Told]:
        """Run a job and tell how it goes; the last thing told is :class:`Done`.

        ``blobs``: references to the inputs' bytes, by their SHA-256. ``news``: whether anybody reads of its progress.
        """
        yield Begun(begin.job)
        cancelled = self._cancelled.setdefault(begin.job, threading.Event())
        told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        place = _Place(self._kept, blobs)

        def work() -> None:
            ended = carry_out(begin, place, told.put, cancelled)
            told.put(Done(ended, place.made if ended.outputs is not None else {}))

        threading.Thread(target=work, name=begin.job, daemon=True).start()
        while not isinstance(what := told.get(), Done):
            if isinstance(what, Previewed):
                if news:
                    yield place.glimpse(what)
            elif news or isinstance(what, Warned):
                yield what
        self._cancelled.pop(begin.job, None)
        yield what


def _loaded(only: str) -> Mapping[str, operations.Operation]:
    return operations.one(only) if only else operations.registry()


class _Kept:
    """Blobs by their hash, the least lately used going first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._blobs: OrderedDict[str, bytes] = OrderedDict()

    def get(self, sha: str, references: Mapping[str, Any]) -> bytes:
        """A blob's bytes, fetched where they are not here yet."""
        if sha not in self._blobs:
            import ray

            self._blobs[sha] = ray.get(references[sha])
        self._blobs.move_to_end(sha)
        while len(self._blobs) > 1 and sum(map(len, self._blobs.values())) > self._most:
            self._blobs.popitem(last=False)
        return self._blobs[sha]


class _Place:
    """Where a job's blobs are: its inputs with the driver, its results here until it is done."""

    def __init__(self, kept: _Kept, references: Mapping[str, Any]) -> None:
        self._kept = kept
        self._references = references
        self.made: dict[str, bytes] = {}

    def glimpse(self, what: Previewed) -> Glimpse:
        """A preview with its pixels, which the result does not need."""
        shas = [blob.sha256 for blob in blobs_of(values_pb2.Value.FromString(what.preview))]
        return Glimpse(what.preview, {sha: self.made[sha] for sha in shas})

    def load(self, blob: values_pb2.Blob) -> memoryview:
        """A copy that may be written to."""
        return memoryview(bytearray(self._kept.get(blob.sha256, self._references)))

    def put(self, data: bytes | bytearray | memoryview) -> values_pb2.Blob:
        """Kept for :class:`Done`."""
        whole = bytes(memoryview(data).cast("B"))
        sha = hashlib.sha256(whole).hexdigest()
        self.made[sha] = whole
        return values_pb2.Blob(sha256=sha, size=len(whole))
