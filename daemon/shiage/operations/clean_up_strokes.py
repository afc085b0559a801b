"""``clean-up-strokes``: a rough drawing of strokes -> its clean lines, as strokes in the same plane."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..errors import BadInput
from ..spec import Number, OperationSpec, Port, Text, Work
from ..values import Colour, Exposure, Facts, Kind, StrokeMaterial, Strokes, StrokeView
from ._registry import operation

SPEC = OperationSpec(
    id="clean-up-strokes",
    version=1,
    title="Clean up (strokes)",
    summary="Draws the clean lines of a rough stroke drawing: one stroke where many searched, smooth, with few points.",
    inputs=(Port("drawing", Kind.STROKES, "Drawing", "A rough drawing as strokes."),),
    parameters=(
        Number(
            "strength", "Strength", 0.5, 0, 1, 0.05, group="Lines",
            tooltip="Low keeps faint and doubtful strokes, high only the lines that are surely meant.",
        ),
        Number(
            "width", "Line width", None, 0.1, 20, 0.1, soft_maximum=4, unit="line widths", group="Lines",
            tooltip="Of a usual line in the result, in widths of your lines; automatic: as in the drawing.",
        ),
        Number(
            "detail", "Shortest line", None, 0, 200, 0.5, soft_maximum=20, unit="line widths", group="Lines",
            tooltip="Shorter lines that touch no other are left out.",
        ),
        Number(
            "gap", "Close gaps up to", None, 0, 100, 0.5, soft_maximum=20, unit="line widths", group="Lines",
            tooltip="The longest break that is mended; 0 mends none.",
        ),
        Text("layer", "Layer", "Shiage Lines", longest=60, group="Result", tooltip="Where the lines go."),
    ),
    outputs=(
        Port("lines", Kind.STROKES, "Clean lines", "Strokes along the lines' middles, with their widths."),
        Port("facts", Kind.FACTS, "Facts", "How many lines, points and mended gaps there are."),
    ),
    accelerator=True,
)  # fmt: skip


class Result(NamedTuple):
    """What ``clean-up-strokes`` gives."""

    lines: Strokes
    facts: Facts


@operation(SPEC)
def clean_up_strokes(
    drawing: Strokes,
    *,
    strength: float,
    width: float | None,
    detail: float | None,
    gap: float | None,
    layer: str,
    work: Work,
) -> Result:
    """Draw the strokes' lines as pixels, clean these, and bring them back to the drawing's plane."""
    from ..craft.fills.lines import draw_lines, lines_of
    from ..craft.fills.view import view_of
    from ..craft.vectorize import strokes_of
    from ._clean import Wish, clean

    lines = lines_of(drawing, np.asarray(np.linalg.inv(drawing.plane), np.float64))
    used = np.unique(lines.pieces)
    if not len(used):
        raise BadInput(
            "The drawing has no lines.", where=drawing.name or "drawing", hint="Give one with visible strokes."
        )
    radius = float(np.median(lines.radius[used]))
    view = view_of([lines.points[used]], radius)
    work.check()
    layer_of_ink = np.zeros((view.height, view.width, 4), np.uint8)
    layer_of_ink[..., 3] = draw_lines(lines, view)
    wide = 2 * radius * view.scale
    pixels = [None if length is None else length * wide for length in (width, detail, gap)]
    wish = Wish(strength, pixels[0], pixels[1], pixels[2], "keep", Colour(0, 0, 0))
    made = clean(layer_of_ink, wish, work)
    shown = StrokeView(view.left, view.top, view.scale, view.width, view.height)
    strokes = strokes_of(made.art, shown, ink=_ink(drawing), plane=drawing.plane, layer=layer, name=drawing.name)
    strokes = replace(strokes, frame=drawing.frame, exposure=Exposure.GENERATED, view=None)
    counts = {name: made.facts[name] for name in ("lines", "points", "black_areas")}
    return Result(strokes, Facts(counts | {"gaps": len(made.facts["gaps"])}))


def _ink(drawing: Strokes) -> StrokeMaterial:
    """The material that most of the drawing's lines have."""
    seen = np.array([m.show_line and m.line[3] > 0 for m in drawing.materials], np.bool_)
    points = np.diff(drawing.offsets) * seen[drawing.material] * ~drawing.hide_line
    most = np.bincount(drawing.material, points, len(drawing.materials)).argmax()
    return replace(drawing.materials[int(most)], show_fill=False)
