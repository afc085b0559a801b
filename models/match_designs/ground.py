"""What the matcher learns from: sketches' regions, designs' areas, and which of these have the right colour.

python -m match_designs.ground OUT [--turnarounds FOLDER] [--puppets N]

Drawn figures give sketches and designs from four sides. Of coloured turnarounds one view plays the sketch, cut along
its own lines, and another, or the same one bent a little, the design.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

import grounds
from puppet.figure.character import Character
from puppet.frame import render
from puppet.ink import LineStyle
from puppet.paint import PaintStyle
from puppet.recipes import a_pose
from puppet.scene import fitted
from shiage.craft.design import read_design
from shiage.craft.design.areas import grow, line_mask
from shiage.craft.design.borders import borders
from shiage.craft.design.colour import difference, to_lab
from shiage.craft.matching import Sheet, context, read_sheet, region_parts
from shiage.craft.matching.resemblance import measure_resemblance
from shiage.craft.matching.shapes import Shapes, measure
from shiage.craft.matching.swatches import sort_into_swatches
from shiage.craft.regions import find_regions
from shiage.nets.parts import segmenter

VIEWS = "123"
RIGHT = 10.0  # CIEDE2000 from the true colour
LINED = 0.75  # share of a region's outline that must be drawn, for a sketch has no borders of shade
HELD_OUT = ("0026",)  # the same character as one that the results are scored on
SIZE = 640  # pixels of a puppet's page
OTHER_POSE = 0.4  # of the puppets' sketches

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Example:
    """One (sketch, design) pair; row r of `measured`, `right` and `weight` is region r + 1, row r of the rest region
    r.
    """

    character: str
    other_view: bool
    gates: Floats  # (3,)
    measured: Floats  # (regions, areas, 2 x features)
    right: NDArray[np.bool_]  # (regions, areas)
    weight: Floats  # (regions,), 0 where the truth is not to be trusted
    size: NDArray[np.float64]
    touching: NDArray[np.float64]
    twin: NDArray[np.float64]
    swatch: NDArray[np.int64]  # (areas,)
    company: NDArray[np.float64]
    usual: NDArray[np.float64]
    spread: NDArray[np.float64]

    def save(self, path: Path) -> None:
        """Into a .npz file; measurements in half precision."""
        held = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        grounds.save(path, held | {"measured": self.measured.astype(np.float16)})

    @classmethod
    def load(cls, path: Path) -> Example:
        """From `save`'s file."""
        with np.load(path, allow_pickle=False) as held:
            arrays: dict[str, Any] = {name: held[name] for name in held.files}
        arrays |= {"character": str(arrays["character"]), "other_view": bool(arrays["other_view"])}
        return cls(**(arrays | {"measured": arrays["measured"].astype(np.float32)}))


@dataclass
class DrawnSketch:
    """A coloured view as if it were line art, with the truth about its regions (rows 1..n)."""

    shapes: Shapes
    colours: NDArray[np.uint8]
    holes: NDArray[np.bool_]
    trusted: NDArray[np.bool_]


def as_sketch(picture: NDArray[np.uint8]) -> DrawnSketch:
    """Cut a coloured drawing's areas along its lines, as a sketch's regions would be."""
    areas = read_design(picture)
    smooth = np.asarray(cv2.bilateralFilter(np.ascontiguousarray(picture[..., :3]), 5, 14, 2), np.uint8)
    lines = line_mask(to_lab(smooth)[..., 0])
    edge = np.zeros(lines.shape, bool)
    edge[:-1] |= areas.labels[:-1] != areas.labels[1:]
    edge[:, :-1] |= areas.labels[:, :-1] != areas.labels[:, 1:]
    free = (~lines & ~edge & (areas.labels > 0)).astype(np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    kept = stats[:, cv2.CC_STAT_AREA] >= 16
    kept[0] = False
    parts = (np.cumsum(kept) * kept)[parts].astype(np.int32)
    count = int(parts.max())
    area = np.zeros(count + 1, np.int64)
    area[parts.ravel()] = areas.labels.ravel()
    area[0] = 0
    labels = grow(parts, areas.labels > 0)
    likelihood = segmenter().likelihood(as_line_art(lines, areas.labels > 0))
    shapes = measure(labels, region_parts(labels, likelihood, count))
    near_line = cv2.dilate(lines.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    outline, lined = np.zeros(count + 1), np.zeros(count + 1)
    for a, b, length, marked in borders(shapes.labels, near_line):
        for region, beside in ((a, b), (b, a)):
            outline[region] += length
            lined[region] += length if beside == 0 else marked
    thick_line = areas.inked[area] & (shapes.size < 1e-3)
    trusted = (lined > LINED * outline) & ~thick_line & (shapes.size > 6e-5)
    return DrawnSketch(shapes, areas.colours[area], areas.holes[area], trusted)


def as_line_art(lines: NDArray[np.bool_], figure: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The drawing without its paint: dark lines on white paper, RGBA."""
    body = figure.astype(np.uint8)
    near = cv2.dilate(body, np.ones((3, 3), np.uint8))
    line = (lines & (near > 0)) | (near > body)
    grey = np.where(line, 40, 255).astype(np.uint8)
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])


def bend(picture: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """The same view as another hand would draw it again: scaled a little, every part shifted a little."""
    height, width = picture.shape[:2]
    scale, strength = 1 + random.uniform(-0.05, 0.05, 2), random.uniform(0, 0.012) * height
    y, x = np.mgrid[:height, :width].astype(np.float32)
    shift = [
        cv2.resize(
            random.normal(0, strength, (5, 5)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        for _ in range(2)
    ]
    from_x = ((x - width / 2) * scale[0] + width / 2 + shift[0]).astype(np.float32)
    from_y = ((y - height / 2) * scale[1] + height / 2 + shift[1]).astype(np.float32)
    bent = cv2.remap(picture, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, np.uint8)


def pair(character: str, other_view: bool, drawn: DrawnSketch, design: Sheet) -> Example:
    """Measure one sketch against one design and mark which areas have the right colour."""
    measured, _, gates = measure_resemblance(drawn.shapes, design)
    areas, shapes = design.areas, design.shapes
    far = difference(to_lab(drawn.colours)[:, None], to_lab(areas.colours)[None])
    holes = areas.holes | (np.arange(areas.count + 1) == 0)
    right = (far <= RIGHT) & ~holes & ~drawn.holes[:, None]
    right[np.ix_(drawn.holes, holes)] = True
    sizes = np.where(np.arange(areas.count + 1) > 0, shapes.size, 0.0)
    swatch, colours = sort_into_swatches(areas.colours, sizes, holes)
    company = context.company_of(shapes, swatch, len(colours))
    weight = (0.2 + 0.8 * np.sqrt(np.minimum(1, drawn.shapes.size / 2e-3))) * drawn.trusted
    return Example(
        character=character,
        other_view=other_view,
        gates=gates.astype(np.float32),
        measured=measured[1:].astype(np.float32),
        right=right[1:],
        weight=weight[1:].astype(np.float32),
        size=drawn.shapes.size,
        touching=drawn.shapes.touching,
        twin=context.twins(drawn.shapes),
        swatch=swatch,
        company=company,
        usual=context.usual_company(company, sizes, swatch),
        spread=np.asarray(np.bincount(swatch, weights=sizes, minlength=len(colours)), np.float64),
    )


def turnarounds(folder: Path) -> Iterator[Example]:
    """All pairs of two views of each character in a folder, and each view against itself bent."""
    random = np.random.default_rng(0)
    for character in sorted({path.name[:4] for path in folder.glob("*_CHD_1.*")} - set(HELD_OUT)):
        views = {v: np.asarray(Image.open(next(folder.glob(f"{character}_CHD_{v}.*"))).convert("RGBA")) for v in VIEWS}
        designs = {v: read_sheet(picture, segmenter().likelihood) for v, picture in views.items()}
        for view, picture in views.items():
            drawn = as_sketch(picture)
            yield from (pair(character, True, drawn, designs[v]) for v in VIEWS if v != view)
            yield pair(character, False, as_sketch(bend(picture, random)), designs[view])


def puppets(first: int, count: int) -> Iterator[Example]:
    """All pairs of four views of each drawn figure; the sketches partly in another pose than the designs."""
    for seed in range(first, first + count):
        random = np.random.default_rng(seed)
        figure, side = Character.from_seed(seed), 1 if seed % 2 else -1
        yaws = (0 if seed % 3 else 20 * side, 180, 90 * side, 45 * side if seed % 4 else 140 * side)
        designs = [_painted(figure, yaw, random) for yaw in yaws]
        for view, yaw in enumerate(yaws):
            drawn = _drawn(figure, yaw, random)
            if drawn is not None:
                yield from (pair(f"puppet {seed}", view != other, drawn, d) for other, d in enumerate(designs))


def _painted(figure: Character, yaw: float, random: np.random.Generator) -> Sheet:
    drawing = figure.draw(figure.pose("stand", yaw))
    drawing = drawing.placed(fitted(drawing, SIZE).matrix())
    background = str(random.choice(["white", "plain"]))
    finish = replace(PaintStyle.sample(random, SIZE), background=background, line_alpha=1.0, gradient=0.0, trace=False)
    picture = render(drawing, SIZE, LineStyle.sample(random, SIZE), finish).colour
    return read_sheet(_opaque(picture), segmenter().likelihood)


def _drawn(figure: Character, yaw: float, random: np.random.Generator) -> DrawnSketch | None:
    """A sketch's regions with their true colours; None where nothing of it is closed."""
    pose = replace(a_pose(random, figure), yaw=yaw) if random.random() < OTHER_POSE else figure.pose("stand", yaw)
    drawing = figure.draw(pose)
    drawing = drawing.placed(fitted(drawing, SIZE).matrix())
    line = LineStyle(
        width=float(random.uniform(1.4, 3)), vary=0.1, taper=0.8, ink=(0, 0, 0), seed=int(random.integers(1 << 31))
    )
    frame = render(drawing, SIZE, line, PaintStyle(shade="flat"))
    picture = _opaque(np.dstack([frame.line_grey] * 3))
    found = find_regions(picture)
    kept = np.append(0, np.flatnonzero(~found.background) + 1)
    if len(kept) == 1:
        return None
    number = np.zeros(len(found) + 1, np.int32)
    number[kept] = np.arange(len(kept))
    labels = number[found.labels]
    shapes = measure(labels, region_parts(labels, segmenter().likelihood(picture), len(kept) - 1))
    seen = np.where(frame.is_line, 0, labels)  # a region that is all line keeps no vote and is not trusted
    votes = np.zeros((len(kept), len(frame.palette)))
    np.add.at(votes, (seen.ravel(), frame.colour_index.ravel()), 1)
    best = votes.argmax(axis=1)
    trusted = (votes.max(axis=1) >= 8) & (votes.max(axis=1) > 0.8 * votes.sum(axis=1)) & (shapes.size > 6e-5)
    return DrawnSketch(shapes, frame.palette[best], best == 0, trusted)


def _opaque(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def main() -> None:
    """Write an example a file; what is there already is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--turnarounds", type=Path, help="coloured views, <character>_CHD_<1|2|3>.<suffix>")
    parser.add_argument("--puppets", type=int, default=0, help="how many figures to draw")
    parser.add_argument("--first", type=int, default=920000, help="the first figure's seed")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    made = itertools.chain(
        turnarounds(chosen.turnarounds) if chosen.turnarounds else (), puppets(chosen.first, chosen.puppets)
    )
    count: dict[str, int] = {}
    for example in made:
        name = example.character.replace(" ", "-")
        count[name] = count.get(name, 0) + 1
        example.save(chosen.out / f"{name}-{count[name]:02d}.npz")


if __name__ == "__main__":
    main()
