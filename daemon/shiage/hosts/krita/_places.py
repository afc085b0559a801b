"""Where the Kritas of this machine keep their resources and settings, and which Python is in them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# What official builds of Krita have carried; all of them are served where nobody can tell which one it is.
OFFICIAL_PYTHONS = ("3.8", "3.10", "3.13")
# What distributions' own Kritas run besides.
DISTRIBUTION_PYTHONS = ("3.11", "3.12", "3.14")
_LIBRARY = re.compile(rb"(?:lib)?python3\.?(\d{1,2})(?:\.so|\.dll|\.dylib)", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """One Krita: ``kind`` (``native``, ``flatpak``, ``snap``, ``windows``, ``macos``), its resource folder, its
    settings file and the Python versions that it may run, such as ``("3.11",)``.
    """

    kind: str
    resources: Path
    kritarc: Path
    pythons: tuple[str, ...]

    @property
    def plugins(self) -> Path:
        """Where Python plugins go."""
        return self.resources / "pykrita"


def places(
    platform: str = sys.platform, home: Path | None = None, environment: Mapping[str, str] | None = None
) -> list[Place]:
    """Every Krita that this user seems to have; at least the platform's usual one, which may not have run yet."""
    home = home or Path.home()
    environment = os.environ if environment is None else environment
    if platform == "win32":
        return [_windows(home, environment)]
    if platform == "darwin":
        library = home / "Library"
        application = Path("/Applications/krita.app")
        return [
            Place(
                "macos",
                library / "Application Support" / "krita",
                library / "Preferences" / "kritarc",
                pythons_in(application) or OFFICIAL_PYTHONS,
            )
        ]
    return list(_linux(home, environment))


def _windows(home: Path, environment: Mapping[str, str]) -> Place:
    roaming = Path(environment.get("APPDATA") or home / "AppData" / "Roaming")
    local = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    program = Path(environment.get("PROGRAMFILES") or "C:/Program Files") / "Krita (x64)" / "bin"
    return Place("windows", roaming / "krita", local / "kritarc", pythons_in(program) or OFFICIAL_PYTHONS)


def _linux(home: Path, environment: Mapping[str, str]) -> Iterator[Place]:
    sandbox = home / ".var" / "app" / "org.kde.krita"
    snap = home / "snap" / "krita" / "current"
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    # The native package and an AppImage share these folders; only the native one's Python can be seen from outside.
    found = tuple(
        version
        for root in ("/usr/lib", "/usr/lib64", "/usr/local/lib")
        for version in pythons_in(Path(root), shallow=True)
    )
    has_others = sandbox.is_dir() or snap.is_dir()
    if found or (data / "krita").is_dir() or not has_others:
        yield Place("native", data / "krita", config / "kritarc", tuple(dict.fromkeys(found)) or OFFICIAL_PYTHONS)
    if sandbox.is_dir():
        app = Path("app/org.kde.krita/current/active/files")
        roots = (Path("/var/lib/flatpak") / app, home / ".local/share/flatpak" / app)
        inside = tuple(dict.fromkeys(version for root in roots for version in pythons_in(root)))
        yield Place("flatpak", sandbox / "data" / "krita", sandbox / "config" / "kritarc", inside or OFFICIAL_PYTHONS)
    if snap.is_dir():
        yield Place("snap", snap / ".local/share/krita", snap / ".config/kritarc", OFFICIAL_PYTHONS)


def pythons_in(root: Path, shallow: bool = False) -> tuple[str, ...]:
    """The Python versions that the Krita under ``root`` is linked with: what its scripting library names, else which
    library of Python lies in it. ``shallow``: look where distributions put Krita's plugins, not everywhere.
    """
    if not root.is_dir():
        return ()
    bridge = "kritapykrita*"
    patterns = (
        [f"kritaplugins/{bridge}", f"*/kritaplugins/{bridge}"] if shallow else [f"**/{bridge}.so", f"**/{bridge}.dll"]
    )
    found: list[str] = []
    for pattern in patterns:
        for library in root.glob(pattern):
            if library.is_file() and library.suffix in (".so", ".dll", ".dylib"):
                found += _named_in(library.read_bytes())
    if not found and not shallow:
        found = [v for path in root.glob("**/*python3*") for v in _named_in(path.name.encode())]
    return tuple(dict.fromkeys(found))


def _named_in(data: bytes) -> list[str]:
    # "python3.dll" (the stable interface) has no minor version and is not meant.
    return [f"3.{match[1].decode()}" for match in _LIBRARY.finditer(data) if 6 <= int(match[1]) <= 30]
