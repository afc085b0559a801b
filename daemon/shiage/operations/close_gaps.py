"""``close-gaps``: the breaks in a drawing's lines, mended with the smallest strokes."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import BadInput
from ..spec import OperationSpec, Port, Work
from ..values import Facts, Kind, Raster
from ._gap import gap_parameter
from ._registry import operation

SPEC = OperationSpec(
    id="close-gaps",
    version=1,
    title="Close gaps",
    summary="Mends the breaks in line art with short strokes, so that its regions are closed, and lists them.",
    inputs=(Port("drawing", Kind.RASTER, "Drawing", "Line art on any paper, or lines alone on a transparent layer."),),
    parameters=(
        gap_parameter("The longest break that is mended, in pixels of the drawing; automatic is three lines wide."),
    ),
    outputs=(
        Port("mended", Kind.RASTER, "Mended drawing", "The drawing with the strokes on it.", hidden=True),
        Port("strokes", Kind.RASTER, "Strokes", "The added strokes alone, to lie over the drawing."),
        Port("facts", Kind.FACTS, "Facts", "Where each stroke was added, and how long it is."),
    ),
)


class Closed(NamedTuple):
    """What ``close-gaps`` gives."""

    mended: Raster
    strokes: Raster
    facts: Facts


@operation(SPEC)
def close_gaps(drawing: Raster, *, gap: float | None, work: Work) -> Closed:
    """Find where lines were left open, as `flats` does, and draw what it would have assumed."""
    # Loaded here because the compiled kernels take a moment, which `shiage --help` and `ops` must not wait for.
    from ..craft.bridging import bridge
    from ..craft.ink import read_ink

    pixels = drawing.to_8bit()
    try:
        closed = bridge(pixels, read_ink(drawing.pixels, work.check), gap, work.check, work.progress)
    except BadInput as problem:
        problem.where = problem.where or drawing.name
        raise
    facts = {"line_width": round(closed.line_width, 2), "gap": closed.gap, "strokes": closed.listed()}
    mended = Raster(closed.on(drawing.pixels, work.check), name=drawing.name, profile=drawing.profile)
    return Closed(mended, Raster(closed.layer, name="strokes"), Facts(facts))
