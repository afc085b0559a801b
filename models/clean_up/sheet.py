"""The contact sheet of the docs: puppets' sketches, scanned or photographed, beside their lines and strokes.

``python -m clean_up.sheet docs/pictures/lines.jpg``
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import cv2
import numpy as np
import numpy.typing as npt

import puppet
from clean_up.score import cut_open, sketch
from photos import on_desk, photographed

CELL = 320
# Seeds, the sizes that they are drawn at, and how they come: scanned, shot, on a desk, or as inked lines with cuts.
SHOWN = (
    (4, 640, "scan"),
    (26, 640, "photo"),
    (30, 900, "scan"),
    (17, 640, "hairy"),
    (61, 760, "scan"),
    (39, 900, "charcoal"),
    (53, 700, "photo"),
    (11, 640, "cuts"),
    (72, 760, "ball-pen"),
    (45, 900, "desk"),
)

# Hands as nothing was trained on: many short strokes, broad soft ones, a blue pen that goes over all a dozen times.
HANDS = {
    "hairy": puppet.RoughStyle(passes=6, wander=2.6, overshoot=3, broken=18, width=1.2, dark=0.45, centred=True),
    "charcoal": puppet.RoughStyle(passes=3, wander=4, overshoot=9, width=9, dark=0.45, grain=1.0, centred=True),
    "ball-pen": puppet.RoughStyle(
        passes=12, wander=2, overshoot=12, width=1, dark=0.9, grain=0, ink=(40, 60, 150), guides=0, centred=True
    ),
}

Picture = npt.NDArray[np.uint8]


def given(seed: int, size: int, how: str) -> Picture:
    """One of the drawings that are shown, (h, w, 4)."""
    if how == "cuts":
        return cut_open(seed, size).drawing
    if how in HANDS:
        rng = np.random.default_rng((seed, 61))
        drawing = puppet.a_drawing(rng, int(rng.integers(1 << 31)), size)
        page = puppet.rough(drawing, size, replace(HANDS[how], seed=seed))
        return np.dstack([page[..., :3], np.full((size, size), 255, np.uint8)])
    page = sketch(seed, size).drawing
    if how == "desk":
        photo = on_desk(page[..., :3], seed)[0]
        return np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    return photographed(page, seed) if how == "photo" else page


def row(page: Picture) -> Picture:
    """A page, its clean lines, and its strokes each in a colour with their points; (CELL, 3 CELL, 3)."""
    from shiage.operations import run
    from shiage.values import Raster

    made = run("clean-up", {"sketch": [Raster(page)]}, {})
    line, strokes = made["line"][0], made["strokes"][0]
    assert isinstance(line, Raster)
    layer = np.asarray(line.pixels, np.uint8)
    cells = [page[..., :3], np.dstack([255 - layer[..., 3]] * 3), coloured(strokes, CELL)]
    return np.hstack([cv2.resize(cell, (CELL, CELL), interpolation=cv2.INTER_AREA) for cell in cells]).astype(np.uint8)


def coloured(strokes: object, side: int) -> Picture:
    """Strokes as thin lines, each in its own colour, with a dot at each point."""
    from shiage.values import Strokes

    assert isinstance(strokes, Strokes)
    view = strokes.view
    assert view is not None
    fine = 2 * side
    picture = np.full((fine, fine, 3), 255, np.uint8)
    flat = strokes.points.astype(np.float64) @ strokes.plane[:3, :2]
    places = np.stack([flat[:, 0] - view.left, view.top - flat[:, 1]], 1) * view.scale * fine / view.width
    for k in range(strokes.count):
        rng = np.random.default_rng(k)
        colour = tuple(int(v) for v in rng.integers(0, 190, 3))
        points = np.rint(places[strokes.span(k)] * 16).astype(np.int32)
        cv2.polylines(picture, [points], bool(strokes.cyclic[k]), colour, 2, cv2.LINE_AA, 4)
        for point in points:
            cv2.circle(picture, (int(point[0]), int(point[1])), 3 * 16, colour, -1, cv2.LINE_AA, 4)
    return picture


def main() -> None:
    """Draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    rows = [row(given(*one)) for one in SHOWN]
    half = len(rows) // 2
    sheet = np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])
    cv2.imwrite(str(options.out), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 78])


if __name__ == "__main__":
    main()
