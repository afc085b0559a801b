"""Real Blenders for the tests: bpy wheels in venvs of their own, and the system's Blender; a daemon beside them.

The venvs are made by ``tools/blender_hosts.sh`` under ``$XDG_CACHE_HOME/shiage-test-hosts``. What is not there is
skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shiage.client import Client, start
from shiage.hosts import blender as packaging

INSIDE = Path(__file__).resolve().parent / "inside"
ROOT = INSIDE.parents[3]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shiage-test-hosts"
WHEELS = ("4.2", "4.5", "5.0", "5.2")


@dataclass(frozen=True)
class Blender:
    """A Blender that runs scripts without a window. ``legacy``: it has no extensions. ``path``: its PATH begins with
    it."""

    command: tuple[str, ...]
    legacy: bool
    home: Path
    path: str = ""

    def environment(self) -> dict[str, str]:
        """Its own user folders, so that no test meets another's add-on."""
        made = packaging.environment()
        if self.path:
            made["PATH"] = self.path + os.pathsep + made["PATH"]
        for name in ("RESOURCES", "CONFIG", "SCRIPTS", "DATAFILES", "EXTENSIONS"):
            place = self.home / "blender" / ("" if name == "RESOURCES" else name.lower())
            place.mkdir(parents=True, exist_ok=True)
            if name == "RESOURCES" or self.legacy:
                made[f"BLENDER_USER_{name}"] = str(place)
        return made | {"SHIAGE_HOME": os.environ.get("SHIAGE_HOME", ""), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, script: str, *arguments: str | Path) -> dict[str, object]:
        """Run a script of ``inside/``; the facts that it prints."""
        command = [*self.command, str(INSIDE / script), "--", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment(), timeout=240, check=False)
        lines = [line for line in done.stdout.splitlines() if line.startswith("FACTS ")]
        assert lines, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert done.returncode == 0, done.stderr[-3000:]
        facts: dict[str, object] = json.loads(lines[-1].removeprefix("FACTS "))
        return facts


@pytest.fixture(params=[*WHEELS, "system"])
def blender(request: pytest.FixtureRequest, tmp_path: Path) -> Blender:
    """Each Blender that is here."""
    if request.param == "system":
        executable = shutil.which("blender")
        if not executable:
            pytest.skip("no blender on the PATH (tools/blender_hosts.sh installs it)")
        version = packaging.version_of(executable)
        flags = ("--background", "--factory-startup", "--python-exit-code", "3", "--python")
        return Blender((executable, *flags), version < (4, 2), tmp_path)
    python = CACHE / f"bpy-{request.param}" / "bin" / "python"
    if not python.exists():
        pytest.skip(f"no bpy {request.param} (tools/blender_hosts.sh makes it)")
    return Blender((str(python),), False, tmp_path)


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The packed add-on for this computer, by whether it is the legacy one."""
    try:
        built = packaging.package(tmp_path_factory.mktemp("dist"), wheels=CACHE / "wheels")
    except packaging.Unreachable as error:
        pytest.skip(str(error))
    return {one.legacy: one.path for one in built}


@pytest.fixture(scope="module")
def running_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A daemon of this checkout, in a home of its own, which is in SHIAGE_HOME while it runs."""
    home = tmp_path_factory.mktemp("daemon")
    patch = pytest.MonkeyPatch()
    patch.setenv("SHIAGE_HOME", str(home))
    places = [ROOT / "daemon", ROOT / "models", Path(__file__).parent]
    patch.setenv("PYTHONPATH", os.pathsep.join(map(str, places)))
    patch.setenv("SHIAGE_EXTRA_OPERATIONS", "blender_operations")
    client = start([sys.executable, "-m", "shiage"], home, deadline=60)
    yield client
    client.shutdown(now=True)
    client.close()
    patch.undo()
