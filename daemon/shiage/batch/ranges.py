"""Frame numbers, as a shot's names carry them, and ranges of them as people write them (``1001-1240x2,1300``); and
names as sentences tell them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from ..errors import BadInput

if TYPE_CHECKING:
    from .sources import FrameSource

_DIGITS = re.compile(r"\d+")
_RANGE = re.compile(r"(\d+)(?:-(\d+)(?:x([1-9]\d*))?)?")
_MOST = 1_000_000
_LONGEST_PART = 60  # characters: a file system's names have 255 bytes in all


def some_of(names: Sequence[str]) -> str:
    """The first three names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def numbers_of(ranges: str) -> list[int]:
    """The numbers of ``ranges``, each once, rising; BadInput where it is none."""
    numbers: set[int] = set()
    for part in ranges.split(","):
        found = _RANGE.fullmatch(part.strip())
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if found is None or not 0 <= last - first <= _MOST:
            raise BadInput(f"'{part}' is not a frame range.", hint="Write it as 1001-1240x2.")
        numbers.update(range(first, last + 1, int(found[3] or 1)))
    return sorted(numbers)


def written(numbers: Sequence[int]) -> str:
    """Rising numbers as ranges: what :func:`numbers_of` reads."""
    parts: list[str] = []
    begin = 0
    while begin < len(numbers):
        step = numbers[begin + 1] - numbers[begin] if begin + 1 < len(numbers) else 1
        end = begin
        while end + 1 < len(numbers) and numbers[end + 1] - numbers[end] == step:
            end += 1
        # Two numbers apart are no range: the second may begin one.
        if end == begin + 1 and step > 1:
            end = begin
        first, last = numbers[begin], numbers[end]
        parts.append(str(first) if first == last else f"{first}-{last}" + (f"x{step}" if step > 1 else ""))
        begin = end + 1
    return ",".join(parts)


def part_of(ranges: str) -> str:
    """What the part of a shot with these numbers is called in names of files: the same however it was written."""
    name = written(numbers_of(ranges))
    if len(name) <= _LONGEST_PART:
        return name
    return f"{name[:_LONGEST_PART].rpartition(',')[0] or name[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def numbered(frames: Sequence[FrameSource]) -> dict[int, FrameSource]:
    """The frames by number: the last digits of their names where each has its own, else their places from 1 on."""
    found = [_DIGITS.findall(PurePath(frame.name).stem) for frame in frames]
    named = [int(digits[-1]) for digits in found if digits]
    if len(set(named)) == len(frames):
        return dict(sorted(zip(named, frames, strict=True), key=lambda pair: pair[0]))
    return dict(enumerate(frames, start=1))


def chosen(frames: Sequence[FrameSource], ranges: str) -> list[FrameSource]:
    """The frames whose numbers are in ``ranges``; BadInput where one of them is not there."""
    known = numbered(frames)
    wanted = numbers_of(ranges)
    missing = [number for number in wanted if number not in known]
    if missing:
        raise BadInput(f"There is no frame {written(missing)[:60]}.", hint=f"There are {written(list(known))[:100]}.")
    return [known[number] for number in wanted]
