"""Files named on the command line as the values of an operation's ports."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..errors import BadInput, BadParameters, Problem
from ..spec import Cardinality, OperationSpec, Port
from ..values import Colour, Facts, Kind, Palette, Regions, Strokes, Swatch, Value
from ..values.files import decode_mask, decode_picture, read_bytes
from ..values.sequences import read_clip
from ..values.stroke_files import read_strokes


@dataclass(frozen=True)
class Source:
    """A file or folder that was named for a port of this kind; ``part``: which drawing of a stroke file."""

    kind: Kind
    path: Path
    part: int = 0

    def read(self) -> Value:
        """The value in it; BadInput where there is none of this kind."""
        where = str(self.path)
        if self.kind is Kind.CLIP:
            return read_clip(self.path)
        if self.kind is Kind.STROKES:
            return _drawings(self.path)[self.part]
        return _READERS[self.kind](read_bytes(self.path), where, self.path.stem)


def sources(
    spec: OperationSpec, positional: Sequence[str], named: Mapping[str, Sequence[str]]
) -> dict[str, tuple[Source, ...]]:
    """Which file goes to which port.

    Files without an option go to the first port if it takes many, else to the required ports in their order.
    """
    paths: dict[str, list[str]] = {port.name: list(named.get(port.name, ())) for port in spec.inputs}
    first, *_ = spec.inputs
    if first.cardinality is Cardinality.MANY:
        paths[first.name][:0] = positional
    else:
        single = [p for p in spec.inputs if p.cardinality is Cardinality.ONE and not p.optional and not paths[p.name]]
        if len(positional) > len(single):
            extra = positional[len(single)]
            options = ", ".join(f"--{port.name.replace('_', '-')}" for port in spec.inputs)
            raise BadParameters((Problem(extra, f"{spec.id} has no place for this file; name its input: {options}."),))
        for port, path in zip(single, positional, strict=False):
            paths[port.name].append(path)
    return {
        port.name: tuple(source for path in paths[port.name] for source in _sources_in(Path(path), port))
        for port in spec.inputs
        if paths[port.name]
    }


def _sources_in(path: Path, port: Port) -> tuple[Source, ...]:
    """One source; of a stroke file for a port that takes many, one for each of its drawings."""
    if port.kind is not Kind.STROKES or not path.is_file():
        return (Source(port.kind, path),)
    many = len(_drawings(path))
    if many > 1 and port.cardinality is Cardinality.ONE:
        raise BadInput(f"has {many} drawings, but {port.title.lower()} is one.", where=str(path))
    return tuple(Source(port.kind, path, part) for part in range(many))


def _drawings(path: Path) -> tuple[Strokes, ...]:
    try:
        return read_strokes(path)
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror or error}.", where=str(path)) from error


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


_READERS: dict[Kind, Callable[[bytes, str, str], Value]] = {
    Kind.RASTER: decode_picture,
    Kind.MASK: decode_mask,
    Kind.REGIONS: _regions,
    Kind.PALETTE: _palette,
    Kind.FACTS: _facts,
}
