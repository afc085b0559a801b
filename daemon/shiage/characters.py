"""The characters that this machine knows: profiles made from designs, kept under SHIAGE_HOME/characters.

A profile is the design pictures themselves and the prints of their figures. It needs no training: the embedding
network has learned what tells characters apart. Where the network has changed since, the prints are made again.
"""

from __future__ import annotations

import json
import secrets
import shutil
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .client.home import data_home
from .errors import BadInput, NotFound
from .values import Raster
from .values.files import encode_picture, read_picture, write_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .craft.figures import Figure
    from .nets.recognize import Answer, Look, Prints, Recognizer, Tuned

MOST_DESIGNS = 5
TURNS = (90.0, 180.0, 270.0)  # degrees; other sides of a lone design, where the view network is here
CERTAINTY = 0.5  # a figure is none of the known characters where no name is at least this certain
LEAST_OTHERS = 2  # characters that one is told from when it is tuned
_LONGEST_NAME = 80
_TUNED = "tuned.safetensors"  # in a profile's folder


@dataclass(frozen=True)
class Profile:
    """One known character. figures: how many drawings of it were found in its designs."""

    name: str
    folder: Path
    figures: int

    @property
    def tuned(self) -> bool:
        """Whether it has a classifier of its own."""
        return (self.folder / _TUNED).is_file()

    def designs(self) -> list[Raster]:
        """The design pictures, in the order in which they were given."""
        return [read_picture(path) for path in sorted(self.folder.glob("design-*.png"))]


def add(
    name: str,
    designs: Sequence[Raster],
    *,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[float, str], None] = lambda fraction, stage: None,
) -> Profile:
    """Make (or replace) the profile of ``name`` from one to five designs; turnaround sheets are cut into their views.

    BadInput where the name or the number of designs is wrong, or a design shows no figure.
    """
    _check_name(name)
    if not 1 <= len(designs) <= MOST_DESIGNS:
        raise BadInput(f"A character takes one to {MOST_DESIGNS} designs, not {len(designs)}.", where=name)
    from .nets.recognize import recognizer

    network = recognizer()
    progress(0.1, "looking")
    prints, figures = _prints_of(network, designs, check)
    progress(0.9, "keeping")
    folder = _folder(name)
    part = folder.with_name(f".{secrets.token_hex(6)}.part")
    try:
        for number, design in enumerate(designs, 1):
            write_bytes(part / f"design-{number}.png", encode_picture(design, ".png", flatten=False))
        _write_prints(part, Profile(name, folder, figures), prints, network.fingerprint)
        if folder.exists():
            shutil.rmtree(folder)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Profile(name, folder, figures)


def profiles() -> list[Profile]:
    """All known characters, by name."""
    found = []
    for described in sorted(_home().glob("*/profile.json")):
        data = _described(described.parent)
        if data is not None:
            found.append(Profile(str(data["name"]), described.parent, int(data["figures"])))
    return sorted(found, key=lambda profile: profile.name.casefold())


def get(name: str) -> Profile:
    """The profile of this name; NotFound where there is none."""
    for profile in profiles():
        if profile.name == name:
            return profile
    known = ", ".join(profile.name for profile in profiles()) or "nobody"
    raise NotFound(f"No character '{name}' is known.", hint=f"Known: {known}. `shiage character add` makes one known.")


def remove(name: str) -> None:
    """Forget a character; NotFound where it is not known."""
    shutil.rmtree(get(name).folder)


def known_prints(network: Recognizer, names: Sequence[str] = ()) -> dict[str, Prints]:
    """The prints of all known characters (or of those named), made again where they are another network's."""
    chosen = [get(name) for name in names] if names else profiles()
    return {profile.name: _read_prints(profile, network) for profile in chosen}


def name_figures(
    pixels: NDArray[np.uint8],
    figures: Sequence[Figure],
    *,
    names: Sequence[str] = (),
    certainty: float = CERTAINTY,
    progress: Callable[[float, str], None] = lambda fraction, stage: None,
) -> list[Answer]:
    """Who each figure of a page, (H, W, 4) uint8 RGBA, is among the known characters (or those of ``names``).

    A figure for which no name is at least ``certainty`` sure is none of them. NotFound for a name that is not known.
    """
    from .nets.recognize import Album, agreed, answer, look_at, recognizer

    progress(0.0, "loading")
    network = recognizer()
    prints = known_prints(network, names)
    own = _tuned(prints)
    album = Album(list(prints.values()), network.cohort)
    answers = []
    for number, figure in enumerate(figures):
        progress(0.2 + 0.8 * number / len(figures), "comparing")
        look = look_at(pixels, figure)

        def heard(name: str, sure: float, look: Look = look) -> float:
            return agreed(sure, own[name].share(look)) if name in own else sure

        asked = network.prints([look])
        answers.append(answer(asked, list(prints), album, network.calibration, certainty, heard))
    return answers


def tune(
    name: str,
    *,
    epochs: int = 10,
    pictures: int = 320,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[float, str], None] = lambda fraction, stage: None,
) -> None:
    """Train a classifier of this character's own, which `name_figures` hears from then on.

    It learns to tell the character from the others that are known: BadInput where there are fewer than LEAST_OTHERS.
    A character that is added again starts without one.
    """
    from .nets.recognize import tune as train

    profile = get(name)
    others = [other for other in profiles() if other.name != name]
    if len(others) < LEAST_OTHERS:
        raise BadInput(
            f"There are {len(others)} other characters to tell '{name}' from, and it takes {LEAST_OTHERS}.",
            where=name,
            hint="Make others known first: `shiage character add NAME DESIGN...`.",
        )
    progress(0.0, "looking")
    strangers = [look for other in others for look in _looks_of(other.designs(), check)[0]]
    own, _ = _looks_of(profile.designs(), check)
    train(own, strangers, profile.folder / _TUNED, epochs=epochs, pictures=pictures, check=check, progress=progress)


def _tuned(names: Iterable[str]) -> dict[str, Tuned]:
    """The classifiers of those that have one of their own."""
    from .nets.cache import CACHE, module_bytes
    from .nets.recognize import Tuned

    found = {}
    for profile in profiles():
        path = profile.folder / _TUNED
        if profile.name in names and path.is_file():
            key = ("tuned", str(path), path.stat().st_mtime_ns, path.stat().st_size)
            found[profile.name] = CACHE.get(key, partial(Tuned.load, path), lambda made: module_bytes(made.net))
    return found


def _prints_of(network: Recognizer, designs: Sequence[Raster], check: Callable[[], None]) -> tuple[Prints, int]:
    """The prints of all figures of the designs, and how many figures there are."""
    looks, count = _looks_of(designs, check)
    return network.prints(looks), count


def _looks_of(designs: Sequence[Raster], check: Callable[[], None]) -> tuple[list[Look], int]:
    """All figures of the designs, each as it is remembered, and how many figures there are."""
    from .craft.figures import find_figures
    from .craft.page import sheet_alone
    from .nets.recognize import enrolled_looks, look_at

    looks: list[Look] = []
    count = 0
    for design in designs:
        page = sheet_alone(design.to_8bit(), check)
        figures = find_figures(page)
        if not figures:
            raise BadInput("There is no figure in this design.", where=design.name or "design")
        for figure in figures:
            check()
            looks += enrolled_looks(page, figure)
        if len(figures) == 1:  # a sheet shows its other sides itself
            for view in _turned(page, figures[0], check):
                looks += [look_at(view, found) for found in find_figures(view)[:1]]
        count += len(figures)
    return looks, count


def _turned(page: NDArray[np.uint8], figure: Figure, check: Callable[[], None]) -> list[NDArray[np.uint8]]:
    """The figure from other sides, each (S, S, 4) uint8, by the view network; none where the zoo has not fetched it."""
    from .craft.figures import cut_out
    from .nets.look import over_white
    from .nets.public.turned_views import squared, turner

    network = turner()
    if network is None:
        return []
    drawn = network.views(squared(over_white(cut_out(page, figure)), network.side), TURNS, check=check)
    return [np.dstack([view, np.full(view.shape[:2], 255, np.uint8)]) for view in drawn]


def _write_prints(folder: Path, profile: Profile, prints: Prints, fingerprint: str) -> None:
    from .nets.recognize import PLANES

    with (folder / "prints.npz").open("wb") as file:
        np.savez_compressed(file, **{plane: getattr(prints, plane) for plane in PLANES})
    data = {"name": profile.name, "figures": profile.figures, "network": fingerprint}
    write_bytes(folder / "profile.json", json.dumps(data, ensure_ascii=False).encode())


def _read_prints(profile: Profile, network: Recognizer) -> Prints:
    from .nets.recognize import PLANES, Prints

    data = _described(profile.folder) or {}
    if data.get("network") == network.fingerprint:
        try:
            with np.load(profile.folder / "prints.npz", allow_pickle=False) as stored:
                return Prints(**{plane: stored[plane] for plane in PLANES})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            pass  # damaged: made again from the designs below
    prints, _ = _prints_of(network, profile.designs(), lambda: None)
    _write_prints(profile.folder, profile, prints, network.fingerprint)
    return prints


def _described(folder: Path) -> dict[str, Any] | None:
    try:
        data = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and {"name", "figures"} <= data.keys() else None


def _home() -> Path:
    return data_home() / "characters"


def _folder(name: str) -> Path:
    """A folder name that is safe on every system, and another one for every name."""
    return _home() / urllib.parse.quote(name, safe=" -_").replace(".", "%2E").replace("~", "%7E")


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise BadInput(f"A character's name is one line of at most {_LONGEST_NAME} letters.", where=name[:20])
