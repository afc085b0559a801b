"""What the plugin costs Krita, measured and printed (``pytest -s``; also ``build/krita/numbers.json``), never asserted.

Wall times on a shared machine say little by themselves: each stands beside what Krita alone needs at the same moment, and
the plugin's own turns are also given in CPU time of the GUI thread.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import inside, session
from .clicks import looked, names, pad, run_by_click
from .conftest import PICTURES
from .session import Session

pytestmark = [pytest.mark.krita, pytest.mark.measures, pytest.mark.slow, pytest.mark.timeout(600)]
SIDE = 4096
ROUNDS = 5  # the least of which counts: other programs can only add


@pytest.fixture(scope="module")
def numbers() -> Iterator[dict[str, Any]]:
    found: dict[str, Any] = {}
    yield found
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "numbers.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


def test_a_4096_job(krita: Session, numbers: dict[str, Any]) -> None:
    krita.wait_for(inside.ready, timeout=60)
    krita.run(inside.new_document, width=SIDE, height=SIDE)
    krita.run(paint_noise, timeout=120)
    krita.run(inside.choose_operation, name="test-same")
    time.sleep(3)  # the hidden document is made while nothing runs
    alone = [krita.run(copy_alone, timeout=120) for _ in range(ROUNDS)]
    numbers["krita alone, ms"] = min(alone, key=lambda parts: sum(parts.values()))
    krita.run(watch)
    time.sleep(5)
    numbers["longest gap of the event loop without a job, ms"] = krita.run(watched)["gap"]
    krita.run(watch)
    krita.run(inside.trigger, action="duplicatelayer", pause=2.0)
    numbers["longest gaps while Krita duplicates the layer by itself, ms"] = krita.run(watched)["gap"]
    krita.run(inside.trigger, action="edit_undo", pause=2.0)
    jobs = []
    for _ in range(ROUNDS):
        krita.run(inside.activate, name="noise")
        time.sleep(2)
        krita.run(watch)
        assert run_by_click(krita)[0] == "done"
        jobs.append(krita.run(watched))
        assert names(krita.run(inside.tree))[-1] == ["Test same — noise", ["same"]]
        assert jobs[-1]["turns"] > 5
        krita.run(inside.trigger, action="edit_undo", pause=2.0)
    numbers["whole job by the plugin, ms"] = min(job["whole"] for job in jobs)
    numbers["longest gaps, each job"] = [job["gap"][:3] for job in jobs]
    numbers["longest gaps before Krita draws the result, each job"] = [
        job["gap before the group is added"][:3] for job in jobs
    ]
    numbers["the smoothest job"] = min(jobs, key=lambda job: job["gap"])
    krita.run(inside.close_documents)


def test_a_dragged_light(krita: Session, numbers: dict[str, Any]) -> None:
    """How often the small picture follows, while the mouse moves a hundred times in some seconds."""
    krita.run(inside.new_document, width=1000, height=1000)
    krita.run(inside.choose_operation, name="relight")
    krita.wait_for(pad, timeout=60, x=0.0, y=0.0, shown=True)
    x, y, before = krita.run(pad, x=0.0, y=0.0)
    krita.xdotool("mousemove", str(x), str(y), "mousedown", "1")
    x, y, _ = krita.run(pad, x=-0.7, y=-0.5)
    krita.xdotool("mousemove", str(x), str(y))
    krita.wait_for(looked, timeout=120, more_than=before)  # the operation is loaded
    rates = []
    for _ in range(ROUNDS):
        began, before = time.monotonic(), krita.run(pad, x=0.0, y=0.0)[2]
        for step in range(100):
            krita.xdotool("mousemove", str(x + step), str(y))
            time.sleep(0.01)
        looks = krita.run(pad, x=0.0, y=0.0)[2] - before
        rates.append(round(looks / (time.monotonic() - began), 1))
    numbers["looks a second while a light is dragged"] = max(rates)
    krita.xdotool("mouseup", "1")
    krita.run(inside.close_documents)


def paint_noise():  # type: ignore[no-untyped-def] # runs inside Krita
    """A layer "noise" that no compression makes small."""
    import os

    from krita import Krita

    document = Krita.instance().activeDocument()
    node = document.createNode("noise", "paintlayer")
    document.rootNode().addChildNode(node, None)
    yield 0.3
    width, height = document.width(), document.height()
    band = bytearray(os.urandom(width * 64 * 4))
    band[3::4] = b"\xff" * (width * 64)
    for y in range(0, height, 64):
        node.setPixelData(bytes(band), 0, y, width, 64)
        yield 0
    document.refreshProjection()
    yield 0.5
    document.setActiveNode(node)
    yield 0.3


def copy_alone():  # type: ignore[no-untyped-def] # runs inside Krita
    """The same copy with Krita's own calls, all at once: read, a new layer, write, show. Milliseconds a part."""
    import time

    from krita import Krita

    document = Krita.instance().activeDocument()
    width, height = document.width(), document.height()
    times = {}

    def timed(name, call):
        began = time.perf_counter()
        value = call()
        times[name] = round(1000 * (time.perf_counter() - began))
        return value

    data = timed("read", lambda: document.nodeByName("noise").pixelData(0, 0, width, height))
    node = document.createNode("copy", "paintlayer")
    timed("add", lambda: document.rootNode().addChildNode(node, None))
    timed("write", lambda: node.setPixelData(data, 0, 0, width, height))
    timed("show", lambda: (document.refreshProjection(), document.waitForDone()))
    yield 0.5
    node.remove()
    yield 0.5
    document.setActiveNode(document.nodeByName("noise"))
    yield 0.5
    return times


def watch():  # type: ignore[no-untyped-def] # runs inside Krita
    """Note the gaps between the ticks of a Qt timer, and how long each of the plugin's turns takes."""
    import sys
    import time

    from PyQt5.QtCore import Qt, QTimer

    module = sys.modules["shiage.turns"]
    seen = {"gaps": [], "last": time.perf_counter(), "turns": [], "states": []}
    original = module.Runner._turn

    def turn(self):
        wall, cpu = time.perf_counter(), time.thread_time()
        original(self)
        seen["turns"].append((time.perf_counter() - wall, time.thread_time() - cpu))

    def tick():
        now = time.perf_counter()
        seen["gaps"].append((now - seen["last"], seen["last"]))
        seen["last"] = now

    job = sys.modules["shiage.job"].Job
    tell = job._tell

    def told(self, state, sentence):
        seen["states"].append((time.perf_counter(), state))
        tell(self, state, sentence)

    run = sys.modules["shiage.studio"].Studio.run

    def begun(self, wish):
        seen["states"].append((time.perf_counter(), "begun"))
        return run(self, wish)

    landing = sys.modules["shiage.host.landing"]
    attach = landing._attach

    def attached(*arguments):
        seen["states"].append((time.perf_counter(), "added"))
        attach(*arguments)

    landing._attach = attached
    sys.modules["shiage.studio"].Studio.run = begun
    job._tell = told
    module.Runner._turn = turn
    timer = QTimer()
    timer.setTimerType(Qt.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(2)
    module.watching = (seen, timer, original, tell, run, attach)


def watched():  # type: ignore[no-untyped-def] # runs inside Krita
    """What :func:`watch` saw, in milliseconds."""
    import sys

    module = sys.modules["shiage.turns"]
    seen, timer, original, tell, run, attach = module.watching
    timer.stop()
    sys.modules["shiage.host.landing"]._attach = attach
    module.Runner._turn = original
    sys.modules["shiage.job"].Job._tell = tell
    sys.modules["shiage.studio"].Studio.run = run
    times = {state: at for at, state in reversed(seen["states"])}  # the first of each
    began = times.get("begun", 0.0)
    added = times.get("added", float("inf"))

    def longest(values, count):
        return [round(1000 * value, 1) for value in sorted(values, reverse=True)[:count]]

    return {
        "gap": longest([gap for gap, _ in seen["gaps"]], 5),
        "gap before the group is added": longest([gap for gap, at in seen["gaps"] if at < added], 5),
        "whole": round(1000 * (times["done"] - began)) if "done" in times else None,
        "states": {state: round(1000 * (at - began)) for state, at in times.items()},
        "turns": len(seen["turns"]),
        "longest turns, wall": longest([wall for wall, _ in seen["turns"]], 5),
        "longest turns, CPU": longest([cpu for _, cpu in seen["turns"]], 5),
    }


def test_start(krita: Session, warmed: Path, place: Path, numbers: dict[str, Any]) -> None:
    """Krita's start with and without the plugin, side by side; the least of each."""
    times: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(3):
        for kind, found in times.items():
            folder = place / f"start-{kind}"
            other = session.Session(folder, {"SHIAGE_HOME": str(place / "home")})
            other.prepare(warmed)
            if kind == "with":
                (other.resources / "pykrita" / "shiage").symlink_to(krita.resources / "pykrita" / "shiage")
                (other.resources / "pykrita" / "shiage.desktop").symlink_to(krita.resources / "pykrita/shiage.desktop")
                other.kritarc.write_text(other.kritarc.read_text() + "enable_shiage=true\n")
            began = time.monotonic()
            other.start()
            found.append(time.monotonic() - began)
            other.stop()
            for link in (other.resources / "pykrita").glob("shiage*"):
                if link.is_symlink():
                    link.unlink()
    numbers["start, s"] = {kind: round(min(found), 2) for kind, found in times.items()}
    numbers["import and docker, ms"] = krita.run(import_cost)


def import_cost():  # type: ignore[no-untyped-def] # runs inside Krita
    """How long Krita's Python needs for the plugin's modules and a docker; the least of three."""
    import importlib
    import sys
    import time

    best = []
    kept = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "shiage"}
    path = kept["shiage"].__path__
    import types

    for _ in range(3):
        for name in [name for name in sys.modules if name.split(".")[0] == "shiage"]:
            del sys.modules[name]
        package = types.ModuleType("shiage")
        package.__path__ = path
        sys.modules["shiage"] = package
        began = time.perf_counter()
        importlib.import_module("shiage.extension")
        imported = time.perf_counter()
        docker = importlib.import_module("shiage.panel.docker").Docker()
        best.append([round(1000 * (imported - began)), round(1000 * (time.perf_counter() - imported))])
        docker.deleteLater()
    for name in [name for name in sys.modules if name.split(".")[0] == "shiage"]:
        del sys.modules[name]
    sys.modules.update(kept)
    return min(best)
