"""Where the figure stands on its paper."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shiage.craft.design.colour import to_lab

PAPER_TOLERANCE = 10.0  # CIE76: grain, vignettes and ground shadows of painted paper stay below
PAPER_GAP = 0.002  # of the picture's height: the widest hole in an outline that paper does not flow through

Mask = NDArray[np.bool_]


def paper_of(rgba: NDArray[np.uint8]) -> tuple[Mask, NDArray[np.float32] | None]:
    """The background of a design, uint8 (H, W, 4), and its paper colour (CIELAB; None when it is transparent).

    Opaque paper is what is connected to the picture's edge in the edge's own colour. It is grown by a ball, so that a
    white shirt on white paper is not lost through a pinhole in its outline.
    """
    clear = rgba[..., 3] < 128
    if clear.mean() > 0.01:
        return _tidy(clear), None
    lab = to_lab(rgba[..., :3])
    ring = np.concatenate(
        [lab[:2].reshape(-1, 3), lab[-2:].reshape(-1, 3), lab[:, :2].reshape(-1, 3), lab[:, -2:].reshape(-1, 3)]
    )
    paper = np.median(ring, axis=0).astype(np.float32)
    near = np.linalg.norm(lab - paper, axis=-1) < PAPER_TOLERANCE
    return _tidy(_from_edge(near)), paper


def _from_edge(near: Mask) -> Mask:
    """The part of `near` that a ball rolling in from the picture's edge reaches."""
    radius = max(1, round(PAPER_GAP * near.shape[0]))
    pad = 2 * radius + 2
    room = cv2.copyMakeBorder(near.astype(np.uint8), pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=1)
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    core = cv2.erode(room, ball, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    _, parts = cv2.connectedComponents(core, connectivity=4)
    reached = (parts == parts[0, 0]).astype(np.uint8)
    grown = cv2.dilate(reached, ball)
    for _ in range(radius):  # into the corners that the ball is too round for
        grown = cv2.bitwise_and(cv2.dilate(grown, np.ones((3, 3), np.uint8)), room)
    return np.asarray(cv2.bitwise_and(grown, room)[pad:-pad, pad:-pad], np.bool_)


def _tidy(background: Mask) -> Mask:
    """Give specks, signatures and frames outside of the figure's box back to the background."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats((~background).astype(np.uint8), connectivity=8)
    if count <= 2:
        return background
    areas = stats[1:, cv2.CC_STAT_AREA]
    main = 1 + int(np.argmax(areas))
    x, y, w, h, _ = stats[main]
    keep = np.zeros(count, bool)
    for part in range(1, count):
        px, py, pw, ph, area = stats[part]
        inside = px >= x - 0.02 * h and py >= y - 0.02 * h and px + pw <= x + 1.02 * w and py + ph <= y + 1.02 * h
        keep[part] = area > 0.1 * areas[main - 1] or (inside and area > 8)
    return np.asarray(~keep[parts], np.bool_)
