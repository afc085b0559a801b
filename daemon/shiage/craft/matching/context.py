"""What a region's neighbours and its mirror twin say about its colour, once they have a guess of their own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shiage.craft.matching.shapes import Shapes

NAMES = (
    "company",
    "company_by_side",
    "usual",
    "own_kind",
    "own_kind_small",
    "own_kind_off",
    "twin",
    "overused",
    "unused",
)

ACROSS_A_GAP = 3.0  # log odds that two regions joined by a wide gap have one colour

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def company_of(design: Shapes, swatch: Ints, swatches: int) -> Floats:
    """The share of each area's outline on each swatch, by side: (areas + 1, swatches, 3)."""
    sides = np.zeros((design.count + 1, swatches, 3))
    for area in range(design.count + 1):
        sides[:, swatch[area]] += design.touching[:, area]
    return sides


def usual_company(company: Floats, sizes: Floats, swatch: Ints) -> Floats:
    """How usual it is in the designs that swatch i borders on swatch j: (swatches, swatches), rows sum to 1."""
    swatches = company.shape[1]
    length = np.sqrt(sizes)[:, None] * company.sum(axis=2)
    total = np.zeros((swatches, swatches))
    np.add.at(total, swatch, length)
    return np.asarray(total / np.maximum(total.sum(axis=1, keepdims=True), 1e-9), np.float64)


def twins(sketch: Shapes) -> Floats:
    """How surely region i is the mirror twin of region j about the figure's axis: (regions + 1, regions + 1)."""
    x = (sketch.points[..., 0] - sketch.frame.axis) / sketch.frame.height
    across = np.nan_to_num(x.mean(axis=1))
    far = (
        ((across[:, None] + across[None]) / 0.05) ** 2
        + ((sketch.middle[:, None] - sketch.middle[None]) / 0.02) ** 2
        + (np.log(sketch.size[:, None] / sketch.size[None]) / 0.5) ** 2
        + ((sketch.upright[:, None] - sketch.upright[None]) / 0.5) ** 2
    )
    alike = np.exp(-far / 2)
    apart = np.abs(across) > 0.02
    alike *= apart[:, None] & apart[None] & ((across[:, None] < 0) != (across[None] < 0))
    alike[0], alike[:, 0] = 0, 0
    return np.asarray(alike, np.float64)


def measure_context(
    touching: Floats,
    size: Floats,
    twin: Floats,
    guess: Floats,
    company: Floats,
    usual: Floats,
    swatch: Ints,
    spread: Floats,
) -> Floats:
    """Features (regions + 1, areas, len(NAMES)) of each region with each area, given the others' guesses.

    touching, size, twin: of the sketch, see `Shapes` and `twins`. guess: (regions + 1, swatches), each region's
    shares over the swatches; row 0 is the background's. company, usual: of the designs, see above; swatch: (areas,);
    spread: (swatches,) share of the designs' figure.
    """
    around = np.einsum("rqs,qc->rcs", touching, guess)
    flat, beside = around.sum(axis=2), company.sum(axis=2)
    own = flat[:, swatch]
    own_there = beside[np.arange(len(swatch)), swatch]
    used = size[1:] @ guess[1:]
    crowd = np.log((used + 0.01) / (spread + 0.01))[swatch]
    columns = [
        np.minimum(flat[:, None], beside[None]).sum(axis=2),
        np.minimum(around[:, None], company[None]).sum(axis=(2, 3)),
        (flat @ np.log(usual + 0.01).T)[:, swatch] / 4,
        own,
        own * -np.log(size)[:, None] / 4,
        np.abs(own - own_there[None]),
        (twin @ guess)[:, swatch],
        np.broadcast_to(np.maximum(crowd, 0), own.shape),
        np.broadcast_to(np.minimum(crowd, 0), own.shape),
    ]
    return np.stack(columns, axis=-1)


def openness(openings: Ints, sketch: Shapes) -> Floats:
    """How widely region i opens into region j through gaps in the lines: 0..1, (regions + 1, regions + 1).

    openings: (k, 3) region, region, the gap's length in pixels. 1 where the gaps together are as wide as a third of
    the smaller region is across: more a fold that was not drawn to its end than a border.
    """
    gaps = np.zeros((sketch.count + 1, sketch.count + 1))
    np.add.at(gaps, (openings[:, 0], openings[:, 1]), openings[:, 2])
    pixels = np.maximum(np.bincount(sketch.labels.ravel(), minlength=sketch.count + 1), 1)
    across = np.sqrt(np.minimum(pixels[:, None], pixels[None]))
    return np.asarray(np.minimum((gaps + gaps.T) / (across / 3), 1), np.float64)


def context_of_gaps(open_to: Floats, guess: Floats, swatch: Ints) -> Floats:
    """What regions behind gaps add to each region's scores: (regions + 1, areas)."""
    return np.asarray(ACROSS_A_GAP * (open_to @ guess)[:, swatch], np.float64)
