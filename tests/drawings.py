"""Small drawings made for the tests."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def figure(size: int = 240, gap: int = 0) -> NDArray[np.uint8]:
    """Line art on white, (size, size, 4) uint8: a head with an eye, a body; ``gap`` pixels cut from the head's line."""
    scale = size / 240
    image = np.full((size, size, 3), 255, np.uint8)

    def at(*values: float) -> tuple[int, ...]:
        return tuple(round(value * scale) for value in values)

    width = max(2, round(3 * scale))
    cv2.ellipse(image, at(120, 80), at(45, 50), 0, 0, 360, (0, 0, 0), width, cv2.LINE_AA)
    cv2.ellipse(image, at(105, 80), at(9, 12), 0, 0, 360, (0, 0, 0), width, cv2.LINE_AA)
    cv2.polylines(
        image, [np.array([at(85, 140), at(155, 140), at(180, 220), at(60, 220)])], True, (0, 0, 0), width, cv2.LINE_AA
    )
    if gap:
        x, y = at(165, 80)
        image[y - gap // 2 : y - gap // 2 + gap, x - 3 * width : x + 3 * width] = 255
    return np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])


SKIN, SHIRT, EYE = (250, 220, 200), (60, 90, 170), (70, 140, 90)


def coloured_figure(size: int = 240) -> NDArray[np.uint8]:
    """The same drawing as a colour design."""
    image = np.ascontiguousarray(figure(size)[..., :3])
    scale = size / 240
    for (x, y), colour in (((120, 60), SKIN), ((105, 80), EYE), ((120, 180), SHIRT)):
        cv2.floodFill(image, None, (round(x * scale), round(y * scale)), colour, (60,) * 3, (60,) * 3)
    return np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])


def save(pixels: NDArray[np.uint8], path: Path) -> Path:
    """Write a picture; the path again."""
    Image.fromarray(pixels).save(path)
    return path
