"""Colours for flats: distinct ones, or an artist's dabs; and the painting of a label map."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from .hints import painted_on
from .kernel import kernel
from .strips import Check, never_stop, over_strips

Labels = npt.NDArray[np.int32]
Pixels = npt.NDArray[np.uint8]

_HUES, _STEP = 12, 11  # the step between two colours in turn has no factor in common with their number
_APART = 22.0  # CIELAB distance from which two flats side by side are told apart at a glance


@cache
def flat_palette() -> tuple[tuple[int, int, int], ...]:
    """24 light, mildly saturated colours, (red, green, blue): lines on them stay readable."""
    rings = ((78.0, 30.0, 0.0), (64.0, 42.0, 0.5))
    lab = [
        (light, chroma * np.cos(angle), chroma * np.sin(angle))
        for light, chroma, shift in rings
        for angle in (np.arange(_HUES) + shift) * 2 * np.pi / _HUES
    ]
    rgb = cv2.cvtColor(np.array([lab], np.float32), cv2.COLOR_LAB2RGB)[0]
    return tuple((int(r), int(g), int(b)) for r, g, b in np.rint(rgb * 255).clip(0, 255))


def distinct_colours(count: int, neighbours: npt.NDArray[np.int64], background: npt.NDArray[np.bool_]) -> Pixels:
    """(count + 1, 4) uint8 RGBA by region id: regions that touch differ plainly, background and 0 are transparent.

    neighbours: (m, >= 2) ids that touch. background: (count,) bool. A region's colour depends only on the regions
    before it in reading order that it touches, so a change at one place of a drawing recolours little elsewhere.
    """
    palette = np.array(flat_palette(), np.uint8)
    lab = cv2.cvtColor((palette[None] / np.float32(255)).astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    distance = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    before: dict[int, list[int]] = {}
    for a, b in neighbours[:, :2].tolist():
        before.setdefault(max(a, b), []).append(min(a, b))
    chosen = np.zeros(count + 1, np.int64)
    table = np.zeros((count + 1, 4), np.uint8)
    for region in range(1, count + 1):
        if background[region - 1]:
            continue
        turn = (region * _STEP + np.arange(len(palette))) % len(palette)
        beside = [chosen[other] for other in before.get(region, ()) if not background[other - 1]]
        room = distance[turn][:, beside].min(axis=1) if beside else np.full(len(palette), _APART)
        best = int(np.argmax(room >= _APART)) if (room >= _APART).any() else int(np.argmax(room))
        chosen[region] = turn[best]
        table[region] = (*palette[turn[best]], 255)
    return table


def dabbed_colours(labels: Labels, dabs: Pixels, count: int) -> Pixels:
    """(count + 1, 4) uint8 RGBA: each region's commonest colour in `dabs` (H, W, 4); transparent without one."""
    table = np.zeros((count + 1, 4), np.uint8)
    painted = painted_on(dabs)
    ids = labels[painted].astype(np.int64)
    colours = dabs[painted][:, :3].astype(np.int64)
    codes, votes = np.unique(ids << 24 | colours @ np.array([1 << 16, 1 << 8, 1]), return_counts=True)
    for code in codes[np.argsort(votes, kind="stable")].tolist():  # the commonest comes last and stays
        table[code >> 24] = (code >> 16 & 255, code >> 8 & 255, code & 255, 255)
    table[0] = 0
    return table


def paint(labels: Labels, colours: Pixels, check: Check = never_stop) -> Pixels:
    """(H, W, 4) uint8: every pixel of `labels` (H, W) in its region's row of `colours` (n + 1, 4)."""
    height, width = labels.shape
    picture = np.empty((height, width, 4), np.uint8)
    words = picture.reshape(height, width * 4).view(np.uint32)
    table = np.ascontiguousarray(colours).view(np.uint32).ravel()

    def work(top: int, bottom: int) -> None:
        _paint(labels, table, words, top, bottom)

    over_strips(work, height, width, check)
    return picture


@kernel
def _paint(labels: Labels, table: npt.NDArray[np.uint32], words: npt.NDArray[np.uint32], top: int, bottom: int) -> None:
    for y in range(top, bottom):
        for x in range(labels.shape[1]):
            words[y, x] = table[labels[y, x]]
