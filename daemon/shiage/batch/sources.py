"""The frames of a shot: a folder, a single picture, a pattern with frame ranges, a zip archive, or a video."""

from __future__ import annotations

import glob
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path, PurePosixPath

from ..errors import BadInput, ShiageError
from ..v1 import values_pb2
from ..values import Raster
from ..values.documents import SUFFIXES as DOCUMENT_SUFFIXES
from ..values.documents import is_document, line_layers
from ..values.files import READ_SUFFIXES, decode_picture, picture_size, read_bytes
from ..values.sequences import frame_number, in_sequence, picture_files
from ..values.videos import VideoReader, is_video, look_into
from ..wire import Put, encode_value
from .archives import Archive
from .ranges import numbers_of, some_of

# Kinds of pictures that people have, and that are not read.
UNREAD = {
    *(".gif", ".avif", ".heic", ".jxl", ".jp2", ".jfif", ".ppm", ".pgm", ".pbm", ".pnm", ".pcx", ".sgi"),
    *(".exr", ".hdr", ".dpx", ".svg", ".xcf", ".clip", ".csp", ".sai2", ".procreate", ".aseprite"),
}


@dataclass(frozen=True)
class FrameSource:
    """A frame and its file; ``name`` is what its result is named.

    ``layer``: of a layered document, the layer that is taken; empty: what is to be seen of it. ``alone``: no other
    frame differs from it in the suffix alone.
    """

    name: str
    path: Path
    layer: str = ""
    alone: bool = True

    @property
    def is_layered(self) -> bool:
        """Whether it is a document with layers, which its result goes into."""
        return is_document(self.name)

    @property
    def made_suffix(self) -> str:
        """Of the file that a picture made of it becomes."""
        suffix = Path(self.name).suffix.lower()
        # JPEG and BMP have no alpha, which flats need. Layers of a document come as PNG.
        return ".png" if suffix in (".jpg", ".jpeg", ".bmp") or self.is_layered else suffix

    @property
    def folder(self) -> str:
        """Where in its archive it lies."""
        return ""

    @property
    def origin(self) -> Path:
        """Where its shot lies: a folder, an archive or a film."""
        return self.path.parent

    @property
    def time(self) -> float | None:
        """When it is shown, in frames: its number, where its name has one."""
        return frame_number(Path(self.name))

    def read(self) -> bytes:
        """The picture file's bytes; BadInput where they can't be had, or its name is none."""
        try:
            self.name.encode()
        except UnicodeEncodeError as error:
            raise BadInput("has a name that is not UTF-8.", where=ascii(self.name), hint="Rename it.") from error
        if self.path.is_fifo():
            raise BadInput("is a pipe.", where=str(self.path), hint="A batch reads files; `shiage run` reads pipes.")
        return read_bytes(self.path)

    def size(self) -> tuple[int, int] | None:
        """Width and height where the file's head says them."""
        return None if self.is_layered or not self.path.is_file() else picture_size(self.path)

    def picture(self) -> Raster:
        """The picture; BadInput or TooLarge where there is none."""
        return decode_picture(self.read(), self.name, PurePosixPath(self.name).stem, layer=self.layer)

    def given(self, put: Put) -> values_pb2.Raster:
        """The picture as it goes to a worker: its file, which is decoded there."""
        pixels = put(self.read())
        return values_pb2.Raster(pixels=pixels, encoding=values_pb2.ENCODING_FILE, layer=self.layer)

    def given_layers(self, put: Put) -> list[values_pb2.Raster]:
        """As :meth:`given`, of a document with layers each line layer for itself, the lowest first."""
        data = self.read()
        names = line_layers(data, self.name, self.layer) if self.is_layered else [self.layer]
        pixels = put(data)
        return [values_pb2.Raster(pixels=pixels, encoding=values_pb2.ENCODING_FILE, layer=name) for name in names]

    def seen(self, put: Put) -> tuple[Raster, values_pb2.Raster]:
        """The picture, and as it goes to a worker."""
        data = self.read()
        raster = decode_picture(data, self.name, PurePosixPath(self.name).stem, layer=self.layer)
        if self.is_layered:
            return raster, encode_value(raster, put).raster
        return raster, values_pb2.Raster(pixels=put(data), encoding=values_pb2.ENCODING_FILE)


@dataclass(frozen=True)
class ArchiveMember(FrameSource):
    """A picture in a zip archive; all of one archive share it."""

    member: str = ""
    archive: Archive = field(kw_only=True, compare=False, repr=False)

    @property
    def folder(self) -> str:
        """Where in its archive it lies."""
        return self.member.rpartition("/")[0]

    @property
    def origin(self) -> Path:
        """The archive."""
        return self.path

    def read(self) -> bytes:
        """The picture file's bytes; BadInput where they can't be had."""
        return self.archive.read(self.member)

    def size(self) -> tuple[int, int] | None:
        """Width and height where the file's head says them."""
        try:
            return picture_size(self.read())
        except ShiageError:
            return None


@dataclass(frozen=True)
class VideoFrame(FrameSource):
    """A frame of a video, shown from ``stamp`` on; all frames of one video share its reader."""

    stamp: int = 0
    reader: VideoReader = field(kw_only=True, compare=False, repr=False)

    @property
    def time(self) -> float | None:
        """When it is shown, in frames of the video's rate, from its number 1 on."""
        return 1.0 + self.reader.video.time(self.stamp)

    @property
    def origin(self) -> Path:
        """The film."""
        return self.path

    def read(self) -> bytes:
        """A frame of a video is no file."""
        raise BadInput("is a frame of a video.", where=self.name)

    def size(self) -> tuple[int, int] | None:
        """All frames of a video have one."""
        return None

    def picture(self) -> Raster:
        """The picture; BadInput where it can't be decoded."""
        return self.reader.read(self.stamp, PurePosixPath(self.name).stem)

    def given(self, put: Put) -> values_pb2.Raster:
        """The picture as it goes to a worker: its pixels."""
        return encode_value(self.picture(), put).raster

    def seen(self, put: Put) -> tuple[Raster, values_pb2.Raster]:
        """The picture, and as it goes to a worker: decoded once."""
        raster = self.picture()
        return raster, encode_value(raster, put).raster


@dataclass(frozen=True)
class Shot:
    """All frames together, for an operation that takes a clip. ``part``: see :class:`Asked`."""

    name: str
    frames: tuple[FrameSource, ...]
    fps: float = 24.0
    part: str = ""

    @property
    def file_stem(self) -> str:
        """What is called that there is for the shot as a whole: a part's never replaces the whole's."""
        return f"{self.name}.{self.part}" if self.part else self.name

    @staticmethod
    def frame_name(frame: FrameSource) -> str:
        """What a frame is called in the clip."""
        return PurePosixPath(frame.name).stem

    def times(self) -> list[float]:
        """The frames' numbers where each has its own, else 0, 1, 2 ..."""
        numbers = [frame.time for frame in self.frames]
        rising = [n for n in numbers if n is not None]
        if len(rising) == len(numbers) and all(a < b for a, b in pairwise(rising)):
            return rising
        return [float(place) for place in range(len(numbers))]


def frames_of(source: str, layer: str = "") -> list[FrameSource]:
    """The frames that ``source`` names, in their order; BadInput where there are none, or two would share a name.

    A folder, a picture, a layered document, a zip archive, a video, a glob (``sh010.*.png``), or
    ``sh010.####.png 1001-1240x2,1300``: ``#`` stands for a digit of the frame number, which is written with at least
    that many. Every frame of a range must be there. ``layer``: the layer that is taken of each document.
    """
    path = Path(source)
    if path.is_dir():
        found = [FrameSource(file.name, file) for file in picture_files(path)]
    elif path.is_file() and path.suffix.lower() == ".zip":
        found = _in_archive(path)
    elif path.is_file() and is_video(path):
        found = _in_video(path)
    elif path.is_file():
        found = [FrameSource(path.name, path)]
    elif "#" in source:
        found = _in_ranges(source)
    else:
        files = sorted((Path(name) for name in glob.glob(source)), key=in_sequence)
        found = [FrameSource(file.name, file) for file in files if file.suffix.lower() in READ_SUFFIXES]
    if not found:
        raise BadInput(
            "There are no pictures.", where=source, hint="Give a folder, a pattern, a picture, a video or a .zip."
        )
    if layer and not all(frame.is_layered for frame in found):
        raise BadInput(
            "has no layers.", where=source, hint=f"--layer is for {', '.join(DOCUMENT_SUFFIXES)}; leave it away."
        )
    _no_two_alike(found, source)
    stems = Counter(PurePosixPath(frame.name).stem.lower() for frame in found)
    alone = [stems[PurePosixPath(frame.name).stem.lower()] == 1 for frame in found]
    return [replace(frame, alone=only, layer=layer) for frame, only in zip(found, alone, strict=True)]


def left_out(source: str) -> list[str]:
    """Pictures in a folder or a zip archive that are passed over, since they are of kinds that Shiage doesn't read."""
    path = Path(source)
    if path.is_dir():
        names = [entry.name for entry in path.iterdir() if entry.is_file()]
    elif path.is_file() and path.suffix.lower() == ".zip":
        names = Archive(path).names()
    else:
        return []
    return sorted(name for name in names if Path(name).suffix.lower() in UNREAD and not Path(name).name.startswith("."))


def _in_archive(path: Path) -> list[FrameSource]:
    archive = Archive(path)
    return [
        ArchiveMember(PurePosixPath(member).name, path, member=member, archive=archive) for member in archive.pictures()
    ]


def _in_video(path: Path) -> list[FrameSource]:
    """Its frames, each named after the video and the frame's number."""
    video = look_into(path)
    reader = VideoReader(video)
    digits = max(4, len(str(video.numbers[-1])))
    return [
        VideoFrame(f"{path.stem}.{number:0{digits}d}.png", path, stamp=stamp, reader=reader)
        for number, stamp in zip(video.numbers, video.stamps, strict=True)
    ]


def _in_ranges(source: str) -> list[FrameSource]:
    pattern, _, ranges = source.rpartition(" ")
    if not pattern or not (hashes := re.search(r"#+", pattern)):
        raise BadInput("names no frames.", where=source, hint="Write it as 'sh010.####.png 1001-1240x2'.")
    digits = len(hashes[0])
    files = [
        Path(f"{pattern[: hashes.start()]}{number:0{digits}d}{pattern[hashes.end() :]}")
        for number in numbers_of(ranges)
    ]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise BadInput(f"{some_of(missing)} missing.", where=pattern, hint="Mend the frame range.")
    return [FrameSource(file.name, file) for file in files]


def _no_two_alike(frames: list[FrameSource], source: str) -> None:
    taken: set[str] = set()
    for frame in frames:
        if frame.name.lower() in taken:
            raise BadInput(f"has two frames named {frame.name}.", where=source, hint="Run its folders one by one.")
        taken.add(frame.name.lower())
