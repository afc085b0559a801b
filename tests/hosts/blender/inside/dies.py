"""Inside Blender: no daemon runs, and one is started; it is killed at work, and the job still comes to its end.

Arguments: the packed add-on, the command that starts a daemon. Prints one line of JSON.
"""

import os
import signal
import sys
import time
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import addon  # after the path
import bpy
import figures

ZIP, COMMAND = addon.arguments()
package, timeline, drawing_module, _ = addon.begin(ZIP)
settings = bpy.context.preferences.addons[package].preferences
facts = {"version": bpy.app.version_string}
settings.executable = COMMAND + "-that-is-not-there"
try:
    bpy.ops.shiage.connect()
except RuntimeError as error:
    facts["no_command"] = str(error)
settings.executable = COMMAND
os.environ["PYTHONPATH"] = "/nowhere/of/blenders/own"
assert bpy.ops.shiage.connect() == {"FINISHED"}
client = import_module(package + ".link").client
daemon = import_module(package + ".ui.preferences").daemon(bpy.context)
job_module, ports = import_module(package + ".job"), import_module(package + ".ui.ports")
hero = figures.figure(timeline, drawing_module, "Hero", False)
bpy.context.view_layer.objects.active = hero
bpy.context.scene.frame_set(1)
bpy.context.scene.shiage_frame.seconds = 2
operation = import_module(package + ".ui.parameters").known()["frame"]
request = ports.request(bpy.context, operation)
job = job_module.Job(daemon, "frame", request.runs, request.values)
job.start()
while job.state != job_module.RUNNING or job.progress < 0.2:
    time.sleep(0.02)
    assert not job.ended, job.problem
first = client.read_lock(client.data_home(daemon.home)).pid
os.kill(first, signal.SIGKILL)
job.wait()
facts["state"], facts["problem"] = job.state, job.problem
facts["outputs"] = sorted(job.results[0]) if job.results else []
second = client.read_lock(client.data_home(daemon.home)).pid
facts["another"] = first != second

# Told to stop, nothing is left
settings_scene = bpy.context.scene
settings_scene.shiage_frame.seconds = 30
request = ports.request(bpy.context, operation)
job = job_module.Job(daemon, "frame", request.runs * 3, request.values)
job.start()
while job.state != job_module.RUNNING:
    time.sleep(0.02)
start = time.monotonic()
job.cancel()
job.wait()
facts["stopped"] = [job.state, time.monotonic() - start < 5]
with daemon.connect() as link:
    link.shutdown(now=True)
addon.tell(facts)
