"""Where work runs: the seam between the desk and what carries a job out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ..spec import OperationSpec
from ..v1 import jobs_pb2, values_pb2
from .observer import Measures


@dataclass(frozen=True)
class Slot:
    """A place where one job at a time can run.

    ``accelerator``: it owns the accelerator; only one does. ``interactive_only``: it is kept free of batch jobs, so
    that an interactive one never waits for a batch job's end.
    """

    index: int
    accelerator: bool
    interactive_only: bool


@dataclass(frozen=True)
class Assignment:
    """A job for a slot. ``request``: the serialized SubmitRequest; ``attempt`` tells a job's runs apart.

    ``files``: the outputs that are wanted, each with the suffix of the file that its pictures become where they are
    made (empty: pixels as they are). None: all, as they are.
    """

    job: str
    attempt: int
    request: bytes
    files: Mapping[str, str] | None = None


class Reports(Protocol):
    """What an engine tells the desk, from any thread. Reports of a run that is over are ignored."""

    def progressed(self, job: str, attempt: int, fraction: float, stage: str) -> None: ...

    def previewed(self, job: str, attempt: int, preview: values_pb2.Value) -> None: ...

    def warned(self, job: str, attempt: int, sentence: str) -> None: ...

    def measured(self, job: str, attempt: int, measures: Measures) -> None:
        """What a run took; told just before it is finished or has failed."""

    def finished(self, job: str, attempt: int, outputs: Mapping[str, values_pb2.Values]) -> None: ...

    def failed(self, job: str, attempt: int, failure: jobs_pb2.Failure) -> None: ...

    def lost(self, job: str, attempt: int, sentence: str) -> None:
        """What ran the job ended under it."""

    def returned(self, job: str, attempt: int) -> None:
        """What should have run the job ended before it began it: it waits again, and this was no try."""

    def freed(self) -> None:
        """A slot is free."""


class Engine(Protocol):
    """Runs jobs."""

    def start(self, reports: Reports) -> Mapping[str, OperationSpec]:
        """Make ready; returns what can be run here."""

    def idle(self) -> list[Slot]:
        """The slots that could begin a job now, those for interactive jobs first."""

    def begin(self, slot: Slot, assignment: Assignment) -> None:
        """Run a job; what becomes of it is reported."""

    def cancel(self, job: str) -> None:
        """Stop a job: its operation is asked to, and its worker ended if it does not. Nothing is reported of it."""

    def accelerator(self) -> str:
        """``cpu`` or the device's name."""

    def memory(self) -> Mapping[str, int]:
        """Bytes that each worker holds, by its name."""

    def stop(self) -> None:
        """End everything now."""
