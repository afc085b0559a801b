"""The guard at the door: who may call, and every error as a status with its sentence."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc

from ..client._chunks import GET_BLOB, PUT_BLOB, parse_put, serialize_chunk
from ..errors import Broken, Refused, ShiageError, describe
from ..wire import failure_of
from ..wire.failures import FAILURE_KEY

log = logging.getLogger(__name__)

# How the two calls that carry a layer's bytes are read and written.
_WITHOUT_COPIES: dict[str, tuple[Callable[[bytes], Any] | None, Callable[[Any], bytes] | None]] = {
    PUT_BLOB: (parse_put, None),
    GET_BLOB: (None, serialize_chunk),
}

# Whether the daemon is well may be asked by anyone who reaches it.
_FOR_ALL = "/grpc.health.v1.Health/"


class Guard(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in its stubs only
    """Asks for the token (none: the socket's file mode guards it) and turns errors into statuses."""

    def __init__(self, token: str = "") -> None:
        self._expected = f"Bearer {token}".encode() if token else b""

    def intercept_service(
        self, continuation: Callable[[Any], Any], details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The handler for a call, guarded."""
        handler = continuation(details)
        if handler is None:
            return None
        known = not self._expected or details.method.startswith(_FOR_ALL) or self._knows(details)
        return _guarded(handler, details.method, known)

    def _knows(self, details: grpc.HandlerCallDetails) -> bool:
        shown = dict(details.invocation_metadata or ()).get("authorization", "")
        # Compared in constant time, so that the answer's delay tells nothing of the token.
        return hmac.compare_digest(str(shown).encode(), self._expected)


def _guarded(handler: Any, method: str, known: bool) -> grpc.RpcMethodHandler[Any, Any]:
    parse, serialize = _WITHOUT_COPIES.get(method, (None, None))
    shape = (parse or handler.request_deserializer, serialize or handler.response_serializer)
    if handler.request_streaming and handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler(_stream(handler.stream_stream, method, known), *shape)
    if handler.request_streaming:
        return grpc.stream_unary_rpc_method_handler(_single(handler.stream_unary, method, known), *shape)
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler(_stream(handler.unary_stream, method, known), *shape)
    return grpc.unary_unary_rpc_method_handler(_single(handler.unary_unary, method, known), *shape)


def _single(answer: Callable[..., Any], method: str, known: bool) -> Callable[..., Any]:
    def guarded(request: Any, context: grpc.ServicerContext) -> Any:
        with _errors_told(context, method, known):
            return answer(request, context)

    return guarded


def _stream(answers: Callable[..., Any], method: str, known: bool) -> Callable[..., Any]:
    def guarded(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        with _errors_told(context, method, known):
            yield from answers(request, context)

    return guarded


@contextmanager
def _errors_told(context: grpc.ServicerContext, method: str, known: bool) -> Iterator[None]:
    try:
        if not known:
            raise Refused(
                "The daemon does not know this caller: the token is missing or wrong.",
                hint="The lock file names the token's file.",
            )
        yield
    except ShiageError as error:
        _abort(context, error)
    except grpc.RpcError:
        raise  # the caller went away
    except Exception as error:
        told = describe(error)
        if isinstance(told, Broken):
            log.exception("call failed", extra={"method": method})
        _abort(context, told)


def _abort(context: grpc.ServicerContext, error: ShiageError) -> NoReturn:
    failure = failure_of(error)
    context.set_trailing_metadata(((FAILURE_KEY, failure.SerializeToString()),))
    context.abort(grpc.StatusCode[error.status], failure.sentence)
    raise AssertionError("abort raises")
