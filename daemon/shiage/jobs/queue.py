"""The queue: interactive before batch, first come first served within each, and what a slot may take."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
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
    caller: str = ""


class Queue:
    """The jobs that wait. Not safe to use from several threads: the desk holds its lock."""

    def __init__(self) -> None:
        self._waiting: dict[str, Entry] = {}
        self._callers: Counter[str] = Counter()
        # By (batch, accelerator), each in the order of submission. A job that was removed stays until it comes up.
        self._lanes: defaultdict[tuple[bool, bool], list[tuple[int, str]]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._waiting)

    def of(self, caller: str) -> int:
        """How many jobs of this caller wait."""
        return self._callers[caller]

    def batch(self) -> int:
        """How many of those that wait are batch jobs."""
        return sum(entry.batch for entry in self._waiting.values())

    def add(self, entry: Entry) -> None:
        """``entry`` waits, at the place that its number gives it."""
        self.remove(entry.job)
        self._waiting[entry.job] = entry
        self._callers[entry.caller] += 1
        heapq.heappush(self._lanes[entry.batch, entry.accelerator], (entry.number, entry.job))

    def remove(self, job: str) -> None:
        """This job does not wait any more, if it did."""
        entry = self._waiting.pop(job, None)
        if entry is None:
            return
        self._callers[entry.caller] -= 1
        if not self._callers[entry.caller]:
            del self._callers[entry.caller]

    def take(self, slot: Slot) -> Entry | None:
        """The job that ``slot`` should begin now; it waits no more."""
        heads = (self._head(lane) for lane in self._lanes if _fits(lane, slot))
        first = min(
            (entry for entry in heads if entry is not None),
            key=lambda entry: (entry.batch, entry.number),
            default=None,
        )
        if first is not None:
            self.remove(first.job)
        return first

    def _head(self, lane: tuple[bool, bool]) -> Entry | None:
        line = self._lanes[lane]
        while line:
            number, job = line[0]
            entry = self._waiting.get(job)
            if entry is not None and (entry.number, entry.batch, entry.accelerator) == (number, *lane):
                return entry
            heapq.heappop(line)
        return None


def entry_of(job: pb.Job, number: int, accelerator: bool, caller: str = "") -> Entry:
    """``job``'s place in the queue."""
    return Entry(job.id, number, job.priority == pb.PRIORITY_BATCH, accelerator, caller)


def _fits(lane: tuple[bool, bool], slot: Slot) -> bool:
    batch, accelerator = lane
    return (slot.accelerator or not accelerator) and not (slot.interactive_only and batch)
