"""Numbered picture files as clips."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import BadInput
from .clip import Clip, Frame
from .files import PICTURE_SUFFIXES, read_picture

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(?!.*\d)")


def picture_files(folder: Path) -> list[Path]:
    """The pictures of a folder by frame number, else by name; BadInput where there are none."""
    try:
        found = [p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES and not p.name.startswith(".")]
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}.", where=str(folder), hint="Check the folder.") from error
    if not found:
        raise BadInput("The folder has no pictures.", where=str(folder), hint=f"Wanted: {', '.join(PICTURE_SUFFIXES)}.")
    return sorted(found, key=lambda p: (frame_number(p) is None, frame_number(p) or 0.0, p.name))


def frame_number(path: Path) -> float | None:
    """The last number in a file's stem (``walk.0012`` gives 12), or None."""
    found = _NUMBER.search(path.stem)
    return float(found[1]) if found else None


def read_clip(path: Path, fps: float = 24.0) -> Clip:
    """A folder of pictures, or a single picture, as a clip. Times are the frame numbers, else 0, 1, 2 ..."""
    files = picture_files(path) if path.is_dir() else [path]
    numbers = [frame_number(file) for file in files]
    numbered = None not in numbers and len(set(numbers)) == len(numbers)
    times = [float(n or 0.0) for n in numbers] if numbered else [float(i) for i in range(len(files))]
    frames = [Frame(time, read_picture(file)) for time, file in zip(times, files, strict=True)]
    return Clip(tuple(sorted(frames, key=lambda frame: frame.time)), fps=fps, name=path.stem)
