"""Where an operation's results go: strokes onto the timeline, pictures onto planes, into files, into the sequencer."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import bpy

from .. import layers, wire
from ..host import colouring, pictures, placing, sequences, timeline
from ..host.drawing import Drawing, Layer
from ..job import Job
from . import parameters, ports
from .ports import Cannot, Request, Spot


def apply(context: bpy.types.Context, obj: bpy.types.Object, job: Job, request: Request) -> str:
    """Put a finished job's results into the scene; the sentence to show. Cannot where they have no room."""
    operation = parameters.known().get(job.operation)
    if request.sequence is not None:
        said = _show_sequence(operation, obj, job)
    elif operation is not None and ports.takes_pictures(operation):
        said = _show_pictures(context, operation, obj, job, request)
    else:
        said = _show_strokes(context, operation, obj, job, request)
    return " ".join(part for part in (said, *request.told, *job.warnings) if part)


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
    others = ""
    if request.around:
        names = [name for drawing in drawings for name in _layers(drawing)]
        stay = sorted(timeline.breakdowns(data, names, request.around) - {drawing.frame for drawing in drawings})
        others = f" Other breakdowns stay at {', '.join(map(str, stay))}." if stay else ""
        timeline.clear_unsure(data, request.around)
    for drawing in drawings:
        if layer:
            colouring.rig(data, drawing, layer)
        timeline.write(data, drawing, replace, below, request.space)
    if keys is not None:
        colouring.end_holds(data, keys, layer, [drawing.frame for drawing in drawings])
    if request.around:
        timeline.end_unsure(data, [drawing.frame for drawing in drawings], request.around[1])
    frames = ", ".join(str(drawing.frame) for drawing in drawings)
    return f"{len(drawings)} drawings at frames {frames}.{others}"


def _layers(drawing: Drawing) -> list[str]:
    return [drawing.layers[index].name for index in set(drawing.columns["layer"].tolist())]


def to_layers(
    operation: Any, spots: list[Spot], place: str, folder: Path | None, job: Job
) -> list[layers.PictureLayer]:
    """A job's pictures as layers, in files where they go to files. For the job's own thread: no bpy in here."""
    spans = [(spot.first, spot.last) for spot in spots]
    made = layers.layers_of(operation, spans, job)
    if folder is not None and made and not _found_strokes(job):
        layers.write(made, spans, folder, place == "SEQUENCE", lambda: job.stopped)
    return made


def finisher(operation: Any, obj: Any, request: Request) -> Any:
    """What the job's thread does in the end."""
    if request.sequence is not None:
        folder = layers.new_folder(Path(bpy.path.abspath("//")), obj.name, operation.id)
        return partial(_to_files, operation, f"{obj.name} {operation.title}", dict(request.sequence.pictures), folder)
    if not ports.takes_pictures(operation):
        return None
    beside = Path(bpy.path.abspath("//"))
    folder = None if request.place == "PLANE" else layers.new_folder(beside, obj.name, operation.id)
    return partial(to_layers, operation, request.spots, request.place, folder)


def _to_files(operation: Any, title: str, files: dict[int, Path], folder: Path, job: Job) -> dict[int, Path]:
    """A job's clip as files. For the job's own thread: no bpy in here."""
    return layers.write_clip(job.results[0][operation.outputs[0].name][0], files, title, folder, job)


def _show_sequence(operation: Any, obj: Any, job: Job) -> str:
    """A plane like the given one, in its place, with the drawings between."""
    files: dict[int, Path] = job.made
    first, last = min(files), max(files)
    sequences.beside(obj, f"{obj.name} {operation.title}", files[first], first, last)
    made = job.results[0][operation.outputs[0].name][0].clip.frames
    new = [frame for frame in made if not frame.key]
    folder = bpy.path.relpath(str(files[first].parent))
    return f"{len(new)} drawings between {len(made) - len(new)}, frames {first} to {last}; files in {folder}."


def _show_pictures(context: bpy.types.Context, operation: Any, obj: Any, job: Job, request: Request) -> str:
    """The layers where the artist wants them."""
    if told := _as_strokes(context, operation, obj, job, request):
        return told
    made: list[layers.PictureLayer] = job.made
    spot, count = request.spots[0], len(request.spots)
    if not any(layer.files for layer in made):
        for place, layer in enumerate(made, 1):
            _plane(pictures.image_of(layer.title, layer.data[spot.first]), spot, place, layer.hidden)
        where = "before" if spot.filled else "behind"
        return f"On planes {where} the drawing: {', '.join(layer.title for layer in made if not layer.hidden)}."
    folder = bpy.path.relpath(str(next(iter(made[0].files.values())).parent.parent))
    if request.place == "SEQUENCE":
        for place, layer in enumerate(made, 1):
            image = pictures.image_in(layer.title, layer.files[min(layer.files)])
            plane = _plane(image, spot, place, layer.hidden)
            pictures.as_sequence(image, plane, min(layer.files), request.spots[-1].last)
        return f"{count} drawings as image sequences in {folder}."
    channel, ends = pictures.free_channel(context.scene), {one.first: one.last for one in request.spots}
    for offset, layer in enumerate(reversed(made)):
        for first, file in layer.files.items():
            span = (first, ends[first])
            pictures.add_strip(context.scene, file, channel + offset, span, layer.blend, layer.hidden)
    return f"{count} drawings in the sequencer, from channel {channel} on; files in {folder}."


def _found_strokes(job: Job) -> bool:
    return any(
        value.HasField("strokes") and wire.view_in(value) is not None
        for outputs in job.results
        for values in outputs.values()
        for value in values
    )


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
        timeline.write(obj.data, found, replace, space=request.space)
    layer = timeline.named_layer(obj.data, ports.found_layer(operation)) if made else None
    for end in [spot.last + 1 for spot in request.spots] if made else []:
        if end in timeline.key_frames(obj.data):  # the next drawing, which may not be among these
            timeline.end_hold(obj.data, layer, end)
    frames = ", ".join(str(found.frame) for found in made)
    return f"Strokes on the layer '{ports.found_layer(operation)}' at frames {frames}." if made else ""


def _plane(image: Any, spot: Spot, place: int, hidden: bool) -> Any:
    made = pictures.plane_with(image, spot.placement, -place if spot.filled else place, hidden)
    if made is None:
        raise Cannot(f"'{spot.placement.parent}' is gone; the result is not placed.")
    return made
