"""Fit the weights of the geometric matcher on turnarounds: one view in colour plays the sketch, another the design."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from shiage.craft.design import ColourAreas, read_design, to_working_size
from shiage.craft.design.areas import grow, line_mask
from shiage.craft.design.borders import borders
from shiage.craft.design.colour import difference, to_lab
from shiage.craft.matching import context, features
from shiage.craft.matching.colouring import region_parts
from shiage.craft.matching.geometric import measure_resemblance
from shiage.craft.matching.matcher import Sheet
from shiage.craft.matching.shapes import Shapes, measure
from shiage.craft.matching.swatches import sort_into_swatches
from shiage.nets.parts import segmenter

VIEWS = "123"
RIGHT = 10.0  # CIEDE2000 from the true colour
LINED = 0.75  # share of a region's outline that must be drawn, for a sketch has no borders of shade
HELD_OUT = ("0026",)  # the same character as one that the results are scored on
TARGET = Path(__file__).resolve().parents[2] / "daemon" / "shiage" / "craft" / "matching" / "weights.py"

Floats = NDArray[np.float32]


@dataclass
class Example:
    """One (sketch, design) pair; row r of the arrays is region r + 1."""

    character: str
    other_view: bool
    sketch: Shapes
    gates: NDArray[np.float64]
    measured: Floats  # (regions, areas, 3 x 2 x features), gated
    right: NDArray[np.bool_]  # (regions, areas)
    weight: Floats  # (regions,), 0 where the truth is not to be trusted
    swatch: NDArray[np.int64]
    member: NDArray[np.float64]  # (areas, swatches)
    company: NDArray[np.float64]
    usual: NDArray[np.float64]
    spread: NDArray[np.float64]


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
    lines = line_mask(to_lab(cv2.bilateralFilter(np.ascontiguousarray(picture[..., :3]), 5, 14, 2))[..., 0])
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
    shapes = measure(labels, parts_of(labels, as_line_art(lines, areas.labels > 0), count))
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


def parts_of(labels: NDArray[np.int32], picture: NDArray[np.uint8], count: int) -> NDArray[np.float64]:
    """What the network says of each region."""
    return region_parts(labels, segmenter().likelihood(picture), count)


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


def pair(character: str, other_view: bool, drawn: DrawnSketch, areas: ColourAreas, shapes: Shapes) -> Example:
    """Measure one sketch against one design and mark which areas have the right colour."""
    measured, _, gates = measure_resemblance(drawn.shapes, Sheet(areas, shapes, np.zeros((0, 0, 4), np.uint8)))
    far = difference(to_lab(drawn.colours)[:, None], to_lab(areas.colours)[None])
    holes = areas.holes | (np.arange(areas.count + 1) == 0)
    right = (far <= RIGHT) & ~holes & ~drawn.holes[:, None]
    right[np.ix_(drawn.holes, holes)] = True
    sizes = np.where(np.arange(areas.count + 1) > 0, shapes.size, 0.0)
    swatch, colours = sort_into_swatches(areas.colours, sizes, holes)
    company = context.company_of(shapes, swatch, len(colours))
    weight = (0.2 + 0.8 * np.sqrt(np.minimum(1, drawn.shapes.size / 2e-3))) * drawn.trusted
    return Example(
        character,
        other_view,
        drawn.shapes,
        gates,
        np.concatenate([measured * gate for gate in gates], axis=-1)[1:].astype(np.float32),
        right[1:],
        weight[1:].astype(np.float32),
        swatch,
        np.eye(len(colours))[swatch],
        company,
        context.usual_company(company, sizes, swatch),
        np.bincount(swatch, weights=sizes, minlength=len(colours)),
    )


def read_examples(folder: Path) -> list[Example]:
    """All pairs of two views of each character, and each view against itself bent."""
    random = np.random.default_rng(0)
    examples = []
    for character in sorted({path.name[:4] for path in folder.glob("*_CHD_1.*")} - set(HELD_OUT)):
        views = {v: np.asarray(Image.open(next(folder.glob(f"{character}_CHD_{v}.*"))).convert("RGBA")) for v in VIEWS}
        designs = {v: read_design(picture) for v, picture in views.items()}
        shapes = {v: measure(areas.labels, parts_of(areas.labels, to_working_size(views[v]), areas.count)) for v, areas in designs.items()}
        for view, picture in views.items():
            drawn = as_sketch(picture)
            examples += [pair(character, True, drawn, designs[v], shapes[v]) for v in VIEWS if v != view]
            examples.append(pair(character, False, as_sketch(bend(picture, random)), designs[view], shapes[view]))
    return examples


def logit(rows: Sequence[tuple[Floats, NDArray[np.bool_], Floats]], ridge: float, rounds: int) -> Floats:
    """Weights that make the right areas likely together: rows of (measured, right, weight)."""
    rows = [(m[keep], r[keep], w[keep]) for m, r, w in rows for keep in [r.any(axis=1) & (w > 0)]]
    widest = max(m.shape[1] for m, _, _ in rows)
    pad = torch.nn.functional.pad
    measured = torch.cat([pad(torch.from_numpy(m), (0, 0, 0, widest - m.shape[1])) for m, _, _ in rows])
    right = torch.cat([pad(torch.from_numpy(r), (0, widest - r.shape[1])) for _, r, _ in rows])
    there = torch.cat([pad(torch.ones(r.shape, dtype=torch.bool), (0, widest - r.shape[1])) for _, r, _ in rows])
    weight = torch.from_numpy(np.concatenate([w for _, _, w in rows]))
    found = torch.zeros(measured.shape[-1], requires_grad=True)
    descent = torch.optim.LBFGS([found], max_iter=rounds, history_size=20, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        descent.zero_grad()
        scores = (measured @ found).masked_fill(~there, -1e9)
        gain = scores.masked_fill(~right, -1e9).logsumexp(1) - scores.logsumexp(1)
        total: torch.Tensor = ridge * (found**2).sum() - (weight * gain).sum()
        total.backward()
        return total

    descent.step(loss)
    return np.asarray(found.detach().numpy(), np.float32)


def guess(example: Example, scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Each region's shares over the swatches, the background's row first."""
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares = np.zeros((len(scores) + 1, example.member.shape[1]))
    shares[0, 0] = 1
    shares[1:] = likely / likely.sum(axis=1, keepdims=True) @ example.member
    return shares


def surroundings(example: Example, own: Floats, scores: NDArray[np.floating]) -> Floats:
    """Own score and gated context of every (region, area): (regions, areas, 1 + 3 x context features)."""
    e = example
    twin = context.twins(e.sketch)
    seen = context.measure_context(e.sketch, twin, guess(e, scores), e.company, e.usual, e.swatch, e.spread)[1:]
    return np.concatenate([own[..., None], *(seen * gate for gate in e.gates)], axis=-1).astype(np.float32)


def settle(example: Example, alone: Floats, together: Floats, rounds: int) -> NDArray[np.floating]:
    """The scores after some rounds of listening to the neighbours."""
    own = example.measured @ alone
    scores: NDArray[np.floating] = own
    for _ in range(rounds):
        scores = surroundings(example, own, scores) @ together
    return scores


def fit(examples: Sequence[Example], ridge: float = 10.0) -> tuple[Floats, Floats]:
    """Weights of the measurements, then of the context: first on unary guesses, then on guesses that have settled."""
    lean = {True: 1.0, False: 2.0}  # half as many pairs of one view as of two
    rows = [(e.measured, e.right, e.weight * np.float32(lean[e.other_view])) for e in examples]
    alone = logit(rows, ridge, 120)
    together = np.zeros(1 + 3 * len(context.NAMES), np.float32)
    together[0] = 1
    part = examples[::2]
    for heard in (0, 2):
        rows = [
            (surroundings(e, e.measured @ alone, settle(e, alone, together, heard)), e.right, e.weight) for e in part
        ]
        together = logit(rows, 1.0, 60)
    return alone, together


def accuracy(examples: Sequence[Example], alone: Floats, together: Floats, rounds: int) -> float:
    """Share of regions whose colour is right, weighted as in the fit."""
    hits, total = 0.0, 0.0
    for example in examples:
        scores = settle(example, alone, together, rounds)
        swatch = guess(example, scores)[1:].argmax(axis=1)
        best = np.where(example.member.T[swatch] > 0, scores, -np.inf).argmax(axis=1)
        hits += float((example.right[np.arange(len(best)), best] * example.weight).sum())
        total += float(example.weight.sum())
    return hits / total


def check(examples: Sequence[Example], folds: int = 3) -> None:
    """Print the accuracy on characters that the weights have not seen."""
    names = sorted({e.character for e in examples})
    for fold in range(folds):
        unseen = set(names[fold::folds])
        weights = fit([e for e in examples if e.character not in unseen])
        for other in (False, True):
            held = [e for e in examples if e.character in unseen and e.other_view == other]
            told = ", ".join(f"{accuracy(held, *weights, rounds):.3f} after {rounds} rounds" for rounds in (0, 6))
            print(f"fold {fold + 1}, {'another' if other else 'the same'} view: {told}")


def write(alone: Floats, together: Floats) -> None:
    """Write the module that the matcher reads."""
    own, family = alone.reshape(3, 2, -1).transpose(1, 2, 0)
    lines = [
        '"""Weights of the geometric matcher, written by models/matcher/fit.py."""',
        "",
        "from __future__ import annotations",
        "",
        "import numpy as np",
        "from numpy.typing import NDArray",
        "",
        "# For each measurement: always, as far as the view is the same, as far as one figure is turned aside.",
    ]
    blocks = (
        ("_ALONE", features.NAMES, own),
        ("_FAMILY", features.NAMES, family),
        ("_COMPANY", context.NAMES, together[1:].reshape(3, -1).T),
    )
    for name, keys, rows in blocks:
        lines.append(f"{name} = {{")
        lines += [f'    "{key}": ({", ".join(f"{v:.3f}" for v in row)}),' for key, row in zip(keys, rows, strict=True)]
        lines.append("}")
    lines += [
        "",
        f"PRIOR = {together[0]:.3f}",
        '"""Of a region\'s own scores, where its neighbours speak too."""',
        "RESEMBLANCE: NDArray[np.float64] = np.array([*_ALONE.values(), *_FAMILY.values()])",
        '"""(2 x features, 3): rows as `features.NAMES`, for the area alone and then for its family."""',
        "COMPANY: NDArray[np.float64] = np.array(list(_COMPANY.values()))",
        '"""(context features, 3): rows as `context.NAMES`."""',
        "",
    ]
    TARGET.write_text("\n".join(lines))


def main() -> None:
    """Read the turnarounds; check on held-out characters or write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="coloured views, <character>_CHD_<1|2|3>.<suffix>")
    parser.add_argument("--check", action="store_true", help="only tell how well unseen characters are matched")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    examples = read_examples(arguments.folder)
    if arguments.check:
        check(examples)
    else:
        write(*fit(examples))


if __name__ == "__main__":
    main()
