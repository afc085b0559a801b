"""Install, uninstall, package, doctor."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from ... import __version__
from ...client import data_home
from ...errors import NotFound
from ...operations import registry
from ...values import Kind
from ._kritarc import is_enabled, set_enabled
from ._places import DISTRIBUTION_PYTHONS, OFFICIAL_PYTHONS, Place, places
from ._wheels import unpack_wheels

NAME = "shiage"
_SHIAGE = Path(__file__).resolve().parents[2]
Say = Callable[[str], None]


class Check(NamedTuple):
    """One line of the doctor's: what was looked at, what it is, and what to do (empty where all is well)."""

    name: str
    found: str
    advice: str = ""


def install(
    *,
    resources: Path | None = None,
    kritarc: Path | None = None,
    pythons: Sequence[str] = (),
    command: Sequence[str] = (),
    wheels: Path | None = None,
    say: Say = print,
) -> list[Path]:
    """Put the plugin into every Krita of this user (or into ``resources`` with its ``kritarc``) and say what was done.

    ``pythons``: the Python versions inside Krita (default: found out). ``command``: how the plugin starts the daemon
    (default: this very installation). ``wheels``: a folder with grpcio and protobuf wheels, instead of the network.
    Gives the plugin's folders. Krita must be started anew afterwards. NotReady where the wheels can't be had.
    """
    done = []
    for place in _targets(resources, kritarc, pythons):
        say(f"Krita ({place.kind}): {place.resources}")
        told: dict[str, object] = {"command": list(command or _command(place.kind)), "home": str(data_home())}
        with _built(place.pythons, told, wheels, say) as built:
            _replace(built / NAME, place.plugins / NAME)
            shutil.copy2(built / f"{NAME}.desktop", place.plugins / f"{NAME}.desktop")
        actions = place.resources / "actions"
        actions.mkdir(parents=True, exist_ok=True)
        (actions / f"{NAME}.action").write_text(actions_file(), encoding="utf-8")
        set_enabled(place.kritarc, True)
        say(f"  plugin in {place.plugins / NAME}; enabled in {place.kritarc}; shortcuts in {actions}")
        done.append(place.plugins / NAME)
    say("Start Krita anew; the docker is under Settings > Dockers > Shiage.")
    return done


def uninstall(*, resources: Path | None = None, kritarc: Path | None = None, say: Say = print) -> list[Path]:
    """Take away what :func:`install` put there; gives the folders that were removed."""
    removed = []
    for place in _targets(resources, kritarc, ()):
        folder = place.plugins / NAME
        if folder.is_dir():
            shutil.rmtree(folder)
            removed.append(folder)
            say(f"Removed {folder}.")
        (place.plugins / f"{NAME}.desktop").unlink(missing_ok=True)
        (place.resources / "actions" / f"{NAME}.action").unlink(missing_ok=True)
        set_enabled(place.kritarc, False)
    if not removed:
        say("The plugin is in no Krita of this user.")
    return removed


def package(
    target: Path,
    *,
    pythons: Sequence[str] = (),
    platform: str = sys.platform,
    wheels: Path | None = None,
    say: Say = print,
) -> Path:
    """Make the .zip for Krita's Tools > Scripts > Import Python Plugin; gives its path.

    ``pythons``: which ones it shall serve (default: those of the official builds, and on Linux of distributions);
    ``platform``: ``linux``, ``win32`` or ``darwin``.
    """
    served = tuple(pythons) or OFFICIAL_PYTHONS + (DISTRIBUTION_PYTHONS if platform == "linux" else ())
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        # Where the daemon of the other computer keeps its state is for that one to say.
        _built(served, {"command": ["shiage"]}, wheels, say, platform) as built,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file,
    ):
        # The folders too: Krita's importer looks for the plugin's by its own entry.
        for path in sorted(built.rglob("*")):
            file.write(path, path.relative_to(built).as_posix())
        # Krita's importer looks for the actions here.
        file.writestr(f"actions/{NAME}.action", actions_file())
    say(
        f"{target}: {target.stat().st_size / 1e6:.0f} MB, for Krita's Tools > Scripts > Import Python Plugin from File."
    )
    return target


def doctor(*, resources: Path | None = None, kritarc: Path | None = None) -> list[Check]:
    """How each part of the plugin is, in every Krita of this user."""
    return [check for place in _targets(resources, kritarc, ()) for check in _look(place)]


def _look(place: Place) -> Iterator[Check]:
    folder, label, again = place.plugins / NAME, f"Krita ({place.kind})", "Run `shiage install krita` again."
    if not (folder / "__init__.py").is_file():
        # Nobody has to want it.
        yield Check(label, f"the plugin is not in {place.plugins}; `shiage install krita` puts it there")
        return
    told = _told(folder)
    same = told.get("version") == __version__
    yield Check(label, f"plugin {told.get('version', 'of unknown version')} in {folder}", "" if same else again)
    parts = [folder / "client", folder / "v1", folder / "host", folder / "panel", place.plugins / f"{NAME}.desktop"]
    gone = [part.name for part in parts if not part.exists()]
    yield Check(f"{label}: files", "complete" if not gone else f"missing: {', '.join(gone)}", again if gone else "")
    actions = place.resources / "actions" / f"{NAME}.action"
    found = str(actions) if actions.is_file() else "missing"
    yield Check(f"{label}: shortcuts", found, "" if actions.is_file() else again)
    if is_enabled(place.kritarc):
        yield Check(f"{label}: enabled", str(place.kritarc))
    else:
        advice = "Enable it in Settings > Configure Krita > Python Plugin Manager."
        yield Check(f"{label}: enabled", "it is switched off", advice)
    served = sorted(path.name for path in (folder / "_wheels").glob("3.*"))
    lacks = [python for python in place.pythons if python not in served]
    found = f"for Python {', '.join(served)}" if not lacks else f"missing for Python {', '.join(lacks)}"
    yield Check(f"{label}: gRPC", found, again if lacks else "")
    command = told.get("command")
    words = [str(word) for word in command] if isinstance(command, list) else []
    there = bool(words) and shutil.which(words[0]) is not None
    yield Check(f"{label}: daemon command", " ".join(words) or "none", "" if there else again)


def actions_file() -> str:
    """Krita's description of the plugin's actions, with their shortcuts, as XML."""
    entries = [("shiage_show", "Shiage: show the docker", ""), ("shiage_run_again", "Shiage: run", "Ctrl+Alt+Shift+R")]
    entries += [(f"shiage_{name}", f"Shiage: {title}", "") for name, title in _offered()]
    actions = "".join(
        f"<Action name={quoteattr(name)}><text>{escape(text)}</text><shortcut>{keys}</shortcut>"
        "<isCheckable>false</isCheckable></Action>"
        for name, text, keys in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ActionCollection version="2" name="Scripts">'
        f'<Actions category="Scripts"><text>Shiage</text>{actions}</Actions></ActionCollection>\n'
    )


def _offered() -> list[tuple[str, str]]:
    """Id and title of every operation that Krita can feed: it has layers and frames, and no strokes."""
    specs = [found.spec for found in registry().values()]
    return [(s.id, s.title) for s in specs if all(p.kind is not Kind.STROKES or p.optional for p in s.inputs)]


@contextmanager
def _built(
    pythons: Sequence[str], told: Mapping[str, object], wheels: Path | None, say: Say, platform: str = sys.platform
) -> Iterator[Path]:
    """The plugin as it goes into ``pykrita``: ``shiage.desktop`` and ``shiage/`` with client, protos and wheels.

    ``told``: what the plugin shall know besides the version and the operations.
    """
    source = _source()
    with TemporaryDirectory() as name:
        folder = Path(name)
        skip = shutil.ignore_patterns("__pycache__", "*.pyc", "*.pyi")
        shutil.copytree(source / NAME, folder / NAME, ignore=skip)
        shutil.copy2(source / f"{NAME}.desktop", folder)
        for part in ("client", "v1"):
            shutil.copytree(_SHIAGE / part, folder / NAME / part, ignore=skip)
        for python in pythons:
            got = unpack_wheels(folder / NAME / "_wheels" / python, python, platform, wheels)
            say(f"  for Python {python}: {', '.join(got)}")
        offered = [{"id": name, "title": title} for name, title in _offered()]
        text = json.dumps({"version": __version__, **told, "operations": offered}, indent=1)
        (folder / NAME / "install.json").write_text(text + "\n", encoding="utf-8")
        yield folder


def _replace(built: Path, target: Path) -> None:
    """Put a finished folder where an older one may be; a broken copy never bears the right name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh, old = target.with_name(f".{NAME}.new"), target.with_name(f".{NAME}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(built, fresh)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _targets(resources: Path | None, kritarc: Path | None, pythons: Sequence[str]) -> list[Place]:
    found = places()
    if resources is not None:
        known = pythons or found[0].pythons
        found = [Place("given", resources, kritarc or found[0].kritarc, tuple(known))]
    elif pythons:
        found = [Place(place.kind, place.resources, place.kritarc, tuple(pythons)) for place in found]
    return found


def _source() -> Path:
    """The plugin's own files: inside the package in a wheel, in the repository's root in a checkout."""
    for folder in (_SHIAGE / "plugins" / "krita_plugin", _SHIAGE.parents[1] / "krita_plugin"):
        if (folder / f"{NAME}.desktop").is_file():
            return folder
    raise NotFound("The Krita plugin's files are not part of this installation.", hint="Install shiage from its wheel.")


def _command(kind: str) -> tuple[str, ...]:
    script = Path(sys.executable).with_name("shiage.exe" if sys.platform == "win32" else "shiage")
    command = (str(script),) if script.is_file() else (sys.executable, "-m", "shiage")
    # A sandboxed Krita can't run what lies outside, but may ask the host to.
    return ("flatpak-spawn", "--host", *command) if kind == "flatpak" else command


def _told(folder: Path) -> dict[str, object]:
    try:
        data = json.loads((folder / "install.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
