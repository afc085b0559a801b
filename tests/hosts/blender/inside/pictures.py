"""Inside Blender: operations on pictures with a drawing of strokes; their results on planes behind it.

Arguments: the packed add-on, a folder. Prints one line of JSON.
"""

import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import figures
import numpy as np

ZIP, FOLDER = addon.arguments()
package, timeline, drawing_module, _ = addon.begin(ZIP)
design = figures.figure(timeline, drawing_module, "Design", True)
obj = figures.figure(timeline, drawing_module, "Hero", False)
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
    made = sorted(set(bpy.data.objects.keys()) - before)
    facts["planes"][operation] = [name for name in made if not bpy.data.objects[name].hide_render]
    facts.setdefault("hidden", {})[operation] = [name for name in made if bpy.data.objects[name].hide_render]
    plane = bpy.data.objects[facts["planes"][operation][0]]
    facts.setdefault("depth", {})[operation] = plane.data.vertices[0].co.y
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
addon.tell(facts)
