"""What was not followed, drawn whole: one smooth motion of each key, by which its pixels, lines and all, are carried.

An area whose motion does not explain the keys must not be torn to pieces by what dense flow says of each of its pixels.
So the motions of what was followed and, much fainter, dense flow are drawn into one another (normalised convolution,
Knutsson & Westin 1993, at several widths), and the key that is nearer in time is bent by that: it may stand a little
wrong, but stands there as it was drawn.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from ..strips import over_each
from .flow import Floats, Ways, sampled
from .mesh import Doubles, lay_out
from .plan import Plan
from .read import Key
from .trust import Lost, landed

Ints = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_SIDE = 256  # pixels of the shorter side at which the motion is worked out
_WIDTHS = (1.5, 5.0, 16.0, 48.0)  # pixels, there, over which motions are drawn into one another
_COARSER = 4  # times smaller are fields that are drawn out over twice as many pixels or more
_FAINTER = 0.03  # times as much counts the next width
_SURE, _ASTRAY = 15.0, 2.0  # levels that it may be off, and pixels that it misses there and back, to count a third
_LEAST = 1e-3  # that flow counts, however wrong
_GROUND = 1e-6  # that the ground counts
_HOLE = 7  # pixels across, at least, of a hole: less is a border that is a little off
_ABOUT = 5  # pixels that go with what is missed


class Whole:
    """Both keys, each with a smooth motion to the other."""

    def __init__(self, a: Key, b: Key, made: Plan, lost: Lost, check: Callable[[], None] = lambda: None) -> None:
        self._shape = a.labels.shape
        keys = a, b
        self._fields = over_each(lambda k: _field(keys[k], made, lost, first=k == 0, check=check), range(2), check)
        self._layers = [of[key.labels] for key, of in ((a, made.of_a), (b, made.of_b))]
        self._shown = [layers > 0 for layers in self._layers]
        self._before = made.before
        self._figures = tuple(_cells(shown, field) for shown, field in zip(self._shown, self._fields, strict=True))
        self._lost = lost.where

    def ways(self, t: float) -> Ways:
        """The ways of all of the key that is nearer in time."""
        shape = self._shape
        to_a = way_back(self._fields[0], self._figures[0], t, shape)
        to_b = way_back(self._fields[1], self._figures[1], 1 - t, shape)
        return Ways(to_a, to_b, np.full(shape, t >= 0.5, np.float32))

    def missed(self, ways: Ways, top: Ints, unsure: Floats, t: float) -> Floats:
        """(H, W) 0..1 where the layers' frame, with ``top`` on top, is not to be shown: where it is ``unsure``, where
        what was lost comes to stand behind nothing, and where it shows the ground within what both keys show whole.
        """
        key, way = (0, ways.to_a) if t < 0.5 else (1, ways.to_b)
        lost = _at(self._lost[key], way)
        lost &= ~self._before[np.maximum(landed(self._layers[key], way), 0), top]
        hole = (top == 0) & _at(self._shown[0], ways.to_a) & _at(self._shown[1], ways.to_b)
        hole = cv2.morphologyEx(hole.astype(np.uint8), cv2.MORPH_OPEN, np.ones((_HOLE, _HOLE), np.uint8)) > 0
        every = (unsure > 0) | lost | hole
        if not every.any():
            return np.zeros(top.shape, np.float32)
        wide = cv2.dilate(every.astype(np.float32), np.ones((_ABOUT, _ABOUT), np.uint8))
        return np.asarray(cv2.GaussianBlur(wide, (0, 0), 0.7), np.float32)


def _at(mask: Mask, way: Floats) -> Mask:
    return np.asarray(sampled(mask.astype(np.float32)[..., None], way)[..., 0] > 0.5)


def _cells(shown: Mask, field: Floats) -> Doubles:
    """(h - 1, w - 1) how much of each cell between the field's places is ``shown``."""
    size = field.shape[1] - 1, field.shape[0] - 1
    return np.asarray(cv2.resize(shown.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float64)


def _field(key: Key, made: Plan, lost: Lost, *, first: bool, check: Callable[[], None]) -> Floats:
    """(h, w, 2) where a key goes, in its own pixels, at the smaller size."""
    layers = (made.of_a if first else made.of_b)[key.labels]
    flows, led = made.flows, lost.goes[0 if first else 1]
    flow, again = (flows.ahead, flows.back) if first else (flows.back, flows.ahead)
    off = flows.off_ahead if first else flows.off_back
    followed = np.array([layer.trusted and layer.first and layer.second for layer in made.layers])[layers]
    followed &= layers > 0
    astray = np.abs(flow + sampled(again, flow)).max(2)
    by_flow = _LEAST + np.exp(-((off / _SURE) ** 2) - (astray / _ASTRAY) ** 2)
    by_flow[followed | (layers == 0)] = 0
    fallen = lost.fallen[layers]
    height, width = layers.shape
    by = min(1.0, _SIDE / min(height, width))
    size = max(8, round(width * by)), max(8, round(height * by))
    total, along = np.zeros(size[::-1], np.float32), np.zeros((*size[::-1], 2), np.float32)
    for weight, goes, widths in (
        (np.where(layers == 0, _GROUND, followed), led, _WIDTHS),
        (by_flow * ~fallen, flow, _WIDTHS),
        (by_flow * fallen, flow, _WIDTHS[1:]),
    ):
        if not weight.any():
            continue
        check()
        _spread(np.asarray(weight, np.float32), goes, widths, size, total, along)
    return np.asarray(along / np.maximum(total, np.float32(1e-20))[..., None], np.float32)


def _spread(
    weight: Floats, goes: Floats, widths: tuple[float, ...], size: tuple[int, int], total: Floats, along: Floats
) -> None:
    """Add the weight, and the motion by it, drawn out over the widths."""
    small = np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32)
    moved = np.asarray(cv2.resize(np.asarray(goes * weight[..., None]), size, interpolation=cv2.INTER_AREA), np.float32)
    part = np.float32(1)
    for width in widths:
        total += part * _drawn_out(small, width)
        along += part * _drawn_out(moved, width)
        part *= np.float32(_FAINTER)


def _drawn_out(field: Floats, width: float) -> Floats:
    """The field, blurred; widely, at a quarter of its size."""
    if width < 2 * _COARSER:
        return np.asarray(cv2.GaussianBlur(field, (0, 0), width), np.float32)
    height, across = field.shape[:2]
    size = max(4, across // _COARSER), max(4, height // _COARSER)
    small = cv2.GaussianBlur(cv2.resize(field, size, interpolation=cv2.INTER_AREA), (0, 0), width / _COARSER)
    return np.asarray(cv2.resize(small, (across, height), interpolation=cv2.INTER_LINEAR), np.float32)


def way_back(field: Floats, figure: Doubles, far: float, shape: tuple[int, ...]) -> Floats:
    """(H, W, 2) the way from each place of the frame, ``far`` of the way from the key, back to it.

    The key is laid out there cell by cell, ``figure`` (h - 1, w - 1) over ground, so that a motion that folds does not
    tear what it carries. Where nothing comes to lie, the way is that of what lies there in the key.
    """
    rows, columns = field.shape[:2]
    x, y = np.linspace(0, shape[1] - 1, columns), np.linspace(0, shape[0] - 1, rows)
    home = np.stack(np.meshgrid(x, y), -1)
    way = np.full((shape[0], shape[1], 2), np.nan, np.float32)
    lay_out(home + far * field, home, figure, way)
    way -= np.stack(np.meshgrid(np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32)), -1)
    still = cv2.resize(field * np.float32(-far), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(np.isnan(way), still, way), np.float32)
