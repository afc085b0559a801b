"""The queue: interactive before batch, first come first served within each, and what a slot may take."""

from __future__ import annotations

from dataclasses import dataclass

from ..v1 import jobs_pb2 as pb
from .engine import Slot


@dataclass(frozen=True)
class Entry:
    """A waiting job. ``number``: the order of submission; ``accelerator``: whether it runs a network."""

    job: str
    number: int
    batch: bool
    accelerator: bool


class Queue:
    """The jobs that wait. Not safe to use from several threads: the desk holds its lock."""

    def __init__(self) -> None:
        self._waiting: dict[str, Entry] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, entry: Entry) -> None:
        """``entry`` waits, at the place that its number gives it."""
        self._waiting[entry.job] = entry

    def remove(self, job: str) -> None:
        """This job does not wait any more, if it did."""
        self._waiting.pop(job, None)

    def take(self, slot: Slot) -> Entry | None:
        """The job that ``slot`` should begin now; it waits no more."""
        fits = (entry for entry in self._waiting.values() if _fits(entry, slot))
        first = min(fits, key=lambda entry: (entry.batch, entry.number), default=None)
        if first is not None:
            del self._waiting[first.job]
        return first


def entry_of(job: pb.Job, number: int, accelerator: bool) -> Entry:
    """``job``'s place in the queue."""
    return Entry(job.id, number, job.priority == pb.PRIORITY_BATCH, accelerator)


def _fits(entry: Entry, slot: Slot) -> bool:
    return (slot.accelerator or not entry.accelerator) and not (slot.interactive_only and entry.batch)
