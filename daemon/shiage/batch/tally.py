"""What became of a batch's frames, told as it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .parts import Part, State
from .sources import FrameSource, Shot


@dataclass(frozen=True)
class Event:
    """What became of a frame. ``files``: what lies in the destination for it; ``done``: how many frames are over.

    ``seconds``: what reading, computing and writing took, wherever they were done.
    """

    frame: str
    state: State
    done: int
    total: int
    files: tuple[str, ...] = ()
    error: str = ""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


class Tally:
    """Counts the frames of a round, ``total``, to their end; ``tell`` hears of each."""

    def __init__(self, total: int, tell: Callable[[Event], None]) -> None:
        self._total, self._tell = total, tell
        self.events: list[Event] = []
        """In the order in which they ended."""
        self.own: set[str] = set()
        """Files that belong to this round, whenever they were made."""

    @property
    def is_full(self) -> bool:
        """Whether all frames are over."""
        return len(self.events) >= self._total

    @property
    def told(self) -> set[str]:
        """The frames that are over."""
        return {event.frame for event in self.events}

    @property
    def failed(self) -> set[str]:
        """Those of them that failed."""
        return {event.frame for event in self.events if event.state == "failed"}

    def over(
        self,
        work: FrameSource | Shot | Part,
        state: State,
        *,
        files: tuple[str, ...] = (),
        error: str = "",
        warnings: tuple[str, ...] = (),
        seconds: float = 0.0,
    ) -> None:
        """A frame is over; or a shot, which is told frame by frame, each with the files that carry its name."""
        self.own.update(files)
        if isinstance(work, FrameSource):
            self.one(work.name, state, files=files, error=error, warnings=warnings, seconds=seconds)
            return
        if isinstance(work, Part):
            whole = work.over(state, files, error, warnings, seconds)
            if whole is None:
                return
            state, files, error, seconds = whole.state, tuple(whole.files), " ".join(whole.errors), whole.seconds
            warnings = tuple(whole.warnings)
        told = self.told
        left = [frame for frame in work.frames if frame.name not in told]
        stems = {work.frame_name(frame) for frame in left}
        for number, frame in enumerate(left):
            own = tuple(file for file in files if Path(file).stem == work.frame_name(frame))
            if not number:
                own += tuple(file for file in files if Path(file).stem not in stems)
            first = () if number else warnings
            self.one(frame.name, state, files=own, error=error, warnings=first, seconds=seconds / len(left))

    def one(
        self,
        frame: str,
        state: State,
        *,
        files: tuple[str, ...] = (),
        error: str = "",
        warnings: tuple[str, ...] = (),
        seconds: float = 0.0,
    ) -> None:
        """This frame is over, whatever it is part of."""
        done = len(self.events) + 1
        event = Event(frame, state, done, self._total, files, error, warnings, round(seconds, 4))
        self.events.append(event)
        self._tell(event)
