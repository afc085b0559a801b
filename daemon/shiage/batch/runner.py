"""Runs a batch's frames on the daemon's kind of workers, and writes each result whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ..chains import CHAIN
from ..errors import BadInput, NotFound, describe
from ..jobs import House
from ..jobs.desk import hashes_of
from ..jobs.engine import Assignment
from ..jobs.engines import engine_for_batch
from ..jobs.spool import Spool
from ..spec import UPPER
from ..v1 import jobs_pb2, values_pb2
from ..wire import blobs_of, check_request, decode_value, digest_of, encode_value, parameters_to_proto
from ._engine import Ears, Kept, News, Over, Took
from ._scratch import scratch
from ._writing import Shelf, Writer, Written, files_of, names_of, wanted_of
from .asked import Asked
from .claims import Work, check_unclaimed, work_of
from .journal import Journal, Note
from .origins import UNKNOWN, Origin
from .parts import Part, Parts
from .sources import FrameSource, Shot

# A frame whose worker dies is begun a second time; the frame may be what kills it.
TRIES = 2


@dataclass(frozen=True)
class Event:
    """What became of a frame. ``files``: what lies in the destination for it; ``done``: how many frames are over.

    ``seconds``: what reading, computing and writing took, wherever they were done.
    """

    frame: str
    state: Literal["done", "skipped", "failed"]
    done: int
    total: int
    files: tuple[str, ...] = ()
    error: str = ""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass
class _Task:
    frame: FrameSource | Shot | Part
    key: str
    request: bytes
    source: values_pb2.Value
    # Of its pictures (so many), then of its results.
    blobs: list[str]
    given: int
    tries: int = 0
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)


def run_batch(
    asked: Asked,
    frames: Sequence[FrameSource],
    *,
    workers: int = 2,
    engine: str = "local",
    tell: Callable[[Event], None] = lambda event: None,
) -> list[Event]:
    """Do what is asked with these frames; what became of each.

    ``engine``: ``local``, ``ray`` or ``ray=ADDRESS``. A frame that the journal in the destination has as done is
    skipped. One that fails is told and the rest goes on. BadInput where results of another source lie there.
    """
    with Runner(asked, workers=workers, engine=engine) as runner:
        runner.check(frames)
        return runner.run(frames, tell)


@dataclass(frozen=True)
class Left:
    """What :func:`run_batch` would find. ``told``: frames that it would not do, since they are done or can't be read;
    ``stale``: files of an earlier run that it would take away; ``aside``: those that no batch wrote, which it would set
    aside, as far as the names of its own are known.
    """

    told: list[Event]
    stale: list[str]
    aside: list[str]


def what_is_left(asked: Asked, frames: Sequence[FrameSource]) -> Left:
    """Writes nothing. BadInput as :func:`run_batch`."""
    with scratch() as folder:
        house = House.at(folder)
        journal = Journal(asked.out, peek=True)
        check_unclaimed(asked, frames, journal)
        told: list[Event] = []
        batch = _Batch(asked, house, len(frames), journal, 1, told.append, Shelf(Spool(house.spool)))
        to_be: dict[str, FrameSource | None] = {}
        for task in batch.tasks(work_of(asked, frames), batch.request()):
            to_be |= names_of(asked, task.frame)
        failed = {event.frame for event in told if event.state == "failed"}
        stale = list(batch.stale(frames, failed)) if asked.in_stretches else []
        return Left(told, stale, [name for name in sorted(to_be) if journal.is_by_hand(name)])


class Runner:
    """A batch whose frames come in several rounds: its workers stay between them. See :func:`run_batch`.

    The destination is its own from the beginning of the ``with`` block to its end.
    """

    def __init__(self, asked: Asked, *, workers: int = 2, engine: str = "local") -> None:
        self._asked = asked
        self._workers, self._engine = workers, engine
        self._open = ExitStack()
        self.taken_away: list[str] = []
        """Files of earlier runs that the last round put others in the place of, under other names."""

    def __enter__(self) -> Runner:
        out, spec = self._asked.out, self._asked.spec
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = "it is a link that leads nowhere" if out.is_symlink() else error.strerror
            raise BadInput(f"can't be made: {reason}.", where=str(out), hint="Name another folder.") from error
        with ExitStack() as opening:
            self._journal = opening.enter_context(closing(Journal(out, self._asked.part)))
            self._house = House.at(opening.enter_context(scratch()))
            self._shelf = Shelf(Spool(self._house.spool))
            one_at_a_time = spec.accelerator or (self._asked.takes_shot and not self._asked.in_stretches)
            self._kept = Kept(
                engine_for_batch(self._engine, self._house, self._workers, spec.id, together=not one_at_a_time)
            )
            opening.callback(self._kept.end)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def check(self, frames: Sequence[FrameSource]) -> None:
        """BadInput where results of another source lie where those of ``frames`` would go."""
        check_unclaimed(self._asked, frames, self._journal)

    def run(self, frames: Sequence[FrameSource], tell: Callable[[Event], None] = lambda event: None) -> list[Event]:
        """One round; what became of each frame, in the order in which they ended."""
        batch = _Batch(self._asked, self._house, len(frames), self._journal, self._workers, tell, self._shelf)
        events = batch.run(work_of(self._asked, frames), batch.request(), self._kept)
        if self._asked.takes_shot:
            self.taken_away = batch.clear(frames)
        return events


class _Batch:
    def __init__(
        self,
        asked: Asked,
        house: House,
        total: int,
        journal: Journal,
        workers: int,
        tell: Callable[[Event], None],
        shelf: Shelf,
    ) -> None:
        self._asked, self._spec, self._outputs = asked, asked.spec, asked.outputs
        self._total, self._tell = total, tell
        self._spool = Spool(house.spool)
        self._shelf = shelf
        self._journal = journal
        self._ears = Ears()
        # One keeps two workers' results away: encoding takes a third of what most operations do.
        self._writer = Writer(asked, self._spool, journal, max(1, workers // 2), self._ears.heard.put)
        self._writing: dict[str, _Task] = {}
        self._running: dict[str, _Task] = {}
        self._again: list[_Task] = []
        self._events: list[Event] = []
        self._origins: dict[Path, Origin] = {}
        # Files that belong to this round, whenever they were made.
        self._own: set[str] = set()

    def request(self) -> jobs_pb2.SubmitRequest:
        """What all frames have in common."""
        request = jobs_pb2.SubmitRequest(
            operation=self._spec.id, parameters=parameters_to_proto(self._asked.parameters)
        )
        for name, values in self._asked.fixed.items():
            request.inputs[name].values.extend(encode_value(value, self._spool.put) for value in values)
        # Never over.
        self._shelf.need(hashes_of(request.inputs.values()))
        return request

    def stale(self, frames: Sequence[FrameSource], failed: Set[str]) -> Iterator[str]:
        """Files of earlier runs over these frames that this one does not make, each as it was written. What it reads
        is none of them, wherever it lies.
        """
        beside = (frame for clips in self._asked.beside.values() for clip in clips for frame in clip.frames)
        read = {os.path.abspath(frame.path) for frame in (*frames, *beside)}
        origin = self._origin_of(frames[0]) if frames else UNKNOWN
        return self._journal.stale(self._of, {frame.name for frame in frames} - failed, self._own | read, origin)

    def clear(self, frames: Sequence[FrameSource]) -> list[str]:
        """Take those away, for the frames that went well: a folder never shows two runs at once."""
        gone: list[str] = []
        folders = {Path(name).parent for name in self._own}
        for name in self.stale(frames, {event.frame for event in self._events if event.state == "failed"}):
            path = self._asked.out / name
            # Other outputs, which were not asked for this time, are as they were.
            if not self._asked.in_stretches and Path(name).parent not in folders:
                continue
            with suppress(OSError):
                path.unlink()
                gone.append(name)
                if path.parent != self._asked.out and not any(path.parent.iterdir()):
                    path.parent.rmdir()
        return gone

    @property
    def _of(self) -> str:
        """Whose results of a shot replace one another: an operation's, or a chain's."""
        return self._spec.id if self._spec.id != CHAIN else self._spec.title

    def run(self, frames: Work, common: jobs_pb2.SubmitRequest, engine: Kept) -> list[Event]:
        """All frames; what became of each, in the order in which they ended."""
        waiting = self.tasks(frames, common)
        first = next(waiting, None)
        if first is None:
            return self._events
        try:
            engine.start(self._ears)
            self._again.append(first)
            while True:
                self._hand_out(engine, waiting)
                if len(self._events) >= self._total:
                    return self._events
                # While all are at work: the next frame is read, so that nobody waits for it.
                if not self._again and self._ears.heard.empty() and (task := next(waiting, None)) is not None:
                    self._again.append(task)
                    continue
                self._hear(self._ears.heard.get())
        finally:
            self._writer.close()

    def _hand_out(self, engine: Kept, waiting: Iterator[_Task]) -> None:
        for slot in engine.idle():
            # The accelerator's owner alone runs networks.
            if self._spec.accelerator and not slot.accelerator:
                continue
            task = self._next(waiting)
            if task is None:
                return
            task.tries += 1
            self._running[task.key] = task
            wanted = wanted_of(self._spec, self._outputs, task.frame)
            engine.begin(slot, Assignment(task.key, task.tries, task.request, files_of(wanted, task.frame)))

    def _next(self, waiting: Iterator[_Task]) -> _Task | None:
        """The next one for a worker; what needs none is written."""
        while (task := self._again.pop() if self._again else next(waiting, None)) is not None and not task.request:
            self._write(task, {})
        return task

    def tasks(self, frames: Work, common: jobs_pb2.SubmitRequest) -> Iterator[_Task]:
        """The frames that are to be done, read one by one as workers ask for them."""
        for frame in self._parts(frames) if isinstance(frames, Parts) else frames:
            try:
                task = self._task(frame, common)
            except Exception as error:
                self._tell_of_all(frame, "failed", error=str(describe(error)))
                continue
            if task is not None:
                yield task

    def _parts(self, parts: Parts) -> Iterator[Part]:
        def unreadable(frame: FrameSource, error: Exception) -> None:
            self._tell_of(frame.name, "failed", error=str(describe(error)))

        try:
            yield from parts.of(self._spool.put, self._shelf.need, unreadable)
        except Exception as error:
            told = {event.frame for event in self._events}
            for frame in parts.left():
                if frame.name not in told:
                    unreadable(frame, error)

    def _task(self, frame: FrameSource | Shot | Part, common: jobs_pb2.SubmitRequest) -> _Task | None:
        """None where it is done already, which is told."""
        if isinstance(frame, Part):
            return self._part(frame)
        request = jobs_pb2.SubmitRequest()
        request.CopyFrom(common)
        if isinstance(frame, Shot):
            frame, value = self._shot(frame)
        else:
            lowest, *others = self._layers(frame)
            value = values_pb2.Value(name=Path(frame.name).stem, raster=lowest)
            for upper in reversed(others):
                request.inputs[UPPER].values.insert(0, values_pb2.Value(name=upper.layer, raster=upper))
        blobs = [blob.sha256 for blob in blobs_of(value)]
        self._shelf.need(blobs)
        request.inputs[self._spec.inputs[0].name].values.insert(0, value)
        digest = digest_of(self._spec, request, check_request(self._spec, request))
        wanted = wanted_of(self._spec, self._outputs, frame)
        named = "\n".join([digest, frame.name, *(port.name for port in wanted)])
        key = hashlib.sha256(named.encode()).hexdigest()
        if self._journal.is_done(key):
            self._shelf.done_with(blobs)
            self._tell_of_all(frame, "skipped", files=self._journal.files(key))
            return None
        return _Task(frame, key, request.SerializeToString(), value, blobs, len(blobs))

    def _layers(self, frame: FrameSource) -> list[values_pb2.Raster]:
        """What is drawn upon, the lowest first: most often the one picture."""
        if self._asked.layer_by_layer and frame.is_layered:
            return frame.given_layers(self._spool.put)
        return [frame.given(self._spool.put)]

    def _part(self, part: Part) -> _Task | None:
        """None where there is nothing to do, or nothing any more, which is told."""
        asked = parameters_to_proto(part.stretch.parameters)
        request = jobs_pb2.SubmitRequest(operation=self._spec.id, parameters=asked)
        source, digest = part.clip(), ""
        self._own.update(part.names())
        if part.pair:
            request.inputs[self._spec.inputs[0].name].values.append(source)
            for port, clips in part.clips_beside().items():
                request.inputs[port].values.extend(clips)
            digest = digest_of(self._spec, request, check_request(self._spec, request))
        key = hashlib.sha256(f"{digest}\n{part.asked()}".encode()).hexdigest()
        if part.is_empty or self._journal.is_done(key):
            self._shelf.done_with(part.blobs)
            self._tell_of_all(part, "done" if part.is_empty else "skipped", files=self._journal.files(key))
            return None
        wanted = request.SerializeToString() if part.pair else b""
        return _Task(part, key, wanted, source, list(part.blobs), len(part.blobs))

    def _shot(self, shot: Shot) -> tuple[Shot, values_pb2.Value]:
        """The shot as a value, without the frames that can't be read, which are told of."""
        clip = values_pb2.Clip(fps=shot.fps)
        good: list[FrameSource] = []
        for frame, time in zip(shot.frames, shot.times(), strict=True):
            try:
                raster = frame.given(self._spool.put)
                if raster.encoding == values_pb2.ENCODING_FILE:
                    decode_value(values_pb2.Value(raster=raster), self._spool.load, frame.name)
            except Exception as error:
                self._tell_of(frame.name, "failed", error=str(describe(error)))
            else:
                good.append(frame)
                clip.frames.append(
                    values_pb2.Frame(time=time, hold=1.0, key=True, name=shot.frame_name(frame), raster=raster)
                )
        if not good:
            raise BadInput("None of the shot's frames can be read.", where=shot.name)
        return replace(shot, frames=tuple(good)), values_pb2.Value(name=shot.name, clip=clip)

    def _hear(self, news: News) -> None:
        if isinstance(news, Written):
            self._written(news)
        elif isinstance(news, tuple):
            if task := self._running.get(news[0]):
                task.warnings.append(news[1])
        elif news is not None and (task := self._running.get(news.job)) and task.tries == news.attempt:
            if isinstance(news, Took):
                task.seconds = news.seconds
            else:
                self._ran(self._running.pop(news.job), news)

    def _ran(self, task: _Task, news: Over) -> None:
        if news.returned:
            task.tries -= 1
            self._again.append(task)
        elif news.lost and task.tries < TRIES:
            self._again.append(task)
        elif news.outputs is None:
            self._over(task, "failed", error=str(news.error))
        else:
            task.blobs.extend(hashes_of(news.outputs.values()))
            self._shelf.need(task.blobs[task.given :])
            self._write(task, news.outputs)

    def _write(self, task: _Task, outputs: Mapping[str, values_pb2.Values]) -> None:
        self._writing[task.key] = task
        self._writer.write(task.frame, self._note(task), outputs, task.source)

    def _note(self, task: _Task) -> Note:
        frame = task.frame
        drawings = frame.drawings if isinstance(frame, Part) else frozenset(task.blobs[: task.given])
        if isinstance(frame, FrameSource):
            # Its files are named after it: what replaces them is named so, too.
            return Note(task.key, origin=replace(self._origin_of(frame), drawings=drawings))
        made_of = frame.made_of if isinstance(frame, Part) else frame.frames
        origin = replace(self._origin_of(made_of[0]), drawings=drawings)
        return Note(task.key, self._of, tuple(one.name for one in made_of), origin)

    def _origin_of(self, frame: FrameSource) -> Origin:
        if frame.origin not in self._origins:
            self._origins[frame.origin] = Origin.of(frame.origin, self._asked.out)
        return self._origins[frame.origin]

    def _written(self, news: Written) -> None:
        task = self._writing.pop(news.key)
        if isinstance(news.error, NotFound) and task.tries <= TRIES:
            # Its result was another's, which is gone: see Shelf.
            self._shelf.done_with(task.blobs[task.given :])
            del task.blobs[task.given :]
            self._again.append(task)
        elif news.error is not None:
            self._over(task, "failed", error=str(describe(news.error)))
        else:
            task.seconds += news.seconds
            task.warnings.extend(f"What was there and no batch wrote lies in {name} now." for name in news.aside)
            self._over(task, "done", files=news.files)

    def _over(
        self, task: _Task, state: Literal["done", "failed"], *, files: tuple[str, ...] = (), error: str = ""
    ) -> None:
        self._shelf.done_with(task.blobs)
        warnings = tuple(dict.fromkeys(task.warnings))
        self._tell_of_all(task.frame, state, files=files, error=error, warnings=warnings, seconds=task.seconds)

    def _tell_of_all(
        self,
        frame: FrameSource | Shot | Part,
        state: Literal["done", "skipped", "failed"],
        *,
        files: tuple[str, ...] = (),
        error: str = "",
        warnings: tuple[str, ...] = (),
        seconds: float = 0.0,
    ) -> None:
        """A frame is over; or a shot, which is told frame by frame, each with the files that carry its name."""
        self._own.update(files)
        if isinstance(frame, FrameSource):
            self._tell_of(frame.name, state, files=files, error=error, warnings=warnings, seconds=seconds)
            return
        if isinstance(frame, Part):
            whole = frame.over(state, files, error, warnings, seconds)
            if whole is None:
                return
            state, files, error, seconds = whole.state, tuple(whole.files), " ".join(whole.errors), whole.seconds
            warnings = tuple(whole.warnings)
        told = {event.frame for event in self._events}
        left = [one for one in frame.frames if one.name not in told]
        stems = {frame.frame_name(one) for one in left}
        for number, one in enumerate(left):
            own = tuple(f for f in files if Path(f).stem == frame.frame_name(one))
            if not number:
                own += tuple(f for f in files if Path(f).stem not in stems)
            self._tell_of(
                one.name,
                state,
                files=own,
                error=error,
                warnings=() if number else warnings,
                seconds=seconds / len(left),
            )

    def _tell_of(
        self,
        frame: str,
        state: Literal["done", "skipped", "failed"],
        *,
        files: tuple[str, ...] = (),
        error: str = "",
        warnings: tuple[str, ...] = (),
        seconds: float = 0.0,
    ) -> None:
        event = Event(frame, state, len(self._events) + 1, self._total, files, error, warnings, round(seconds, 4))
        self._events.append(event)
        self._tell(event)
