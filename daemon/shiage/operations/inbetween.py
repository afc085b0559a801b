"""``inbetween``: the drawings between key drawings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from ..craft.patience import Check, patiently
from ..errors import BadInput, BadParameters, Problem
from ..memory import give_back, held
from ..spec import Cardinality, Choice, Number, OperationSpec, Option, Port, Switch, Text, Work
from ..values import Clip, Facts, Frame, Kind, Raster
from ._chart import TIMING
from ._registry import operation
from ._stretches import Seen, Stretch, Stretches, facts_of, one_way

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..craft.between import Drawn, Pair, Style

SPEC = OperationSpec(
    id="inbetween",
    version=2,
    title="In-between",
    summary="Draws the frames between key drawings: coloured cels, line art or paintings, at the spacing you ask for.",
    inputs=(
        Port(
            "keys", Kind.CLIP, "Key drawings", "Two pictures or more, or a folder of numbered ones.",
            cardinality=Cardinality.MANY,
        ),
        Port(
            "passes", Kind.CLIP, "Other passes", "Masks, depth and the like of the same frames: they move along.",
            cardinality=Cardinality.MANY, optional=True,
        ),
    ),
    parameters=(
        Text(
            "times", "Times", "", longest=2000, group="Timing",
            tooltip="Where between two keys drawings stand, as shares of the time: 0.25, 0.5, 0.75.",
        ),
        Number(
            "count", "Drawings", None, 1, 240, 1, soft_maximum=24, integer=True, group="Timing",
            tooltip="How many drawings between two keys. Automatic: as many as the exposure leaves room for.",
        ),
        Number(
            "fps", "Frames a second", None, 0.1, 1000, 0.001, soft_minimum=8, soft_maximum=60, group="Timing",
            tooltip="Bring the clip to this rate instead.",
        ),
        *TIMING,
        Switch(
            "holds", "Find holds", True, group="Timing",
            tooltip="A drawing that stands for several frames counts as one.",
        ),
        Switch("cuts", "Find cuts", True, group="Timing", tooltip="Nothing is drawn between two shots."),
        Choice(
            "style", "Style", "auto",
            (
                Option("auto", "As the keys look"),
                Option("cel", "Flat colours"),
                Option("line", "Line art"),
                Option("paint", "Painting"),
            ),
            group="Drawing", tooltip="Flat colours and line art stay flat and thin; a painting may mix both keys.",
        ),
        Choice(
            "method", "Method", "auto",
            (
                Option("auto", "Areas, else network"),
                Option("areas", "Areas, else plain flow"),
                Option("network", "Network alone"),
                Option("dain", "DAIN checkpoint"),
                Option("rife", "RIFE checkpoint"),
                Option("film", "FILM checkpoint"),
            ),
            group="Drawing", tooltip="How movement is found. The last three need their weights in the zoo.",
        ),
        Choice(
            "give", "Give", "auto",
            (
                Option("auto", "New ones if times are given, else all"),
                Option("all", "Keys and new drawings"),
                Option("new", "New drawings alone"),
            ),
            group="Result",
        ),
        Number(
            "memory", "Memory", None, 850, 262144, 1, soft_maximum=16384, unit="MB", integer=True, group="Result",
            tooltip="What the process may take. What needs more is followed at a smaller size, painted at its own.",
        ),
    ),
    outputs=(
        Port("frames", Kind.CLIP, "Drawings", "Keys come back as they were given."),
        Port("passes", Kind.CLIP, "Other passes", cardinality=Cardinality.MANY, hidden=True),
        Port("facts", Kind.FACTS, "Facts", "Which drawings are keys, which are new and how far they are; cuts, holds."),
    ),
)  # fmt: skip

_MEMORY = 2048  # MB
_PROGRAM = 650  # MB that the program takes with its networks, kernels and the keys' files, before it looks at a pair
_HELD = 550  # MB of these that it holds at most when it begins, where nothing else is loaded: 360 to 490
_STEP = 200  # MB by which more is reckoned: all workers reckon alike, and so draw the same to the bit
_LEAST = 200  # MB that a pair is looked at in
_SMALL = 100  # MB of these at least that are not the pictures themselves


class Result(NamedTuple):
    """What :func:`inbetween` gives."""

    frames: Clip
    passes: tuple[Clip, ...]
    facts: Facts


@operation(SPEC, apart=Stretches)
def inbetween(
    keys: tuple[Clip, ...],
    passes: tuple[Clip, ...],
    *,
    times: str,
    count: int | None,
    fps: float | None,
    exposure: int,
    timing: str,
    spacing: str,
    holds: bool,
    cuts: bool,
    style: str,
    method: str,
    give: str,
    memory: int | None,
    work: Work,
) -> Result:
    """Find the drawings, holds and cuts; draw between each two that belong together."""
    asked = {
        "times": times, "count": count, "fps": fps, "exposure": exposure, "timing": timing, "spacing": spacing,
        "holds": holds, "cuts": cuts, "style": style, "method": method, "give": give, "memory": memory,
    }  # fmt: skip
    one_way(asked)
    clip = _joined(keys, times, count, spacing)
    given = [_joined_like(clip, one) for one in passes]
    planned = Stretches(clip.fps, asked, named=bool(clip.name))
    seen = (Seen(k, f.raster.name, f.time, f.raster) for k, f in enumerate(clip.frames))
    stretches = patiently(lambda _: list(planned.of(seen)), work.check)
    for stretch in stretches:
        if stretch.cut and stretch.then is not None:
            name = clip.frames[stretch.then].raster.name or f"{clip.frames[stretch.then].time:g}"
            work.warn(f"A new shot begins at {name}: nothing was drawn before it.")
    if not any(stretch.shown for stretch in stretches):
        raise BadInput(
            "The keys look like two shots, and between shots nothing is drawn.", where="keys",
            hint="Turn cuts off (--no-cuts) to draw between them all the same.",
        )  # fmt: skip
    room = 0
    if any(stretch.new for stretch in stretches):
        room = patiently(lambda _: _room(memory, clip, method), work.check)
    made, moved, looks = _draw(clip, given, stretches, style, method, room, work)
    rate = float(planned.rate) if planned.rate is not None else clip.fps
    frames = _in_time(clip, stretches, made, rate, "frames")
    carried = tuple(_in_time(one, stretches, two, rate, one.name) for one, two in zip(given, moved, strict=True))
    return Result(frames, carried, _facts(clip, stretches, looks, rate))


def _room(memory: int | None, clip: Clip, method: str) -> int:
    """Bytes to look at a pair in, of the ``memory`` (MB) that the process may take: without what it holds already.

    BadParameters where that leaves too little.
    """
    from ..craft.between import KEPT
    from ..nets.inbetween import guesser
    from ..nets.match import matcher

    # Loaded first: they count.
    matcher()
    guesser(method)
    give_back()
    # Two keys are reckoned with each pair.
    own = 2 * clip.frames[0].raster.pixels.nbytes
    more = max(0, held() - own - (_HELD << 20))
    program = _PROGRAM + _STEP * -(-more // (_STEP << 20))
    room = (memory or _MEMORY) - program
    height, width = clip.frames[0].raster.pixels.shape[:2]
    least = max(_LEAST, _SMALL + (KEPT * height * width >> 20))
    if memory is not None and room < least:
        sentence = f"{memory} MB are too little: here the program takes {program} by itself. Give {program + least}."
        if least > _LEAST:
            sentence = f"{memory} MB are too little for pictures of {width} x {height}. Give {program + least}."
        raise BadParameters((Problem("memory", sentence),))
    return max(room, _LEAST) << 20


def _joined(clips: Sequence[Clip], times: str, count: int | None, spacing: str) -> Clip:
    """All keys in one clip: pictures given one by one stand apart as far as there is to be drawn between them."""
    from ..craft.timing import parse_spacing

    if len(clips) == 1:
        return clips[0]
    single = all(len(clip.frames) == 1 for clip in clips)
    many = count or (len(parse_spacing(spacing)) if spacing.strip() else 1)
    step = 1.0 if times.strip() else many + 1.0
    frames: list[Frame] = []
    for clip in clips:
        if single:
            shift = step * len(frames) - clip.frames[0].time
        else:
            shift = frames[-1].time + frames[-1].hold - clip.frames[0].time if frames else 0.0
        frames += [replace(frame, time=frame.time + shift) for frame in clip.frames]
    return Clip(tuple(frames), clips[0].fps, "" if single else clips[0].name)


def _joined_like(clip: Clip, one: Clip) -> Clip:
    if len(one.frames) != len(clip.frames):
        raise BadInput(
            f"has {len(one.frames)} frames, the keys are {len(clip.frames)}.", where=one.name or "passes",
            hint="A pass has a frame for each key, in the same order.",
        )  # fmt: skip
    if one.frames[0].raster.size != clip.frames[0].raster.size:
        raise BadInput("is of another size than the keys.", where=one.name or "passes", hint="Give both at one size.")
    frames = tuple(replace(f, time=k.time) for f, k in zip(one.frames, clip.frames, strict=True))
    return Clip(frames, clip.fps, one.name)


def _draw(
    clip: Clip,
    passes: list[Clip],
    stretches: list[Stretch],
    style: str,
    method: str,
    most_bytes: int,
    work: Work,
) -> tuple[list[Raster], list[list[Raster]], set[str]]:
    """The new frames, those of each pass, and the styles that were drawn in."""
    made: list[Raster] = []
    moved: list[list[Raster]] = [[] for _ in passes]
    looks: set[str] = set()
    total = sum(len(stretch.new) for stretch in stretches)
    for number, stretch in enumerate(stretches):
        if not stretch.new or stretch.then is None:
            continue
        places = stretch.start, stretch.then
        a, b = (clip.frames[place] for place in places)
        stage = f"drawing between {number + 1} and {number + 2}"
        work.progress(len(made) / total, stage)
        # Seconds in which nobody looks up, at 4K: matching, flow, networks.
        pair = patiently(partial(_pair, a, b, style, method, most_bytes, work.warn), work.check)
        looks.add(pair.style)
        for one in stretch.new:
            work.progress(len(made) / total, stage)
            drawn = patiently(partial(_drawn, pair, one.share), work.check)
            made.append(Raster(drawn.pixels, profile=a.raster.profile))
            for given, into in zip(passes, moved, strict=True):
                ends = given.frames[places[0]].raster, given.frames[places[1]].raster
                into.append(patiently(partial(_carried, pair, drawn, *ends), work.check))
    return made, moved, looks


def _pair(
    a: Frame, b: Frame, style: str, method: str, most_bytes: int, warn: Callable[[str], None], check: Check
) -> Pair:
    from ..craft.between import Pair
    from ..craft.between.ground import one_ground
    from ..nets.inbetween import guesser
    from ..nets.match import matcher

    first, second = a.raster.pixels, b.raster.pixels
    if first.dtype != second.dtype:
        first, second = a.raster.to_8bit(), b.raster.to_8bit()
    first, second, laid = one_ground(first, second)
    if laid is not None:
        clear, paper = ((a, b), (b, a))[laid]
        warn(
            f"{clear.raster.name or 'One key'} is transparent and {paper.raster.name or 'the other'} is not: "
            "the drawings between stand on its paper."
        )
    by_areas = method in ("auto", "areas")
    wanted = None if style == "auto" else cast("Style", style)
    return Pair(
        first,
        second,
        matcher(),
        style=wanted if by_areas or wanted else "paint",
        guesser=guesser(method),
        most_bytes=most_bytes,
        areas=by_areas,
        check=check,
    )


def _drawn(pair: Pair, share: float, _: Check) -> Drawn:
    # It looks up by itself.
    return pair.at(share)


def _carried(pair: Pair, drawn: Drawn, a: Raster, b: Raster, _: Check) -> Raster:
    """A pass's frame: every channel by itself, alpha too."""
    most = max(a.bits, b.bits)
    planes = [r.pixels.astype(np.float32) * ((2**most - 1) / (2**r.bits - 1)) for r in (a, b)]
    between = pair.carry(planes[0], planes[1], drawn.ways)
    kind = np.uint8 if most == 8 else np.uint16
    return Raster(np.rint(between.clip(0, 2**most - 1)).astype(kind), profile=a.profile)


def _in_time(clip: Clip, stretches: list[Stretch], made: list[Raster], fps: float, name: str) -> Clip:
    """What is shown in order, each held until the next; given frames as they were given."""
    new = iter(made)
    end = clip.frames[-1].time + clip.frames[-1].hold
    shown = [one for stretch in stretches for one in stretch.shown]
    ends = [*(one.time for one in shown[1:]), clip.frames[0].time + (end - clip.frames[0].time) * fps / clip.fps]
    frames = []
    for one, later in zip(shown, ends, strict=True):
        raster = replace(next(new) if one.place is None else clip.frames[one.place].raster, name=one.name)
        frames.append(Frame(one.time, raster, max(later - one.time, 1e-6), key=one.place is not None))
    return Clip(tuple(frames), fps, name or "frames")


def _facts(clip: Clip, stretches: list[Stretch], looks: set[str], fps: float) -> Facts:
    names = [frame.raster.name for frame in clip.frames]
    times = [frame.time for frame in clip.frames]
    return Facts(facts_of(stretches, names, times, times[-1] + clip.frames[-1].hold, fps) | {"styles": sorted(looks)})
