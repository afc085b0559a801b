"""What a batch hears of its engine, and an engine that outlives a round of frames."""

from __future__ import annotations

import queue
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ..errors import Broken, ShiageError
from ..jobs.engine import Assignment, Engine, Slot
from ..jobs.observer import Measures
from ..spec import OperationSpec
from ..v1 import jobs_pb2, values_pb2
from ..wire import error_of
from ._writing import Written


@dataclass(frozen=True)
class Over:
    """The end of a frame's run: its outputs, or why there are none.

    ``lost``: its worker died; ``returned``: before it began.
    """

    job: str
    attempt: int
    outputs: Mapping[str, values_pb2.Values] | None = None
    error: ShiageError | None = None
    lost: bool = False
    returned: bool = False


@dataclass(frozen=True)
class Took:
    """Seconds of a frame's run."""

    job: str
    attempt: int
    seconds: float


News: TypeAlias = Over | Took | Written | tuple[str, str] | None


class Ears:
    """What the engine tells, put in one line for the thread that runs the batch."""

    def __init__(self) -> None:
        self.heard: queue.SimpleQueue[News] = queue.SimpleQueue()
        # Who listens now.
        self.to = self

    def progressed(self, job: str, attempt: int, fraction: float, stage: str) -> None:
        """Frames are counted, not their parts."""

    def previewed(self, job: str, attempt: int, preview: values_pb2.Value) -> None:
        """Nobody watches."""

    def warned(self, job: str, attempt: int, sentence: str) -> None:
        """Told with the frame's end."""
        self.to.heard.put((job, sentence))

    def measured(self, job: str, attempt: int, measures: Measures) -> None:
        """For the frame's event."""
        self.to.heard.put(Took(job, attempt, sum(measures.seconds.values())))

    def finished(self, job: str, attempt: int, outputs: Mapping[str, values_pb2.Values]) -> None:
        """A frame's outputs are in the spool."""
        self.to.heard.put(Over(job, attempt, outputs=outputs))

    def failed(self, job: str, attempt: int, failure: jobs_pb2.Failure) -> None:
        """The operation gave up."""
        self.to.heard.put(Over(job, attempt, error=error_of(failure)))

    def lost(self, job: str, attempt: int, sentence: str) -> None:
        """A worker died."""
        self.to.heard.put(Over(job, attempt, error=Broken(f"The process that ran it died ({sentence})."), lost=True))

    def returned(self, job: str, attempt: int) -> None:
        """A worker died before it began the frame."""
        self.to.heard.put(Over(job, attempt, returned=True))

    def freed(self) -> None:
        """A worker waits."""
        self.to.heard.put(None)


class Kept:
    """An engine that stays when a round ends; its reports go to whoever runs the present round."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._specs: Mapping[str, OperationSpec] | None = None
        self._ears = Ears()

    def start(self, ears: Ears) -> None:
        """Report to these from now on."""
        if self._specs is None:
            self._ears.to = ears
            self._specs = self._engine.start(self._ears)
        self._ears.to = ears

    def idle(self) -> list[Slot]:
        """Who waits for work."""
        return self._engine.idle()

    def begin(self, slot: Slot, assignment: Assignment) -> None:
        """Give one of them some."""
        self._engine.begin(slot, assignment)

    def end(self) -> None:
        """Now it stops."""
        self._engine.stop()
