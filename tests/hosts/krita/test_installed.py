"""From a wheel to a docker: installed by the command line, by Krita's own importer, and taken away again."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

import wheels as packages

from . import inside
from .session import Session

pytestmark = [pytest.mark.krita, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def shiage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``shiage`` command of an installed wheel."""
    wheel = packages.build(tmp_path_factory.mktemp("wheel"))
    return packages.installed(wheel, tmp_path_factory.mktemp("venv"))


@pytest.fixture
def profile(warmed: Path) -> Iterator[Session]:
    """A user's home with a Krita that knows no Shiage; short, for the daemon's socket."""
    folder = Path(mkdtemp(prefix="shi"))
    session = Session(folder)
    session.prepare(warmed)
    yield session
    session.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_install_use_package_import_and_uninstall(
    shiage: Path, profile: Session, wheels: Path | None, tmp_path: Path
) -> None:
    offline = ["--wheels", str(wheels)] if wheels else []

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(shiage), *words], env=profile.environment(), capture_output=True, text=True, timeout=300, check=False
        )

    done = run("install", "krita", *offline)
    if "can't get gRPC" in done.stderr:
        pytest.skip(f"a real Krita, but {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    told = json.loads((profile.resources / "pykrita" / "shiage" / "install.json").read_text())
    assert told["command"] == [str(shiage)]
    [python] = [path.name for path in (profile.resources / "pykrita" / "shiage" / "_wheels").iterdir()]
    findings = json.loads(run("doctor", "--json").stdout)["findings"]
    ours = [finding for finding in findings if finding["name"].startswith("Krita")]
    assert len(ours) == 6
    assert not [finding for finding in ours if finding["advice"]], ours
    try:
        state = started(profile)  # the plugin starts the wheel's own daemon
        assert state["light"] == "ready", state
        assert run("status").returncode == 0
    finally:
        run("stop")

    assert run("install", "krita", "--uninstall").returncode == 0
    assert not list(profile.resources.rglob("*shiage.*"))
    assert not (profile.resources / "pykrita" / "shiage").exists()
    archive = tmp_path / "shiage.zip"
    done = run("package", "krita", "-o", str(archive), "--python", python, *offline)
    assert done.returncode == 0, done.stderr

    again = Session(profile.folder)
    again.start()
    try:
        assert again.run(dockers) == []
        assert again.run(import_plugin, archive=str(archive), resources=str(profile.resources)) == ["shiage"]
    finally:
        again.stop()
    profile.kritarc.write_text(profile.kritarc.read_text().replace("[python]", "[python]\nenable_shiage=true"))
    # The other computer has no `shiage` on its path: the docker says so.
    state = started(Session(profile.folder), wanted="trouble")
    assert state["light"] == "trouble", state
    assert "can't be started" in str(state["sentence"])


def started(session: Session, wanted: str = "ready") -> dict[str, object]:
    """Start Krita, wait until the docker's light is so, and quit; gives how the docker stood."""
    session.start()
    try:
        end = time.monotonic() + 90
        while not session.run(light_is, wanted=wanted) and time.monotonic() < end:
            time.sleep(0.2)
        state: dict[str, object] = session.run(inside.docker_state)
        return state
    finally:
        session.stop()


def light_is(wanted):  # type: ignore[no-untyped-def] # runs inside Krita
    """Whether the docker's light has that state."""
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    docker.show()
    docker.raise_()
    return docker._light.state == wanted


def dockers():  # type: ignore[no-untyped-def] # runs inside Krita
    """Our dockers."""
    from krita import Krita

    return [d.objectName() for d in Krita.instance().dockers() if d.objectName().startswith("shiage")]


def import_plugin(archive, resources):  # type: ignore[no-untyped-def] # runs inside Krita
    """What Tools > Scripts > Import Python Plugin from File does with the file."""
    from plugin_importer.plugin_importer import PluginImporter

    return [plugin["name"] for plugin in PluginImporter(archive, resources, lambda plugin: True).import_all()]
