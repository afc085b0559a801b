"""A shot that is worked out stretch by stretch: from one drawing to the next, each a task of its own.

So a long shot needs the memory of two frames, is done by all workers, goes on where it was stopped, and says how far it
is. What is given is copied as it is and comes from no worker; so are the passes that go along with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from .. import operations
from ..operations import Seen, Shown, Stretch, Stretches, facts_of
from ..spec import check_parameters
from ..v1 import values_pb2
from ..values import Facts, Kind, Raster
from ..values.files import encode_picture, picture_channels
from ..wire import Fetch, Put, decode_value
from .asked import Asked
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
class Along:
    """What goes along with a piece of a stretch, one pass: between which two frames, and where its files go."""

    name: str
    folder: str
    pair: tuple[values_pb2.Raster, ...]
    suffix: str

    def file_of(self, shown: Shown) -> str:
        """Of a new frame."""
        return f"{self.folder}/{shown.name}{self.suffix}"


@dataclass(frozen=True)
class Part:
    """A piece of a stretch. ``frames``: given ones that are over with the stretch; ``made_of``: these and the one that
    it leads to, and ``drawings``, their contents; ``pair``: what is drawn between, empty where nothing is; ``given``:
    blobs of the frames, file by file, that are written as they are; ``extra``: other files; ``beside``: what goes
    along, by port.
    """

    name: str
    stretch: Stretch
    frames: tuple[FrameSource, ...]
    made_of: tuple[FrameSource, ...]
    drawings: frozenset[str]
    pair: tuple[values_pb2.Raster, ...]
    given: Mapping[str, values_pb2.Raster]
    extra: Mapping[str, bytes]
    suffix: str
    beside: Mapping[str, tuple[Along, ...]]
    blobs: tuple[str, ...]
    outcome: _Outcome

    @staticmethod
    def frame_name(frame: FrameSource) -> str:
        """What a frame is called in the clip."""
        return PurePosixPath(frame.name).stem

    def clip(self) -> values_pb2.Value:
        """The two drawings as the operation takes them."""
        return _clip(self.name, self.pair)

    def clips_beside(self) -> dict[str, list[values_pb2.Value]]:
        """What goes along with them, by port."""
        return {port: [_clip(along.name, along.pair) for along in alongs] for port, alongs in self.beside.items()}

    def names(self) -> list[str]:
        """Its files."""
        alongs = [along for alongs in self.beside.values() for along in alongs]
        new = [one.name + self.suffix for one in self.stretch.new]
        moved = [along.file_of(one) for along in alongs for one in self.stretch.new]
        return [*new, *moved, *self.given, *self.extra]

    def asked(self) -> str:
        """What its files depend on, beside the request."""
        given = {name: raster.pixels.sha256 for name, raster in self.given.items()}
        extra = {name: hashlib.sha256(data).hexdigest() for name, data in self.extra.items()}
        made = given | extra
        return "\n".join(f"{name}={made[name]}" if name in made else name for name in self.names())

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written for it."""
        return not (self.pair or self.given or self.extra)

    def files(self, first: str, clips: Mapping[str, Sequence[values_pb2.Clip]], fetch: Fetch) -> dict[str, bytes]:
        """Its files; ``clips``: the new frames as the worker gave them, by output, the ``first`` its drawings."""
        made = {name: _file(raster, Path(name).suffix, fetch) for name, raster in self.given.items()}
        if self.pair:
            (drawn,) = clips[first]
            for shown, frame in zip(self.stretch.new, drawn.frames, strict=True):
                made[shown.name + self.suffix] = _file(frame.raster, self.suffix, fetch)
            for port, alongs in self.beside.items():
                for along, moved in zip(alongs, clips[port], strict=True):
                    channels = max(_channels(given, fetch) for given in along.pair)
                    for shown, frame in zip(self.stretch.new, moved.frames, strict=True):
                        made[along.file_of(shown)] = _file(frame.raster, along.suffix, fetch, channels)
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


def _clip(name: str, pair: Iterable[values_pb2.Raster]) -> values_pb2.Value:
    frames = [
        values_pb2.Frame(time=float(n), hold=1.0, key=True, name=f"{n}", raster=raster) for n, raster in enumerate(pair)
    ]
    return values_pb2.Value(name=name, clip=values_pb2.Clip(fps=1.0, frames=frames))


def _file(raster: values_pb2.Raster, suffix: str, fetch: Fetch, channels: int = 4) -> bytes:
    if raster.encoding == values_pb2.ENCODING_FILE:
        return bytes(fetch(raster.pixels))
    made = decode_value(values_pb2.Value(raster=raster), fetch, "frame")
    assert isinstance(made, Raster)
    return encode_picture(made, suffix, profile=made.profile, channels=channels)


def _channels(raster: values_pb2.Raster, fetch: Fetch) -> int:
    return picture_channels(fetch(raster.pixels)) if raster.encoding == values_pb2.ENCODING_FILE else 4


class Parts:
    """A shot as parts, as it is asked for."""

    def __init__(self, asked: Asked, shot: Shot) -> None:
        spec = asked.spec
        self.shot = self._shot = shot
        self._copies, self._told = asked.apart.copies, asked.apart.told
        apart = operations.get(spec.id).apart
        assert apart is not None
        self._stretches: Stretches = apart(shot.fps, check_parameters(spec, asked.parameters), alone=asked.apart.alone)
        facts = (port.name for port in spec.outputs if port.kind is Kind.FACTS and port.name in asked.outputs)
        self._facts = next(facts, "")
        self._beside = [
            (port, one, folder)
            for port, clips in asked.beside.items()
            for one, folder in zip(clips, folders_of(port, [clip.name for clip in clips]), strict=True)
        ]
        self._read: dict[int, values_pb2.Raster] = {}
        self._read_beside: dict[tuple[str, int], values_pb2.Raster] = {}
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
            try:
                self._read_along(stretch, put, need)
            except Exception as error:
                for place in stretch.own:
                    unreadable(self._shot.frames[place], error)
            else:
                yield from self._parts(stretch, need)
            for place in stretch.own:
                del self._read[place]
                for _, _, folder in self._beside:
                    self._read_beside.pop((folder, place), None)

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

    def _read_along(self, stretch: Stretch, put: Put, need: Callable[[list[str]], None]) -> None:
        """The passes' frames that this stretch needs, in their order."""
        ends = [stretch.start, stretch.then] if stretch.new else []
        kept = [one.place for one in stretch.shown] if self._copies else []
        places = sorted({place for place in (*ends, *kept) if place is not None})
        for _, one, folder in self._beside:
            for place in places:
                if (folder, place) in self._read_beside:
                    continue
                _, given = one.frames[place].seen(put)
                need([given.pixels.sha256])
                self._read_beside[folder, place] = given

    def _parts(self, stretch: Stretch, need: Callable[[list[str]], None]) -> Iterator[Part]:
        pieces = list(stretch.pieces(max(4, _GIVEN_AT_ONCE // self._bytes)))
        told = self._told_facts(stretch)
        outcome = _Outcome(len(pieces) + bool(told))
        ends = (stretch.start, stretch.then) if stretch.new and stretch.then is not None else ()
        pair = tuple(self._read[place] for place in ends)
        beside: dict[str, tuple[Along, ...]] = {}
        for port, one, folder in self._beside:
            suffix = one.frames[stretch.start].made_suffix
            along = Along(one.name, folder, tuple(self._read_beside[folder, place] for place in ends), suffix)
            beside[port] = (*beside.get(port, ()), along)
        alongs = [raster for given in beside.values() for along in given for raster in along.pair]
        for number, piece in enumerate(pieces):
            needed = [raster.pixels.sha256 for raster in (*pair, *alongs)]
            need(needed)
            given: dict[str, values_pb2.Raster] = {}
            if not number:
                # As they were read.
                needed += [self._read[place].pixels.sha256 for place in stretch.own]
                needed += [r.pixels.sha256 for (_, place), r in self._read_beside.items() if place in stretch.own]
            if self._copies:
                given = self._given(piece)
            frames = tuple(self._shot.frames[place] for place in stretch.own)
            # A frame whose other neighbour is not asked for, as with --frames, says nothing of what lies between them.
            places = (*stretch.own, *(place for place in ends[1:] if place not in stretch.own))
            made_of = tuple(self._shot.frames[place] for place in places)
            drawings = frozenset(self._read[place].pixels.sha256 for place in places)
            yield Part(
                self._shot.name, piece, frames, made_of, drawings, pair, given, {}, self._suffix, beside,
                tuple(needed), outcome,
            )  # fmt: skip
        if told:
            # Of all frames: a part of the shot that is done again has no say in them.
            yield Part(
                self._shot.name, replace(stretch, shown=()), tuple(self._shot.frames[place] for place in stretch.own),
                self._shot.frames, frozenset(), (), {}, told, self._suffix, {}, (), outcome,
            )  # fmt: skip

    @property
    def _suffix(self) -> str:
        return self._shot.frames[0].made_suffix

    def _given(self, stretch: Stretch) -> dict[str, values_pb2.Raster]:
        """Files of the given frames that stay, and of what goes along, under the names that they have in the result."""
        found = {}
        for one in stretch.shown:
            if one.place is not None:
                found[one.name + _own_suffix(self._shot.frames[one.place])] = self._read[one.place]
                for _, clip, folder in self._beside:
                    name = f"{folder}/{one.name}{_own_suffix(clip.frames[one.place])}"
                    found[name] = self._read_beside[folder, one.place]
        return found

    def _told_facts(self, stretch: Stretch) -> dict[str, bytes]:
        """With the last stretch, what all amount to."""
        if not self._facts or stretch.then is not None:
            return {}
        names = [self._shot.frame_name(frame) for frame in self._shot.frames]
        rate = self._stretches.rate
        fps = float(rate) if rate is not None else self._shot.fps
        facts = Facts(facts_of(self._planned, names, self._times, self._times[-1] + 1, fps))
        return {f"{self._facts}/{self._shot.file_stem}.json": facts.to_json(indent=1).encode() + b"\n"}


def _own_suffix(frame: FrameSource) -> str:
    # Of a layered document the picture is given, which its file is not.
    return ".png" if frame.is_layered else Path(frame.name).suffix


def folders_of(port: str, names: Sequence[str]) -> list[str]:
    """Where the clips of one output lie: in a folder of its name, several in folders of their own there."""
    if len(names) == 1:
        return [port]
    taken: list[str] = []
    for number, name in enumerate(names, 1):
        # '..' is the stem of itself.
        wanted = f"{port}/{number if name in ('', '.', '..') else name}"
        # Many systems have one folder for both Depth and depth.
        taken.append(wanted if wanted.lower() not in map(str.lower, taken) else f"{wanted}-{number}")
    return taken
