"""Numbered picture files, and videos, as clips."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from ..errors import BadInput
from .clip import Clip, Frame
from .documents import is_document
from .files import PICTURE_SUFFIXES, READ_SUFFIXES, read_picture
from .videos import VideoReader, is_video, look_into

# A number by itself may have decimals (clip.0007.500); sh010.1001 is frame 1001 of a shot.
_NUMBER = re.compile(r"((?<![A-Za-z\d])\d+\.\d{1,3}|\d+)(?!.*\d)")


def picture_files(folder: Path) -> list[Path]:
    """The pictures of a folder by frame number, else by name; BadInput where there are none.

    Layered documents are taken where there is nothing else: beside pictures, they are what these were made of.
    """
    try:
        readable = [p for p in folder.iterdir() if p.suffix.lower() in READ_SUFFIXES and not p.name.startswith(".")]
        found = [p for p in readable if not is_document(p)] or readable
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}.", where=str(folder), hint="Check the folder.") from error
    if not found:
        raise BadInput("The folder has no pictures.", where=str(folder), hint=f"Wanted: {', '.join(PICTURE_SUFFIXES)}.")
    return sorted(found, key=in_sequence)


def in_sequence(path: PurePath) -> tuple[str, bool, float, str]:
    """What files are sorted by: folder by folder, each by frame number, else by name."""
    number = frame_number(path)
    return str(path.parent), number is None, number or 0.0, path.name


def frame_number(path: PurePath) -> float | None:
    """The last number in a file's stem (``walk.0012`` gives 12, ``walk.0012.500`` 12.5), or None."""
    found = _NUMBER.search(path.stem)
    return float(found[1]) if found else None


def read_clip(path: Path, fps: float = 24.0) -> Clip:
    """A folder of pictures, a single picture or a video as a clip. Times are the frame numbers, else 0, 1, 2 ..."""
    if path.is_file() and is_video(path):
        return _read_video(path)
    files = picture_files(path) if path.is_dir() else [path]
    numbers = [frame_number(file) for file in files]
    numbered = None not in numbers and len(set(numbers)) == len(numbers)
    times = [float(n or 0.0) for n in numbers] if numbered else [float(i) for i in range(len(files))]
    frames = [Frame(time, read_picture(file)) for time, file in zip(times, files, strict=True)]
    return Clip(tuple(sorted(frames, key=lambda frame: frame.time)), fps=fps, name=path.stem)


def _read_video(path: Path) -> Clip:
    video = look_into(path)
    reader = VideoReader(video)
    digits = max(4, len(str(video.numbers[-1])))
    frames = [
        Frame(1.0 + video.time(stamp), reader.read(stamp, f"{path.stem}.{number:0{digits}d}"))
        for number, stamp in zip(video.numbers, video.stamps, strict=True)
    ]
    return Clip(tuple(frames), fps=float(video.rate), name=path.stem)
