"""Every error that a user can meet, in one tree.

::

    ShiageError                 gRPC status            exit code
    ├── BadInput                INVALID_ARGUMENT       3   a picture, archive or value that can't be used
    ├── BadParameters           INVALID_ARGUMENT       2   one problem for each wrong parameter
    ├── TooLarge                RESOURCE_EXHAUSTED     5   over a limit: pixels, bytes, queue, disk
    ├── NotFound                NOT_FOUND              4   no such operation, job, blob, character
    ├── NotReady                FAILED_PRECONDITION    6   the state does not allow it (a job still runs)
    ├── MissingWeights          FAILED_PRECONDITION    7   a network whose weights are not here or not intact
    ├── Unreachable             UNAVAILABLE            8   no daemon answers
    ├── Refused                 UNAUTHENTICATED        9   wrong or missing token
    ├── Cancelled               CANCELLED              130 the user stopped it
    └── Broken                  INTERNAL               70  our own fault; the log has the trace

Each says what was wrong, with which input, and what to do. Hosts show ``str(error)`` as it is.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import ClassVar

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ShiageError(Exception):
    """What went wrong (``sentence``), with which input (``where``), and what to do about it (``hint``)."""

    status: ClassVar[str] = "INTERNAL"
    exit_code: ClassVar[int] = 70

    def __init__(self, sentence: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.where}: {self.sentence}" if self.where else self.sentence
        return f"{head} {self.hint}" if self.hint else head


class BadInput(ShiageError):
    """A picture, archive or other value that can't be used."""

    status = "INVALID_ARGUMENT"
    exit_code = 3


@dataclass(frozen=True)
class Problem:
    """What is wrong with one parameter or port."""

    name: str
    sentence: str


class BadParameters(ShiageError):
    """One or more parameters or ports are wrong; ``problems`` has one entry for each."""

    status = "INVALID_ARGUMENT"
    exit_code = 2

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(" ".join(f"{problem.name}: {problem.sentence}" for problem in problems))
        self.problems = problems


class TooLarge(ShiageError):
    """Over a limit: pixels, bytes, queue length, disk."""

    status = "RESOURCE_EXHAUSTED"
    exit_code = 5


class NotFound(ShiageError):
    """No such operation, job, blob or character."""

    status = "NOT_FOUND"
    exit_code = 4


class NotReady(ShiageError):
    """The present state does not allow it."""

    status = "FAILED_PRECONDITION"
    exit_code = 6


class MissingWeights(ShiageError):
    """The weights of a network are absent or not intact."""

    status = "FAILED_PRECONDITION"
    exit_code = 7


class Unreachable(ShiageError):
    """No daemon answers."""

    status = "UNAVAILABLE"
    exit_code = 8


class Refused(ShiageError):
    """The daemon does not know this caller."""

    status = "UNAUTHENTICATED"
    exit_code = 9


class Cancelled(ShiageError):
    """The user stopped it."""

    status = "CANCELLED"
    exit_code = 130

    def __init__(self, sentence: str = "Cancelled.", *, where: str = "", hint: str = "") -> None:
        super().__init__(sentence, where=where, hint=hint)


class Broken(ShiageError):
    """Our own fault."""


def describe(error: BaseException) -> ShiageError:
    """``error`` itself if it is one of ours, else a :class:`Broken` that names it."""
    if isinstance(error, ShiageError):
        return error
    if isinstance(error, MemoryError):
        return TooLarge("There is not enough memory for this.", hint="Use a smaller picture or close other programs.")
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        place = "it" if error.filename else "SHIAGE_HOME"
        hint = f"Make room on the disk that holds {place}, then try again."
        return TooLarge("The disk is full.", where=str(error.filename or ""), hint=hint)
    if isinstance(error, PermissionError):
        return NotReady(
            f"The system says no: {error}.",
            hint="See to the file, folder or address that it names; SHIAGE_HOME says where Shiage keeps its state.",
        )
    return Broken(
        f"Something in Shiage failed: {type(error).__name__}: {error}.",
        hint="The daemon's log has the details; `shiage doctor` collects them.",
    )
