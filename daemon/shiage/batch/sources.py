"""The frames of a shot: a folder, a single picture, a pattern with frame ranges, or a zip archive."""

from __future__ import annotations

import glob
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path, PurePosixPath

from ..errors import BadInput
from ..values.files import PICTURE_SUFFIXES, read_bytes
from ..values.sequences import frame_number, picture_files
from .archives import pictures_in, read_member
from .ranges import numbers_of


@dataclass(frozen=True)
class FrameSource:
    """A frame: its file, or the archive that holds it as ``member``; ``name`` is what its result is named.

    ``alone``: no other frame differs from it in the suffix alone.
    """

    name: str
    path: Path
    member: str = ""
    alone: bool = True

    def read(self) -> bytes:
        """The picture file's bytes; BadInput where they can't be had."""
        if not self.member:
            return read_bytes(self.path)
        return read_member(self.path, self.member)


@dataclass(frozen=True)
class Shot:
    """All frames together, for an operation that takes a clip."""

    name: str
    frames: tuple[FrameSource, ...]
    fps: float = 24.0

    @staticmethod
    def frame_name(frame: FrameSource) -> str:
        """What a frame is called in the clip."""
        return PurePosixPath(frame.name).stem

    def times(self) -> list[float]:
        """The frames' numbers where each has its own, else 0, 1, 2 ..."""
        numbers = [frame_number(Path(frame.name)) for frame in self.frames]
        rising = [n for n in numbers if n is not None]
        if len(rising) == len(numbers) and all(a < b for a, b in pairwise(rising)):
            return rising
        return [float(place) for place in range(len(numbers))]


def frames_of(source: str) -> list[FrameSource]:
    """The frames that ``source`` names, in their order; BadInput where there are none, or two would share a name.

    A folder, a picture, a zip archive, a glob (``sh010.*.png``), or ``sh010.####.png 1001-1240x2,1300``: ``#`` stands
    for a digit of the frame number, which is written with at least that many. Every frame of a range must be there.
    """
    path = Path(source)
    if path.is_dir():
        found = [FrameSource(file.name, file) for file in picture_files(path)]
    elif path.is_file() and path.suffix.lower() == ".zip":
        found = _in_archive(path)
    elif path.is_file():
        found = [FrameSource(path.name, path)]
    elif "#" in source:
        found = _in_ranges(source)
    else:
        files = sorted(Path(name) for name in glob.glob(source))
        found = [FrameSource(file.name, file) for file in files if file.suffix.lower() in PICTURE_SUFFIXES]
    if not found:
        raise BadInput("There are no pictures.", where=source, hint="Give a folder, a pattern, a picture or a .zip.")
    _no_two_alike(found, source)
    stems = Counter(PurePosixPath(frame.name).stem.lower() for frame in found)
    return [replace(frame, alone=stems[PurePosixPath(frame.name).stem.lower()] == 1) for frame in found]


def _in_archive(path: Path) -> list[FrameSource]:
    return [FrameSource(PurePosixPath(member).name, path, member) for member in pictures_in(path)]


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
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise BadInput(f"{', '.join(missing[:3])}{more} missing.", where=pattern, hint="Mend the frame range.")
    return [FrameSource(file.name, file) for file in files]


def _no_two_alike(frames: list[FrameSource], source: str) -> None:
    taken: set[str] = set()
    for frame in frames:
        if frame.name.lower() in taken:
            raise BadInput(f"has two frames named {frame.name}.", where=source, hint="Run its folders one by one.")
        taken.add(frame.name.lower())
