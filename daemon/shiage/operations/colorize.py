"""``colorize``: a network proposes colour and shade for line art, from hints, a palette, a reference, or by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..errors import BadInput
from ..spec import Cardinality, Choice, Number, OperationSpec, Option, Port, Switch, Text, Work
from ..values import Blend, Facts, Kind, Mask, Palette, Raster
from ._dabs import covers_all
from ._gap import gap_parameter
from ._registry import operation

if TYPE_CHECKING:
    from ..nets.colorize import Colourist, Offered
    from ._sheets import Sheet

SPEC = OperationSpec(
    id="colorize",
    version=2,
    title="Colorize",
    summary="Proposes colour and shade for line art, from dabs of colour or by itself, as layers that never leak.",
    inputs=(
        Port("drawing", Kind.RASTER, "Drawing", "Line art on any paper, or lines alone on a transparent layer."),
        Port(
            "hints",
            Kind.RASTER,
            "Hints",
            "A transparent layer of the drawing's size: each dab or stroke is the colour wanted there.",
            optional=True,
        ),
        Port("palette", Kind.PALETTE, "Palette", "Colours to paint with; where each goes is left open.", optional=True),
        Port("reference", Kind.RASTER, "Style reference", "A coloured picture whose colours to take.", optional=True),
        Port(
            "masks",
            Kind.MASK,
            "Parts",
            "Masks named after parts as segment-parts gives them (Hair, Eye-2); found by itself if left out.",
            cardinality=Cardinality.MANY,
            optional=True,
        ),
        Port(
            "upper",
            Kind.RASTER,
            "Line layers above",
            "Further line layers of the same size, the lowest first.",
            cardinality=Cardinality.MANY,
            optional=True,
        ),
    ),
    parameters=(
        Text(
            "style",
            "Trained style",
            default="",
            tooltip="A style that `shiage train style NAME IMAGE` made; empty for the network that ships.",
        ),
        Number(
            "variants",
            "Variants",
            default=1,
            minimum=1,
            maximum=12,
            step=1,
            integer=True,
            tooltip="How many colourings to propose; hints and a palette hold in all of them.",
        ),
        Number("colours", "Colours", 12, 2, 64, 1, 2, 24, integer=True, tooltip="Most colours it chooses by itself."),
        Number(
            "saturation", "Saturation", 1.2, 0, 3, 0.05, 0.5, 2, tooltip="Of the colours that it chooses by itself."
        ),
        Number(
            "flatness",
            "Flatness",
            0.8,
            0,
            1,
            0.05,
            group="Shade",
            tooltip="0 takes the colour of shade from the network, 1 from the flats (lambda of CIELAB interpolation).",
        ),
        Number("shade", "Shade", 1.0, 0, 1.5, 0.05, 0, 1, group="Shade", tooltip="How strong shadow and light are."),
        gap_parameter(
            "The longest break in a line, in pixels of the drawing, that still separates two regions. "
            "0 takes the lines as they are; automatic is six lines wide."
        ),
        Choice(
            "kind",
            "Kind of drawing",
            "auto",
            (Option("auto", "Look"), Option("lines", "Line art"), Option("manga", "Manga page with screentone")),
            group="Lines",
            tooltip="Screentone is taken off a manga page's lines, and comes back as shadow.",
        ),
        Switch(
            "parts", "Find parts", True, group="Lines", tooltip="Look for hair, face, clothes ... before colouring."
        ),
        Switch(
            "layered",
            "Layer by layer",
            default=False,
            group="Lines",
            tooltip="Colour each line layer for itself and lay them over each other; otherwise they are one drawing.",
        ),
    ),
    outputs=(
        Port("picture", Kind.RASTER, "Finished picture", "Flats, shadow, light and lines in one.", hidden=True),
        Port("flats", Kind.RASTER, "Flats", "One colour an area, reaching under the lines; paper is transparent."),
        Port("shadow", Kind.RASTER, "Shadow", "To multiply with what is below."),
        Port("light", Kind.RASTER, "Light", "To screen on what is below."),
        Port("lines", Kind.RASTER, "Lines", "The lines alone, on top of the other layers.", hidden=True),
        Port("hints", Kind.RASTER, "Hints used", "To be changed and given as hints.", hidden=True),
        Port("facts", Kind.FACTS, "Facts", "The hints, how many areas and colours, and how much leaks over lines."),
        Port(
            "variants",
            Kind.RASTER,
            "Variants",
            "The finished pictures of all variants, the first included.",
            cardinality=Cardinality.MANY,
            hidden=True,
        ),
    ),
    accelerator=True,
    remembers="style",
)


class Colorized(NamedTuple):
    """What ``colorize`` gives."""

    picture: Raster
    flats: Raster
    shadow: Raster
    light: Raster
    lines: Raster
    hints: Raster
    facts: Facts
    variants: tuple[Raster, ...]


@operation(SPEC)
def colorize(
    drawing: Raster,
    hints: Raster | None,
    palette: Palette | None,
    reference: Raster | None,
    masks: tuple[Mask, ...],
    upper: tuple[Raster, ...],
    *,
    style: str,
    variants: int,
    colours: int,
    saturation: float,
    flatness: float,
    shade: float,
    gap: float | None,
    kind: str,
    parts: bool,
    layered: bool,
    work: Work,
) -> Colorized:
    """Read the drawing, let the network point at colours, paint its regions, and shade them."""
    # Loaded here because the compiled kernels take a moment, which `shiage --help` and `ops` must not wait for.
    from ._illustrate import Wishes
    from ._sheets import merged, sheets

    _check(drawing, hints, masks, upper)
    net = _network(style.strip())
    wishes = Wishes(gap, colours, saturation, flatness, shade, parts, {"lines": False, "manga": True}.get(kind))
    offered = _offered(palette, reference, colours, work)
    lines = (drawing, *upper) if layered else (merged(drawing, upper),)
    done = sheets(lines, hints, masks, net, offered, wishes, variants, bool(style.strip()), work)
    work.progress(0.95, "compositing")
    return _result(done, work)


def _check(drawing: Raster, hints: Raster | None, masks: tuple[Mask, ...], upper: tuple[Raster, ...]) -> None:
    from ..craft.parts import PARTS

    given: list[tuple[str, Raster | Mask]] = [("mask", mask) for mask in masks]
    given += [("line layer", layer) for layer in upper]
    given += [("layer of hints", hints)] if hints is not None else []
    for what, value in given:
        if value.size != drawing.size:
            raise BadInput(
                f"The {what} is {value.size[0]} x {value.size[1]} pixels, the drawing {drawing.size[0]} x "
                f"{drawing.size[1]}.",
                where=value.name,
                hint="Give layers of the drawing's size.",
            )
    if hints is not None and covers_all(hints):
        raise BadInput(
            "The hints cover the whole drawing.", where=hints.name, hint="Dab colours onto a transparent layer."
        )
    for mask in masks:
        if mask.name.rsplit(".", 1)[0].split("-")[0].capitalize() not in PARTS:
            raise BadInput(
                f"'{mask.name}' is no part of a figure.", where=mask.name, hint=f"Parts are: {', '.join(PARTS[1:])}."
            )


def _network(style: str) -> Colourist:
    from ..nets.colorize import colourist

    if not style:
        return colourist()
    from .. import styles

    return styles.colourist(style)


def _offered(palette: Palette | None, reference: Raster | None, colours: int, work: Work) -> Offered | None:
    """The palette's colours, and those of the reference with what is known of them."""
    import numpy as np

    from ..nets.colorize import Offered
    from ._illustrate import palette_of_picture

    offered = None
    if palette is not None and palette.swatches:
        rows = [(s.colour.red, s.colour.green, s.colour.blue) for s in palette.swatches]
        offered = Offered.palette(np.array(rows, np.uint8))
    if reference is not None:
        work.progress(0.0, "reading the reference")
        seen = palette_of_picture(reference, colours, work)
        offered = seen if offered is None else offered + seen
    return offered


def _result(done: list[Sheet], work: Work) -> Colorized:
    from ._sheets import dabs

    first = done[0]
    pictures: list[Raster] = []
    for sheet in done:
        work.check()
        pictures.append(Raster(sheet.picture, name=f"variant {len(pictures) + 1}"))
    return Colorized(
        picture=Raster(pictures[0].pixels, name="finished"),
        flats=Raster(first.flats, name="flats"),
        shadow=Raster(first.layers.shadow, name="shadow", blend=Blend.MULTIPLY),
        light=Raster(first.layers.light, name="light", blend=Blend.SCREEN),
        lines=Raster(first.lines, name="lines"),
        hints=Raster(dabs(first.hints, first.flats.shape[:2]), name="hints"),
        facts=Facts({**first.facts, "variants": [sheet.facts for sheet in done[1:]]}),
        variants=tuple(pictures) if len(pictures) > 1 else (),
    )
