"""Reading a coloured frame: which colour its artist gave to each region of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_SAME = 10  # colours nearer than this in each channel are one: JPEG noise, soft brushes
_SAME_WHEN_FILLING = 2  # the same for colours that fill a region from border to border
_FILLS = 0.6  # of a region
_LEAST_SHARE = 0.04  # of a region, below which a second colour in it is a brush's edge and not another part
_LEAST_AREA = 8  # pixels, likewise
INK = 64  # coverage (of 255) from which a pixel shows the line and not the paint
_MOST_COLOURS = 4096

Numbers = TypeVar("Numbers", np.uint32, np.uint64, np.int64)


@dataclass(frozen=True)
class Painted:
    """A coloured frame. ``labels``: its regions (H, W) int32, 1..n, split where one holds several colours;
    ``colour``: (n,) int64, each region's index into the palette, -1 where nothing but line is seen of it.
    """

    labels: NDArray[np.int32]
    colour: NDArray[np.int64]


def palette_of(
    pictures: list[NDArray[np.uint8]], covered: list[NDArray[np.uint8]], labels: list[NDArray[np.int32]]
) -> NDArray[np.uint8]:
    """The colours (K, 4) RGBA uint8 that the coloured frames are painted with, the largest first.

    ``pictures``: (H, W, 4) uint8; ``covered``: (H, W) uint8 ink coverage; ``labels``: (H, W) int32, their regions.
    Unpainted (transparent) is a colour too: all zero. Colours near each other are one, unless each of them fills a
    region: two whites that an artist has told apart stay two.
    """
    largest: dict[int, int] = {}
    filling: set[int] = set()
    for picture, coverage, regions in zip(pictures, covered, labels, strict=True):
        seen = coverage < INK
        keys, _, counts = _distinct(regions[seen].astype(np.uint64) << np.uint64(32) | _words(picture)[seen])
        region, word = (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
        fills = (counts >= _FILLS * np.bincount(region, counts)[region]) & (counts >= _LEAST_AREA)
        filling.update(int(w) for w in np.unique(word[fills]))
        values, back = np.unique(word, return_inverse=True)
        for value, pixels in zip(values.tolist(), np.bincount(back, counts).tolist(), strict=True):
            largest[value] = largest.get(value, 0) + int(pixels)
    order = sorted(largest, key=lambda word: (-largest[word], word))[:_MOST_COLOURS]
    colours = np.array(order, "<u4").view(np.uint8).reshape(-1, 4)
    kept: list[NDArray[np.uint8]] = []
    for packed, colour in zip(order, colours, strict=True):
        apart = _SAME_WHEN_FILLING if packed in filling else _SAME
        if not kept or np.abs(np.array(kept, int) - colour).max(1).min() > apart:
            kept.append(colour)
    return np.array(kept, np.uint8)


def read_painted(
    labels: NDArray[np.int32], picture: NDArray[np.uint8], coverage: NDArray[np.uint8], palette: NDArray[np.uint8]
) -> Painted:
    """The regions of a coloured frame with their colours; shapes as in :func:`palette_of`."""
    seen = coverage < INK
    index = _nearest(picture, palette)
    count, colours = int(labels.max()), len(palette)
    table = np.bincount(labels[seen].astype(np.int64) * colours + index[seen], minlength=(count + 1) * colours)
    table = table.reshape(count + 1, colours)
    area = np.maximum(table.sum(1, keepdims=True), 1)
    main = table.argmax(1)
    real = (table >= _LEAST_AREA) & (table >= _LEAST_SHARE * area)
    real[np.arange(count + 1), main] = True
    own = np.where(real[labels, index] & seen, index, main[labels])
    pairs, new, _ = _distinct((labels.astype(np.int64) * colours + own).ravel())
    region, colour = np.divmod(pairs, colours)
    bare = table.sum(1)[region] == 0
    return Painted((new.reshape(labels.shape) + 1).astype(np.int32), np.where(bare, -1, colour))


def _words(picture: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """One number a pixel; every transparent pixel the same."""
    words = np.ascontiguousarray(picture).view("<u4")[..., 0].astype(np.uint32)
    return np.where(picture[..., 3] < 128, np.uint32(0), words | np.uint32(0xFF000000))


def _nearest(picture: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.int64]:
    values, back, _ = _distinct(_words(picture).ravel())
    colours = values.astype("<u4").view(np.uint8).reshape(-1, 4).astype(np.int64)
    nearest = np.empty(len(colours), np.int64)
    for start in range(0, len(colours), 4096):
        part = colours[start : start + 4096]
        nearest[start : start + 4096] = np.abs(part[:, None] - palette[None].astype(np.int64)).max(-1).argmin(1)
    return nearest[back].reshape(picture.shape[:2])


def _distinct(values: NDArray[Numbers]) -> tuple[NDArray[Numbers], NDArray[np.int64], NDArray[np.int64]]:
    """The values (v,) that there are among (n,), sorted; which one each is (n,); how many there are of each (v,).

    Painted pixels come in runs, and only those are sorted.
    """
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]])[: len(values)])
    lengths = np.diff(np.append(starts, len(values)))
    found, which = np.unique(values[starts], return_inverse=True)
    counts = np.bincount(which, lengths, minlength=len(found)).astype(np.int64)
    return found, np.repeat(which, lengths), counts
