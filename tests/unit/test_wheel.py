"""What an installed wheel carries besides the package: both plugins, the list of networks, the weights that ship."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import wheels

ROOT = wheels.ROOT
_NOT_SHIPPED = {"__pycache__", ".ruff_cache", ".mypy_cache"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.build(tmp_path_factory.mktemp("wheel"))


def files_of(folder: str) -> set[str]:
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {p.relative_to(ROOT / folder).as_posix() for p in found if not _NOT_SHIPPED & set(p.parts)}


@pytest.mark.parametrize("plugin", ["krita_plugin", "blender_addon"])
def test_both_plugins_are_in_it(wheel: Path, plugin: str) -> None:
    prefix = f"shiage/plugins/{plugin}/"
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.removeprefix(prefix) for name in names if name.startswith(prefix)} == files_of(plugin)
    assert len(files_of(plugin)) > 10


def test_the_networks_that_ship_are_in_it(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    files = re.findall(r'^file = "(.+)"$', (ROOT / "models" / "zoo.toml").read_text(), re.MULTILINE)
    ours = {name for name in files if (ROOT / "models" / name).is_file()}
    assert ours
    assert {f"shiage/_models/{name}" for name in {"zoo.toml", *ours}} <= names


def test_the_installers_find_the_plugins_in_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path)
    script = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import shiage
from shiage.hosts import blender
from shiage.hosts.krita import _install
here = Path(sys.argv[1])
assert Path(shiage.__file__).is_relative_to(here), shiage.__file__
assert _install._source().is_relative_to(here), _install._source()
assert blender.source().is_relative_to(here), blender.source()
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
