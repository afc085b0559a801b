"""Painting the frame between: each layer where it has got to, from back to front, out of both keys.

At a place of the frame, a layer's motion says where that place was in the first key and will be in the second. A key in
which something lies before the layer there says nothing of it. What the keys say of the layer's outline (a signed
distance) and lines is mixed by time, so that a shape that changes goes from one to the other with a crisp border.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..strips import at_once, over_each, over_strips
from .carrying import carry
from .evidence import each_off
from .flow import Ways
from .lines import Lines, lines_of
from .meeting import meeting, middles
from .moves import Map, inverse, moved
from .painting import HEARD, UNDER, depths, inside_of, lay
from .plan import Layer, Plan
from .read import Key, inner
from .registration import crop_of, signed_distance
from .run_in import run_in
from .strokes import freed
from .trust import trust

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64] | npt.NDArray[np.int32]

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, pixels."""

MARGIN = 16, 4  # pixels round a layer that are looked at, and what part of its longer side besides


@dataclass(eq=False)
class _Seen:
    """A layer in one key, in the crop at ``left``, ``top``; (h, w) float32 pixels each. ``distance``: to its border,
    positive inside or under what lies before it. ``own``: to the nearest of its own pixels. ``under``: how deep inside
    it a place is taken to be that the key hides: it goes on a little under what lies before it, or until something
    behind it is nearer.
    """

    distance: Floats
    own: Floats
    under: Floats
    left: int
    top: int
    box: Box


_NO = np.zeros((0, 0), np.float32)
_NOWHERE = _Seen(_NO, _NO, _NO, 0, 0, (0, 0, 0, 0))


@dataclass(eq=False)
class _Canvas:
    """What layers are laid on, as :class:`Between`; ``from_a``, ``from_b``: (H, W, 2) the places in the keys."""

    pixels: Floats
    from_a: Floats
    from_b: Floats
    share: Floats
    unsure: Floats
    top: Ints

    @staticmethod
    def empty(height: int, width: int, channels: int) -> _Canvas:
        """Nothing on it."""
        size = height, width
        pixels, from_a, from_b = (np.zeros((*size, many), np.float32) for many in (channels, 2, 2))
        share, unsure = (np.zeros(size, np.float32) for _ in range(2))
        return _Canvas(pixels, from_a, from_b, share, unsure, np.zeros(size, np.int32))


@dataclass(eq=False)
class Between:
    """The frame between. ``pixels``: (H, W, C) float32 0..255, premultiplied. ``ways``: from where its pixels come.
    ``layer``: (H, W) int32, what is on top. ``sure``: (H, W) float32 0..1, 0 where the layers were not followed and
    another frame should stand in.
    """

    pixels: Floats
    ways: Ways
    layer: Ints
    sure: Floats


class Stage:
    """Two keys and their plan, prepared once for any number of times between."""

    def __init__(self, a: Key, b: Key, plan: Plan, check: Callable[[], None] = lambda: None) -> None:
        self.a, self.b, self.plan = a, b, plan
        self._layer = tuple(of[key.labels] for key, of in ((a, plan.of_a), (b, plan.of_b)))
        self._other = tuple(of[key.other] for key, of in ((a, plan.of_a), (b, plan.of_b)))
        self._lines = at_once(lambda: self._lines_of(0), lambda: self._lines_of(1), check)
        free = over_each(lambda k: self._freed(k, check), range(2), check)
        goes = over_each(lambda k: self._carried(self._lines[k], free[k], 1.0 - k), range(2), check)
        self._drawn = self._parted(free, goes, check)
        self._meets = self._meeting(goes, check)
        self._paint = plan.paint_of(b, plan.of_b)
        self._paint[plan.of_a[1:]] = a.paint[1:]
        for key in (a, b):
            key.forget()
        self._seen = over_each(lambda k: self._seen_in(k, check), range(2), check)

    def _seen_in(self, which: int, check: Callable[[], None]) -> list[_Seen]:
        layer, other, share = self._layer[which], self._other[which], (self.a, self.b)[which].share
        boxes = ndimage.find_objects(layer + 1, len(self.plan.layers))
        found = []
        for k, box in enumerate(boxes):
            if box is None or k == 0:
                found.append(_NOWHERE)
                continue
            check()
            found.append(_see(layer, other, share, k, box))
        return found

    def _lines_of(self, which: int) -> Lines:
        here, there = (self.a, self.b)[which], (self.b, self.a)[which]

        def off(layers: Ints, x: Places, y: Places) -> npt.NDArray[np.float64]:
            at = np.stack([x, y], 1).astype(np.float64)
            return each_off(here.soft, there.soft, at, at + self._ways(layers, x, y, 1.0 - which, which == 0))

        return lines_of(here, self._layer[which], self._other[which], off)

    def _freed(self, which: int, check: Callable[[], None]) -> Floats:
        """Of the lines of a key, how far they go that their layer doesn't lead, as :func:`.strokes.freed`."""
        lines, flows = self._lines[which], self.plan.flows
        here, there = (self.a, self.b)[which], (self.b, self.a)[which]
        flow, off = (flows.ahead, flows.off_ahead) if which == 0 else (flows.back, flows.off_back)
        end = 1.0 if which == 0 else 0.0
        led = self._led(lines, end)

        def way_of(layer: int, x: Ints, y: Ints) -> Floats:
            return _way(self.plan.layers[layer], end, x, y, which == 0)

        return freed(lines, led, way_of, flow, off, here.soft, there.soft, check)

    def _meeting(self, goes: list[Floats], check: Callable[[], None]) -> list[Floats]:
        """Of the lines of either key, how much farther they go to meet the other's."""
        found = over_each(middles, self._lines, check)
        return over_each(lambda k: meeting(self._lines[k], goes[k], found[k], found[1 - k]), range(2), check)

    def at(self, t: float, check: Callable[[], None] = lambda: None) -> Between:
        """The frame at ``t``, 0..1."""
        height, width, channels = self.a.pixels.shape
        canvas = _Canvas.empty(height, width, channels)
        boxes = []
        for k in range(len(self.plan.layers)):
            check()
            boxes.append((k, self._box(k, t)))

        def lay_rows(top: int, end: int) -> None:
            for k, box in boxes:
                check()
                self._lay(canvas, k, box, (top, end), t)

        over_strips(lay_rows, height, width, check)
        # Right at the border of what hides it, a line would be cut to its half.
        hiding = np.where(inner(canvas.top), canvas.top, 0).astype(np.int32)
        for lines, free in self._drawn[0 if t < 0.5 else 1]:
            carry(lines, self._shift(lines, free, t), canvas.pixels, hiding, self.plan.before)
        here = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)
        from_a, from_b = ((each - here).astype(np.float32) for each in (canvas.from_a, canvas.from_b))
        return Between(canvas.pixels, Ways(from_a, from_b, canvas.share), canvas.top, 1 - canvas.unsure)

    def _box(self, k: int, t: float) -> Box:
        """The box of the frame at ``t`` that a layer may touch; empty where it is not seen."""
        layer, size = self.plan.layers[k], self._layer[0].shape
        if not (layer.first and layer.second) and layer.first != (t < 0.5):
            return 0, 0, 0, 0
        return (0, 0, size[1], size[0]) if k == 0 else _reach((self._seen[0][k], self._seen[1][k]), layer, t, size)

    def _lay(self, canvas: _Canvas, k: int, box: Box, rows: tuple[int, int], t: float) -> None:
        """Lay a layer that is in ``box`` over some rows of the canvas."""
        left, right = box[0], box[2]
        top, end = max(box[1], rows[0]), min(box[3], rows[1])
        if right <= left or end <= top:
            return
        layer, one, two = self.plan.layers[k], self._seen[0][k], self._seen[1][k]
        # Rows beside these have a say in how far inside a place is.
        beside = 0 if k == 0 else HEARD
        first, last = max(box[1], top - beside), min(box[3], end + beside)
        home_a, home_b = _homes(layer, t, (left, first, right, last), k == 0)
        deep, weight = (np.zeros((*home_a.shape[:2], 2), np.float32) for _ in range(2))
        depths(
            (left, first, right, last), k, np.float32(t), home_a, home_b, layer.first, layer.second,
            self._layer[0], one.distance, one.own, one.under, one.left, one.top,
            self._layer[1], two.distance, two.own, two.under, two.left, two.top, deep, weight,
        )  # fmt: skip
        inside = inside_of(deep, weight) if k > 0 else np.ascontiguousarray(deep[..., 0])  # the ground is everywhere
        mine = slice(top - first, end - first)
        lay(
            canvas.pixels, canvas.from_a, canvas.from_b, canvas.share, canvas.top, canvas.unsure,
            *self.lost.where, layer.trusted, (left, top, right, end), k, np.float32(t),
            home_a[mine], home_b[mine], weight[mine], inside[mine], self._paint[k],
            self._layer[0], self.a.painted, self._layer[1], self.b.painted,
        )  # fmt: skip

    def _parted(
        self, free: list[Floats], goes: list[Floats], check: Callable[[], None]
    ) -> list[list[tuple[Lines, Floats]]]:
        """What is drawn of lines nearer to either key, with how far that is freed; tells, by them, whom to trust.

        ``goes``: (p, 2) how far each pixel of their band goes to the other key, not yet to meet its lines: a line that
        isn't there would be drawn to one that runs beside it, and seem to be.
        """
        self.lost = trust(self.plan, self._lines, (goes[0], goes[1]), check)
        # A line of what was not followed comes with that, or is not there.
        kept = [
            replace(lines, ink=np.where(lost, np.float32(0), lines.ink))
            for lines, lost in zip(self._lines, self.lost.where, strict=True)
        ]

        def drawn(which: int) -> list[tuple[Lines, Floats]]:
            other = 1 - which
            told = run_in(kept[which], goes[which], kept[other], goes[other], self._layer[which], self.plan.before)
            return [(told.own, free[which]), (told.parted, free[other][told.of])]

        return over_each(drawn, range(2), check)

    def _shift(self, lines: Lines, free: Floats, t: float) -> Floats:
        """(p, 2) how far each pixel of the lines' band has come at ``t``; ``free``: see :func:`.strokes.freed`."""
        meets = self._meets[0 if lines.key is self.a else 1][lines.band[:, 0], lines.band[:, 1]]
        return np.asarray(self._carried(lines, free, t) + self._far(lines, t) * meets, np.float32)

    def _carried(self, lines: Lines, free: Floats, t: float) -> Floats:
        """The same before they go on to meet the other key's."""
        return np.asarray(np.where(np.isnan(free), self._led(lines, t), self._far(lines, t) * free), np.float32)

    def _far(self, lines: Lines, t: float) -> np.float32:
        """How far from the lines' own key ``t`` is, 0..1."""
        return np.float32(t if lines.key is self.a else 1 - t)

    def _led(self, lines: Lines, t: float) -> Floats:
        """The same, where each pixel's layer leads it."""
        ys, xs = lines.band.T
        return self._ways(lines.owner[ys, xs], xs, ys, t, lines.key is self.a)

    def _ways(self, layers: Ints, x: Places, y: Places, t: float, first: bool) -> Floats:
        """(p, 2) how far places of the first key (else of the second) are from there at ``t``, where layers (p,) lead
        them.
        """
        shift = np.zeros((len(layers), 2), np.float32)
        for k in np.unique(layers):
            here = layers == k
            shift[here] = _way(self.plan.layers[k], t, x[here], y[here], first)
        return shift


def _way(layer: Layer, t: float, x: Places, y: Places, first: bool) -> Floats:
    """(p, 2) how far places of the first key (else of the second) are from there at ``t``."""
    at = np.stack([x, y], 1).astype(np.float64)
    if layer.mesh is not None:
        there = layer.mesh.carried(at if first else layer.mesh.came(at), t)
    else:
        part = layer.at(t)
        back = np.eye(2, 3) if first else inverse(layer.move)
        there = moved(part, moved(back, at))
    return np.asarray(there - at, np.float32)


def _homes(layer: Layer, t: float, box: Box, filling: bool) -> tuple[Floats, Floats]:
    """For each pixel of the frame at ``t`` within ``box``, its place in both keys, (h, w, 2) float32; nan: nowhere,
    unless it is ``filling`` the picture.
    """
    if layer.mesh is not None and not filling:
        return layer.mesh.maps(t, box)
    x, y = np.arange(box[0], box[2], dtype=np.float64), np.arange(box[1], box[3], dtype=np.float64)[:, None]
    back = inverse(layer.at(t))
    there = _after(layer.move, back)
    homes = [np.empty((box[3] - box[1], box[2] - box[0], 2), np.float32) for _ in range(2)]
    for home, move in zip(homes, (back, there), strict=True):
        for c in range(2):
            home[..., c] = move[c, 0] * x + move[c, 1] * y + move[c, 2]
    if layer.mesh is not None:
        for home, bent in zip(homes, layer.mesh.maps(t, box), strict=True):
            np.copyto(home, bent, where=~np.isnan(bent))
    return homes[0], homes[1]


def _after(second: Map, first: Map) -> Map:
    """One map after another."""
    return np.asarray(second @ np.vstack([first, [0, 0, 1]]), np.float64)


def _see(layer: Ints, other: Ints, share: Floats, k: int, box: tuple[slice, slice]) -> _Seen:
    rows, columns = box
    cut = crop_of(box, layer.shape, MARGIN)
    top, left = cut[0].start, cut[1].start
    mine, across, part = layer[cut], other[cut], share[cut]
    cover = part * (mine >= k) + (1 - part) * (across >= k)
    distance = signed_distance(cover >= 0.5, cover.astype(np.float32))
    own, behind = _away(mine == k), _away(mine < k)
    under = np.maximum(UNDER, behind) - own
    return _Seen(distance, own, under, left, top, (columns.start, rows.start, columns.stop, rows.stop))


def _away(there: npt.NDArray[np.bool_]) -> Floats:
    """Pixels to the border of the nearest place that is ``there``, 0 within; 99 where there is none."""
    if not there.any():
        return np.full(there.shape, 99.0, np.float32)
    far = cv2.distanceTransform((~there).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(np.maximum(0, far - np.float32(0.5)), np.float32)


def _reach(seen: tuple[_Seen, _Seen], layer: Layer, t: float, size: tuple[int, int]) -> Box:
    """The box of the frame that a layer can touch."""
    if layer.mesh is not None:
        every = layer.mesh.at(t).reshape(-1, 2)
    else:
        part, corners = layer.at(t), []
        for which, to in ((0, part), (1, _after(part, inverse(layer.move)))):
            if seen[which] is _NOWHERE:
                continue
            x0, y0, x1, y1 = seen[which].box
            corners.append(moved(to, np.array([[x0, y0], [x1, y0], [x0, y1], [x1, y1]], float)))
        if not corners:
            return 0, 0, 0, 0
        every = np.concatenate(corners)
    low, high = np.floor(every.min(0)) - UNDER - 3, np.ceil(every.max(0)) + UNDER + 3
    return max(0, int(low[0])), max(0, int(low[1])), min(size[1], int(high[0])), min(size[0], int(high[1]))
