"""Drawings of a Grease Pencil object on its timeline: reading keys, putting results beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from . import strokes
from .drawing import COLUMNS, Drawing, Layer, Material, empty_column, merge, moved, placed, plane_of
from .fills import one_stroke_each
from .materials import indices_of, read_materials, slot_name

OWNER = "shiage_of"
"""On empties that we put into the scene: the Grease Pencil object that they are for."""

UNSURE = "Shiage Unsure"
"""The layer on which the daemon sets strokes without a partner apart."""

OURS = ("breakdown", "generated")
"""Kinds of keys that an artist does not draw."""

LINKED = "Its drawings are another file's, and what is changed in them is not saved: make them local first"


class CantDraw(Exception):
    """What stands in the way, as a sentence for the artist."""


def drawing_object(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active object, if it is a Grease Pencil; that to which it belongs, if it is one of our own handles."""
    found = context.active_object
    found = found.get(OWNER, found) if found is not None else None
    return found if found is not None and found.type == strokes.OBJECT_TYPE else None


def is_linked(data: Any) -> bool:
    """Whether drawings come from another file: Blender saves no change to them."""
    return bool(data.library or data.override_library)


def layers_of(data: Any) -> list[Any]:
    """The layers from bottom to top."""
    return list(data.layers)


def keys_around(data: Any, frame: int) -> tuple[int, int] | None:
    """The frames of the artist's keys before (or at) and after ``frame``, on the active layer; None where not both.

    Breakdowns don't count: they are what is drawn between.
    """
    layer = data.layers.active
    if layer is None:
        return None
    numbers = sorted(n for n, key in strokes.keys(layer).items() if strokes.key_type(key) != "breakdown")
    before = [number for number in numbers if number <= frame]
    after = [number for number in numbers if number > frame]
    return (before[-1], after[0]) if before and after else None


def key_frames(data: Any) -> list[int]:
    """The frames at which any shown layer has a key."""
    return sorted({number for layer in data.layers if not strokes.hidden(layer) for number in strokes.keys(layer)})


def tables_of(data: Any) -> list[Layer]:
    """The layers as drawings name them, where they are now."""
    return [
        Layer(strokes.layer_name(layer), strokes.layer_transform(layer), float(layer.opacity)) for layer in data.layers
    ]


@dataclass
class Space:
    """The layer that results belong to, by name, and its ``transform`` when the drawing was read: what was found in the
    object's space then goes along with that layer, also where its parent has moved since or moves later."""

    layer: str
    transform: np.ndarray

    def into(self, data: Any, target: Any) -> np.ndarray:
        """(4, 4) from the object's space, as it was read, to that of the layer ``target``."""
        source = next((layer for layer in data.layers if strokes.layer_name(layer) == self.layer), None)
        now = self.transform if source is None else strokes.layer_transform(source)
        try:
            return np.linalg.inv(strokes.layer_transform(target)) @ now @ np.linalg.inv(self.transform)
        except np.linalg.LinAlgError:  # a layer is scaled to nothing, and nothing of it is seen
            return np.eye(4)


def read(
    data: Any, frame: int, only: list[int] | None = None, hold: bool = False, with_weights: bool = False
) -> Drawing | None:
    """The drawing at ``frame``: the layers (``only`` these) that have a key there, or hold one if ``hold``;
    ``with_weights`` of vertex groups or without."""
    tables = tables_of(data)
    parts = []
    kinds = set()
    for index, layer in enumerate(data.layers):
        if (only is not None and index not in only) or strokes.hidden(layer):
            continue
        keys = strokes.keys(layer)
        number = max((n for n in keys if n <= frame), default=None) if hold else frame
        if number in keys:
            part = strokes.read(keys[number], index, data, with_weights)
            part.layers = tables
            parts.append(part)
            kinds.add(strokes.key_type(keys[number]))
    if not parts:
        return None
    drawing = merge(parts)
    drawing.frame, drawing.name = frame, data.name
    highest = int(drawing.columns["material"].max(initial=0))  # Blender lets strokes name slots that aren't there
    more = range(len(drawing.materials), highest + 1)
    drawing.materials = [*drawing.materials, *(Material(slot_name(number + 1)) for number in more)]
    drawing.exposure = kinds.pop() if len(kinds) == 1 else "keyframe"
    drawing.plane = plane_of(placed(drawing))
    return drawing


def layers_with_keys(data: Any, frames: tuple[int, int]) -> list[int]:
    """Indices of the shown, unlocked layers that have a key on both ``frames`` and none of the artist's between."""
    return [index for index, layer in _on_both(data, frames) if not _own_between(layer, frames)]


def layers_on_their_own(data: Any, frames: tuple[int, int]) -> list[str]:
    """The names of those that have keys of the artist's between, a blink say: they are no part of that motion."""
    return [strokes.layer_name(layer) for _, layer in _on_both(data, frames) if _own_between(layer, frames)]


def _on_both(data: Any, frames: tuple[int, int]) -> list[tuple[int, Any]]:
    """The shown, unlocked layers that have a key on both ``frames``, with their indices."""
    return [
        (index, layer)
        for index, layer in enumerate(data.layers)
        if not strokes.hidden(layer) and not strokes.locked(layer) and set(frames) <= set(strokes.keys(layer))
    ]


def _between(layer: Any, frames: tuple[int, int]) -> dict[int, Any]:
    """A layer's keys between two frames."""
    return {number: key for number, key in strokes.keys(layer).items() if frames[0] < number < frames[1]}


def _own_between(layer: Any, frames: tuple[int, int]) -> bool:
    return any(strokes.key_type(key) not in OURS for key in _between(layer, frames).values())


def write(data: Any, drawing: Drawing, replace: bool, below: Any | None = None, space: Space | None = None) -> None:
    """Put a result on its frame, on the layers that it names (made where the object has them not, under ``below``).
    With ``space`` the result is new strokes in the object's space; else it is in the spaces of its layers.

    CantDraw where a layer has a key there already, unless it is a breakdown and ``replace`` is set.
    """
    drawing.columns["material"] = indices_of(data, drawing.materials)[drawing.columns["material"]]
    for index in np.unique(drawing.columns["layer"]):
        layer = named_layer(data, drawing.layers[index].name, below, space.layer if space else "")
        into = space.into(data, layer) @ drawing.layers[index].transform if space is not None else None
        there = strokes.keys(layer).get(drawing.frame)
        if there is not None:
            if not _may_go(data, there, replace):
                raise CantDraw(occupied(layer, drawing.frame))
            strokes.remove(layer, drawing.frame)
        mine = drawing.of_layer(int(index))
        if not strokes.FILLS_BY_STROKE:
            mine = one_stroke_each(mine, read_materials(data))
        if into is not None:
            mine = moved(mine, into)
        strokes.write(data, layer, drawing.frame, mine)


def clear_unsure(data: Any, around: tuple[int, int]) -> None:
    """Take away what an earlier run had set apart between these keys."""
    for layer in data.layers:
        if strokes.layer_name(layer) == UNSURE:
            for number, key in _between(layer, around).items():
                if strokes.key_type(key) in OURS:
                    strokes.remove(layer, number)


def end_unsure(data: Any, made: list[int], end: int) -> None:
    """Empty keys where strokes that were set apart would be held on: in drawings of ``made`` that have none, and at the
    key ``end``."""
    for layer in data.layers:
        if strokes.layer_name(layer) == UNSURE:
            for frame in [*made, end]:
                if any(number < frame for number in strokes.keys(layer)):
                    end_hold(data, layer, frame)


def end_hold(data: Any, layer: Any, frame: int) -> None:
    """An empty key at ``frame``, unless there is a key."""
    if frame not in strokes.keys(layer):
        nothing = {name: empty_column(name, 0, 0) for name in COLUMNS}
        strokes.write(data, layer, frame, Drawing(np.zeros(0, np.int32), nothing, [], [], frame, "generated"))


def breakdowns(data: Any, names: list[str], around: tuple[int, int]) -> set[int]:
    """The frames between two keys that have drawings of ours on the layers of these names."""
    return {
        number
        for layer in data.layers
        if strokes.layer_name(layer) in names
        for number, key in _between(layer, around).items()
        if strokes.key_type(key) in OURS and len(strokes.read(key, 0, data).counts)
    }


def retime(data: Any, around: tuple[int, int], exposure: int) -> dict[int, int]:
    """Move the breakdowns between two keys without drawing them anew: ``exposure`` frames each, or evenly for 0; from
    which frame to which. CantDraw where they have no room."""
    first, last = around
    layers = [layer for layer in data.layers if not strokes.locked(layer)]
    have = sorted(
        {number for layer in layers for number, key in _between(layer, around).items() if strokes.key_type(key) in OURS}
    )
    if not have:
        raise CantDraw(f"Between the keys at {first} and {last} are no breakdowns.")
    many, room = len(have), last - first
    ways = {
        number: first + (exposure * (k + 1) if exposure else round(room * (k + 1) / (many + 1)))
        for k, number in enumerate(have)
    }
    if max(ways.values()) >= last or len(set(ways.values())) < many:
        raise CantDraw(f"{many} breakdowns don't fit between the keys at {first} and {last} so.")
    own = {
        layer: [n for n, key in strokes.keys(layer).items() if n in ways and strokes.key_type(key) in OURS]
        for layer in layers
    }
    for layer, numbers in own.items():
        taken = set(strokes.keys(layer)) - set(numbers)
        if clash := [ways[number] for number in numbers if ways[number] in taken]:
            raise CantDraw(occupied(layer, clash[0]))
    for layer, numbers in own.items():
        # Later ones first where they go later, so that none goes where another still is.
        later = sorted((number for number in numbers if ways[number] > number), reverse=True)
        for number in later + sorted(number for number in numbers if ways[number] < number):
            strokes.move(layer, number, ways[number])
    return ways


def _may_go(data: Any, key: Any, replace: bool) -> bool:
    """Whether a key may make room: one of ours, if it is empty (it ended a hold) or ``replace`` is set."""
    ours = strokes.key_type(key) in OURS
    return ours and (replace or not len(strokes.read(key, 0, data).counts))


def occupied(layer: Any, frame: int) -> str:
    """Why a result can't go onto a layer at ``frame``."""
    name = strokes.layer_name(layer)
    return f"Layer '{name}' has a drawing at frame {frame} already. Switch on Replace Breakdowns, or choose others."


def named_layer(data: Any, name: str, below: Any | None = None, like: str = "") -> Any:
    """The layer of this name; a new one (under ``below``, or on top) where there is none, which hangs on what the layer
    ``like`` hangs on."""
    for layer in data.layers:
        if strokes.layer_name(layer) == name:
            return layer
    made = data.layers.new(name, set_active=False)
    if (model := next((layer for layer in data.layers if strokes.layer_name(layer) == like), None)) is not None:
        strokes.follow(made, model)
    if below is not None:
        order = [strokes.layer_name(layer) for layer in data.layers]
        for _ in range(order.index(name) - order.index(strokes.layer_name(below))):
            data.layers.move(made, "DOWN")
    return made


def new_object(name: str, materials: list[Material], collection: Any) -> Any:
    """A new, empty Grease Pencil object with these materials."""
    data = strokes.new_data(name)
    made = bpy.data.objects.new(name, data)
    collection.objects.link(made)
    indices_of(data, materials)
    return made


def free_frames(data: Any, names: list[str], frames: list[int], replace: bool) -> dict[int, str]:
    """The frames on which a result can't be put, and why."""
    problems = {}
    for layer in data.layers:
        if strokes.layer_name(layer) not in names:
            continue
        if strokes.locked(layer):
            why = f"Layer '{strokes.layer_name(layer)}' is locked. Unlock it, then run again."
            problems |= dict.fromkeys(frames, why)
            continue
        for frame, key in strokes.keys(layer).items():
            if frame in frames and not _may_go(data, key, replace):
                problems[frame] = occupied(layer, frame)
    return problems
