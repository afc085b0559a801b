"""Materials of a Grease Pencil object, as the daemon's drawings name them."""

from __future__ import annotations

import bpy
import numpy as np

from .drawing import Material

_SLOT = "Shiage Slot "


def read_materials(data: bpy.types.ID) -> list[Material]:
    """The object's materials in their order, each with a name of its own: two slots never pass for one, whatever is in
    them. Slots may be linked to the object; an empty one is a plain material."""
    made: list[Material] = []
    for number, material in enumerate(_in_slots(data), 1):
        style = material.grease_pencil if material else None
        name = material.name if material else ""
        if not name or any(entry.name == name for entry in made):
            name = slot_name(number)
        if style is None:
            made.append(Material(name))
        else:
            shown = bool(style.show_stroke), bool(style.show_fill)
            made.append(Material(name, tuple(style.color), tuple(style.fill_color), *shown))
    return made or [Material(slot_name(1))]


def slot_name(number: int) -> str:
    """What a slot (counted from 1) is called that has no material, or one that an earlier slot has."""
    return f"{_SLOT}{number}"


def indices_of(data: bpy.types.ID, wanted: list[Material]) -> np.ndarray:
    """Where the object has each of these materials: in the slot that it was read from, else in a new one, with the
    file's material of that name or one that is made."""
    have = {entry.name: index for index, entry in enumerate(read_materials(data))}
    known = [have.get(entry.name, _slot_in(entry.name)) for entry in wanted]
    for k, entry in enumerate(wanted):
        if known[k] < 0:
            while len(data.materials) <= max(known):  # slots that strokes name and that aren't there stay theirs
                data.materials.append(None)
            data.materials.append(_material(entry))
            known[k] = len(data.materials) - 1
    return np.array(known or [0], np.int32)


def _slot_in(name: str) -> int:
    """Which slot (counted from 0) :func:`slot_name` made this name for; -1 where it did not."""
    number = name.removeprefix(_SLOT)
    return int(number) - 1 if number != name and number.isdigit() else -1


def _in_slots(data: bpy.types.ID) -> list[bpy.types.Material | None]:
    """What each slot shows: an object's own material, where it has one there."""
    made = list(data.materials)
    for obj in (obj for obj in bpy.data.objects if obj.data == data):
        for index, slot in enumerate(obj.material_slots):
            if slot.link == "OBJECT" and slot.material is not None and index < len(made):
                made[index] = slot.material
    return made


def _material(wanted: Material) -> bpy.types.Material:
    material = bpy.data.materials.get(wanted.name)
    if material is None or material.grease_pencil is None:
        material = bpy.data.materials.new(wanted.name or "Shiage")
        bpy.data.materials.create_gpencil_data(material)
        style = material.grease_pencil
        style.color, style.fill_color = wanted.line, wanted.fill
        style.show_stroke, style.show_fill = wanted.show_line, wanted.show_fill
    return material


def fills_and_hidden(materials: list[Material], material: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fill numbers and hidden lines of strokes, where the material decides (before Blender 5.1): each fills alone."""
    index = np.minimum(material, len(materials) - 1)
    filled = np.array([entry.show_fill for entry in materials], np.bool_)[index]
    hidden = ~np.array([entry.show_line for entry in materials], np.bool_)[index]
    return np.where(filled, np.cumsum(filled), 0).astype(np.int32), hidden
