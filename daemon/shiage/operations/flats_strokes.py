"""``flats-strokes``: a drawing of strokes -> a fill for each closed area, along the lines' middles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..spec import Number, OperationSpec, Port, Text, Work
from ..values import Facts, Kind, StrokeMaterial, Strokes
from ..values.srgb import to_linear
from ._registry import operation

SPEC = OperationSpec(
    id="flats-strokes",
    version=1,
    title="Flats (strokes)",
    summary="Fills the closed areas of a stroke drawing with flat colours, along the middle of its lines.",
    inputs=(Port("drawing", Kind.STROKES, "Drawing", "Line art as strokes."),),
    parameters=(
        Number(
            "gap", "Close gaps up to", None, 0, 100, 0.5, soft_maximum=20, unit="line widths", group="Lines",
            tooltip="The longest break in a line that still separates two areas, in widths of your lines. "
            "0 takes the lines as they are.",
        ),
        Text("layer", "Layer", "Shiage Flats", longest=60, group="Result", tooltip="Where the fills go."),
    ),
    outputs=(
        Port("fills", Kind.STROKES, "Fills", "Closed strokes in at most 24 materials, one for each colour."),
        Port("facts", Kind.FACTS, "Facts", "The number of areas."),
    ),
)  # fmt: skip


class Result(NamedTuple):
    """What :func:`flats_strokes` gives."""

    fills: Strokes
    facts: Facts


@operation(SPEC)
def flats_strokes(drawing: Strokes, *, gap: float | None, layer: str, work: Work) -> Result:
    """Find the areas, tell neighbours apart by colour, fill along the lines."""
    from ..craft.fills import Paint, Stage
    from ..craft.flat_colours import distinct_colours

    work.progress(0.0, "finding regions")
    stage = Stage.of([drawing], gap)
    scene, found = stage.read(drawing, work.check)
    colours = distinct_colours(len(found), found.neighbours, found.background)[1:]
    used, number = np.unique(colours, axis=0, return_inverse=True)
    paints = [Paint(_material(*colour)) for colour in used.tolist()]
    work.progress(0.5, "filling")
    paint = np.where(colours[:, 3] > 0, number.ravel() + 1, 0)
    fills = stage.fill(scene, paints, paint, layer)
    return Result(fills, Facts({"areas": int((paint > 0).sum()), "fills": len(np.unique(fills.fill))}))


def _material(red: int, green: int, blue: int, alpha: int) -> StrokeMaterial:
    r, g, b = (float(part) for part in to_linear(np.array([red, green, blue]) / 255))
    name = f"Flat #{red:02x}{green:02x}{blue:02x}"
    return StrokeMaterial(name, fill=(r, g, b, alpha / 255), show_line=False, show_fill=True)
