"""The closed list of value kinds, by the names that specs, the wire and the hosts use."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from .clip import Clip
from .facts import Facts
from .palette import Palette
from .raster import Mask, Raster
from .regions import Regions
from .strokes import Strokes

Value: TypeAlias = Raster | Mask | Regions | Palette | Facts | Clip | Strokes


class Kind(StrEnum):
    """A kind of value."""

    RASTER = "raster"
    MASK = "mask"
    REGIONS = "regions"
    PALETTE = "palette"
    FACTS = "facts"
    CLIP = "clip"
    STROKES = "strokes"


KINDS: dict[Kind, type[Value]] = {
    Kind.RASTER: Raster,
    Kind.MASK: Mask,
    Kind.REGIONS: Regions,
    Kind.PALETTE: Palette,
    Kind.FACTS: Facts,
    Kind.CLIP: Clip,
    Kind.STROKES: Strokes,
}


def kind_of(value: Value) -> Kind:
    """The kind of ``value``."""
    for kind, cls in KINDS.items():
        if isinstance(value, cls):
            return kind
    raise TypeError(f"{type(value).__name__} is not a value")
