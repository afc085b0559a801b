"""Inside Blender: pictures seen by the camera, several drawings at once, in files and in the sequencer; and a light that
is dragged.

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
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

ZIP, FOLDER = addon.arguments()
package, timeline, drawing_module, strokes = addon.begin(ZIP)
settings = bpy.context.scene
facts = {"version": bpy.app.version_string}
hero = figures.figure(timeline, drawing_module, "Hero", False, ((1, 0), (4, 0.8)))
hero.location, hero.rotation_euler, hero.scale = (0.3, 0.2, 0.1), (0, 0, 0.3), (1.2, 1.2, 1.2)
bpy.context.view_layer.objects.active = hero
settings.frame_set(3)
settings.frame_end = 6
assert bpy.ops.shiage.connect() == {"FINISHED"}


def said_by(operation):
    try:
        bpy.ops.shiage.run(operation=operation)
    except RuntimeError as error:
        return str(error)
    return ""


def made_by(operation):
    before = set(bpy.data.objects.keys())
    assert bpy.ops.shiage.run(operation=operation) == {"FINISHED"}
    return [bpy.data.objects[name] for name in sorted(set(bpy.data.objects.keys()) - before)]


def pixels_of(image):
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, 4)


def image_on(plane):
    return plane.data.materials[0].node_tree.nodes.active.image


# As the camera sees it
settings.shiage_view = "CAMERA"
facts["no_camera"] = said_by("flats")
camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
camera.location, camera.rotation_euler = (-4, -14, 3), (1.5, 0.05, -0.25)
camera.data.lens, camera.data.shift_x = 40, 0.05
settings.collection.objects.link(camera)
settings.camera = camera
settings.render.resolution_x, settings.render.resolution_y, settings.render.resolution_percentage = 800, 600, 50
bpy.context.view_layer.update()
(plane,) = made_by("flats")
bpy.context.view_layer.update()
facts["parent"], facts["camera_size"] = plane.parent.name, list(image_on(plane).size)
corners = [world_to_camera_view(settings, camera, plane.matrix_world @ vertex.co) for vertex in plane.data.vertices]
facts["corners"] = [[round(corner.x, 3), round(corner.y, 3)] for corner in corners]
farthest = max(
    world_to_camera_view(settings, camera, hero.matrix_world @ Vector(place)).z for place in ((2, 0, 0), (-2, 0, 0))
)
facts["behind"] = [corners[0].z > farthest, corners[0].z < farthest * 1.1]
picture = pixels_of(image_on(plane))


def alpha_at(point):
    """Where a point of the drawing is seen."""
    spot = world_to_camera_view(settings, camera, hero.matrix_world @ Vector((point.real, 0, point.imag)))
    return float(picture[int(spot.y * 300), int(spot.x * 400), 3])


angles = np.exp(2j * np.pi * np.arange(12) / 12)
facts["inside"] = min(alpha_at(centre + radius * a) for a in angles for centre, radius in ((3j, 0.9), (0, 1.9)))
facts["outside"] = max(alpha_at(centre + radius * a) for a in angles[:5] for centre, radius in ((3j, 1.15),))
camera.location.y = 30  # it looks the other way
bpy.context.view_layer.update()
facts["behind_camera"] = said_by("flats")
camera.location.y = -14

# All drawings, as files
settings.shiage_view, settings.shiage_pixels = "PLANE", 300
settings.shiage_frames = "ALL"
facts["planes_of_all"] = said_by("flats")
settings.shiage_place = "SEQUENCE"
facts["unsaved"] = said_by("flats")
bpy.ops.wm.save_as_mainfile(filepath=str(Path(FOLDER) / "placing.blend"))
timeline.end_hold(hero.data, hero.data.layers[0], 3)  # nothing stands here
(plane,) = made_by("flats")
strokes.remove(hero.data.layers[0], 3)
files = sorted(Path(FOLDER).rglob("*.png"))
facts["files"] = [str(file.relative_to(FOLDER)) for file in files]
data = [file.read_bytes() for file in files]
facts["held"] = [[data[k] == data[one] for k in range(6)] for one in (0, 3)]
something, nothing = (bpy.data.images.load(str(files[k])) for k in (0, 2))
facts["nothing"] = [float(pixels_of(nothing).max()), list(nothing.size) == list(something.size)]
image = image_on(plane)
user = plane.data.materials[0].node_tree.nodes.active.image_user
facts["sequence"] = [image.source, user.frame_start, user.frame_duration, user.frame_offset]
facts["relative"] = image.filepath
settings.shiage_place = "STRIPS"
bpy.context.view_layer.objects.active = figures.figure(timeline, drawing_module, "Painted", True, ((1, 0), (4, 0.8)))
facts["no_planes"] = len(made_by("relight"))
editor = settings.sequence_editor
strips = editor.strips if hasattr(editor, "strips") else editor.sequences
facts["strips"] = sorted(
    [s.channel, s.frame_final_start, s.frame_final_end, s.blend_type, bool(s.mute)] for s in strips
)
facts["frame"] = settings.frame_current

# A light is dragged
settings.frame_set(1)
settings.shiage_frames, settings.shiage_place = "CURRENT", "PLANE"
painted = bpy.context.view_layer.objects.active
count = len(bpy.data.objects)
look = import_module(package + ".ui.look")
group = settings.shiage_relight
group.preset = [item.identifier for item in group.bl_rna.properties["preset"].enum_items][1]
assert bpy.ops.shiage.look(operation="relight") == {"FINISHED"}
session = look.running()
empty = bpy.context.view_layer.objects.active
facts["empty"] = [empty.type, empty.name]


def seen_after(*location):
    if location:
        empty.location = location
    assert session.step(settings)
    session.looks.wait()
    assert session.step(settings)
    assert not session.problem, session.problem
    return pixels_of(bpy.data.objects[session.picture].data).copy()


first = seen_after()
left = seen_after(-2.24, 0, 1)
facts["left"] = [round(group.light_x, 2), round(group.light_y, 2), group.preset]
right = seen_after(2.24, 0, 4.24)
facts["right"] = [round(group.light_x, 2), round(group.light_y, 2)]
width = first.shape[1]
body = slice(int(0.2 * first.shape[0]), int(0.5 * first.shape[0]))
sides = [
    [float(picture[body, a:b, :3].sum()) for a, b in ((int(0.1 * width), width // 2), (width // 2, int(0.9 * width)))]
    for picture in (left, right)
]
facts["brighter"] = [sides[0][0] > sides[0][1], sides[1][1] > sides[1][0]]
group.light_x = 0
seen_after()
facts["empty_follows"] = round(empty.location.x, 3)
group.more_lights = "nonsense"
session.step(settings)
session.looks.wait()
facts["problem"] = session.problem
group.more_lights = ""
seen_after()
facts["looks"] = session.looks.count
assert bpy.ops.shiage.run(operation="relight") == {"FINISHED"}  # also while the empty is active; it ends the looks
facts["over"] = look.running() is None
facts["left_over"] = [o.name for o in bpy.data.objects if o.name.startswith("Shiage ")]
finished = [o for o in bpy.data.objects if o.type == "MESH" and o.name.startswith("Relight")]
facts["before_the_fills"] = [o.data.vertices[0].co.y < 0 for o in finished if not o.hide_render]

# Strokes that are found in a picture come back where it was taken, in the drawing's plane and from the camera's view
bpy.context.view_layer.objects.active = hero
settings.frame_set(2)
facts["found"] = {}
for seen in ("PLANE", "CAMERA"):
    settings.shiage_view, settings.shiage_replace = seen, True
    before = len(bpy.data.objects)
    assert bpy.ops.shiage.run(operation="frame") == {"FINISHED"}
    assert len(bpy.data.objects) == before
    index = [strokes.layer_name(layer) for layer in hero.data.layers].index("Shiage Frame")
    keys = strokes.keys(hero.data.layers[index])
    read = strokes.read(keys[1], index, hero.data)
    corners = [
        [round(part, 3) for part in world_to_camera_view(settings, camera, hero.matrix_world @ Vector(point))[:2]]
        for point in read.columns["points"].tolist()
    ]
    facts["found"][seen] = [sorted(keys), read.columns["points"].tolist(), corners, read.columns["radius"].tolist()]
key = strokes.keys(hero.data.layers[0])[1]
drawn = strokes.read(key, 0, hero.data)
spots = [
    world_to_camera_view(settings, camera, hero.matrix_world @ Vector(p)) for p in drawn.columns["points"].tolist()
]
facts["seen_box"] = [min(s.x for s in spots), min(s.y for s in spots), max(s.x for s in spots), max(s.y for s in spots)]
addon.tell(facts)
