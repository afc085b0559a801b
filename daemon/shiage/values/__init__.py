"""What flows between hosts, operations and files: typed values with NumPy arrays inside, and never torch."""

from ._kinds import KINDS, Kind, Value, kind_of
from .clip import Clip, Frame
from .facts import Facts
from .palette import Colour, Palette, Swatch
from .raster import Blend, Mask, Raster
from .regions import Regions
from .strokes import Attribute, Domain, Exposure, StrokeLayer, StrokeMaterial, Strokes, StrokeView

__all__ = [
    "KINDS",
    "Attribute",
    "Blend",
    "Clip",
    "Colour",
    "Domain",
    "Exposure",
    "Facts",
    "Frame",
    "Kind",
    "Mask",
    "Palette",
    "Raster",
    "Regions",
    "StrokeLayer",
    "StrokeMaterial",
    "StrokeView",
    "Strokes",
    "Swatch",
    "Value",
    "kind_of",
]
