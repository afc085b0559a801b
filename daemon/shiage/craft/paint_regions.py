"""The areas of one paint in a coloured drawing."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def find_paint_regions(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """(H, W, 3) uint8 -> (H, W) int32 labels 1..n: patches of even colour, grown over lines and edges to their middle.

    Even patches are the basins of the gradient; a flood from them meets where the colour changes most (watershed, Meyer
    1992). A soft gradient stays one patch; a hard cel shadow is a patch of its own.
    """
    smooth = np.asarray(cv2.medianBlur(rgb, 3), np.uint8)
    edges = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(2)
    even = np.asarray(edges < 14, np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(even, connectivity=4, ltype=cv2.CV_32S)
    if count < 2:
        return np.ones(rgb.shape[:2], np.int32)
    kept = stats[:, cv2.CC_STAT_AREA] >= 6
    kept[0] = False
    numbers = np.zeros(count, np.int32)
    numbers[kept] = np.arange(1, int(kept.sum()) + 1)
    markers = np.ascontiguousarray(numbers[labels])
    cv2.watershed(smooth, markers)
    return _without_seams(markers)


def _without_seams(markers: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Give the watershed's own lines (-1) to a neighbour."""
    out = np.maximum(markers, 0)
    for _ in range(4):
        empty = out == 0
        if not empty.any():
            break
        grown = cv2.dilate(out.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
        out[empty] = grown[empty]
    out[out == 0] = 1
    return out
