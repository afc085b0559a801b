"""Who measures: what the desk tells of every job, for metrics and logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..v1 import jobs_pb2 as pb


@dataclass(frozen=True)
class Measures:
    """What a run of an operation took.

    ``seconds``: by stage, ``reading`` its inputs and ``writing`` its results among them. ``models_kept`` and
    ``models_loaded``: how often a network was there already, and how often it was read from the disk.
    """

    seconds: Mapping[str, float] = field(default_factory=dict)
    models_kept: int = 0
    models_loaded: int = 0


class Observer(Protocol):
    """Told of jobs, from any thread, sometimes under the desk's lock: it must not wait and not call back."""

    def submitted(self, job: pb.Job) -> None:
        """A job was taken in; it is done already where it was answered from the store."""

    def measured(self, operation: str, measures: Measures) -> None:
        """A run of an operation came to its end, a good or a bad one."""

    def ended(self, job: pb.Job) -> None:
        """A job that was not answered from the store is over."""

    def worker_lost(self, operation: str) -> None:
        """What ran a job ended under it."""


class Nobody:
    """An observer that looks away."""

    def submitted(self, job: pb.Job) -> None:
        """Nothing."""

    def measured(self, operation: str, measures: Measures) -> None:
        """Nothing."""

    def ended(self, job: pb.Job) -> None:
        """Nothing."""

    def worker_lost(self, operation: str) -> None:
        """Nothing."""
