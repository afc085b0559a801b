"""Line art drawn for the tests of flat fill, with its true regions known by points inside them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

# Points of `page`, by what lies there.
PAPER, HEAD, EYE_WHITE, IRIS, BODY, STRAND, PUPIL = (
    (8, 8), (140, 95), (84, 118), (98, 118), (128, 300), (220, 150), (150, 122),
)  # fmt: skip


_FINE = 4  # drawn this much larger and averaged down: OpenCV's own anti-aliased lines come out two pixels too wide


def _curve(image: Grey, points: list[tuple[float, float]], width: float, scale: float) -> None:
    places = np.rint(np.array(points) * scale * _FINE).astype(np.int32)
    cv2.polylines(image, [places], False, (0,), max(1, round(width * scale * _FINE)))


def _canvas(height: float, width: float) -> Grey:
    return np.full((round(height) * _FINE, round(width) * _FINE), 255, np.uint8)


def _finished(image: Grey) -> Grey:
    return np.asarray(
        cv2.resize(image, (image.shape[1] // _FINE, image.shape[0] // _FINE), interpolation=cv2.INTER_AREA), np.uint8
    )


def rings(width: float) -> Grey:
    """(400, 400): circles in each other, their lines `width` pixels wide."""
    image = _canvas(400, 400)
    for k in range(6):
        _curve(image, arc(200, 200, 30 + 28 * k, 30 + 28 * k), width, 1)
    return _finished(image)


def arc(cx: float, cy: float, rx: float, ry: float, start: float = 0, end: float = 360) -> list[tuple[float, float]]:
    """Points along an ellipse, degrees clockwise from the right."""
    angles = np.radians(np.linspace(start, end, 90))
    return [(cx + rx * np.cos(a), cy + ry * np.sin(a)) for a in angles]


def page(scale: float = 1.0, width: int = 3, gap: float = 0.0) -> Grey:
    """(400, 256) x scale, black on white: a head with an eye (white, iris) and a filled pupil, hair lines that end

    freely, a body, and a strand eight pixels wide; `gap` pixels (before scaling) of paper part the lines of each.
    """
    gap = gap + width if gap else 0.0  # lines have round ends, which reach into the gap
    image = _canvas(400 * scale, 256 * scale)
    half = np.degrees(gap / 2 / 75)
    _curve(image, arc(120, 110, 75, 75, half, 360 - half), width, scale)
    half = np.degrees(gap / 2 / 22)
    _curve(image, arc(98, 118, 22, 16, 90 + half, 450 - half), width, scale)
    _curve(image, arc(98, 118, 7, 9), width, scale)
    cv2.circle(image, (round(150 * scale * _FINE), round(122 * scale * _FINE)), round(11 * scale * _FINE), (0,), -1)
    for x in (100, 120, 140):
        _curve(image, [(x, 50), (x - 4, 70), (x - 5, 85)], width, scale)  # hair: ends freely inside the head
    _curve(image, [(75, 220), (170, 220), (190, 380), (60, 380)], width, scale)
    _curve(image, [(60, 380), (67.5 - gap / 20, 300 + gap / 2)], width, scale)
    _curve(image, [(67.5 + gap / 20, 300 - gap / 2), (75, 220)], width, scale)
    _curve(image, [(216, 60), (216, 250), (224, 250), (224, 160 + gap / 2)], width, scale)
    _curve(image, [(224, 160 - gap / 2), (224, 60), (216, 60)], width, scale)
    return _finished(image)


def rgba(image: Grey) -> NDArray[np.uint8]:
    """The drawing as opaque RGBA."""
    return np.dstack([image, image, image, np.full_like(image, 255)])


def dressed(image: Grey, ink: tuple[int, int, int], paper: tuple[int, int, int]) -> NDArray[np.uint8]:
    """The drawing as opaque RGBA in other colours of ink and paper."""
    share = image[..., None] / 255.0
    colour = np.rint(np.array(ink) * (1 - share) + np.array(paper) * share).astype(np.uint8)
    return np.dstack([colour, np.full_like(image, 255)])


def alone(image: Grey, ink: tuple[int, int, int] = (0, 0, 0)) -> NDArray[np.uint8]:
    """The lines alone on a transparent layer."""
    flat = np.broadcast_to(np.array(ink, np.uint8), (*image.shape, 3))
    return np.dstack([flat, 255 - image])
