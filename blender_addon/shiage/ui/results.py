"""Where an operation's results go: strokes onto the timeline, pictures onto planes, into files, into the sequencer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .. import wire
from ..host import colouring, pictures, placing, timeline
from ..host.drawing import Drawing, Layer
from ..job import Job
from . import parameters, ports
from .ports import Cannot, Request, Spot


def apply(context: bpy.types.Context, obj: bpy.types.Object, job: Job, request: Request) -> str:
    """Put a finished job's results into the scene; the sentence to show. Cannot where they have no room."""
    operation = parameters.known().get(job.operation)
    if operation is not None and ports.takes_pictures(operation):
        said = _show_pictures(context, operation, obj, job, request)
    else:
        said = _show_strokes(context, operation, obj, job, request)
    return " ".join(part for part in (said, request.told, *job.warnings) if part)


def _show_strokes(context: bpy.types.Context, operation: Any, obj: Any, job: Job, request: Request) -> str:
    data, replace = obj.data, context.scene.shiage_replace
    drawings = [
        wire.decode(value, job.bytes_of)
        for outputs in job.results
        for values in outputs.values()
        for value in values
        if value.WhichOneof("kind") == "strokes"
    ]
    for drawing in drawings:
        problems = timeline.free_frames(data, _layers(drawing), [drawing.frame], replace)
        if problems:
            raise Cannot(next(iter(problems.values())))
    # What has a layer of its own is fills: they go under the lines, and end where the next drawing begins.
    layer = drawings[0].layers[0].name if drawings and operation and ports.own_layer(context, operation) else ""
    below = colouring.lowest_lines(data, layer) if layer else None
    keys = colouring.keys_of(data, layer) if layer else None
    if request.around:
        timeline.clear_unsure(data, request.around)
    for drawing in drawings:
        timeline.write(data, drawing, replace, below)
    if keys is not None:
        colouring.end_holds(data, keys, layer, [drawing.frame for drawing in drawings])
    if request.around:
        timeline.end_unsure(data, [drawing.frame for drawing in drawings], request.around[1])
    frames = ", ".join(str(drawing.frame) for drawing in drawings)
    return f"{len(drawings)} drawings at frames {frames}."


def _layers(drawing: Drawing) -> list[str]:
    return [drawing.layers[index].name for index in set(drawing.columns["layer"].tolist())]


def _show_pictures(context: bpy.types.Context, operation: Any, obj: Any, job: Job, request: Request) -> str:
    """Each output through time. Hidden ones come hidden, as in other hosts; where layers work by more than lying on
    top, the finished picture stands for them, and they come hidden too."""
    if told := _as_strokes(context, operation, obj, job, request):
        return told
    layers = _through_time(operation, job, request)
    blended = any(layer.blend not in ("", "normal") for layer in layers if not layer.hidden)
    if blended:
        primary = operation.outputs[0].name
        for layer in layers:
            layer.hidden = layer.port != primary
    place = context.scene.shiage_place
    if place == "PLANE":
        return _on_planes(layers, request)
    folder = pictures.new_folder(operation.id, obj.name)
    if folder is None:
        raise Cannot("Save the file first: pictures are put beside it.")
    if place == "SEQUENCE":
        return _on_sequences(layers, request, folder)
    return _in_strips(context, layers, request, folder)


def _as_strokes(context: bpy.types.Context, operation: Any, obj: Any, job: Job, request: Request) -> str:
    """Strokes that were found in pictures, on a layer of their own: they are worth more here than pixels."""
    made = []
    for outputs, spot in zip(job.results, request.spots, strict=True):
        for value in (value for values in outputs.values() for value in values if value.HasField("strokes")):
            view = wire.view_in(value)
            if view is not None:
                found = placing.back_to_strokes(wire.decode(value, job.bytes_of), view, spot.placement, obj)
                found.frame, found.exposure = spot.first, "generated"
                found.layers = [Layer(ports.found_layer(operation)) for _ in found.layers]
                made.append(found)
    replace = context.scene.shiage_replace
    problems = timeline.free_frames(obj.data, _layers(made[0]), [one.frame for one in made], replace) if made else {}
    if problems:
        raise Cannot(next(iter(problems.values())))
    for found in made:
        timeline.write(obj.data, found, replace)
    layer = timeline.named_layer(obj.data, ports.found_layer(operation)) if made else None
    for end in [spot.last + 1 for spot in request.spots] if made else []:
        if end in timeline.key_frames(obj.data):  # the next drawing, which may not be among these
            timeline.end_hold(obj.data, layer, end)
    frames = ", ".join(str(found.frame) for found in made)
    return f"Strokes on the layer '{ports.found_layer(operation)}' at frames {frames}." if made else ""


class _Layer:
    """One picture output through time. ``pictures``: frame -> (h, w, 4) float32, sRGB, straight alpha."""

    def __init__(self, port: str, title: str, hidden: bool, blend: str) -> None:
        self.port, self.title, self.hidden, self.blend = port, title, hidden, blend
        self.pictures: dict[int, np.ndarray] = {}


def _through_time(operation: Any, job: Job, request: Request) -> list[_Layer]:
    made: dict[tuple[str, str], _Layer] = {}
    for outputs, spot in zip(job.results, request.spots, strict=True):
        for port in operation.outputs:
            for number, value in enumerate(outputs.get(port.name, [])):
                if not value.HasField("raster"):
                    continue
                name = value.name or (f"{port.title} {number + 1}" if port.many else port.title)
                layer = made.get((port.name, name))
                if layer is None:
                    layer = _Layer(port.name, f"{operation.title} {name}", port.hidden, value.raster.blend)
                    made[port.name, name] = layer
                layer.pictures[spot.first] = wire.decode_picture(value, job.bytes_of)
    return sorted(made.values(), key=lambda layer: layer.hidden)


def _on_planes(layers: list[_Layer], request: Request) -> str:
    spot = request.spots[0]
    for place, layer in enumerate(layers, 1):
        _plane(pictures.image_of(layer.title, layer.pictures[spot.first]), spot, place, layer.hidden)
    where = "before" if spot.filled else "behind"
    return f"On planes {where} the drawing: {', '.join(layer.title for layer in layers if not layer.hidden)}."


def _on_sequences(layers: list[_Layer], request: Request, folder: Path) -> str:
    spot, last = request.spots[0], request.spots[-1].last
    for place, layer in enumerate(layers, 1):
        file = pictures.write_sequence(folder / layer.port, pictures.safe(layer.title), layer.pictures, last)
        image = bpy.data.images.load(bpy.path.relpath(str(file)))
        image.name = layer.title
        plane = _plane(image, spot, place, layer.hidden)
        pictures.as_sequence(image, plane, min(layer.pictures), last)
    return f"{len(request.spots)} drawings as image sequences in {bpy.path.relpath(str(folder))}."


def _in_strips(context: bpy.types.Context, layers: list[_Layer], request: Request, folder: Path) -> str:
    ends = {spot.first: spot.last for spot in request.spots}
    channel = pictures.free_channel(context.scene)
    for offset, layer in enumerate(reversed(layers)):
        for first, pixels in layer.pictures.items():
            file = folder / layer.port / f"{pictures.safe(layer.title)}.{first:04d}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            pictures.write_png(file, pixels)
            pictures.add_strip(context.scene, file, channel + offset, (first, ends[first]), layer.blend, layer.hidden)
    return f"{len(request.spots)} drawings in the sequencer, from channel {channel} on."


def _plane(image: Any, spot: Spot, place: int, hidden: bool) -> Any:
    made = pictures.plane_with(image, spot.placement, -place if spot.filled else place, hidden)
    if made is None:
        raise Cannot(f"'{spot.placement.parent}' is gone; the result is not placed.")
    return made
