"""The wheel of this checkout, and an installation of it as a user would have one."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def build(folder: Path) -> Path:
    """Build the wheel into ``folder``; the test is skipped where the build backend is not here."""
    pytest.importorskip("hatchling", reason="the build backend is not here: pip install hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [wheel] = folder.glob("*.whl")
    return wheel


def installed(wheel: Path, folder: Path) -> Path:
    """A virtual environment in ``folder`` with the wheel, and with the libraries of this one; gives its ``shiage``."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True, timeout=120)
    # After its own folder, and without what stands in .pth files there: no editable shiage comes in.
    place = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    Path(place, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "shiage"
