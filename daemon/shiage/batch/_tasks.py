"""A round's frames as tasks for workers, read one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import BadInput, describe
from ..jobs.desk import hashes_of
from ..jobs.spool import Spool
from ..spec import UPPER
from ..v1 import jobs_pb2, values_pb2
from ..wire import blobs_of, check_request, decode_value, digest_of, encode_value, parameters_to_proto
from ._writing import Shelf, wanted_of
from .asked import Asked
from .claims import Work
from .journal import Journal, Note
from .origins import Origins
from .parts import Part, Parts
from .sources import FrameSource, Shot
from .tally import Tally


@dataclass
class Task:
    """Something for a worker, or without a ``request`` something that is only written. ``key``: the journal knows it
    by this.
    """

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


class Tasks:
    """Makes them for what is asked. What is done already, or can't be read, goes to the tally and not to a worker."""

    def __init__(self, asked: Asked, journal: Journal, shelf: Shelf, spool: Spool, tally: Tally) -> None:
        self._asked, self._spec = asked, asked.spec
        self._journal, self._shelf, self._spool, self._tally = journal, shelf, spool, tally
        self._origins = Origins(asked.out)

    def of(self, frames: Work) -> Iterator[Task]:
        """The frames that are to be done, each read as it is asked for."""
        common = self._common()
        for frame in self._parts(frames) if isinstance(frames, Parts) else frames:
            try:
                task = self._part(frame) if isinstance(frame, Part) else self._task(frame, common)
            except Exception as error:
                self._tally.over(frame, "failed", error=str(describe(error)))
                continue
            if task is not None:
                yield task

    def note(self, task: Task) -> Note:
        """What the journal shall say of its files."""
        frame = task.frame
        drawings = frame.drawings if isinstance(frame, Part) else frozenset(task.blobs[: task.given])
        if isinstance(frame, FrameSource):
            # Its files are named after it: what replaces them is named so, too.
            return Note(task.key, origin=replace(self._origins.of(frame), drawings=drawings))
        made_of = frame.made_of if isinstance(frame, Part) else frame.frames
        origin = replace(self._origins.of(made_of[0]), drawings=drawings)
        return Note(task.key, self._asked.maker, tuple(one.name for one in made_of), origin)

    def _common(self) -> jobs_pb2.SubmitRequest:
        """What all frames have in common."""
        request = jobs_pb2.SubmitRequest(
            operation=self._spec.id, parameters=parameters_to_proto(self._asked.parameters)
        )
        for name, values in self._asked.fixed.items():
            request.inputs[name].values.extend(encode_value(value, self._spool.put) for value in values)
        # Never over.
        self._shelf.need(hashes_of(request.inputs.values()))
        return request

    def _task(self, frame: FrameSource | Shot, common: jobs_pb2.SubmitRequest) -> Task | None:
        """None where it is done already, which is told."""
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
        wanted = wanted_of(self._spec, self._asked.outputs, frame)
        named = "\n".join([digest, frame.name, *(port.name for port in wanted)])
        key = hashlib.sha256(named.encode()).hexdigest()
        if self._journal.is_done(key):
            self._shelf.done_with(blobs)
            self._tally.over(frame, "skipped", files=self._journal.files(key))
            return None
        return Task(frame, key, request.SerializeToString(), value, blobs, len(blobs))

    def _layers(self, frame: FrameSource) -> list[values_pb2.Raster]:
        """What is drawn upon, the lowest first: most often the one picture."""
        if self._asked.layer_by_layer and frame.is_layered:
            return frame.given_layers(self._spool.put)
        return [frame.given(self._spool.put)]

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
                self._unreadable(frame, error)
            else:
                good.append(frame)
                clip.frames.append(
                    values_pb2.Frame(time=time, hold=1.0, key=True, name=shot.frame_name(frame), raster=raster)
                )
        if not good:
            raise BadInput("None of the shot's frames can be read.", where=shot.name)
        return replace(shot, frames=tuple(good)), values_pb2.Value(name=shot.name, clip=clip)

    def _parts(self, parts: Parts) -> Iterator[Part]:
        try:
            yield from parts.of(self._spool.put, self._shelf.need, self._unreadable)
        except Exception as error:
            told = self._tally.told
            for frame in parts.left():
                if frame.name not in told:
                    self._unreadable(frame, error)

    def _part(self, part: Part) -> Task | None:
        """None where there is nothing to do, or nothing any more, which is told."""
        asked = parameters_to_proto(part.stretch.parameters)
        request = jobs_pb2.SubmitRequest(operation=self._spec.id, parameters=asked)
        source, digest = part.clip(), ""
        self._tally.own.update(part.names())
        if part.pair:
            request.inputs[self._spec.inputs[0].name].values.append(source)
            for port, clips in part.clips_beside().items():
                request.inputs[port].values.extend(clips)
            digest = digest_of(self._spec, request, check_request(self._spec, request))
        key = hashlib.sha256(f"{digest}\n{part.asked()}".encode()).hexdigest()
        if part.is_empty or self._journal.is_done(key):
            self._shelf.done_with(part.blobs)
            self._tally.over(part, "done" if part.is_empty else "skipped", files=self._journal.files(key))
            return None
        wanted = request.SerializeToString() if part.pair else b""
        return Task(part, key, wanted, source, list(part.blobs), len(part.blobs))

    def _unreadable(self, frame: FrameSource, error: Exception) -> None:
        self._tally.one(frame.name, "failed", error=str(describe(error)))
