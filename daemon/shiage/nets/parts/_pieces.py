"""From the part at each pixel to pieces: two hands that touch are two, hair that a ribbon cuts is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.figures import Figure

from ._instances import Instance

_SPECK = 1.5e-4  # of the figure's box: smaller pieces are no parts
_CLEAR = 0.3  # score from which an instance divides or joins pieces
_HELD = 0.5  # of an instance lies on a piece that it helps to divide; of a piece on an instance that joins it
_GRID = 512  # pixels a side of the map on which pieces are divided

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class Segment:
    """One piece of one part of a figure.

    part: index into PARTS. box: x0, y0, x1, y1 pixels of the page. mask: (y1 - y0, x1 - x0) bool. score: 0..1.
    """

    part: int
    box: tuple[int, int, int, int]
    mask: npt.NDArray[np.bool_]
    score: float


def pieces(
    figure: Figure,
    parts: npt.NDArray[np.uint8],
    likelihood: FloatArray,
    labels: IntArray,
    instances: Sequence[Instance],
    pairs: frozenset[int],
) -> list[Segment]:
    """The pieces of each part, the largest first.

    parts: (H, W) uint8, the part at each pixel of the figure's box. likelihood: (h, w, C) float32 of the same box.
    labels: (H, W) int32, the drawing's closed regions; each stays whole where a piece is divided. pairs: the parts that
    a figure has two of: their pieces are divided by the instances seen; of the others' parts one instance's are joined.
    """
    height, width = parts.shape
    segments = []
    for part in range(1, likelihood.shape[2]):
        here = np.asarray(parts == part, np.uint8)
        if not here.any():
            continue
        sure = np.asarray(cv2.resize(np.ascontiguousarray(likelihood[:, :, part]), (width, height)), np.float32)
        _, found = cv2.connectedComponents(here, connectivity=8)
        seen = [one for one in instances if one.part == part and one.score >= _CLEAR]
        arrange = divided if part in pairs else joined
        segments += _segments(part, figure, arrange(np.asarray(found, np.int32), labels, seen), sure)
    return sorted(segments, key=lambda s: (s.part, -int(s.mask.sum())))


def divided(found: IntArray, labels: IntArray, seen: Sequence[Instance]) -> IntArray:
    """Pieces (H, W), 0 for none, with those divided on which two or more instances lie, region by region."""
    masks = _on_grid(seen, found.shape)
    if len(masks) < 2:
        return found
    size = masks.shape[1:]
    small = cv2.resize(found, size[::-1], interpolation=cv2.INTER_NEAREST)
    away = np.stack([cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) for mask in masks])
    result, next_id = found.copy(), int(found.max()) + 1
    for piece in range(1, int(found.max()) + 1):
        on = small == piece
        held = [i for i, mask in enumerate(masks) if (mask & on).sum() > _HELD * mask.sum()]
        held = [i for n, i in enumerate(held) if not any(_same(masks[i], masks[j]) for j in held[:n])]
        if len(held) < 2:
            continue
        nearest = np.asarray(away[held].argmin(0), np.uint8)
        whose = cv2.resize(nearest, found.shape[::-1], interpolation=cv2.INTER_NEAREST)
        inside = found == piece
        votes = np.zeros((int(labels.max()) + 1, len(held)), np.int64)
        np.add.at(votes, (labels[inside], whose[inside]), 1)
        owner = votes.argmax(1)
        result[inside] = np.where(owner[labels[inside]] == 0, piece, next_id + owner[labels[inside]] - 1)
        next_id += len(held) - 1
    return result


def joined(found: IntArray, labels: IntArray, seen: Sequence[Instance]) -> IntArray:
    """Pieces (H, W), 0 for none, with those made one that lie on one instance."""
    del labels  # no region is cut by this
    masks = _on_grid(seen, found.shape)
    count = int(found.max())
    if not len(masks) or count < 2:
        return found
    small = cv2.resize(found, masks.shape[1:][::-1], interpolation=cv2.INTER_NEAREST)
    area = np.bincount(small.ravel(), minlength=count + 1)
    table = np.arange(count + 1, dtype=np.int32)
    for mask in masks:  # the surest first
        on = np.bincount(small[mask], minlength=count + 1)
        mine = [p for p in range(1, count + 1) if table[p] == p and on[p] > _HELD * max(int(area[p]), 1)]
        for piece in mine[1:]:
            table[piece] = mine[0]
    return np.asarray(table[found], np.int32)


def _on_grid(seen: Sequence[Instance], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """(n, h, w) the instances' masks over the figure's box, at a size that is quick to work on."""
    scale = min(1.0, _GRID / max(shape))
    size = max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
    masks = np.zeros((len(seen), *size), np.bool_)
    for mask, one in zip(masks, seen, strict=True):
        place, inside = one.on(size, (shape[0], shape[1]))
        mask[place] = inside > 127
    return masks[masks.any((1, 2))]


def _same(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> bool:
    return bool((one & other).sum() > 0.3 * min(one.sum(), other.sum()))


def _segments(part: int, figure: Figure, found: IntArray, sure: FloatArray) -> list[Segment]:
    x0, y0, _, _ = figure.box
    segments = []
    for piece in np.unique(found[found > 0]):
        here = found == piece
        x, y, w, h = cv2.boundingRect(here.astype(np.uint8))
        mask = here[y : y + h, x : x + w]
        if mask.sum() < max(8, _SPECK * found.size):
            continue
        score = float(sure[y : y + h, x : x + w][mask].mean())
        segments.append(Segment(part, (x0 + x, y0 + y, x0 + x + w, y0 + y + h), np.ascontiguousarray(mask), score))
    return segments
