"""The picture of docs/light.md: puppets lit in every style.

``python tools/light_sheet.py docs/pictures/light.jpg``
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import puppet
from shiage.operations import run
from shiage.values import Raster

SIZE = 440
SEEDS = (14, 21, 33)
WISHES: tuple[dict[str, object], ...] = (
    {},
    {"style": "painting", "light_x": -0.6, "light_y": -0.5},
    {"style": "painting", "preset": "sunset"},
    {"style": "flats", "light_x": 0.7, "light_y": -0.4},
    {"style": "cel", "light_x": -0.7, "light_y": -0.5},
    {"style": "cel", "light_x": 0.8, "light_y": -0.2, "tones": 3},
)


def figure(seed: int) -> NDArray[np.uint8]:
    """A painted puppet on white, (SIZE, SIZE * 3 / 4, 4)."""
    rng = np.random.default_rng(seed)
    who = puppet.Character.from_seed(seed)
    drawing = who.draw(who.pose("gesture", float(rng.choice([0, 40, -40])), rng))
    drawing = drawing.placed(puppet.fitted(drawing, (SIZE, SIZE * 3 // 4), 0.04).matrix())
    finish = puppet.PaintStyle(shade="flat", background="white")
    painted = puppet.render(drawing, (SIZE, SIZE * 3 // 4), puppet.LineStyle(width=2.0), finish).colour
    return np.dstack([painted, np.full(painted.shape[:2], 255, np.uint8)])


def lit(pixels: NDArray[np.uint8], wish: dict[str, object]) -> NDArray[np.uint8]:
    """(h, w, 3); as it was for an empty wish."""
    if not wish:
        return pixels[..., :3]
    value = run("relight", {"painting": [Raster(pixels)]}, wish)["lit"][0]
    assert isinstance(value, Raster)
    return np.asarray(value.pixels[..., :3], np.uint8)


def main() -> None:
    """Draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    sheet = np.vstack([np.hstack([lit(figure(seed), wish) for wish in WISHES]) for seed in SEEDS])
    cv2.imwrite(str(given.out), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82])


if __name__ == "__main__":
    main()
