"""What a drawing's flat fill knows: the label map and the facts about each region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class RegionMap:
    """The closed regions of a drawing, ids 1..n in reading order (top to bottom, then left to right, of their boxes).

    labels: (H, W) int32, each pixel's region; the pixels of a line belong to the regions on its two sides.
    area: (n,) int64 pixels, half the line included. Row i of this and all below is region i + 1.
    box: (n, 4) int32: x0, y0, x1, y1, the last two exclusive.
    inner: (n, 2) int32: x, y of a pixel inside the region, in the middle of its widest row.
    background: (n,) bool, paper outside the figure. Holes of paper inside the figure cannot be told from regions.
    solid: (n,) bool, an area filled with ink (a pupil, black hair) and not paper between lines.
    neighbours: (m, 3) int64: two regions (smaller id first) that share a line, and its length in pixels.
    openings: (k, 3) int64: two regions told apart by a closed gap, and the gap's length in pixels.
    bridges: (b, 4) int32: x0, y0, x1, y1 of the straight bridges over gaps that mend a cut line or tell regions apart;
        their ends lie on ink or on the picture's border.
    line_width: pixels. gap: the size of gaps that were closed, pixels; 0 for none.
    """

    labels: npt.NDArray[np.int32]
    area: npt.NDArray[np.int64]
    box: npt.NDArray[np.int32]
    inner: npt.NDArray[np.int32]
    background: npt.NDArray[np.bool_]
    solid: npt.NDArray[np.bool_]
    neighbours: npt.NDArray[np.int64]
    openings: npt.NDArray[np.int64]
    bridges: npt.NDArray[np.int32]
    line_width: float
    gap: float

    def __len__(self) -> int:
        return len(self.area)

    @property
    def background_ids(self) -> tuple[int, ...]:
        """Ids of the background regions."""
        return tuple(int(i) + 1 for i in np.flatnonzero(self.background))
