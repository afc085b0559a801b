"""Inside a Blender with a window: the picture for the docs, of a small figure that raises its arm.

Arguments: the packed add-on, a folder. Prints one line of JSON.
"""

import importlib
import os
import subprocess
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import numpy as np
import scene

ZIP, FOLDER = addon.arguments()
bpy.context.preferences.view.show_splash = False
STATE = {"step": 0, "package": ""}
U = np.linspace(0, 1, 40)


def arc(start, end, bow):
    """A stroke from one point to another that bows to its left."""
    return start + (end - start) * (U + 1j * bow * 4 * U * (1 - U))


def limb(joint, tip, wide, narrow):
    """Both sides of a limb."""
    side = 1j * (tip - joint) / abs(tip - joint)
    return [arc(joint + side * wide, tip + side * narrow, 0.06), arc(joint - side * wide, tip - side * narrow, -0.06)]


def hand(at, way):
    turn = way / abs(way)
    fingers = [arc(at, at + 0.34 * turn * np.exp(1j * spread), 0.1) for spread in (-0.5, -0.15, 0.2, 0.6)]
    return [*fingers, at + 0.13 * np.exp(6.2j * U) * turn]


def face(at, tilt):
    turn = np.exp(1j * tilt)
    circle = 0.62 * np.exp(2j * np.pi * U) * (1 + 0.06 * np.cos(4 * np.pi * U))
    eyes = [arc(x + 0.05j, x + 0.16 + 0.06j, 0.5) for x in (-0.36, 0.2)] + [
        x + 0.05 * np.exp(6.2j * U) for x in (-0.27 + 0.02j, 0.28 + 0.02j)
    ]
    mouth = [arc(-0.16 - 0.28j, 0.18 - 0.27j, -0.28), arc(-0.03 - 0.08j, 0.03 - 0.12j, 0.3)]
    hair = [arc(-0.66 + 0.1j + 0.28 * k, -0.5 + 0.75j + 0.24 * k, 0.25) for k in range(5)]
    hair += [arc(-0.5 + 0.75j + 0.24 * k, -0.36 + 0.16j + 0.27 * k, 0.2) for k in range(4)]
    return [at + turn * line for line in [circle, *eyes, *mouth, *hair]]


def pose(raise_by, lean):
    """All strokes of the figure."""
    body = np.exp(1j * lean)
    neck, hip = 1.3j * body, 0j
    shoulder, other = neck + 0.42 * body - 0.12j, neck - 0.42 * body - 0.12j
    elbow = shoulder + 0.75 * np.exp(1j * (-1.25 + raise_by))
    wrist = elbow + 0.7 * np.exp(1j * (-1.05 + 1.9 * raise_by))
    far_elbow = other + 0.75 * np.exp(1j * (-1.95 - 0.2 * raise_by))
    far_wrist = far_elbow + 0.65 * np.exp(1j * (-1.4 - 0.3 * raise_by))
    lines = face(neck + 0.75j * body, lean + 0.15 * raise_by)
    lines += limb(neck, hip, 0.46, 0.36) + [arc(hip - 0.4, hip + 0.4, -0.12), arc(other, shoulder, 0.16)]
    lines += [arc(neck - 0.14 + 0.12j, neck + 0.16 + 0.1j, -0.4)]
    lines += limb(shoulder, elbow, 0.15, 0.12) + limb(elbow, wrist, 0.12, 0.09) + hand(wrist, wrist - elbow)
    lines += limb(other, far_elbow, 0.15, 0.12) + limb(far_elbow, far_wrist, 0.12, 0.09)
    lines += hand(far_wrist, far_wrist - far_elbow)
    for side in (-1, 1):
        knee, ankle = hip + side * 0.24 - 0.95j, hip + side * 0.3 - 1.85j
        lines += limb(hip + side * 0.2, knee, 0.18, 0.14) + limb(knee, ankle, 0.14, 0.1)
        lines += [arc(ankle - 0.1j, ankle + 0.42 - 0.14j, 0.3), arc(ankle + 0.42 - 0.14j, ankle - 0.14 - 0.14j, 0.03)]
    return lines


def drawing(module, lines, frame):
    counts = np.full(len(lines), 40, np.int32)
    columns = {name: module.empty_column(name, counts.sum(), len(lines)) for name in module.COLUMNS}
    flat = np.concatenate(lines)
    columns["points"] = np.stack([flat.real, 0 * flat.real, flat.imag], 1).astype(np.float32)
    columns["radius"] = np.tile(0.006 + 0.016 * np.sin(np.pi * U) ** 0.7, len(lines)).astype(np.float32)
    ink = [module.Material("Ink", (0.01, 0.01, 0.02, 1.0))]
    return module.Drawing(counts, columns, ink, [module.Layer("Lines")], frame, "keyframe", np.eye(4), {}, "Hero")


def view():
    window = bpy.context.window_manager.windows[0]
    area = max((area for area in window.screen.areas if area.type == "VIEW_3D"), key=lambda area: area.width)
    region = next(region for region in area.regions if region.type == "WINDOW")
    return {"window": window, "screen": window.screen, "area": area, "region": region}


def hero():
    return bpy.data.objects["Hero"]


def prepare():
    STATE["package"] = addon.switch_on(ZIP).__name__
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    timeline, module = scene.host(STATE["package"])
    first, last = pose(0.0, 0.05), pose(1.0, -0.1)
    drops = [arc(1.5 + 1.2j + 0.25j * k, 1.75 + 1.3j + 0.3j * k, 0.2) for k in range(3)]  # in the first key only
    order = np.random.default_rng(3).permutation(len(last))
    second = [last[k] if k % 3 else last[k][::-1] for k in order]
    obj = timeline.new_object("Hero", drawing(module, first, 1).materials, bpy.context.scene.collection)
    layer = timeline.named_layer(obj.data, "Lines")
    timeline.write(obj.data, drawing(module, first + drops, 1), replace=False)
    timeline.write(obj.data, drawing(module, second, 9), replace=False)
    obj.data.layers.active = layer
    STATE["pairs"] = [(k, int(np.flatnonzero(order == k)[0])) for k in (0, 25)]
    bpy.context.view_layer.objects.active = obj
    obj.select_set(True)
    space = view()["area"].spaces[0]
    space.show_region_ui = True
    overlay = space.overlay
    overlay.show_floor = overlay.show_axis_x = overlay.show_axis_y = overlay.show_cursor = False
    overlay.show_object_origins = False
    space.shading.background_type, space.shading.background_color = "VIEWPORT", (0.8, 0.78, 0.74)
    space.region_3d.view_perspective, space.region_3d.view_distance = "ORTHO", 6.5
    space.region_3d.view_rotation, space.region_3d.view_location = (0.7071, 0.7071, 0, 0), (0.3, 0, 0.35)
    with bpy.context.temp_override(**view()):
        bpy.ops.shiage.connect()
    group = bpy.context.scene.shiage_inbetween_strokes
    group.spacing, group.unsure = "10% 35% 75%", "material"
    bpy.context.scene.shiage_propagate_colors_strokes.settings_are_open = False
    bpy.context.scene.shiage_flats_strokes.settings_are_open = False


def anchor():
    strokes = importlib.import_module(STATE["package"] + ".host").strokes
    for one, two in STATE["pairs"]:
        for frame, stroke in ((1, one), (9, two)):
            bpy.context.scene.frame_set(frame)
            key = strokes.keys(hero().data.layers[0])[frame]
            flags = np.zeros(len(strokes.selected(key)), bool)
            flags[40 * stroke : 40 * stroke + 40] = True
            strokes.select(key, flags)
        with bpy.context.temp_override(**view()):
            bpy.ops.shiage.anchor()


def run():
    bpy.context.scene.frame_set(5)
    with bpy.context.temp_override(**view()):
        bpy.ops.shiage.run(operation="inbetween-strokes")


def onion():
    data = hero().data
    data.onion_mode, data.use_ghosts_always, data.onion_factor = "RELATIVE", True, 0.5
    data.ghost_before_range = data.ghost_after_range = 4
    data.use_onion_loop = False
    data.layers[0].use_onion_skinning = True
    view()["area"].spaces[0].overlay.use_gpencil_onion_skin = True
    hero().select_set(False)


def open_tab():
    """A click on our tab."""
    area = view()["area"]
    sidebar = next(region for region in area.regions if region.type == "UI")
    x, y = sidebar.x + sidebar.width - 10, sidebar.y + sidebar.height - 170
    for kind, value in (("MOUSEMOVE", "NOTHING"), ("LEFTMOUSE", "PRESS"), ("LEFTMOUSE", "RELEASE")):
        view()["window"].event_simulate(type=kind, value=value, x=x, y=y)
    area.regions.update()


def settle():
    view()["area"].tag_redraw()


def shoot():
    path = str(Path(FOLDER) / "blender.png")
    subprocess.run(f"xwd -silent -root | convert xwd:- '{path}'", shell=True, check=False)


def paint():
    """Flats in the figure, for a light to fall on."""
    hero().data.layers[0].use_onion_skinning = False
    bpy.context.scene.shiage_flats_strokes.gap = 8
    bpy.context.scene.shiage_flats_strokes.gap_automatic = False
    with bpy.context.temp_override(**view()):
        hero().select_set(True)
        bpy.ops.shiage.run(operation="flats-strokes")


def light():
    scene_now = bpy.context.scene
    scene_now.shiage_operation, scene_now.shiage_relight.style = "relight", "flats"
    scene_now.shiage_inbetween_strokes.settings_are_open = False
    with bpy.context.temp_override(**view()):
        bpy.ops.shiage.look(operation="relight")


def move_light():
    bpy.data.objects["Shiage Light"].location = (1.6, 0, 1.9)


def shoot_light():
    path = str(Path(FOLDER) / "blender-light.png")
    subprocess.run(f"xwd -silent -root | convert xwd:- '{path}'", shell=True, check=False)


def done():
    addon.tell({"version": bpy.app.version_string})
    sys.stdout.flush()
    os._exit(0)


STEPS = [prepare, anchor, run, onion, settle, open_tab, settle, shoot]
STEPS += [paint, light, settle, move_light, settle, settle, settle, shoot_light, done]


def drive():
    try:
        STEPS[STATE["step"]]()
        STATE["step"] += 1
    except Exception:
        traceback.print_exc()
        sys.stdout.flush()
        os._exit(3)
    return 1.0


bpy.app.timers.register(drive, first_interval=1.5)
