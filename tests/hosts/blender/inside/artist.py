"""Inside Blender: what artists' files have beside plain strokes: rigs, curves, groups, parents, slots of all sorts.

Arguments: the packed add-on, a folder. Prints one line of JSON.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import figures
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

ZIP, FOLDER = addon.arguments()
_, timeline, drawing_module, strokes = addon.begin(ZIP)
LEGACY = bpy.app.version < (4, 3, 0)
settings = bpy.context.scene
facts = {"version": bpy.app.version_string}
assert bpy.ops.shiage.connect() == {"FINISHED"}
settings.shiage_inbetween_strokes.exposure = 4


def hero(keys=((1, 0), (9, 0.5)), filled=False):
    """A figure with two keys, active, the playhead between them; nothing else in the scene."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    made = figures.figure(timeline, drawing_module, "Hero", filled, keys)
    bpy.context.view_layer.objects.active = made
    made.select_set(True)
    settings.frame_set(keys[0][0] + 4)
    return made


def layer_of(obj, name):
    return next(layer for layer in obj.data.layers if strokes.layer_name(layer) == name)


def drawn(obj, frame, layer="Lines", **more):
    index = [strokes.layer_name(one) for one in obj.data.layers].index(layer)
    return strokes.read(strokes.keys(obj.data.layers[index])[frame], index, obj.data, **more)


def run(operation):
    assert bpy.ops.shiage.run(operation=operation) == {"FINISHED"}


# A rig: points in two groups, by how far right they are; a third group with no point
def rigged():
    obj = hero()
    names = ("Left", "Arm.R", "Nothing")
    for name in names:
        obj.vertex_groups.new(name=name)
    layer = layer_of(obj, "Lines")
    for key in strokes.keys(layer).values():
        places = strokes.read(key, 0, obj.data).columns["points"]
        for name, weights in zip(names, weights_at(places)):
            if LEGACY:
                place = iter(weights.tolist())
                for stroke in key.strokes:
                    for k in range(len(stroke.points)):
                        group, value = names.index(name), next(place)
                        if value > 0:
                            stroke.points.weight_set(vertex_group_index=group, point_index=k, weight=value)
            else:
                inside = np.flatnonzero(weights > 0)
                key.drawing.set_vertex_weights(name, inside.tolist(), weights[inside].tolist())
    run("inbetween-strokes")
    return obj


def weights_at(places):
    share = np.clip((places[:, 0] - places[:, 0].min()) / np.ptp(places[:, 0]), 0, 1).astype(np.float32)
    return np.where(share < 0.5, 1 - share, 0), share


scenes, trees = len(bpy.data.scenes), len(bpy.data.node_groups)
obj = rigged()
facts["left_behind"] = [len(bpy.data.scenes) - scenes, len(bpy.data.node_groups) - trees]
made = drawn(obj, 5, with_weights=True)
facts["weight_names"] = sorted(name.split(" ", 1)[1] for name in made.extra if name.startswith("shiage_weight "))
facts["weights_off"] = [
    float(abs(made.extra["shiage_weight " + name][1] - wanted).max())
    for name, wanted in zip(("Left", "Arm.R"), weights_at(made.columns["points"]))
    if "shiage_weight " + name in made.extra
]
run("flats-strokes")
made = drawn(obj, 5, "Shiage Flats", with_weights=True)
facts["fills_off"] = [
    float(abs(made.extra["shiage_weight " + name][1] - wanted).mean())
    for name, wanted in zip(("Left", "Arm.R"), weights_at(made.columns["points"]))
]
# ... and the armature really takes the drawing between along
bones = bpy.data.armatures.new("Bones")
rig = bpy.data.objects.new("Rig", bones)
settings.collection.objects.link(rig)
bpy.context.view_layer.objects.active = rig
bpy.ops.object.mode_set(mode="EDIT")
bone = bones.edit_bones.new("Arm.R")
bone.head, bone.tail = (0, 0, 0), (0, 0, 1)
bpy.ops.object.mode_set(mode="OBJECT")
if LEGACY:
    modifier = obj.grease_pencil_modifiers.new("Rig", "GP_ARMATURE")
else:
    modifier = obj.modifiers.new("Rig", "GREASE_PENCIL_ARMATURE")
modifier.object = rig
rig.pose.bones["Arm.R"].location = (0, 5, 0)  # along the bone: up
settings.frame_set(5)
bpy.context.view_layer.update()
facts["armature_moves"] = []
for name in ("Lines", "Shiage Flats"):
    shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.layers
    layer = next(one for one in shown if strokes.layer_name(one) == name)
    if LEGACY:
        moved = [point.co for stroke in layer.active_frame.strokes for point in stroke.points]
    else:
        moved = [point.position for stroke in layer.current_frame().drawing.strokes for point in stroke.points]
    up = np.array(moved)[:, 2] - drawn(obj, 5, name).columns["points"][:, 2]
    facts["armature_moves"].append(float(up.max()))


# Slots: linked to the object, empty, twice the same, and strokes that name a slot that is not there
def materials_between(prepare):
    obj = hero()
    for number in (1, 9):
        key = strokes.keys(layer_of(obj, "Lines"))[number]
        drawing = strokes.read(key, 0, obj.data)
        drawing.columns["material"] = np.array([3, 1], np.int32)
        drawing.layers, drawing.frame = [drawing_module.Layer("Lines")], number
        strokes.remove(layer_of(obj, "Lines"), number)
        strokes.write(obj.data, layer_of(obj, "Lines"), number, drawing)
    obj.data.materials.append(bpy.data.materials["Ink"].copy())
    prepare(obj)
    before = [slot.material.name if slot.material else "" for slot in obj.material_slots]
    run("inbetween-strokes")
    after = [slot.material.name if slot.material else "" for slot in obj.material_slots]
    return [drawn(obj, 5).columns["material"].tolist(), before == after]


def linked(obj):
    for slot in obj.material_slots:
        material, slot.link = slot.material, "OBJECT"
        slot.material = material
    for index in range(len(obj.data.materials)):
        obj.data.materials[index] = None


def emptied(obj):
    for index in (0, 1, 3):
        obj.data.materials[index] = None


def doubled(obj):
    for index in (1, 2, 3):
        obj.data.materials[index] = obj.data.materials[0]


facts["materials"] = {
    change.__name__: materials_between(change)
    for change in (linked, emptied, doubled, lambda obj: obj.data.materials.clear())
}

# Curves of other kinds than straight lines
if not LEGACY:

    def put(drawing, name, kind, domain, values):
        attribute = drawing.attributes.get(name) or drawing.attributes.new(name, kind, domain)
        prop = "vector" if kind == "FLOAT_VECTOR" else "value"
        attribute.data.foreach_set(prop, np.asarray(values, np.float32 if "FLOAT" in kind else np.int32).ravel())

    def curve(obj, number, kind, centre):
        """A closed one of four points at a distance of 2 from ``centre``, a circle where it is a Bezier."""
        layer = layer_of(obj, "Lines")
        strokes.remove(layer, number)
        drawing = layer.frames.new(number).drawing
        drawing.add_strokes([4])
        drawing.set_types(type=kind)
        spots = np.array([(2, 0, 0), (0, 0, 2), (-2, 0, 0), (0, 0, -2)]) + (centre, 0, 0)
        along = np.array([(0, 0, 1), (-1, 0, 0), (0, 0, -1), (1, 0, 0)]) * 1.10457
        put(drawing, "position", "FLOAT_VECTOR", "POINT", spots)
        if kind == "BEZIER":
            put(drawing, "handle_left", "FLOAT_VECTOR", "POINT", spots - along)
            put(drawing, "handle_right", "FLOAT_VECTOR", "POINT", spots + along)
        put(drawing, "radius", "FLOAT", "POINT", [0.02] * 4)
        put(drawing, "cyclic", "BOOLEAN", "CURVE", [1])
        drawing.tag_positions_changed()
        return drawing

    facts["curves"] = {}
    for kind in ("BEZIER", "CATMULL_ROM", "NURBS", "POLY"):
        obj = hero()
        curve(obj, 1, kind, 0.0)
        curve(obj, 9, kind, 1.0)
        run("inbetween-strokes")
        places = drawn(obj, 5).columns["points"]
        away = np.hypot(places[:, 0] - 0.5, places[:, 2])
        key = strokes.keys(layer_of(obj, "Lines"))[5]
        settings.frame_set(1)
        run("flats-strokes")
        fill = drawn(obj, 1, "Shiage Flats").columns["points"]
        after = np.roll(fill, -1, 0)
        area = abs(float((fill[:, 0] * after[:, 2] - fill[:, 2] * after[:, 0]).sum())) / 2
        kept = strokes.keys(layer_of(obj, "Lines"))[1].drawing.strokes[0].curve_type
        facts["curves"][kind] = {
            "points": len(places),
            "away": [float(away.min()), float(away.max())],
            "area": area,
            "type": int(key.drawing.strokes[0].curve_type),
            "key_kept": int(kept),
        }

    # One control point, tied by hand on each key
    obj = hero()
    for number, centre in ((1, 0.0), (9, 1.0)):
        drawing = curve(obj, number, "BEZIER", centre)
        chosen = drawing.attributes.get(".selection") or drawing.attributes.new(".selection", "BOOLEAN", "POINT")
        chosen.data.foreach_set("value", [False, False, True, False])
    assert bpy.ops.shiage.anchor() == {"FINISHED"}
    facts["tied"] = [obj.shiage_anchors[0].first.point, [round(x, 3) for x in obj.shiage_anchors[0].first.place]]
    chosen = strokes.keys(layer_of(obj, "Lines"))[1].drawing.attributes
    chosen[".selection"].data.foreach_set("value", [True] * 4)
    assert bpy.ops.shiage.anchor_show() == {"FINISHED"}
    flags = np.zeros(4, np.bool_)
    chosen[".selection"].data.foreach_get("value", flags)
    facts["selected_again"] = flags.tolist()

# Layers in hidden or locked groups, also when these are in others
if not LEGACY:
    facts["groups"] = {}
    for what in ("hide", "lock"):
        for nested in (False, True):
            obj = hero()
            rough = timeline.named_layer(obj.data, "Rough")
            for number in (1, 9):
                rough.frames.new(number).drawing = strokes.keys(layer_of(obj, "Lines"))[number].drawing
            group = obj.data.layer_groups.new("Group")
            obj.data.layers.move_to_layer_group(rough, group)
            if nested:
                outer = obj.data.layer_groups.new("Outer")
                obj.data.layer_groups.move_to_layer_group(group, outer)
                group = outer
            setattr(group, what, True)
            obj.data.layers.active = layer_of(obj, "Lines")
            run("inbetween-strokes")
            settings.frame_set(1)
            run("flats-strokes")
            facts["groups"][f"{what}{' nested' * nested}"] = [
                sorted(strokes.keys(layer_of(obj, "Rough"))),
                sorted(strokes.keys(layer_of(obj, "Lines"))),
            ]


# A layer with keys of its own between, a blink say, is left alone; and a locked layer, though it is ours to replace
obj = hero()
eyes, drawing = timeline.named_layer(obj.data, "Eyes"), drawn(obj, 1)
for number in (1, 4, 9):
    strokes.write(obj.data, eyes, number, drawing)
obj.data.layers.active = layer_of(obj, "Lines")
run("inbetween-strokes")
facts["blink"] = [sorted(strokes.keys(layer_of(obj, name))) for name in ("Eyes", "Lines")]
settings.frame_set(1)
run("flats-strokes")
layer_of(obj, "Shiage Flats").lock = settings.shiage_replace = True
try:
    run("flats-strokes")
    facts["locked"] = ""
except RuntimeError as error:
    facts["locked"] = str(error)
settings.shiage_replace = False

# Colours end where the lines do; a second run fills only what is new, and leaves what was corrected by hand
obj = hero(((1, 0),), filled=True)
other = figures.figure(timeline, drawing_module, "Other", False, ((5, 0.3), (9, 0.5), (17, 0.2)))
lines = layer_of(obj, "Lines")
for number in (5, 9):
    strokes.write(obj.data, lines, number, drawn(other, number))
timeline.end_hold(obj.data, lines, 13)
run("propagate-colors-strokes")
colours = layer_of(obj, "Shiage Colours")
facts["ended"] = {str(n): len(drawn(obj, n, "Shiage Colours").counts) for n in sorted(strokes.keys(colours))}
strokes.remove(colours, 5)
strokes.write(obj.data, colours, 5, drawn(obj, 1))
strokes.write(obj.data, layer_of(obj, "Lines"), 17, drawn(other, 17))
run("propagate-colors-strokes")
colours = layer_of(obj, "Shiage Colours")
facts["again"] = {str(n): len(drawn(obj, n, "Shiage Colours").counts) for n in sorted(strokes.keys(colours))}


# Layers that hang on an object or on a bone: fills are where the lines are, and go where they go
def to_scene(obj, name, frame):
    """(n, 3) where Blender shows the points of a layer: as the documents of its two kinds have it, not as we do."""
    layer, points = layer_of(obj, name), drawn(obj, frame, name).columns["points"]
    if LEGACY:  # it moves the points themselves
        settings.frame_set(frame)
        shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.layers
        frame = next(one for one in shown if one.info == name).active_frame
        points = np.concatenate([[point.co for point in stroke.points] for stroke in frame.strokes])
        matrix = np.array(obj.matrix_world)
    else:
        matrix = np.array(layer.parent.matrix_world) if layer.parent else np.eye(4)
        if layer.parent_bone:
            matrix = matrix @ np.array(layer.parent.pose.bones[layer.parent_bone].matrix)
        matrix = matrix @ np.array(layer.matrix_parent_inverse) @ np.array(layer.matrix_local)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def off(obj, name="Shiage Flats"):
    """How far the fills' outlines are from the lines, at worst."""
    lines, fills = to_scene(obj, "Lines", 1), to_scene(obj, name, 1)
    return float(np.linalg.norm(fills[:, None] - lines[None], axis=2).min(1).max())


facts["parents"] = {}
for kind in ("object", "bone"):
    obj = hero()
    obj.location, obj.rotation_euler, obj.scale = (0.5, 0.2, 0.1), (0.1, 0.3, 0.2), (1.2, 1.2, 1.2)
    if kind == "bone":
        parent = bpy.data.objects.new("Parent", bones)
        settings.collection.objects.link(parent)
    else:
        parent = bpy.data.objects.new("Parent", None)
        settings.collection.objects.link(parent)
    parent.location = (0.3, 0, 0.4)
    bpy.context.view_layer.update()
    layer = layer_of(obj, "Lines")
    layer.parent = parent
    if kind == "bone":
        if LEGACY:
            layer.parent_type = "BONE"
        layer.parent_bone = "Arm.R"
    layer.rotation, layer.scale = (0.1, 0.2, 0), (1.5, 1.5, 1.5)
    setattr(layer, "location" if LEGACY else "translation", (0.2, 0, 0.3))
    parent.location, parent.rotation_euler, parent.scale = (3, 0.5, 1), (0, 0.6, 0.2), (1.3, 1.3, 1.3)
    settings.frame_set(1)
    run("flats-strokes")
    now = off(obj)
    parent.location, parent.rotation_euler = (-2, 1, 0), (0.4, 0, 1)
    if kind == "bone":
        parent.pose.bones["Arm.R"].location = (0.5, 0, 1)
    bpy.context.view_layer.update()
    later = off(obj)
    settings.shiage_replace = True
    run("flats-strokes")  # onto the layer that there is now
    facts["parents"][kind] = [now, later, off(obj)]
    settings.shiage_replace = False

# ... and pictures by the camera show it where it is
camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
camera.location, camera.rotation_euler = (0, -25, 0), (np.pi / 2, 0, 0)
settings.collection.objects.link(camera)
settings.camera, settings.shiage_view = camera, "CAMERA"
settings.render.resolution_x, settings.render.resolution_y, settings.render.resolution_percentage = 800, 600, 50
bpy.context.view_layer.update()
before = set(bpy.data.objects)
run("flats")
(plane,) = set(bpy.data.objects) - before
picture = np.empty(400 * 300 * 4, np.float32)
plane.data.materials[0].node_tree.nodes.active.image.pixels.foreach_get(picture)
painted = picture.reshape(300, 400, 4)[..., 3] > 0.5
seen = np.array([world_to_camera_view(settings, camera, Vector(place))[:2] for place in to_scene(obj, "Lines", 1)])
box = [float(edge) for edge in (*seen.min(0), *seen.max(0))]
ys, xs = np.nonzero(painted)
facts["camera"] = [box, [xs.min() / 400, ys.min() / 300, (xs.max() + 1) / 400, (ys.max() + 1) / 300]]

# Drawings of another file: Blender would not save what is changed in them, so nothing is; pictures of them are made
hero(filled=True)
library = str(Path(FOLDER) / "library.blend")
bpy.ops.wm.save_as_mainfile(filepath=library, copy=True)
bpy.data.objects.remove(bpy.data.objects["Hero"])
with bpy.data.libraries.load(library, link=True) as (_, wanted):
    wanted.objects = ["Hero"]
obj = bpy.data.objects["Hero"]
settings.collection.objects.link(obj)
bpy.context.view_layer.objects.active = obj
settings.shiage_view = "PLANE"
facts["refused"] = {}
for operation in ("inbetween-strokes", "flats-strokes", "propagate-colors-strokes", "clean-up", "retime", "flats"):
    try:
        call = bpy.ops.shiage.retime if operation == "retime" else bpy.ops.shiage.run
        call(**({} if operation == "retime" else {"operation": operation}))
        facts["refused"][operation] = ""
    except RuntimeError as error:
        facts["refused"][operation] = str(error)
facts["linked_keys"] = [sorted(strokes.keys(layer)) for layer in obj.data.layers]

# Before frame 0 Blender shows no image sequence; later drawings of the same object still go to one
hero(((-5, 0), (5, 0.5)), filled=True)
bpy.ops.wm.save_as_mainfile(filepath=str(Path(FOLDER) / "early.blend"))
settings = bpy.context.scene
settings.shiage_place = "SEQUENCE"
facts["early"] = []
for frames, playhead in (("ALL", 6), ("CURRENT", -1), ("CURRENT", 6)):
    settings.shiage_frames = frames
    settings.frame_set(playhead)
    try:
        bpy.ops.shiage.run(operation="flats")
        facts["early"].append("")
    except RuntimeError as error:
        facts["early"].append(str(error))

addon.tell(facts)
