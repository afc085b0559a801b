"""How `colorize` comes to a picture: the drawing read once, then coloured as often as there are variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ..craft.hints import NO_HINTS, Hints, choose_hints, cluster
from ..craft.illustrate import NO_TWINS, Areas, divide, find_twins, layered, leak, painted, part_kinds
from ..craft.ink import Ink
from ..craft.light import LightLayers, composite
from ..craft.parts import PARTS
from ..craft.pockets import part_pockets
from ..craft.regions import RegionMap
from ..nets.colorize import WIDEN, Colourist, Offered, Page, Pointing
from ..spec import Work
from ._page import sheet_of

if TYPE_CHECKING:
    from ..craft.design import ColourAreas
    from ..values import Mask, Raster

Colours = NDArray[np.uint8]
_LEAST = 2e-5  # of the picture: a smaller region gets no automatic hint
_STROKE = 0.012  # of the longer side: half the width from which black is paint and no line
_MEASURED = 1 << 20  # pixels at most that the leak is measured on


@dataclass(frozen=True)
class Wishes:
    """What the artist set: see the parameters of `colorize`."""

    gap: float | None
    colours: int
    saturation: float
    flatness: float
    shade: float
    find_parts: bool
    screened: bool | None = None  # whether it is a manga page with screentone; None: look


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing that has been read. pixels: (H, W, 4) uint8, without its screentone. tone: (H, W) float32 0..1 how dark
    that was; None for line art. twins: (m, 2) regions, from 0, that are the left and the right of a figure."""

    pixels: Colours
    ink: Ink
    found: RegionMap
    page: Page
    tone: NDArray[np.float32] | None = None
    twins: NDArray[np.int64] = field(default_factory=NO_TWINS.copy)


@dataclass(frozen=True, eq=False)
class Coloured:
    """One colouring. flats: (H, W, 4) uint8. hints: what it was made from; chosen: by the operation itself."""

    flats: Colours
    layers: LightLayers
    areas: Areas
    hints: Hints
    chosen: bool

    @property
    def paint(self) -> Colours:
        """The layers' blend, without lines, (H, W, 4) uint8."""
        return np.asarray(composite(self.flats, self.layers), np.uint8)


def read_drawing(drawing: Raster, masks: Sequence[Mask], wishes: Wishes, work: Work) -> Drawing:
    """Ink, regions and parts. BadInput where there are no lines."""
    from ..craft.ink import read_ink
    from ..craft.regions import regions_of_ink

    drawing = sheet_of(drawing, work, walled=True)
    pixels: Colours = drawing.to_8bit()
    pixels, tone = _without_screens(pixels, wishes)
    ink = read_ink(pixels if tone is not None else drawing.pixels, work.check)
    found = regions_of_ink(
        ink, wishes.gap, work.check, lambda done, stage: work.progress(0.2 * done, stage), widen=WIDEN
    )
    parts = _parts(pixels, masks, wishes, work)
    if parts is not None:
        found = part_kinds(part_pockets(found, ink, parts, work.check), parts, work.check)
    twins = find_twins(found, parts, work.check)
    return Drawing(pixels, ink, found, Page(ink.coverage, found.labels, parts), tone, twins)


def _without_screens(pixels: Colours, wishes: Wishes) -> tuple[Colours, NDArray[np.float32] | None]:
    """A manga page's lines, (H, W, 4), and its tone, (H, W); line art as it is, and None."""
    from ..craft.screentone import detone

    if wishes.screened is False or pixels[..., 3].min() < 255:
        return pixels, None
    told = detone(np.asarray(cv2.cvtColor(pixels[..., :3], cv2.COLOR_RGB2GRAY), np.uint8))
    if not (wishes.screened or told.screened):
        return pixels, None
    return np.dstack([told.lines, told.lines, told.lines, pixels[..., 3]]), told.tone


def _parts(pixels: Colours, masks: Sequence[Mask], wishes: Wishes, work: Work) -> NDArray[np.float32] | None:
    if masks:
        return parts_of_masks(masks)
    if not wishes.find_parts:
        return None
    from ..nets.parts import segmenter

    work.progress(0.2, "naming parts")
    return segmenter().likelihood(pixels, work.check)


def parts_of_masks(masks: Sequence[Mask]) -> NDArray[np.float32]:
    """(h, w, 16) likelihoods from masks that are named as `segment-parts` names them: Hair, Eye, Eye-2 ..."""
    width, height = masks[0].size
    scale = min(1.0, 640 / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    out = np.zeros((size[1], size[0], len(PARTS)), np.float32)
    for mask in masks:
        part = PARTS.index(mask.name.rsplit(".", 1)[0].split("-")[0].capitalize())
        np.maximum(
            out[..., part], cv2.resize(mask.pixels, size, interpolation=cv2.INTER_AREA) / 255, out=out[..., part]
        )
    total = out.sum(2)
    out[..., 0] = np.maximum(0, 1 - total)
    return np.asarray(out / np.maximum(total, 1)[..., None], np.float32)


def palette_of_picture(picture: Raster, count: int, work: Work) -> Offered:
    """A reference picture as a palette that knows how much of the picture, and which parts, each colour is on."""
    from ..craft.design import read_design
    from ..nets.parts import segmenter

    pixels = picture.to_8bit()
    areas = read_design(pixels, work.check)
    size = np.bincount(areas.labels.ravel(), minlength=areas.count + 1).astype(np.float64)
    size[0] = 0
    size[areas.holes | _strokes(areas)] = 0
    colours, own = cluster(areas.colours[1:], size[1:], count)
    likelihood = segmenter().likelihood(pixels, work.check)
    likely = np.dstack(
        [
            cv2.resize(likelihood[..., i : i + 4], areas.labels.shape[::-1], interpolation=cv2.INTER_LINEAR)
            for i in range(0, len(PARTS), 4)
        ]
    )
    whose = np.append(-1, own)[areas.labels]
    seen = whose >= 0
    on = np.zeros((len(colours), len(PARTS)), np.float32)
    np.add.at(on, whose[seen], likely[seen])
    covered = np.bincount(own, weights=size[1:], minlength=len(colours))
    share = (covered / max(1.0, covered.sum())).astype(np.float32)
    return Offered.palette(colours, share, on / np.maximum(on.sum(1, keepdims=True), 1e-6))


def _strokes(areas: ColourAreas) -> NDArray[np.bool_]:
    """(n + 1,) which areas are pieces of line and no paint: in the lines' colour, and thin."""
    depth = cv2.distanceTransform(areas.inked[areas.labels].astype(np.uint8), cv2.DIST_L2, 3)
    deepest = np.zeros(areas.count + 1, np.float32)
    np.maximum.at(deepest, areas.labels.ravel(), depth.ravel())
    return np.asarray(areas.inked & (deepest < _STROKE * max(areas.labels.shape)), np.bool_)


def colour(
    drawing: Drawing, net: Colourist, hints: Hints, palette: Offered | None, wishes: Wishes, work: Work
) -> Coloured:
    """Hints and palette as they are, or where there are no hints, those that a first colouring gives."""
    work.progress(0.35, "splashing colour")
    chosen = not len(hints)
    if chosen:
        hints = automatic_hints(drawing, net, palette, wishes, work)
    offered = np.concatenate([hints.colour, _colours(palette)]).astype(np.uint8)
    pointing = net.point(drawing.page, hints, palette, work.check)
    areas = divide(drawing.found, pointing.share, pointing.colour, offered, hints, work.check, drawing.twins)
    areas = _few_colours(areas, wishes)
    work.progress(0.6, "finishing")
    areas, flats, layers = _finish(drawing, net, pointing, areas, hints, wishes, work)
    return Coloured(flats, layers, areas, hints, chosen)


def automatic_hints(drawing: Drawing, net: Colourist, palette: Offered | None, wishes: Wishes, work: Work) -> Hints:
    """The chain of comic colouring: first colouring -> regions -> a palette by clustering -> a place for each of it."""
    first = net.point(drawing.page, NO_HINTS, palette, work.check)
    work.check()
    areas = divide(drawing.found, first.share, first.colour, _colours(palette), NO_HINTS, work.check, drawing.twins)
    areas = _few_colours(areas, wishes)
    size = areas.area
    size[areas.bare | (size < _LEAST * drawing.found.labels.size)] = 0
    size[np.isin(areas.region - 1, drawing.twins[:, 1])] = 0  # they hear what their twins are told
    radius = max(2.0, 0.006 * min(drawing.found.labels.shape))
    found = choose_hints(areas.colour, size, _middles(areas, drawing.found), wishes.colours, radius)
    return replace(found, region=areas.region[found.region - 1])


def _finish(
    drawing: Drawing,
    net: Colourist,
    pointing: Pointing,
    areas: Areas,
    hints: Hints,
    wishes: Wishes,
    work: Work,
) -> tuple[Areas, Colours, LightLayers]:
    from ..craft.region_votes import votes

    flats = painted(areas, work.check)
    shade, change = net.finish(drawing.page, pointing, flats, areas.labels, hints, work.check)
    work.check()
    free = ~areas.offered & ~areas.bare
    if free.any():
        moved = areas.colour + 255 * votes(areas.labels, change, len(areas))[1:]
        colours = np.where(free[:, None], np.rint(moved.clip(0, 255)), areas.colour).astype(np.uint8)
        areas = replace(areas, colour=colours)
        flats = painted(areas, work.check)
    shade = shade.without(areas.paper)
    if drawing.tone is not None:
        shade = shade.toned(drawing.tone)
    work.progress(0.75, "shading")
    return areas, flats, layered(flats, areas.labels, shade, wishes.shade, wishes.flatness, work.check)


def _few_colours(areas: Areas, wishes: Wishes) -> Areas:
    """The network's own colours brought down to few, and made a little stronger; those on offer stay what they are."""
    free = ~areas.offered & ~areas.bare
    if not free.any():
        return areas
    size = np.where(free, areas.area, 0)
    palette, own = cluster(areas.colour, size, wishes.colours)
    colours = np.where(free[:, None], saturated(palette[own], wishes.saturation), areas.colour)
    return replace(areas, colour=colours.astype(np.uint8))


def _middles(areas: Areas, found: RegionMap) -> NDArray[np.int32]:
    """(m, 2) x, y inside each area: the regions' own, of a piece the middle one of its pixels in reading order."""
    middles = np.zeros((len(areas), 2), np.int32)
    middles[: len(found)] = found.inner
    cut = np.unique(areas.region[len(found) :])
    for area in np.concatenate([cut - 1, np.arange(len(found), len(areas))]).astype(int):
        ys, xs = np.nonzero(areas.labels == area + 1)
        if len(ys):
            middles[area] = xs[len(xs) // 2], ys[len(ys) // 2]
    return middles


def saturated(colours: Colours, factor: float) -> Colours:
    """(n, 3) uint8 with their saturation (HSV) times `factor`."""
    if not len(colours):
        return colours
    hsv = cv2.cvtColor(colours.astype(np.float32)[None] / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 1] = np.clip(hsv[..., 1] * factor, 0, 1)
    return np.asarray(np.rint(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0] * 255), np.uint8)


def measured_leak(done: Coloured, drawing: Drawing, work: Work) -> float:
    """The share of region-boundary pixels with a colour of the other side, measured on at most a megapixel."""
    step = max(1, int(np.ceil(np.sqrt(drawing.found.labels.size / _MEASURED))))
    every = (slice(None, None, step), slice(None, None, step))
    layers = LightLayers(done.layers.shadow[every], done.layers.light[every], done.layers.blend)
    paint = composite(done.flats[every], layers)
    work.check()
    labels = np.ascontiguousarray(done.areas.labels[every])
    return leak(np.where(paint[..., 3:] > 0, paint[..., :3], 255).astype(np.uint8), labels)


def _colours(palette: Offered | None) -> Colours:
    if palette is None:
        return np.zeros((0, 3), np.uint8)
    return np.asarray(np.rint(palette.colour * 255), np.uint8)
