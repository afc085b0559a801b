"""Grease Pencil from Blender 4.3 on: strokes are attributes of a drawing."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from .drawing import COLUMNS, POINT, STROKE, Drawing, empty_column
from .materials import fills_and_hidden, read_materials

OBJECT_TYPE = "GREASEPENCIL"
FILLS_BY_STROKE = bpy.app.version >= (5, 1, 0)

# our column -> Blender's attribute, its type, the property of its items
ATTRIBUTES = {
    "points": ("position", "FLOAT_VECTOR", "vector"),
    "radius": ("radius", "FLOAT", "value"),
    "opacity": ("opacity", "FLOAT", "value"),
    "colour": ("vertex_color", "FLOAT_COLOR", "color"),
    "material": ("material_index", "INT", "value"),
    "cyclic": ("cyclic", "BOOLEAN", "value"),
    "fill_colour": ("fill_color", "FLOAT_COLOR", "color"),
}
BY_STROKE = {"fill": ("fill_id", "INT", "value"), "hide_line": ("hide_stroke", "BOOLEAN", "value")}
SELECTION = ".selection"
DOMAINS = {"POINT": POINT, "CURVE": STROKE}
DOMAIN_OF = {POINT: "POINT", STROKE: "CURVE"}

# Blender's type -> property, numpy type, numbers each
TYPES = {
    "FLOAT": ("value", np.float32, 1),
    "INT": ("value", np.int32, 1),
    "INT8": ("value", np.int8, 1),
    "BOOLEAN": ("value", np.bool_, 1),
    "FLOAT2": ("vector", np.float32, 2),
    "FLOAT_VECTOR": ("vector", np.float32, 3),
    "FLOAT_COLOR": ("color", np.float32, 4),
    "BYTE_COLOR": ("color", np.float32, 4),
    "QUATERNION": ("value", np.float32, 4),
    "FLOAT4X4": ("value", np.float32, 16),
    "INT32_2D": ("value", np.int32, 2),
    "INT16_2D": ("value", np.int32, 2),
}
PLAIN = ("FLOAT", "INT", "INT8", "BOOLEAN", "FLOAT2", "FLOAT_VECTOR", "FLOAT_COLOR", "FLOAT4X4")
TYPE_OF = {(np.dtype(TYPES[name][1]), TYPES[name][2]): name for name in PLAIN}


def datablocks() -> Any:
    """Where Blender keeps Grease Pencil data."""
    return bpy.data.grease_pencils if bpy.app.version >= (5, 0, 0) else bpy.data.grease_pencils_v3


def new_data(name: str) -> Any:
    """An empty data-block."""
    return datablocks().new(name)


def layer_name(layer: Any) -> str:
    """A layer's name."""
    return str(layer.name)


def layer_transform(layer: Any) -> np.ndarray:
    """(4, 4) from the layer's space to the object's."""
    matrix = getattr(layer, "matrix_local", None)
    return np.eye(4) if matrix is None else np.array(matrix, np.float64)


def keys(layer: Any) -> dict[int, Any]:
    """{frame number: key} of a layer."""
    return {frame.frame_number: frame for frame in layer.frames}


def key_type(frame: Any) -> str:
    """What a key is, in the daemon's words."""
    return str(frame.keyframe_type).lower()


def remove(layer: Any, number: int) -> None:
    """Take the key at ``number`` away."""
    layer.frames.remove(number)


def read(frame: Any, layer_index: int, data: Any) -> Drawing:
    """The strokes of one key of one layer."""
    drawing = frame.drawing
    attributes = drawing.attributes
    counts, points = _counts(drawing)
    strokes = len(counts)
    materials = read_materials(data)
    columns = {name: empty_column(name, points, strokes) for name in COLUMNS}
    columns["layer"][:] = layer_index
    known = dict(ATTRIBUTES, **(BY_STROKE if FILLS_BY_STROKE else {}))
    for name, (blender_name, _, prop) in known.items():
        attribute = attributes.get(blender_name)
        if attribute is not None and columns[name].size:  # a missing one means its default
            columns[name] = _get(attribute, prop, columns[name])
    if not FILLS_BY_STROKE:
        columns["fill"], columns["hide_line"] = fills_and_hidden(materials, columns["material"])
    taken = {blender_name for blender_name, _, _ in known.values()}
    extra = {}
    for attribute in attributes:
        if attribute.name in taken or attribute.name.startswith(".") or attribute.data_type not in TYPES:
            continue
        if attribute.domain in DOMAINS:
            domain = DOMAINS[attribute.domain]
            prop, kind, width = TYPES[attribute.data_type]
            count = points if domain == POINT else strokes
            pattern = np.zeros(count if width == 1 else (count, width), kind)
            suffix = "" if attribute.data_type in PLAIN else ":" + attribute.data_type
            extra[attribute.name + suffix] = (domain, _get(attribute, prop, pattern) if count else pattern)
    return Drawing(counts, columns, materials, [], extra=extra)


def move(layer: Any, number: int, to: int) -> None:
    """Move the key at ``number`` to the free frame ``to``."""
    layer.frames.move(number, to)


def selected(frame: Any) -> np.ndarray:
    """(points,) which points of a key are selected."""
    counts, points = _counts(frame.drawing)
    attribute = frame.drawing.attributes.get(SELECTION)
    if attribute is None or not points:
        return np.ones(points, np.bool_)  # as Blender takes it
    by_point = attribute.domain == "POINT"
    flags = np.zeros(points if by_point else len(counts), TYPES[attribute.data_type][1])
    flags = _get(attribute, "value", flags) > 0
    return flags if by_point else np.repeat(flags, counts)


def select(frame: Any, points: np.ndarray) -> None:
    """Select the points of a key where ``points`` is true, and no others."""
    attributes = frame.drawing.attributes
    before = attributes.get(SELECTION)
    if before is not None:
        attributes.remove(before)
    if len(points):
        attributes.new(SELECTION, "BOOLEAN", "POINT").data.foreach_set("value", points)


def _counts(drawing: Any) -> tuple[np.ndarray, int]:
    """Points of each stroke, and of all."""
    offsets = np.zeros(drawing.attributes.domain_size("CURVE") + 1, np.int32)
    if len(offsets) > 1:  # an empty drawing says one offset, but gives none
        drawing.curve_offsets.foreach_get("value", offsets)
    return np.diff(offsets), int(offsets[-1])


def write(data: Any, layer: Any, number: int, drawing: Drawing) -> Any:
    """Put ``drawing`` (its materials are ``data``'s own) on a new key at ``number``; ValueError where there is one."""
    if number in keys(layer):
        raise ValueError("there is a key already")
    frame = layer.frames.new(number)
    frame.keyframe_type = drawing.exposure.upper()
    if not len(drawing.counts):
        return frame
    made = frame.drawing
    made.add_strokes([int(count) for count in drawing.counts])
    known = dict(ATTRIBUTES, **(BY_STROKE if FILLS_BY_STROKE else {}))
    for name, (blender_name, kind, prop) in known.items():
        _put(made.attributes, blender_name, kind, COLUMNS[name][0], prop, drawing.columns[name])
    extra = dict(drawing.extra)
    extra.setdefault("curve_type", (STROKE, np.ones(len(drawing.counts), np.int8)))  # 1 = poly
    for full_name, (domain, array) in extra.items():
        name, _, special = full_name.partition(":")
        width = array.shape[1] if array.ndim == 2 else 1
        kind = special or TYPE_OF.get((array.dtype, width))
        if kind:
            _put(made.attributes, name, kind, domain, TYPES[kind][0], array)
    made.tag_positions_changed()  # or the fills keep their old triangles
    return frame


def _get(attribute: Any, prop: str, pattern: np.ndarray) -> np.ndarray:
    # foreach_get is fast for the attribute's own type only; small whole numbers are read as they are stored.
    flat = np.empty(pattern.size, pattern.dtype if pattern.dtype != np.int8 else np.int32)
    attribute.data.foreach_get(prop, flat)
    return flat.astype(pattern.dtype, copy=False).reshape(pattern.shape)


def _put(attributes: Any, name: str, kind: str, domain: str, prop: str, array: np.ndarray) -> None:
    attribute = attributes.get(name) or attributes.new(name, kind, DOMAIN_OF[domain])
    flat = np.ascontiguousarray(array).ravel()
    attribute.data.foreach_set(prop, flat.astype(np.int32) if flat.dtype == np.int8 else flat)
