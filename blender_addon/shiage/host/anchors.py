"""Strokes that the artist ties together: picked by selection on two keys, found again when these are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import strokes, timeline
from .drawing import Drawing

SAME = 1e-4  # how near a point must be to where it was, in sizes of the drawing, to be it


@dataclass
class Picked:
    """A stroke of a key of a layer. ``stroke``: which of the ``of`` strokes there; ``point``: which of its points, or
    -1 for the stroke as a whole; ``place``: where that point (or its middle one) lies in the layer's space."""

    frame: int
    layer: str
    stroke: int
    of: int
    point: int
    place: tuple[float, ...]


def pick(data: Any, frame: int) -> tuple[Picked, Picked]:
    """The stroke (or point) that is selected on each of two neighbouring keys; CantDraw where not just one is.

    Standing on a key, one is tied to the key before or to the one after, whichever has a selection.
    """
    around = timeline.keys_around(data, frame)
    before = timeline.keys_around(data, frame - 1)
    pairs = [pair for pair in dict.fromkeys((before, around)) if pair and frame in range(pair[0], pair[1] + 1)]
    if not pairs:
        raise timeline.CantDraw("Stand on or between two key drawings of the active layer.")
    problem = None
    for pair in pairs:
        try:
            one, two = (_picked(data, number, pair) for number in pair)
        except timeline.CantDraw as reason:
            problem = problem or reason
        else:
            if (one.point < 0) != (two.point < 0):  # a point of a stroke, and a stroke: the strokes are tied
                one.point = two.point = -1
            return one, two
    raise problem  # type: ignore[misc]  # there was a pair, and it failed


def _picked(data: Any, frame: int, pair: tuple[int, int]) -> Picked:
    found = []
    for index in timeline.layers_with_keys(data, pair):
        layer = data.layers[index]
        key = strokes.keys(layer)[frame]
        chosen = strokes.selected(key)
        if not chosen.any():
            continue
        drawing = strokes.read(key, index, data)
        offsets = drawing.offsets
        for stroke in np.unique(np.searchsorted(offsets, np.flatnonzero(chosen), "right") - 1).tolist():
            start, end = int(offsets[stroke]), int(offsets[stroke + 1])
            points = np.flatnonzero(chosen[start:end])
            single = len(points) == 1 and end - start > 1
            at = start + (int(points[0]) if single else (end - start) // 2)
            place = tuple(float(number) for number in drawing.columns["points"][at])
            name = strokes.layer_name(layer)
            found.append(Picked(frame, name, stroke, len(offsets) - 1, at - start if single else -1, place))
    if len(found) != 1:
        have = "none is" if not found else f"{len(found)} are"
        raise timeline.CantDraw(f"Select one stroke, or one point, on each key: at frame {frame} {have} selected.")
    return found[0]


def find(drawing: Drawing, picked: Picked) -> tuple[int, int] | None:
    """Which stroke of ``drawing`` (and which of its points, or -1) was picked; None where it is gone.

    Strokes are known by their number while their points lie where they did, else by the place; a stroke that was bent
    keeps its number where no stroke came or went.
    """
    names = [layer.name for layer in drawing.layers]
    mine = drawing.columns["layer"] == names.index(picked.layer) if picked.layer in names else np.zeros(0, np.bool_)
    numbers = np.flatnonzero(mine)
    if not len(numbers):
        return None
    points, offsets = drawing.columns["points"], drawing.offsets
    near = SAME * max(float(np.ptp(points, axis=0).max()), 1e-9)
    away = np.linalg.norm(points - np.array(picked.place, np.float32), axis=1)
    away[~np.repeat(mine, drawing.counts)] = np.inf
    usual = int(numbers[min(picked.stroke, len(numbers) - 1)])
    own = away[offsets[usual] : offsets[usual + 1]]
    if not (len(own) and own.min() <= near) and away.min() <= near:
        usual = int(np.searchsorted(offsets, int(away.argmin()), "right") - 1)
    elif not (len(own) and own.min() <= near) and picked.of != len(numbers):
        return None
    if picked.point < 0:
        return usual, -1
    own = away[offsets[usual] : offsets[usual + 1]]
    return usual, int(own.argmin()) if own.min() <= near else min(picked.point, len(own) - 1)


def as_text(pairs: list[tuple[Picked, Picked]], drawings: tuple[Drawing, Drawing]) -> tuple[str, int]:
    """The pairs as the daemon reads them (``3=5, 3:12=5:40``), and how many are lost."""
    made, lost = [], 0
    for pair in pairs:
        one, two = (find(drawing, picked) for drawing, picked in zip(drawings, pair, strict=True))
        if one is None or two is None:
            lost += 1
        elif one[1] < 0 or two[1] < 0:
            made.append(f"{one[0]}={two[0]}")
        else:
            made.append(f"{one[0]}:{one[1]}={two[0]}:{two[1]}")
    return ", ".join(made), lost
