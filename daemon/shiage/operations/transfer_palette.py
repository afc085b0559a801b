"""``transfer-palette``: a sketch in the colours of its character's designs; a page with several, each in its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import BadInput
from ..spec import Cardinality, Number, OperationSpec, Port, Switch, Text, Work
from ..values import Colour, Facts, Kind, Mask, Palette, Raster, Regions, Swatch
from ._cast import Cast, cast_of
from ._gap import gap_parameter
from ._page import sheet_of
from ._registry import operation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..craft.matching import Colouring
    from ..craft.regions import RegionMap

_WIDEN = 3.0  # of the gap that is closed: a region cut in two gets one colour all the same, one open to paper none

SPEC = OperationSpec(
    id="transfer-palette",
    version=2,
    title="Transfer palette",
    summary="Fills a sketch with flat colours taken from coloured designs of the same character.",
    inputs=(
        Port("sketch", Kind.RASTER, "Sketch", "Line art on any paper, or lines alone on a transparent layer."),
        Port(
            "design",
            Kind.RASTER,
            "Designs",
            "Coloured drawings of the character, from one or more sides, on plain paper or transparent. "
            "Not needed where a known character is named.",
            cardinality=Cardinality.MANY,
            optional=True,
        ),
    ),
    parameters=(
        Text(
            "character",
            "Character",
            default="",
            group="Design",
            tooltip="A known character, whose own designs are used; or 'auto': each figure is recognized and coloured "
            "from its character's designs, and one that is none of them is left bare.",
        ),
        gap_parameter(
            "The longest break in a line, in pixels of the sketch, that still separates two regions. "
            "0 takes the lines as they are; automatic is nine lines wide."
        ),
        Number(
            "doubt",
            "Report doubt below",
            default=0.6,
            minimum=0,
            maximum=1,
            step=0.05,
            group="Result",
            tooltip="Regions whose colour is less sure than this are marked to be checked. "
            "Of those that are 0.6 sure, about 6 in 10 are right.",
        ),
        Switch(
            "layers",
            "A layer for each colour",
            default=False,
            group="Result",
            tooltip="Also give the flats apart, one layer for each colour of the palette.",
        ),
    ),
    outputs=(
        Port("picture", Kind.RASTER, "Finished picture", "The flats with the sketch's lines on top.", hidden=True),
        Port("flats", Kind.RASTER, "Flats", "The colours alone, reaching under the lines; paper is transparent."),
        Port("regions", Kind.REGIONS, "Regions", "Each pixel's region, lines included."),
        Port("palette", Kind.PALETTE, "Palette", "The colours used, the largest first."),
        Port("uncertain", Kind.MASK, "Uncertain", "Regions whose colour should be checked.", hidden=True),
        Port(
            "facts",
            Kind.FACTS,
            "Facts",
            "Each region's colour, the design's area it comes from, how sure it is; with 'auto' each figure's name.",
        ),
        Port("layers", Kind.RASTER, "Layers", "The flats apart by colour.", cardinality=Cardinality.MANY),
    ),
    remembers="character",
)


class Transferred(NamedTuple):
    """What ``transfer-palette`` gives."""

    picture: Raster
    flats: Raster
    regions: Regions
    palette: Palette
    uncertain: Mask
    facts: Facts
    layers: tuple[Raster, ...]


@operation(SPEC)
def transfer_palette(
    sketch: Raster,
    design: tuple[Raster, ...],
    *,
    character: str,
    gap: float | None,
    doubt: float,
    layers: bool,
    work: Work,
) -> Transferred:
    """Find the sketch's regions, read the designs, give each region its colour, and paint."""
    # Loaded here because the compiled kernels take a moment, which `shiage --help` and `ops` must not wait for.
    from ..craft.compose import lines_over
    from ..craft.flat_colours import paint
    from ..craft.ink import read_ink
    from ..craft.matching import colour_page, colour_regions, region_parts
    from ..craft.pockets import part_pockets
    from ..craft.regions import regions_of_ink
    from ..nets.match_designs import design_matcher
    from ..nets.parts import segmenter

    sketch = sheet_of(sketch, work, walled=True)
    cast = cast_of(sketch, design, character.strip(), work)
    owners = None
    try:
        ink = read_ink(sketch.pixels, work.check)
        work.progress(0.4, "finding regions")
        found = regions_of_ink(
            ink,
            gap,
            work.check,
            lambda done, stage: work.progress(0.4 + 0.25 * done, stage),
            widen=_WIDEN,
        )
        work.progress(0.65, "naming parts")
        likelihood = segmenter().likelihood(sketch.to_8bit(), work.check)
        found = part_pockets(found, ink, likelihood, work.check)
        parts = region_parts(found.labels, likelihood, len(found))

        def progress(done: float, stage: str) -> None:
            work.progress(0.7 + 0.2 * done, stage)

        if cast.parts:
            colouring, owners = colour_page(found, parts, cast.parts, design_matcher(), work.check, progress)
        else:
            colouring = colour_regions(found, parts, cast.sheets, design_matcher(), work.check, progress)
    except BadInput as problem:
        problem.where = problem.where or sketch.name or "sketch"
        raise
    work.progress(0.9, "painting")
    table = colouring.region_colours()
    flats = paint(found.labels, table, work.check)
    picture = lines_over(flats, sketch.to_8bit(), ink, work.check)
    order = _by_size(colouring, found)
    palette = Palette(
        tuple(Swatch(Colour(*(int(v) for v in colouring.colours[s])), f"colour {n}") for n, s in enumerate(order, 1)),
        name=f"{sketch.name} palette".strip(),
    )
    unsure = np.append(False, found.background == 0) & (colouring.confidence < doubt)
    apart = [(np.where((colouring.swatch == s)[:, None], table, 0), s) for s in order] if layers else []
    return Transferred(
        picture=Raster(picture, name="finished"),
        flats=Raster(flats, name="flats"),
        regions=Regions(found.labels, found.background_ids, name="regions"),
        palette=palette,
        uncertain=Mask((unsure[found.labels] * np.uint8(255)).astype(np.uint8), name="uncertain"),
        facts=_facts(colouring, found, order, unsure, cast, owners),
        layers=tuple(Raster(paint(found.labels, rows, work.check), name=_hex(colouring, s)) for rows, s in apart),
    )


def _by_size(colouring: Colouring, found: RegionMap) -> list[int]:
    """The swatches that are painted, the one that covers most first."""
    covered = np.bincount(colouring.swatch[1:], weights=found.area, minlength=len(colouring.colours))
    return [int(s) for s in np.argsort(-covered, kind="stable") if s > 0 and covered[s] > 0]


def _hex(colouring: Colouring, swatch: int) -> str:
    return str(Colour(*(int(v) for v in colouring.colours[swatch])))


def _facts(
    colouring: Colouring,
    found: RegionMap,
    order: list[int],
    unsure: NDArray[np.bool_],
    cast: Cast,
    owners: NDArray[np.int64] | None,
) -> Facts:
    names = cast.names
    regions = []
    for region in np.flatnonzero(~found.background) + 1:
        swatch, source = int(colouring.swatch[region]), int(colouring.design[region])
        whose = {} if owners is None else {"figure": int(owners[region]) if owners[region] >= 0 else None}
        regions.append(
            {
                "id": int(region),
                "x": int(found.inner[region - 1, 0]),
                "y": int(found.inner[region - 1, 1]),
                "area": int(found.area[region - 1]),
                "colour": _hex(colouring, swatch) if swatch else None,
                "group": order.index(swatch) + 1 if swatch else 0,
                "part": f"area {int(colouring.area[region])} of {names[source]}" if source >= 0 else None,
                "sure": round(float(colouring.confidence[region]), 3),
                "check": bool(unsure[region]),
                **whose,
            }
        )
    same: dict[str, float] = {}
    for name, agreement in zip(names, colouring.agreements, strict=True):
        same[name] = max(round(agreement, 3), same.get(name, 0.0))
    facts: dict[str, Any] = {"designs": same, "uncertain": int(unsure.sum()), "regions": regions}
    if owners is not None:
        facts["figures"] = cast.figures
    return Facts(facts)
