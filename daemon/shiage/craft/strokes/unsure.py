"""What could not be matched, set apart where an animator sees it: on a layer or in materials of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...values import StrokeLayer, StrokeMaterial, Strokes
from .drawing import MARK

Apart: TypeAlias = Literal["keep", "layer", "material"]

LAYER = "Shiage Unsure"
RED = (1.0, 0.02, 0.1)
"""Linear: a signal that no drawing is likely to use."""

_THIN = 0.4  # how much of what lies below a fill hides


def set_apart(drawing: Strokes, how: Apart) -> Strokes:
    """``drawing`` with its marked strokes (see MARK) on the layer :data:`LAYER`, or in red materials.

    A fill is set apart only where all of its strokes are: a hole without its outline would be a fill.
    """
    marked = _whole_fills(_marks(drawing) != 0, drawing.fill)
    if how == "keep" or not marked.any():
        return drawing
    return _on_a_layer(drawing, marked) if how == "layer" else _in_red(drawing, marked)


def _marks(drawing: Strokes) -> NDArray[np.int8]:
    return next((a.data for a in drawing.extra if a.name == MARK), np.zeros(drawing.count, np.int8))


def _whole_fills(marked: NDArray[np.bool_], fill: NDArray[np.int32]) -> NDArray[np.bool_]:
    mixed = np.unique(fill[~marked & (fill > 0)])
    return marked & ~np.isin(fill, mixed)


def _on_a_layer(drawing: Strokes, marked: NDArray[np.bool_]) -> Strokes:
    """The new layer lies untransformed on top, so its strokes are brought into the drawing's own space."""
    points, radius = drawing.points.copy(), drawing.radius.copy()
    of_point = drawing.stroke_of_point()
    for index, layer in enumerate(drawing.layers):
        mine = (marked & (drawing.layer == index))[of_point]
        matrix = layer.transform
        points[mine] = points[mine] @ matrix[:3, :3].T + matrix[:3, 3]
        radius[mine] *= np.cbrt(abs(np.linalg.det(matrix[:3, :3])))
    layers = (*drawing.layers, StrokeLayer(LAYER))
    layer_of = np.where(marked, np.int32(len(layers) - 1), drawing.layer).astype(np.int32)
    return replace(drawing, points=points, radius=radius, layers=layers, layer=layer_of)


def _in_red(drawing: Strokes, marked: NDArray[np.bool_]) -> Strokes:
    """A red one for each material that marked strokes have, since the material also says what is shown."""
    materials, material = list(drawing.materials), drawing.material.copy()
    for index in np.unique(drawing.material[marked]).tolist():
        own = drawing.materials[index]
        material[marked & (drawing.material == index)] = len(materials)
        materials.append(
            StrokeMaterial(f"Unsure {own.name}".strip(), (*RED, 1.0), (*RED, _THIN), own.show_line, own.show_fill)
        )
    colour, fill_colour = drawing.colour.copy(), drawing.fill_colour.copy()
    colour[marked[drawing.stroke_of_point()]] = 0  # what a stroke is painted with would hide the red
    fill_colour[marked] = 0
    return replace(drawing, materials=tuple(materials), material=material, colour=colour, fill_colour=fill_colour)
