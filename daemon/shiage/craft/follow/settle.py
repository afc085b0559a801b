"""A coloured frame from a film, a JPEG file or a scan, in the colours that its artist gave it.

Coding mixes the colours beside lines and borders, and grain lies on all of them. So a paint's colour is the mean of
where it lies deep and even, colours that are nearly the same are one, and what is beside a line is of the paint that
is next within its region.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..grain import Unrest, calmed, unrest_of
from ..strips import Check, never_stop
from .reference import INK, palette_of

_EVEN = 12.0  # levels that a calmed picture's neighbours differ where one paint is
_FROM_LINE = 2  # pixels: as far as 4:2:0 chroma is another's
_LEAST = 6  # pixels of an even area
_ONE = 6.0  # levels that a paint's own pixels differ from it once calmed
_SHARE = 0.05  # of an even area that a paint takes at least: less is the fall from one to another
_SAME = 3.0  # levels, in each channel, that two areas of one paint differ at most
_VAGUE = 30.0  # the same more, over the root of an area's pixels
_THIN = 16.0  # levels that what is too thin to be even anywhere is off
_FADED = 0.4  # of its hue is left there at least
_PARTS = np.array([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32)

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]


def settled(
    pictures: list[Picture],
    covered: list[NDArray[np.uint8]],
    labels: list[NDArray[np.int32]],
    check: Check = never_stop,
) -> list[Picture]:
    """The coloured frames, (H, W, 4) RGBA uint8 with straight alpha: those on which coding or grain lies with each
    pixel in one of few colours, the others as they are.

    ``covered``: (H, W) uint8 ink coverage; ``labels``: (H, W) int32, their regions, 1..n.
    """
    unrest = [unrest_of(_premultiplied(picture)) for picture in pictures]
    clean = [i for i, found in enumerate(unrest) if found is None]
    if len(clean) == len(pictures):
        return pictures
    drawn = [pictures[i] for i in clean], [covered[i] for i in clean], [labels[i] for i in clean]
    paints = _Paints(_premultiplied(palette_of(*drawn)) if clean else np.zeros((0, 4), np.float32))
    done = []
    for picture, found, coverage, regions in zip(pictures, unrest, covered, labels, strict=True):
        check()
        if found is None:
            done.append(picture)
        else:
            done.append(_settle(_premultiplied(picture), found, coverage < INK, regions, paints, check))
    return done


class _Paints:
    """The colours that are known, (K, 4) premultiplied: those asked for that are none of them are from then on."""

    def __init__(self, known: Floats) -> None:
        self._count = len(known)
        self._room = np.concatenate([known, np.zeros((64, 4), np.float32)])

    def nearest(self, colour: Floats, same: float) -> Floats:
        """The paint that is nearest to a colour (4,), if no channel is off by more than what is the ``same``."""
        if self._count:
            off = np.abs(self._room[: self._count] - colour).max(1)
            if off.min() <= same:
                return np.asarray(self._room[int(off.argmin())])
        return self._add(colour)

    def faded(self, colour: Floats) -> Floats:
        """The paint that a colour (4,) is, as coding brings it that stores hues more coarsely than lightness: between
        black lines it loses hue.
        """
        if self._count:
            known = self._room[: self._count]
            (light, hue), (own_light, own_hue) = _parted(known), _parted(colour[None])
            along = (hue * own_hue).sum(1) / np.maximum((hue**2).sum(1), 1)
            left = own_hue - along.clip(_FADED, 1)[:, None] * hue
            off = np.sqrt((left**2).sum(1) + (light - own_light) ** 2 + (known[:, 3] - colour[3]) ** 2)
            if off.min() <= _THIN:
                return np.asarray(known[int(off.argmin())])
        return self._add(colour)

    def _add(self, colour: Floats) -> Floats:
        if self._count == len(self._room):
            self._room = np.concatenate([self._room, np.zeros_like(self._room)])
        self._room[self._count] = colour
        self._count += 1
        return colour


def _premultiplied(picture: Picture) -> Floats:
    whole = picture.astype(np.float32)
    whole[..., :3] *= whole[..., 3:] / 255
    return whole


def _settle(
    pixels: Floats, unrest: Unrest, seen: NDArray[np.bool_], labels: NDArray[np.int32], paints: _Paints, check: Check
) -> Picture:
    """A picture, premultiplied, in its paints."""
    calm = calmed(pixels, unrest)
    check()
    areas, count = _even_areas(calm, seen, labels)
    check()
    inside = areas > 0
    of, size = areas[inside], np.bincount(areas.ravel(), minlength=count + 1)[1:]
    sums = [np.bincount(of, calm[..., c][inside], count + 1)[1:] for c in range(4)]
    colour = (np.stack(sums, 1) / size[:, None]).astype(np.float32)
    table = np.zeros((count + 1, 4), np.float32)
    for area in np.argsort(-size, kind="stable"):
        table[area + 1] = paints.nearest(colour[area], _SAME + _VAGUE * float(size[area]) ** -0.5)
    check()
    whose = _nearest_of_its_region(areas, size, labels)
    check()
    out = _straight(table)[whose]
    bare = whose == 0
    if bare.any():
        out[bare] = _thin(pixels, seen, labels, bare, paints)
    return out


def _straight(paints: Floats) -> Picture:
    """(n, 4) uint8 of premultiplied ones."""
    alpha = paints[:, 3:]
    colour = np.where(alpha >= 1, paints[:, :3] * 255 / alpha.clip(1), 0)
    return np.asarray(np.rint(np.concatenate([colour, alpha], 1).clip(0, 255)), np.uint8)


def _even_areas(calm: Floats, seen: NDArray[np.bool_], labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """(H, W) int32, 1..n: where one paint lies deep in a region, and even; 0 elsewhere."""
    square = np.ones((3, 3), np.uint8)
    steps = [cv2.morphologyEx(np.ascontiguousarray(calm[..., c]), cv2.MORPH_GRADIENT, square) for c in range(4)]
    region = labels.astype(np.float32)
    within = cv2.erode(region, square) == cv2.dilate(region, square)
    deep = cv2.distanceTransform(seen.astype(np.uint8), cv2.DIST_L2, 3) > _FROM_LINE
    even = (np.max(steps, axis=0) <= _EVEN) & within & deep
    count, areas = cv2.connectedComponents(even.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S)
    numbers = np.zeros(count, np.int32)
    kept = np.bincount(areas.ravel(), minlength=count) >= _LEAST
    kept[0] = False
    numbers[kept] = np.arange(1, int(kept.sum()) + 1)
    return _of_one_paint(numbers[areas], int(kept.sum()), calm)


def _of_one_paint(areas: NDArray[np.int32], count: int, calm: Floats) -> tuple[NDArray[np.int32], int]:
    """Even areas, 1..n, of one paint each: a soft border, or one of few levels, leads from one paint into the next."""
    inside = np.flatnonzero(areas)
    of = areas.ravel()[inside]
    order = np.argsort(of, kind="stable")
    places, starts = inside[order], np.searchsorted(of[order], np.arange(1, count + 2))
    colours = calm.reshape(-1, 4)
    flat = areas.ravel()
    for begin, end in pairwise(starts):
        left = places[begin:end]
        if (np.ptp(colours[left], axis=0) <= 2 * _ONE).all():
            continue
        number, least = int(flat[left[0]]), max(_LEAST, _SHARE * len(left))
        flat[left] = 0
        while len(left) >= least:
            mine = np.abs(colours[left] - _commonest(colours[left])).max(1) <= _ONE
            if mine.sum() < least:
                break
            flat[left[mine]] = number
            count, number, left = max(count, number), max(count, number) + 1, left[~mine]
    used = np.bincount(flat, minlength=count + 1) > 0
    used[0] = False
    numbers = (np.cumsum(used) * used).astype(np.int32)
    return numbers[flat].reshape(areas.shape), int(used.sum())


def _commonest(colours: Floats) -> Floats:
    """The colour about which most of (n, 4) lie, (4,)."""
    codes = np.rint(colours / _ONE).astype(np.int64) @ np.array([1 << 24, 1 << 16, 1 << 8, 1])
    values, counts = np.unique(codes, return_counts=True)
    return np.asarray(np.median(colours[codes == values[counts.argmax()]], axis=0), np.float32)


def _nearest_of_its_region(
    areas: NDArray[np.int32], size: NDArray[np.int64], labels: NDArray[np.int32]
) -> NDArray[np.int32]:
    """(H, W) int32: the area that is next to each pixel; where that is in another region, its own region's largest; 0
    in regions without any.
    """
    if not len(size):
        return np.zeros_like(areas)
    where = ndimage.distance_transform_edt(areas == 0, return_distances=False, return_indices=True)
    of = areas[tuple(where)]
    inside = areas > 0
    region = np.zeros(len(size) + 1, np.int64)
    region[areas[inside]] = labels[inside]
    main = np.zeros(int(labels.max()) + 1, np.int32)
    order = np.argsort(size, kind="stable") + 1
    main[region[order]] = order  # the largest last
    return np.where(region[of] == labels, of, main[labels]).astype(np.int32)


def _thin(
    pixels: Floats, seen: NDArray[np.bool_], labels: NDArray[np.int32], bare: NDArray[np.bool_], paints: _Paints
) -> Picture:
    """(n, 4) the paint of each ``bare`` pixel: that which its region's median is."""
    numbers, of, size = np.unique(labels[bare], return_inverse=True, return_counts=True)
    looked = np.where(seen[bare], of + 1, 0)
    looked = np.where(np.isin(of + 1, looked), looked, of + 1)  # of a region that is all line, the line
    given, each = pixels[bare], np.arange(len(numbers)) + 1
    middle = np.stack([ndimage.median(given[:, c], looked, each) for c in range(4)], 1).astype(np.float32)
    table = np.zeros((len(numbers), 4), np.float32)
    for i in np.argsort(-size, kind="stable"):
        table[i] = paints.faded(middle[i])
    return _straight(table)[of]


def _parted(colours: Floats) -> tuple[Floats, Floats]:
    """Lightness (n,) and hue (n, 2) of (n, 4), as JPEG stores them (ITU-R BT.601)."""
    parted = colours[:, :3] @ _PARTS.T
    return parted[:, 0], parted[:, 1:]
