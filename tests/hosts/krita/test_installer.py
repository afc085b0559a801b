"""The installer, without Krita: where it puts things, what it writes, and that the vendored parts run on their own."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from shiage.errors import NotReady
from shiage.hosts import krita
from shiage.hosts.krita import _install, _wheels
from shiage.hosts.krita._kritarc import is_enabled, set_enabled
from shiage.hosts.krita._places import pythons_in


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of gRPC's wheels a small folder: no network."""

    def unpack(target: Path, python: str, platform: str, wheels: Path | None) -> list[str]:
        (target / "grpc").mkdir(parents=True)
        (target / "grpc" / "__init__.py").write_text(f"python = {python!r}\n")
        return [f"grpcio for {python} on {platform}"]

    monkeypatch.setattr(_install, "unpack_wheels", unpack)


def put_in(folder: Path, said: list[str]) -> list[Path]:
    return krita.install(
        resources=folder / "krita",
        kritarc=folder / "kritarc",
        pythons=["3.10"],
        command=[sys.executable],
        say=said.append,
    )


@pytest.mark.usefixtures("no_wheels")
def test_install_doctor_uninstall(tmp_path: Path) -> None:
    (tmp_path / "kritarc").write_text("theme=dark\n[python]\nenable_other=true\n[General]\nx=1\n")
    said: list[str] = []
    [plugin] = put_in(tmp_path, said)
    assert {"__init__.py", "client", "v1", "host", "panel", "install.json", "_wheels"} <= {
        p.name for p in plugin.iterdir()
    }
    assert (plugin / "_wheels" / "3.10" / "grpc").is_dir()
    assert json.loads((plugin / "install.json").read_text())["command"] == [sys.executable]
    assert "grpcio for 3.10" in "\n".join(said)
    assert (tmp_path / "kritarc").read_text().splitlines() == [
        "theme=dark", "[python]", "enable_shiage=true", "enable_other=true", "[General]", "x=1",
    ]  # fmt: skip
    actions = ElementTree.parse(tmp_path / "krita" / "actions" / "shiage.action")
    assert {"shiage_show", "shiage_run_again", "shiage_flats"} <= {a.get("name") for a in actions.iter("Action")}
    where = {"resources": tmp_path / "krita", "kritarc": tmp_path / "kritarc"}
    known = [check for check in krita.doctor(**where) if "gRPC" not in check.name]
    assert all(not check.advice for check in known)
    assert [check.name for check in known] == [
        f"Krita (given){part}" for part in ("", ": files", ": shortcuts", ": enabled", ": daemon command")
    ]
    (plugin / "v1" / "jobs_pb2.py").parent.rename(tmp_path / "v1")
    (tmp_path / "krita" / "actions" / "shiage.action").unlink()
    set_enabled(tmp_path / "kritarc", False)
    (plugin / "install.json").write_text("{}")
    broken = {check.name.partition(": ")[2]: check.advice for check in krita.doctor(**where)}
    assert all(broken[part] for part in ("", "files", "shortcuts", "enabled", "daemon command")), broken
    put_in(tmp_path, said)  # over itself
    assert krita.uninstall(**where, say=said.append) == [plugin]
    assert not is_enabled(tmp_path / "kritarc")
    assert not list((tmp_path / "krita").rglob("*shiage*"))
    [nothing] = krita.doctor(**where)
    assert "shiage install krita" in nothing.found
    assert not nothing.advice


@pytest.mark.usefixtures("no_wheels")
def test_package_is_what_kritas_importer_wants(tmp_path: Path) -> None:
    path = krita.package(
        tmp_path / "out" / "shiage.zip", pythons=["3.10", "3.13"], platform="win32", say=lambda _: None
    )
    file = zipfile.ZipFile(path)
    names = file.namelist()
    assert "home" not in json.loads(file.read("shiage/install.json")), "it is for another computer"
    # Krita's importer finds the plugin by its folder's own entry.
    assert {
        "shiage/",
        "shiage.desktop",
        "shiage/__init__.py",
        "shiage/client/__init__.py",
        "actions/shiage.action",
    } <= set(names)
    assert {"shiage/_wheels/3.10/grpc/__init__.py", "shiage/_wheels/3.13/grpc/__init__.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name]


def test_places_on_each_system(tmp_path: Path) -> None:
    (tmp_path / ".var/app/org.kde.krita").mkdir(parents=True)
    (tmp_path / ".local/share/krita").mkdir(parents=True)
    linux = {place.kind: place for place in krita.places("linux", tmp_path, {})}
    assert linux["native"].plugins == tmp_path / ".local/share/krita/pykrita"
    assert linux["flatpak"].kritarc == tmp_path / ".var/app/org.kde.krita/config/kritarc"
    [windows] = krita.places("win32", tmp_path, {"APPDATA": "/r", "LOCALAPPDATA": "/l", "PROGRAMFILES": "/none"})
    assert (windows.resources, windows.kritarc) == (Path("/r/krita"), Path("/l/kritarc"))
    [mac] = krita.places("darwin", tmp_path, {})
    assert mac.resources == tmp_path / "Library/Application Support/krita"
    assert len(windows.pythons) > 1  # nobody can tell: all official ones are served


def test_python_is_told_from_kritas_own_library(tmp_path: Path) -> None:
    (tmp_path / "lib" / "kritaplugins").mkdir(parents=True)
    (tmp_path / "lib" / "kritaplugins" / "kritapykrita.so").write_bytes(b"\0ELF..libpython3.12.so.1.0\0..")
    assert pythons_in(tmp_path) == ("3.12",)
    assert pythons_in(tmp_path / "lib", shallow=True) == ("3.12",)
    other = tmp_path / "windows"
    other.mkdir()
    (other / "python310.dll").write_bytes(b"")
    (other / "python3.dll").write_bytes(b"")
    assert pythons_in(other) == ("3.10",)


def test_settings_file_that_is_not_there(tmp_path: Path) -> None:
    set_enabled(tmp_path / "a" / "kritarc", False)
    assert not (tmp_path / "a").exists()
    set_enabled(tmp_path / "a" / "kritarc", True)
    assert is_enabled(tmp_path / "a" / "kritarc")


def test_what_pip_says_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"Python 3\.11"):
        _wheels.unpack_wheels(tmp_path / "to", "3.11", "linux", wheels=tmp_path)


def test_a_wheel_cannot_write_elsewhere(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.whl", "w") as file:
        file.writestr("../outside.py", "")
    with pytest.raises(NotReady, match="outside its folder"):
        _wheels._unpack(tmp_path / "bad.whl", tmp_path / "to")


@pytest.mark.slow
def test_client_and_protos_run_with_the_vendored_libraries(tmp_path: Path, wheels: Path | None) -> None:
    """In a Python that sees nothing else: the oldest protobuf that the plugins carry, imported under another name."""
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    try:
        [plugin] = krita.install(
            resources=tmp_path / "krita",
            kritarc=tmp_path / "kritarc",
            pythons=[python],
            wheels=wheels,
            say=lambda _: None,
        )
    except NotReady as error:
        pytest.skip(f"no wheels here: {error}")
    # The plugin's own __init__ wants Krita: the package is stood in for by a bare one of another name.
    script = f"""
import importlib, sys, types
sys.path.insert(0, {str(plugin / "_wheels" / python)!r})
package = types.ModuleType("plugged"); package.__path__ = [{str(plugin)!r}]; sys.modules["plugged"] = package
from google import protobuf
from plugged.client import Client, DaemonError
from plugged.v1 import jobs_pb2, jobs_pb2_grpc, values_pb2
request = jobs_pb2.SubmitRequest(operation="flats")
request.inputs["drawing"].values.add(name="ink").raster.width = 7
again = jobs_pb2.SubmitRequest.FromString(request.SerializeToString())
assert again.inputs["drawing"].values[0].raster.width == 7
event = jobs_pb2.Event(progress=jobs_pb2.Progress(fraction=0.5, stage="lines"))
assert jobs_pb2.Event.FromString(event.SerializeToString()).WhichOneof("what") == "progress"
from pathlib import Path
try:
    Client.connect(Path({str(tmp_path)!r}))
except DaemonError as error:
    assert error.code == "Unreachable", error.code
assert "numpy" not in sys.modules
print(protobuf.__version__)
"""
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "5.29.6"
