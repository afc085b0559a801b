"""Inside Blender 4.5 or later: its own Interpolate Sequence between two keys, for comparison.

Arguments: the add-on's folder, keys.npz, where to put peer.npz (frame -> the points of all strokes).
"""

import sys
import time
from importlib import import_module
from pathlib import Path

ADDON, KEYS, OUT = sys.argv[-3:]
sys.path[:0] = [ADDON, str(Path(__file__).resolve().parent)]
import bpy  # noqa: E402  # after the path
import numpy as np  # noqa: E402
import scene  # noqa: E402

bpy.ops.wm.read_factory_settings(use_empty=False)
timeline, drawing_module = scene.host("shiage")
obj = scene.build(timeline, drawing_module, np.load(KEYS))
window = bpy.context.window_manager.windows[0]
area = next((a for a in window.screen.areas if a.type == "VIEW_3D"), window.screen.areas[0])
area.type = "VIEW_3D"
region = next(r for r in area.regions if r.type == "WINDOW")
with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=region, object=obj):
    bpy.ops.object.mode_set(mode="PAINT_GREASE_PENCIL")
    start = time.perf_counter()
    bpy.ops.grease_pencil.interpolate_sequence(layers="ACTIVE", step=2, type="LINEAR")
    seconds = time.perf_counter() - start
strokes = import_module("shiage.host").strokes
made = {}
for number, key in strokes.keys(obj.data.layers[0]).items():
    if strokes.key_type(key) == "breakdown":
        read = strokes.read(key, 0, obj.data)
        made[str(number)] = read.columns["points"][:, 0] + 1j * read.columns["points"][:, 2]
np.savez(OUT, seconds=seconds, version=bpy.app.version_string, **made)
