"""What a drawing's flat fill knows: the label map and the facts about each region."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
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

    def cut(self, labels: npt.NDArray[np.int32], home: npt.NDArray[np.int64]) -> RegionMap:
        """With regions cut in pieces: labels, (H, W) int32, in which piece len(self) + 1 + i lies in what was region
        home[i], (m,), and is no background. Neighbours and openings stay those of the whole regions."""
        old, more = len(self), np.zeros(len(home), np.bool_)
        area, box, inner = (
            np.concatenate([rows, np.zeros((len(home), *rows.shape[1:]), rows.dtype)])
            for rows in (self.area, self.box, self.inner)
        )
        region = np.concatenate([np.arange(1, old + 1), home])
        for piece in np.flatnonzero(np.isin(region, home)):
            x0, y0, x1, y1 = self.box[region[piece] - 1]
            mine = (labels[y0:y1, x0:x1] == piece + 1).astype(np.uint8)
            x, y, width, height = cv2.boundingRect(mine)
            area[piece] = np.count_nonzero(mine)
            box[piece] = x0 + x, y0 + y, x0 + x + width, y0 + y + height
            if piece >= old or labels[inner[piece][1], inner[piece][0]] != piece + 1:
                inner[piece] = _deepest(mine[y : y + height, x : x + width]) + box[piece][:2]
        return replace(
            self,
            labels=labels,
            area=area,
            box=box,
            inner=inner,
            background=np.concatenate([self.background, more]),
            solid=np.concatenate([self.solid, more]),
        )


def _deepest(mine: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """x, y of the place that lies deepest in a shape, (h, w) uint8 0/1."""
    depth = cv2.distanceTransform(cv2.copyMakeBorder(mine, 1, 1, 1, 1, cv2.BORDER_CONSTANT), cv2.DIST_L2, 3)
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return np.array([x - 1, y - 1], np.int64)
