"""What a batch's frames are run as, and whether the place where their results go is free for them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeAlias

from ..errors import ShiageError
from ..v1 import values_pb2
from ..wire import Buffer
from ._writing import names_of
from .asked import Asked
from .journal import Journal
from .origins import Origin, others_results
from .parts import Parts
from .sources import FrameSource, Shot

Work: TypeAlias = Sequence[FrameSource | Shot] | Parts


def work_of(asked: Asked, frames: Sequence[FrameSource]) -> Work:
    """The frames one by one; where the operation takes a clip, its stretches one by one, or all as one."""
    if not asked.takes_shot or not frames:
        return frames
    shot = _shot_of(asked, frames)
    return Parts(asked, shot) if asked.in_stretches else [shot]


def _shot_of(asked: Asked, frames: Sequence[FrameSource]) -> Shot:
    # Also where it is called '.'.
    return Shot(Path(os.path.abspath(asked.out)).name, tuple(frames), asked.fps, asked.part)


def check_unclaimed(asked: Asked, frames: Sequence[FrameSource], journal: Journal) -> None:
    """BadInput where results of another source lie where those of ``frames`` would go."""
    shot = _shot_of(asked, frames) if asked.takes_shot else None
    to_be: dict[str, FrameSource | None] = {}
    for part in [shot] if shot else frames:
        to_be |= names_of(asked, part)

    @cache
    def drawing(frame: FrameSource) -> str:
        given = frame.seen(_only_digest)[1] if asked.in_stretches else frame.given(_only_digest)
        return given.pixels.sha256

    def drawings(name: str) -> frozenset[str]:
        one = to_be.get(name)
        # What can't be read is told later.
        with suppress(ShiageError):
            return frozenset(map(drawing, [one] if one else frames))
        return frozenset()

    origins = [Origin.of(place, asked.out) for place in dict.fromkeys(frame.origin for frame in frames)]
    of_shot = {frame.name for frame in frames} if shot else set()
    if found := journal.others(origins, to_be.keys(), of_shot, drawings):
        raise others_results(found, origins[0], asked.out)


def _only_digest(data: Buffer) -> values_pb2.Blob:
    """A blob that is kept nowhere."""
    view = memoryview(data).cast("B")
    return values_pb2.Blob(sha256=hashlib.sha256(view).hexdigest(), size=len(view))
