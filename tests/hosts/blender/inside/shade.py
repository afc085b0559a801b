"""Inside Blender: a coloured drawing is lit, and its cel shadows come as fills on the timeline.

Arguments: the packed add-on, a folder, and "render" to have a picture there. Prints one line of JSON.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import figures
import numpy as np

ZIP, FOLDER, *MORE = addon.arguments()
_, timeline, drawing_module, strokes = addon.begin(ZIP)
obj = figures.figure(timeline, drawing_module, "Hero", True)
bpy.context.view_layer.objects.active = obj
obj.select_set(True)
bpy.context.scene.frame_set(1)
assert bpy.ops.shiage.connect() == {"FINISHED"}
bpy.context.scene.shiage_pixels = 400
chosen = bpy.context.scene.shiage_relight
chosen.style, chosen.light_x, chosen.light_y, chosen.shadow_strokes = "cel", -1.0, -0.2, True
before = set(bpy.data.objects.keys())
assert bpy.ops.shiage.run(operation="relight") == {"FINISHED"}
facts = {"version": bpy.app.version_string, "planes": len(set(bpy.data.objects.keys()) - before), "fills": []}
index = next(k for k, layer in enumerate(obj.data.layers) if strokes.layer_name(layer) == "Shiage Relight")
keys = strokes.keys(obj.data.layers[index])
facts["frames"] = sorted(keys)
read = strokes.read(keys[1], index, obj.data)
shown = [obj.data.materials[int(k)] for k in read.columns["material"]]
facts["lines_hidden"] = all(not material.grease_pencil.show_stroke for material in shown)
for material, start, end in zip(shown, read.offsets[:-1], read.offsets[1:]):
    flat = read.columns["points"][start:end]
    z = flat[:, 0] + 1j * flat[:, 2]
    after = np.roll(z, -1)
    turn = z.real * after.imag - z.imag * after.real
    area = float(turn.sum() / 2)
    middle = float(((z.real + after.real) * turn).sum() / (6 * area)) if area else 0.0
    red, _, blue, _ = material.grease_pencil.fill_color
    facts["fills"].append({"area": abs(area), "x": middle, "r": red, "b": blue})
if MORE == ["render"]:
    settings = bpy.context.scene
    settings.render.engine = "BLENDER_WORKBENCH"
    settings.view_settings.view_transform = "Standard"
    settings.render.resolution_x, settings.render.resolution_y = 480, 600
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 7.5
    camera.location, camera.rotation_euler = (0, -9, 1), (np.pi / 2, 0, 0)
    settings.collection.objects.link(camera)
    settings.camera = camera
    world = bpy.data.worlds.new("World")
    world.color = (1, 1, 1)
    settings.world = world
    settings.render.filepath = str(Path(FOLDER) / "shade.png")
    bpy.ops.render.render(write_still=True)
addon.tell(facts)
