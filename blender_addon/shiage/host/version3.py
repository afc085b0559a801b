"""Grease Pencil from Blender 4.3 on: strokes are attributes of a drawing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np

from . import splines, weights
from .drawing import COLUMNS, POINT, STROKE, WEIGHT, Drawing, empty_column
from .materials import fills_and_hidden, read_materials
from .parents import carried

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


def hidden(layer: Any) -> bool:
    """Whether a layer is not shown: itself, or a group that it is in."""
    return any(entry.hide for entry in _with_groups(layer))


def locked(layer: Any) -> bool:
    """Whether a layer must not be changed: itself, or a group that it is in."""
    return any(entry.lock for entry in _with_groups(layer))


def _with_groups(layer: Any) -> Iterator[Any]:
    """The layer, its group, the group of that, and so on."""
    while layer is not None:
        yield layer
        layer = layer.parent_group


def layer_transform(layer: Any) -> np.ndarray:
    """(4, 4) from the layer's space to the object's, its parent's doing included."""
    matrix = getattr(layer, "matrix_local", None)
    own = np.eye(4) if matrix is None else np.array(matrix, np.float64)
    inverse = getattr(layer, "matrix_parent_inverse", None)
    return own if inverse is None else carried(layer, inverse, bool(layer.parent_bone)) @ own


def follow(layer: Any, other: Any) -> None:
    """Let a new layer hang on what ``other`` hangs on, and have its transform. Where the parent moved since ``other``
    was hung on it their spaces differ, but go together from now on."""
    if other.parent is not None:
        layer.parent, layer.parent_bone = other.parent, other.parent_bone
    layer.translation, layer.rotation, layer.scale = other.translation, other.rotation, other.scale


def keys(layer: Any) -> dict[int, Any]:
    """{frame number: key} of a layer."""
    return {frame.frame_number: frame for frame in layer.frames}


def key_type(frame: Any) -> str:
    """What a key is, in the daemon's words."""
    return str(frame.keyframe_type).lower()


def remove(layer: Any, number: int) -> None:
    """Take the key at ``number`` away."""
    layer.frames.remove(number)


def read(frame: Any, layer_index: int, data: Any, with_weights: bool = False) -> Drawing:
    """The strokes of one key of one layer, ``with_weights`` of vertex groups or without. Curves of other kinds come as
    the points that Blender draws them through."""
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
    extra = _extra(drawing, {blender_name for blender_name, _, _ in known.values()})
    if with_weights:
        extra |= {WEIGHT + name: (POINT, array) for name, array in weights.read(frame, data).items()}
    return _as_points(Drawing(counts, columns, materials, [], extra=extra))


def _extra(drawing: Any, taken: set[str]) -> dict[str, tuple[str, np.ndarray]]:
    """All attributes but those ``taken`` and Blender's own."""
    counts, points = _counts(drawing)
    made = {}
    for attribute in drawing.attributes:
        if attribute.name in taken or attribute.name.startswith(".") or attribute.data_type not in TYPES:
            continue
        if attribute.domain in DOMAINS:
            domain = DOMAINS[attribute.domain]
            prop, kind, width = TYPES[attribute.data_type]
            count = points if domain == POINT else len(counts)
            pattern = np.zeros(count if width == 1 else (count, width), kind)
            suffix = "" if attribute.data_type in PLAIN else ":" + attribute.data_type
            made[attribute.name + suffix] = (domain, _get(attribute, prop, pattern) if count else pattern)
    return made


def _as_points(drawing: Drawing) -> Drawing:
    """``drawing`` as points that are joined by straight lines, as it is shown."""
    columns, extra = drawing.columns, drawing.extra
    made = splines.evaluate(drawing.counts, columns["points"], columns["cyclic"], extra)
    kept = {name: entry for name, entry in extra.items() if name not in splines.SETTINGS or name == "curve_type"}
    if made is None:
        return drawing
    for name in columns:
        if COLUMNS[name][0] == POINT:
            columns[name] = made.placed(columns[name]) if name == "points" else made.of(columns[name])
    columns["radius"] = np.maximum(columns["radius"], 0)  # a spline swings beyond its points
    columns["opacity"] = np.clip(columns["opacity"], 0, 1)
    drawing.extra = {
        name: (domain, made.of(array) if domain == POINT else array) for name, (domain, array) in kept.items()
    }
    drawing.extra["curve_type"] = (STROKE, np.full(len(drawing.counts), splines.POLY, np.int8))
    drawing.counts = made.counts
    return drawing


def move(layer: Any, number: int, to: int) -> None:
    """Move the key at ``number`` to the free frame ``to``."""
    layer.frames.move(number, to)


def selected(frame: Any) -> np.ndarray:
    """(points,) which points of a key are selected, as :func:`read` has them."""
    counts, points = _counts(frame.drawing)
    attribute = frame.drawing.attributes.get(SELECTION)
    flags = np.ones(points, np.bool_)  # as Blender takes it where there is none
    if attribute is not None and points:
        by_point = attribute.domain == "POINT"
        flags = np.zeros(points if by_point else len(counts), TYPES[attribute.data_type][1])
        flags = _get(attribute, "value", flags) > 0
        flags = flags if by_point else np.repeat(flags, counts)
    made = _curved(frame.drawing)
    if made is None:
        return flags
    chosen = np.zeros(int(made.counts.sum()), np.bool_)
    chosen[made.control[flags]] = True
    return chosen


def select(frame: Any, points: np.ndarray) -> None:
    """Select the points of a key where ``points`` is true, as :func:`read` has them, and no others."""
    made = _curved(frame.drawing)
    flags = points if made is None else np.ascontiguousarray(points[made.control])
    attributes = frame.drawing.attributes
    before = attributes.get(SELECTION)
    if before is not None:
        attributes.remove(before)
    if len(flags):
        attributes.new(SELECTION, "BOOLEAN", "POINT").data.foreach_set("value", flags)


def _curved(drawing: Any) -> splines.Points | None:
    """What the control points become, or None where they are all that there is."""
    counts, points = _counts(drawing)
    extra = _extra(drawing, set())
    cyclic = extra.get("cyclic", (STROKE, np.zeros(len(counts), np.bool_)))[1]
    places = extra.get("position", (POINT, np.zeros((points, 3), np.float32)))[1]
    return splines.evaluate(counts, places, cyclic, extra)


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
        if full_name.startswith(WEIGHT):
            weights.write(made, full_name.removeprefix(WEIGHT), array)
            continue
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
