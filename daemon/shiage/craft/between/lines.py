"""The lines of a key, and which layer leads each: :mod:`carrying` draws them where they get to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from .read import Key, nearest

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Off: TypeAlias = Callable[[Ints, npt.NDArray[np.int64], npt.NDArray[np.int64]], npt.NDArray[np.float64]]
"""Of layers, (p,), and places x, y: levels by which the places are off where the layers lead them, (p,)."""

FAINT = 0.15  # of a line's strength, below which it holds nothing together
_PLAINLY, _CLEARLY = 0.9, 2.0  # of what the one in front leaves, and levels less, the one behind leaves plainly better
_LEAST = 6  # pixels of a line that tell whose it is
_BAND = 3  # pixels about a line that are carried with it


@dataclass(frozen=True, eq=False)
class Lines:
    """A key's lines. ``ink``: (H, W) float32 0..1, how much they cover; ``owner``: (H, W) int32, the layer that a line
    belongs to; ``band``: (p, 2) int32 y, x of the pixels on and about lines; ``spread``: pixels over which motions are
    drawn into one another. ``loose``: (H, W) bool, pixels on lines with one and the same layer on both sides.
    """

    key: Key
    ink: Floats
    owner: Ints
    band: Ints
    spread: float
    loose: npt.NDArray[np.bool_]


def lines_of(key: Key, layer: Ints, other: Ints, off: Off | None = None) -> Lines:
    """The lines of a key whose areas' layers are ``layer``, and ``other`` across the nearest border.

    ``off``: how well each of these leads a line to the other key, where that is known.
    """
    near = cv2.dilate((key.ink > 0.02).astype(np.uint8), np.ones((2 * _BAND + 1,) * 2, np.uint8))
    band = np.stack(np.nonzero(near), 1).astype(np.int32)
    owner, loose = _owners(key, layer, other, off)
    return Lines(key, key.ink, owner, band, max(2.5, 0.008 * min(layer.shape)), loose)


def _owners(key: Key, mine: Ints, other: Ints, off: Off | None) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """(H, W) int32, the layer that a line pixel belongs to: of those beside it the one in front, or the one behind
    where that plainly leads the line better; and bool, where there is but one.

    A line with ground on both sides (hair, an antenna, a limb of one stroke) belongs to what the stroke leads to.
    """
    drawn = key.ink > FAINT
    between = (key.other > 0) & _reached(drawn, mine, other)
    owner = np.where(between, np.maximum(mine, other), mine).astype(np.int32)
    if off is not None:
        behind = np.minimum(mine, other)
        _give_behind(owner, behind, drawn & between & (mine != other) & (behind > 0), off)
    alone = drawn & (~between | (mine == other))
    loose = drawn & (owner == 0)
    held = drawn & (owner > 0)
    if loose.any() and held.any():
        _, strokes = cv2.connectedComponents(drawn.astype(np.uint8), connectivity=8)
        leads = np.zeros(int(strokes.max()) + 1, bool)
        leads[strokes[held]] = True
        leads[0] = False
        loose &= leads[strokes]
        owner[loose] = owner.ravel()[nearest(held)[loose]]
    if drawn.any():
        owner = owner.ravel()[nearest(drawn)]
    # Where two areas are as near as each other, a line would change its owner from pixel to pixel.
    return np.asarray(cv2.medianBlur(owner.astype(np.uint16), 5), np.int32), alone


def _give_behind(owner: Ints, behind: Ints, lines: npt.NDArray[np.bool_], off: Off) -> None:
    """The pieces of ``lines`` between two layers, whose ``owner`` is the one in front, to the one ``behind`` where that
    plainly leads them better.
    """
    _, pieces = cv2.connectedComponents(lines.astype(np.uint8), connectivity=8)
    ys, xs = np.nonzero(lines)
    front, back = owner[ys, xs], behind[ys, xs]
    # One number for each piece between each two layers.
    several = np.int64(behind.max(initial=0) + owner.max(initial=0) + 1)
    _, which = np.unique((pieces[ys, xs] * several + front) * several + back, return_inverse=True)
    count = np.bincount(which)
    by_front, by_back = (np.bincount(which, off(of, xs, ys)) for of in (front, back))
    plain = (by_back < _PLAINLY * by_front) & (by_front - by_back > _CLEARLY * count) & (count >= _LEAST)
    given = plain[which]
    owner[ys[given], xs[given]] = back[given]


def _reached(drawn: npt.NDArray[np.bool_], mine: Ints, other: Ints) -> npt.NDArray[np.bool_]:
    """(H, W) where the layer ``other`` is beside the line there, and not behind one more line."""
    _, strokes = cv2.connectedComponents(drawn.astype(np.uint8), connectivity=8)
    count = np.int64(max(mine.max(), other.max()) + 1)
    beside = []
    for dy, dx in ((0, 2), (2, 0)):
        one, two = (slice(None, -dy or None), slice(None, -dx or None)), (slice(dy, None), slice(dx, None))
        for line, paint in ((one, two), (two, one)):
            meet = drawn[line] & ~drawn[paint]
            beside.append(strokes[line][meet] * count + mine[paint][meet])
    return ~drawn | np.isin(strokes * count + other, np.unique(np.concatenate(beside)))
