"""What is asked of a shot's frames: one record for all that carry it out, or say beforehand what is left of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .. import operations
from ..chains import CHAIN
from ..errors import BadInput
from ..operations import Stretch
from ..spec import LAYERED, UPPER, OperationSpec
from ..values import Kind, Value
from .sources import FrameSource


@dataclass(frozen=True)
class Apart:
    """How a shot that is worked out stretch by stretch is written. ``copies``: whether given frames are written, too;
    ``alone``: whether the result is to be shown by itself; ``told``: hears of each stretch.
    """

    copies: bool = True
    alone: bool = False
    told: Callable[[Stretch], None] = lambda stretch: None


@dataclass(frozen=True)
class Beside:
    """Other pictures of the shot's frames, one for each: a mask, depth. ``name``: of the folder that theirs go into."""

    name: str
    frames: tuple[FrameSource, ...]


@dataclass(frozen=True)
class Asked:
    """``spec`` is run on each frame, given to its first port; where that port takes a clip, on all together, at ``fps``
    frames a second.

    ``fixed``: the values for the further ports; ``beside``: by port, clips that go along frame by frame. The primary
    output is written to ``out`` under the frame's own name, each further port of ``outputs`` into a folder of its own.
    ``part``: names the part of a shot that these frames are; empty where they are all.
    """

    spec: OperationSpec
    parameters: Mapping[str, object]
    fixed: Mapping[str, Sequence[Value]]
    out: Path
    outputs: tuple[str, ...] = ()
    fps: float = 24.0
    beside: Mapping[str, tuple[Beside, ...]] = field(default_factory=dict)
    apart: Apart = field(default_factory=Apart)
    part: str = ""

    @property
    def maker(self) -> str:
        """Whose results of a shot replace one another: an operation's, or a chain's."""
        return self.spec.id if self.spec.id != CHAIN else self.spec.title

    @property
    def takes_shot(self) -> bool:
        """Whether all frames go to the operation as one clip."""
        return self.spec.inputs[0].kind is Kind.CLIP

    @property
    def layer_by_layer(self) -> bool:
        """Whether a layered document stands for its line layers, each a drawing for itself."""
        return bool(self.parameters.get(LAYERED)) and any(port.name == UPPER for port in self.spec.inputs)

    @property
    def in_stretches(self) -> bool:
        """Whether such a clip is worked out stretch by stretch."""
        return self.takes_shot and is_taken_apart(self.spec)


def is_taken_apart(spec: OperationSpec) -> bool:
    """Whether a shot is worked out stretch by stretch."""
    return spec.id != CHAIN and operations.get(spec.id).apart is not None


def goes_beside(spec: OperationSpec, port: str) -> bool:
    """Whether clips for this port go along with the shot's frames, one by one."""
    return is_taken_apart(spec) and any(p.name == port and p.kind is Kind.CLIP for p in spec.inputs[1:])


def check_shot(frames: Sequence[FrameSource]) -> None:
    """BadInput where these are of several folders, sequences or sizes. What can't be read is told later."""
    folders = sorted({frame.folder for frame in frames})
    if len(folders) > 1:
        raise BadInput(
            f"There are {len(folders)} shots in it ({', '.join(folders[:4])}), and this takes one.",
            where=str(frames[0].path),
            hint="Unpack it, and run its folders one by one.",
        )
    sequences = Counter(_sequence(frame) for frame in frames)
    numbers = [frame.time for frame in frames]
    if len(sequences) > 1 and min(sequences.values()) > 1 and len(set(numbers)) < len(numbers):
        named = ", ".join(sorted(sequences)[:4])
        raise BadInput(
            f"There are {len(sequences)} sequences in it ({named}), and this takes one shot.",
            where=str(frames[0].path.parent),
            hint="Give one by a pattern, such as 'shot/a.####.png 1-100'.",
        )
    check_sizes(frames, "A shot's frames")


def check_sizes(frames: Sequence[FrameSource], whose: str) -> None:
    """BadInput where frames differ in size: now, and not when half of them are done."""
    seen: dict[tuple[int, int], str] = {}
    for frame in frames:
        if size := frame.size():
            seen.setdefault(size, frame.name)
    if len(seen) > 1:
        told = " and ".join(f"{name} ({size[0]} x {size[1]})" for size, name in list(seen.items())[:2])
        raise BadInput(f"{whose} have one size, and {told} differ.", hint="Bring them to one size.")


def _sequence(frame: FrameSource) -> str:
    """A frame's name with signs for the digits of its number."""
    return re.sub(r"\d+(?!.*\d)", lambda found: "#" * len(found[0]), Path(frame.name).stem)


def check_beside(frames: Sequence[FrameSource], beside: Mapping[str, tuple[Beside, ...]]) -> None:
    """BadInput where one of them has not a frame for each of the shot's."""
    for one in (one for clips in beside.values() for one in clips):
        if len(one.frames) != len(frames):
            raise BadInput(
                f"has {len(one.frames)} frames, and the shot has {len(frames)}.",
                where=one.name,
                hint="A pass has one for each frame of the shot, in the same order.",
            )
