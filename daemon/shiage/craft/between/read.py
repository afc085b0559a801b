"""Reading a key frame: its areas of one paint, the lines between them, and what colour lies under the lines.

Flat areas have no texture, and their borders are mixtures of both sides; so each pixel is told to be paint, a mixture
of the two paints beside it, or line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from ..follow import Described, describe
from ..follow.candidates import Looks, close_looks
from ..kernel import kernel

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]

_SAME = 3.0  # levels between neighbours of one paint: a soft gradient's steps
_MIXED = 14.0  # levels that a mixture of two paints may be off
_REACH = 10  # pixels from a line or a border to the paints beside it
_SIDES = 5  # areas about one pixel that are looked at
_LEAST = 9  # pixels of an area
_LINE = 0.014  # of the picture's shorter side: half the width up to which a long area is a line
_LONG = 12  # squares of its width that a line is long, at least
_BLOB = 0.95  # of a broad line's mean width: the radius of its widest place; what is wider somewhere is an area
_SEAM = 3  # pixels along which two areas meet, at least, to be one
_ALONE = 0.8  # of what lies beside it is one area: it parts nothing, and is a thin thing rather than a line
_BEYOND = 6  # pixels from an area, across its outline
_CONTRAST = 40.0  # levels by which an outline differs from both its sides
_OUTLINED = 0.4  # of its rim has an outline: it is no line


@dataclass(frozen=True, eq=False)
class Key:
    """A key frame. H x W pixels, C channels (premultiplied with alpha), n areas.

    ``pixels``: (H, W, C) float32 0..255. ``labels``: (H, W) int32 1..n, every pixel. ``other``: (H, W) int32, the area
    across the border, 0 where there is none near. ``share``: (H, W) float32, how much of a border pixel is its own
    area's paint, 1 inside. ``painted``: (H, W, C) float32, the picture without lines and mixtures. ``ink``: (H, W)
    float32 0..1, how much a line covers; ``inked``: (H, W, C) float32, the line's own colour. ``paint``: (n + 1, C)
    each area's mean colour. ``described``: the areas as they are matched.
    """

    pixels: Floats
    labels: Labels
    other: Labels
    share: Floats
    painted: Floats
    ink: Floats
    inked: Floats
    paint: Floats
    described: Described

    def __len__(self) -> int:
        return len(self.described)

    @cached_property
    def soft(self) -> Floats:
        """``pixels``, each the mean of the nine about it: so a motion may be off by a part of a pixel."""
        return np.asarray(cv2.blur(self.pixels, (3, 3)), np.float32)

    @cached_property
    def looks(self) -> Looks:
        """(n, d) the lines close about each area, each row of length 1."""
        return close_looks(_as_lines(self.labels, self.ink), self.described)

    def forget(self) -> None:
        """Let go of what is needed only until it is known who moves where."""
        for name in ("soft", "looks"):
            self.__dict__.pop(name, None)

    @cached_property
    def places(self) -> list[Labels]:
        """For each area, and before the first one for none, (n, 2) int32 y, x of its pixels."""
        return places_of(self.labels, len(self), np.ones(self.labels.shape, bool))


def places_of(labels: Labels, count: int, looked: npt.NDArray[np.bool_]) -> list[Labels]:
    """For each label 0..count, (n, 2) int32 y, x of those of its pixels that are ``looked`` at."""
    ys, xs = np.nonzero(looked)
    of = labels[ys, xs]
    order = np.argsort(of, kind="stable")
    every = np.stack([ys[order], xs[order]], 1).astype(np.int32)
    return np.split(every, np.searchsorted(of[order], np.arange(1, count + 1)))


def edges(labels: Labels) -> npt.NDArray[np.uint8]:
    """(H, W) uint8: 1 where a pixel's label is not that of the one to its left, or above it."""
    found = np.zeros(labels.shape, np.uint8)
    found[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    found[1:] |= labels[1:] != labels[:-1]
    return found


def inner(labels: Labels) -> npt.NDArray[np.bool_]:
    """(H, W) where everything within two pixels is the same."""
    square = np.ones((5, 5), np.uint8)
    deep = labels.astype(np.float32)
    return np.asarray(cv2.erode(deep, square) == cv2.dilate(deep, square))


class ManyAreas(Exception):
    """A key of more areas than are matched: a page of screentone, say."""


def read_key(pixels: Floats, most: int | None = None) -> Key:
    """Read a key frame, (H, W, C) float32 0..255.

    Raises ManyAreas where it has more than ``most``: what is known of two areas each would not fit in memory.
    """
    pixels = np.ascontiguousarray(pixels, np.float32)
    cores, slim = _cores(pixels)
    if not cores.any():
        cores[:] = 1
    labels, other = np.zeros_like(cores), np.zeros_like(cores)
    share, ink = np.ones(cores.shape, np.float32), np.zeros(cores.shape, np.float32)
    painted, inked = pixels.copy(), pixels.copy()
    _tell(pixels, cores, slim, nearest(cores > 0), labels, other, share, ink, painted)
    one = _seamless(labels, ink, _paints(labels, painted))
    labels, other = one[labels], one[other]
    within = other == labels
    other[within], share[within] = 0, 1
    if most is not None and int(one.max()) > most:
        raise ManyAreas
    _measure_ink(pixels, painted, ink, inked)
    described = describe(labels, _as_lines(labels, ink))
    return Key(pixels, labels, other, share, painted, ink, inked, _paints(labels, painted), described)


def joined(key: Key, one: Labels) -> Key:
    """The key with those areas as one that have the same number in ``one``, (n + 1,)."""
    numbers = np.concatenate([[0], np.unique(one[1:], return_inverse=True)[1] + 1]).astype(np.int32)
    labels, other = numbers[key.labels], numbers[key.other]
    within = other == labels
    share = np.where(within, np.float32(1), key.share)
    other[within] = 0
    described = describe(labels, _as_lines(labels, key.ink))
    return replace(
        key, labels=labels, other=other, share=share, described=described, paint=_paints(labels, key.painted)
    )


def _paints(labels: Labels, painted: Floats) -> Floats:
    """(n + 1, C) the mean colour of each area."""
    count, flat = int(labels.max()) + 1, labels.ravel()
    size = np.maximum(np.bincount(flat, minlength=count), 1)
    sums = [np.bincount(flat, painted[..., c].ravel(), count) for c in range(painted.shape[2])]
    return np.asarray(np.stack(sums, 1) / size[:, None], np.float32)


def _seamless(labels: Labels, ink: Floats, paint: Floats) -> Labels:
    """(n + 1,) new numbers, in which areas of one paint are one that meet without a line between them: the hairline
    where a drawing program lays two shapes side by side is none.
    """
    count = len(paint)
    found, drawn = [], []
    for one, two, here, there in (
        (labels[:, :-1], labels[:, 1:], ink[:, :-1], ink[:, 1:]),
        (labels[:-1], labels[1:], ink[:-1], ink[1:]),
    ):
        apart = one != two
        low, high = np.minimum(one[apart], two[apart]), np.maximum(one[apart], two[apart])
        found.append(low.astype(np.int64) * count + high)
        drawn.append(np.maximum(here[apart], there[apart]) > 0)
    pairs, of = np.unique(np.concatenate(found), return_inverse=True)
    lined = np.bincount(of, np.concatenate(drawn), len(pairs))
    open_ = np.bincount(of, minlength=len(pairs)) - lined
    one, two = pairs // count, pairs % count
    joined = (np.abs(paint[one] - paint[two]).max(1) <= _SAME) & (open_ > lined) & (open_ >= _SEAM) & (one > 0)
    links = csr_matrix((joined[joined], (one[joined], two[joined])), (count, count))
    _, group = connected_components(links, directed=False)
    numbers = np.unique(group[1:], return_inverse=True)[1] + 1
    return np.concatenate([[0], numbers]).astype(np.int32)


def _cores(pixels: Floats) -> tuple[Labels, npt.NDArray[np.bool_]]:
    """Areas of even colour that hold at least a 3 x 3 square, 1..n; 0 elsewhere. And where such are but lines.

    They are joined through pixels whose eight neighbours are alike: along a border that is nearly level, mixtures
    change so slowly that they would lead from one paint to the other.
    """
    even = _even(pixels, np.float32(_SAME))
    found = np.zeros(even.shape, np.int32)
    count, labels = cv2.connectedComponents(even, connectivity=4, ltype=cv2.CV_32S)
    _join(pixels, np.asarray(labels, np.int32), np.float32(_SAME), found)
    size = np.bincount(found.ravel(), minlength=count)
    mean = [
        np.bincount(found.ravel(), pixels[..., c].ravel(), count) / np.maximum(size, 1) for c in range(pixels.shape[2])
    ]
    found = _grow(pixels, found, np.stack(mean, 1).astype(np.float32), np.float32(_SAME))
    size = np.bincount(found.ravel(), minlength=count)
    slim = _slim(pixels, found, size)
    slim[0] = False
    kept = (size >= _LEAST) & ~slim
    kept[0] = False
    numbers = np.zeros(count, np.int32)
    numbers[kept] = np.arange(1, int(kept.sum()) + 1)
    return numbers[found], slim[found]


def _slim(pixels: Floats, labels: Labels, size: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """(n + 1,) which areas are lines: nowhere wider than a line, many times as long as wide, and without an outline."""
    border = np.zeros(labels.shape, bool)
    border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    border[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    border[1:] |= labels[1:] != labels[:-1]
    border[:-1] |= labels[1:] != labels[:-1]
    rim = np.bincount(labels.ravel(), border.ravel(), len(size))
    width = 2 * size / np.maximum(rim, 1)
    depth = cv2.distanceTransform((~border).astype(np.uint8), cv2.DIST_L2, 5) + np.float32(0.5)
    radius = np.zeros(len(size), np.float32)
    np.maximum.at(radius, labels.ravel(), depth.ravel())
    widest = max(2.0, _LINE * min(labels.shape))
    slim = (width <= 2 * widest) & (radius <= 2.5 * widest) & (size > _LONG * width**2)
    slim &= (width <= widest) | (radius <= _BLOB * width)
    slim[0] = False
    slim &= _beside(labels, len(size)) < _ALONE
    if slim.any():
        slim &= _outlined(pixels, labels, slim) < _OUTLINED
    return np.asarray(slim)


def _outlined(pixels: Floats, labels: Labels, looked: npt.NDArray[np.bool_]) -> Floats:
    """(n + 1,) of the rims of areas that are ``looked`` at, the share along which a line runs: on the way to what lies
    beyond is something darker that is no mixture of both. (What is lighter is the paper between two strokes.)
    """
    count = len(looked)
    rim, lined = np.zeros(count), np.zeros(count)
    inside = looked[labels]
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        ys, xs = np.nonzero(inside[_BEYOND:-_BEYOND, _BEYOND:-_BEYOND])
        ys, xs = ys + _BEYOND, xs + _BEYOND
        of = labels[ys, xs]
        leaves = labels[ys + dy, xs + dx] != of
        ys, xs, of = ys[leaves], xs[leaves], of[leaves]
        here, there = pixels[ys, xs], pixels[ys + _BEYOND * dy, xs + _BEYOND * dx]
        way = there - here
        length = np.maximum((way * way).sum(1), 1.0)
        most = np.zeros(len(of), np.float32)
        for far in range(1, _BEYOND):
            off = pixels[ys + far * dy, xs + far * dx] - here
            along = ((off * way).sum(1) / length).clip(0, 1)
            darker = off.mean(1) < 0
            most = np.maximum(most, np.where(darker, np.abs(off - along[:, None] * way).max(1), 0))
        rim += np.bincount(of, minlength=count)
        lined += np.bincount(of, most > _CONTRAST, count)
    return np.asarray(lined / np.maximum(rim, 1), np.float32)


def _beside(labels: Labels, count: int) -> Floats:
    """(count,) the share of what lies beside each area that is one and the same other area."""
    step = 3  # over the mixtures of a border
    pairs = []
    for one, other in ((labels[:, :-step], labels[:, step:]), (labels[:-step], labels[step:])):
        apart = (one != other) & (one > 0) & (other > 0)
        here, there = one[apart].astype(np.int64), other[apart].astype(np.int64)
        pairs += [here * count + there, there * count + here]
    keys, counts = np.unique(np.concatenate(pairs), return_counts=True)
    whole, most = np.zeros(count), np.zeros(count)
    np.add.at(whole, keys // count, counts)
    np.maximum.at(most, keys // count, counts)
    return np.asarray(np.where(whole > 0, most / np.maximum(whole, 1), 1.0), np.float32)


def _even(pixels: Floats, same: np.float32) -> npt.NDArray[np.uint8]:
    """1 where a pixel and its eight neighbours are alike."""
    square = np.ones((3, 3), np.uint8)
    channels = range(pixels.shape[2])
    spread = [cv2.morphologyEx(pixels[..., c], cv2.MORPH_GRADIENT, square) for c in channels]
    return np.asarray(np.max(spread, axis=0) <= 2 * same, np.uint8)


@kernel
def _join(pixels: Floats, inner: Labels, same: np.float32, labels: Labels) -> None:
    """The areas with their outermost pure pixels: those beside an even one, and of its colour."""
    height, width, channels = pixels.shape
    for y in range(height):
        for x in range(width):
            labels[y, x] = inner[y, x]
            if inner[y, x]:
                continue
            least = same
            for ny in range(max(0, y - 1), min(height, y + 2)):
                for nx in range(max(0, x - 1), min(width, x + 2)):
                    if not inner[ny, nx]:
                        continue
                    off = np.float32(0)
                    for c in range(channels):
                        off = max(off, abs(pixels[y, x, c] - pixels[ny, nx, c]))
                    if off <= least:
                        least, labels[y, x] = off, inner[ny, nx]


@kernel
def _grow(pixels: Floats, labels: Labels, mean: Floats, same: np.float32) -> Labels:
    """Areas with their thin parts, which hold no even pixel: they grow through pixels of their mean colour, and those
    of one colour that meet become one.
    """
    height, width, channels = pixels.shape
    parent = np.arange(len(mean))
    ys, xs = np.nonzero(labels > 0)
    queue = np.empty((height * width, 2), np.int32)
    end = len(ys)
    for i in range(end):
        queue[i, 0], queue[i, 1] = ys[i], xs[i]
    start = 0
    while start < end:
        y, x = queue[start]
        start += 1
        mine = labels[y, x]
        for ny in range(max(0, y - 1), min(height, y + 2)):
            for nx in range(max(0, x - 1), min(width, x + 2)):
                theirs = labels[ny, nx]
                if theirs == mine:
                    continue
                off = np.float32(0)
                for c in range(channels):
                    other = mean[theirs, c] if theirs else pixels[ny, nx, c]
                    off = max(off, abs(other - mean[mine, c]))
                if off > same:
                    continue
                if theirs == 0:
                    labels[ny, nx] = mine
                    queue[end, 0], queue[end, 1] = ny, nx
                    end += 1
                    continue
                a, b = mine, theirs
                while parent[a] != a:
                    a = parent[a]
                while parent[b] != b:
                    b = parent[b]
                if a != b:
                    parent[max(a, b)] = min(a, b)
    for y in range(height):
        for x in range(width):
            a = labels[y, x]
            while parent[a] != a:
                a = parent[a]
            labels[y, x] = a
    return labels


def nearest(there: npt.NDArray[np.bool_]) -> Labels:
    """(H, W) int32 flat index of the nearest pixel that is ``there``; some is."""
    _, index = cv2.distanceTransformWithLabels(
        (~there).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.zeros(int(index.max()) + 1, np.int32)
    seen = np.flatnonzero(there.ravel())
    places[index.ravel()[seen]] = seen
    return np.asarray(places[index], np.int32)


@kernel
def _tell(
    pixels: Floats,
    cores: Labels,
    slim: npt.NDArray[np.bool_],
    nearest: Labels,
    labels: Labels,
    other: Labels,
    share: Floats,
    ink: Floats,
    painted: Floats,
) -> None:
    """Each pixel outside the cores as a mixture of two paints beside it, or as line (``ink`` 1): what is ``slim`` is
    one even in a colour that lies between theirs.
    """
    height, width, channels = pixels.shape
    near = np.zeros(_SIDES, np.int32)
    places = np.zeros((_SIDES, 3), np.int32)  # y, x, squared distance
    for y in range(height):
        for x in range(width):
            if cores[y, x]:
                labels[y, x] = cores[y, x]
                continue
            places[0, 0], places[0, 1] = nearest[y, x] // width, nearest[y, x] % width
            near[0] = cores[places[0, 0], places[0, 1]]
            count = _sides(cores, y, x, near, places)
            best, one, two, part = np.float32(1e9), 0, 0, np.float32(1)
            for i in range(count):
                for j in range(i, count):
                    along, off = _mixture(pixels, places[i, 0], places[i, 1], places[j, 0], places[j, 1], y, x)
                    if i == j and count > 1:
                        off += np.float32(2)  # a border's pixels are mixtures more likely than paint
                    if off < best - 1:
                        best, one, two, part = off, i, j, along
            if best > _MIXED or slim[y, x]:
                ink[y, x] = 1
                one, two, part = 0, 1 if count > 1 else 0, np.float32(1)
            elif part < 0.5:
                one, two, part = two, one, 1 - part
            labels[y, x] = near[one]
            other[y, x] = near[two] if two != one else near[1] if count > 1 and one == 0 else 0
            share[y, x] = part
            for c in range(channels):
                painted[y, x, c] = pixels[places[one, 0], places[one, 1], c]


@kernel
def _sides(cores: Labels, y: int, x: int, near: Labels, places: Labels) -> int:
    """The areas about a pixel, the nearest first (it is there already), each with its nearest pixel; gives how many."""
    height, width = cores.shape
    count = 1
    for ny in range(max(0, y - _REACH), min(height, y + _REACH + 1)):
        for nx in range(max(0, x - _REACH), min(width, x + _REACH + 1)):
            label = cores[ny, nx]
            if not label or label == near[0]:
                continue
            far = (ny - y) ** 2 + (nx - x) ** 2
            found = -1
            for k in range(1, count):
                if near[k] == label:
                    found = k
            if found < 0 and count < len(near):
                found = count
                count += 1
                places[found, 2] = 1 << 30
            if found > 0 and far < places[found, 2]:
                near[found] = label
                places[found, 0], places[found, 1], places[found, 2] = ny, nx, far
    for k in range(2, count):  # the nearest of them second
        if places[k, 2] < places[1, 2]:
            near[1], near[k] = near[k], near[1]
            for c in range(3):
                places[1, c], places[k, c] = places[k, c], places[1, c]
    return count


@kernel
def _mixture(pixels: Floats, iy: int, ix: int, jy: int, jx: int, y: int, x: int) -> tuple[np.float32, np.float32]:
    """How much of the first paint is in a pixel that mixes two, and how many levels it is off such a mixture."""
    dot, length, off = np.float32(0), np.float32(0), np.float32(0)
    for c in range(pixels.shape[2]):
        step = pixels[iy, ix, c] - pixels[jy, jx, c]
        length += step * step
        dot += step * (pixels[y, x, c] - pixels[jy, jx, c])
    along = np.float32(1)
    if length > 9:
        along = min(max(dot / length, np.float32(0)), np.float32(1))
    for c in range(pixels.shape[2]):
        off = max(off, abs(pixels[y, x, c] - along * pixels[iy, ix, c] - (1 - along) * pixels[jy, jx, c]))
    return along, off


@kernel
def _measure_ink(pixels: Floats, painted: Floats, ink: Floats, inked: Floats) -> None:
    """How much the line covers of each line pixel, its colour being that of the strongest line pixel near; all, where
    that and the paint below don't mix to what is seen: where lines of two colours meet.
    """
    height, width, channels = pixels.shape
    strong = np.zeros((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            if ink[y, x] > 0:
                for c in range(channels):
                    strong[y, x] += (pixels[y, x, c] - painted[y, x, c]) ** 2
    for y in range(height):
        for x in range(width):
            if ink[y, x] == 0:
                continue
            by, bx = y, x
            for ny in range(max(0, y - 2), min(height, y + 3)):
                for nx in range(max(0, x - 2), min(width, x + 3)):
                    if strong[ny, nx] > strong[by, bx]:
                        by, bx = ny, nx
            dot, length = np.float32(0), np.float32(1e-3)
            for c in range(channels):
                step = pixels[by, bx, c] - painted[y, x, c]
                length += step * step
                dot += step * (pixels[y, x, c] - painted[y, x, c])
                inked[y, x, c] = pixels[by, bx, c]
            ink[y, x] = min(max(dot / length, np.float32(0)), np.float32(1))
            off = np.float32(0)
            for c in range(channels):
                made = painted[y, x, c] + ink[y, x] * (inked[y, x, c] - painted[y, x, c])
                off = max(off, abs(pixels[y, x, c] - made))
            if off > _MIXED:
                ink[y, x] = 1
                for c in range(channels):
                    inked[y, x, c] = pixels[y, x, c]


def _as_lines(labels: Labels, ink: Floats) -> npt.NDArray[np.uint8]:
    """(H, W) uint8: lines and borders as line art, for the matcher, which reads lines."""
    drawn = np.asarray(cv2.dilate(edges(labels), np.ones((2, 2), np.uint8)) * 255, np.uint8)
    return np.maximum(drawn, (ink * 255).astype(np.uint8))
