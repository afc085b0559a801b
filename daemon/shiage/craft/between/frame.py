"""Two keys and all that can be drawn between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import cv2
import numpy as np
from scipy import ndimage

from ..follow import Matcher
from ..strips import over_each
from .enlarge import enlarged
from .flow import Flows, Ways, flows_of, sampled, ways_by_flow
from .layers import MARGIN as LAYER
from .layers import Stage
from .plan import Plan, layer_flow, plan
from .read import Key, ManyAreas
from .reader import Reader
from .registration import MARGIN as OUTLINE
from .registration import crop_of
from .samples import Floats, Samples, on_white, samples_of, see_through, small_of
from .whole import Whole

Style = Literal["cel", "line", "paint"]

_FLAT = 0.55  # of a picture is even colour: it is made of areas
_WHITE = 24.0  # levels: the areas of line art differ less
_MOST_AREAS = 600  # that are matched with one another
_SURE = 40.0  # levels that flow may be off to count a third
_BYTES = 400  # a pixel, while a pair is worked on; measured: 270 to 320 in one thread, up to 400 in two
_CROPS = 150  # of them for what is kept about areas; measured: 60 to 200 in drawings, far more with long slanting ones
_CALMED = 64  # bytes a pixel more, where the keys are disturbed
KEPT = 10  # bytes a pixel of the pictures themselves, where they are followed at a smaller size


@dataclass(frozen=True, eq=False)
class Guess:
    """A frame between by other means: ``ways`` from the keys; the finished ``frame`` (H, W, 3), where that is more."""

    ways: Ways
    frame: Floats | None = None


class Guesser(Protocol):
    """Finds frames between from two keys, (H, W, 3) float32 0..255, and where they went: of each key the flow (H, W, 2)
    and the trust in it (H, W) 0..1. Gives a function of the time. ``bytes_a_pixel``: memory that it takes.
    """

    @property
    def bytes_a_pixel(self) -> int: ...

    def __call__(
        self, a: Floats, b: Floats, led: tuple[tuple[Floats, Floats], tuple[Floats, Floats]]
    ) -> Callable[[float], Guess]: ...


@dataclass(frozen=True, eq=False)
class Drawn:
    """A frame between: ``pixels`` as the keys are; ``ways``, by which other passes follow."""

    pixels: Samples
    ways: Ways


class Pair:
    """Two keys, (H, W, 4) uint8 or uint16 RGBA with straight alpha, of one size and type; read once for any times.

    ``style``: None = as the keys look. ``guesser``: what stands in for dense flow where nothing is made of areas, and
    in paintings; between flat areas and lines, of which one key's alone are shown, flow does better.
    ``most_bytes``: memory to work in; larger pictures are followed at a smaller size and painted at their own.
    """

    def __init__(
        self,
        a: Samples,
        b: Samples,
        matcher: Matcher,
        *,
        style: Style | None = None,
        guesser: Guesser | None = None,
        most_bytes: int = 2 << 30,
        areas: bool = True,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._given = a, b
        self._check = check
        self._opaque = not see_through(a) and not see_through(b)
        small = self._brought(_BYTES, most_bytes)
        self._reader = Reader(small if areas else [])
        each = _BYTES + _CALMED * self._reader.disturbed
        if self._fitting(each, most_bytes) < self.scale:
            small = self._brought(each, most_bytes)
        areas = areas and min(_evenness(self._reader.calm(key)) for key in small) >= _FLAT
        keys = self._read(small) if areas else []
        check()
        each += max(0, _crops_of(keys) - _CROPS)
        if self._fitting(each, most_bytes) < self.scale:
            small = self._brought(each, most_bytes)
            keys = self._read(small)
        if guesser is not None and guesser.bytes_a_pixel > _BYTES and (not keys or style == "paint"):
            wide = small[0].shape
            small = self._brought(guesser.bytes_a_pixel, most_bytes)
            keys = self._read(small) if keys and small[0].shape != wide else keys
        self.style: Style = style or _style_of(keys)
        self._stage: Stage | None = None
        self._whole: Whole | None = None
        self._flows: Flows
        if keys:
            found = plan(keys[0], keys[1], matcher, check)
            keys = list(found.keys)
            self._flows = found.flows
            self._stage = Stage(keys[0], keys[1], found, check)
            if self.style != "paint":
                self._whole = Whole(keys[0], keys[1], found, self._stage.lost, check)
        else:
            self._flows = flows_of(small[0], small[1])
        self._keys = small
        self._shown = [self._reader.shown(key) for key in small] if self._whole is not None else small
        self._guess = None
        if guesser is not None and self._whole is None:
            if keys:
                led = _led(found, keys[0], first=True), _led(found, keys[1], first=False)
            else:
                led = (self._flows.ahead, fits(self._flows.off_ahead)), (self._flows.back, fits(self._flows.off_back))
            self._guess = guesser(on_white(small[0]), on_white(small[1]), led)

    def _read(self, small: list[Floats]) -> list[Key]:
        """Both keys read; none where they have too many areas."""
        try:
            return over_each(lambda key: self._reader.read(key, _MOST_AREAS), small, self._check)
        except ManyAreas:
            return []

    def _brought(self, each: int, most_bytes: int) -> list[Floats]:
        """The keys at the size at which ``each`` bytes a pixel fit."""
        self.scale = self._fitting(each, most_bytes)
        small = []
        for key in self._given:
            self._check()
            small.append(small_of(key, self._opaque, self.scale, self._check))
        return small

    def _fitting(self, each: int, most_bytes: int) -> float:
        """The share of the keys' size at which ``each`` bytes a pixel fit."""
        height, width = self._given[0].shape[:2]
        room = max(most_bytes - KEPT * height * width, most_bytes // 4)
        return float(min(1.0, (room / (each * height * width)) ** 0.5))

    def at(self, t: float) -> Drawn:
        """The frame at ``t`` of the way, 0..1."""
        self._check()
        if self._whole is not None and self._stage is not None:
            frame, ways = self._by_areas(self._stage, self._whole, t)
        else:
            guess = self._guess(t) if self._guess is not None else Guess(ways_by_flow(self._flows, t))
            ways = guess.ways if self.style == "paint" else _one_key(guess.ways, t)
            frame = ways.mix(*self._keys)
            if guess.frame is not None and self.style == "paint":
                frame[..., :3] = guess.frame
            self._check()
            if self._stage is not None:
                laid = self._stage.at(t, self._check)
                sure = _soft(laid.sure)
                frame = _mixed(frame, laid.pixels, sure)
                ways = _either(laid.ways, ways, sure)
        if self.scale < 1:
            small = self._keys[0], self._keys[1]
            made = enlarged(self._given, small, frame, ways, opaque=self._opaque, check=self._check)
            return Drawn(made, ways)
        return Drawn(samples_of(frame, self._given[0].dtype, self._opaque), ways)

    def _by_areas(self, stage: Stage, whole: Whole, t: float) -> tuple[Floats, Ways]:
        """The frame of the areas that were followed, the rest drawn whole."""
        laid = stage.at(t, self._check)
        ways = whole.ways(t)
        missed = whole.missed(ways, laid.layer, 1 - laid.sure, t)
        if not missed.any():
            return laid.pixels, laid.ways
        frame = sampled(self._shown[0], ways.to_a) if t < 0.5 else sampled(self._shown[1], ways.to_b)
        return _mixed(laid.pixels, frame, missed), _either(ways, laid.ways, missed)

    def carry(self, a: Floats, b: Floats, ways: Ways) -> Floats:
        """Another pass of both keys, (H, W, C) float32 of any channels, brought to the frame of ``ways``."""
        height, width = a.shape[:2]
        whole = _enlarged(ways, (height, width))
        return whole.mix(a, b)


def _evenness(key: Floats) -> float:
    """The share of pixels that are like their neighbours."""
    spread = [
        cv2.morphologyEx(np.ascontiguousarray(key[..., c]), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        for c in range(key.shape[2])
    ]
    return float((np.max(spread, axis=0) <= 6).mean())


def _crops_of(keys: list[Key]) -> int:
    """Bytes a pixel of the pictures that is kept about their areas: an outline each, and three of their layers."""
    if not keys:
        return 0
    whole = 0
    for key in keys:
        shape = key.labels.shape
        for box in ndimage.find_objects(key.labels, len(key)):
            if box is not None:
                outline, seen = crop_of(box, shape, OUTLINE), crop_of(box, shape, LAYER)
                whole += sum(each * _area(crop) for each, crop in ((4, outline), (12, seen)))
    return whole // int(keys[0].labels.size)


def _area(crop: tuple[slice, slice]) -> int:
    return int((crop[0].stop - crop[0].start) * (crop[1].stop - crop[1].start))


def _style_of(keys: list[Key]) -> Style:
    if not keys:
        return "paint"
    paints = np.concatenate([key.paint[1:] for key in keys])
    weight = np.concatenate([key.described.area for key in keys])
    middle = np.median(np.repeat(paints, 1 + (20 * weight / weight.max()).astype(int), axis=0), axis=0)
    off = np.abs(paints - middle).max(1)
    return "line" if float(weight[off > _WHITE].sum() / weight.sum()) < 0.02 else "cel"


def _led(found: Plan, key: Key, *, first: bool) -> tuple[Floats, Floats]:
    """Where a key's areas went, where they were followed; else where dense flow says, as far as that fits."""
    of = (found.of_a if first else found.of_b)[key.labels]
    flow, off = (found.flows.ahead, found.flows.off_ahead) if first else (found.flows.back, found.flows.off_back)
    trusted = np.array([x.trusted and x.first and x.second for x in found.layers])[of]
    by_layer = layer_flow(found, key, first=first)
    return np.where(trusted[..., None], by_layer, flow), np.where(trusted, np.float32(1), fits(off))


def fits(off: Floats) -> Floats:
    """How much flow that is ``off`` by so many levels is to be believed, 0..1."""
    return np.asarray(np.exp(-off / _SURE), np.float32)


def _one_key(ways: Ways, t: float) -> Ways:
    """All of the key that is nearer in time, the other only where that one shows nothing: no double lines."""
    second = ways.share > (0.98 if t < 0.5 else 0.02)
    return Ways(ways.to_a, ways.to_b, second.astype(np.float32))


def _soft(sure: Floats) -> Floats:
    """What is unsure goes over into what is sure, in a painting."""
    wide = cv2.erode(sure, np.ones((7, 7), np.uint8))
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), 2.0), np.float32)


def _mixed(one: Floats, other: Floats, share: Floats) -> Floats:
    return np.asarray(one + share[..., None] * (other - one), np.float32)


def _either(sure: Ways, other: Ways, share: Floats) -> Ways:
    take = (share >= 0.5)[..., None]
    return Ways(
        np.where(take, sure.to_a, other.to_a),
        np.where(take, sure.to_b, other.to_b),
        np.where(take[..., 0], sure.share, other.share),
    )


def _enlarged(ways: Ways, size: tuple[int, int], top: int = 0, end: int | None = None) -> Ways:
    """The ways at a larger size, rows ``top`` to ``end``."""
    height, width = size
    end = height if end is None else end
    small = ways.share.shape
    if small == (height, width):
        rows = slice(top, end)
        return Ways(ways.to_a[rows], ways.to_b[rows], ways.share[rows])
    up, across = small[0] / height, small[1] / width
    y = ((np.arange(top, end, dtype=np.float32) + 0.5) * up - 0.5)[:, None]
    x = ((np.arange(width, dtype=np.float32) + 0.5) * across - 0.5)[None]
    maps = np.broadcast_to(x, (end - top, width)).copy(), np.broadcast_to(y, (end - top, width)).copy()
    large = np.array([1 / across, 1 / up], np.float32)

    def grown(field: Floats) -> Floats:
        return np.asarray(cv2.remap(field, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)

    return Ways(grown(ways.to_a) * large, grown(ways.to_b) * large, grown(ways.share))
