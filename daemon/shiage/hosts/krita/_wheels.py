"""gRPC and protobuf for the Python that is inside Krita, which has neither and must not be touched."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from ...errors import NotReady

# The generated modules are tested with this protobuf, which has wheels for every Python that Krita ever carried.
REQUIREMENTS = ("grpcio>=1.70,<2", "protobuf==5.29.6")
PLATFORMS = {
    "linux": ("manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "win32": ("win_amd64",),
    "darwin": ("macosx_11_0_universal2", "macosx_10_14_x86_64", "macosx_10_9_universal2"),
}


def unpack_wheels(target: Path, python: str, platform: str = sys.platform, wheels: Path | None = None) -> list[str]:
    """Put the wheels for ``python`` (``3.10``) into ``target`` and give their names.

    They are fetched with pip unless ``wheels`` is a folder that holds them (a studio without a network). NotReady where
    pip can't give them.
    """
    with tempfile.TemporaryDirectory() as folder:
        fetched = Path(folder)
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--only-binary=:all:", "--implementation", "cp", "--python-version", python),
            *(word for name in PLATFORMS[platform] for word in ("--platform", name)),
            *("--dest", str(fetched)),
            *(("--no-index", "--find-links", str(wheels)) if wheels else ()),
            *REQUIREMENTS,
        ]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            words = ran.stderr.strip().splitlines()
            raise NotReady(
                f"pip can't get gRPC for Krita's Python {python}: {words[-1] if words else 'it said nothing'}.",
                hint="Check the network, or give a folder with the wheels by --wheels.",
            )
        names = sorted(path.name for path in fetched.glob("*.whl"))
        for name in names:
            _unpack(fetched / name, target)
    return names


def _unpack(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        for entry in file.infolist():
            parts = PurePosixPath(entry.filename).parts
            # gRPC's wheel carries its own test certificates and nothing else that Krita would not need.
            if ".." in parts or PurePosixPath(entry.filename).is_absolute():
                raise NotReady(f"The wheel {wheel.name} has a file outside its folder: {entry.filename}.")
            file.extract(entry, target)
