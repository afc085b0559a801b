"""A shot that is worked out stretch by stretch: from one drawing to the next, each a task of its own.

So a long shot needs the memory of two frames, is done by all workers, goes on where it was stopped, and says how far it
is. What is given is copied as it is and comes from no worker.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from .. import operations
from ..chains import CHAIN
from ..operations import Seen, Stretch, Stretches, facts_of
from ..spec import OperationSpec, check_parameters
from ..v1 import values_pb2
from ..values import Facts, Kind, Raster
from ..values.files import encode_picture
from ..wire import Fetch, Put, decode_value
from .sources import FrameSource, Shot

State = Literal["done", "skipped", "failed"]
# Bytes of pixels that a task gives, about: long ways between large drawings are drawn in pieces.
_GIVEN_AT_ONCE = 512 << 20


@dataclass
class _Outcome:
    """Of a stretch's pieces together."""

    left: int
    states: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def state(self) -> State:
        return "failed" if "failed" in self.states else "done" if "done" in self.states else "skipped"


@dataclass(frozen=True)
class Part:
    """A piece of a stretch. ``frames``: given ones that are over with the stretch; ``pair``: what is drawn between,
    empty where nothing is; ``given``: blobs of the frames, file by file, that are written as they are; ``extra``:
    other files.
    """

    name: str
    stretch: Stretch
    frames: tuple[FrameSource, ...]
    pair: tuple[values_pb2.Raster, ...]
    given: Mapping[str, values_pb2.Raster]
    extra: Mapping[str, bytes]
    suffix: str
    blobs: tuple[str, ...]
    outcome: _Outcome

    @staticmethod
    def frame_name(frame: FrameSource) -> str:
        """What a frame is called in the clip."""
        return PurePosixPath(frame.name).stem

    def clip(self) -> values_pb2.Value:
        """The two drawings as the operation takes them."""
        frames = [
            values_pb2.Frame(time=float(n), hold=1.0, key=True, name=f"{n}", raster=raster)
            for n, raster in enumerate(self.pair)
        ]
        return values_pb2.Value(name=self.name, clip=values_pb2.Clip(fps=1.0, frames=frames))

    def asked(self) -> str:
        """What its files depend on, beside the request."""
        new = [one.name + self.suffix for one in self.stretch.new]
        given = [f"{name}={raster.pixels.sha256}" for name, raster in self.given.items()]
        extra = [f"{name}={hashlib.sha256(data).hexdigest()}" for name, data in self.extra.items()]
        return "\n".join([*new, *given, *extra])

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written for it."""
        return not (self.pair or self.given or self.extra)

    def files(self, frames: Sequence[values_pb2.Frame], fetch: Fetch) -> dict[str, bytes]:
        """Its files; ``frames``: the new ones, as the worker gave them."""
        made = {name: _file(raster, Path(name).suffix, fetch) for name, raster in self.given.items()}
        for shown, frame in zip(self.stretch.new, frames, strict=True):
            made[shown.name + self.suffix] = _file(frame.raster, self.suffix, fetch)
        return made | dict(self.extra)

    def over(
        self, state: State, files: Sequence[str], error: str, warnings: Sequence[str], seconds: float
    ) -> _Outcome | None:
        """Note its end; what became of the stretch where it was the last piece of it."""
        whole = self.outcome
        whole.left -= 1
        whole.states.add(state)
        whole.files.extend(files)
        whole.errors.extend([error] if error and error not in whole.errors else [])
        whole.warnings.extend(one for one in warnings if one not in whole.warnings)
        whole.seconds += seconds
        return None if whole.left else whole


def _file(raster: values_pb2.Raster, suffix: str, fetch: Fetch) -> bytes:
    if raster.encoding == values_pb2.ENCODING_FILE:
        return bytes(fetch(raster.pixels))
    made = decode_value(values_pb2.Value(raster=raster), fetch, "frame")
    assert isinstance(made, Raster)
    return encode_picture(made, suffix)


def is_taken_apart(spec: OperationSpec, fixed: Mapping[str, object]) -> bool:
    """Whether a shot is worked out stretch by stretch: its operation can, and nothing else comes frame by frame."""
    clips = {port.name for port in spec.inputs[1:] if port.kind is Kind.CLIP}
    return spec.id != CHAIN and operations.get(spec.id).apart is not None and not clips & set(fixed)


class Parts:
    """A shot as parts. ``copies``: whether given frames are written, too; ``alone``: whether the result is to be shown
    by itself; ``told``: hears of each stretch.
    """

    def __init__(
        self,
        spec: OperationSpec,
        shot: Shot,
        parameters: Mapping[str, object],
        outputs: Sequence[str],
        *,
        copies: bool = True,
        alone: bool = False,
        told: Callable[[Stretch], None] = lambda stretch: None,
    ) -> None:
        self._shot, self._copies, self._told = shot, copies, told
        apart = operations.get(spec.id).apart
        assert apart is not None
        self._stretches: Stretches = apart(shot.fps, check_parameters(spec, parameters), alone=alone)
        self._facts = next((p.name for p in spec.outputs if p.kind is Kind.FACTS and p.name in outputs), "")
        self._read: dict[int, values_pb2.Raster] = {}
        self._bytes = 1
        self._times = shot.times()
        self._planned: list[Stretch] = []

    def of(
        self,
        put: Put,
        need: Callable[[list[str]], None],
        unreadable: Callable[[FrameSource, Exception], None],
    ) -> Iterator[Part]:
        """The parts, while the shot is read. ``need``: is told of blobs that are needed until a part is over."""
        for stretch in self._stretches.of(self._frames(put, need, unreadable)):
            self._told(stretch)
            self._planned.append(stretch)
            yield from self._parts(stretch, need)

    def left(self) -> list[FrameSource]:
        """Frames that no part has had, nor will have."""
        had = {place for stretch in self._planned for place in stretch.own}
        return [frame for place, frame in enumerate(self._shot.frames) if place not in had]

    def _frames(
        self, put: Put, need: Callable[[list[str]], None], unreadable: Callable[[FrameSource, Exception], None]
    ) -> Iterator[Seen]:
        for place, (frame, time) in enumerate(zip(self._shot.frames, self._times, strict=True)):
            try:
                raster, given = frame.seen(put)
            except Exception as error:
                unreadable(frame, error)
                continue
            need([given.pixels.sha256])
            self._read[place] = given
            self._bytes = raster.pixels.nbytes
            yield Seen(place, self._shot.frame_name(frame), time, raster)

    def _parts(self, stretch: Stretch, need: Callable[[list[str]], None]) -> Iterator[Part]:
        pieces = list(stretch.pieces(max(4, _GIVEN_AT_ONCE // self._bytes)))
        outcome = _Outcome(len(pieces))
        start = self._read[stretch.start]
        for number, piece in enumerate(pieces):
            pair: tuple[values_pb2.Raster, ...] = ()
            if piece.new and piece.then is not None:
                pair = start, self._read[piece.then]
            needed = [raster.pixels.sha256 for raster in pair]
            need(needed)
            if not number:
                # As they were read.
                needed += [self._read[place].pixels.sha256 for place in stretch.own]
            frames = tuple(self._shot.frames[place] for place in stretch.own)
            suffix = self._suffix()
            given = self._given(piece) if self._copies else {}
            extra = self._told_facts(stretch) if not number else {}
            yield Part(self._shot.name, piece, frames, pair, given, extra, suffix, tuple(needed), outcome)
        for place in stretch.own:
            del self._read[place]

    def _suffix(self) -> str:
        from ._writing import picture_suffix

        return picture_suffix(self._shot)

    def _given(self, stretch: Stretch) -> dict[str, values_pb2.Raster]:
        """Files of the given frames that stay, under the names that they have in the result."""
        found = {}
        for one in stretch.shown:
            if one.place is None:
                continue
            frame = self._shot.frames[one.place]
            suffix = ".png" if frame.is_layered else Path(frame.name).suffix
            # Of a layered document the picture is given, which its file is not.
            found[one.name + suffix] = self._read[one.place]
        return found

    def _told_facts(self, stretch: Stretch) -> dict[str, bytes]:
        """With the last stretch, what all amount to."""
        if not self._facts or stretch.then is not None:
            return {}
        names = [self._shot.frame_name(frame) for frame in self._shot.frames]
        rate = self._stretches.rate
        fps = float(rate) if rate is not None else self._shot.fps
        facts = Facts(facts_of(self._planned, names, self._times, self._times[-1] + 1, fps))
        return {f"{self._facts}/{self._shot.name}.json": facts.to_json(indent=1).encode() + b"\n"}
