"""Objects and bones that layers of a Grease Pencil hang on."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np


def owner_of(data: Any) -> bpy.types.Object | None:
    """The object that shows ``data``: the active one, where several do."""
    active = bpy.context.view_layer.objects.active
    if active is not None and active.data == data:
        return active
    return next((obj for obj in bpy.data.objects if obj.data == data), None)


def carried(layer: Any, inverse: Any, on_bone: bool) -> np.ndarray:
    """(4, 4) where a layer's parent carries it, in the space of the layer's object. ``inverse``: the parent's,
    from when it became one; ``on_bone``: the layer hangs on one of the parent's bones."""
    owner, parent = owner_of(layer.id_data), layer.parent
    if owner is None or parent is None:
        return np.eye(4)
    place = np.array(parent.matrix_world, np.float64)
    bone = parent.pose.bones.get(layer.parent_bone) if on_bone and parent.pose is not None else None
    if bone is not None:
        place = place @ np.array(bone.matrix, np.float64)
    try:
        return np.linalg.inv(np.array(owner.matrix_world, np.float64)) @ place @ np.array(inverse, np.float64)
    except np.linalg.LinAlgError:  # the object is scaled to nothing, and nothing of it is seen
        return np.eye(4)
