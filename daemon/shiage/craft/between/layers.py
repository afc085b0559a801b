"""Painting the frame between: each layer where it has got to, from back to front, out of both keys.

At a place of the frame, a layer's motion says where that place was in the first key and will be in the second. A key in
which something lies before the layer there says nothing of it. What the keys say of the layer's outline (a signed
distance) and lines is mixed by time, so that a shape that changes goes from one to the other with a crisp border.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..kernel import kernel
from .flow import Ways
from .lines import Lines, carry, lines_of
from .moves import Map, inverse, moved
from .plan import Layer, Plan
from .read import Key
from .registration import signed_distance
from .run_in import run_in
from .strokes import freed
from .trust import trust

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

_AGREE = 6.0  # pixels by which two keys may differ on where a border runs
_ABOUT = 6  # pixels about a place where the keys don't agree that go with it
_UNDER = 10  # pixels that a layer is taken to go on under what hides it in both keys


@dataclass(eq=False)
class _Seen:
    """A layer in one key: ``distance`` (h, w) to its border, positive inside or under what lies before it; ``own``:
    (h, w) float32 pixels to the nearest of its own pixels; of the crop at ``left``, ``top``.
    """

    distance: Floats
    own: Floats
    left: int
    top: int
    box: tuple[int, int, int, int]


_NOWHERE = _Seen(np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32), 0, 0, (0, 0, 0, 0))


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
        self._lines = lines_of(a, self._layer[0], self._other[0]), lines_of(b, self._layer[1], self._other[1])
        self._drawn = self._parted([self._freed(k, check) for k in range(2)])
        self._paint = np.zeros((len(plan.layers), a.pixels.shape[2]), np.float32)
        for of, key in ((plan.of_b, b), (plan.of_a, a)):
            self._paint[of[1:]] = key.paint[1:]
        self._seen = [self._seen_in(k, check) for k in range(2)]

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

    def _freed(self, which: int, check: Callable[[], None]) -> Floats:
        """Of the lines of a key, how far they go that their layer doesn't lead, as :func:`.strokes.freed`."""
        lines, flows = self._lines[which], self.plan.flows
        here, there = (self.a, self.b)[which], (self.b, self.a)[which]
        flow, off = (flows.ahead, flows.off_ahead) if which == 0 else (flows.back, flows.off_back)
        end = 1.0 if which == 0 else 0.0
        led = self._led(lines, end)

        def way_of(layer: int, x: Ints, y: Ints) -> Floats:
            return _way(self.plan.layers[layer], end, x, y, which == 0)

        soft = [np.asarray(cv2.blur(key.pixels, (3, 3)), np.float32) for key in (here, there)]
        return freed(lines, led, way_of, flow, off, soft[0], soft[1], check)

    def at(self, t: float, check: Callable[[], None] = lambda: None) -> Between:
        """The frame at ``t``, 0..1."""
        a, b = self.a, self.b
        height, width, channels = a.pixels.shape
        pixels = np.zeros((height, width, channels), np.float32)
        from_a, from_b = (np.zeros((height, width, 2), np.float32) for _ in range(2))
        share, unsure = (np.zeros((height, width), np.float32) for _ in range(2))
        top = np.zeros((height, width), np.int32)
        for k, layer in enumerate(self.plan.layers):
            check()
            if not (layer.first and layer.second) and layer.first != (t < 0.5):
                continue
            seen = self._seen[0][k], self._seen[1][k]
            box = (0, 0, width, height) if k == 0 else _reach(seen, layer, t, (height, width))
            if box[2] <= box[0] or box[3] <= box[1]:
                continue
            home_a, home_b = _homes(layer, t, box, k == 0)
            deep, weight = (np.zeros((*home_a.shape[:2], 2), np.float32) for _ in range(2))
            _depths(
                box, k, np.float32(t), home_a, home_b, layer.first, layer.second,
                self._layer[0], seen[0].distance, seen[0].own, seen[0].left, seen[0].top,
                self._layer[1], seen[1].distance, seen[1].own, seen[1].left, seen[1].top, deep, weight,
            )  # fmt: skip
            _lay(
                pixels, from_a, from_b, share, top, unsure, layer.trusted, box, k, np.float32(t), home_a, home_b,
                weight, _inside(deep, weight), self._paint[k], self._layer[0], a.painted, self._layer[1], b.painted,
            )  # fmt: skip
        for lines, free in self._drawn[0 if t < 0.5 else 1]:
            carry(lines, self._shift(lines, free, t), pixels, top, self.plan.before)
        here = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)
        ways = Ways((from_a - here).astype(np.float32), (from_b - here).astype(np.float32), share)
        if unsure.any():
            wide = cv2.dilate(unsure, np.ones((7, 7), np.uint8))
            unsure = np.asarray(cv2.GaussianBlur(wide, (0, 0), 2.0), np.float32)
        return Between(pixels, ways, top, 1 - unsure)

    def _parted(self, free: list[Floats]) -> list[list[tuple[Lines, Floats]]]:
        """What is drawn of the lines nearer to either key, with how far that is freed; and whom to trust, told by them."""
        goes = self._shift(self._lines[0], free[0], 1.0), self._shift(self._lines[1], free[1], 0.0)
        trust(self.plan, self._lines, goes)
        found = []
        for which, lines in enumerate(self._lines):
            other = 1 - which
            told = run_in(lines, goes[which], self._lines[other], goes[other])
            found.append([(told.own, free[which]), (told.parted, free[other][told.of])])
        return found

    def _shift(self, lines: Lines, free: Floats, t: float) -> Floats:
        """(p, 2) how far each pixel of the lines' band has come from its key at ``t``; ``free`` as :func:`.strokes.freed`."""
        far = t if lines.key is self.a else 1 - t
        return np.where(np.isnan(free), self._led(lines, t), np.float32(far) * free)

    def _led(self, lines: Lines, t: float) -> Floats:
        """The same, where each pixel's layer leads it."""
        ys, xs = lines.band.T
        of = lines.owner[ys, xs]
        shift = np.zeros((len(of), 2), np.float32)
        first = lines.key is self.a
        for k in np.unique(of):
            layer, here = self.plan.layers[k], of == k
            shift[here] = _way(layer, t, xs[here], ys[here], first)
        return shift


def _way(layer: Layer, t: float, x: Ints, y: Ints, first: bool) -> Floats:
    """(p, 2) how far places of the first key (else of the second) are from there at ``t``."""
    at = np.stack([x, y], 1).astype(np.float64)
    if layer.mesh is not None:
        there = layer.mesh.carried(at if first else layer.mesh.came(at), t)
    else:
        part = layer.at(t)
        back = np.eye(2, 3) if first else inverse(layer.move)
        there = moved(part, moved(back, at))
    return np.asarray(there - at, np.float32)


def _homes(layer: Layer, t: float, box: tuple[int, int, int, int], filling: bool) -> tuple[Floats, Floats]:
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
    height, width = layer.shape
    rows, columns = box
    margin = 16 + max(rows.stop - rows.start, columns.stop - columns.start) // 4
    top, left = max(0, rows.start - margin), max(0, columns.start - margin)
    cut = slice(top, min(height, rows.stop + margin)), slice(left, min(width, columns.stop + margin))
    mine, across, part = layer[cut], other[cut], share[cut]
    cover = part * (mine >= k) + (1 - part) * (across >= k)
    distance = signed_distance(cover >= 0.5, cover.astype(np.float32))
    own = np.maximum(0, -signed_distance(mine == k, np.zeros(mine.shape, np.float32)))
    return _Seen(distance, own, left, top, (columns.start, rows.start, columns.stop, rows.stop))


def _reach(seen: tuple[_Seen, _Seen], layer: Layer, t: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
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
    low, high = np.floor(every.min(0)) - _UNDER - 3, np.ceil(every.max(0)) + _UNDER + 3
    return max(0, int(low[0])), max(0, int(low[1])), min(size[1], int(high[0])), min(size[0], int(high[1]))


@kernel
def _at(field: Floats, left: int, top: int, x: float, y: float) -> float:
    """A crop's value at a place of the picture; beyond it the value at its edge less the way there."""
    height, width = field.shape
    x, y = x - left, y - top
    px, py = min(max(x, 0.0), width - 1.001), min(max(y, 0.0), height - 1.001)
    i, j = int(py), int(px)
    if height < 2 or width < 2:
        return -99.0
    v, u = py - i, px - j
    value = (field[i, j] * (1 - u) + field[i, j + 1] * u) * (1 - v)
    value += (field[i + 1, j] * (1 - u) + field[i + 1, j + 1] * u) * v
    return float(value - np.sqrt((x - px) ** 2 + (y - py) ** 2))


@kernel
def _seen_depth(distance: Floats, own: Floats, left: int, top: int, x: float, y: float) -> float:
    """How deep inside a layer a place of a key is where the key shows it: beside what lies before it, too, it is only
    where its own pixels are.
    """
    deep, near = _at(distance, left, top, x, y), _at(own, left, top, x, y)
    return min(deep, 1.0 - near) if near > 1 else deep


@kernel
def _taken(picture: Floats, whose: Ints, k: int, x: float, y: float, colour: npt.NDArray[np.float64]) -> float:
    """Into ``colour``: the picture there, of the layer's own pixels alone; gives how much of the place is its own."""
    height, width = whose.shape
    px, py = min(max(x, 0.0), width - 1.001), min(max(y, 0.0), height - 1.001)
    i, j = int(py), int(px)
    total = 0.0
    colour[:] = 0
    for dy in range(2):
        for dx in range(2):
            ny, nx = min(i + dy, height - 1), min(j + dx, width - 1)
            if whose[ny, nx] != k:
                continue
            weight = (py - i if dy else 1 - (py - i)) * (px - j if dx else 1 - (px - j))
            total += weight
            for c in range(len(colour)):
                colour[c] += weight * picture[ny, nx, c]
    if total > 1e-4:
        for c in range(len(colour)):
            colour[c] /= total
    return total


@kernel
def _depths(
    box: tuple[int, int, int, int],
    k: int,
    t: np.float32,
    home_a: Floats,
    home_b: Floats,
    in_a: bool,
    in_b: bool,
    layer_a: Ints,
    distance_a: Floats,
    own_a: Floats,
    left_a: int,
    top_a: int,
    layer_b: Ints,
    distance_b: Floats,
    own_b: Floats,
    left_b: int,
    top_b: int,
    deep: Floats,
    weight: Floats,
) -> None:
    """How deep inside a layer the keys say that each place of the box is, and what weight either's word has; where both
    are silent, the first of ``deep`` is how deep it is taken to be.
    """
    height, width = layer_a.shape
    for y in range(box[3] - box[1]):
        for x in range(box[2] - box[0]):
            ax, ay = home_a[y, x]
            bx, by = home_b[y, x]
            if np.isnan(ax):
                continue
            ia, ja = int(np.rint(ay)), int(np.rint(ax))
            ib, jb = int(np.rint(by)), int(np.rint(bx))
            off_a = ia < 0 or ja < 0 or ia >= height or ja >= width
            off_b = ib < 0 or jb < 0 or ib >= height or jb >= width
            if in_a and not off_a and layer_a[ia, ja] <= k:
                weight[y, x, 0] = 1 - t
            if in_b and not off_b and layer_b[ib, jb] <= k:
                weight[y, x, 1] = t
            if k == 0:
                continue
            if weight[y, x, 0] > 0:
                deep[y, x, 0] = _seen_depth(distance_a, own_a, left_a, top_a, ax, ay)
            if weight[y, x, 1] > 0:
                deep[y, x, 1] = _seen_depth(distance_b, own_b, left_b, top_b, bx, by)
            if weight[y, x, 0] + weight[y, x, 1] == 0:
                near = 99.0
                if in_a and not off_a:
                    near = min(near, _at(own_a, left_a, top_a, ax, ay))
                if in_b and not off_b:
                    near = min(near, _at(own_b, left_b, top_b, bx, by))
                deep[y, x, 0] = _UNDER - near


def _inside(deep: Floats, weight: Floats) -> Floats:
    """(h, w) how deep inside a layer each place is, if the keys say ``deep`` and their words have ``weight``, (h, w, 2):
    their mean, and about where they are far from agreeing, what the weightier one says. A limb that the motion has
    missed goes over from one to the other whole; the mean would be no limb at all.
    """
    both = weight[..., 0] + weight[..., 1]
    share = np.asarray(weight[..., 1] / np.maximum(both, np.float32(1e-9)), np.float32)
    apart = np.where(weight.min(2) > 0, np.abs(deep[..., 0] - deep[..., 1]), np.float32(0))
    hard = np.clip((apart - _AGREE) / _AGREE, 0, 1).astype(np.float32)
    if hard.any():
        wide = cv2.dilate(hard, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _ABOUT + 1,) * 2))
        hard = np.maximum(hard, cv2.GaussianBlur(wide, (0, 0), 0.4 * _ABOUT))
        share += hard * (np.round(share) - share)
    return np.asarray(deep[..., 0] + share * (deep[..., 1] - deep[..., 0]), np.float32)


@kernel
def _lay(
    out: Floats,
    from_a: Floats,
    from_b: Floats,
    shares: Floats,
    top_layer: Ints,
    unsure: Floats,
    trusted: bool,
    box: tuple[int, int, int, int],
    k: int,
    t: np.float32,
    home_a: Floats,
    home_b: Floats,
    weight: Floats,
    inside: Floats,
    paint: Floats,
    layer_a: Ints,
    painted_a: Floats,
    layer_b: Ints,
    painted_b: Floats,
) -> None:
    """Lay one layer over what is there."""
    height, width, channels = out.shape
    colour_a, colour_b = np.zeros(channels), np.zeros(channels)
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            ax, ay = home_a[y - box[1], x - box[0]]
            bx, by = home_b[y - box[1], x - box[0]]
            if np.isnan(ax):
                continue
            weight_a, weight_b = weight[y - box[1], x - box[0]]
            cover = min(max(inside[y - box[1], x - box[0]] + 0.5, 0.0), 1.0) if k > 0 else 1.0
            if cover > 0:
                part_a = _taken(painted_a, layer_a, k, ax, ay, colour_a) if weight_a > 0 else 0.0
                part_b = _taken(painted_b, layer_b, k, bx, by, colour_b) if weight_b > 0 else 0.0
                share_a = (1.0 - t) * min(part_a, 1.0) if part_a > 0 else 0.0
                share_b = t * min(part_b, 1.0) if part_b > 0 else 0.0
                total = share_a + share_b
                for c in range(channels):
                    value = paint[c]
                    if total > 1e-4:
                        value = np.float32((share_a * colour_a[c] + share_b * colour_b[c]) / total)
                    out[y, x, c] += np.float32(cover) * (value - out[y, x, c])
            if cover > 0.5:
                from_a[y, x, 0], from_a[y, x, 1] = ax, ay
                from_b[y, x, 0], from_b[y, x, 1] = bx, by
                top_layer[y, x] = k
                unsure[y, x] = 0.0 if trusted else 1.0
                sum_of = weight_a + weight_b
                shares[y, x] = weight_b / sum_of if sum_of > 0 else t
