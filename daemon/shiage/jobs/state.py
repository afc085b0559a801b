"""What a job may become from what it is.

::

    queued  -> running, cancelled, failed (it took the daemon down too often)
    running -> done, failed, cancelled, queued (the daemon or its worker ended)
    done    -> queued (at a start only: the power went before its result was on disk)
    failed, cancelled: for ever
"""

from __future__ import annotations

from ..errors import Broken
from ..v1 import jobs_pb2 as pb

LIVE = frozenset({pb.STATE_QUEUED, pb.STATE_RUNNING})
ENDED = frozenset({pb.STATE_DONE, pb.STATE_FAILED, pb.STATE_CANCELLED})

_MAY: dict[pb.State, frozenset[pb.State]] = {
    pb.STATE_QUEUED: frozenset({pb.STATE_RUNNING, pb.STATE_CANCELLED, pb.STATE_FAILED}),
    pb.STATE_RUNNING: frozenset({pb.STATE_DONE, pb.STATE_FAILED, pb.STATE_CANCELLED, pb.STATE_QUEUED}),
    pb.STATE_DONE: frozenset({pb.STATE_QUEUED}),
}


def check_step(job: pb.Job, to: pb.State) -> None:
    """Broken where ``job`` can't become ``to``."""
    if to not in _MAY.get(job.state, frozenset()):
        raise Broken(f"Job {job.id} is {name_of(job.state)} and can't become {name_of(to)}.")


def name_of(state: pb.State) -> str:
    """``queued``, ``running`` ..."""
    return pb.State.Name(state).removeprefix("STATE_").lower()
