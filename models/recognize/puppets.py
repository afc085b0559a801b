"""Puppets as the recognition trains on them: one character from every side, painted and as line art."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

import puppet
from shiage.craft.figures import Figure

SIZE = 320  # of a page, pixels
Page = npt.NDArray[np.uint8]


def draw_views(seed: int, views: tuple[str, ...]) -> Iterator[tuple[Page, Figure, int]]:
    """Each view as a page (H, W, 4) uint8 with its figure and its number: painted, and half of them as lines too."""
    rng = np.random.default_rng((seed, 21))
    character = puppet.Character.from_seed(seed)
    line, paint = puppet.LineStyle.sample(rng, SIZE), puppet.PaintStyle.sample(rng, SIZE)
    for number, name in enumerate(views):
        side = float(puppet.VIEWS[name]) * float(rng.choice([1, -1]))
        kind = str(rng.choice(["stand", "walk", "gesture"], p=[0.7, 0.12, 0.18]))
        pose = character.pose(kind, side, rng)
        drawing = character.draw(pose)
        at = puppet.fitted(drawing, SIZE, 0.04)
        frame = puppet.Scene((puppet.Actor("a", character, pose, at),)).frame(SIZE, line, paint)
        drawn = (frame.ids >= 0) | (frame.cover > 100)
        if drawn.sum() < 400:
            continue
        figure = outline(drawn)
        yield _opaque(frame.colour), figure, number
        if rng.random() < 0.5:
            yield _opaque(frame.on_paper()), figure, number


def _opaque(rgb: npt.NDArray[np.uint8]) -> Page:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def outline(drawn: npt.NDArray[np.bool_]) -> Figure:
    """The outline as it would be found on paper: holes filled."""
    outside = np.pad(drawn.astype(np.uint8), 1)
    cv2.floodFill(outside, None, (0, 0), 2)
    inside = outside[1:-1, 1:-1] != 2
    ys, xs = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    box = (int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1)
    return Figure(box, inside[box[1] : box[3], box[0] : box[2]].astype(np.uint8) * np.uint8(255))
