"""The figure's own frame: places measured in figure heights, from its top, its axis and its outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """Where a figure stands in its picture.

    left, top, right, bottom: its box in pixels (right and bottom exclusive).
    row_left, row_right: float (rows of the box,), the outline's ends in each row.
    """

    left: int
    top: int
    right: int
    bottom: int
    row_left: Floats
    row_right: Floats

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def axis(self) -> float:
        """The upright line through the figure: the median of its rows' middles, in pixels."""
        return float(np.median((self.row_left + self.row_right) / 2))


def frame_of(figure: NDArray[np.bool_]) -> Frame:
    """The frame of a figure mask, bool (H, W), that is not empty.

    The box leaves out what is thinner than one part in a thousand of the figure, so a stray hair does not stretch it.
    """
    rows, columns = figure.sum(axis=1), figure.sum(axis=0)
    top, bottom = _span(rows)
    left, right = _span(columns)
    inside = figure[top:bottom]
    filled = inside.any(axis=1)
    row_left = np.where(filled, inside.argmax(axis=1), np.nan)
    row_right = np.where(filled, figure.shape[1] - inside[:, ::-1].argmax(axis=1), np.nan)
    return Frame(left, top, right, bottom, _bridge(row_left), _bridge(row_right))


def _span(counts: NDArray[np.int64]) -> tuple[int, int]:
    share = np.cumsum(counts) / counts.sum()
    first = int(np.searchsorted(share, 2e-4))
    last = int(np.searchsorted(share, 1 - 2e-4))
    return first, max(last, first) + 1


def _bridge(values: Floats) -> Floats:
    """Fill the rows without figure (a floating strand above the head) from their neighbours."""
    at = np.arange(len(values))
    known = ~np.isnan(values)
    return np.asarray(np.interp(at, at[known], values[known]), np.float64)
