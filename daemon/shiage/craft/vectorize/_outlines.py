"""Outlines of areas of pixels as smooth curves."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ._fit import fit, sampled

Points = npt.NDArray[np.float64]

TOLERANCE = 0.6  # pixels by which a smooth curve may miss what it is laid through
FLAT = 0.25  # pixels between a curve and its polygon
_EASE = 1.2  # pixels over which an outline is averaged, which takes the pixels' steps out of it
_LEAST = 6  # points of an outline


def outlines(mask: npt.NDArray[np.uint8]) -> list[list[Points]]:
    """The outlines of the areas of `mask` (H, W) 0/1, smooth, in pixels: of each its own, then those of its holes.

    They run through the middles of the outermost pixels; (n, 2) x, y each.
    """
    found, order = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    areas: dict[int, list[Points]] = {}
    for k, outline in enumerate(found):
        parent = int(order[0, k, 3])
        points = outline[:, 0].astype(np.float64) + 0.5
        if len(points) < _LEAST or (parent >= 0 and parent not in areas):
            continue
        runs = [sampled(run, FLAT) for run in fit(points, TOLERANCE, _EASE, closed=True)]
        ring = np.concatenate([runs[0], *(part[1:] for part in runs[1:])])[:-1]
        areas.setdefault(k if parent < 0 else parent, []).append(ring)
    return list(areas.values())
