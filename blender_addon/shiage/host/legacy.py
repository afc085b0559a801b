"""Grease Pencil up to Blender 4.2: strokes and points are objects of their own."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import bpy
import numpy as np
from mathutils import Euler, Matrix

from .drawing import COLUMNS, POINT, STROKE, WEIGHT, Drawing, empty_column
from .materials import fills_and_hidden, read_materials
from .parents import carried

OBJECT_TYPE = "GPENCIL"
FILLS_BY_STROKE = False

PIXEL = 1.0 / 2000.0
"""A line width of 1 as a radius in Blender units: the factor with which Blender itself converts old files."""

AT_ONCE = 40
"""Points that are added to a stroke at once."""

POINT_EXTRA = {"uv_factor": np.float32, "uv_rotation": np.float32, "time": np.float32}
STROKE_EXTRA = {"hardness": np.float32, "uv_scale": np.float32, "uv_rotation": np.float32}
CHOICES = {
    "start_cap_mode": ("ROUND", "FLAT"),
    "end_cap_mode": ("ROUND", "FLAT"),
    "display_mode": ("SCREEN", "3DSPACE", "2DSPACE", "2DIMAGE"),
}

MARKS = {"shiage_unmatched": 0, "shiage_doubt": 0.5}
"""What the daemon marks, and above which value strokes are selected for it: here they have no attributes."""


def new_data(name: str) -> Any:
    """An empty data-block."""
    return bpy.data.grease_pencils.new(name)


def layer_name(layer: Any) -> str:
    """A layer's name."""
    return str(layer.info)


def hidden(layer: Any) -> bool:
    """Whether a layer is not shown."""
    return bool(layer.hide)


def locked(layer: Any) -> bool:
    """Whether a layer must not be changed."""
    return bool(layer.lock)


def layer_transform(layer: Any) -> np.ndarray:
    """(4, 4) from the layer's space to the object's, its parent's doing included."""
    own = Matrix.LocRotScale(layer.location, Euler(layer.rotation), layer.scale)  # matrix_layer is late
    return np.array(own, np.float64) @ carried(layer, layer.matrix_inverse, layer.parent_type == "BONE")


def follow(layer: Any, other: Any) -> None:
    """Let a new layer hang on what ``other`` hangs on, and have its transform."""
    if other.parent is not None:
        layer.parent, layer.parent_type = other.parent, other.parent_type
        if other.parent_type == "BONE":  # naming a bone, even none, would hang it on one
            layer.parent_bone = other.parent_bone
        layer.matrix_inverse = other.matrix_inverse
    layer.location, layer.rotation, layer.scale = other.location, other.rotation, other.scale


def keys(layer: Any) -> dict[int, Any]:
    """{frame number: key} of a layer."""
    return {frame.frame_number: frame for frame in layer.frames}


def key_type(frame: Any) -> str:
    """What a key is, in the daemon's words."""
    return str(frame.keyframe_type).lower()


def remove(layer: Any, number: int) -> None:
    """Take the key at ``number`` away."""
    layer.frames.remove(keys(layer)[number])


def read(frame: Any, layer_index: int, data: Any, with_weights: bool = False) -> Drawing:
    """The strokes of one key of one layer, ``with_weights`` of vertex groups or without."""
    strokes = list(frame.strokes)
    counts = np.array([len(stroke.points) for stroke in strokes], np.int32)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    total, many = int(offsets[-1]), len(strokes)
    columns = {name: empty_column(name, total, many) for name in COLUMNS}
    pressure = np.empty(total, np.float32)
    point_extra = {name: np.zeros(total, kind) for name, kind in POINT_EXTRA.items()}
    flat = {"co": columns["points"].ravel(), "vertex_color": columns["colour"].ravel()}
    for stroke, start, end in zip(strokes, offsets[:-1], offsets[1:], strict=True):
        points = stroke.points
        if not len(points):
            continue
        points.foreach_get("co", flat["co"][start * 3 : end * 3])
        points.foreach_get("pressure", pressure[start:end])
        points.foreach_get("strength", columns["opacity"][start:end])
        points.foreach_get("vertex_color", flat["vertex_color"][start * 4 : end * 4])
        for name, array in point_extra.items():
            if hasattr(points[0], name):
                points.foreach_get(name, array[start:end])
    width = np.array([stroke.line_width for stroke in strokes], np.int32)
    columns["radius"] = (pressure * np.repeat(width, counts) * PIXEL).astype(np.float32)
    columns["layer"][:] = layer_index
    columns["material"] = np.array([stroke.material_index for stroke in strokes], np.int32)
    columns["cyclic"] = np.array([stroke.use_cyclic for stroke in strokes], np.bool_)
    if many:
        columns["fill_colour"] = np.array([tuple(stroke.vertex_color_fill) for stroke in strokes], np.float32)
    materials = read_materials(data)
    columns["fill"], columns["hide_line"] = fills_and_hidden(materials, columns["material"])
    extra = {name: (POINT, array) for name, array in point_extra.items() if array.any()}
    extra["pressure"] = (POINT, pressure)
    extra["line_width"] = (STROKE, width)
    for name, kind in STROKE_EXTRA.items():
        extra["stroke_" + name] = (STROKE, np.array([getattr(stroke, name) for stroke in strokes], kind))
    for name, choices in CHOICES.items():
        chosen = [choices.index(getattr(stroke, name)) for stroke in strokes]
        extra[name] = (STROKE, np.array(chosen, np.int8))
    if with_weights:
        extra |= {WEIGHT + name: (POINT, array) for name, array in _weights(strokes, counts, data).items()}
    return Drawing(counts, columns, materials, [], extra=extra)


def _groups_of(data: Any) -> list[str]:
    """The names of the vertex groups of an object that shows ``data``: points know them by their number."""
    return next((names for obj in bpy.data.objects if obj.data == data and (names := obj.vertex_groups.keys())), [])


def _weights(strokes: list, counts: np.ndarray, data: Any) -> dict[str, np.ndarray]:
    """Name -> (points,) the points' weights, 0 where they are not in the group; groups with no point are left out."""
    made = {}
    for group, name in enumerate(_groups_of(data)):
        of = [stroke.points.weight_get for stroke in strokes]
        each = [
            get(vertex_group_index=group, point_index=k)
            for get, count in zip(of, counts.tolist(), strict=True)
            for k in range(count)
        ]
        values = np.maximum(np.array(each, np.float32), 0)  # -1 where a point is not in it
        if values.any():
            made[name] = values
    return made


def _put_weights(frame: Any, drawing: Drawing, data: Any) -> None:
    """Put the points with weights above 0 into their groups."""
    for group, name in enumerate(_groups_of(data)):
        values = drawing.extra.get(WEIGHT + name, (POINT, np.zeros(0)))[1].tolist()
        for stroke, (start, end) in zip(frame.strokes, pairwise(drawing.offsets.tolist())):  # noqa: B905  # Blender's
            for k, value in enumerate(values[start:end]):
                if value > 0:
                    stroke.points.weight_set(vertex_group_index=group, point_index=k, weight=value)


def move(layer: Any, number: int, to: int) -> None:
    """Move the key at ``number`` to the free frame ``to``."""
    keys(layer)[number].frame_number = to


def selected(frame: Any) -> np.ndarray:
    """(points,) which points of a key are selected."""
    flags = [np.zeros(len(stroke.points), np.bool_) for stroke in frame.strokes]
    for stroke, flag in zip(frame.strokes, flags):  # noqa: B905  # Blender's own collection
        if stroke.select and len(flag):
            stroke.points.foreach_get("select", flag)
    return np.concatenate([np.zeros(0, np.bool_), *flags])


def select(frame: Any, points: np.ndarray) -> None:
    """Select the points of a key where ``points`` is true, and no others. The key must be the one that is shown now:
    of others Blender selects no single points."""
    start = 0
    for stroke in frame.strokes:
        flag = points[start : start + len(stroke.points)]
        start += len(flag)
        stroke.select = len(flag) > 0 and bool(flag.all())  # all of its points, or none
        if not flag.all():
            for index in np.flatnonzero(flag).tolist():
                stroke.points[index].select = True


def write(data: Any, layer: Any, number: int, drawing: Drawing) -> Any:
    """Put ``drawing`` (its materials are ``data``'s own) on a new key at ``number``; ValueError where there is one."""
    if number in keys(layer):
        raise ValueError("there is a key already")
    frame = layer.frames.new(number)
    frame.keyframe_type = drawing.exposure.upper() if drawing.exposure != "generated" else "BREAKDOWN"
    columns = drawing.columns
    width, pressure = _width_and_pressure(drawing)
    # Flat buffers in each property's own type: Blender copies them whole, and converts anything else number by number.
    places = np.ascontiguousarray(columns["points"]).ravel()
    per_point = [
        ("pressure", 1, pressure),
        ("strength", 1, np.ascontiguousarray(columns["opacity"])),
    ]
    if columns["colour"].any():  # new points have none
        per_point.append(("vertex_color", 4, np.ascontiguousarray(columns["colour"]).ravel()))
    per_point += [(name, 1, np.ascontiguousarray(drawing.extra[name][1])) for name in _point_extra(drawing)]
    per_stroke = _stroke_values(drawing, width)
    for index, (start, end) in enumerate(pairwise(drawing.offsets.tolist())):
        stroke = frame.strokes.new()
        for name, values in per_stroke:
            setattr(stroke, name, values[index])
        points = stroke.points
        _grow(points, places[start * 3 : end * 3])
        for name, each, flat in per_point:
            points.foreach_set(name, flat[start * each : end * each])
        points.update()
    _put_weights(frame, drawing, data)
    return frame


def _grow(points: Any, places: np.ndarray) -> None:
    """Add points at ``places`` (n * 3,).

    Blender triangulates a stroke whenever points are added, all new ones at its origin, which takes time by their
    square: some at a time, with those before in their places, are much faster.
    """
    count, have = len(places) // 3, 0
    steps = max(1, min(count // AT_ONCE, 25))
    for step in range(1, steps + 1):
        upto = count * step // steps
        points.add(upto - have)
        points.foreach_set("co", places[: upto * 3])
        have = upto


def _width_and_pressure(drawing: Drawing) -> Any:
    """Line width of each stroke and pressure of each point. Where the drawing still has those that its radius came
    from, they are used, so that nothing is lost; else the thickest point gets full pressure."""
    counts, radius = drawing.counts, drawing.columns["radius"]
    if "line_width" in drawing.extra:
        width = np.maximum(drawing.extra["line_width"][1], 1).astype(np.int32)
    else:
        thickest = [float(radius[a:b].max()) if b > a else 0 for a, b in pairwise(drawing.offsets)]
        width = np.maximum(np.ceil(np.array(thickest) / PIXEL), 1).astype(np.int32)
    each = np.repeat(width, counts) * PIXEL
    pressure = (radius / each).astype(np.float32) if len(radius) else radius
    if "pressure" in drawing.extra:
        kept = drawing.extra["pressure"][1]
        pressure = np.where(np.isclose(kept * each, radius, rtol=1e-5, atol=1e-9), kept, pressure)
    return width, np.ascontiguousarray(pressure, np.float32)


def _point_extra(drawing: Drawing) -> list[str]:
    """Which of the drawing's own values of points this Blender has."""
    known = bpy.types.GPencilStrokePoint.bl_rna.properties
    return [name for name in POINT_EXTRA if name in drawing.extra and name in known]


def _stroke_values(drawing: Drawing, width: np.ndarray) -> list[tuple[str, list]]:
    """Properties of strokes with a value for each."""
    columns, extra = drawing.columns, drawing.extra
    made: list[tuple[str, list]] = [
        ("line_width", width.tolist()),
        ("material_index", columns["material"].tolist()),
        ("use_cyclic", columns["cyclic"].tolist()),
    ]
    if columns["fill_colour"].any():
        made.append(("vertex_color_fill", columns["fill_colour"].tolist()))
    made += [(name, extra["stroke_" + name][1].tolist()) for name in STROKE_EXTRA if "stroke_" + name in extra]
    if "display_mode" not in extra:
        made.append(("display_mode", ["3DSPACE"] * len(drawing.counts)))
    for name, choices in CHOICES.items():
        if name in extra and (name == "display_mode" or extra[name][1].any()):  # new strokes have round caps
            made.append((name, [choices[k] for k in extra[name][1].tolist()]))
    marked = [extra[name][1] > level for name, level in MARKS.items() if name in extra]
    if marked:
        made.append(("select", np.any(marked, axis=0).tolist()))
    return made
