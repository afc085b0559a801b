"""Reading a coloured frame: which colour its artist gave to each region of its lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SAME = 10  # colours nearer than this in each channel are one: JPEG noise, soft brushes
_LEAST_SHARE = 0.04  # of a region, below which a second colour in it is a brush's edge and not another part
_LEAST_AREA = 8  # pixels, likewise
_INK = 64  # coverage (of 255) from which a pixel shows the line and not the paint
_MOST_COLOURS = 4096


@dataclass(frozen=True)
class Painted:
    """A coloured frame. ``labels``: its regions (H, W) int32, 1..n, split where one holds several colours;
    ``colour``: (n,) int64, each region's index into the palette, -1 where nothing but line is seen of it.
    """

    labels: NDArray[np.int32]
    colour: NDArray[np.int64]


def palette_of(pictures: list[NDArray[np.uint8]], covered: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The colours (K, 4) RGBA uint8 that the coloured frames are painted with, the largest first.

    ``pictures``: (H, W, 4) uint8; ``covered``: (H, W) uint8 ink coverage. Unpainted (transparent) is a colour too:
    all zero.
    """
    words = [_words(p)[c < _INK] for p, c in zip(pictures, covered, strict=True)]
    values, counts = np.unique(np.concatenate(words), return_counts=True)
    largest = np.argsort(-counts, kind="stable")[:_MOST_COLOURS]
    colours = values[largest].astype("<u4").view(np.uint8).reshape(-1, 4)
    kept: list[NDArray[np.uint8]] = []
    for colour in colours:
        if not kept or np.abs(np.array(kept, int) - colour).max(1).min() > _SAME:
            kept.append(colour)
    return np.array(kept, np.uint8)


def read_painted(
    labels: NDArray[np.int32], picture: NDArray[np.uint8], coverage: NDArray[np.uint8], palette: NDArray[np.uint8]
) -> Painted:
    """The regions of a coloured frame with their colours; shapes as in :func:`palette_of`."""
    seen = coverage < _INK
    index = _nearest(picture, palette)
    count, colours = int(labels.max()), len(palette)
    table = np.bincount(labels[seen].astype(np.int64) * colours + index[seen], minlength=(count + 1) * colours)
    table = table.reshape(count + 1, colours)
    area = np.maximum(table.sum(1, keepdims=True), 1)
    main = table.argmax(1)
    real = (table >= _LEAST_AREA) & (table >= _LEAST_SHARE * area)
    real[np.arange(count + 1), main] = True
    own = np.where(real[labels, index] & seen, index, main[labels])
    pairs, new = np.unique(labels.astype(np.int64) * colours + own, return_inverse=True)
    region, colour = np.divmod(pairs, colours)
    bare = table.sum(1)[region] == 0
    return Painted((new.reshape(labels.shape) + 1).astype(np.int32), np.where(bare, -1, colour))


def _words(picture: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """One number a pixel; every transparent pixel the same."""
    words = np.ascontiguousarray(picture).view("<u4")[..., 0].astype(np.uint32)
    return np.where(picture[..., 3] < 128, np.uint32(0), words | np.uint32(0xFF000000))


def _nearest(picture: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.int64]:
    values, back = np.unique(_words(picture), return_inverse=True)
    colours = values.astype("<u4").view(np.uint8).reshape(-1, 4).astype(np.int64)
    nearest = np.empty(len(colours), np.int64)
    for start in range(0, len(colours), 4096):
        part = colours[start : start + 4096]
        nearest[start : start + 4096] = np.abs(part[:, None] - palette[None].astype(np.int64)).max(-1).argmin(1)
    return nearest[back].reshape(picture.shape[:2])
