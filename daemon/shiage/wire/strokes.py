"""Stroke drawings to and from protobuf: one blob with all columns, which the message describes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput, TooLarge
from ..v1 import values_pb2 as pb
from ..values import Attribute, Domain, Exposure, StrokeLayer, StrokeMaterial, Strokes, StrokeView
from ..values.stroke_files import MOST_POINTS
from ..values.strokes import COLUMNS
from . import limits

Buffer: TypeAlias = bytes | bytearray | memoryview

_NUMBERS: dict[int, Any] = {
    pb.STROKE_NUMBER_FLOAT32: np.dtype("<f4"),
    pb.STROKE_NUMBER_INT32: np.dtype("<i4"),
    pb.STROKE_NUMBER_INT8: np.dtype("i1"),
    pb.STROKE_NUMBER_UINT8: np.dtype("u1"),
    pb.STROKE_NUMBER_BOOL: np.dtype("?"),
}
_NUMBER_OF = {
    np.dtype(np.float32): pb.STROKE_NUMBER_FLOAT32,
    np.dtype(np.int32): pb.STROKE_NUMBER_INT32,
    np.dtype(np.int8): pb.STROKE_NUMBER_INT8,
    np.dtype(np.uint8): pb.STROKE_NUMBER_UINT8,
    np.dtype(np.bool_): pb.STROKE_NUMBER_BOOL,
}
_DOMAINS = {pb.STROKE_DOMAIN_POINT: Domain.POINT, pb.STROKE_DOMAIN_STROKE: Domain.STROKE}
_DOMAIN_OF = {domain: number for number, domain in _DOMAINS.items()}


def encode_strokes(value: Strokes, put: Callable[[Buffer], pb.Blob]) -> pb.Strokes:
    """The message for ``value``, its numbers kept by ``put``."""
    columns: list[pb.StrokeColumn] = []
    parts = [np.diff(value.offsets).astype("<i4").tobytes()]
    named = [(name, domain, getattr(value, name), False) for name, (domain, _, _) in COLUMNS.items()]
    for name, domain, data, extra in (*named, *((a.name, a.domain, a.data, True) for a in value.extra)):
        columns.append(
            pb.StrokeColumn(
                name=name,
                domain=_DOMAIN_OF[domain],
                number=_NUMBER_OF[data.dtype],
                width=data.shape[1] if data.ndim == 2 else 1,
                extra=extra,
            )
        )
        parts.append(np.ascontiguousarray(data, _NUMBERS[columns[-1].number]).tobytes())
    return pb.Strokes(
        data=put(b"".join(parts)),
        strokes=value.count,
        points=len(value.points),
        columns=columns,
        materials=[
            pb.StrokeMaterial(name=m.name, line=m.line, fill=m.fill, show_line=m.show_line, show_fill=m.show_fill)
            for m in value.materials
        ],
        layers=[
            pb.StrokeLayer(name=layer.name, transform=layer.transform.ravel().tolist(), opacity=layer.opacity)
            for layer in value.layers
        ],
        frame=value.frame,
        exposure=value.exposure,
        plane=value.plane.ravel().tolist(),
        view=None if value.view is None else pb.StrokeView(**asdict(value.view)),
    )


def check_strokes(strokes: pb.Strokes, where: str) -> None:
    """BadInput or TooLarge where the message can't be a drawing."""
    if strokes.points > MOST_POINTS or strokes.strokes > MOST_POINTS:
        raise TooLarge(f"A drawing has at most {MOST_POINTS} points.", where=where)
    if max(len(strokes.columns), len(strokes.materials), len(strokes.layers)) > limits.MOST_STROKE_TABLE:
        raise TooLarge(f"A drawing has at most {limits.MOST_STROKE_TABLE} layers, materials or columns.", where=where)
    names = [column.name for column in strokes.columns]
    names += [material.name for material in strokes.materials] + [layer.name for layer in strokes.layers]
    if any(len(name) > limits.LONGEST_NAME for name in names):
        raise BadInput(
            f"A stroke layer's or material's name has at most {limits.LONGEST_NAME} characters.", where=where
        )
    own = [column.name for column in strokes.columns if not column.extra]
    if sorted(own) != sorted(COLUMNS):
        raise BadInput(f"A drawing has one each of the columns {', '.join(COLUMNS)}.", where=where)
    for column in strokes.columns:
        if column.number not in _NUMBERS or column.domain not in _DOMAINS or not 1 <= column.width <= 64:
            raise BadInput(f"The stroke column '{column.name}' is not described right.", where=where)
    if strokes.exposure and strokes.exposure not in set(Exposure):
        raise BadInput(f"A drawing's exposure is one of {', '.join(Exposure)}.", where=where)
    _view(strokes)
    wanted = 4 * strokes.strokes + sum(_size(column, strokes) for column in strokes.columns)
    if strokes.data.size != wanted:
        raise BadInput(f"The strokes are {wanted} bytes, but the blob has {strokes.data.size}.", where=where)


def decode_strokes(strokes: pb.Strokes, name: str, data: Buffer) -> Strokes:
    """The drawing; BadInput where its arrays don't agree. ``data``: the blob, of the size that the message says."""
    counts = np.frombuffer(data, "<i4", strokes.strokes)
    if (counts < 0).any() or int(counts.sum(dtype=np.int64)) != strokes.points:
        raise BadInput(f"The strokes don't have {strokes.points} points together.")
    at = 4 * strokes.strokes
    columns: dict[str, NDArray[Any]] = {}
    extra = []
    for column in strokes.columns:
        array = _column(column, strokes, data, at)
        at += _size(column, strokes)
        if column.extra:
            extra.append(Attribute(column.name, _DOMAINS[column.domain], array))
        else:
            columns[column.name] = array
    return Strokes(
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        **columns,
        materials=tuple(
            StrokeMaterial(m.name, _colour(m.line), _colour(m.fill), m.show_line, m.show_fill)
            for m in strokes.materials
        ),
        layers=tuple(
            StrokeLayer(layer.name, _matrix(layer.transform), _share(layer.opacity)) for layer in strokes.layers
        ),
        frame=strokes.frame,
        exposure=Exposure(strokes.exposure or Exposure.KEYFRAME),
        plane=_matrix(strokes.plane),
        extra=tuple(extra),
        name=name,
        view=_view(strokes),
    )


def _view(strokes: pb.Strokes) -> StrokeView | None:
    if not strokes.HasField("view"):
        return None
    view = strokes.view
    return StrokeView(view.left, view.top, view.scale, view.width, view.height)


def _size(column: pb.StrokeColumn, strokes: pb.Strokes) -> int:
    count = strokes.points if column.domain == pb.STROKE_DOMAIN_POINT else strokes.strokes
    return int(count * column.width * _NUMBERS[column.number].itemsize)


def _column(column: pb.StrokeColumn, strokes: pb.Strokes, data: Buffer, at: int) -> NDArray[Any]:
    kind = _NUMBERS[column.number]
    raw = np.frombuffer(data, np.uint8 if kind == np.bool_ else kind, _size(column, strokes) // kind.itemsize, at)
    array = raw != 0 if kind == np.bool_ else raw.astype(kind.newbyteorder("="))
    count = strokes.points if column.domain == pb.STROKE_DOMAIN_POINT else strokes.strokes
    return array if column.width == 1 else array.reshape(count, column.width)


def _colour(parts: Any) -> tuple[float, float, float, float]:
    if len(parts) != 4 or not all(math.isfinite(part) for part in parts):
        raise BadInput("A stroke material's colours are red, green, blue and alpha.")
    return parts[0], parts[1], parts[2], parts[3]


def _matrix(numbers: Any) -> NDArray[np.float64]:
    if not numbers:
        return np.eye(4)
    if len(numbers) != 16:
        raise BadInput("A matrix of strokes has 16 numbers.")
    return np.array(numbers, np.float64).reshape(4, 4)


def _share(opacity: float) -> float:
    if not (math.isfinite(opacity) and 0 <= opacity <= 1):
        raise BadInput(f"A layer's opacity is 0 to 1, not {opacity:g}.")
    return opacity
