"""Inside Blender: a rough drawing on two frames becomes clean lines, saved and read again.

Arguments: the packed add-on, a folder, and "render" to have pictures of both there. Prints one line of JSON.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import numpy as np

ZIP, FOLDER, *MORE = addon.arguments()
_, timeline, drawing_module, strokes = addon.begin(ZIP)
MATERIALS = [drawing_module.Material("Pencil", (0.1, 0.1, 0.2, 1))]
PASSES = 3


def meant(shift):
    """A head, and a body of four sides: what the hand searches for, as points on the complex plane."""
    turn = np.linspace(0, 2 * np.pi, 200)
    corners = np.array([-1.5 - 2j, 1.5 - 2j, 1.2 + 1.4j, -1.2 + 1.4j, -1.5 - 2j])
    body = np.interp(np.linspace(0, 4, 240), np.arange(5), corners.real)
    body = body + 1j * np.interp(np.linspace(0, 4, 240), np.arange(5), corners.imag)
    return [3j + np.exp(1j * turn) + shift, body + shift]


def searched(shift):
    """Each line in three trembling passes of several strokes that overlap."""
    random = np.random.default_rng(3)
    made = []
    for line in meant(shift):
        sway = random.normal(0, 0.025, (PASSES, 2))
        sway -= sway.mean(0)
        for x, y in sway:
            for first in range(0, len(line) - 1, 60):
                made.append(line[max(0, first - 6) : first + 66] + x + 1j * y)
    return made


def drawing(lines, frame):
    counts = np.array([len(points) for points in lines], np.int32)
    columns = {name: drawing_module.empty_column(name, counts.sum(), len(counts)) for name in drawing_module.COLUMNS}
    flat = np.concatenate(lines)
    columns["points"] = np.stack([flat.real, 0 * flat.real, flat.imag], 1).astype(np.float32)
    columns["radius"] += np.float32(0.02)
    layers = [drawing_module.Layer("Rough")]
    return drawing_module.Drawing(counts, columns, MATERIALS, layers, frame, "keyframe", np.eye(4), {}, "Hero")


SHIFTS = {1: 0, 5: 0.6}
obj = timeline.new_object("Hero", MATERIALS, bpy.context.scene.collection)
obj.data.layers.active = timeline.named_layer(obj.data, "Rough")
for frame, shift in SHIFTS.items():
    timeline.write(obj.data, drawing(searched(shift), frame), replace=False)
bpy.context.view_layer.objects.active = obj
obj.select_set(True)
facts = {"version": bpy.app.version_string, "strokes": {}, "points": {}, "off": {}, "missed": {}, "wide": {}}
assert bpy.ops.shiage.connect() == {"FINISHED"}
for frame in SHIFTS:
    bpy.context.scene.frame_set(frame)
    assert bpy.ops.shiage.run(operation="clean-up-strokes") == {"FINISHED"}
path = str(Path(FOLDER) / "clean.blend")
bpy.ops.wm.save_as_mainfile(filepath=path)
bpy.ops.wm.open_mainfile(filepath=path)
obj = bpy.data.objects["Hero"]
facts["layers"] = [strokes.layer_name(layer) for layer in obj.data.layers]
for index, layer in enumerate(obj.data.layers):
    for number, key in sorted(strokes.keys(layer).items()):
        read = strokes.read(key, index, obj.data)
        name = strokes.layer_name(layer)
        facts["strokes"].setdefault(name, {})[str(number)] = len(read.counts)
        facts["points"].setdefault(name, {})[str(number)] = int(read.counts.sum())
        if name == "Rough":
            continue
        places = read.columns["points"]
        assert abs(places[:, 1]).max() < 1e-4  # in the drawing's own plane
        true = np.concatenate(meant(SHIFTS[number]))
        # A line's points are few, so that what they miss is told from the lines between them.
        told = np.concatenate(
            [
                a + (b - a) * np.linspace(0, 1, 40)
                for first, last in zip(read.offsets[:-1], read.offsets[1:])
                for a, b in zip(
                    (places[first:last, 0] + 1j * places[first:last, 2])[:-1],
                    (places[first:last, 0] + 1j * places[first:last, 2])[1:],
                )
            ]
        )
        away = abs(told[:, None] - true[None])
        facts["off"][str(number)] = float(away.min(1).mean())
        facts["missed"][str(number)] = float(np.quantile(away.min(0), 0.95))
        facts["wide"][str(number)] = float(np.median(read.columns["radius"]))
        facts["material"] = obj.data.materials[int(read.columns["material"][0])].name

if MORE == ["render"]:
    settings = bpy.context.scene
    settings.render.engine = "BLENDER_WORKBENCH"
    settings.view_settings.view_transform = "Standard"
    settings.render.resolution_x, settings.render.resolution_y = 600, 600
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 7
    camera.location, camera.rotation_euler = (0.3, -9, 1), (np.pi / 2, 0, 0)
    settings.collection.objects.link(camera)
    settings.camera = camera
    world = bpy.data.worlds.new("World")
    world.color = (1, 1, 1)
    settings.world = world
    settings.frame_set(1)
    for name in facts["layers"]:
        for layer in obj.data.layers:
            layer.hide = strokes.layer_name(layer) != name
        settings.render.filepath = str(Path(FOLDER) / f"{name.split()[-1]}.png")
        bpy.ops.render.render(write_still=True)
addon.tell(facts)
