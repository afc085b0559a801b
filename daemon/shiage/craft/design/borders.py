"""Which areas of a label map touch, along how many pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def borders(labels: NDArray[np.int32], marked: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """All pairs (a, b) with a < b that touch: (a, b, length of the common border, how much of it is marked).

    Lengths count pixel edges. A stretch is marked where either of its two pixels, or one beside them, is.
    """
    stride = int(labels.max()) + 1
    keys, flags = [], []
    for axis in (0, 1):
        near = labels[:-1] if axis == 0 else labels[:, :-1]
        far = labels[1:] if axis == 0 else labels[:, 1:]
        on = (marked[:-1] | marked[1:]) if axis == 0 else (marked[:, :-1] | marked[:, 1:])
        differ = near != far
        low, high = np.minimum(near, far)[differ], np.maximum(near, far)[differ]
        keys.append(low.astype(np.int64) * stride + high)
        flags.append(on[differ])
    key, flag = np.concatenate(keys), np.concatenate(flags)
    pairs, index = np.unique(key, return_inverse=True)
    lengths = np.bincount(index, minlength=len(pairs))
    lined = np.bincount(index, weights=flag, minlength=len(pairs)).astype(np.int64)
    return [(int(p // stride), int(p % stride), int(n), int(m)) for p, n, m in zip(pairs, lengths, lined, strict=True)]
