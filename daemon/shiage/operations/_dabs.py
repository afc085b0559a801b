"""Layers of dabs of colour, which artists give `flats` and `colorize`."""

from __future__ import annotations

from ..values import Raster

_SEE_THROUGH = 128  # alpha below which a layer shows what is under it


def covers_all(dabs: Raster) -> bool:
    """Whether nothing can be seen through a layer, so that its ground counts as dabs, too."""
    return bool(dabs.to_8bit()[..., 3].min() >= _SEE_THROUGH)
