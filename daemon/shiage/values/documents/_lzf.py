"""LibLZF, as Krita packs its tiles: runs of bytes as they are, and copies of bytes that were there before."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


def unpack(data: NDArray[np.uint8], size: int) -> NDArray[np.uint8] | None:
    """The ``size`` bytes that ``data`` stands for; None where it stands for none or for another number."""
    out = np.empty(size, np.uint8)
    return out if _unpack(data, out) == size else None


@numba.njit(cache=True)
def _unpack(data: NDArray[np.uint8], out: NDArray[np.uint8]) -> int:
    """How many bytes were written; -1 where the data is damaged."""
    place, end = 0, 0
    while place < len(data):
        control = int(data[place])
        place += 1
        if control < 32:
            # So many bytes and one more, as they are.
            length = control + 1
            if place + length > len(data) or end + length > len(out):
                return -1
            for n in range(length):
                out[end + n] = data[place + n]
            place += length
        else:
            length = control >> 5
            if length == 7:
                if place >= len(data):
                    return -1
                length += int(data[place])
                place += 1
            if place >= len(data):
                return -1
            back = ((control & 31) << 8) + int(data[place]) + 1
            place += 1
            length += 2
            if back > end or end + length > len(out):
                return -1
            # One by one: a copy may run into itself.
            for n in range(length):
                out[end + n] = out[end - back + n]
        end += length
    return end
