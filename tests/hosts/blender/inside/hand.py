"""Inside Blender: what the artist decides by hand: anchors, the timing chart, where the unsure goes, other frames.

Arguments: the packed add-on, a folder. Prints one line of JSON.
"""

import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import numpy as np
import scene

ZIP, FOLDER = addon.arguments()
package, timeline, drawing_module, strokes = addon.begin(ZIP)
anchors = import_module(package + ".host.anchors")

u = np.linspace(0, 1, 30)
LINES = [2 * u + 1j * k + 0.05j * np.sin((3 + k) * u) for k in range(4)]
LONE = 0.5 + 2.5j + 0.2 * np.exp(6j * u)
MOVE = 4 + 0j


def keys():
    made = {}
    for name, lines in (("first", [*LINES, LONE]), ("second", [line + MOVE for line in LINES])):
        flat = np.concatenate(lines)
        made[name + "_points"] = np.stack([flat.real, flat.imag], 1)
        made[name + "_counts"] = np.full(len(lines), 30)
        made[name + "_cyclic"] = np.zeros(len(lines), bool)
    return made


def pick(frame, stroke, point=None):
    """What a click on a stroke or point does."""
    bpy.context.scene.frame_set(frame)
    key = strokes.keys(obj.data.layers[0])[frame]
    flags = np.zeros(30 * (5 if frame == 1 else 4), bool)
    if stroke is not None:
        flags[30 * stroke : 30 * stroke + 30] = point is None
        if point is not None:
            flags[30 * stroke + point] = True
    strokes.select(key, flags)


def said_by(operator, **values):
    try:
        operator(**values)
    except RuntimeError as error:
        return str(error)
    return ""


def drawn(layer=0):
    """{frame: (kind, counts, plane points)}"""
    made = {}
    for number, key in sorted(strokes.keys(obj.data.layers[layer]).items()):
        read = strokes.read(key, layer, obj.data)
        points = read.columns["points"]
        made[number] = (strokes.key_type(key), read, points[:, 0] + 1j * points[:, 2])
    return made


obj = scene.build(timeline, drawing_module, keys())
scene_now = bpy.context.scene
facts = {"version": bpy.app.version_string}


facts["refused"] = [said_by(bpy.ops.shiage.run, operation="flats"), said_by(bpy.ops.shiage.anchor_remove)]
scene_now.frame_set(40)
facts["refused"].append(said_by(bpy.ops.shiage.retime))
scene_now.frame_set(5)
assert bpy.ops.shiage.connect() == {"FINISHED"}

# Anchors
pick(1, None), pick(9, None)
facts["nothing"] = said_by(bpy.ops.shiage.anchor)
pick(1, 0), pick(9, 1)
scene_now.frame_set(5)
assert bpy.ops.shiage.anchor() == {"FINISHED"}
pick(1, 0), pick(9, 2)  # another partner for the same stroke; standing on the second key
assert bpy.ops.shiage.anchor() == {"FINISHED"}
pick(1, 3, 10), pick(9, 3, 12)
assert bpy.ops.shiage.anchor() == {"FINISHED"}
facts["anchors"] = [[a.first.stroke, a.first.point, a.second.stroke, a.second.point] for a in obj.shiage_anchors]
pick(1, None), pick(9, None)
scene_now.frame_set(1)
assert bpy.ops.shiage.anchor_show() == {"FINISHED"}
facts["shown_frame"] = scene_now.frame_current
facts["shown"] = np.flatnonzero(strokes.selected(strokes.keys(obj.data.layers[0])[9])).tolist()
first, second = (timeline.read(obj.data, frame, only=[0]) for frame in (1, 9))
pairs = [(a.first.picked(), a.second.picked()) for a in obj.shiage_anchors]
facts["text"] = anchors.as_text(pairs, (first, second))
order = np.array([2, 4, 0, 3])  # strokes were sorted, one is gone
rows = (order[:, None] * 30 + np.arange(30)).ravel()
columns = {
    name: array[rows if drawing_module.COLUMNS[name][0] == "point" else order] for name, array in first.columns.items()
}
sorted_first = drawing_module.Drawing(first.counts[order], columns, first.materials, first.layers, 1)
facts["text_sorted"] = anchors.as_text(pairs, (sorted_first, second))
columns = {name: array[30:] if len(array) == 150 else array[1:] for name, array in first.columns.items()}
shorter = drawing_module.Drawing(first.counts[1:], columns, first.materials, first.layers, 1)
facts["text_lost"] = anchors.as_text(pairs, (shorter, second))

# The chart
group = scene_now.shiage_inbetween_strokes
scene_now.frame_set(5)
chart = {"owner": "shiage_inbetween_strokes", "parameter": "spacing"}
assert bpy.ops.shiage.chart(shape="EVEN", **chart) == {"FINISHED"}
facts["even"] = group.spacing
assert bpy.ops.shiage.chart(shape="SLOW_START", more=1, **chart) == {"FINISHED"}
facts["slow"] = group.spacing
group.spacing = "0.1, 0.25 80%"
facts["ticks"] = [round(tick.share, 4) for tick in group.spacing_ticks]
facts["typed"] = group.spacing
group.spacing_ticks[1].share = 33.3
facts["moved"] = group.spacing
group.spacing_ticks[1].share = 25

# What has no partner goes on a layer
group.unsure = "layer"
assert bpy.ops.shiage.run(operation="inbetween-strokes") == {"FINISHED"}
facts["layers"] = [strokes.layer_name(layer) for layer in obj.data.layers]
facts["unsure"] = {str(n): len(read.counts) for n, (_, read, _) in drawn(1).items()}
made = drawn()
facts["kinds"] = {str(n): kind for n, (kind, _, _) in made.items()}
for frame, share in ((3, 0.1), (5, 0.25), (7, 0.8)):
    _, read, points = made[frame]
    assert read.counts.tolist() == [30] * 4
    anchored = (1 - share) * LINES[0] + share * (LINES[2] + MOVE)
    facts.setdefault("anchored_off", []).append(float(abs(points[:30] - anchored).mean()))
    facts.setdefault("free_off", []).append(float(abs(points[90:] - (LINES[3] + share * MOVE)).mean()))

# ... or is red, and the layer is tidied
scene_now.shiage_replace, group.unsure = True, "material"
assert bpy.ops.shiage.run(operation="inbetween-strokes") == {"FINISHED"}
facts["unsure_again"] = {str(n): len(read.counts) for n, (_, read, _) in drawn(1).items()}
_, read, _ = drawn()[5]
facts["materials"] = [obj.data.materials[k].name for k in read.columns["material"].tolist()]
facts["red"] = list(bpy.data.materials["Unsure Ink"].grease_pencil.color)

# Other frames for what is drawn
before = {n: points for n, (_, _, points) in drawn().items()}
assert bpy.ops.shiage.retime(exposure=1) == {"FINISHED"}
facts["retimed"] = sorted(drawn())
assert np.array_equal(drawn()[3][2], before[5])
facts["no_room"] = said_by(bpy.ops.shiage.retime, exposure=4)
assert bpy.ops.shiage.retime() == {"FINISHED"}
facts["even_again"] = sorted(drawn())

assert bpy.ops.shiage.anchor_remove() == {"FINISHED"}
assert bpy.ops.shiage.anchor_remove() == {"FINISHED"}
facts["anchors_left"] = len(obj.shiage_anchors)
facts["poll_without"] = bpy.ops.shiage.anchor_remove.poll()
bpy.ops.wm.save_as_mainfile(filepath=str(Path(FOLDER) / "hand.blend"))
addon.tell(facts)
