"""What can go wrong between a host and the daemon, as sentences."""

from __future__ import annotations

from typing import Iterable, Optional, Tuple, cast

import grpc
from google.protobuf.message import DecodeError

from ..v1 import jobs_pb2

FAILURE_KEY = "shiage-failure-bin"

# What a status means when the daemon sent no Failure with it: the answer came from gRPC itself.
_CODES = {
    grpc.StatusCode.UNAVAILABLE: "Unreachable",
    grpc.StatusCode.UNAUTHENTICATED: "Refused",
    grpc.StatusCode.PERMISSION_DENIED: "Refused",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "TooLarge",
    grpc.StatusCode.INVALID_ARGUMENT: "BadInput",
    grpc.StatusCode.NOT_FOUND: "NotFound",
    grpc.StatusCode.DEADLINE_EXCEEDED: "Unreachable",
    grpc.StatusCode.CANCELLED: "Cancelled",
    grpc.StatusCode.UNIMPLEMENTED: "NotReady",
}


class DaemonError(Exception):
    """``code``: a class of the daemon's error tree (BadInput, TooLarge, Unreachable ...); ``sentence``: for the user,
    with what to do; ``problems``: (parameter or port, sentence) for each one that is wrong.
    """

    def __init__(self, code: str, sentence: str, problems: Tuple[Tuple[str, str], ...] = ()) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.problems = problems

    @classmethod
    def from_failure(cls, failure: jobs_pb2.Failure) -> DaemonError:
        """Of a failed job, or of a refused call."""
        problems = tuple((problem.name, problem.sentence) for problem in failure.problems)
        return cls(failure.code, failure.sentence, problems)

    @classmethod
    def from_rpc(cls, error: grpc.RpcError) -> DaemonError:
        """Of a call that failed."""
        sent = _sent_failure(error)
        if sent is not None:
            return cls.from_failure(sent)
        status = error.code()
        code = _CODES.get(status, "Broken")
        if code == "Unreachable":
            return cls(
                code, "The Shiage daemon does not answer. Start it with `shiage serve`, or look at `shiage doctor`."
            )
        if status is grpc.StatusCode.UNIMPLEMENTED:
            return cls(code, "The Shiage daemon that runs is older than this client. Stop it with `shiage stop`.")
        return cls(code, f"The Shiage daemon failed: {error.details()}.")


def _sent_failure(error: grpc.RpcError) -> Optional[jobs_pb2.Failure]:
    # Its entries are pairs, whatever the stubs say.
    sent = dict(cast("Iterable[Tuple[str, bytes]]", error.trailing_metadata() or ()))
    try:
        return jobs_pb2.Failure.FromString(sent[FAILURE_KEY])
    except (KeyError, DecodeError):
        return None
