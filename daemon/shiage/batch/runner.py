"""Runs a batch's frames on the daemon's kind of workers, and writes each result whole or not at all."""

from __future__ import annotations

import hashlib
import queue
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..errors import Broken, ShiageError, describe
from ..jobs import House
from ..jobs.engine import Assignment, Engine
from ..jobs.engines import engine_for_batch
from ..jobs.observer import Measures
from ..jobs.spool import Spool
from ..spec import OperationSpec, Port
from ..v1 import jobs_pb2, values_pb2
from ..values import Facts, Kind, Mask, Palette, Raster, Regions, Value
from ..values.files import encode_mask, encode_palette, encode_picture, encode_regions, write_bytes
from ..wire import check_request, decode_value, digest_of, encode_value, error_of, parameters_to_proto
from .journal import Journal
from .sources import FrameSource

# A frame whose worker dies is begun a second time; the frame may be what kills it.
TRIES = 2
_PICTURES = (Kind.RASTER, Kind.MASK, Kind.REGIONS)


@dataclass(frozen=True)
class Event:
    """What became of a frame. ``files``: what lies in the destination for it; ``done``: how many frames are over."""

    frame: str
    state: Literal["done", "skipped", "failed"]
    done: int
    total: int
    files: tuple[str, ...] = ()
    error: str = ""
    warnings: tuple[str, ...] = ()


@dataclass
class _Task:
    frame: FrameSource
    key: str
    request: bytes
    blob: str
    tries: int = 0
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Over:
    """The end of a frame's run: its outputs, or why there are none.

    ``lost``: its worker died; ``returned``: before it began.
    """

    job: str
    attempt: int
    outputs: Mapping[str, values_pb2.Values] | None = None
    error: ShiageError | None = None
    lost: bool = False
    returned: bool = False


class _Ears:
    """What the engine tells, put in one line for the thread that runs the batch."""

    def __init__(self) -> None:
        self.heard: queue.SimpleQueue[_Over | tuple[str, str] | None] = queue.SimpleQueue()

    def progressed(self, job: str, attempt: int, fraction: float, stage: str) -> None:
        """Frames are counted, not their parts."""

    def previewed(self, job: str, attempt: int, preview: values_pb2.Value) -> None:
        """Nobody watches."""

    def warned(self, job: str, attempt: int, sentence: str) -> None:
        """Told with the frame's end."""
        self.heard.put((job, sentence))

    def measured(self, job: str, attempt: int, measures: Measures) -> None:
        """Nobody measures."""

    def finished(self, job: str, attempt: int, outputs: Mapping[str, values_pb2.Values]) -> None:
        """A frame's outputs are in the spool."""
        self.heard.put(_Over(job, attempt, outputs=outputs))

    def failed(self, job: str, attempt: int, failure: jobs_pb2.Failure) -> None:
        """The operation gave up."""
        self.heard.put(_Over(job, attempt, error=error_of(failure)))

    def lost(self, job: str, attempt: int, sentence: str) -> None:
        """A worker died."""
        self.heard.put(_Over(job, attempt, error=Broken(f"The process that ran it died ({sentence})."), lost=True))

    def returned(self, job: str, attempt: int) -> None:
        """A worker died before it began the frame."""
        self.heard.put(_Over(job, attempt, returned=True))

    def freed(self) -> None:
        """A worker waits."""
        self.heard.put(None)


def run_batch(
    spec: OperationSpec,
    frames: Sequence[FrameSource],
    fixed: Mapping[str, Sequence[Value]],
    parameters: Mapping[str, object],
    out: Path,
    *,
    outputs: Sequence[str] = (),
    workers: int = 2,
    engine: str = "local",
    tell: Callable[[Event], None] = lambda event: None,
) -> list[Event]:
    """Run ``spec`` on each frame, given to its first port, with the values of ``fixed`` on the others.

    The primary output is written to ``out`` under the frame's own name, each further port of ``outputs`` into a folder
    of its own. ``engine``: ``local``, ``ray`` or ``ray=ADDRESS``. A frame that the journal in ``out`` has as done is
    skipped. One that fails is told and the rest goes on.
    """
    wanted = [port for n, port in enumerate(spec.outputs) if n == 0 or port.name in outputs]
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="shiage-batch-") as scratch:
        batch = _Batch(spec, wanted, out, House.at(Path(scratch)), len(frames), tell)
        return batch.run(frames, batch.request(fixed, parameters), engine_for_batch(engine, batch.house, workers))


class _Batch:
    def __init__(
        self,
        spec: OperationSpec,
        wanted: Sequence[Port],
        out: Path,
        house: House,
        total: int,
        tell: Callable[[Event], None],
    ) -> None:
        self._spec, self._wanted, self._out, self.house = spec, wanted, out, house
        self._total, self._tell = total, tell
        self._spool = Spool(house.spool)
        self._journal = Journal(out)
        self._running: dict[str, _Task] = {}
        self._again: list[_Task] = []
        self._events: list[Event] = []

    def request(self, fixed: Mapping[str, Sequence[Value]], parameters: Mapping[str, object]) -> jobs_pb2.SubmitRequest:
        """What all frames have in common."""
        request = jobs_pb2.SubmitRequest(operation=self._spec.id, parameters=parameters_to_proto(parameters))
        for name, values in fixed.items():
            request.inputs[name].values.extend(encode_value(value, self._spool.put) for value in values)
        return request

    def run(self, frames: Sequence[FrameSource], common: jobs_pb2.SubmitRequest, engine: Engine) -> list[Event]:
        """All frames; what became of each, in the order in which they ended."""
        ears = _Ears()
        waiting = self._tasks(frames, common)
        first = next(waiting, None)
        if first is None:
            return self._events
        try:
            engine.start(ears)
            self._again.append(first)
            while True:
                # The accelerator's owner alone runs networks.
                for slot in engine.idle():
                    if self._spec.accelerator and not slot.accelerator:
                        continue
                    task = self._again.pop() if self._again else next(waiting, None)
                    if task is None:
                        break
                    task.tries += 1
                    self._running[task.key] = task
                    engine.begin(slot, Assignment(task.key, task.tries, task.request))
                if not self._running and not self._again and len(self._events) >= self._total:
                    return self._events
                self._hear(ears.heard.get())
        finally:
            engine.stop()

    def _tasks(self, frames: Sequence[FrameSource], common: jobs_pb2.SubmitRequest) -> Iterator[_Task]:
        """The frames that are to be done, read one by one as workers ask for them."""
        for frame in frames:
            try:
                task = self._task(frame, common)
            except Exception as error:
                self._over(frame, "failed", error=str(describe(error)))
                continue
            if task is None:
                self._over(frame, "skipped")
            else:
                yield task

    def _task(self, frame: FrameSource, common: jobs_pb2.SubmitRequest) -> _Task | None:
        data = frame.read()
        blob = values_pb2.Blob(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        request = jobs_pb2.SubmitRequest()
        request.CopyFrom(common)
        raster = values_pb2.Raster(pixels=blob, encoding=values_pb2.ENCODING_FILE)
        port = self._spec.inputs[0].name
        request.inputs[port].values.insert(0, values_pb2.Value(name=Path(frame.name).stem, raster=raster))
        digest = digest_of(self._spec, request, check_request(self._spec, request))
        named = "\n".join([digest, frame.name, *(port.name for port in self._wanted)])
        key = hashlib.sha256(named.encode()).hexdigest()
        if self._journal.is_done(key):
            return None
        self._spool.put(data)
        return _Task(frame, key, request.SerializeToString(), blob.sha256)

    def _hear(self, news: _Over | tuple[str, str] | None) -> None:
        if isinstance(news, tuple):
            if task := self._running.get(news[0]):
                task.warnings.append(news[1])
            return
        running = self._running.get(news.job) if news else None
        if news is None or running is None or running.tries != news.attempt:
            return
        task = self._running.pop(news.job)
        if news.returned:
            task.tries -= 1
            self._again.append(task)
            return
        if news.lost and task.tries < TRIES:
            self._again.append(task)
            return
        warnings = tuple(dict.fromkeys(task.warnings))
        if news.outputs is None:
            self._over(task.frame, "failed", error=str(news.error), warnings=warnings)
            return
        try:
            files = self._write(task, news.outputs)
        except Exception as error:
            self._over(task.frame, "failed", error=str(describe(error)), warnings=warnings)
        else:
            self._over(task.frame, "done", files=tuple(files), warnings=warnings)

    def _write(self, task: _Task, outputs: Mapping[str, values_pb2.Values]) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        for number, port in enumerate(self._wanted):
            for index, value in enumerate(outputs[port.name].values if port.name in outputs else ()):
                decoded = decode_value(value, self._spool.load, port.name)
                files[_name(task.frame, port, number == 0, index)] = _encode(decoded, task.frame)
        for name, data in files.items():
            write_bytes(self._out / name, data)
        self._journal.add(task.key, files)
        return files

    def _over(
        self,
        frame: FrameSource,
        state: Literal["done", "skipped", "failed"],
        *,
        files: tuple[str, ...] = (),
        error: str = "",
        warnings: tuple[str, ...] = (),
    ) -> None:
        event = Event(frame.name, state, len(self._events) + 1, self._total, files, error, warnings)
        self._events.append(event)
        self._tell(event)


def _name(frame: FrameSource, port: Port, primary: bool, index: int) -> str:
    stem, suffix = Path(frame.name).stem, Path(frame.name).suffix
    # JPEG and BMP have no alpha, which flats need; labels and masks are PNG.
    keeps = port.kind is Kind.RASTER and suffix.lower() not in (".jpg", ".jpeg", ".bmp")
    ending = suffix if keeps else ".png" if port.kind in _PICTURES else ".json"
    numbered = f"{stem}.{index + 1}" if index else stem
    return f"{numbered}{ending}" if primary else f"{port.name}/{numbered}{ending}"


def _encode(value: Value, frame: FrameSource) -> bytes:
    suffix = Path(frame.name).suffix.lower()
    if isinstance(value, Raster):
        return encode_picture(value, ".png" if suffix in (".jpg", ".jpeg", ".bmp") else suffix)
    if isinstance(value, Regions):
        return encode_regions(value)
    if isinstance(value, Mask):
        return encode_mask(value)
    if isinstance(value, Palette):
        return encode_palette(value)
    if isinstance(value, Facts):
        return value.to_json(indent=1).encode() + b"\n"
    raise Broken("A clip can't be the result of one frame.")
