"""Carrying a job out in the process that runs operations, whichever engine started it."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from .. import chains, operations
from ..errors import Broken, Cancelled, describe
from ..memory import held
from ..nets.cache import CACHE
from ..spec import Work
from ..v1 import jobs_pb2, values_pb2
from ..values import Clip, Raster, Value
from ..values.files import encode_picture
from ..wire import encode_value, failure_of, inputs_of, parameters_of
from ._messages import Begin, Ended, Previewed, Progressed, Report, Warned
from .observer import Measures

# More often than this nobody can read it.
PROGRESS_EVERY = 0.05
PREVIEW_EVERY = 0.25

READING, WRITING = "reading", "writing"

Say = Callable[[Report], None]


class Blobs(Protocol):
    """Where a job's inputs are, and where its results go."""

    def load(self, blob: values_pb2.Blob) -> memoryview:
        """A blob's bytes."""

    def put(self, data: bytes | bytearray | memoryview) -> values_pb2.Blob:
        """Keep these bytes."""


def carry_out(begin: Begin, blobs: Blobs, say: Say, cancelled: threading.Event) -> Ended:
    """Run a job and say how it goes; what became of it. Never raises."""
    work = Reporting(begin.job, blobs, say, cancelled)
    kept, loaded = CACHE.kept, CACHE.built
    outputs: dict[str, bytes] | None = None
    failure: bytes | None = None
    try:
        outputs = _outputs(begin, blobs, work)
    except BaseException as error:
        # Neither outputs nor a failure says that it was cancelled.
        if not (isinstance(error, Cancelled) and cancelled.is_set()):
            told = describe(error)
            if isinstance(told, Broken):
                traceback.print_exc()
            failure = failure_of(told).SerializeToString()
    measures = Measures(work.seconds(), CACHE.kept - kept, CACHE.built - loaded)
    return Ended(begin.job, held(), measures, outputs, failure)


def _outputs(begin: Begin, blobs: Blobs, work: Reporting) -> dict[str, bytes]:
    request = jobs_pb2.SubmitRequest.FromString(begin.request)
    inputs = inputs_of(request, blobs.load)
    work.enter(request.operation)
    found = chains.run(request.operation, inputs, parameters_of(request), work)
    work.enter(WRITING)
    made: dict[str, bytes] = {}
    profile = _profile(inputs[_first_port(request)]) if begin.files else b""
    for name, values in found.items():
        if begin.files is not None and name not in begin.files:
            continue
        work.check()
        suffix = begin.files[name] if begin.files is not None else ""
        encoded = [_encoded(value, suffix, profile, blobs) for value in values]
        made[name] = values_pb2.Values(values=encoded).SerializeToString()
    return made


def _first_port(request: jobs_pb2.SubmitRequest) -> str:
    """Where the frame is."""
    if request.operation == chains.CHAIN:
        return chains.SOURCE
    return operations.get(request.operation).spec.inputs[0].name


def _profile(frame: Sequence[Value]) -> bytes:
    """The colour profile of the frame, or of the first one of a shot."""
    first = frame[0]
    picture = first.frames[0].raster if isinstance(first, Clip) else first
    return picture.profile if isinstance(picture, Raster) else b""


def _encoded(value: Value, suffix: str, profile: bytes, blobs: Blobs) -> values_pb2.Value:
    def file(raster: Raster) -> values_pb2.Raster:
        data = encode_picture(raster, suffix, profile=profile)
        return values_pb2.Raster(
            pixels=blobs.put(data), encoding=values_pb2.ENCODING_FILE, blend=raster.blend, opacity=raster.opacity
        )

    if suffix and isinstance(value, Raster):
        return values_pb2.Value(name=value.name, raster=file(value))
    if suffix and isinstance(value, Clip):
        frames = [
            values_pb2.Frame(time=f.time, hold=f.hold, key=f.key, name=f.raster.name, raster=file(f.raster))
            for f in value.frames
        ]
        return values_pb2.Value(name=value.name, clip=values_pb2.Clip(fps=value.fps, frames=frames))
    return encode_value(value, blobs.put)


class Reporting(Work):
    """A job's thread to the daemon. Progress and previews that come too thick are passed over.

    It also keeps the time of each stage: from the word that names it to the next one.
    """

    def __init__(self, job: str, blobs: Blobs, say: Say, cancelled: threading.Event) -> None:
        super().__init__(
            on_progress=self._tell_progress,
            on_preview=self._tell_preview,
            on_warning=lambda sentence: say(Warned(job, sentence)),
            cancelled=cancelled,
        )
        self._job = job
        self._blobs = blobs
        self._say = say
        self._next_progress = 0.0
        self._next_preview = 0.0
        self._seconds: dict[str, float] = {}
        self._stage = READING
        self._since = time.perf_counter()

    def enter(self, stage: str) -> None:
        """From now on it does something else. Before its first word, an operation's stage is its id."""
        now = time.perf_counter()
        self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now

    def seconds(self) -> dict[str, float]:
        """What each stage took until now."""
        self.enter(self._stage)
        return self._seconds

    def _tell_progress(self, fraction: float, stage: str) -> None:
        if stage != self._stage:
            self.enter(stage)
        now = time.monotonic()
        if now >= self._next_progress:
            self._next_progress = now + PROGRESS_EVERY
            self._say(Progressed(self._job, fraction, stage))

    def _tell_preview(self, raster: Raster) -> None:
        now = time.monotonic()
        if now >= self._next_preview:
            self._next_preview = now + PREVIEW_EVERY
            # A job does not fail for want of room for a preview.
            with suppress(OSError):
                self._say(Previewed(self._job, encode_value(raster, self._blobs.put).SerializeToString()))


def use_threads(threads: int) -> None:
    """This process shares the processors with others like it, and works on pixels in so many threads."""
    import cv2

    from ..craft import strips

    cv2.setNumThreads(threads)
    strips.use_threads(threads)
