"""Inside Blender: key drawings from arrays onto the timeline, and keys back into arrays, by the add-on's own host."""

import importlib

import bpy
import numpy as np


def host(package: str):
    """The add-on's modules ``timeline`` and ``drawing``."""
    return importlib.import_module(package + ".host.timeline"), importlib.import_module(package + ".host.drawing")


def key(drawing_module, arrays, prefix: str, frame: int):
    """A drawing of the arrays PREFIX_points (n, 2), PREFIX_counts and PREFIX_cyclic in the front plane."""
    counts = arrays[prefix + "_counts"].astype(np.int32)
    total, many = int(counts.sum()), len(counts)
    columns = {name: drawing_module.empty_column(name, total, many) for name in drawing_module.COLUMNS}
    flat = arrays[prefix + "_points"]
    columns["points"] = np.stack([flat[:, 0], 0 * flat[:, 0], flat[:, 1]], 1).astype(np.float32)
    columns["cyclic"] = arrays[prefix + "_cyclic"].astype(np.bool_)
    materials = [drawing_module.Material("Ink", (0.05, 0.05, 0.3, 1.0))]
    return drawing_module.Drawing(
        counts, columns, materials, [drawing_module.Layer("Lines")], frame, "keyframe", np.eye(4), {}, "Hero"
    )


def build(timeline, drawing_module, arrays, frames=(1, 9)):
    """An object with both keys, active, the playhead between them."""
    first = key(drawing_module, arrays, "first", frames[0])
    obj = timeline.new_object("Hero", first.materials, bpy.context.scene.collection)
    layer = timeline.named_layer(obj.data, "Lines")
    timeline.write(obj.data, first, replace=False)
    timeline.write(obj.data, key(drawing_module, arrays, "second", frames[1]), replace=False)
    obj.data.layers.active = layer
    bpy.context.view_layer.objects.active = obj
    obj.select_set(True)
    bpy.context.scene.frame_set((frames[0] + frames[1]) // 2)
    return obj
