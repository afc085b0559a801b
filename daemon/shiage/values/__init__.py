"""What flows between hosts, operations and files: typed values with NumPy arrays inside, and never torch."""

from ._kinds import KINDS, Kind, Value, kind_of
from .clip import Clip, Frame
from .facts import Facts
from .palette import Colour, Palette, Swatch
from .raster import Blend, Mask, Raster
from .regions import Regions

__all__ = [
    "KINDS",
    "Blend",
    "Clip",
    "Colour",
    "Facts",
    "Frame",
    "Kind",
    "Mask",
    "Palette",
    "Raster",
    "Regions",
    "Swatch",
    "Value",
    "kind_of",
]
