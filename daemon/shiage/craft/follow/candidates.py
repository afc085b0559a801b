"""Which regions of two frames may be one, and a closer look at them: the lines close about each, whether what lies
beside it is one too, and the colours that lie around it.

A matcher sees frames from afar; a mesh's cells and the slivers between two lines are alike to it. What tells them apart
is heard only among the regions that it holds possible, and only as one against the other: a region that changed its
look keeps its one partner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .company import shares_of_border
from .describe import FLOW_SIDE, Described
from .motion import Table

_LEAST = 0.01  # a fit below it leads nowhere
# Chosen on puppets and cut-outs that no training has seen (`models/match_regions/score.py`), as are the strengths.
_WINDOWS = 16, 32  # px at flow size: what is seen about a region's centre
_SIDE = 20  # px of its picture
_AT_A_TIME = 1 << 12  # pairs of regions
_SHARP = 1.0  # px at flow size that lines are softened by

Looks = NDArray[np.float16]


@dataclass(frozen=True, eq=False)
class Candidates:
    """The c pairs of regions of frames ``a`` and ``b`` that may be one. ``weight``: how much the frames count for each
    other; ``rows``, ``columns``: (c,) int64; ``fits``: (c,) float64 0..1.
    """

    a: int
    b: int
    weight: float
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    fits: Table

    @classmethod
    def of(cls, a: int, b: int, weight: float, table: Table) -> Candidates:
        """From a matcher's table (n, m)."""
        rows, columns = np.nonzero(table > _LEAST)
        return cls(a, b, weight, rows, columns, table[rows, columns])

    def preferring(self, mine: NDArray[np.floating], other: NDArray[np.floating], strength: float) -> Candidates:
        """With what is least like each region's most like candidate taken back.

        ``mine`` (n, d), ``other`` (m, d): vectors of the regions whose products say how like they are, at most 1.
        """
        if not len(self.rows):
            return self
        like = np.concatenate(
            [
                np.einsum("cd,cd->c", mine[rows].astype(np.float32), other[columns].astype(np.float32))
                for rows, columns in zip(*(_parts(index) for index in (self.rows, self.columns)), strict=True)
            ]
        ).astype(np.float64)
        return self._without(like, strength)

    def beside(self, mine: Table, other: Table, strength: float) -> Candidates:
        """With what has fewer neighbours that may be one than each region's best candidate taken back.

        ``mine`` (n, n), ``other`` (m, m): the borders that regions of each frame share. In rows of the same thing,
        laces or windows, each looks like the next one, and only the neighbours tell by how many it is off.
        """
        if not len(self.rows):
            return self
        fits = sparse.csr_array((self.fits, (self.rows, self.columns)), shape=(len(mine), len(other)))
        a, b = (shares_of_border(touching).sqrt() for touching in (mine, other))
        # Few regions touch and few may be one, so that no table of all pairs is needed.
        matched = np.asarray(sparse.csr_array(a @ fits @ b.T)[self.rows, self.columns])
        return self._without(np.minimum(matched, 1.0), strength)

    def _without(self, like: Table, strength: float) -> Candidates:
        behind = like - (_most(like, self.rows) + _most(like, self.columns)) / 2
        return replace(self, fits=self.fits * np.exp(strength * behind))


def close_looks(lines: NDArray[np.uint8], frame: Described) -> Looks:
    """(n, d) the lines close about each region, each row of length 1 (0 where there are none).

    ``lines``: the frame's ink coverage (H, W) uint8.
    """
    scale = min(1.0, FLOW_SIDE / max(lines.shape))
    size = tuple(max(1, round(side * scale)) for side in lines.shape[::-1])
    small = cv2.resize(lines, size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), _SHARP).astype(np.float32)
    pictures = np.empty((len(frame), len(_WINDOWS), _SIDE, _SIDE), np.float32)
    for i, (x, y) in enumerate((frame.centre + 0.5) * scale):
        for window, picture in zip(_WINDOWS, pictures[i], strict=True):
            zoom = _SIDE / window
            move = np.array([[zoom, 0, _SIDE / 2 - x * zoom], [0, zoom, _SIDE / 2 - y * zoom]])
            cv2.warpAffine(soft, move, (_SIDE, _SIDE), dst=picture, flags=cv2.INTER_LINEAR)
    flat = pictures.reshape(len(frame), len(_WINDOWS), _SIDE**2)
    flat -= flat.mean(2, keepdims=True)
    flat /= np.linalg.norm(flat, axis=2, keepdims=True) + 1e-3
    return np.asarray((flat / len(_WINDOWS) ** 0.5).reshape(len(frame), -1), np.float16)


def _parts(index: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Few at a time: their vectors would fill the memory."""
    return [index[start : start + _AT_A_TIME] for start in range(0, len(index), _AT_A_TIME)]


def _most(values: Table, index: NDArray[np.int64]) -> Table:
    """(c,) the largest of the values that have the same index."""
    most = np.full(int(index.max()) + 1, -np.inf)
    np.maximum.at(most, index, values)
    return np.asarray(most[index])
