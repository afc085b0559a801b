"""What the networks see of a figure: its lines, its shape and its paint, at one size, whatever it was drawn with."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.figures import Figure

_MARGIN = 1 / 32  # of the height stays empty around the figure
_FINE = 2  # lines are read at this many times the size
_PAINTED = 0.30  # of the figure away from its lines differs from paper: a painted figure

Size = tuple[int, int]


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """A figure as a network sees it.

    planes: (height, width, 5) uint8: line strength (0 none .. 255), shape (255 inside), red, green, blue (0 outside).
    painted: whether the colours say something; a figure in line art is all paper inside its lines.
    window: y0, y1, x0, x1, where the figure's box lies in the planes.
    """

    planes: npt.NDArray[np.uint8]
    painted: bool
    window: tuple[int, int, int, int]


def look_at(pixels: npt.NDArray[np.uint8], figure: Figure, size: Size) -> Look:
    """A figure of a page, (H, W, 4) uint8 RGBA, as a Look of `size` (height, width): centred, as large as fits."""
    x0, y0, x1, y1 = figure.box
    return look_of(over_white(pixels[y0:y1, x0:x1]), figure.shape, size)


def look_of(crop: npt.NDArray[np.uint8], shape: npt.NDArray[np.uint8], size: Size) -> Look:
    """A Look from a figure's crop, (h, w, 3) uint8 RGB, and its shape, (h, w) uint8 255 inside."""
    y0, y1, x0, x1 = window = fitted(shape.shape, size)
    fine = (_FINE * (x1 - x0), _FINE * (y1 - y0))
    way = cv2.INTER_AREA if fine[1] < shape.shape[0] else cv2.INTER_LINEAR
    paper = _paper_of(crop, shape)
    colour = np.empty((_FINE * size[0], _FINE * size[1], 3), np.uint8)
    colour[:] = paper
    inside = np.zeros(colour.shape[:2], np.uint8)
    place = (slice(_FINE * y0, _FINE * y1), slice(_FINE * x0, _FINE * x1))
    inside[place] = cv2.resize(shape, fine, interpolation=way)
    paint = np.asarray(cv2.resize(crop, fine, interpolation=way), np.uint8)
    colour[place] = np.where(inside[place][:, :, None] > 127, paint, paper)
    lines = _lines(colour)
    painted = _is_painted(colour, inside, lines, paper)
    paint = np.where(inside[:, :, None] > 127, colour, 0).astype(np.uint8)
    drawn = [cv2.resize(p, size[::-1], interpolation=cv2.INTER_AREA) for p in (np.dstack([lines, inside]), paint)]
    planes = np.dstack(drawn).astype(np.uint8, copy=False)
    planes[:, :, 0] = _stretch(planes[:, :, 0])
    return Look(planes, painted, window)


def fitted(shape: tuple[int, ...], size: Size) -> tuple[int, int, int, int]:
    """y0, y1, x0, x1 of a figure of `shape` (height, width) on planes of `size`."""
    margin = round(_MARGIN * size[0])
    scale = min((size[0] - 2 * margin) / shape[0], (size[1] - 2 * margin) / shape[1])
    height, width = max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    return top, top + height, left, left + width


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
    strongest = np.maximum(strokes, borders)
    strength = np.maximum(np.maximum(strongest[:, :, 0], strongest[:, :, 1]), strongest[:, :, 2]).astype(np.float32)
    return np.asarray(np.clip((strength - 10.0) * 2.0, 0, 255), np.uint8)


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
