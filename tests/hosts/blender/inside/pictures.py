"""Inside Blender: operations on pictures with a drawing of strokes; their results on planes behind it.

Arguments: the packed add-on, a folder. Prints one line of JSON.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import numpy as np
import scene

ZIP, FOLDER = addon.arguments()
bpy.ops.wm.read_factory_settings(use_empty=True)
package = addon.switch_on(ZIP).__name__
timeline, drawing_module = scene.host(package)
Material, Layer = drawing_module.Material, drawing_module.Layer
MATERIALS = [
    Material("Ink", (0, 0, 0, 1)),
    Material("Red", (0, 0, 0, 1), (0.8, 0.1, 0.1, 1), False, True),
    Material("Blue", (0, 0, 0, 1), (0.1, 0.2, 0.8, 1), False, True),
]


def figure(name, filled):
    """A head on a body; with fills if ``filled``."""
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    rings = [(3j + np.exp(1j * angle), 1), (2 * np.exp(1j * angle), 2)]
    kinds = [(0.97 * (ring - ring.mean()) + ring.mean(), kind) for ring, kind in rings if filled]
    strokes = kinds + [(ring, 0) for ring, _ in rings]
    counts = np.array([len(points) for points, _ in strokes], np.int32)
    columns = {key: drawing_module.empty_column(key, counts.sum(), len(counts)) for key in drawing_module.COLUMNS}
    flat = np.concatenate([points for points, _ in strokes])
    columns["points"] = np.stack([flat.real, 0 * flat.real, flat.imag], 1).astype(np.float32)
    columns["radius"] += np.float32(0.02)
    columns["cyclic"][:] = True
    columns["material"] = np.array([kind for _, kind in strokes], np.int32)
    columns["fill"] = np.where(columns["material"] > 0, np.arange(len(counts)) + 1, 0).astype(np.int32)
    columns["hide_line"] = columns["material"] > 0
    drawing = drawing_module.Drawing(counts, columns, MATERIALS, [Layer("Lines")], 1, "keyframe", np.eye(4), {}, name)
    obj = timeline.new_object(name, MATERIALS, bpy.context.scene.collection)
    obj.data.layers.active = timeline.named_layer(obj.data, "Lines")
    timeline.write(obj.data, drawing, replace=False)
    return obj


design = figure("Design", True)
obj = figure("Hero", False)
bpy.context.view_layer.objects.active = obj
bpy.context.scene.frame_set(3)
facts = {"version": bpy.app.version_string, "planes": {}}
assert bpy.ops.shiage.connect() == {"FINISHED"}
settings = bpy.context.scene
settings.shiage_pixels = 400
settings.shiage_operation = "transfer-palette"
try:
    bpy.ops.shiage.run(operation="transfer-palette")
except RuntimeError as error:
    facts["without_design"] = str(error)
settings.shiage_design_object = design
for operation in ("flats", "transfer-palette", "relight"):
    before = set(bpy.data.objects.keys())
    if operation == "relight":
        bpy.context.view_layer.objects.active = design
    assert bpy.ops.shiage.run(operation=operation) == {"FINISHED"}
    facts["planes"][operation] = sorted(set(bpy.data.objects.keys()) - before)
    plane = bpy.data.objects[facts["planes"][operation][0]]
    facts.setdefault("boxes", {})[operation] = [[round(x, 3) for x in corner] for corner in plane.bound_box]
    image = plane.data.materials[0].node_tree.nodes.active.image
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(height, width, 4)
    facts.setdefault("head", {})[operation] = pixels[int(height * 0.86), width // 2].tolist()
    facts.setdefault("body", {})[operation] = pixels[int(height * 0.35), width // 2].tolist()
    facts.setdefault("size", {})[operation] = [width, height]
bpy.ops.wm.save_as_mainfile(filepath=str(Path(FOLDER) / "pictures.blend"))
assert import_module(package + ".ui.panel")
print("FACTS " + json.dumps(facts))
