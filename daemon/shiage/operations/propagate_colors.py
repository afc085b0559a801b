"""``propagate-colors``: coloured key frames onto all the line frames of a clip."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import BadInput
from ..spec import Cardinality, Number, OperationSpec, Port, Switch, Work
from ..values import Clip, Facts, Frame, Kind, Mask, Raster
from ._gap import gap_parameter
from ._registry import operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from ..craft.follow import Carried, Drawing
    from ..craft.follow.reference import Painted
    from ..craft.ink import Ink

_AT_ONCE = 2  # frames that are read

SPEC = OperationSpec(
    id="propagate-colors",
    version=5,
    title="Propagate colours",
    summary="Colours all line frames of a clip as its coloured key frames are coloured, region by region.",
    inputs=(
        Port("lines", Kind.CLIP, "Line frames", "The clip's line art; a folder of numbered pictures."),
        Port(
            "reference",
            Kind.RASTER,
            "Coloured frames",
            "Each has the name (or frame number) of the line frame that it colours.",
            cardinality=Cardinality.MANY,
        ),
    ),
    parameters=(
        gap_parameter(
            "The longest break in a line that still separates two regions. 0 takes the lines as they are; "
            "automatic is six lines wide."
        ),
        Switch(
            "trace_lines",
            "Paint over colour-trace lines",
            default=False,
            group="Lines",
            tooltip="Red, blue or green lines round shadows and highlights close a region but are not seen in the "
            "finished frames. Lines as colourful as most of the drawing's lines stay.",
        ),
        Number(
            "doubt",
            "Report doubt below",
            default=0.5,
            minimum=0,
            maximum=1,
            step=0.05,
            group="Result",
            tooltip="Regions whose colour is less sure than this are listed for the artist to check.",
        ),
        Switch(
            "marks",
            "Mark what is in doubt",
            default=False,
            group="Result",
            tooltip="Also give, for each frame with regions in doubt, a mask of them.",
        ),
    ),
    outputs=(
        Port("frames", Kind.CLIP, "Coloured frames", "The finished pictures, lines on top.", hidden=True),
        Port("flats", Kind.CLIP, "Flats", "The colours alone, reaching under the lines."),
        Port("facts", Kind.FACTS, "Facts", "For each frame, how sure its colours are and the regions in doubt."),
        Port(
            "uncertain",
            Kind.MASK,
            "Uncertain",
            "The regions in doubt, a mask for each frame that has any, if asked for.",
            cardinality=Cardinality.MANY,
            hidden=True,
        ),
    ),
)


class Propagated(NamedTuple):
    """What ``propagate-colors`` gives."""

    frames: Clip
    flats: Clip
    facts: Facts
    uncertain: tuple[Mask, ...]


@operation(SPEC)
def propagate_colors(
    lines: Clip,
    reference: tuple[Raster, ...],
    *,
    gap: float | None,
    trace_lines: bool,
    doubt: float,
    marks: bool,
    work: Work,
) -> Propagated:
    """Read every frame's regions, follow them through the clip, and paint them."""
    from ..craft.compose import lines_over
    from ..craft.flat_colours import paint
    from ..craft.follow import Reference, carry_colours
    from ..craft.follow.reference import palette_of, read_painted
    from ..craft.follow.settle import settled
    from ..craft.follow.trace import without_trace_lines
    from ..craft.patience import patiently
    from ..nets.match import matcher

    coloured = _placed(lines, reference)
    inks: list[Ink] = []
    drawings: list[Drawing] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, len(lines.frames), _AT_ONCE):
            work.progress(0.4 * start / len(lines.frames), "finding regions")
            some = lines.frames[start : start + _AT_ONCE]
            for ink, drawing in pool.map(lambda frame: _read(frame.raster, gap, work), some):
                inks.append(ink)
                drawings.append(drawing)
    lines_and_regions = [inks[i].coverage for i in coloured], [drawings[i].labels for i in coloured]
    given = [picture.to_8bit() for picture in coloured.values()]
    pictures = patiently(lambda check: settled(given, *lines_and_regions, check), work.check)
    palette = palette_of(pictures, *lines_and_regions)
    painted: dict[int, Painted] = {}
    for index, picture in zip(coloured, pictures, strict=True):
        painted[index] = read_painted(drawings[index].labels, picture, inks[index].coverage, palette)
        drawings[index] = type(drawings[index])(painted[index].labels, drawings[index].lines)
    carried = carry_colours(
        drawings,
        {index: Reference(found.colour) for index, found in painted.items()},
        matcher=matcher(),
        check=work.check,
        progress=lambda done, stage: work.progress(0.4 + 0.4 * done, stage),
    )
    flats, finished = [], []
    for number, (frame, drawing, ink, found) in enumerate(zip(lines.frames, drawings, inks, carried, strict=True)):
        work.progress(0.8 + 0.2 * number / len(lines.frames), "painting")
        table = np.concatenate([np.zeros((1, 4), np.uint8), palette[found.colour]])  # id 0 is no region's
        flat = paint(drawing.labels, table, work.check)
        drawn = frame.raster.to_8bit(), ink
        done = lines_over(flat, *(without_trace_lines(*drawn) if trace_lines else drawn), work.check)
        name = frame.raster.name
        flats.append(Frame(frame.time, Raster(flat, name), frame.hold, key=number in coloured))
        finished.append(Frame(frame.time, Raster(done, name), frame.hold, key=number in coloured))
    facts = [_doubts(f, d, c, doubt) for f, d, c in zip(lines.frames, drawings, carried, strict=True)]
    named = (frame.raster.name for frame in lines.frames)
    return Propagated(
        Clip(tuple(finished), lines.fps, "frames"),
        Clip(tuple(flats), lines.fps, "flats"),
        Facts({"frames": facts}),
        tuple(_marked(drawings, carried, named, doubt)) if marks else (),
    )


def _placed(lines: Clip, reference: tuple[Raster, ...]) -> dict[int, Raster]:
    """Which line frame each coloured frame belongs to."""
    names = {frame.raster.name: index for index, frame in enumerate(lines.frames) if frame.raster.name}
    placed: dict[int, Raster] = {}
    for picture in reference:
        index = names.get(picture.name)
        if index is None:
            raise BadInput(
                "No line frame has this coloured frame's name.",
                where=picture.name or "reference",
                hint=f"Name it like the frame that it colours: {', '.join(list(names)[:5])} ...",
            )
        if picture.size != lines.frames[index].raster.size:
            raise BadInput(
                f"The coloured frame is {picture.size[0]} x {picture.size[1]}, the line frames are "
                f"{lines.frames[index].raster.size[0]} x {lines.frames[index].raster.size[1]}.",
                where=picture.name,
                hint="Give both at one size.",
            )
        placed[index] = picture
    return dict(sorted(placed.items()))


def _read(raster: Raster, gap: float | None, work: Work) -> tuple[Ink, Drawing]:
    """A frame's ink and regions; a frame without lines is one region."""
    from ..craft.follow import Drawing
    from ..craft.follow.read import clip_regions
    from ..craft.ink import Ink, read_ink

    pixels = raster.pixels
    try:
        ink = read_ink(pixels, work.check)
    except BadInput:
        blank = np.zeros(pixels.shape[:2], np.uint8)
        return Ink(blank, blank, (255, 255, 255)), Drawing(np.ones(blank.shape, np.int32), blank)
    return ink, Drawing(clip_regions(ink, gap, work.check), ink.coverage)


def _doubts(frame: Frame, drawing: Drawing, found: Carried, doubt: float) -> dict[str, object]:
    """How sure a frame's colours are, by area, and the regions in doubt, the least sure first."""
    from scipy import ndimage

    area = np.bincount(drawing.labels.ravel(), minlength=len(found.sure) + 1)[1:]
    unsure = np.flatnonzero(found.sure < doubt)
    unsure = unsure[np.argsort(found.sure[unsure], kind="stable")]
    boxes = ndimage.find_objects(drawing.labels) if len(unsure) else []
    regions = [{**_spot(drawing.labels, int(i) + 1, boxes[i]), "sure": round(float(found.sure[i]), 3)} for i in unsure]
    sure = round(float(found.sure @ area / area.sum()), 3)
    return {"name": frame.raster.name, "time": frame.time, "sure": sure, "in_doubt": regions}


def _spot(labels: NDArray[np.int32], region: int, box: tuple[slice, slice]) -> dict[str, int]:
    """A pixel inside the region, and its area. ``box``: where it lies."""
    ys, xs = np.nonzero(labels[box] == region)
    middle = len(ys) // 2
    return {"x": int(xs[middle]) + box[1].start, "y": int(ys[middle]) + box[0].start, "area": len(ys)}


def _marked(drawings: list[Drawing], carried: list[Carried], names: Iterable[str], doubt: float) -> Iterator[Mask]:
    for drawing, found, name in zip(drawings, carried, names, strict=True):
        unsure = np.append(False, found.sure < doubt)
        if unsure.any():
            yield Mask((unsure[drawing.labels] * np.uint8(255)).astype(np.uint8), name=name)
