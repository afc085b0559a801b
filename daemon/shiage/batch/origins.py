"""Whose results lie in a destination: those of one source never replace another's without a word.

Shots have frames of the same names, ``0001.png`` and so on. So what a batch writes says where it was drawn from: the
folder, archive or film, and the contents of the frames. Results that lie where others of another source would go are
an error, told before anything runs where the names are known, else of the frame. A source that was moved along with
its destination is the same one, and so is a copy as long as its drawings are the same.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadInput
from .places import identity
from .ranges import some_of
from .sources import FrameSource


@dataclass(frozen=True)
class Origin:
    """What a result was drawn from. ``place``: the folder, archive or film; ``beside``: the way to it from the
    destination; ``drawings``: the SHA-256 of the frames. Empty where it isn't known, as in journals of former versions.
    """

    place: str = ""
    beside: str = ""
    drawings: frozenset[str] = frozenset()

    @classmethod
    def of(cls, place: Path, destination: Path, drawings: frozenset[str] = frozenset()) -> Origin:
        """Of frames that are read from ``place`` and whose results go to ``destination``."""
        real = os.path.realpath(place)
        try:
            beside = os.path.relpath(real, os.path.realpath(destination))
        except ValueError:  # another drive
            beside = ""
        return cls(real, beside, drawings)

    def is_elsewhere(self, other: Origin) -> bool:
        """Whether both are known and not one place."""
        if not (self.place and other.place) or self.place == other.place:
            return False
        if self.beside and self.beside == other.beside:
            return False
        return identity(Path(self.place)) != identity(Path(other.place))

    def is_other(self, other: Origin) -> bool:
        """Whether these are other drawings, from elsewhere."""
        return self.is_elsewhere(other) and not (self.drawings and self.drawings <= other.drawings)

    def as_json(self) -> dict[str, object]:
        """For a journal."""
        return {"place": self.place, "beside": self.beside, "drawings": sorted(self.drawings)}

    @classmethod
    def from_json(cls, told: object) -> Origin:
        """As a journal has it; unknown where it has none, or something else."""
        if not isinstance(told, Mapping):
            return cls()
        place, beside, drawings = told.get("place"), told.get("beside"), told.get("drawings")
        if not (isinstance(place, str) and isinstance(beside, str) and isinstance(drawings, list)):
            return cls()
        return cls(place, beside, frozenset(one for one in drawings if isinstance(one, str)))


UNKNOWN = Origin()


class Origins:
    """Those of frames whose results go to ``destination``; each place is looked up once."""

    def __init__(self, destination: Path) -> None:
        self._destination = destination
        self._known: dict[Path, Origin] = {}

    def of(self, frame: FrameSource) -> Origin:
        """The origin of one."""
        if frame.origin not in self._known:
            self._known[frame.origin] = Origin.of(frame.origin, self._destination)
        return self._known[frame.origin]


def others_results(files: Mapping[str, str], origin: Origin, where: Path | str) -> BadInput:
    """That ``files``, each with the place that it was drawn from, lie where results of ``origin`` would go."""
    names = sorted(files)
    place = files[names[0]]
    return BadInput(
        f"has results of {place}, and those of {origin.place} would replace them: {some_of(names)}.",
        where=str(where),
        hint="Name another destination with -o; or move these away first, if they are not wanted any more.",
    )
