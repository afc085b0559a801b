"""Layers of dabs of colour, which artists give `flats` and `colorize`."""

from __future__ import annotations

from ..errors import BadInput
from ..values import Raster

_SEE_THROUGH = 128  # alpha below which a layer shows what is under it


def check_dabs(dabs: Raster, what: str) -> None:
    """BadInput where the layer covers all of the drawing, so that its ground would be taken for dabs, too."""
    if dabs.to_8bit()[..., 3].min() >= _SEE_THROUGH:
        raise BadInput(
            f"The {what} cover the whole drawing.", where=dabs.name, hint="Dab colours onto a transparent layer."
        )
