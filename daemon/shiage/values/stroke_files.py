"""Stroke drawings as files: JSON that a person can read and write, without loss.

::

    {
      "format": "shiage-strokes", "version": 1, "name": "Hero", "frame": 12, "exposure": "keyframe",
      "plane": [16 numbers, row by row],                          optional, like everything but points
      "layers": [{"name": "Lines", "opacity": 1.0, "transform": [16 numbers]}],
      "materials": [{"name": "Ink", "line": [r, g, b, a], "fill": [r, g, b, a], "show_line": true, "show_fill": false}],
      "strokes": [{"points": [[x, y, z], ...], "radius": [...], "opacity": [...], "colour": [[r, g, b, a], ...],
                   "material": 0, "layer": 0, "cyclic": false, "fill": 0, "fill_colour": [r, g, b, a],
                   "hide_line": false}],
      "extra": [{"name": "...", "domain": "point", "type": "float32", "data": [...]}]
    }

``radius``, ``opacity`` and ``colour`` may be one value for the whole stroke; a point may leave out its z. A file with
many drawings has ``"drawings": [...]`` of such objects.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput, TooLarge
from .files import read_bytes
from .strokes import COLUMNS, Attribute, Domain, Exposure, StrokeLayer, StrokeMaterial, Strokes

SUFFIX = ".strokes.json"
MOST_BYTES = 256 << 20
MOST_POINTS = 4_000_000

_FORMAT = "shiage-strokes"
_DEFAULTS: dict[str, Any] = {"radius": 0.01, "opacity": 1.0, "colour": (0, 0, 0, 0), "fill_colour": (0, 0, 0, 0)}


def read_strokes(path: Path) -> tuple[Strokes, ...]:
    """The drawings of a stroke file, in order; BadInput where it is not one, TooLarge where it is out of bounds."""
    data = read_bytes(path)
    if len(data) > MOST_BYTES:
        raise TooLarge(f"The stroke file has more than {MOST_BYTES >> 20} MiB.", where=str(path))
    try:
        return strokes_from_json(data.decode("utf-8"), name=path.name.removesuffix(SUFFIX))
    except UnicodeDecodeError as error:
        raise BadInput("This is not a stroke file: it is not text.", where=str(path)) from error
    except (BadInput, TooLarge) as error:
        raise type(error)(error.sentence, where=str(path), hint=error.hint) from error


def write_strokes(path: Path, drawings: Sequence[Strokes]) -> None:
    """Write ``drawings`` (at least one) as one stroke file."""
    path.write_text(strokes_to_json(drawings), encoding="utf-8")


def strokes_to_json(drawings: Sequence[Strokes]) -> str:
    """The text of a stroke file."""
    objects = [_drawing_to_object(drawing) for drawing in drawings]
    head = {"format": _FORMAT, "version": 1}
    return json.dumps(head | (objects[0] if len(objects) == 1 else {"drawings": objects}), ensure_ascii=False)


def strokes_from_json(text: str, name: str = "") -> tuple[Strokes, ...]:
    """The drawings in the text of a stroke file; ``name`` for those without one."""
    try:
        data = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"This is not a stroke file: {error}.") from error
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        raise BadInput("This is not a stroke file.", hint=f'It needs "format": "{_FORMAT}".')
    if data.get("version") != 1:
        raise BadInput(f"Stroke files of version {data.get('version')} are not known here.", hint="Update Shiage.")
    drawings = data.get("drawings", [data])
    if not isinstance(drawings, list) or not drawings:
        raise BadInput("The stroke file has no drawings.")
    try:
        return tuple(_drawing_from_object(item, name) for item in drawings)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadInput(f"The stroke file is damaged: {type(error).__name__}: {error}.") from error


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")


def _drawing_to_object(drawing: Strokes) -> dict[str, Any]:
    columns = {name: _plain(getattr(drawing, name)) for name in COLUMNS}
    strokes = []
    for i in range(drawing.count):
        span = drawing.span(i)
        strokes.append(
            {
                name: columns[name][span] if kind[0] is Domain.POINT else columns[name][i]
                for name, kind in COLUMNS.items()
            }
        )
    return {
        "name": drawing.name,
        "frame": drawing.frame,
        "exposure": drawing.exposure.value,
        "plane": drawing.plane.ravel().tolist(),
        "layers": [
            {"name": layer.name, "opacity": layer.opacity, "transform": layer.transform.ravel().tolist()}
            for layer in drawing.layers
        ],
        "materials": [
            {
                "name": m.name,
                "line": list(m.line),
                "fill": list(m.fill),
                "show_line": m.show_line,
                "show_fill": m.show_fill,
            }
            for m in drawing.materials
        ],
        "strokes": strokes,
        "extra": [
            {"name": a.name, "domain": a.domain.value, "type": a.data.dtype.name, "data": _plain(a.data)}
            for a in drawing.extra
        ],
    }


def _plain(data: NDArray[Any]) -> list[Any]:
    """Nested lists; 32-bit floats with as few digits as give them back exactly."""
    if data.dtype != np.float32:
        return cast(list[Any], data.tolist())
    shortest = np.array([float(text) for text in data.astype("U32").ravel()], np.float64)
    return cast(list[Any], shortest.reshape(data.shape).tolist())


def _drawing_from_object(item: Mapping[str, Any], name: str) -> Strokes:
    strokes = item.get("strokes", [])
    if not all(isinstance(stroke, dict) and stroke.get("points") for stroke in strokes):
        raise BadInput("The stroke file has a stroke without points.")
    counts = [len(stroke["points"]) for stroke in strokes]
    if sum(counts) > MOST_POINTS:
        raise TooLarge(f"The drawing has {sum(counts)} points; {MOST_POINTS} are allowed.")
    columns: dict[str, Any] = {column: _column(column, strokes, counts) for column in COLUMNS}
    return Strokes(
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        **columns,
        materials=tuple(_material(m) for m in item.get("materials", [{"name": "Line"}])),
        layers=tuple(_layer(entry) for entry in item.get("layers", [{"name": "Lines"}])),
        frame=int(item.get("frame", 0)),
        exposure=Exposure(item.get("exposure", "keyframe")),
        plane=_matrix(item.get("plane")),
        extra=tuple(_attribute(entry) for entry in item.get("extra", [])),
        name=str(item.get("name") or name),
    )


def _column(name: str, strokes: Sequence[Mapping[str, Any]], counts: Sequence[int]) -> NDArray[Any]:
    domain, kind, width = COLUMNS[name]
    if domain is Domain.STROKE:
        values = [stroke.get(name, _DEFAULTS.get(name, 0)) for stroke in strokes]
        return np.array(values, kind).reshape((-1,) if width == 1 else (-1, width))
    parts = [
        _points(stroke["points"])
        if name == "points"
        else np.broadcast_to(
            np.asarray(stroke.get(name, _DEFAULTS[name]), kind), (count,) if width == 1 else (count, width)
        )
        for stroke, count in zip(strokes, counts, strict=True)
    ]
    empty: NDArray[Any] = np.zeros((0,) if width == 1 else (0, width), kind)
    return np.concatenate([empty, *parts]).astype(kind, copy=False)


def _points(rows: Sequence[Sequence[float]]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # an infinity is refused by the drawing itself
        points = np.asarray(rows, np.float32)
    if points.ndim == 2 and points.shape[1] == 2:
        points = np.pad(points, ((0, 0), (0, 1)))
    if points.ndim != 2 or points.shape[1] != 3:
        raise BadInput("A point is [x, y] or [x, y, z].")
    return points


def _matrix(numbers: Sequence[float] | None) -> NDArray[np.float64]:
    return np.eye(4) if numbers is None else np.array(numbers, np.float64).reshape(4, 4)


def _material(entry: Mapping[str, Any]) -> StrokeMaterial:
    plain = StrokeMaterial(str(entry["name"]))
    return StrokeMaterial(
        plain.name,
        _colour(entry.get("line", plain.line)),
        _colour(entry.get("fill", plain.fill)),
        bool(entry.get("show_line", True)),
        bool(entry.get("show_fill", False)),
    )


def _layer(entry: Mapping[str, Any]) -> StrokeLayer:
    return StrokeLayer(str(entry["name"]), _matrix(entry.get("transform")), float(entry.get("opacity", 1.0)))


def _colour(parts: Sequence[float]) -> tuple[float, float, float, float]:
    red, green, blue, alpha = (float(part) for part in parts)
    return red, green, blue, alpha


def _attribute(entry: Mapping[str, Any]) -> Attribute:
    if entry["type"] not in ("float32", "int32", "int8", "uint8", "bool"):
        raise BadInput(f"A stroke attribute can't be of type {entry['type']}.")
    return Attribute(str(entry["name"]), Domain(entry["domain"]), np.array(entry["data"], entry["type"]))
