"""Strokes with ground on both sides (a tray under a mill, hair, a limb of one stroke): where the pictures say plainly
that the layer which a stroke leads to does not lead it, it goes its own way, each stroke as one.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..kernel import kernel
from .evidence import MOST, apart
from .lines import FAINT, Floats, Lines
from .moves import Map, moved

Doubles = npt.NDArray[np.float64]

_LEAST = 12  # pixels of a stroke that may go its own way
_OFF = 8.0  # levels that its layer must be off
_PLAINLY = 0.6  # of what its layer leaves may another motion leave
_SURE = 20.0  # levels that flow may be off to count a third
_ROUNDS = 4
_LOOSE = 2.0  # pixels that a place may be off its stroke's motion to count a quarter


def freed(lines: Lines, led: Floats, flow: Floats, off_flow: Floats, here: Floats, there: Floats) -> Floats:
    """(p, 2) how far each pixel of the lines' band goes to the other key where no layer leads it; NaN where one does.

    ``led``: (p, 2) how far its layer takes it; ``flow``: (H, W, 2) dense flow to the other key, by ``off_flow`` (H, W)
    levels wrong; ``here``, ``there``: (H, W, C) both keys.
    """
    ys, xs = lines.band.T
    free = np.full((len(xs), 2), np.nan, np.float32)
    if not lines.loose.any():
        return free
    count, strokes = cv2.connectedComponents(lines.loose.astype(np.uint8), connectivity=8)
    on = np.flatnonzero(lines.loose[ys, xs])
    of = strokes[ys[on], xs[on]]
    places = np.stack([xs[on], ys[on]], 1).astype(np.float64)
    off = _off(here, there, places, places + led[on])
    size = np.bincount(of, minlength=count)
    wrong = np.bincount(of, off, count) > _OFF * size
    _, (ny, nx) = ndimage.distance_transform_edt(~(lines.key.ink > FAINT), return_indices=True)
    near = strokes[ny[ys, xs], nx[ys, xs]]
    for k in np.flatnonzero(wrong & (size >= _LEAST)):
        if k == 0:
            continue
        mine = of == k
        at = places[mine]
        y, x = ys[on[mine]], xs[on[mine]]
        move = _fitted(at, at + flow[y, x], np.exp(-off_flow[y, x] / _SURE))
        if _off(here, there, at, moved(move, at)).sum() < _PLAINLY * off[mine].sum():
            about = np.flatnonzero(near == k)
            where = np.stack([xs[about], ys[about]], 1).astype(np.float64)
            free[about] = moved(move, where) - where
    return free


def _fitted(one: Doubles, two: Doubles, sure: Doubles) -> Map:
    """The affine map that takes most of ``one`` to ``two``; a straight stroke leaves its width as it is."""
    weight = sure + 1e-6
    move = np.eye(2, 3)
    for _ in range(_ROUNDS):
        middle, there = (np.average(points, axis=0, weights=weight) for points in (one, two))
        first, second = one - middle, two - there
        spread = (weight[:, None] * first).T @ first
        hold = 0.02 * np.trace(spread) * np.eye(2) + 1e-6 * np.eye(2)
        linear = np.linalg.solve(spread + hold, (weight[:, None] * first).T @ second + hold).T
        move = np.column_stack([linear, there - linear @ middle])
        apart = np.linalg.norm(moved(move, one) - two, axis=1)
        weight = sure / (1 + (apart / _LOOSE) ** 2) ** 2 + 1e-6
    return move


@kernel
def _off(here: Floats, there: Floats, at: Doubles, to: Doubles) -> Doubles:
    """(p,) levels by which places, (p, 2) x, y of one key, differ from where they go ``to`` in the other."""
    found = np.full(len(at), MOST)
    for n in range(len(at)):
        off = apart(here, there, int(at[n, 1]), int(at[n, 0]), to[n, 1], to[n, 0])
        if off >= 0:
            found[n] = off
    return found
