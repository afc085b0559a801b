"""Draw the contact sheet of `colorize` from puppets that no training has seen.

python -m colorize.sheet OUT.jpg [--weights FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import puppet
from shiage.craft.colourways import colourway
from shiage.craft.hints import NO_HINTS, choose_hints, region_colours
from shiage.nets.colorize import Colourist, Offered, colourist
from shiage.operations._illustrate import Wishes, colour, read_drawing
from shiage.operations._sheets import dabs, over
from shiage.spec import Work
from shiage.values import Raster

WISHES = Wishes(gap=None, colours=12, saturation=1.2, flatness=0.8, shade=1.0, find_parts=True)
SEEDS = (900_011, 900_023, 900_058, 900_067)  # the ground draws far below
SIDE, SHOWN = 900, 300

Picture = NDArray[np.uint8]


def strip(seed: int, net: Colourist) -> Picture:
    """One puppet: lines with hints, flats, shadow and light, the finished picture; and what it chose by itself."""
    frame = puppet.sample(seed, SIDE, toons=0.15, finish=puppet.PaintStyle()).frame
    lines = np.dstack([frame.on_paper(), np.full((SIDE, SIDE), 255, np.uint8)])
    drawing = read_drawing(Raster(lines), (), WISHES, Work())
    found = drawing.found
    colours = region_colours(frame.flat, found.labels, len(found), frame.cover < 60)
    area = np.where(found.background, 0, found.area)
    hints = choose_hints(colours, area, found.inner, 10, 9.0)
    done = colour(drawing, net, hints, None, WISHES, Work())
    free = colour(drawing, net, NO_HINTS, Offered.palette(*colourway(seed % 5)), WISHES, Work())
    shade = done.layers.shadow.copy()
    shade[..., :3] = np.where(done.layers.light[..., :3] > 0, 255 - done.layers.light[..., :3] // 2, shade[..., :3])
    panels = [
        over(dabs(hints, lines.shape[:2]), lines),
        done.flats,
        shade,
        over(_ink(drawing.pixels), done.paint),
        over(_ink(drawing.pixels), free.paint),
    ]
    return np.hstack([_small(np.asarray(panel, np.uint8)) for panel in panels])


def _ink(pixels: Picture) -> Picture:
    out = np.zeros_like(pixels)
    out[..., 3] = 255 - pixels[..., :3].min(2)
    return out


def _small(panel: Picture) -> Picture:
    alpha = panel[..., 3:] / 255
    white = np.rint(panel[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return np.asarray(cv2.resize(white, (SHOWN, SHOWN), interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", type=Path)
    options = parser.parse_args()
    net = Colourist.load(options.weights) if options.weights else colourist()
    sheet = np.vstack([strip(seed, net) for seed in SEEDS])
    cv2.imwrite(str(options.out), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 86])


if __name__ == "__main__":
    main()
