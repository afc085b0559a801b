"""Inside Blender: connect, in-between two keys without a window, save, open, and say what is there.

Arguments: the packed add-on, keys.npz, a folder. Writes made.npz (and peer.npz where Blender's own operator runs) and
prints one line of JSON.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import numpy as np
import scene

ZIP, KEYS, FOLDER = addon.arguments()
package, timeline, drawing_module, strokes = addon.begin(ZIP)
arrays = np.load(KEYS)


def keys_of(data):
    """{frame: (kind, points in the plane, counts)} of the only layer."""
    made = {}
    for number, frame in strokes.keys(data.layers[0]).items():
        drawing = timeline.read(data, number)
        points = drawing.columns["points"]
        assert abs(points[:, 1]).max() < 1e-5, "left the plane"
        made[number] = (strokes.key_type(frame), points[:, [0, 2]], drawing.counts, drawing.extra)
    return made


def save(name, made):
    np.savez(
        str(Path(FOLDER) / name),
        frames=np.array([n for n, key in sorted(made.items()) if key[0] == "breakdown"]),
        **{f"points_{n}": key[1] for n, key in made.items()},
        **{f"counts_{n}": key[2] for n, key in made.items()},
    )


facts = {"version": bpy.app.version_string, "package": package}
obj = scene.build(timeline, drawing_module, arrays)
facts["poll_before"] = bpy.ops.shiage.run.poll()
assert bpy.ops.shiage.connect() == {"FINISHED"}
facts["poll"] = bpy.ops.shiage.run.poll()
bpy.context.scene.shiage_inbetween_strokes.exposure = 2
assert bpy.ops.shiage.run(operation="inbetween-strokes") == {"FINISHED"}
made = keys_of(obj.data)
facts["keys"] = {str(n): key[0] for n, key in sorted(made.items())}

# A second run finds its place taken, and says so; with the switch it draws anew.
try:
    bpy.ops.shiage.run(operation="inbetween-strokes")
    facts["refusal"] = ""
except RuntimeError as error:
    facts["refusal"] = str(error)
bpy.context.scene.shiage_replace = True
assert bpy.ops.shiage.run(operation="inbetween-strokes") == {"FINISHED"}
# With another exposure the breakdowns of before stay, and it says which.
bpy.context.scene.shiage_inbetween_strokes.exposure = 4
assert bpy.ops.shiage.run(operation="inbetween-strokes") == {"FINISHED"}
(layer,) = obj.data.layers
facts["breakdowns"] = sorted(timeline.breakdowns(obj.data, [strokes.layer_name(layer)], (1, 9)))

# Off the keys there is nothing to do, and the operator says why.
bpy.context.scene.frame_set(40)
try:
    bpy.ops.shiage.run(operation="inbetween-strokes")
    facts["why_not"] = ""
except RuntimeError as error:
    facts["why_not"] = str(error)

path = str(Path(FOLDER) / "inbetween.blend")
bpy.ops.wm.save_as_mainfile(filepath=path)
bpy.ops.wm.open_mainfile(filepath=path)
made = keys_of(bpy.data.objects["Hero"].data)
save("made.npz", made)
for number, key in made.items():
    if key[0] == "breakdown" and "shiage_unmatched" in key[3]:
        facts.setdefault("marked", {})[str(number)] = int((key[3]["shiage_unmatched"][1] != 0).sum())

if bpy.app.version >= (4, 5, 0):
    bpy.ops.wm.read_factory_settings(use_empty=False)
    obj = scene.build(timeline, drawing_module, arrays)
    window = bpy.context.window_manager.windows[0]
    area = next((a for a in window.screen.areas if a.type == "VIEW_3D"), window.screen.areas[0])
    area.type = "VIEW_3D"
    region = next(r for r in area.regions if r.type == "WINDOW")
    with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=region, object=obj):
        bpy.ops.object.mode_set(mode="PAINT_GREASE_PENCIL")
        bpy.ops.grease_pencil.interpolate_sequence(layers="ACTIVE", step=2, type="LINEAR")
    save("peer.npz", keys_of(obj.data))
addon.tell(facts)
