"""``flats``: the closed regions of a drawing, and a flat colour in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..errors import BadInput
from ..spec import Cardinality, OperationSpec, Port, Switch, Work
from ..values import Facts, Kind, Raster, Regions
from ._dabs import covers_all
from ._gap import gap_parameter
from ._page import sheet_of
from ._registry import operation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..craft.regions import RegionMap

SPEC = OperationSpec(
    id="flats",
    version=2,
    title="Flats",
    summary="Fills the closed regions of a drawing with flat colours that don't leak through gaps in its lines.",
    inputs=(
        Port("drawing", Kind.RASTER, "Drawing", "Line art on any paper, or lines alone on a transparent layer."),
        Port(
            "dabs",
            Kind.RASTER,
            "Dabs of colour",
            "A layer of the drawing's size: each region takes the colour dabbed into it, the others stay empty.",
            optional=True,
        ),
    ),
    parameters=(
        gap_parameter(
            "The longest break in a line, in pixels of the drawing, that still separates two regions. "
            "0 takes the lines as they are; automatic is three lines wide."
        ),
        Switch(
            "layers",
            "A layer for each colour",
            default=False,
            group="Result",
            tooltip="Also give the flats apart, one layer for each colour; regions that touch are never on one layer.",
        ),
    ),
    outputs=(
        Port("flats", Kind.RASTER, "Flats", "Opaque flat colours that reach under the lines; paper is transparent."),
        Port("regions", Kind.REGIONS, "Regions", "Each pixel's region, lines included."),
        Port("facts", Kind.FACTS, "Facts", "Line width, gap, and what is known of each region."),
        Port("layers", Kind.RASTER, "Layers", "The flats apart by colour.", cardinality=Cardinality.MANY),
    ),
)


class Flats(NamedTuple):
    """What ``flats`` gives."""

    flats: Raster
    regions: Regions
    facts: Facts
    layers: tuple[Raster, ...]


@operation(SPEC)
def flats(drawing: Raster, dabs: Raster | None, *, gap: float | None, layers: bool, work: Work) -> Flats:
    """Divide the drawing into closed regions and paint each flat."""
    # Loaded here because the compiled kernels take a moment, which `shiage --help` and `ops` must not wait for.
    from ..craft.flat_colours import dabbed_colours, distinct_colours, paint
    from ..craft.regions import find_regions

    if dabs is not None and dabs.size != drawing.size:
        raise BadInput(
            f"The dabs of colour are {dabs.size[0]} x {dabs.size[1]}, the drawing {drawing.size[0]} x "
            f"{drawing.size[1]} pixels.",
            where=dabs.name,
            hint="Give a layer of the drawing's size.",
        )
    if dabs is not None and covers_all(dabs):
        work.warn(
            "The dabs cover the whole drawing, their ground, too. Dab on a transparent layer to leave areas bare."
        )
    drawing = sheet_of(drawing, work, walled=True)
    try:
        found = find_regions(drawing.pixels, gap, work.check, lambda done, stage: work.progress(0.9 * done, stage))
    except BadInput as problem:
        problem.where = problem.where or drawing.name
        raise
    if dabs is None:
        colours = distinct_colours(len(found), found.neighbours, found.background)
    else:
        colours = dabbed_colours(found.labels, dabs.to_8bit(), len(found))
    picture = Raster(paint(found.labels, colours, work.check), name="flats")
    work.progress(0.95, "painting")
    apart = tuple(_layers(found.labels, colours, work)) if layers else ()
    return Flats(picture, Regions(found.labels, found.background_ids, name="regions"), _facts(found), apart)


def _layers(labels: NDArray[np.int32], colours: NDArray[np.uint8], work: Work) -> list[Raster]:
    import numpy as np

    from ..craft.flat_colours import paint

    made = []
    for colour in np.unique(colours[colours[:, 3] > 0], axis=0):
        only = np.where((colours == colour).all(1)[:, None], colours, 0).astype(np.uint8)
        name = f"flats #{colour[0]:02x}{colour[1]:02x}{colour[2]:02x}"
        made.append(Raster(paint(labels, only, work.check), name=name))
    return made


def _facts(found: RegionMap) -> Facts:
    regions = [
        {
            "id": i + 1,
            "area": int(found.area[i]),
            "box": [int(v) for v in found.box[i]],
            "inner": [int(v) for v in found.inner[i]],
            "background": bool(found.background[i]),
            "solid": bool(found.solid[i]),
        }
        for i in range(len(found))
    ]
    return Facts({"line_width": round(found.line_width, 2), "gap": found.gap, "regions": regions})
