"""What Blender can give to an operation's inputs, and where its outputs go."""

from __future__ import annotations

from functools import partial
from typing import Any

import bpy

from .. import wire
from ..host import colouring, pictures, timeline
from ..host.drawing import view_of
from ..job import Job
from ..link import operations as specs
from . import parameters


class Cannot(Exception):
    """Why an operation can't run here and now, as a sentence for the artist."""


def takes_strokes(operation: Any) -> bool:
    """Whether the operation works on strokes themselves."""
    needed = [port.kind for port in operation.inputs if not port.optional]
    return bool(needed) and all(kind == specs.KIND_STROKES for kind in needed)


def takes_pictures(operation: Any) -> bool:
    """Whether the operation works on a picture, which a drawing is drawn to, and gives pictures."""
    needed = [port for port in operation.inputs if not port.optional]
    return (
        bool(needed)
        and all(port.kind == specs.KIND_RASTER for port in needed)
        and any(port.kind == specs.KIND_RASTER for port in operation.outputs)
    )


def wants_design(operation: Any) -> bool:
    """Whether a picture beside the drawing itself can be given to it."""
    return takes_pictures(operation) and any(port.name == "design" for port in operation.inputs)


def why_not(context: bpy.types.Context, operation: Any) -> str:
    """The sentence that says why ``operation`` can't run now; empty where it can."""
    if not takes_strokes(operation) and not takes_pictures(operation):
        return f"{operation.title} needs what Blender has not"
    obj = timeline.drawing_object(context)
    if obj is None:
        return "Choose a Grease Pencil object"
    if obj.data.layers.active is None:
        return "The Grease Pencil has no active layer"
    if is_colouring(operation):
        # Only what can be told at once: this is asked at every redraw, and reading all drawings takes its time.
        few = len(timeline.key_frames(obj.data)) < 2
        return "Draw two key drawings or more, and fill one" if few else ""
    if takes_pictures(operation):
        return "" if timeline.key_frames(obj.data) else "The Grease Pencil has no drawing"
    return _no_keys_around(obj.data, context.scene.frame_current) if takes_two(operation) else ""


def takes_two(operation: Any) -> bool:
    """Whether the operation works on two key drawings."""
    return len([port for port in operation.inputs if not port.optional]) == 2


def _no_keys_around(data: Any, frame: int) -> str:
    around = timeline.keys_around(data, frame)
    if around is None:
        return "Stand between two key drawings of the active layer"
    if not timeline.layers_with_keys(data, around):
        return "No shown, unlocked layer has a drawing on both keys"
    return ""


def inputs(context: bpy.types.Context, operation: Any) -> dict[str, list[Any]]:
    """What to send, read from Blender now; Cannot where something is missing."""
    if reason := why_not(context, operation):
        raise Cannot(reason + ".")
    data = timeline.drawing_object(context).data
    ports = [port for port in operation.inputs if not port.optional]
    if takes_pictures(operation):
        return _picture_inputs(context, data, operation)
    if is_colouring(operation):
        return _colouring_inputs(data, ports, own_layer(context, operation))
    if len(ports) == 2:
        around = timeline.keys_around(data, context.scene.frame_current)
        layers = timeline.layers_with_keys(data, around)
        drawings = [timeline.read(data, frame, only=layers) for frame in around]
    else:
        drawings = [_seen(data, context.scene.frame_current, own_layer(context, operation))]
    if any(drawing is None for drawing in drawings):
        raise Cannot("There is no drawing at this frame.")
    return {port.name: [partial(wire.encode, drawing)] for port, drawing in zip(ports, drawings, strict=True)}


def _seen(data: Any, frame: int, layer: str) -> Any:
    """The drawing that stands at ``frame``, at the key from which it is held."""
    keys = [number for number in timeline.key_frames(data) if number <= frame]
    return colouring.read(data, max(keys), layer) if keys else None


def is_colouring(operation: Any) -> bool:
    """Whether the operation carries colours from some drawings of an object to its others."""
    return [port.name for port in operation.inputs if port.kind == specs.KIND_STROKES] == ["drawings", "reference"]


def own_layer(context: bpy.types.Context, operation: Any) -> str:
    """The layer that the operation's results go to, as its parameters have it."""
    return str(getattr(parameters.group_of(context.scene, operation.id), "layer", ""))


def _colouring_inputs(data: Any, ports: list[Any], layer: str) -> dict[str, list[Any]]:
    keys = colouring.keys_of(data, layer)
    if not keys.coloured:
        raise Cannot("Fill the areas of a key drawing first (fills on locked layers don't count).")
    if not keys.bare:
        raise Cannot("Every key drawing has fills already.")
    made = {}
    for port, frames in zip(ports, (keys.bare, keys.coloured), strict=True):
        drawings = [colouring.read(data, frame, layer) for frame in frames]
        made[port.name] = [partial(wire.encode, drawing) for drawing in drawings if drawing is not None]
    return made


def _picture_inputs(context: bpy.types.Context, data: Any, operation: Any) -> dict[str, list[Any]]:
    drawing = _seen(data, context.scene.frame_current, "")
    if drawing is None:
        raise Cannot("There is no drawing at this frame.")
    view = view_of(drawing, context.scene.shiage_pixels)
    made = {operation.inputs[0].name: [partial(wire.encode, drawing, view=view)]}
    if wants_design(operation):
        image, other = context.scene.shiage_design_image, context.scene.shiage_design_object
        if image is not None:
            made["design"] = [partial(wire.encode_picture, image.name, pictures.pixels_of(image))]
        elif other is not None:
            design = timeline.read(other.data, context.scene.frame_current, hold=True)
            if design is None:
                raise Cannot(f"'{other.name}' has no drawing at this frame.")
            made["design"] = [partial(wire.encode, design, view=view_of(design, context.scene.shiage_pixels))]
    return made


def _show_pictures(context: bpy.types.Context, obj: bpy.types.Object, job: Job) -> str:
    """A finished job's pictures on planes behind the drawing that they came from."""
    operation = parameters.known()[job.operation]
    drawing = _seen(obj.data, context.scene.frame_current, "")
    if drawing is None:
        raise Cannot("The drawing is gone; the result is not placed.")
    view = view_of(drawing, context.scene.shiage_pixels)
    rasters = {name: [v for v in values if v.HasField("raster")] for name, values in job.outputs.items()}
    shown = [port.name for port in operation.outputs if rasters.get(port.name) and not port.hidden]
    if any(value.raster.blend not in ("", "normal") for name in shown for value in rasters[name]):
        # A plane lies over what is behind it and does nothing else: the finished picture stands for such layers.
        shown = [port.name for port in operation.outputs if rasters.get(port.name)][:1]
    made = []
    for name in shown:
        for value in rasters[name]:
            image = pictures.image_of(
                f"{operation.title} {value.name or name}", wire.decode_picture(value, job.bytes_of)
            )
            made.append(pictures.plane_with(image, view, drawing.plane, obj, len(made) + 1).name)
    return " ".join([f"On planes behind the drawing: {', '.join(made)}.", *job.warnings])


def apply(context: bpy.types.Context, obj: bpy.types.Object, job: Job) -> str:
    """Put a finished job's results into the scene; the sentence to show. Cannot where they have no room."""
    data = obj.data
    operation = parameters.known().get(job.operation)
    if operation is not None and takes_pictures(operation):
        return _show_pictures(context, obj, job)
    replace = context.scene.shiage_replace
    drawings = [
        wire.decode(value, job.bytes_of)
        for values in job.outputs.values()
        for value in values
        if value.WhichOneof("kind") == "strokes"
    ]
    for drawing in drawings:
        names = [drawing.layers[index].name for index in set(drawing.columns["layer"].tolist())]
        problems = timeline.free_frames(data, names, [drawing.frame], replace)
        if problems:
            raise Cannot(next(iter(problems.values())))
    # What has a layer of its own is fills: they go under the lines, and end where the next drawing begins.
    layer = drawings[0].layers[0].name if drawings and operation and own_layer(context, operation) else ""
    below = colouring.lowest_lines(data, layer) if layer else None
    keys = colouring.keys_of(data, layer) if layer else None
    for drawing in drawings:
        timeline.write(data, drawing, replace, below)
    if keys is not None:
        colouring.end_holds(data, keys, layer, [drawing.frame for drawing in drawings])
    frames = ", ".join(str(drawing.frame) for drawing in drawings)
    told = f"{len(drawings)} drawings at frames {frames}"
    return " ".join([told + ".", *job.warnings])
