"""What the pictures say of a motion: how much of an area looks, where it would have got to, as the other key does.

An outline alone is laid on another in more ways than one: half a circle turns either way, what something hides has
other borders. The pictures' own pixels tell these apart, what stands still most of all: it is the same to the pixel.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from .mesh import Mesh
from .moves import Map, grown, inverse
from .read import Key, edges, places_of

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]

MOST = 60.0  # levels that one pixel counts: what is hidden there says no more
_BAND = 3  # pixels from a border within which every pixel is looked at
_STEP = 3  # else one pixel in so many, either way
_FLAT = 1e-4  # of its size is left of an area: it has fallen together
_LEAST = 0.3  # of an area's pixels must stay in the picture


class Evidence:
    """Two keys whose areas are tried with motions."""

    def __init__(self, a: Key, b: Key) -> None:
        self._soft = (a.soft, b.soft)
        self._places = tuple(_places(key) for key in (a, b))

    def against(
        self, one: int, other: int, move: Map, mesh: Mesh | None = None, *, enough: float = float("inf")
    ) -> float:
        """Mean levels, 0..60, by which area ``one`` of the first key and ``other`` of the second are off where ``move``
        or ``mesh`` takes them; where they are more than ``enough``, inf.
        """
        if abs(grown(move)) < _FLAT:
            return MOST
        total, count = 0.0, 0
        stop = enough * (len(self._places[0][one]) + len(self._places[1][other]))
        for which, area, way in ((0, one, move), (1, other, inverse(move))):
            here, there, places = self._soft[which], self._soft[1 - which], self._places[which][area]
            if mesh is None:
                off, seen = _off(here, there, places, way, MOST, stop - total)
                if off > stop - total:
                    return float("inf")
            else:
                at = places[:, ::-1].astype(np.float64)
                goes = mesh.carried(at, 1.0) if which == 0 else mesh.came(at)
                off, seen = _off_at(here, there, places, goes.astype(np.float32), MOST)
            if seen < _LEAST * len(places):
                off, seen = MOST * len(places), len(places)
            total, count = total + off, count + seen
        return float(total / max(1, count))

    def alone(self, which: int, area: int, way: Map) -> float:
        """The same of an ``area`` that only one key (0 or 1) has, which goes ``way`` to the other."""
        places = self._places[which][area]
        off, seen = _off(self._soft[which], self._soft[1 - which], places, way, MOST, np.inf)
        return float(off / seen) if seen > _LEAST * len(places) else MOST


def _places(key: Key) -> list[Ints]:
    """For each area, (n, 2) int32 y, x of the pixels that are looked at: all about its border, some inside."""
    labels = key.labels
    looked = cv2.dilate(edges(labels), np.ones((2 * _BAND + 1,) * 2, np.uint8)) > 0
    looked[::_STEP, ::_STEP] = True
    return places_of(labels, len(key), looked)


@kernel
def _off(here: Floats, there: Floats, places: Ints, move: Map, most: float, stop: float) -> tuple[float, int]:
    """The sum of what the places are off, or more than ``stop``; and how many of them stay in the picture."""
    total, seen = 0.0, 0
    for n in range(len(places)):
        y, x = places[n, 0], places[n, 1]
        to_x = move[0, 0] * x + move[0, 1] * y + move[0, 2]
        to_y = move[1, 0] * x + move[1, 1] * y + move[1, 2]
        off = _apart(here, there, y, x, to_y, to_x)
        if off >= 0:
            total += min(off, most)
            seen += 1
            if total > stop:
                break
    return total, seen


@kernel
def _off_at(here: Floats, there: Floats, places: Ints, goes: Floats, most: float) -> tuple[float, int]:
    total, seen = 0.0, 0
    for n in range(len(places)):
        off = _apart(here, there, places[n, 0], places[n, 1], goes[n, 1], goes[n, 0])
        if off >= 0:
            total += min(off, most)
            seen += 1
    return total, seen


@kernel
def each_off(here: Floats, there: Floats, at: Doubles, to: Doubles) -> Doubles:
    """(p,) levels, 0..60, by which places, (p, 2) x, y of one key, differ from where they go ``to`` in the other."""
    found = np.full(len(at), MOST)
    for n in range(len(at)):
        off = _apart(here, there, int(at[n, 1]), int(at[n, 0]), to[n, 1], to[n, 0])
        if off >= 0:
            found[n] = min(off, MOST)
    return found


@kernel
def _apart(here: Floats, there: Floats, y: int, x: int, to_y: float, to_x: float) -> float:
    """The most that any channel differs; -1 where the place is outside the picture."""
    height, width, channels = there.shape
    if not (0 <= to_x <= width - 1 and 0 <= to_y <= height - 1):
        return -1.0
    i, j = min(int(to_y), height - 2), min(int(to_x), width - 2)
    v, u = to_y - i, to_x - j
    off = 0.0
    for c in range(channels):
        value = (there[i, j, c] * (1 - u) + there[i, j + 1, c] * u) * (1 - v)
        value += (there[i + 1, j, c] * (1 - u) + there[i + 1, j + 1, c] * u) * v
        off = max(off, float(abs(value - here[y, x, c])))
    return off
