"""Drawings to and from the daemon's messages; no bpy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .host.drawing import COLUMNS, POINT, STROKE, Drawing, Layer, Material, View
from .link import values as pb

NUMBERS = {
    pb.STROKE_NUMBER_FLOAT32: np.dtype("<f4"),
    pb.STROKE_NUMBER_INT32: np.dtype("<i4"),
    pb.STROKE_NUMBER_INT8: np.dtype("i1"),
    pb.STROKE_NUMBER_UINT8: np.dtype("u1"),
    pb.STROKE_NUMBER_BOOL: np.dtype("?"),
}
NUMBER_OF = {kind.newbyteorder("="): number for number, kind in NUMBERS.items()}
DOMAINS = {pb.STROKE_DOMAIN_POINT: POINT, pb.STROKE_DOMAIN_STROKE: STROKE}
DOMAIN_OF = {name: number for number, name in DOMAINS.items()}


def encode(drawing: Drawing, put: Callable[[bytes], Any], view: View | None = None) -> Any:
    """The message for ``drawing``, its numbers kept by ``put``. With a ``view`` it may stand for a picture."""
    named = [(name, COLUMNS[name][0], drawing.columns[name], False) for name in COLUMNS]
    named += [(name, domain, array, True) for name, (domain, array) in sorted(drawing.extra.items())]
    columns, parts = [], [np.ascontiguousarray(drawing.counts, "<i4").tobytes()]
    for name, domain, array, extra in named:
        number = NUMBER_OF[array.dtype]
        width = array.shape[1] if array.ndim == 2 else 1
        column = pb.StrokeColumn(name=name, domain=DOMAIN_OF[domain], number=number, width=width, extra=extra)
        columns.append(column)
        parts.append(np.ascontiguousarray(array, NUMBERS[number]).tobytes())
    strokes = pb.Strokes(
        data=put(b"".join(parts)),
        strokes=len(drawing.counts),
        points=int(drawing.counts.sum()),
        columns=columns,
        materials=[
            pb.StrokeMaterial(name=m.name, line=m.line, fill=m.fill, show_line=m.show_line, show_fill=m.show_fill)
            for m in drawing.materials
        ],
        layers=[
            pb.StrokeLayer(name=layer.name, transform=layer.transform.ravel().tolist(), opacity=layer.opacity)
            for layer in drawing.layers
        ],
        frame=drawing.frame,
        exposure=drawing.exposure,
        plane=drawing.plane.ravel().tolist(),
    )
    if view is not None:
        strokes.view.CopyFrom(pb.StrokeView(**vars(view)))
    return pb.Value(name=drawing.name, strokes=strokes)


def encode_picture(name: str, pixels: np.ndarray, put: Callable[[bytes], Any]) -> Any:
    """The message for a picture: (h, w, 4) uint8 from its top, sRGB, straight alpha."""
    height, width = pixels.shape[:2]
    blob = put(np.ascontiguousarray(pixels).tobytes())
    return pb.Value(
        name=name, raster=pb.Raster(pixels=blob, encoding=pb.ENCODING_RAW, width=width, height=height, bits=8)
    )


def encode_files(name: str, fps: float, files: dict[int, Path], put: Callable[[bytes], Any]) -> Any:
    """The message for pictures in time: frame -> the file of what is shown from there on."""
    frames = [
        pb.Frame(
            time=float(frame),
            hold=1.0,
            key=True,
            name=file.stem,
            raster=pb.Raster(pixels=put(file.read_bytes()), encoding=pb.ENCODING_FILE),
        )
        for frame, file in sorted(files.items())
    ]
    return pb.Value(name=name, clip=pb.Clip(fps=fps, frames=frames))


def pixels_of(value: Any, get: Callable[[Any], bytes]) -> np.ndarray:
    """(h, w, 4) uint8 or uint16 from its top, of a raster message that a job made."""
    raster = value.raster
    flat = np.frombuffer(get(raster.pixels), "<u2" if raster.bits == 16 else "u1")
    return flat.reshape(raster.height, raster.width, 4)


def view_in(value: Any) -> View | None:
    """Which rectangle of a drawing's plane is a picture, if it says."""
    if not value.strokes.HasField("view"):
        return None
    view = value.strokes.view
    return View(view.left, view.top, view.scale, view.width, view.height)


def decode(value: Any, get: Callable[[Any], bytes]) -> Drawing:
    """The drawing of a message; ``get`` gives a blob's bytes."""
    strokes = value.strokes
    data = get(strokes.data)
    counts = np.frombuffer(data, "<i4", strokes.strokes).astype(np.int32)
    at = counts.nbytes
    columns, extra = {}, {}
    for column in strokes.columns:
        kind = NUMBERS[column.number]
        count = strokes.points if column.domain == pb.STROKE_DOMAIN_POINT else strokes.strokes
        array = np.frombuffer(data, kind, count * column.width, at).astype(kind.newbyteorder("="))
        at += array.nbytes
        array = array if column.width == 1 else array.reshape(count, column.width)
        if column.extra:
            extra[column.name] = (DOMAINS[column.domain], array)
        else:
            columns[column.name] = array
    return Drawing(
        counts,
        columns,
        [Material(m.name, tuple(m.line), tuple(m.fill), m.show_line, m.show_fill) for m in strokes.materials],
        [Layer(layer.name, np.array(layer.transform).reshape(4, 4), layer.opacity) for layer in strokes.layers],
        strokes.frame,
        strokes.exposure or "keyframe",
        np.array(strokes.plane).reshape(4, 4) if len(strokes.plane) else np.eye(4),
        extra,
        value.name,
    )
