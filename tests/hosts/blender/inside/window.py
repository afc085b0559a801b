"""Inside a Blender with a window: the modal operator is started, seen at work, stopped by Esc, run to its end, undone.

Arguments: the packed add-on, keys.npz, a folder. Steps run from a timer, because the window is there only when the
script is over. Prints one line of JSON.
"""

import importlib
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import figures
import numpy as np
import scene

ZIP, KEYS, FOLDER = addon.arguments()
FACTS = {"version": bpy.app.version_string}
PACKAGE = ""
bpy.context.preferences.view.show_splash = False
STATE = {"step": 0, "since": time.monotonic()}


def view():
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    return {"window": window, "screen": window.screen, "area": area, "region": region}


def hero():
    return bpy.data.objects["Hero"]


def frames():
    return sorted(frame.frame_number for frame in hero().data.layers[0].frames)


def screenshot(name):
    path = str(Path(FOLDER) / name)
    subprocess.run(f"xwd -silent -root | convert xwd:- '{path}'", shell=True, check=False)


def prepare():
    global PACKAGE  # noqa: PLW0603  # the steps share it
    PACKAGE = addon.switch_on(ZIP).__name__
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    timeline, drawing_module = scene.host(PACKAGE)
    with bpy.context.temp_override(**view()):
        scene.build(timeline, drawing_module, np.load(KEYS))
    place = view()
    space = place["area"].spaces[0]
    space.show_region_ui = True
    space.overlay.show_floor = False
    space.region_3d.view_perspective = "ORTHO"
    space.region_3d.view_distance = 16
    space.region_3d.view_rotation = (0.7071, 0.7071, 0, 0)
    return True


def adopted():
    """The daemon that runs is found without a word."""
    FACTS["adopted"] = len(sys.modules[PACKAGE + ".ui.parameters"].known()) > 3
    if FACTS["adopted"]:
        sys.modules[PACKAGE + ".ui.parameters"].forget()
    return FACTS["adopted"]


def connect():
    with bpy.context.temp_override(**view()):
        FACTS["connect"] = list(bpy.ops.shiage.connect("INVOKE_DEFAULT"))
    return True


def connected():
    if not sys.modules[PACKAGE + ".ui.parameters"].known():
        return False
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo_push(message="prepared")
    bpy.context.scene.shiage_inbetween_strokes.exposure = 2
    return True


def start_long():
    """Work that lasts until Esc is pressed."""
    bpy.context.scene.shiage_frame.seconds = 60
    with bpy.context.temp_override(**view()):
        FACTS["invoked"] = list(bpy.ops.shiage.run("INVOKE_DEFAULT", operation="frame"))
        try:
            bpy.ops.shiage.run(operation="inbetween-strokes")
        except RuntimeError as error:
            FACTS["while_running"] = str(error)
    return True


def at_work():
    job = sys.modules[PACKAGE + ".ui.operators"]._running
    FACTS["progress"] = job.progress
    return job.progress > 0


def start():
    with bpy.context.temp_override(**view()):
        FACTS["invoked_again"] = list(bpy.ops.shiage.run("INVOKE_DEFAULT", operation="inbetween-strokes"))
    FACTS["frames_at_once"] = frames()  # the window goes on; nothing is drawn yet
    return True


def press_escape():
    place = view()
    x, y = place["area"].x + place["area"].width // 2, place["area"].y + place["area"].height // 2
    place["window"].event_simulate(type="ESC", value="PRESS", x=x, y=y)
    place["window"].event_simulate(type="ESC", value="RELEASE", x=x, y=y)
    return True


def stopped():
    if modal_runs():
        return False
    FACTS["frames_after_escape"] = frames()
    FACTS["layers_after_escape"] = len(hero().data.layers)
    return True


def finished():
    if modal_runs():
        return False
    FACTS["frames_made"] = frames()
    return True


def modal_runs():
    module = sys.modules[PACKAGE + ".ui.operators"]
    return module._running is not None


def look():
    bpy.context.scene.frame_set(5)
    bpy.ops.object.select_all(action="DESELECT")
    # Which tab of the sidebar is open can be said from some version on only: for the picture, ours moves to the first.
    panel = sys.modules[PACKAGE + ".ui.panel"].SHIAGE_PT_main
    bpy.utils.unregister_class(panel)
    panel.bl_category = "Item"
    bpy.utils.register_class(panel)
    return True


def shoot():
    screenshot("window.png")
    return True


def undo():
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo()
    FACTS["frames_after_undo"] = frames()
    return True


def anchor():
    """A stroke on each key is tied, and the next drawings keep to it."""
    strokes = importlib.import_module(PACKAGE + ".host").strokes
    for frame, stroke in ((1, 3), (9, 5)):
        bpy.context.scene.frame_set(frame)
        key = strokes.keys(hero().data.layers[0])[frame]
        key_strokes = key.drawing.strokes if hasattr(key, "drawing") else key.strokes
        counts = [len(one.points) for one in key_strokes]
        flags = np.zeros(sum(counts), bool)
        flags[sum(counts[:stroke]) : sum(counts[: stroke + 1])] = True
        strokes.select(key, flags)
    bpy.context.scene.frame_set(5)
    with bpy.context.temp_override(**view()):
        FACTS["anchored"] = list(bpy.ops.shiage.anchor("INVOKE_DEFAULT"))
    FACTS["anchors"] = [[a.first.stroke, a.second.stroke] for a in hero().shiage_anchors]
    return True


def start_look():
    timeline, drawing_module = scene.host(PACKAGE)
    painted = figures.figure(timeline, drawing_module, "Painted", True)
    hero().hide_set(True)
    with bpy.context.temp_override(**view()):
        bpy.context.view_layer.objects.active = painted
        bpy.ops.ed.undo_push(message="painted")
        bpy.context.scene.shiage_operation = "relight"
        FACTS["look"] = list(bpy.ops.shiage.look("INVOKE_DEFAULT", operation="relight"))
    return True


def looks():
    session = sys.modules[PACKAGE + ".ui.look"].running()
    return session.looks.count if session else -1


def first_look():
    return looks() > 0


def mouse(type_, value, x, y):
    view()["window"].event_simulate(type=type_, value=value, x=x, y=y)


def middle():
    region = view()["region"]
    return region.x + region.width // 2, region.y + region.height // 2


def grab():
    x, y = middle()
    FACTS["looks_before"], FACTS["light_before"] = looks(), bpy.context.scene.shiage_relight.light_x
    mouse("MOUSEMOVE", "NOTHING", x, y)
    mouse("G", "PRESS", x, y)
    mouse("G", "RELEASE", x, y)
    return True


def drag():
    """The picture follows while Blender's own transform still runs."""
    STATE["drag"] = STATE.get("drag", 0) + 1
    x, y = middle()
    mouse("MOUSEMOVE", "NOTHING", x - 12 * STATE["drag"], y + 6 * STATE["drag"])
    return STATE["drag"] >= 10


def drop():
    FACTS["looks_while_dragging"] = looks() - FACTS["looks_before"]
    x, y = middle()
    mouse("LEFTMOUSE", "PRESS", x - 120, y + 60)
    mouse("LEFTMOUSE", "RELEASE", x - 120, y + 60)
    return True


def shoot_light():
    FACTS["light_after"] = bpy.context.scene.shiage_relight.light_x
    screenshot("light.png")
    return True


def undo_look():
    """The empties go with the step that made them, and the session ends by itself."""
    with bpy.context.temp_override(**view()):
        while any(obj.name.startswith("Shiage ") for obj in bpy.data.objects):
            bpy.ops.ed.undo()
    return True


def look_over():
    FACTS["look_over"] = looks() == -1
    return True


def done():
    addon.tell(FACTS)
    sys.stdout.flush()
    os._exit(0)  # quitting by operator crashes some versions without a graphics card


STEPS = [
    prepare,
    adopted,
    connect,
    connected,
    start_long,
    at_work,
    press_escape,
    stopped,
    start,
    finished,
    look,
    shoot,
    undo,
    anchor,
]
STEPS += [start_look, first_look, grab, drag, drop, shoot_light, undo_look, look_over, done]


def drive():
    try:
        over = STEPS[STATE["step"]]()
        if over:
            STATE["step"], STATE["since"] = STATE["step"] + 1, time.monotonic()
        elif time.monotonic() - STATE["since"] > 60:
            raise TimeoutError(STEPS[STATE["step"]].__name__)
    except Exception:
        traceback.print_exc()
        sys.stdout.flush()
        os._exit(3)
    # Time for a redraw between steps; none before Esc is pressed, or the job would be over.
    name = STEPS[STATE["step"]].__name__
    return 0.02 if name == "press_escape" else 0.05 if not over else 0.7


bpy.app.timers.register(drive, first_interval=1.5)
