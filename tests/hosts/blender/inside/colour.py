"""Inside Blender: colour a key drawing, let the others be coloured, save, open, and say what is there.

Arguments: the packed add-on, a folder, and "render" to have pictures of all frames there. Prints one line of JSON.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import numpy as np

ZIP, FOLDER, *MORE = addon.arguments()
_, timeline, drawing_module, strokes = addon.begin(ZIP)
Material, Layer = drawing_module.Material, drawing_module.Layer

MATERIALS = [
    Material("Ink", (0, 0, 0, 1)),
    Material("Skin", (0, 0, 0, 1), (0.9, 0.5, 0.4, 1), False, True),
    Material("Coat", (1, 0, 0, 1), (0.1, 0.2, 0.7, 1), True, True),  # shows its line, which fills must not
]


def ring(centre, radius, count=90):
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return centre + radius * np.exp(1j * angle)


def figure(turn, shift):
    """A head, and a body that is a ring: (points, closed) of each."""
    lines = [(ring(3.2j, 0.9), True), (ring(0, 2.0, 160), True), (ring(0.3, 0.8), True)]
    return [(points * np.exp(1j * turn) + shift, closed) for points, closed in lines]


def drawing(lines, material, layer, frame):
    counts = np.array([len(points) for points, _ in lines], np.int32)
    total, many = int(counts.sum()), len(lines)
    columns = {name: drawing_module.empty_column(name, total, many) for name in drawing_module.COLUMNS}
    flat = np.concatenate([points for points, _ in lines])
    columns["points"] = np.stack([flat.real, 0 * flat.real, flat.imag], 1).astype(np.float32)
    columns["radius"] += np.float32(0.02)
    columns["cyclic"] = np.array([closed for _, closed in lines])
    columns["material"] = np.array(material, np.int32)
    columns["fill"] = np.where(columns["material"] > 0, np.arange(many) + 1, 0).astype(np.int32)
    columns["hide_line"] = columns["material"] > 0
    columns["layer"][:] = layer
    layers = [Layer("Paint"), Layer("Lines")]
    return drawing_module.Drawing(counts, columns, MATERIALS, layers, frame, "keyframe", np.eye(4), {}, "Hero")


obj = timeline.new_object("Hero", MATERIALS, bpy.context.scene.collection)
for name in ("Paint", "Lines"):
    timeline.named_layer(obj.data, name)
head, body, hole = figure(0, 0)
band = np.concatenate([body[0], body[0][:1], hole[0][:1], hole[0][::-1], body[0][:0]])  # an artist's own keyhole
inside = [(3.2j + 0.95 * (head[0] - 3.2j), True), (band, True)]
timeline.write(obj.data, drawing(inside, [1, 2], 0, 1), replace=False)
POSES = {1: (0, 0), 5: (0.15, 0.4), 9: (0.4, 0.8)}
for frame, pose in POSES.items():
    timeline.write(obj.data, drawing(figure(*pose), [0, 0, 0], 1, frame), replace=False)
obj.data.layers.active = obj.data.layers[1]
bpy.context.view_layer.objects.active = obj
obj.select_set(True)
bpy.context.scene.frame_set(5)

facts = {"version": bpy.app.version_string}
assert bpy.ops.shiage.connect() == {"FINISHED"}
assert bpy.ops.shiage.run(operation="propagate-colors-strokes") == {"FINISHED"}
try:  # its place is taken, and it says so
    bpy.ops.shiage.run(operation="propagate-colors-strokes")
except RuntimeError as error:
    facts["refusal"] = str(error)
bpy.context.scene.shiage_replace = True
assert bpy.ops.shiage.run(operation="propagate-colors-strokes") == {"FINISHED"}

bpy.context.scene.shiage_replace = False
bpy.context.scene.frame_set(7)  # within the hold of the drawing at 5
assert bpy.ops.shiage.run(operation="flats-strokes") == {"FINISHED"}
bpy.context.scene.frame_set(9)
assert bpy.ops.shiage.run(operation="flats-strokes") == {"FINISHED"}  # where the hold was ended
facts["flats"] = sorted(strokes.keys(timeline.named_layer(obj.data, "Shiage Flats")))
obj.data.layers.remove(timeline.named_layer(obj.data, "Shiage Flats"))

path = str(Path(FOLDER) / "colour.blend")
bpy.ops.wm.save_as_mainfile(filepath=path)
bpy.ops.wm.open_mainfile(filepath=path)
data = bpy.data.objects["Hero"].data
facts["layers"] = [strokes.layer_name(layer) for layer in data.layers]
facts["keys"], facts["areas"], facts["off"] = {}, {}, {}
for index, layer in enumerate(data.layers):
    name = strokes.layer_name(layer)
    facts["keys"][name] = {}
    for number, key in sorted(strokes.keys(layer).items()):
        read = strokes.read(key, index, data)
        facts["keys"][name][str(number)] = len(read.counts)
        if name != "Shiage Colours":
            continue
        lines = np.concatenate([points for points, _ in figure(*POSES[number])]) if number in POSES else None
        for k, (start, end) in enumerate(zip(read.offsets[:-1], read.offsets[1:])):
            flat = read.columns["points"][start:end]
            z = flat[:, 0] + 1j * flat[:, 2]
            after = np.roll(z, -1)
            area = float((z.real * after.imag - z.imag * after.real).sum() / 2)
            material = data.materials[int(read.columns["material"][k])].name
            sizes = facts["areas"].setdefault(str(number), {})
            sizes[material] = sizes.get(material, 0) + area
            facts["off"][str(number)] = max(
                facts["off"].get(str(number), 0), float(abs(z[:, None] - lines[None]).min(1).max())
            )

if MORE == ["render"]:
    settings = bpy.context.scene
    settings.render.engine = "BLENDER_WORKBENCH"
    settings.view_settings.view_transform = "Standard"
    settings.render.resolution_x, settings.render.resolution_y = 480, 480
    settings.render.film_transparent = False
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 9
    camera.location, camera.rotation_euler = (0.4, -9, 1), (np.pi / 2, 0, 0)
    settings.collection.objects.link(camera)
    settings.camera = camera
    world = bpy.data.worlds.new("World")
    world.color = (1, 1, 1)
    settings.world = world
    for frame in POSES:
        settings.frame_set(frame)
        settings.render.filepath = str(Path(FOLDER) / f"frame{frame}.png")
        bpy.ops.render.render(write_still=True)
addon.tell(facts)
