"""Two key drawings as strokes -> the drawings between, as strokes."""

from __future__ import annotations

import re
from typing import NamedTuple, cast

from ..craft.strokes import Anchors, Joined, Matching, draw_between, join, match_strokes, set_apart
from ..craft.strokes.drawing import Unmatched
from ..craft.strokes.unsure import Apart
from ..craft.timing import plan
from ..errors import BadInput, BadParameters, Problem
from ..spec import Cardinality, Choice, Number, OperationSpec, Option, Port, Text, TextForm, Work
from ..values import Facts, Kind, Strokes
from ._chart import TIMING
from ._registry import operation

SPEC = OperationSpec(
    id="inbetween-strokes",
    version=1,
    title="In-between (strokes)",
    summary="Draws the strokes between two key drawings, on arcs, at the spacing of your timing chart.",
    inputs=(
        Port("first", Kind.STROKES, "First key", "The drawing from which the movement starts."),
        Port("second", Kind.STROKES, "Second key", "The drawing at which it ends."),
    ),
    parameters=(
        Number(
            "count", "Drawings", None, 1, 240, 1, soft_maximum=24, integer=True, group="Timing",
            tooltip="How many drawings between the keys. Automatic: as many as the exposure leaves room for.",
        ),
        *TIMING,
        Choice(
            "unmatched", "Strokes without a partner", "fade",
            (Option("fade", "Fade"), Option("hold", "Hold to the middle"), Option("leave-out", "Leave out")),
            group="Matching", tooltip="What becomes of strokes that are in one key only.",
        ),
        Choice(
            "unsure", "Mark them", "keep",
            (
                Option("keep", "In place"), Option("layer", "On a layer of their own"),
                Option("material", "In red materials"),
            ),
            group="Matching",
            tooltip="Where strokes without a partner are drawn: in their own layer and material, and marked there, or "
            "apart, for you to see.",
        ),
        Text(
            "anchors", "Fixed pairs", "", longest=20000, form=TextForm.STROKE_PAIRS, group="Matching",
            tooltip="Strokes that belong together by your word: 3=5, or a point of each: 3:12=5:40 (counted from 0).",
        ),
    ),
    outputs=(
        Port("drawings", Kind.STROKES, "In-betweens", cardinality=Cardinality.MANY),
        Port("matching", Kind.FACTS, "What was matched", "Pairs of strokes, and those that have no partner."),
    ),
)  # fmt: skip


class Result(NamedTuple):
    """What :func:`inbetween_strokes` gives."""

    drawings: tuple[Strokes, ...]
    matching: Facts


@operation(SPEC)
def inbetween_strokes(
    first: Strokes,
    second: Strokes,
    *,
    count: int | None,
    exposure: int,
    timing: str,
    spacing: str,
    unmatched: str,
    unsure: str,
    anchors: str,
    work: Work,
) -> Result:
    """Match the strokes of both keys, plan their motion, draw each time of the chart."""
    for drawing, which in ((first, "first"), (second, "second")):
        if drawing.count == 0:
            raise BadInput("has no strokes.", where=f"The {which} key", hint="Choose a key drawing with lines in it.")
    frames, shares = plan(first.frame, second.frame, count, exposure, timing, spacing)
    fixed = read_anchors(anchors, first, second)
    work.progress(0.0, "matching strokes")
    joined = join(first, second)
    matching = match_strokes(*joined.curves, paint=joined.material, anchors=fixed)
    work.progress(0.5, "finding parts")
    carrier = joined.carry(draw_between(*joined.curves, matching))
    drawings = []
    for k, (frame, share) in enumerate(zip(frames, shares, strict=True)):
        work.progress(0.7 + 0.3 * k / len(frames), "drawing")
        drawing = joined.assemble(carrier, share, frame, cast(Unmatched, unmatched))
        drawings.append(set_apart(drawing, cast(Apart, unsure)))
    _warn(joined, matching, work)
    return Result(tuple(drawings), Facts(_report(matching, frames, shares), first.name))


_ANCHOR = re.compile(r"(\d{1,7})(?::(\d{1,7}))?=(\d{1,7})(?::(\d{1,7}))?")


def read_anchors(text: str, first: Strokes, second: Strokes) -> Anchors:
    """Pairs fixed by hand, from text such as ``3=5, 7:12=9:40``; BadParameters where it names what is not there."""
    strokes, points = [], []
    for part in (part for part in re.split(r"[,;\s]+", text) if part):
        found = _ANCHOR.fullmatch(part)
        if not found or (found[2] is None) != (found[4] is None):
            raise BadParameters((Problem("anchors", f"'{part}' is not a pair such as 3=5 or 3:12=5:40."),))
        a, b = int(found[1]), int(found[3])
        for drawing, stroke, point, which in ((first, a, found[2], "first"), (second, b, found[4], "second")):
            if stroke >= drawing.count:
                sentence = f"'{part}': the {which} key has {drawing.count} strokes, counted from 0."
                raise BadParameters((Problem("anchors", sentence),))
            if point is not None and int(point) >= drawing.offsets[stroke + 1] - drawing.offsets[stroke]:
                raise BadParameters(
                    (Problem("anchors", f"'{part}': that stroke of the {which} key has no such point."),)
                )
        if found[2] is None:
            strokes.append((a, b))
        else:
            points.append(((a, int(found[2])), (b, int(found[4]))))
    pairs = {*strokes, *((one[0], two[0]) for one, two in points)}
    if len({a for a, _ in pairs}) < len(pairs) or len({b for _, b in pairs}) < len(pairs):
        raise BadParameters((Problem("anchors", "a stroke is fixed to two others."),))
    curves = join(first, second).curves
    placed = tuple(
        ((a, float(curves[0].places[a][p])), (b, float(curves[1].places[b][q]))) for (a, p), (b, q) in points
    )
    return Anchors(tuple(strokes), placed)


def _report(matching: Matching, frames: tuple[int, ...], shares: tuple[float, ...]) -> dict[str, object]:
    return {
        "frames": [{"frame": frame, "share": round(share, 6)} for frame, share in zip(frames, shares, strict=True)],
        "matches": [
            {
                "first": match.first,
                "second": match.second,
                "first_places": [round(place, 4) for place in match.first_places],
                "second_places": [round(place, 4) for place in match.second_places],
            }
            for match in matching.matches
        ],
        "only_first": matching.only_first.tolist(),
        "only_second": matching.only_second.tolist(),
    }


def _warn(joined: Joined, matching: Matching, work: Work) -> None:
    lost, new = len(matching.only_first), len(matching.only_second)
    if not matching.matches:
        work.warn("No stroke of the first key could be matched to one of the second; fix some pairs by hand.")
    elif lost or new:
        have = joined.drawings[0].count
        work.warn(
            f"{lost} of {have} strokes of the first key and {new} of the second have no partner; they are marked."
        )
