"""What the network sees of a figure: its lines, its shape and its paint, at one size, whatever it was drawn with."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.figures import Figure

HEIGHT, WIDTH = 192, 112  # of a look; standing figures are tall
_MARGIN = 6
_FINE = 2  # lines are read at this many times the size
_PAINTED = 0.30  # of the figure away from its lines differs from paper: a painted figure


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """A figure as the network sees it.

    planes: (192, 112, 5) uint8: line strength (0 none .. 255), shape (255 inside), red, green, blue (0 outside).
    painted: whether the colours say something; a figure in line art is all paper inside its lines.
    """

    planes: npt.NDArray[np.uint8]
    painted: bool


def look_at(pixels: npt.NDArray[np.uint8], figure: Figure) -> Look:
    """A figure of a page, (H, W, 4) uint8 RGBA, as a Look: upright, centred, as large as fits."""
    x0, y0, x1, y1 = figure.box
    crop = over_white(pixels[y0:y1, x0:x1])
    return look_of(crop, figure.shape)


def look_of(crop: npt.NDArray[np.uint8], shape: npt.NDArray[np.uint8]) -> Look:
    """A Look from a figure's crop, (h, w, 3) uint8 RGB, and its shape, (h, w) uint8 255 inside."""
    height, width = shape.shape
    scale = _FINE * min((HEIGHT - 2 * _MARGIN) / height, (WIDTH - 2 * _MARGIN) / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    place = ((_FINE * HEIGHT - size[1]) // 2, (_FINE * WIDTH - size[0]) // 2)
    paper = _paper_of(crop, shape)
    colour = np.empty((_FINE * HEIGHT, _FINE * WIDTH, 3), np.uint8)
    colour[:] = paper
    inside = np.zeros(colour.shape[:2], np.uint8)
    window = (slice(place[0], place[0] + size[1]), slice(place[1], place[1] + size[0]))
    inside[window] = cv2.resize(shape, size, interpolation=way)
    paint = np.asarray(cv2.resize(crop, size, interpolation=way), np.uint8)
    colour[window] = np.where(inside[window][:, :, None] > 127, paint, paper)
    lines = _lines(colour)
    painted = _is_painted(colour, inside, lines, paper)
    planes = np.dstack([lines, inside, np.where(inside[:, :, None] > 127, colour, 0)])
    small = np.asarray(cv2.resize(planes, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
    small[:, :, 0] = _stretch(small[:, :, 0])
    return Look(small, painted)


def over_white(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """RGBA over white paper, (H, W, 3) uint8."""
    if pixels[:, :, 3].min() == 255:
        return np.ascontiguousarray(pixels[:, :, :3])
    alpha = pixels[:, :, 3:].astype(np.uint32)
    return ((pixels[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def _paper_of(crop: npt.NDArray[np.uint8], shape: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    outside = crop[shape == 0]
    if len(outside) < 16:
        return np.full(3, 255, np.uint8)
    return np.asarray(np.median(outside, axis=0), np.uint8)


def _lines(colour: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Dark strokes, and the borders between paints where no stroke was drawn."""
    smooth = cv2.GaussianBlur(colour, (0, 0), 0.8)
    strokes = np.asarray(cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8)), np.uint8)
    borders = np.asarray(cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), np.uint8)
    strength = np.maximum(strokes.max(2), borders.max(2)).astype(np.float32) - 10.0
    return np.asarray(np.clip(strength * 2.0, 0, 255), np.uint8)


def _stretch(lines: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Faint pencil and black ink to one strength."""
    drawn = lines[lines > 8]
    strong = float(np.percentile(drawn, 80)) if drawn.size else 255.0
    return np.asarray(np.clip(lines.astype(np.float32) * (220.0 / max(strong, 8.0)), 0, 255), np.uint8)


def _is_painted(
    colour: npt.NDArray[np.uint8],
    inside: npt.NDArray[np.uint8],
    lines: npt.NDArray[np.uint8],
    paper: npt.NDArray[np.uint8],
) -> bool:
    flat = (inside > 200) & (cv2.dilate(lines, np.ones((5, 5), np.uint8)) < 40)
    if flat.sum() < 0.02 * max(1, int((inside > 200).sum())):
        return False
    away = np.abs(colour[flat].astype(np.int16) - paper.astype(np.int16)).max(1)
    return bool((away > 8).mean() > _PAINTED)
