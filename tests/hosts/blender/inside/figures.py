"""Inside Blender: a figure of a head on a body, with fills or without, for scripts that need one."""

import bpy
import numpy as np

HEAD, BODY = 3j, 0j


def figure(timeline, drawing_module, name, filled, keys=((1, 0),)):
    """An object with a drawing for each of ``keys``: (frame, shift)."""
    materials = [
        drawing_module.Material("Ink", (0, 0, 0, 1)),
        drawing_module.Material("Red", (0, 0, 0, 1), (0.8, 0.1, 0.1, 1), False, True),
        drawing_module.Material("Blue", (0, 0, 0, 1), (0.1, 0.2, 0.8, 1), False, True),
    ]
    obj = timeline.new_object(name, materials, bpy.context.scene.collection)
    obj.data.layers.active = timeline.named_layer(obj.data, "Lines")
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    rings = [(HEAD + np.exp(1j * angle), 1), (BODY + 2 * np.exp(1j * angle), 2)]
    kinds = [(0.97 * (ring - ring.mean()) + ring.mean(), kind) for ring, kind in rings if filled]
    strokes = kinds + [(ring, 0) for ring, _ in rings]
    counts = np.array([len(points) for points, _ in strokes], np.int32)
    for frame, shift in keys:
        columns = {key: drawing_module.empty_column(key, counts.sum(), len(counts)) for key in drawing_module.COLUMNS}
        flat = np.concatenate([points for points, _ in strokes]) + shift
        columns["points"] = np.stack([flat.real, 0 * flat.real, flat.imag], 1).astype(np.float32)
        columns["radius"] += np.float32(0.02)
        columns["cyclic"][:] = True
        columns["material"] = np.array([kind for _, kind in strokes], np.int32)
        columns["fill"] = np.where(columns["material"] > 0, np.arange(len(counts)) + 1, 0).astype(np.int32)
        columns["hide_line"] = columns["material"] > 0
        drawing = drawing_module.Drawing(
            counts, columns, materials, [drawing_module.Layer("Lines")], frame, "keyframe", np.eye(4), {}, name
        )
        timeline.write(obj.data, drawing, replace=False)
    return obj
