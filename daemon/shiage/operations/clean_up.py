"""``clean-up``: a rough drawing's lines, clean, as a layer and as strokes."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import BadInput
from ..spec import Choice, ColourParameter, Number, OperationSpec, Option, Port, Work
from ..values import Colour, Facts, Kind, Raster, Strokes
from ._gap import gap_parameter
from ._page import sheet_of
from ._registry import operation

SPEC = OperationSpec(
    id="clean-up",
    version=2,
    title="Clean up",
    summary="Draws the clean lines of a rough sketch: one line where the pencil searched, closed, on nothing.",
    inputs=(
        Port("sketch", Kind.RASTER, "Sketch", "A rough drawing on any paper: a layer, a scan or a photo of a sheet."),
    ),
    parameters=(
        Number(
            "strength",
            "Strength",
            default=0.5,
            minimum=0,
            maximum=1,
            step=0.05,
            group="Lines",
            tooltip="Low keeps faint and doubtful strokes, high only the lines that are surely meant.",
        ),
        Number(
            "width",
            "Line width",
            default=None,
            minimum=0.5,
            maximum=200,
            step=0.1,
            soft_maximum=12,
            unit="px",
            group="Lines",
            tooltip="Of a usual line in the result; thick and thin stay in proportion. Automatic: as in the sketch.",
        ),
        Number(
            "detail",
            "Shortest line",
            default=None,
            minimum=0,
            maximum=1000,
            step=1,
            soft_maximum=60,
            unit="px",
            group="Lines",
            tooltip="Shorter lines that touch no other are left out; automatic: three pencil widths.",
        ),
        gap_parameter(
            "The longest break that is mended, as by `close-gaps`; automatic is three lines wide, 0 is none."
        ),
        Choice(
            "coloured",
            "Coloured lines",
            "auto",
            (Option("auto", "As they seem"), Option("keep", "Keep"), Option("leave-out", "Leave out")),
            group="Lines",
            tooltip="Construction lines in blue or red beside a grey or black drawing are left out.",
        ),
        ColourParameter("colour", "Line colour", Colour(0, 0, 0), group="Result"),
    ),
    outputs=(
        Port("line", Kind.RASTER, "Clean line", "The lines alone, at the sketch's size."),
        Port("strokes", Kind.STROKES, "Strokes", "The same lines as strokes: middles with widths."),
        Port("facts", Kind.FACTS, "Facts", "Widths, and how many lines, points and mended gaps there are."),
    ),
    accelerator=True,
)


class Cleaned(NamedTuple):
    """What ``clean-up`` gives."""

    line: Raster
    strokes: Strokes
    facts: Facts


@operation(SPEC)
def clean_up(
    sketch: Raster,
    *,
    strength: float,
    width: float | None,
    detail: float | None,
    gap: float | None,
    coloured: str,
    colour: Colour,
    work: Work,
) -> Cleaned:
    """Read the lines, draw them as strokes, close their gaps."""
    # Loaded here because kernels and networks take a moment, which `shiage --help` and `ops` must not wait for.
    from ..craft.vectorize import strokes_of, whole_view
    from ._clean import Wish, clean, ink_of

    try:
        sheet = sheet_of(sketch, work)
        made = clean(sheet.to_8bit(), Wish(strength, width, detail, gap, coloured, colour), work)
    except BadInput as problem:
        problem.where = problem.where or sketch.name
        raise
    view = whole_view(*sketch.size)
    strokes = strokes_of(made.art, view, ink=ink_of(colour), name=sketch.name or "clean-up")
    return Cleaned(Raster(made.layer, name="clean line"), strokes, Facts(made.facts))
