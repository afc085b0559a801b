"""Which drawings of a Grease Pencil object are coloured, which are not, and where fills go on its timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from mathutils.kdtree import KDTree

from . import strokes, timeline
from .drawing import POINT, WEIGHT, Drawing, placed


@dataclass
class Keys:
    """Frames of an object's keys. ``coloured`` and ``bare``: with lines, and with or without fills of their own;
    ``fill_only``: {layer: its keys that hold fills and no line}; ``ends``: from which on no line is to be seen."""

    coloured: list[int]
    bare: list[int]
    fill_only: dict[str, list[int]]
    ends: list[int]


def keys_of(data: Any, own_layer: str) -> Keys:
    """The keys of all shown layers but ``own_layer``. Fills on locked layers (a background, say) don't count."""
    lined: set[int] = set()
    coloured: set[int] = set()
    fill_only: dict[str, list[int]] = {}
    seen: list[dict[int, bool]] = []  # of each layer, whether its keys have lines
    for index, layer in enumerate(data.layers):
        name = strokes.layer_name(layer)
        if strokes.hidden(layer) or name == own_layer:
            continue
        seen.append({})
        for number, key in strokes.keys(layer).items():
            drawing = strokes.read(key, index, data)
            lines = seen[-1][number] = _has_lines(drawing)
            fills = bool((drawing.columns["fill"] > 0).any()) and not strokes.locked(layer)
            if lines:
                lined.add(number)
            if fills:
                coloured.add(number)
            if fills and not lines:
                fill_only.setdefault(name, []).append(number)
    numbers = sorted({number for keys in seen for number in keys})
    ends = [number for number in numbers if not any(_held(keys, number) for keys in seen)]
    # A key of fills alone colours the lines that stand there, held or drawn.
    return Keys(sorted(coloured), sorted(lined - coloured), fill_only, ends)


def filled(data: Any, own_layer: str) -> set[int]:
    """The frames at which our own layer has fills."""
    return {
        number
        for index, layer in enumerate(data.layers)
        if strokes.layer_name(layer) == own_layer
        for number, key in strokes.keys(layer).items()
        if len(strokes.read(key, index, data).counts)
    }


def read(data: Any, frame: int, own_layer: str, with_weights: bool = False) -> Drawing | None:
    """What is seen at ``frame`` but for ``own_layer`` and the fills of locked layers."""
    only = [index for index, layer in enumerate(data.layers) if strokes.layer_name(layer) != own_layer]
    drawing = timeline.read(data, frame, only, hold=True, with_weights=with_weights)
    if drawing is None:
        return None
    locked = np.array([strokes.locked(layer) for layer in data.layers], np.bool_)
    drawing.columns["fill"] = np.where(locked[drawing.columns["layer"]], 0, drawing.columns["fill"])
    return drawing


def lowest_lines(data: Any, own_layer: str) -> Any | None:
    """The lowest shown layer with lines, under which fills belong; None where there is none."""
    for index, layer in enumerate(data.layers):
        if strokes.hidden(layer) or strokes.layer_name(layer) == own_layer:
            continue
        for key in strokes.keys(layer).values():
            if _has_lines(strokes.read(key, index, data)):
                return layer
    return None


def space_of(data: Any, own_layer: str) -> timeline.Space | None:
    """That of the lowest lines, as it is now: what is found in the drawing belongs to them."""
    layer = lowest_lines(data, own_layer)
    return None if layer is None else timeline.Space(strokes.layer_name(layer), strokes.layer_transform(layer))


def rig(data: Any, found: Drawing, own_layer: str) -> None:
    """Put what was found in the drawing into its vertex groups: each point as the nearest one of the drawing is."""
    drawing = read(data, found.frame, own_layer, with_weights=True)
    names = [name for name in drawing.extra if name.startswith(WEIGHT)] if drawing is not None else []
    if drawing is None or not names:
        return
    tree = KDTree(len(drawing.columns["points"]))
    for index, place in enumerate(placed(drawing).tolist()):
        tree.insert(place, index)
    tree.balance()
    nearest = np.array([tree.find(place)[1] for place in placed(found).tolist()], np.intp)
    found.extra = found.extra | {name: (POINT, drawing.extra[name][1][nearest]) for name in names}


def end_holds(data: Any, keys: Keys, own_layer: str, made: list[int]) -> None:
    """Empty keys where fills would be held on under another drawing: on the artist's fill layers from the first frame
    that was filled now, on our own layer at the artist's coloured keys and where the lines end."""
    for layer in data.layers:
        name = strokes.layer_name(layer)
        if name == own_layer:
            for frame in keys.coloured + keys.bare + keys.ends:
                if frame not in made and any(other < frame for other in made):
                    timeline.end_hold(data, layer, frame)
        for start in keys.fill_only.get(name, []):
            following = min((n for n in strokes.keys(layer) if n > start), default=None)
            held = [frame for frame in made if frame > start and (following is None or frame < following)]
            if held:
                timeline.end_hold(data, layer, min(held))


def _held(keys: dict[int, bool], frame: int) -> bool:
    """What the key says that stands at ``frame``; False before the first."""
    return keys[max(number for number in keys if number <= frame)] if any(number <= frame for number in keys) else False


def _has_lines(drawing: Drawing) -> bool:
    """Whether there are strokes that are lines and no fills (the material of a fill may show its line too)."""
    return bool((~drawing.columns["hide_line"] & (drawing.columns["fill"] == 0)).any())
