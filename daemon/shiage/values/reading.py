"""The value of a kind that a file, or a folder of frames, holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np

from ..errors import BadInput
from . import Colour, Facts, Kind, Palette, Regions, Strokes, Swatch, Value
from .files import decode_mask, decode_picture, read_bytes
from .sequences import read_clip
from .stroke_files import read_strokes


def read_values(kind: Kind, path: Path, layer: str = "") -> tuple[Value, ...]:
    """All values in a file: a stroke file may hold several drawings, every other file is one value."""
    return read_strokes(path) if kind is Kind.STROKES else (read_value(kind, path, layer),)


def read_value(kind: Kind, path: Path, layer: str = "") -> Value:
    """The value in a file, named after it; BadInput where there is none of this kind, or more than one.

    ``layer``: of a layered document, the one that is meant.
    """
    if kind is Kind.CLIP:
        return read_clip(path)
    if layer and kind is Kind.RASTER:
        return decode_picture(read_bytes(path), str(path), path.stem, layer)
    if layer and kind is Kind.MASK:
        return decode_mask(read_bytes(path), str(path), path.stem, layer)
    if kind is Kind.STROKES:
        return _only_drawing(path)
    return _DECODERS[kind](read_bytes(path), str(path), path.stem)


def _only_drawing(path: Path) -> Strokes:
    drawings = read_strokes(path)
    if len(drawings) > 1:
        raise BadInput(f"has {len(drawings)} drawings, but one is wanted.", where=str(path))
    return drawings[0]


def _regions(data: bytes, where: str, name: str) -> Regions:
    raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if raw is None or raw.ndim != 2:
        raise BadInput("A region map is a grey PNG of labels.", where=where, hint="`shiage run flats` writes one.")
    return Regions(raw.astype(np.int32), name=name)


def _palette(data: bytes, where: str, name: str) -> Palette:
    try:
        colours = json.loads(data)["colours"]
        swatches = tuple(Swatch(Colour.parse(item["colour"]), str(item.get("name", ""))) for item in colours)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = 'Wanted: {"colours": [{"name": "skin", "colour": "#ffddcc"}]}.'
        raise BadInput("This is not a palette.", where=where, hint=hint) from error
    return Palette(swatches, name)


def _facts(data: bytes, where: str, name: str) -> Facts:
    try:
        return Facts.from_json(data.decode(), name)
    except ValueError as error:
        raise BadInput(f"This is not a JSON object ({error}).", where=where) from error


_DECODERS: Mapping[Kind, Callable[[bytes, str, str], Value]] = {
    Kind.RASTER: decode_picture,
    Kind.MASK: decode_mask,
    Kind.REGIONS: _regions,
    Kind.PALETTE: _palette,
    Kind.FACTS: _facts,
}
