"""A sketch in the colours of its designs: from pictures to flats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiage.craft.design import read_design, to_working_size
from shiage.craft.design.areas import grow
from shiage.craft.grain import calmed, unrest_of
from shiage.craft.matching.assignment import Assignment, assign
from shiage.craft.matching.context import openness
from shiage.craft.matching.matcher import Matcher, Sheet
from shiage.craft.matching.shapes import measure
from shiage.craft.matching.swatches import PAPER
from shiage.craft.parts import PARTS, PartReader
from shiage.craft.region_votes import votes
from shiage.craft.regions import RegionMap
from shiage.craft.strips import Check, Progress, never_stop, no_progress
from shiage.errors import BadInput

COLOURLESS = 10  # largest difference of a grey pixel's channels, of 255: the tint of JPEG stays below
MOST = 1000  # regions that are matched
MEASURED_SIDE = 1536  # pixels: the longest side at which a sketch's regions are measured
UNSURE = 0.6  # confidence below which a region's colour is put before the artist

Labels = NDArray[np.int32]


@dataclass(frozen=True)
class Colouring:
    """A sketch's regions with their colours. Arrays over regions have n + 1 rows for ids 1..n; row 0 is "no region".

    swatch: int64, each region's row of `colours`; 0 = nothing painted (background, holes).
    colours: uint8 (swatches, 3), row 0 white; only colours that are used.
    design, area: int64, the design and its colour area that the region was matched with.
    confidence: float64 0..1. unsure: bool.
    agreements: for each design, 0..1, how closely its drawing lies on the sketch (1 = the same drawing).
    """

    swatch: NDArray[np.int64]
    colours: NDArray[np.uint8]
    design: NDArray[np.int64]
    area: NDArray[np.int64]
    confidence: NDArray[np.float64]
    unsure: NDArray[np.bool_]
    agreements: tuple[float, ...]

    def region_colours(self) -> NDArray[np.uint8]:
        """RGBA of each region, uint8 (n + 1, 4), transparent where nothing is painted."""
        painted = (self.swatch != PAPER).astype(np.uint8)[:, None] * np.uint8(255)
        return np.where(painted > 0, np.concatenate([self.colours[self.swatch], painted], axis=1), 0).astype(np.uint8)


def colour_regions(
    found: RegionMap,
    parts: NDArray[np.float64],
    sheets: Sequence[Sheet],
    matcher: Matcher,
    check: Check = never_stop,
    progress: Progress = no_progress,
) -> Colouring:
    """Give each region of a sketch its colour from designs of the same character.

    found: the sketch's regions. parts: what `region_parts` says of them. sheets: at least one design, read by
    `read_sheet`; their order does not matter. Raises BadInput for a sketch without a figure.
    """
    figure, numbers, kept, step = _figure(found)
    if not figure.any():
        raise BadInput(
            "The sketch has no closed figure to colour: everything in it is background.",
            hint="Close the outline, or raise the size of the gaps that are closed.",
        )
    check()
    sketch = measure(figure, parts[np.append(0, kept)])
    affinities = []
    for number, sheet in enumerate(sheets):
        progress(number / len(sheets), "matching")
        check()
        affinities.append(matcher(sketch, sheet, check))
    progress(1.0, "assigning colours")
    openings = np.column_stack([numbers[found.openings[:, :2]], found.openings[:, 2] // step]).astype(np.int64)
    openings = openings[(openings[:, :2] > 0).all(axis=1)]
    chosen = assign(sketch, openness(openings, sketch), sheets, affinities, matcher.company, check)
    return _for_all_regions(numbers, chosen, tuple(a.weight for a in affinities))


def read_sheet(design: NDArray[np.uint8], parts_of: PartReader, check: Check = never_stop) -> Sheet:
    """Read one design, uint8 (H, W, 4) of any size, opaque or transparent; `parts_of` tells its parts apart.

    A design that was coded is read without what coding left about its lines. Raises BadInput where it has no figure or
    no colour.
    """
    picture = _as_painted(to_working_size(design))
    check()
    areas = read_design(picture, check)
    check()
    if areas.count == 0:
        raise BadInput(
            "The design is empty: no figure stands out from its background.",
            hint="Give a coloured drawing of the character.",
        )
    if _colourless(picture, areas.labels):
        raise BadInput(
            "The design has no colour: it is line art or greyscale.", hint="Give a coloured drawing of the character."
        )
    parts = region_parts(areas.labels, parts_of(picture), areas.count)
    check()
    return Sheet(areas, measure(areas.labels, parts), picture)


def _as_painted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 4) uint8, calmed where coding or grain disturbs it."""
    levels = picture.astype(np.float32)
    unrest = unrest_of(levels)
    return picture if unrest is None else np.rint(calmed(levels, unrest)).clip(0, 255).astype(np.uint8)


def region_parts(labels: Labels, likelihood: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    """How likely each region is to be each part: (count + 1, len(PARTS)), rows sum to 1; the background is none of
    them.

    labels: int32 (H, W), 0..count. likelihood: what a `PartReader` says of the same picture.
    """
    parts = votes(np.ascontiguousarray(labels), likelihood, count).astype(np.float64)
    parts[0] = np.arange(len(PARTS)) == 0
    return np.asarray(parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-9), np.float64)


def _figure(found: RegionMap) -> tuple[Labels, Labels, NDArray[np.int64], int]:
    """The regions to be matched as a label map, 1..n in their order, 0 background; each region's number there; their
    ids; step.

    A large drawing is thinned out: every step-th pixel of every step-th row, and each region's inner pixel. Of very
    many regions the MOST largest are matched; each of the others counts as part of the nearest of those.
    """
    step = -(-max(found.labels.shape) // MEASURED_SIDE)
    figure = np.flatnonzero(~found.background) + 1
    kept = np.sort(figure[np.argsort(-found.area[figure - 1], kind="stable")[:MOST]])
    numbers = np.zeros(len(found) + 1, np.int32)
    numbers[kept] = np.arange(1, len(kept) + 1)
    seen = found.labels[::step, ::step]
    thinned = numbers[seen]
    x, y = (found.inner[kept - 1] // step).T
    lost = np.bincount(thinned.ravel(), minlength=len(kept) + 1)[1:] == 0
    thinned[y[lost], x[lost]] = numbers[kept[lost]]
    if len(kept) < len(figure):
        thinned = grow(thinned, np.append(False, ~found.background)[seen])
        rest = np.setdiff1d(figure, kept)
        x, y = (found.inner[rest - 1] // step).T
        numbers[rest] = thinned[y, x]
    return thinned, numbers, kept, step


def _colourless(picture: NDArray[np.uint8], labels: Labels) -> bool:
    """Whether hardly a pixel of the figure has any chroma."""
    pixels = picture[..., :3][labels > 0].astype(np.int16)
    return bool(((pixels.max(axis=1) - pixels.min(axis=1)) > COLOURLESS).mean() < 0.01)


def _for_all_regions(numbers: Labels, chosen: Assignment, agreements: tuple[float, ...]) -> Colouring:
    figure = numbers > 0
    swatch = np.where(figure, chosen.tint[numbers], PAPER)
    used = np.unique(np.append(swatch, PAPER))
    confidence = np.where(figure, chosen.confidence[numbers], 1.0)
    return Colouring(
        swatch=np.searchsorted(used, swatch),
        colours=chosen.colours[used],
        design=np.where(figure, chosen.design[numbers], -1),
        area=np.where(figure, chosen.area[numbers], 0),
        confidence=confidence,
        unsure=figure & (confidence < UNSURE),
        agreements=agreements,
    )
