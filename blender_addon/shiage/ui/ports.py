"""What Blender can give to an operation's inputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import bpy

from .. import wire
from ..host import colouring, pictures, placing, sequences, timeline
from ..host.drawing import view_of
from ..host.placing import Placement, Sight
from ..link import operations as specs
from . import anchors, parameters


class Cannot(Exception):
    """Why an operation can't run here and now, as a sentence for the artist."""


def takes_strokes(operation: Any) -> bool:
    """Whether the operation works on strokes themselves."""
    needed = [port.kind for port in operation.inputs if not port.optional]
    return bool(needed) and all(kind == specs.KIND_STROKES for kind in needed)


def takes_pictures(operation: Any) -> bool:
    """Whether the operation works on one picture, which a drawing is drawn to, and gives pictures."""
    needed = [port.kind for port in operation.inputs if not port.optional]
    return needed == [specs.KIND_RASTER] and any(port.kind == specs.KIND_RASTER for port in operation.outputs)


def takes_clip(operation: Any) -> bool:
    """Whether the operation works on pictures in time and gives such: an image sequence goes to it."""
    needed = [port.kind for port in operation.inputs if not port.optional]
    return needed == [specs.KIND_CLIP] and operation.outputs[0].kind == specs.KIND_CLIP


def target_of(context: bpy.types.Context, operation: Any) -> Any | None:
    """The object that the operation is for: the active one, where it is of its kind."""
    if takes_clip(operation):
        obj = context.view_layer.objects.active
        return obj if sequences.shown_on(obj) is not None else None
    return timeline.drawing_object(context)


def wants_design(operation: Any) -> bool:
    """Whether a picture beside the drawing itself can be given to it."""
    return takes_pictures(operation) and any(port.name == "design" for port in operation.inputs)


def why_not(context: bpy.types.Context, operation: Any) -> str:
    """The sentence that says why ``operation`` can't run now; empty where it can."""
    if takes_clip(operation):
        return _no_sequence(context)
    if not takes_strokes(operation) and not takes_pictures(operation):
        return f"{operation.title} needs what Blender has not"
    obj = timeline.drawing_object(context)
    if obj is None:
        return "Choose a Grease Pencil object"
    if timeline.is_linked(obj.data) and any(port.kind == specs.KIND_STROKES for port in operation.outputs):
        return timeline.LINKED
    return _no_drawing(context, operation, obj.data)


def _no_drawing(context: bpy.types.Context, operation: Any, data: Any) -> str:
    if data.layers.active is None:
        return "The Grease Pencil has no active layer"
    if is_colouring(operation):
        # Only what can be told at once: this is asked at every redraw, and reading all drawings takes its time.
        few = len(timeline.key_frames(data)) < 2
        return "Draw two key drawings or more, and fill one" if few else ""
    if takes_pictures(operation):
        return _no_picture(context.scene, data)
    return _no_keys_around(data, context.scene.frame_current) if takes_two(operation) else ""


def _no_sequence(context: bpy.types.Context) -> str:
    shown = sequences.shown_on(context.view_layer.objects.active)
    if shown is None:
        return "Choose a plane that shows an image sequence"
    if len(shown.pictures) < 2:
        return "The image sequence has fewer than two pictures in its time"
    return "" if bpy.data.filepath else "Save the file first: pictures are put beside it"


def _no_picture(scene: bpy.types.Scene, data: Any) -> str:
    if not timeline.key_frames(data):
        return "The Grease Pencil has no drawing"
    if scene.shiage_view == "CAMERA" and scene.camera is None:
        return "The scene has no camera"
    if scene.shiage_place != "PLANE" and not bpy.data.filepath:
        return "Save the file first: pictures are put beside it"
    if scene.shiage_place == "SEQUENCE" and any(start < 0 for start in _starts(scene, data)):
        return "Blender shows no image sequence before frame 0: move the drawings, or choose the sequencer"
    if scene.shiage_frames == "ALL" and scene.shiage_place == "PLANE":
        return "Several drawings go to an image sequence or the sequencer"
    return ""


def _starts(scene: bpy.types.Scene, data: Any) -> list[int]:
    """The frames of the drawings that go to an operation on pictures."""
    keys = timeline.key_frames(data)
    return keys if scene.shiage_frames == "ALL" else [number for number in keys if number <= scene.frame_current][-1:]


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


@dataclass
class Spot:
    """A picture's first and last frame and its place. ``filled``: its drawing has fills, which would hide it."""

    first: int
    last: int
    placement: Placement
    filled: bool


@dataclass
class Request:
    """What to send, and what is needed to place what comes back.

    ``runs``: the inputs of each job. ``around``: the keys between which drawings are made. ``spots``: where and when
    each picture stands; ``place``: the scene's choice for it. ``told``: what the artist should hear. ``sequence``: the
    pictures that an operation on pictures in time gets.
    """

    runs: list[dict[str, list[Any]]]
    values: dict[str, Any]
    around: tuple[int, int] | None = None
    spots: list[Spot] = field(default_factory=list)
    place: str = ""
    told: list[str] = field(default_factory=list)
    sequence: sequences.Sequence | None = None
    space: timeline.Space | None = None


def request(context: bpy.types.Context, operation: Any) -> Request:
    """What to send, read from Blender now; Cannot where something is missing."""
    if reason := why_not(context, operation):
        raise Cannot(reason + ".")
    made = Request([], parameters.values(context.scene, operation))
    if takes_clip(operation):
        _add_sequence(made, context, operation)
        return made
    obj = timeline.drawing_object(context)
    data = obj.data
    if own := found_layer(operation) if takes_pictures(operation) else own_layer(context, operation):
        made.space = colouring.space_of(data, own)
    if takes_pictures(operation):
        _add_pictures(made, context, obj, operation)
        return made
    ports = [port for port in operation.inputs if not port.optional]
    if is_colouring(operation):
        anew = context.scene.shiage_replace
        made.runs.append(_colouring_inputs(data, ports, own_layer(context, operation), anew=anew))
        return made
    if takes_two(operation):
        made.around = timeline.keys_around(data, context.scene.frame_current)
        layers = timeline.layers_with_keys(data, made.around)
        if own := timeline.layers_on_their_own(data, made.around):
            made.told.append(f"Left alone, since they have keys between: {', '.join(own)}.")
        drawings = [timeline.read(data, frame, only=layers, with_weights=True) for frame in made.around]
    else:
        drawings = [_seen(data, context.scene.frame_current, own_layer(context, operation))]
    if any(drawing is None for drawing in drawings):
        raise Cannot("There is no drawing at this frame.")
    if takes_two(operation):
        _add_anchors(made, obj, operation, (drawings[0], drawings[1]))
    made.runs.append(
        {port.name: [partial(wire.encode, drawing)] for port, drawing in zip(ports, drawings, strict=True)}
    )
    return made


def _add_sequence(made: Request, context: bpy.types.Context, operation: Any) -> None:
    """The pictures of the plane's image sequence, at the frames at which it shows them."""
    obj, render = context.view_layer.objects.active, context.scene.render
    made.sequence = shown = sequences.shown_on(obj)
    port = next(port for port in operation.inputs if not port.optional)
    send = partial(wire.encode_files, obj.name, render.fps / render.fps_base, dict(shown.pictures))
    made.runs.append({port.name: [send]})


def _add_anchors(made: Request, obj: Any, operation: Any, drawings: tuple[Any, Any]) -> None:
    """The object's anchors, beside the pairs that were typed."""
    for parameter in operation.parameters:
        if parameters.form_of(parameter) == parameters.STROKE_PAIRS:
            text, lost = anchors.text_for(obj, drawings)
            made.values[parameter.name] = ", ".join(part for part in (made.values[parameter.name], text) if part)
            if lost:
                made.told.append(f"Anchors whose strokes are gone were left out: {lost}.")


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


def found_layer(operation: Any) -> str:
    """The layer for strokes that the operation finds in a picture."""
    return f"Shiage {operation.title}"


def _colouring_inputs(data: Any, ports: list[Any], layer: str, *, anew: bool) -> dict[str, list[Any]]:
    keys = colouring.keys_of(data, layer)
    if not keys.coloured:
        raise Cannot("Fill the areas of a key drawing first (fills on locked layers don't count).")
    done = set() if anew else colouring.filled(data, layer)
    bare = [frame for frame in keys.bare if frame not in done]
    if not bare:
        more = " Switch on Replace Breakdowns to do ours anew." if keys.bare else ""
        raise Cannot(f"Every key drawing has fills already.{more}")
    made = {}
    for port, frames in zip(ports, (bare, keys.coloured), strict=True):
        drawings = [colouring.read(data, frame, layer) for frame in frames]
        made[port.name] = [partial(wire.encode, drawing) for drawing in drawings if drawing is not None]
    return made


def _add_pictures(made: Request, context: bpy.types.Context, obj: Any, operation: Any) -> None:
    """The drawing that stands at the playhead, or every one, drawn in its plane or as the camera sees it."""
    scene, data = context.scene, obj.data
    made.place = scene.shiage_place
    keys = timeline.key_frames(data)
    every = scene.shiage_frames == "ALL"
    if every and scene.shiage_place == "PLANE":
        raise Cannot("Several drawings go to an image sequence or to the sequencer.")
    own = found_layer(operation)
    found = (colouring.read(data, start, own) for start in _starts(scene, data))
    drawings = [drawing for drawing in found if _has_points(drawing)]
    if not drawings:
        raise Cannot("There is no drawing at this frame.")
    design = _design(context) if wants_design(operation) else None
    if scene.shiage_view == "CAMERA":
        sights = _camera_sights(scene, obj, drawings, every)
    else:
        sights = placing.in_plane(drawings, obj, scene.shiage_pixels)
    for drawing, seen in zip(drawings, sights, strict=True):
        following = min((n for n in keys if n > drawing.frame), default=max(scene.frame_end, drawing.frame) + 1)
        filled = bool((drawing.columns["fill"] > 0).any())
        made.spots.append(Spot(drawing.frame, following - 1, seen.placement, filled))
        run = {operation.inputs[0].name: [partial(wire.encode, seen.drawing, view=seen.view)]}
        made.runs.append(run | ({"design": [design]} if design is not None else {}))


def _has_points(drawing: Any) -> bool:
    return drawing is not None and len(drawing.columns["points"]) > 0


def _camera_sights(scene: bpy.types.Scene, obj: Any, drawings: list[Any], every: bool) -> list[Sight]:
    """What the camera sees of each drawing, where it stands then (if ``every``) or now."""
    now = scene.frame_current
    sights = []
    try:
        for drawing in drawings:
            if every:
                scene.frame_set(drawing.frame)
                drawing.layers = timeline.tables_of(obj.data)  # their parents may have moved
            seen = placing.in_camera(drawing, obj, scene)
            if seen is None:
                raise Cannot(f"At frame {drawing.frame} the camera sees nothing of '{obj.name}'.")
            sights.append(seen)
    finally:
        if scene.frame_current != now:
            scene.frame_set(now)
    return sights


def sight(context: bpy.types.Context, obj: Any, side: int) -> Sight:
    """The drawing at the playhead in its plane, small; Cannot where there is none."""
    drawing = _seen(obj.data, context.scene.frame_current, "")
    if not _has_points(drawing):
        raise Cannot("There is no drawing at this frame.")
    return placing.in_plane([drawing], obj, side)[0]


def _design(context: bpy.types.Context) -> Any | None:
    """The picture of the character that was chosen, if any."""
    scene = context.scene
    image, other = scene.shiage_design_image, scene.shiage_design_object
    if image is not None:
        if not image.has_data and not image.pixels:
            raise Cannot(f"The image '{image.name}' has no pixels.")
        return partial(wire.encode_picture, image.name, pictures.pixels_of(image))
    if other is None:
        return None
    design = timeline.read(other.data, scene.frame_current, hold=True)
    if design is None:
        raise Cannot(f"'{other.name}' has no drawing at this frame.")
    return partial(wire.encode, design, view=view_of([design], scene.shiage_pixels))
