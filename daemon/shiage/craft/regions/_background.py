"""Which regions are the paper around the figure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# A region that runs off the picture meets its border along less than the square root of its area (a sleeve, a hem);
# a piece of surrounding paper cut off at the border meets it along more.
_WRAP = 1.5
_SHARE = 0.12


def find_background(
    labels: npt.NDArray[np.int32], area: npt.NDArray[np.int64], solid: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """(n,) bool for regions 1..n of `labels` (H, W): background or not. A solid area never is."""
    n = len(area)
    edges = [labels[0], labels[-1], labels[:, 0], labels[:, -1]]
    contact = np.sum([np.bincount(e, minlength=n + 1)[1:] for e in edges], axis=0)
    sides = np.sum([np.bincount(e, minlength=n + 1)[1:] > 0 for e in edges], axis=0)
    background = (contact > _WRAP * np.sqrt(area)) & (sides >= 2)
    if n > 1 and contact.any():
        most = int(np.argmax(np.where(solid, 0, contact)))
        background[most] |= bool(contact[most] >= _SHARE * contact.sum())
    return np.asarray(background & ~solid & (contact > 0))
