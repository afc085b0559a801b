"""The guard at the door: who may call, and every error as a status with its sentence."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc

from ..client._chunks import GET_BLOB, PUT_BLOB, parse_put, serialize_chunk
from ..errors import Broken, Refused, ShiageError, describe
from ..wire import failure_of
from ..wire.failures import FAILURE_KEY
from .metrics import Metrics
from .token import Token

log = logging.getLogger(__name__)

# How the two calls that carry a layer's bytes are read and written.
_WITHOUT_COPIES: dict[str, tuple[Callable[[bytes], Any] | None, Callable[[Any], bytes] | None]] = {
    PUT_BLOB: (parse_put, None),
    GET_BLOB: (None, serialize_chunk),
}

# Whether the daemon is well may be asked by anyone who reaches it.
_FOR_ALL = "/grpc.health.v1.Health/"


class Guard(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in its stubs only
    """Asks for the token (none: the socket's file mode guards it), turns errors into statuses, and counts."""

    def __init__(self, token: Token | None, metrics: Metrics) -> None:
        self._token = token
        self._metrics = metrics

    def intercept_service(
        self, continuation: Callable[[Any], Any], details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The handler for a call, guarded."""
        handler = continuation(details)
        if handler is None:
            return None
        known = self._token is None or details.method.startswith(_FOR_ALL) or self._token.fits(_shown(details))
        return _guarded(handler, _Call(details.method, known, self._metrics))


@dataclass(frozen=True)
class _Call:
    """What the guard knows of a call before it is answered. ``known``: whether the caller may come in."""

    method: str
    known: bool
    metrics: Metrics


def _shown(details: grpc.HandlerCallDetails) -> str:
    return str(dict(details.invocation_metadata or ()).get("authorization", ""))


def _guarded(handler: Any, call: _Call) -> grpc.RpcMethodHandler[Any, Any]:
    parse, serialize = _WITHOUT_COPIES.get(call.method, (None, None))
    shape = (parse or handler.request_deserializer, serialize or handler.response_serializer)
    if handler.request_streaming and handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler(_stream(handler.stream_stream, call), *shape)
    if handler.request_streaming:
        return grpc.stream_unary_rpc_method_handler(_single(handler.stream_unary, call), *shape)
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler(_stream(handler.unary_stream, call), *shape)
    return grpc.unary_unary_rpc_method_handler(_timed(handler.unary_unary, call), *shape)


def _timed(answer: Callable[..., Any], call: _Call) -> Callable[..., Any]:
    guarded = _single(answer, call)

    def timed(request: Any, context: grpc.ServicerContext) -> Any:
        begin = time.perf_counter()
        try:
            return guarded(request, context)
        finally:
            call.metrics.called(call.method, time.perf_counter() - begin)

    return timed


def _single(answer: Callable[..., Any], call: _Call) -> Callable[..., Any]:
    def guarded(request: Any, context: grpc.ServicerContext) -> Any:
        with _errors_told(context, call):
            return answer(request, context)

    return guarded


def _stream(answers: Callable[..., Any], call: _Call) -> Callable[..., Any]:
    def guarded(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        with _errors_told(context, call):
            yield from answers(request, context)

    return guarded


@contextmanager
def _errors_told(context: grpc.ServicerContext, call: _Call) -> Iterator[None]:
    try:
        if not call.known:
            raise Refused(
                "The daemon does not know this caller: the token is missing or wrong.",
                hint="The lock file names the token's file.",
            )
        yield
    except ShiageError as error:
        _abort(context, error, call)
    except grpc.RpcError:
        raise  # the caller went away
    except Exception as error:
        told = describe(error)
        if isinstance(told, Broken):
            log.exception("call failed", extra={"method": call.method})
        _abort(context, told, call)


def _abort(context: grpc.ServicerContext, error: ShiageError, call: _Call) -> NoReturn:
    failure = failure_of(error)
    call.metrics.refused(failure.code)
    context.set_trailing_metadata(((FAILURE_KEY, failure.SerializeToString()),))
    context.abort(grpc.StatusCode[error.status], failure.sentence)
    raise AssertionError("abort raises")
