"""The Blender add-on: packed for Blender's extensions and for Blenders before them, and put into a Blender.

An extension (Blender 4.2 and later) carries wheels, one set for each platform; a legacy add-on carries the same
packages unpacked. Nothing is fetched when the add-on is installed or runs; pip fetches the wheels when it is packed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import shiage

from ..errors import BadInput, NotFound, Unreachable

# Blender's names of platforms -> the wheels' tags, best first
PLATFORMS: dict[str, tuple[str, ...]] = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "windows-x64": ("win_amd64",),
    "macos-arm64": ("macosx_11_0_universal2", "macosx_11_0_arm64"),
    "macos-x64": ("macosx_11_0_universal2", "macosx_11_0_x86_64"),
}
EXTENSION_PYTHONS = ("3.11", "3.13")  # Blender 4.2 to 5.0, and 5.1 on
LEGACY_PYTHONS = ("3.10", "3.11")  # Blender 3.4 to 4.0, and 4.1
LEGACY_MODULE = "shiage_addon"  # not `shiage`: a Blender may have this package on its path, and would take it
COMPILED = ("grpcio>=1.66",)
PURE = ("protobuf>=5.29", "typing-extensions>=4.12")

_CLIENT = ("client", "v1")


@dataclass(frozen=True)
class Built:
    """A packed add-on. ``platform``: which it is for; ``legacy``: for Blenders without extensions."""

    path: Path
    platform: str
    legacy: bool


def here() -> str:
    """Blender's name of this computer's platform."""
    if sys.platform == "win32":
        return "windows-x64"
    if sys.platform == "darwin":
        return "macos-arm64" if os.uname().machine == "arm64" else "macos-x64"
    return "linux-x64"


def package(
    folder: Path, platforms: Sequence[str] = (), *, legacy: bool = True, wheels: Path | None = None
) -> tuple[Built, ...]:
    """Pack the add-on for ``platforms`` (default: this one's) into ``folder``; a Blender with extensions on the PATH
    checks each.

    ``wheels``: a folder to keep fetched wheels in. BadInput where a platform is not known, NotFound where the add-on's
    source is not here, Unreachable where pip can't fetch the wheels.
    """
    wanted = tuple(platforms) or (here(),)
    for platform in wanted:
        if platform not in PLATFORMS:
            raise BadInput(f"'{platform}' is no platform of Blender's.", hint=f"There are: {', '.join(PLATFORMS)}.")
    folder.mkdir(parents=True, exist_ok=True)
    built: list[Built] = []
    checker = validator()
    with tempfile.TemporaryDirectory() as scratch:
        store = wheels or Path(scratch) / "wheels"
        for platform in wanted:
            built.append(Built(_extension(folder, platform, store), platform, False))
            if checker:
                validate(built[-1].path, checker)
            if legacy:
                built.append(Built(_legacy(folder, platform, store), platform, True))
    return tuple(built)


def validator() -> tuple[str, ...]:
    """The command of Blender's own check of extensions; empty where no Blender that has them is on the PATH."""
    executable = shutil.which("blender")
    if executable is None or version_of(executable) < (4, 2):
        return ()
    return (executable, "--command", "extension", "validate")


def validate(extension: Path, command: Sequence[str]) -> None:
    """Let Blender check a packed extension; BadInput with what it says where it refuses it."""
    done = subprocess.run([*command, str(extension)], capture_output=True, text=True, check=False, env=environment())
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise BadInput(f"Blender refuses the packed extension: {said}", where=str(extension))


def source() -> Path:
    """The folder of the add-on's source: beside the daemon in a checkout, inside the package when installed."""
    package_folder = Path(shiage.__file__).resolve().parent
    for place in (package_folder / "plugins" / "blender_addon", package_folder.parent.parent / "blender_addon"):
        if (place / "blender_manifest.toml").is_file():
            return place
    raise NotFound("The Blender add-on's source is not here.", hint="Install Shiage from a checkout or a full wheel.")


def manifest_for(platform: str, wheels: Iterable[str]) -> str:
    """The extension's manifest with this software's version, one platform and its wheels."""
    text = (source() / "blender_manifest.toml").read_text(encoding="utf-8")
    text = re.sub(r'^version = ".*"$', f'version = "{_version()}"', text, count=1, flags=re.M)
    listed = "".join(f'  "./wheels/{name}",\n' for name in sorted(wheels))
    own = f'platforms = ["{platform}"]\nwheels = [\n{listed}]\n'
    text = text.replace("\n[permissions]", f"\n{own}\n[permissions]", 1)
    tomllib.loads(text)
    return text


def _version() -> str:
    """Blender wants three numbers."""
    return ".".join((re.findall(r"\d+", shiage.__version__) + ["0", "0", "0"])[:3])


def _extension(folder: Path, platform: str, store: Path) -> Path:
    wheels = _wheels(platform, EXTENSION_PYTHONS, store)
    path = folder / f"shiage-{_version()}-{platform.replace('-', '_')}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("blender_manifest.toml", manifest_for(platform, (wheel.name for wheel in wheels)))
        for name, file in _files():
            archive.write(file, name)
        for wheel in wheels:
            archive.write(wheel, f"wheels/{wheel.name}", zipfile.ZIP_STORED)
    return path


def _legacy(folder: Path, platform: str, store: Path) -> Path:
    path = folder / f"shiage-{_version()}-{platform.replace('-', '_')}-legacy.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in _files():
            archive.write(file, f"{LEGACY_MODULE}/{name}")
        done: set[str] = set()
        for wheel in _wheels(platform, LEGACY_PYTHONS, store):
            with zipfile.ZipFile(wheel) as packed:
                for name in packed.namelist():
                    if name not in done and not name.endswith("/"):
                        done.add(name)
                        archive.writestr(f"{LEGACY_MODULE}/packages/{name}", packed.read(name))
    return path


def _files() -> Iterator[tuple[str, Path]]:
    """(name in the archive, file) of the add-on and of the client that it carries."""
    addon = source() / "shiage"
    for file in sorted(addon.rglob("*.py")):
        if "vendored" not in file.relative_to(addon).parts:
            yield file.relative_to(addon).as_posix(), file
    own = Path(shiage.__file__).resolve().parent
    yield "vendored/__init__.py", own / "__init__.py"
    for package_name in _CLIENT:
        for file in sorted((own / package_name).rglob("*.py")):
            yield f"vendored/{file.relative_to(own).as_posix()}", file


def _wheels(platform: str, pythons: Sequence[str], store: Path) -> list[Path]:
    """The wheels for one platform, fetched by pip into ``store`` unless they are there."""
    found: dict[str, Path] = {}
    for python in pythons:
        place = store / platform / python
        if not any(place.glob("*.whl")):
            tags = [part for tag in PLATFORMS[platform] for part in ("--platform", tag)]
            _download(place, COMPILED, ["--python-version", python, "--implementation", "cp", *tags])
            _download(place, PURE, ["--python-version", python, "--implementation", "py", "--abi", "none"])
        found |= {wheel.name: wheel for wheel in sorted(place.glob("*.whl"))}
    return list(found.values())


def _download(place: Path, requirements: Sequence[str], options: Sequence[str]) -> None:
    if "--platform" not in options:
        options = [*options, "--platform", "any"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [*command, *options, "--dest", str(place), *requirements], capture_output=True, text=True, check=False
    )
    if done.returncode:
        shutil.rmtree(place)
        said = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise Unreachable(f"The add-on's wheels can't be fetched: {said}", hint="Check the network and pip's settings.")


def install(blender: Path | None = None, wheels: Path | None = None) -> str:
    """Pack the add-on for this computer and put it into ``blender`` (default: the one on the PATH); says what was done.

    NotFound where there is no Blender, BadInput where it refuses the add-on.
    """
    executable = shutil.which(str(blender) if blender else "blender")
    if executable is None:
        raise NotFound("No Blender is found.", hint="Give its executable: shiage install blender --blender PATH.")
    version = version_of(executable)
    with tempfile.TemporaryDirectory() as scratch:
        built = {one.legacy: one.path for one in package(Path(scratch), wheels=wheels)}
        if version >= (4, 2):
            command = [
                "--command",
                "extension",
                "install-file",
                "--repo",
                "user_default",
                "--enable",
                str(built[False]),
            ]
        else:
            script = Path(scratch) / "install.py"
            script.write_text(_LEGACY_INSTALL, encoding="utf-8")
            command = ["--background", "--python-exit-code", "3", "--python", str(script), "--", str(built[True])]
        done = subprocess.run([executable, *command], capture_output=True, text=True, check=False, env=environment())
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-3:])
        raise BadInput(f"Blender refused the add-on: {said}", where=executable)
    return f"Shiage is installed in Blender {'.'.join(map(str, version))} ({executable})."


def environment() -> dict[str, str]:
    """For a Blender that is started from here: it must not meet this Python's packages. A distribution's Blender
    takes the first Python on the PATH for its own, and with it its packages."""
    named = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    clean = {name: value for name, value in os.environ.items() if name not in named}
    if sys.prefix != sys.base_prefix:
        own = {Path(sys.prefix) / "bin", Path(sys.prefix) / "Scripts"}
        places = clean.get("PATH", "").split(os.pathsep)
        clean["PATH"] = os.pathsep.join(place for place in places if Path(place) not in own)
    return clean


def version_of(executable: str) -> tuple[int, int]:
    """Major and minor version of a Blender; BadInput where it is none."""
    said = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"^Blender (\d+)\.(\d+)", said, re.M)
    if not found:
        raise BadInput("This is not a Blender.", where=executable)
    return int(found[1]), int(found[2])


_LEGACY_INSTALL = f"""
import os, sys
import bpy
os.makedirs(bpy.utils.user_resource("CONFIG", create=True), exist_ok=True)
bpy.ops.preferences.addon_install(filepath=sys.argv[-1], overwrite=True)
bpy.ops.preferences.addon_enable(module="{LEGACY_MODULE}")
assert "{LEGACY_MODULE}" in bpy.context.preferences.addons, "the add-on does not start"
bpy.ops.wm.save_userpref()
"""
