"""Weights of vertex groups from Blender 4.3 on, where Python can write but not read them: a node tree reads them."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

_LONG_AGO = -100000
"""A frame before all others: a key there is held on to whatever frame is shown."""


def groups_of(data: Any) -> list[str]:
    """The names of the vertex groups of the objects that show ``data``, in their order."""
    owners = [obj for obj in bpy.data.objects if obj.data == data]
    return list(dict.fromkeys(group.name for obj in owners for group in obj.vertex_groups))


def can_write(drawing: Any) -> bool:
    """Whether this Blender lets weights be written."""
    return hasattr(drawing, "set_vertex_weights")


def read(frame: Any, data: Any) -> dict[str, np.ndarray]:
    """Name -> (control points,) weights of the key's points, 0 where they are not in the group; groups that no point
    is in are left out, and all where they couldn't be written again."""
    names = groups_of(data)
    count = frame.drawing.attributes.domain_size("POINT")
    if not names or not count or not can_write(frame.drawing):
        return {}
    blocks = bpy.data.grease_pencils if bpy.app.version >= (5, 0, 0) else bpy.data.grease_pencils_v3
    # A scene of its own, so that nothing of the artist's is touched or evaluated again.
    scene, copy = bpy.data.scenes.new("Shiage"), blocks.new("Shiage")
    tree, obj = bpy.data.node_groups.new("Shiage", "GeometryNodeTree"), bpy.data.objects.new("Shiage", copy)
    try:
        copy.layers.new("Key").frames.new(_LONG_AGO).drawing = frame.drawing
        scene.collection.objects.link(obj)
        _name_attributes(tree, names)
        obj.modifiers.new("Shiage", "NODES").node_group = tree
        scene.view_layers[0].update()
        shown = obj.evaluated_get(scene.view_layers[0].depsgraph).data.layers[0].frames[0].drawing
        made = {}
        for number, name in enumerate(names):
            attribute = shown.attributes.get(f"shiage_{number}")
            values = np.zeros(count, np.float32)
            if attribute is not None and len(attribute.data) == count:
                attribute.data.foreach_get("value", values)
            if values.any():
                made[name] = values
        return made
    finally:
        bpy.data.objects.remove(obj)
        bpy.data.scenes.remove(scene)
        blocks.remove(copy)
        bpy.data.node_groups.remove(tree)


def write(drawing: Any, name: str, weights: np.ndarray) -> None:
    """Put the points with a weight above 0 into the group ``name``."""
    inside = np.flatnonzero(weights > 0)
    if len(inside) and can_write(drawing):
        drawing.set_vertex_weights(name, inside.tolist(), weights[inside].tolist())


def _name_attributes(tree: Any, names: list[str]) -> None:
    """A tree that stores the weights of each group as an attribute of the points, by its number."""
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    geometry = tree.nodes.new("NodeGroupInput").outputs[0]
    for number, name in enumerate(names):
        named, store = (
            tree.nodes.new("GeometryNode" + kind) for kind in ("InputNamedAttribute", "StoreNamedAttribute")
        )
        named.data_type = store.data_type = "FLOAT"
        store.domain = "POINT"
        named.inputs["Name"].default_value, store.inputs["Name"].default_value = name, f"shiage_{number}"
        tree.links.new(geometry, store.inputs["Geometry"])
        tree.links.new(named.outputs["Attribute"], store.inputs["Value"])
        geometry = store.outputs[0]
    tree.links.new(geometry, tree.nodes.new("NodeGroupOutput").inputs[0])
