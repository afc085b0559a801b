"""A small character drawn by code, seen from the front, the back and the side, as line art or as a coloured design."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

COLOURS = {
    "hair": (150, 90, 60),
    "face": (250, 214, 188),
    "eye": (60, 150, 200),
    "neck": (250, 214, 188),
    "shirt": (90, 170, 110),
    "hand": (250, 214, 188),
    "shorts": (60, 70, 130),
    "leg": (250, 214, 188),
    "sock": (230, 200, 70),
    "shoe": (170, 50, 60),
}
SIZE = (480, 240)  # rows, columns
Boxes = list[tuple[str, tuple[float, float, float, float], str]]

_FEET: dict[str, Boxes] = {
    "wide": [
        ("shoe", (80, 440, 117, 462), "oval"),
        ("shoe", (123, 440, 160, 462), "oval"),
        ("sock", (90, 415, 112, 446), "box"),
        ("sock", (128, 415, 150, 446), "box"),
        ("leg", (90, 340, 112, 416), "box"),
        ("leg", (128, 340, 150, 416), "box"),
        ("hand", (50, 290, 72, 318), "oval"),
        ("hand", (168, 290, 190, 318), "oval"),
        ("shorts", (84, 290, 156, 348), "box"),
        ("shirt", (48, 190, 74, 296), "box"),
        ("shirt", (166, 190, 192, 296), "box"),
        ("shirt", (72, 180, 168, 296), "box"),
        ("neck", (108, 160, 132, 184), "box"),
    ],
    "narrow": [
        ("shoe", (88, 440, 142, 462), "oval"),
        ("sock", (106, 415, 134, 446), "box"),
        ("leg", (106, 340, 134, 416), "box"),
        ("shorts", (92, 290, 148, 348), "box"),
        ("shirt", (88, 180, 152, 296), "box"),
        ("hand", (108, 290, 130, 318), "oval"),
        ("neck", (110, 160, 132, 184), "box"),
    ],
}
VIEWS: dict[str, Boxes] = {
    "front": [
        *_FEET["wide"],
        ("hair", (60, 20, 180, 150), "oval"),
        ("face", (72, 62, 168, 170), "oval"),
        ("eye", (92, 100, 108, 126), "oval"),
        ("eye", (132, 100, 148, 126), "oval"),
    ],
    "back": [*_FEET["wide"], ("hair", (60, 20, 180, 168), "oval")],
    "side": [
        *_FEET["narrow"],
        ("hair", (66, 20, 184, 160), "oval"),
        ("face", (62, 64, 132, 170), "oval"),
        ("eye", (76, 100, 88, 126), "oval"),
    ],
}


def draw(
    view: str, colours: dict[str, tuple[int, int, int]] | None = None, scale: float = 1, paper: int = 255
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A view of the character: the picture, (H, W, 4) uint8, and each pixel's part (0 paper, 1.. as COLOURS, 255 line).

    `colours` None leaves the parts white: line art.
    """
    shape = (round(SIZE[0] * scale), round(SIZE[1] * scale))
    picture = np.full((*shape, 3), paper, np.uint8)
    parts = np.zeros(shape, np.uint8)
    width = max(2, round(2 * scale))
    for name, box, kind in VIEWS[view]:
        fill = (255, 255, 255) if colours is None else colours[name]
        mark = 1 + list(COLOURS).index(name)
        for canvas, inside, line in ((picture, fill, (0, 0, 0)), (parts, mark, 255)):
            _shape(canvas, np.array(box) * scale, kind, inside, -1)
            _shape(canvas, np.array(box) * scale, kind, line, width)
    return np.dstack([picture, np.full(shape, 255, np.uint8)]), parts


def _shape(
    canvas: NDArray[np.uint8], box: NDArray[np.float64], kind: str, colour: int | tuple[int, ...], width: int
) -> None:
    x0, y0, x1, y1 = (round(float(v)) for v in box)
    if kind == "box":
        cv2.rectangle(canvas, (x0, y0), (x1, y1), colour, width)
    else:
        cv2.ellipse(
            canvas, ((x0 + x1) // 2, (y0 + y1) // 2), ((x1 - x0) // 2, (y1 - y0) // 2), 0, 0, 360, colour, width
        )
