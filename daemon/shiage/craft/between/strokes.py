"""Strokes with one layer on both sides (a tray under a mill, hair, a brow, a limb of one stroke): where the pictures
say plainly that its layer does not lead a stroke, it goes with another that it touches, or its own way: as one, or
bending as the flow does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from .evidence import each_off
from .lines import FAINT, Floats, Ints, Lines
from .moves import Map, moved
from .read import nearest

Doubles = npt.NDArray[np.float64]

_LEAST = 12  # pixels of a stroke that may go its own way
_OFF = 8.0  # levels that its layer must be off
_BENDS = 1.5  # pixels at the mean that flow may be off a stroke's motion: else the stroke bends
_PLAINLY = 0.6  # of what its layer leaves may another motion leave
_ALONG = 2.5  # times the lines' spread over which a stroke that bends is smooth
_SURE = 20.0  # levels that flow may be off to count a third
_ROUNDS = 4
_RATHER = 1.1  # times what its own way leaves may be left of a stroke that goes with what it touches
_LEADERS = 3  # layers that a stroke may go with
_OFTEN = 64  # strokes, after which a cancel is heard
_LOOSE = 2.0  # pixels that a place may be off its stroke's motion to count a quarter


Way: TypeAlias = Callable[[int, Ints, Ints], Floats]
"""How far a layer takes places x, y to the other key, (p, 2)."""


def freed(
    lines: Lines,
    led: Floats,
    way_of: Way,
    flow: Floats,
    off_flow: Floats,
    here: Floats,
    there: Floats,
    check: Callable[[], None] = lambda: None,
) -> Floats:
    """(p, 2) how far each pixel of the lines' band goes to the other key where its layer doesn't lead it; NaN where it
    does.

    ``led``: (p, 2) how far its layer takes it, ``way_of`` how far any does; ``flow``: (H, W, 2) dense flow to the other
    key, by ``off_flow`` (H, W) levels wrong; ``here``, ``there``: (H, W, C) both keys.
    """
    ys, xs = lines.band.T
    free = np.full((len(xs), 2), np.nan, np.float32)
    if not lines.loose.any():
        return free
    count, found = cv2.connectedComponents(lines.loose.astype(np.uint8), connectivity=8)
    strokes = np.asarray(found, np.int32)
    on = np.flatnonzero(lines.loose[ys, xs])
    of = strokes[ys[on], xs[on]]
    places = np.stack([xs[on], ys[on]], 1).astype(np.float64)
    off = each_off(here, there, places, places + led[on])
    size = np.bincount(of, minlength=count)
    wrong = np.bincount(of, off, count) > _OFF * size
    if not (wrong & (size >= _LEAST)).any():
        return free
    near = strokes.ravel()[nearest(lines.key.ink > FAINT)[ys, xs]]
    sure = np.exp(-off_flow / _SURE).astype(np.float32)
    check()
    bent = _bent(lines, flow, sure)
    boxes = ndimage.find_objects(strokes, count - 1)
    inner, outer = _grouped(of, count), _grouped(near, count)
    for n, k in enumerate(np.flatnonzero(wrong & (size >= _LEAST))):
        if n % _OFTEN == 0:
            check()
        mine, about = inner[k], outer[k]
        at, (y, x) = places[mine], (ys[on[mine]], xs[on[mine]])
        where = np.stack([xs[about], ys[about]], 1).astype(np.float64)
        move = _fitted(at, at + flow[y, x], sure[y, x])
        way, goes = moved(move, where) - where, moved(move, at)
        if np.linalg.norm(goes - at - flow[y, x], axis=1).mean() > _BENDS:
            way, goes = bent[ys[about], xs[about]].astype(np.float64), at + bent[y, x]
        left = each_off(here, there, at, goes).sum()
        for layer in _touched(lines, strokes, int(k), boxes[k - 1]):
            with_it = float(each_off(here, there, at, at + way_of(layer, xs[on[mine]], ys[on[mine]])).sum())
            if with_it < _RATHER * left:
                way, left = way_of(layer, xs[about], ys[about]).astype(np.float64), with_it / _RATHER
        if left < _PLAINLY * off[mine].sum():
            free[about] = way
    return free


def _touched(lines: Lines, strokes: Ints, k: int, box: tuple[slice, slice]) -> list[int]:
    """The layers of the lines that stroke ``k`` touches, a few."""
    cut = slice(max(0, box[0].start - 2), box[0].stop + 2), slice(max(0, box[1].start - 2), box[1].stop + 2)
    near = cv2.dilate((strokes[cut] == k).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    held = near & (lines.key.ink[cut] > FAINT) & ~lines.loose[cut]
    layers, count = np.unique(lines.owner[cut][held], return_counts=True)
    return [int(layer) for layer in layers[np.argsort(-count)][:_LEADERS]]


def _grouped(numbers: npt.NDArray[np.int32], count: int) -> list[npt.NDArray[np.int64]]:
    """Of each number below ``count``, the places where it stands."""
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.searchsorted(numbers[order], np.arange(1, count)))


def _bent(lines: Lines, flow: Floats, sure: Floats) -> Floats:
    """(H, W, 2) the flow of what is sure of each stroke, drawn along it and beside it."""
    weight = np.where(lines.loose, sure, np.float32(0)).astype(np.float32)
    size, spread = (0, 0), _ALONG * lines.spread
    total = cv2.GaussianBlur(weight, size, spread)
    along = cv2.GaussianBlur(flow * weight[..., None], size, spread)
    return np.asarray(along / np.maximum(total, np.float32(1e-12))[..., None], np.float32)


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
        off = np.linalg.norm(moved(move, one) - two, axis=1)
        weight = sure / (1 + (off / _LOOSE) ** 2) ** 2 + 1e-6
    return move
