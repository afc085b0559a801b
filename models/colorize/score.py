"""Score `colorize` on the held-out tenth of the coloured characters: PSNR, dB, beside two simpler ways.

python -m colorize.score [--weights FILE] [--single FILE] [--bench FOLDER] [--hints 12] [--sheet FILE.png]

Lines are extracted from each picture, the hints chosen from it (a palette by clustering, a place for each), and three
ways colour the same regions under the same lines: `colorize`; flats painted with the nearest hint; and, with --single,
the yardstick network of the same size, as it paints and with its colours evened out within each region.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file

from colorize.ground import coloured, held_out, read
from colorize.train import SingleStage
from shiage.craft.compose import lines_over
from shiage.craft.flat_colours import paint
from shiage.craft.hints import Hints, choose_hints, region_colours
from shiage.craft.illustrate import leak
from shiage.craft.likeness import psnr, ssim
from shiage.craft.line_art import line_art
from shiage.nets.colorize import Colourist, Page, Sized, colourist, hint_planes
from shiage.operations._illustrate import Drawing, Wishes, colour, read_drawing
from shiage.spec import Work
from shiage.values import Raster

Picture = NDArray[np.uint8]
WISHES = Wishes(gap=None, colours=12, saturation=1.2, flatness=0.8, shade=1.0, find_parts=True)
SIDE = 256  # that the yardstick sees


def prepared(picture: Picture, count: int) -> tuple[Drawing, Hints]:
    """The line art of a picture, read, and `count` hints chosen from the picture."""
    grey, _ = line_art(picture)
    raster = Raster(np.dstack([grey, grey, grey, np.full_like(grey, 255)]))
    drawing = read_drawing(raster, (), WISHES, Work())
    found = drawing.found
    free = drawing.ink.coverage < 60
    colours = region_colours(picture, found.labels, len(found), free)
    inside = np.bincount(found.labels[free], minlength=len(found) + 1)[1:]
    return drawing, choose_hints(colours, inside, found.inner, count, 4.0)


def two_stages(drawing: Drawing, hints: Hints, net: Colourist) -> Picture:
    """What `colorize` paints, (H, W, 4) uint8, without lines."""
    return colour(drawing, net, hints, None, WISHES, Work()).paint


def nearest(drawing: Drawing, hints: Hints) -> Picture:
    """Flats in which each region has the colour of the hint in it, else of the one nearest to its middle."""
    found = drawing.found
    table = np.zeros((len(found) + 1, 4), np.uint8)
    inside = dict(zip(hints.region.tolist(), range(len(hints)), strict=True))
    for region in range(1, len(found) + 1):
        if region not in inside and found.background[region - 1]:
            continue
        away = ((hints.place - found.inner[region - 1]) ** 2).sum(1)
        table[region] = (*hints.colour[inside.get(region, int(away.argmin()))], 255)
    return paint(found.labels, table)


def single_stage(drawing: Drawing, hints: Hints, net: SingleStage, even: bool) -> Picture:
    """What the yardstick paints; `even`: each region in its middle colour."""
    page: Page = drawing.page
    sized = Sized.of(page.labels.shape, SIDE)
    planes = np.concatenate([sized.plane(page.coverage)[None], hint_planes(hints, sized)])
    with torch.inference_mode():
        given = (torch.from_numpy(np.ascontiguousarray(p))[None].float() for p in (planes, page.parts_on(sized)))
        drawn = net.single(*given)[0].permute(1, 2, 0).numpy()[: sized.drawn[0], : sized.drawn[1]]
    height, width = page.labels.shape
    whole = np.asarray(
        Image.fromarray((drawn * 255).astype(np.uint8)).resize((width, height), Image.Resampling.BILINEAR)
    )
    if even:
        colours = region_colours(whole, page.labels, len(drawing.found), drawing.ink.coverage < 60)
        whole = colours[page.labels - 1]
    return np.dstack([whole, np.full((height, width), 255, np.uint8)])


def shown(paint_: Picture, drawing: Drawing) -> Picture:
    """Lines on top, on white, (H, W, 3) uint8."""
    done = lines_over(paint_, drawing.pixels, drawing.ink).astype(np.float32)
    alpha = done[..., 3:] / 255
    return np.rint(done[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def trials(bench: Path, count: int) -> Iterator[tuple[str, Picture, Drawing, Hints]]:
    """The held-out pictures with their line art and hints."""
    everyone = coloured(bench)
    for character in held_out(bench):
        for path in everyone[character]:
            picture = read(path)
            yield path.stem, picture, *prepared(picture, count)


def main() -> None:
    """Print a row a picture and the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--single", type=Path)
    parser.add_argument("--hints", type=int, default=12)
    shared = Path(os.environ.get("SHIAGE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    parser.add_argument("--bench", type=Path, default=shared / "bench")
    parser.add_argument("--sheet", type=Path, help="draw the pictures side by side")
    options = parser.parse_args()
    net = Colourist.load(options.weights) if options.weights else colourist()
    single = SingleStage().eval()
    if options.single:
        single.load_state_dict(
            {n: t.float() if t.is_floating_point() else t for n, t in load_file(options.single).items()}
        )
    rows, strips = [], []
    for name, picture, drawing, hints in trials(options.bench, options.hints):
        ways = {"colorize": two_stages(drawing, hints, net), "nearest hint": nearest(drawing, hints)}
        if options.single:
            ways |= {f"single stage{', even' * e}": single_stage(drawing, hints, single, e) for e in (False, True)}
        done = {way: shown(paint_, drawing) for way, paint_ in ways.items()}
        row: dict[str, float] = {way: psnr(picture, p) for way, p in done.items()}
        row["ssim"] = ssim(picture, done["colorize"])
        flat = np.where(ways["colorize"][..., 3:] > 0, ways["colorize"][..., :3], 255).astype(np.uint8)
        row["leak"] = leak(flat, drawing.found.labels)
        rows.append(row)
        print(name, {key: round(value, 4) for key, value in row.items()}, flush=True)
        strips.append(np.hstack([drawing.pixels[..., :3], picture, *done.values()]))
    print(json.dumps({key: round(float(np.mean([row[key] for row in rows])), 4) for key in rows[0]}))
    if options.sheet:
        Image.fromarray(np.vstack(strips)).save(options.sheet)


if __name__ == "__main__":
    main()
