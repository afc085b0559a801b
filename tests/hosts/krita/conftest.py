"""A real Krita with the plugin installed as a user would get it, and a daemon of the tests' own.

The session's Krita is started once. A profile in which Krita has run before is kept between runs (Krita's first start
takes a quarter of a minute); pictures of the screen go to ``build/krita``.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

import shiage.client
import shiage.v1
from shiage.errors import NotReady
from shiage.hosts import krita as installer

from . import fake_krita, inside
from . import session as sessions

ROOT = Path(__file__).resolve().parents[3]
PLUGIN = ROOT / "krita_plugin" / "shiage"
Load = Callable[[str], Any]
PICTURES = ROOT / "build" / "krita"
CACHE = ROOT / "build" / "krita-profile"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Imports a module of the plugin as it is inside Krita: beside the client and the protos, with a (fake)
    ``krita``.
    """
    package = types.ModuleType("plugged")
    package.__path__ = [str(PLUGIN)]
    modules = {"krita": fake_krita, "plugged": package, "plugged.client": shiage.client, "plugged.v1": shiage.v1}
    for name in ("values_pb2", "jobs_pb2", "operations_pb2"):
        modules[f"plugged.v1.{name}"] = importlib.import_module(f"shiage.v1.{name}")
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    fake_krita.Krita._one = None
    yield lambda name: importlib.import_module(f"plugged.{name}")
    for name in [name for name in sys.modules if name.startswith("plugged")]:
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture(scope="session")
def warmed() -> Path:
    """A profile in which Krita has run."""
    lacking = sessions.missing()
    if lacking:
        pytest.skip(f"a real Krita {lacking}")
    version = subprocess.run(["dpkg-query", "-W", "krita"], capture_output=True, text=True, check=False).stdout
    stamp = CACHE / "version"
    if not stamp.exists() or stamp.read_text() != version:
        shutil.rmtree(CACHE, ignore_errors=True)
        CACHE.mkdir(parents=True)
        with sessions.running(CACHE, None):
            pass
        stamp.write_text(version)
    return CACHE


@pytest.fixture(scope="session")
def wheels() -> Path | None:
    """A folder with gRPC's wheels where the network gives none (SHIAGE_KRITA_WHEELS)."""
    given = os.environ.get("SHIAGE_KRITA_WHEELS")
    return Path(given) if given else None


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A short path: the daemon's socket has to fit into a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="shk"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def krita(warmed: Path, wheels: Path | None, place: Path) -> Iterator[sessions.Session]:
    """A running Krita with the plugin, whose daemon knows the tests' own operations too."""
    environment = {"SHIAGE_HOME": str(place / "home")}
    session = sessions.Session(place / "krita", environment)
    session.prepare(warmed)
    path = os.pathsep.join(str(ROOT / part) for part in ("daemon", "models", "tests/hosts/krita"))
    command = ["env", f"PYTHONPATH={path}", "SHIAGE_EXTRA_OPERATIONS=krita_operations", sys.executable, "-m", "shiage"]
    try:
        installer.install(resources=session.resources, kritarc=session.kritarc, command=command, wheels=wheels)
    except NotReady as error:
        pytest.skip(f"a real Krita, but {error}")
    session.start()
    try:
        session.run(large_window)
        yield session
    finally:
        status = session.stop()
        subprocess.run(
            [sys.executable, "-m", "shiage", "stop"],
            env=os.environ | environment | {"PYTHONPATH": path},
            check=False,
            timeout=30,
        )
    assert status in (0, -signal.SIGKILL), f"Krita crashed as it quit ({status})\n{session.last_words()}"


@pytest.fixture
def clean(krita: sessions.Session) -> Iterator[None]:
    """Each test begins without documents, and leaves a picture of the screen. A Krita that died failed one test: the
    next has a new one.
    """
    if not krita.alive:
        krita.start_again()
        krita.run(large_window)
    krita.wait_for(inside.ready, timeout=60)
    yield
    if krita.alive:
        name = os.environ.get("PYTEST_CURRENT_TEST", "test").split("::")[-1].split(" ")[0]
        krita.screenshot(PICTURES / f"{re.sub('[^a-z0-9_]+', '-', name.lower()).strip('-')}.png")
        krita.run(inside.close_documents)
        krita.run(inside.forget_jobs)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Line art on white paper: a house with a door, closed lines of 4 pixels."""
    picture = Image.new("RGB", (600, 400), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((150, 160, 450, 360), outline="black", width=4)
    pen.line((130, 160, 300, 40, 470, 160, 130, 160), fill="black", width=4)
    pen.rectangle((270, 250, 330, 360), outline="black", width=4)
    path = tmp_path_factory.mktemp("drawings") / "house.png"
    picture.save(path)
    return path


def large_window():  # type: ignore[no-untyped-def] # runs inside Krita
    """Room for the docker."""
    from krita import Krita
    from PyQt5.QtWidgets import QDockWidget

    window = Krita.instance().activeWindow().qwindow()
    window.setGeometry(0, 0, 1600, 1000)
    for name in ("PresetDocker", "ColorSelectorNg", "sharedtooldocker"):
        for dock in window.findChildren(QDockWidget, name):
            dock.hide()
    for dock in window.findChildren(QDockWidget, "shiage_docker"):
        dock.show()
        dock.raise_()
        window.resizeDocks([dock], [420], 1)  # Qt.Horizontal
        window.resizeDocks([dock], [640], 2)
    return [dock.objectName() for dock in window.findChildren(QDockWidget)]
