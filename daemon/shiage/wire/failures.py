"""Errors to and from the wire: the same class, sentence and problems on both sides."""

from __future__ import annotations

from collections.abc import Iterable

from .. import errors
from ..errors import BadParameters, Broken, Problem, ShiageError
from ..v1 import jobs_pb2

# Trailing metadata of a refused call: a serialized Failure.
FAILURE_KEY = "shiage-failure-bin"

_CLASSES: dict[str, type[ShiageError]] = {
    cls.__name__: cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, ShiageError)
}


def failure_of(error: ShiageError) -> jobs_pb2.Failure:
    """``error`` for the wire."""
    problems = error.problems if isinstance(error, BadParameters) else ()
    return jobs_pb2.Failure(
        code=type(error).__name__,
        sentence=_sayable(str(error)),
        problems=[jobs_pb2.Problem(name=_sayable(p.name), sentence=_sayable(p.sentence)) for p in problems],
    )


def error_of(failure: jobs_pb2.Failure) -> ShiageError:
    """The error that was sent as ``failure``; :class:`Broken` where this side does not know its class."""
    return rebuild(failure.code, failure.sentence, ((p.name, p.sentence) for p in failure.problems))


def rebuild(code: str, sentence: str, problems: Iterable[tuple[str, str]] = ()) -> ShiageError:
    """The error with this class name, as a client's ``DaemonError`` carries it."""
    cls = _CLASSES.get(code, Broken)
    if cls is BadParameters:
        return BadParameters(tuple(Problem(name, text) for name, text in problems))
    return cls(sentence)


def _sayable(text: str) -> str:
    """``text`` as protobuf takes it: file names may carry lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")
