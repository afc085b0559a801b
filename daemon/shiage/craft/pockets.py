"""Parts of a figure that run into the paper through an opening wider than any gap: a head of hair whose strands don't
meet at their ends.

What is wide inside and reached through narrow necks alone is a pocket of the paper. Whether it is the figure's, or
paper between two legs, the parts of the figure say.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import Ink
from .parts import PARTS
from .regions import RegionMap

Floats = NDArray[np.float32]

_NECKS = (0.5, 0.7, 1.0, 1.4, 2.0)  # half a neck's width, in gaps: the narrowest that shuts a pocket off counts
_DEEP = 3.5  # as wide inside as this many of its necks
_LEAST = 2e-3  # of the picture
_PIXELS = 2 << 20  # pockets are looked for in a picture of at most as many pixels
_FIGURE = 0.5  # a pocket that is more likely than this to be no part of a figure is paper


def part_pockets(found: RegionMap, ink: Ink, likelihood: Floats, check: Callable[[], None] = lambda: None) -> RegionMap:
    """``found`` with the pockets of its background that are a figure's as regions of their own.

    likelihood: (h, w, 16) of the figure's parts, at any size. Neighbours and openings stay those of the whole regions.
    """
    if found.gap <= 0 or not found.background.any():
        return found
    bare = (np.append(False, found.background)[found.labels] & (ink.lines == 0)).astype(np.uint8)
    for x0, y0, x1, y1 in found.bridges.tolist():
        cv2.line(bare, (x0, y0), (x1, y1), (0,), 1)
    step = int(np.ceil(np.sqrt(bare.size / _PIXELS)))
    small = _smaller(bare, step)
    deep = cv2.distanceTransform(cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 5) * step
    check()
    none = cv2.resize(likelihood[..., PARTS.index("none")], small.shape[::-1])
    labels, home = found.labels, []
    taken = np.zeros(small.shape, np.bool_)
    for neck in _NECKS:
        cores, outside = _shut_off(np.asarray(deep, np.float32), neck * found.gap)
        for core in cores:
            check()
            if taken[core].any() or none[core].mean() > _FIGURE:
                continue
            labels = labels.copy() if labels is found.labels else labels
            y, x = np.argwhere(core)[0] * step
            home.append(int(found.labels[y, x]))
            taken |= core
            mine, others = _grown(core, outside, labels[::step, ::step] == home[-1])
            _fill(labels, home[-1], mine, others, step, len(found) + len(home))
    return found.cut(labels, np.array(home, np.int64)) if home else found


def _smaller(bare: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Every step-th place, which is bare where all within the step is."""
    if step == 1:
        return bare
    return np.ascontiguousarray(cv2.erode(bare, np.ones((2 * step - 1, 2 * step - 1), np.uint8))[::step, ::step])


def _shut_off(deep: Floats, radius: float) -> tuple[list[NDArray[np.bool_]], NDArray[np.bool_]]:
    """(H, W) each: what a ball of the radius does not reach from the page's border, and is wide inside; and what it
    reaches. deep: the distance to the next line, one pixel about the page included."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats((deep > radius).astype(np.uint8), connectivity=4)
    open_ = np.zeros(count, np.bool_)
    for side in (pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]):
        open_[side] = True
    found = []
    for piece in np.flatnonzero(~open_ & (stats[:, cv2.CC_STAT_AREA] >= _LEAST * deep.size)):
        mine = pieces == piece
        if deep[mine].max() >= _DEEP * radius:
            found.append(mine[1:-1, 1:-1])
    return found, open_[pieces][1:-1, 1:-1] & (pieces > 0)[1:-1, 1:-1]


def _grown(
    core: NDArray[np.bool_], others: NDArray[np.bool_], free: NDArray[np.bool_], most: int | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The pocket grown from its core over what is free, to where what grows from the others meets it: (H, W) each."""
    shapes = [cv2.getStructuringElement(shape, (3, 3)) for shape in (cv2.MORPH_CROSS, cv2.MORPH_RECT)]
    open_ = free.astype(np.uint8)
    mine, theirs = core.astype(np.uint8) & open_, others.astype(np.uint8) & open_
    for turn in range(max(free.shape) if most is None else most):
        ball = shapes[turn % 2]  # both by turns: nearly round
        grown = np.asarray(cv2.dilate(mine, ball), np.uint8) & open_ & (1 - theirs)
        theirs = np.asarray(cv2.dilate(theirs, ball), np.uint8) & open_ & (1 - grown)
        if (grown == mine).all():
            break
        mine = grown
    return mine > 0, theirs > 0


def _fill(
    labels: NDArray[np.int32],
    region: int,
    mine: NDArray[np.bool_],
    others: NDArray[np.bool_],
    step: int,
    number: int,
) -> None:
    """Give the pocket its number in the labels; `mine` and what is not are of every step-th place."""
    x, y, width, height = cv2.boundingRect(mine.astype(np.uint8))
    small = np.s_[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2]
    top, left = (step * part.start for part in small)
    grid = np.ones((step, step), np.bool_)
    large = [np.kron(one[small], grid)[: labels.shape[0] - top, : labels.shape[1] - left] for one in (mine, others)]
    here = np.s_[top : top + large[0].shape[0], left : left + large[0].shape[1]]
    if step > 1:
        large[0] = _grown(large[0], large[1], labels[here] == region, 2 * step)[0]
    labels[here][large[0]] = number
