"""Materials of a Grease Pencil object, as the daemon's drawings name them."""

from __future__ import annotations

import bpy
import numpy as np

from .drawing import Material


def read_materials(data: bpy.types.ID) -> list[Material]:
    """The object's materials in their order; an empty slot is a plain one without a name."""
    made = []
    for material in data.materials:
        style = material.grease_pencil if material else None
        if style is None:
            made.append(Material(material.name if material else ""))
        else:
            shown = bool(style.show_stroke), bool(style.show_fill)
            made.append(Material(material.name, tuple(style.color), tuple(style.fill_color), *shown))
    return made or [Material("")]


def index_of(data: bpy.types.ID, wanted: Material) -> int:
    """Where the object has this material by its name; it is added (and made, if the file has none) where it has not."""
    for index, material in enumerate(data.materials):
        if (material.name if material else "") == wanted.name:
            return index
    if not wanted.name and not len(data.materials):
        return 0
    material = bpy.data.materials.get(wanted.name)
    if material is None or material.grease_pencil is None:
        material = bpy.data.materials.new(wanted.name or "Shiage")
        bpy.data.materials.create_gpencil_data(material)
        style = material.grease_pencil
        style.color, style.fill_color = wanted.line, wanted.fill
        style.show_stroke, style.show_fill = wanted.show_line, wanted.show_fill
    data.materials.append(material)
    return len(data.materials) - 1


def fills_and_hidden(materials: list[Material], material: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fill numbers and hidden lines of strokes, where the material decides (before Blender 5.1): each fills alone."""
    index = np.minimum(material, len(materials) - 1)
    filled = np.array([entry.show_fill for entry in materials], np.bool_)[index]
    hidden = ~np.array([entry.show_line for entry in materials], np.bool_)[index]
    return np.where(filled, np.cumsum(filled), 0).astype(np.int32), hidden
