"""How well lines are cleaned up: against puppets that nothing was trained on."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Masks = npt.NDArray[np.bool_]
NEAR = 2.0  # pixels by which a line may be off


def f1_of(told: Masks, wanted: Masks, near: float = NEAR) -> float:
    """Line F1 of masks (n, h, w): the share of told line pixels with a wanted one within `near` px, and the reverse."""
    hits = np.zeros(4)
    for one, other in zip(told, wanted, strict=True):
        hits += (_within(one, other, near), one.sum(), _within(other, one, near), other.sum())
    precision, recall = hits[0] / max(hits[1], 1), hits[2] / max(hits[3], 1)
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def _within(points: npt.NDArray[np.bool_], line: npt.NDArray[np.bool_], near: float) -> int:
    if not line.any():
        return 0
    away = cv2.distanceTransform((~line).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return int((away[points] <= near).sum())
