"""Any value that fits into one file, as that file's bytes."""

from __future__ import annotations

from typing import Final

from ..errors import BadInput
from ._kinds import Kind, Value
from .facts import Facts
from .files import encode_mask, encode_palette, encode_picture, encode_regions
from .palette import Palette
from .raster import Mask, Raster
from .regions import Regions
from .stroke_files import SUFFIX as STROKES
from .stroke_files import strokes_to_json
from .strokes import Strokes

PICTURES: Final = (Kind.RASTER, Kind.MASK, Kind.REGIONS)
"""The kinds that are written as a picture."""


def suffix_of(kind: Kind) -> str:
    """With which a value of a kind is written where nothing else was asked for."""
    if kind is Kind.STROKES:
        return STROKES
    return ".png" if kind in PICTURES else ".json"


def encode(value: Value, suffix: str = ".png", *, flatten: bool = False) -> bytes:
    """A value as a file's bytes; a Raster as ``suffix`` says, laid on white to ``flatten`` it. BadInput for a Clip."""
    if isinstance(value, Raster):
        return encode_picture(value, suffix, flatten=flatten)
    if isinstance(value, Regions):
        return encode_regions(value)
    if isinstance(value, Mask):
        return encode_mask(value)
    if isinstance(value, Palette):
        return encode_palette(value)
    if isinstance(value, Strokes):
        return strokes_to_json([value]).encode()
    if isinstance(value, Facts):
        return value.to_json(indent=1).encode() + b"\n"
    raise BadInput(f"A {type(value).__name__.lower()} can't be written to a file by itself.")
