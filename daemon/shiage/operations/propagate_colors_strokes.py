"""``propagate-colors-strokes``: coloured key drawings as strokes -> fill strokes for the drawings without colour."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..errors import BadInput
from ..spec import Cardinality, Number, OperationSpec, Port, Text, Work
from ..values import Facts, Kind, Strokes
from ._registry import operation

SPEC = OperationSpec(
    id="propagate-colors-strokes",
    version=3,
    title="Colour the others",
    summary="Fills drawings of strokes as your coloured key drawings are filled, along the middle of their lines.",
    inputs=(
        Port(
            "drawings", Kind.STROKES, "Drawings to colour", "Line drawings, each at its frame.",
            cardinality=Cardinality.MANY,
        ),
        Port(
            "reference", Kind.STROKES, "Coloured drawings", "Key drawings with their lines and fills.",
            cardinality=Cardinality.MANY,
        ),
    ),
    parameters=(
        Number(
            "gap", "Close gaps up to", None, 0, 100, 0.5, soft_maximum=20, unit="line widths", group="Lines",
            tooltip="The longest break in a line that still separates two areas, in widths of your lines. "
            "0 takes the lines as they are.",
        ),
        Text("layer", "Layer", "Shiage Colours", longest=60, group="Result", tooltip="Where the fills go."),
        Number(
            "doubt", "Report doubt below", 0.5, 0, 1, 0.05, group="Result",
            tooltip="Fills whose paint is less sure than this are marked for you to check.",
        ),
    ),
    outputs=(
        Port("fills", Kind.STROKES, "Fills", "One drawing of fills for each.", cardinality=Cardinality.MANY),
        Port("facts", Kind.FACTS, "Facts", "For each drawing, its number of fills and of those in doubt."),
    ),
)  # fmt: skip


class Result(NamedTuple):
    """What :func:`propagate_colors_strokes` gives."""

    fills: tuple[Strokes, ...]
    facts: Facts


@operation(SPEC)
def propagate_colors_strokes(
    drawings: tuple[Strokes, ...],
    reference: tuple[Strokes, ...],
    *,
    gap: float | None,
    layer: str,
    doubt: float,
    work: Work,
) -> Result:
    """Draw all in one view, find their regions, follow these from the coloured ones, and fill along the lines."""
    from ..craft.fills import Stage, paints_of
    from ..craft.follow import Drawing, Reference, carry_colours
    from ..nets.match import matcher

    paints = paints_of(reference)
    if not paints:
        raise BadInput(
            "has no fills.", where="The coloured drawing", hint="Fill the areas of at least one key drawing."
        )
    order = sorted([*reference, *drawings], key=lambda drawing: drawing.frame)
    stage = Stage.of(order, gap)
    scenes, known = [], {}
    for number, drawing in enumerate(order):
        work.progress(0.4 * number / len(order), "finding regions")
        scene, _ = stage.read(drawing, work.check)
        if any(drawing is coloured for coloured in reference):
            scene, paint = stage.painted(scene, paints)
            known[number] = Reference(paint)
        scenes.append(scene)
    carried = carry_colours(
        [Drawing(scene.labels, scene.coverage) for scene in scenes],
        known,
        matcher=matcher(),
        check=work.check,
        progress=lambda done, said: work.progress(0.4 + 0.4 * done, said),
    )
    made: dict[int, Strokes] = {}
    facts: list[dict[str, int]] = []
    for number, (scene, found) in enumerate(zip(scenes, carried, strict=True)):
        work.progress(0.8 + 0.2 * number / len(order), "filling")
        if number not in known:
            made[id(scene.drawing)] = stage.fill(scene, paints, found.colour, layer, 1 - found.sure)
            facts.append(_facts(made[id(scene.drawing)], doubt))
    unsure, filled = (sum(entry[what] for entry in facts) for what in ("doubtful", "fills"))
    if unsure:
        work.warn(f"{unsure} of {filled} fills are in doubt; they are marked.")
    return Result(tuple(made[id(drawing)] for drawing in drawings), Facts({"drawings": facts}))


def _facts(fills: Strokes, doubt: float) -> dict[str, int]:
    from ..craft.fills import DOUBT

    share = next((a.data for a in fills.extra if a.name == DOUBT), np.zeros(fills.count, np.float32))
    doubtful = np.unique(fills.fill[share > 1 - doubt])
    return {"frame": fills.frame, "fills": len(np.unique(fills.fill)), "doubtful": len(doubtful)}
