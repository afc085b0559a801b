"""A frame's results as files: under its own name, each whole or not at all, while the next frames are computed."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..jobs.spool import Spool
from ..spec import Cardinality, OperationSpec, Port, layer_ports
from ..v1 import values_pb2
from ..values import Kind, Raster
from ..values.documents import with_layers
from ..values.encoding import encode, suffix_of
from ..values.files import write_bytes
from ..wire import decode_value
from .asked import Asked
from .journal import Journal, Note
from .origins import others_results
from .parts import Part, folders_of
from .sources import FrameSource, Shot


@dataclass(frozen=True)
class Written:
    """A frame's files lie in the destination and in the journal, or ``error`` says why not. ``aside``: where lies now
    what was there by other hands.
    """

    key: str
    files: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    seconds: float = 0.0
    error: Exception | None = None


# Frames of each thread. With a slow drive the workers wait, too: results that pile up would fill the temporary folder,
# and would have to be computed again if the batch were killed.
MOST = 8


class Writer:
    """Encodes and writes in threads of its own, so that no worker waits for it; ``tell`` hears of each end.

    ``most``: so many frames may be on their way, from the beginning of their run until they are written.
    """

    def __init__(
        self,
        asked: Asked,
        spool: Spool,
        journal: Journal,
        threads: int,
        tell: Callable[[Written], None],
    ) -> None:
        self._out, self._spec, self._outputs = asked.out, asked.spec, asked.outputs
        self._spool, self._journal, self._tell = spool, journal, tell
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="write")
        self.most = MOST * threads
        self._noting = threading.Lock()

    def write(
        self,
        frame: FrameSource | Shot | Part,
        note: Note,
        outputs: Mapping[str, values_pb2.Values],
        source: values_pb2.Value,
    ) -> None:
        """Write what a frame's operation made of ``source``, soon."""
        self._pool.submit(self._write, frame, note, outputs, source)

    def close(self) -> None:
        """Finish the file that is being written, begin no other."""
        self._pool.shutdown(cancel_futures=True)

    def _write(
        self,
        frame: FrameSource | Shot | Part,
        note: Note,
        outputs: Mapping[str, values_pb2.Values],
        source: values_pb2.Value,
    ) -> None:
        begin = time.perf_counter()
        try:
            files = self._made(frame, outputs, source)
            with self._noting:
                if others := {name: place for name in files if (place := self._journal.other(name, note.origin))}:
                    raise others_results(others, note.origin, self._out)
                self._journal.add(note, files)
                aside = [moved for name in files if (moved := self._journal.set_aside(name))]
            for name, data in files.items():
                write_bytes(self._out / name, data)
        except Exception as error:
            self._tell(Written(note.request, error=error))
        else:
            self._tell(Written(note.request, tuple(files), tuple(aside), time.perf_counter() - begin))

    def _made(
        self, frame: FrameSource | Shot | Part, outputs: Mapping[str, values_pb2.Values], source: values_pb2.Value
    ) -> dict[str, bytes]:
        if isinstance(frame, Part):
            clips = {name: [value.clip for value in given.values] for name, given in outputs.items()}
            return frame.files(self._spec.outputs[0].name, clips, self._spool.load)
        files: dict[str, bytes] = {}
        layers: list[Raster] = []
        for number, port in enumerate(wanted_of(self._spec, self._outputs, frame)):
            values = outputs[port.name].values if port.name in outputs else ()
            if port.kind is Kind.RASTER and isinstance(frame, FrameSource) and frame.is_layered:
                layers.extend(self._layer(value, port) for value in values)
            else:
                files |= self._files(values, frame, port, primary=number == 0)
        if layers and isinstance(frame, FrameSource):
            document = bytes(self._spool.load(source.raster.pixels))
            files[frame.name] = with_layers(document, f"Shiage: {self._spec.title}", layers, frame.name)
        return files

    def _layer(self, value: values_pb2.Value, port: Port) -> Raster:
        """A result as a layer, with the name that an artist sees."""
        made = decode_value(value, self._spool.load, port.name)
        assert isinstance(made, Raster)
        name = made.name if port.cardinality is Cardinality.MANY and made.name else port.title
        return Raster(made.pixels, name, made.blend, made.opacity)

    def _files(
        self, values: Sequence[values_pb2.Value], frame: FrameSource | Shot, port: Port, *, primary: bool
    ) -> dict[str, bytes]:
        if isinstance(frame, FrameSource):
            return {name_of(frame, port, primary, n): self._file(value, frame, port) for n, value in enumerate(values)}
        files: dict[str, bytes] = {}
        named = {frame.frame_name(one): one for one in frame.frames}
        folders = folders_of(port.name, [value.name for value in values])
        for number, value in enumerate(values):
            for picture in value.clip.frames if port.kind is Kind.CLIP else ():
                one = named.get(picture.name) or FrameSource(f"{picture.name or f'{picture.time:g}'}.png", Path())
                each = values_pb2.Value(name=picture.name, raster=picture.raster)
                raster = Port(port.name, Kind.RASTER, port.title)
                files[name_of(one, raster, primary, 0, folders[number])] = self._file(each, one, raster)
            if port.kind is not Kind.CLIP:
                # What there is for some frames is named after its frame, what there is for the shot after the shot.
                one = named.get(value.name) or FrameSource(f"{frame.file_stem}.png", Path())
                taken = name_of(one, port, False, 0) in files
                files[name_of(one, port, False, number if taken else 0)] = self._file(value, one, port)
        return files

    def _file(self, value: values_pb2.Value, frame: FrameSource, port: Port) -> bytes:
        if value.raster.encoding == values_pb2.ENCODING_FILE:
            # The worker has made it.
            return bytes(self._spool.load(value.raster.pixels))
        return encode(decode_value(value, self._spool.load, port.name), picture_suffix(frame))


class Shelf:
    """The blobs that frames need, each dropped from the spool some time after the last frame that needs it is over.

    Some time, since a worker may just have found that a result like its own is there already.
    """

    LATER = 32

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._needed: Counter[str] = Counter()
        self._over: deque[list[str]] = deque()

    def need(self, blobs: Iterable[str]) -> None:
        """A frame needs these from now on."""
        self._needed.update(blobs)

    def done_with(self, blobs: Iterable[str]) -> None:
        """A frame that needed these is over."""
        self._over.append(list(blobs))
        if len(self._over) > self.LATER:
            for sha in self._over.popleft():
                self._needed[sha] -= 1
                if not self._needed[sha]:
                    del self._needed[sha]
                    self._spool.discard(sha)


def wanted_of(spec: OperationSpec, outputs: Sequence[str], frame: FrameSource | Shot | Part) -> list[Port]:
    """What is written for a frame: the primary output, and those that were asked for, in the spec's order.

    Into a layered document go, in the place of a finished picture, the layers that it comes apart in.
    """
    first: set[str] = {spec.outputs[0].name}
    if isinstance(frame, FrameSource) and frame.is_layered:
        first = {port.name for port in layer_ports(spec.outputs)} or first
    return [port for port in spec.outputs if port.name in first or port.name in outputs]


def files_of(wanted: Sequence[Port], frame: FrameSource | Shot | Part) -> dict[str, str]:
    """The outputs that a worker gives, each with the suffix of the files that it makes of them."""
    given = set(frame.beside) if isinstance(frame, Part) else set()
    # Of what goes along with a shot each has its own kind of file and colours.
    return {port.name: "" if port.name in given else picture_suffix(frame) for port in wanted}


def name_of(frame: FrameSource, port: Port, primary: bool, index: int, folder: str = "") -> str:
    """Where a result of ``frame`` goes, relative to the destination; what is not primary into ``folder``, else into one
    with the port's name.
    """
    # a.jpg and a.png make a.jpg.png and a.png.
    stem, suffix = Path(frame.name).stem if frame.alone else frame.name, Path(frame.name).suffix
    keeps = port.kind is Kind.RASTER and picture_suffix(frame) == suffix.lower()
    ending = suffix if keeps else suffix_of(port.kind)
    if keeps:
        stem = Path(frame.name).stem
    numbered = f"{stem}.{index + 1}" if index else stem
    return f"{numbered}{ending}" if primary else f"{folder or port.name}/{numbered}{ending}"


def names_of(asked: Asked, frame: FrameSource | Shot | Part) -> dict[str, FrameSource | None]:
    """The files that are to be written for a frame, as far as they are known before it is run, each with the frame
    that it is named after; None: after the shot.

    Of what an operation gives many of the first; of a shot that is worked out stretch by stretch the given frames.
    """
    if isinstance(frame, Part):
        return dict.fromkeys(frame.names())
    if isinstance(frame, FrameSource):
        ports = wanted_of(asked.spec, asked.outputs, frame)
        return {
            frame.name if frame.is_layered and port.kind is Kind.RASTER else name_of(frame, port, n == 0, 0): frame
            for n, port in enumerate(ports)
        }
    named: dict[str, FrameSource | None] = {}
    whole = FrameSource(f"{frame.file_stem}.png", Path())
    for number, port in enumerate(wanted_of(asked.spec, asked.outputs, frame)):
        if port.kind is Kind.CLIP:
            folders = folders_of(port.name, [clip.name for clip in asked.beside.get(port.name, ())] or [""])
            raster = Port(port.name, Kind.RASTER, port.title)
            named |= {name_of(one, raster, not number, 0, folder): one for folder in folders for one in frame.frames}
        else:
            named[name_of(whole, port, False, 0)] = None
    return named


def picture_suffix(frame: FrameSource | Shot | Part) -> str:
    """Of the file that a picture made of ``frame`` becomes."""
    if isinstance(frame, Part):
        return frame.suffix
    return (frame.frames[0] if isinstance(frame, Shot) else frame).made_suffix
