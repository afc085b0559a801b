"""Pictures in time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from ..errors import BadInput
from .raster import Raster


@dataclass(frozen=True, eq=False)
class Frame:
    """One drawing of a clip.

    ``time``: where it starts, in frames of the host's timeline (may be fractional). ``hold``: how long it
    stands, in frames (2 = on twos). ``key``: drawn by the artist; otherwise made by an operation.
    """

    time: float
    raster: Raster
    hold: float = 1.0
    key: bool = True

    def __post_init__(self) -> None:
        if not math.isfinite(self.time) or not math.isfinite(self.hold) or self.hold <= 0:
            raise BadInput(f"A frame needs a time and a hold above 0, not {self.time} and {self.hold}.")


@dataclass(frozen=True, eq=False)
class Clip:
    """Drawings in the order of their times, no two at one time; all of one size. ``fps``: frames a second."""

    frames: tuple[Frame, ...]
    fps: float = 24.0
    name: str = ""

    def __post_init__(self) -> None:
        if not self.frames:
            raise BadInput("The clip has no frames.")
        if not (math.isfinite(self.fps) and self.fps > 0):
            raise BadInput(f"A clip's rate is above 0 frames a second, not {self.fps}.")
        times = [frame.time for frame in self.frames]
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise BadInput("The frames of a clip stand in the order of their times, no two at one time.")
        sizes = {frame.raster.size for frame in self.frames}
        if len(sizes) > 1:
            raise BadInput(f"The frames of a clip have one size, not {len(sizes)}.", hint=f"Seen: {sorted(sizes)[:4]}.")
