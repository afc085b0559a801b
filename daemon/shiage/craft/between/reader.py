"""Reading both keys of a pair, as if neither film nor paper nor coding had left anything on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..grain import Unrest, calmed, grained, unrest_of, with_own_hue
from .read import Key, read_key

Floats = npt.NDArray[np.float32]


class Reader:
    """``keys``: both, (H, W, 3 or 4) float32 0..255, premultiplied. What disturbs either one is looked for in both: a
    clean key and a coded one would be read as different things.
    """

    def __init__(self, keys: list[Floats]) -> None:
        found = [unrest for unrest in map(unrest_of, keys) if unrest is not None]
        self._unrest = Unrest(*np.max(found, axis=0).tolist()) if found else None

    @property
    def disturbed(self) -> bool:
        return self._unrest is not None

    def calm(self, pixels: Floats) -> Floats:
        """A key as it was drawn."""
        if self._unrest is None:
            return pixels
        return calmed(pixels if self._unrest.grain else with_own_hue(pixels), self._unrest)

    def read(self, pixels: Floats, most: int) -> Key:
        """As :func:`read_key`; what it is painted with keeps its grain."""
        key = read_key(self.calm(pixels), most)
        if not self._unrest or not self._unrest.grain:
            return key
        inside = ((key.other == 0) & (key.ink == 0))[..., None]
        return replace(key, painted=np.where(inside, grained(key.painted, pixels, self._unrest.grain), key.painted))

    def shown(self, pixels: Floats) -> Floats:
        """A key as a frame between may show it: with its grain, without what coding left about its lines."""
        return grained(self.calm(pixels), pixels, self._unrest.grain) if self._unrest else pixels
