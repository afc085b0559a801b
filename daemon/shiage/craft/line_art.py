"""Line art from a finished drawing, as an artist would have had it before the paint: strokes and borders, no shade."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .design import read_design

Rng = np.random.Generator
Grey = NDArray[np.uint8]

_GRAIN = 0.06  # of the light that the grain of paint takes
_DRAWN = 0.2  # coverage from which a border is drawn already
_BORDER = 0.5  # coverage of a border that was painted without a line


def line_art(rgb: NDArray[np.uint8]) -> tuple[Grey, NDArray[np.uint8]]:
    """(H, W, 3) uint8 -> its line art, (H, W) uint8 ink on white 255, and its flats, (H, W, 3): shade taken away.

    Dark strokes keep their own strength; where two paints meet without one, a thin line is drawn. The border of a
    shadow is no line.
    """
    alpha = np.full(rgb.shape[:2], 255, np.uint8)
    areas = read_design(np.dstack([rgb, alpha]))
    labels = cv2.resize(areas.labels.astype(np.float32), rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    labels = labels.astype(np.int32)
    luma = cv2.cvtColor(np.asarray(cv2.bilateralFilter(rgb, 5, 14, 2), np.uint8), cv2.COLOR_RGB2GRAY) / np.float32(255)
    size = max(5, round(0.011 * rgb.shape[0]) | 1)
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    paint = cv2.morphologyEx(luma, cv2.MORPH_CLOSE, ball)
    # Black ink of this coverage over the paint beside it is as dark as the stroke.
    strokes = 1 - luma / np.maximum(paint, 1e-3)
    strokes *= np.clip((strokes - _GRAIN) / _GRAIN, 0, 1)
    border = np.zeros(labels.shape, np.float32)
    border[:, 1:] = np.maximum(border[:, 1:], labels[:, 1:] != labels[:, :-1])
    border[1:] = np.maximum(border[1:], labels[1:] != labels[:-1])
    drawn = cv2.dilate((strokes > _DRAWN).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    thin = cv2.GaussianBlur(border * ~drawn, (0, 0), 0.6) * 1.3
    cover = np.maximum(strokes, np.minimum(thin, 1) * _BORDER)
    flats = np.asarray(areas.colours[labels], np.uint8)
    paper = labels == 0
    flats[paper] = cv2.medianBlur(rgb, 5)[paper]
    return np.asarray(np.rint(255 * (1 - cover)), np.uint8), flats


def other_line_art(rgb: NDArray[np.uint8], rng: Rng) -> Grey:
    """Line art by another tool: an extended difference of Gaussians (Winnemoeller 2012), or edges."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    if rng.random() < 0.5:
        sigma = float(rng.uniform(0.6, 1.3))
        near, far = cv2.GaussianBlur(grey, (0, 0), sigma), cv2.GaussianBlur(grey, (0, 0), 1.6 * sigma)
        sharp = (1 + 18) * near - 18 * far
        limit = float(rng.uniform(60, 90))
        tone = np.where(sharp >= limit, 1, 1 + np.tanh(0.05 * (sharp - limit)))
        tone[grey < 55] = np.maximum(tone[grey < 55], 0)
        return np.asarray(np.rint(255 * np.clip(tone, 0, 1)), np.uint8)
    smooth = cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.6, 1.2)))
    edge = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(2).astype(np.float32)
    return np.asarray(255 - np.clip((edge - 14) * float(rng.uniform(2.5, 5)), 0, 235), np.uint8)
