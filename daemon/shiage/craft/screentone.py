"""Manga pages: the screentone taken off the lines, and kept as a map of how dark it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .paper import find_paper

Grey = NDArray[np.uint8]

_DOT = 0.011  # of the page's longer side: no dot of a screen is larger
_NEIGHBOURS = 5  # dots within a few dots' reach that make a screen of one
_INK = 128  # grey under which it is ink
_FAINTER = (150, 170, 190)  # as far from paper as from a piece's darkest place it must stand alone still
_BLACK = 80  # grey under which the commonest tone is no paper, and so it is
_LIGHTER = 25  # where the lightest part of a page is by so much lighter
_SCREENED = 0.015  # of the page: with less screen than this it is line art


@dataclass(frozen=True, eq=False)
class Detoned:
    """lines: (H, W) uint8, the page without its screens, ink on white. tone: (H, W) float32, 0 paper .. 1 black, the
    mean darkness of the screen or grey at each place. share: of the page that is toned."""

    lines: Grey
    tone: NDArray[np.float32]
    share: float

    @property
    def screened(self) -> bool:
        """Whether it is a toned page at all, and no line art."""
        return self.share > _SCREENED


def detone(grey: Grey) -> Detoned:
    """Part a greyscale page, (H, W) uint8 ink on light paper, into lines and tone. BadInput: one tone all over.

    A screen is many small ink dots near each other, or many small holes of paper in ink (a screen darker than half);
    both are unlike lines, which are long. Plain greys between paper and ink count as tone too.
    """
    longest = max(5, round(_DOT * max(grey.shape)))
    grey = _on_white(grey)
    ink = (grey < _INK).astype(np.uint8)
    dots = _crowded(grey, longest)
    # Paper between the dots of a dark screen: what it closes in is screen, so the mesh goes with it.
    holes = _crowded(255 - grey, longest)
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (longest | 1, longest | 1))
    closed = np.asarray(cv2.morphologyEx(holes, cv2.MORPH_CLOSE, reach), np.uint8)
    mesh = closed & ink & _thin(ink, longest)
    flat = _flat_grey(grey)
    toned = np.asarray((dots | mesh | holes | flat) > 0, np.bool_)
    wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * longest + 1, 2 * longest + 1))
    area = np.asarray(cv2.morphologyEx(toned.astype(np.uint8), cv2.MORPH_CLOSE, wide), np.uint8)
    area = np.asarray(cv2.morphologyEx(area, cv2.MORPH_OPEN, reach), np.uint8)
    lines = np.where(dots | mesh | flat, 255, grey).astype(np.uint8)
    kept = (lines < _INK).astype(np.uint8)
    lines[(area > 0) & (cv2.dilate(kept, np.ones((3, 3), np.uint8)) == 0)] = 255
    return Detoned(lines, _tone(grey, kept, area, longest), float(area.mean()))


def _on_white(grey: Grey) -> Grey:
    """The page as on white paper: an off-white sheet, or one that the light falls off across, is no tone."""
    paper = find_paper(grey)
    level = float(paper.colour[0])
    if level < _BLACK or float(np.percentile(grey, 98)) > level + _LIGHTER:
        return grey  # a page that is mostly black or toned
    white = cv2.resize(paper.field[..., 0], grey.shape[::-1]) if paper.field.size else paper.colour
    return np.asarray(np.clip(grey * (np.float32(255) / np.maximum(white, 1)), 0, 255), np.uint8)


def _crowded(grey: Grey, longest: int) -> Grey:
    """Small pieces of ink that have several others near: dots of a screen, not a freckle."""
    labels, small, centres = _small_pieces(grey, _INK, longest)
    for level in _FAINTER:
        # A thin line is broken where it is faintest, but by little; between the dots of a screen there is paper.
        there, apart, _ = _small_pieces(grey, level, longest)
        strong = np.zeros(len(small), np.bool_)
        strong[labels[grey < 2 * level - 255]] = True
        joined = np.zeros(len(small), np.bool_)
        joined[labels[(labels > 0) & ~apart[there]]] = True
        small &= strong | ~joined
    if small.sum() < _NEIGHBOURS:
        return np.zeros_like(grey)
    seeds = np.zeros(grey.shape, np.float32)
    at = np.rint(centres[small]).astype(int)
    seeds[at[:, 1].clip(0, grey.shape[0] - 1), at[:, 0].clip(0, grey.shape[1] - 1)] = 1
    side = 4 * longest + 1
    near = cv2.boxFilter(seeds, -1, (side, side), normalize=False)
    crowd = np.zeros(len(small), np.bool_)
    crowd[np.flatnonzero(small)] = near[at[:, 1].clip(0, grey.shape[0] - 1), at[:, 0].clip(0, grey.shape[1] - 1)] > (
        _NEIGHBOURS
    )
    return np.asarray(crowd[labels], np.uint8)


def _small_pieces(grey: Grey, level: int, longest: int) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[Any]]:
    """What is darker than `level` in pieces, (H, W); which are no longer than a dot; their middles, (n, 2) x, y."""
    _, labels, stats, centres = cv2.connectedComponentsWithStats((grey < level).astype(np.uint8), connectivity=8)
    small = (stats[:, cv2.CC_STAT_WIDTH] <= longest) & (stats[:, cv2.CC_STAT_HEIGHT] <= longest)
    small[0] = False
    return np.asarray(labels, np.int32), np.asarray(small, np.bool_), np.asarray(centres)


def _thin(ink: Grey, longest: int) -> Grey:
    """Ink that is no thicker than a screen's mesh."""
    depth = cv2.distanceTransform(ink, cv2.DIST_L2, 3)
    thick = cv2.dilate((depth > longest / 2).astype(np.uint8), np.ones((longest, longest), np.uint8))
    return np.asarray(1 - thick, np.uint8)


def _flat_grey(grey: Grey) -> Grey:
    """Even greys, neither ink nor paper, away from the soft edges of lines."""
    edge = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    even = ((grey > 70) & (grey < 235) & (edge < 18)).astype(np.uint8)
    core = cv2.morphologyEx(even, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    grown = cv2.dilate(core, np.ones((5, 5), np.uint8))
    return np.asarray(grown & (grey > 70).astype(np.uint8) & (edge < 60).astype(np.uint8), np.uint8)


def _tone(grey: Grey, lines: Grey, area: Grey, longest: int) -> NDArray[np.float32]:
    """The mean darkness near each place of the toned area, lines left out."""
    side = 2 * longest + 1
    free = ((cv2.dilate(lines, np.ones((3, 3), np.uint8)) == 0) & (area > 0)).astype(np.float32)
    dark = (255 - grey.astype(np.float32)) / 255 * free
    total = cv2.boxFilter(free, -1, (side, side), normalize=False)
    mean = cv2.boxFilter(dark, -1, (side, side), normalize=False) / np.maximum(total, 1)
    return np.asarray(np.where(area > 0, mean, 0), np.float32)
