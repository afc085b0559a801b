"""What the daemon and a worker process say to each other, pickled over the worker's own pipes."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, TypeAlias, cast

from ..spec import OperationSpec
from .observer import Measures

# Daemon to worker


@dataclass(frozen=True)
class Begin:
    """Run a job. ``request``: the serialized SubmitRequest; ``files``: see :class:`.engine.Assignment`."""

    job: str
    request: bytes
    files: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Cancel:
    """Stop a job where it can stop."""

    job: str


Order: TypeAlias = Begin | Cancel

# Worker to daemon


@dataclass(frozen=True)
class Ready:
    """The operations are loaded."""

    specs: dict[str, OperationSpec]


@dataclass(frozen=True)
class Unfit:
    """The operations can't be loaded. ``failure``: a serialized Failure."""

    failure: bytes


@dataclass(frozen=True)
class Accelerator:
    """What networks run on."""

    name: str


@dataclass(frozen=True)
class Progressed:
    """How far the job is."""

    job: str
    fraction: float
    stage: str


@dataclass(frozen=True)
class Previewed:
    """``preview``: a serialized Value."""

    job: str
    preview: bytes


@dataclass(frozen=True)
class Warned:
    """Something that the artist should know."""

    job: str
    sentence: str


@dataclass(frozen=True)
class Ended:
    """The job is over: ``outputs`` (each a serialized Values), or a serialized Failure, or neither: it was cancelled.

    ``memory``: bytes that the process holds now. ``measures``: what it took.
    """

    job: str
    memory: int
    measures: Measures
    outputs: dict[str, bytes] | None = None
    failure: bytes | None = None


Report: TypeAlias = Ready | Unfit | Accelerator | Progressed | Previewed | Warned | Ended


def send(stream: IO[bytes], message: Order | Report) -> None:
    """One message; OSError where the other side is gone."""
    stream.write(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
    stream.flush()


def receive(stream: IO[bytes]) -> Order | Report | None:
    """The next message; None where the other side is gone, also in the middle of one."""
    try:
        return cast("Order | Report", pickle.load(stream))
    except (EOFError, OSError, ValueError, pickle.UnpicklingError):
        return None
