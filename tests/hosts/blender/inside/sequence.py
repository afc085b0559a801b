"""Inside Blender: drawings between the pictures of an image sequence on a plane.

Arguments: the packed add-on, a folder with walk.0001.png ... Prints one line of JSON.
"""

import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy

ZIP, FOLDER, *MORE = addon.arguments()
package, *_ = addon.begin(ZIP)

pictures = import_module(package + ".host.pictures")
folder = Path(FOLDER)
scene = bpy.context.scene
scene.frame_start, scene.frame_end = 1, 12
scene.render.fps = 24
facts = {"version": bpy.app.version_string}
assert bpy.ops.shiage.connect() == {"FINISHED"}


def refused():
    try:
        bpy.ops.shiage.run(operation="inbetween")
    except RuntimeError as error:
        return str(error)


facts["without_plane"] = refused()
mesh = bpy.data.meshes.new("walk")
mesh.from_pydata([(0, 0, 0), (4, 0, 0), (4, 0, 3), (0, 0, 3)], [], [(0, 1, 2, 3)])
uv = mesh.uv_layers.new()
for loop, place in zip(uv.data, ((0, 0), (1, 0), (1, 1), (0, 1))):  # Blender's own collection
    loop.uv = place
image = bpy.data.images.load(str(folder / "walk.0001.png"))
mesh.materials.append(pictures._material(image))
plane = bpy.data.objects.new("walk", mesh)
scene.collection.objects.link(plane)
pictures.as_sequence(image, plane, 1, 9)
bpy.context.view_layer.objects.active = plane
facts["unsaved"] = refused()
bpy.ops.wm.save_as_mainfile(filepath=str(folder / "walk.blend"))
settings = scene.shiage_inbetween
settings.exposure = 2
settings.timing = "ease-in"
settings.method = "areas"
assert bpy.ops.shiage.run(operation="inbetween") == {"FINISHED"}
made = bpy.data.objects["walk In-between"]
node = made.data.materials[0].node_tree.nodes.active
user = node.image_user
facts["span"] = [user.frame_start, user.frame_duration, user.frame_offset]
facts["file"] = bpy.path.abspath(node.image.filepath)
facts["source"] = node.image.source
facts["corners"] = [list(vertex.co) for vertex in made.data.vertices] == [list(vertex.co) for vertex in mesh.vertices]
facts["given"] = [plane.hide_render, plane.data.materials[0].node_tree.nodes.active.image.name]
facts["objects"] = len(bpy.data.objects)
bpy.ops.wm.save_as_mainfile(filepath=str(folder / "walk.blend"))
if MORE == ["render"]:
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    camera.location, camera.rotation_euler = (2, -8, 1.5), (1.5708, 0, 0)
    camera.data.type, camera.data.ortho_scale = "ORTHO", 4.2
    scene.camera = camera
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 400, 300
    for frame in (1, 3, 5, 7, 9):
        scene.frame_set(frame)
        scene.render.filepath = str(folder / f"seen{frame}.png")
        bpy.ops.render.render(write_still=True)
addon.tell(facts)
