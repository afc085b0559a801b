"""``inbetween``: the drawings between key drawings."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from ..errors import BadInput, BadParameters, Problem
from ..spec import Cardinality, Choice, Number, OperationSpec, Option, Port, Switch, Text, Work
from ..values import Clip, Facts, Frame, Kind, Raster
from ._chart import TIMING
from ._registry import operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..craft.between import Drawn, Pair, Style
    from ..craft.between.exposure import New

SPEC = OperationSpec(
    id="inbetween",
    version=1,
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
            "memory", "Memory", None, 64, 262144, 1, soft_maximum=16384, unit="MB", integer=True, group="Result",
            tooltip="What a pair may take. Larger pictures are followed at a smaller size and painted at their own.",
        ),
    ),
    outputs=(
        Port("frames", Kind.CLIP, "Drawings", "Keys come back as they were given."),
        Port("passes", Kind.CLIP, "Other passes", cardinality=Cardinality.MANY, hidden=True),
        Port("facts", Kind.FACTS, "Facts", "Which drawings are keys, which are new and how far they are; cuts, holds."),
    ),
)  # fmt: skip

_MEMORY = 2048  # MB


class Result(NamedTuple):
    """What :func:`inbetween` gives."""

    frames: Clip
    passes: tuple[Clip, ...]
    facts: Facts


@operation(SPEC)
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
    from ..craft.between.exposure import is_cut, new_drawings

    _one_way(times, count, fps, spacing)
    clip = _joined(keys, times, count, spacing)
    given = [_joined_like(clip, one) for one in passes]
    drawings = _drawings(clip, holds, work)
    if len(drawings) < 2:
        hint = "Give two key drawings or more" + ("; equal ones that follow each other count as one." if holds else ".")
        raise BadInput("There is one drawing only.", where="keys", hint=hint)
    seen = [frame.raster.to_8bit() for frame in drawings]
    bridged = []
    for a, b in pairwise(seen):
        work.check()
        bridged.append(not (cuts and is_cut(a, b)))
    every = None if fps is None else clip.fps / fps
    new = new_drawings(
        [frame.time for frame in drawings], bridged,
        count=count, exposure=exposure, timing=timing, spacing=spacing, at=times, every=every,
    )  # fmt: skip
    if not new and all(bridged):
        raise BadInput(
            "There is no room for a drawing between these keys.", where="keys",
            hint="Give count, times or fps, or an exposure of fewer frames.",
        )  # fmt: skip
    made, moved, looks = _draw(drawings, given, new, style, method, (memory or _MEMORY) << 20, work)
    all_of_them = give == "all" or (give == "auto" and not times.strip())
    kept = [frame for frame in clip.frames if all_of_them and frame.time not in {one.time for one in new}]
    frames = _in_time(clip, [*kept, *made], every)
    carried = tuple(_in_time(one, [*_at(one, kept), *two], every) for one, two in zip(given, moved, strict=True))
    _tell(drawings, bridged, clip, work)
    return Result(frames, carried, _facts(clip, frames, drawings, bridged, new, looks))


def _one_way(times: str, count: int | None, fps: float | None, spacing: str) -> None:
    asked = {"times": times.strip(), "count": count, "fps": fps, "spacing": spacing.strip()}
    ways = [name for name, value in asked.items() if value]
    if len(ways) > 1 and set(ways) != {"count", "spacing"}:
        sentence = f"is given together with {ways[0]}: each says how many drawings there are. Give one of them."
        raise BadParameters(tuple(Problem(name, sentence) for name in ways[1:]))


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


def _drawings(clip: Clip, holds: bool, work: Work) -> list[Frame]:
    """The clip's frames, of those that show one drawing the first."""
    from ..craft.between.exposure import same_drawing

    found = [clip.frames[0]]
    for frame in clip.frames[1:]:
        work.check()
        if holds and same_drawing(found[-1].raster.to_8bit(), frame.raster.to_8bit()):
            continue
        found.append(frame)
    return found


def _draw(
    drawings: list[Frame],
    passes: list[Clip],
    new: list[New],
    style: str,
    method: str,
    most_bytes: int,
    work: Work,
) -> tuple[list[Frame], list[list[Frame]], set[str]]:
    """The new frames, those of each pass, and the styles that were drawn in."""
    made: list[Frame] = []
    moved: list[list[Frame]] = [[] for _ in passes]
    looks: set[str] = set()
    pair, at = None, -1
    carried = [_at(one, drawings) for one in passes]
    for number, one in enumerate(new):
        work.progress(number / len(new), f"drawing between {one.after + 1} and {one.after + 2}")
        a, b = drawings[one.after], drawings[one.after + 1]
        if at != one.after:
            pair, at = _pair(a, b, style, method, most_bytes, work), one.after
        assert pair is not None
        drawn = pair.at(one.share)
        looks.add(pair.style)
        made.append(Frame(one.time, Raster(drawn.pixels, profile=a.raster.profile), key=False))
        for frames, into in zip(carried, moved, strict=True):
            raster = _carried(pair, drawn, frames[one.after].raster, frames[one.after + 1].raster)
            into.append(Frame(one.time, raster, key=False))
    return made, moved, looks


def _pair(a: Frame, b: Frame, style: str, method: str, most_bytes: int, work: Work) -> Pair:
    from ..craft.between import Pair
    from ..nets.inbetween import guesser
    from ..nets.match import matcher

    first, second = a.raster.pixels, b.raster.pixels
    if first.dtype != second.dtype:
        first, second = a.raster.to_8bit(), b.raster.to_8bit()
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
        check=work.check,
    )


def _carried(pair: Pair, drawn: Drawn, a: Raster, b: Raster) -> Raster:
    """A pass's frame: every channel by itself, alpha too."""
    most = max(a.bits, b.bits)
    planes = [r.pixels.astype(np.float32) * ((2**most - 1) / (2**r.bits - 1)) for r in (a, b)]
    between = pair.carry(planes[0], planes[1], drawn.ways)
    kind = np.uint8 if most == 8 else np.uint16
    return Raster(np.rint(between.clip(0, 2**most - 1)).astype(kind), profile=a.profile)


def _at(clip: Clip, drawings: list[Frame]) -> list[Frame]:
    """The frames of a clip at the drawings' times."""
    wanted = {frame.time for frame in drawings}
    return [frame for frame in clip.frames if frame.time in wanted]


def _in_time(clip: Clip, frames: list[Frame], every: float | None) -> Clip:
    """Frames in order, each held until the next, new ones named by their time; at another rate with ``every``."""
    frames = sorted(frames, key=lambda frame: frame.time)
    end = clip.frames[-1].time + clip.frames[-1].hold
    if every is not None:
        on_grid = [f for f in frames if not f.key or abs(f.time / every - round(f.time / every)) < 1e-3]
        frames = [replace(f, time=round(f.time / every, 6)) for f in on_grid]
        end /= every
    times = [*(frame.time for frame in frames), end]
    taken = {frame.raster.name for frame in frames}
    done = []
    for frame, later in zip(frames, times[1:], strict=True):
        raster = frame.raster
        if not frame.key:
            raster = replace(raster, name=_name(clip, frame.time, taken))
        done.append(Frame(frame.time, raster, max(later - frame.time, 1e-6), key=frame.key))
    return Clip(tuple(done), clip.fps if every is None else clip.fps / every, clip.name or "frames")


def _name(clip: Clip, time: float, taken: set[str]) -> str:
    """As a clip's keys are numbered: after ``walk.0012`` comes ``walk.0014``. Between whole frames, and for keys that
    were given one by one, the time.
    """
    name = clip.frames[0].raster.name if clip.name else ""
    digits = len(name) - len(name.rstrip("0123456789"))
    stem = name[: len(name) - digits] if digits and int(name[-digits:]) == clip.frames[0].time else ""
    digits = digits if stem or digits == len(name) else 1
    number = f"{int(time):0{digits}d}" if time == int(time) else f"{time:0{digits + 4}.3f}"
    wanted = f"{stem}{number}"
    return wanted if wanted not in taken else f"{wanted}-new"


def _tell(drawings: list[Frame], bridged: list[bool], clip: Clip, work: Work) -> None:
    for k, whole in enumerate(bridged):
        if not whole:
            name = drawings[k + 1].raster.name or f"{drawings[k + 1].time:g}"
            work.warn(f"A new shot begins at {name}: nothing was drawn before it.")


def _facts(
    clip: Clip,
    frames: Clip,
    drawings: list[Frame],
    bridged: list[bool],
    new: list[New],
    looks: set[str],
) -> Facts:
    share = iter(sorted(new, key=lambda one: one.time))
    listed = []
    for frame in frames.frames:
        told: dict[str, object] = {"name": frame.raster.name, "time": frame.time, "hold": round(frame.hold, 6)}
        told["key"] = frame.key
        if not frame.key:
            one = next(share)
            told |= {"share": round(one.share, 6), "after": drawings[one.after].raster.name}
        listed.append(told)
    held = [
        {"name": frame.raster.name, "frames": later - frame.time}
        for frame, later in zip(drawings, [*(f.time for f in drawings[1:]), clip.frames[-1].time + 1], strict=True)
    ]
    cut = [drawings[k + 1].raster.name for k, whole in enumerate(bridged) if not whole]
    return Facts({"frames": listed, "cuts": cut, "drawings": held, "styles": sorted(looks)})
