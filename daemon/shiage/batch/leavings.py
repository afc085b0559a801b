"""What earlier runs left in a destination: what a run would find there, and what of it goes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..jobs import House
from ..jobs.spool import Spool
from ._scratch import scratch
from ._tasks import Tasks
from ._writing import Shelf, names_of
from .asked import Asked
from .claims import check_unclaimed, work_of
from .journal import Journal
from .origins import UNKNOWN, Origin
from .sources import FrameSource
from .tally import Event, Tally


@dataclass(frozen=True)
class Left:
    """What a run would find. ``told``: frames that it would not do, since they are done or can't be read; ``stale``:
    files of an earlier run that it would take away; ``aside``: those that no batch wrote, which it would set aside, as
    far as the names of its own are known.
    """

    told: list[Event]
    stale: list[str]
    aside: list[str]


def what_is_left(asked: Asked, frames: Sequence[FrameSource]) -> Left:
    """Writes nothing. BadInput where results of another source lie there."""
    with scratch() as folder:
        spool = Spool(House.at(folder).spool)
        journal = Journal(asked.out, peek=True)
        check_unclaimed(asked, frames, journal)
        tally = Tally(len(frames), lambda event: None)
        to_be: dict[str, FrameSource | None] = {}
        for task in Tasks(asked, journal, Shelf(spool), spool, tally).of(work_of(asked, frames)):
            to_be |= names_of(asked, task.frame)
        gone = list(stale(asked, frames, journal, tally)) if asked.in_stretches else []
        return Left(tally.events, gone, [name for name in sorted(to_be) if journal.is_by_hand(name)])


def stale(asked: Asked, frames: Sequence[FrameSource], journal: Journal, tally: Tally) -> Iterator[str]:
    """Files of earlier runs over these frames that this one does not make, each as it was written; none of a frame that
    failed. What it reads is none of them, wherever it lies.
    """
    beside = (frame for clips in asked.beside.values() for clip in clips for frame in clip.frames)
    read = {os.path.abspath(frame.path) for frame in (*frames, *beside)}
    origin = Origin.of(frames[0].origin, asked.out) if frames else UNKNOWN
    return journal.stale(asked.maker, {frame.name for frame in frames} - tally.failed, tally.own | read, origin)


def clear(asked: Asked, frames: Sequence[FrameSource], journal: Journal, tally: Tally) -> list[str]:
    """Take those away, for the frames that went well: a folder never shows two runs at once."""
    gone: list[str] = []
    folders = {Path(name).parent for name in tally.own}
    for name in stale(asked, frames, journal, tally):
        path = asked.out / name
        # Other outputs, which were not asked for this time, are as they were.
        if not asked.in_stretches and Path(name).parent not in folders:
            continue
        with suppress(OSError):
            path.unlink()
            gone.append(name)
            if path.parent != asked.out and not any(path.parent.iterdir()):
                path.parent.rmdir()
    return gone
