"""The zoo: which networks there are, where their files lie, and whether these are intact."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ..errors import MissingWeights, NotFound

OWN, PUBLIC = "own", "public"
_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parents[1] / "models"  # of a working copy
_WHEEL = _PACKAGE / "_models"  # of an installed wheel


@dataclass(frozen=True)
class Entry:
    """One network. ``sha256`` and ``size`` are of ``file``, "" and 0 where they are not known; ``origin`` is where a
    public checkpoint comes from: ``hub:OWNER/NAME`` or ``release:OWNER/NAME@TAG``."""

    name: str
    kind: Literal["own", "public"]
    summary: str
    loader: Literal["safetensors", "torch", "ultralytics", "diffusers", "spandrel"]
    file: str
    licence: str
    sha256: str = ""
    size: int = 0
    origin: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether it is a whole repository of files (a diffusers pipeline)."""
        return self.file == "."

    def path(self) -> Path:
        """Where the file (or folder) lies, or would lie after ``shiage models pull``."""
        if self.kind == OWN:
            return models_folder() / self.file
        from ..client.home import data_home

        folder = data_home() / "models" / self.name
        return folder if self.is_folder else folder / self.file


def models_folder() -> Path:
    """The folder of ``zoo.toml`` and of the weights that ship: the checkout's, else the installed package's."""
    return _CHECKOUT if (_CHECKOUT / "zoo.toml").is_file() else _WHEEL


@cache
def zoo() -> Mapping[str, Entry]:
    """All entries by name."""
    path = models_folder() / "zoo.toml"
    try:
        described = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise MissingWeights(
            "The list of networks can't be read.", where=str(path), hint="Install Shiage again."
        ) from error
    return {name: _entry(name, table) for name, table in described.items()}


def entry(name: str) -> Entry:
    """The entry of this name; NotFound where there is none."""
    found = zoo().get(name)
    if found is None:
        raise NotFound(f"There is no network '{name}'.", hint=f"There are: {', '.join(zoo())}.")
    return found


def is_here(item: Entry) -> bool:
    """Whether its files are on this machine (intact or not)."""
    path = item.path()
    return any(path.iterdir()) if item.is_folder and path.is_dir() else path.is_file()


def intact(item: Entry) -> Path:
    """Its file or folder, with size and hash checked once a process; MissingWeights where it is absent or differs."""
    path = item.path()
    if not is_here(item):
        hint = "Install Shiage again." if item.kind == OWN else f"Fetch them with `shiage models pull {item.name}`."
        raise MissingWeights(f"The weights of '{item.name}' are not here.", where=str(path), hint=hint)
    if not item.is_folder and item.sha256:
        stat = path.stat()
        _check(item, path, stat.st_size, stat.st_mtime_ns)
    return path


def check_file(path: Path, *, sha256: str, size: int, name: str) -> None:
    """MissingWeights, in a sentence, where a file has not this hash (or, if known, this size)."""
    here = path.stat().st_size
    again = f"Fetch them again with `shiage models pull {name}`, or install Shiage again if they came with it."
    if size and here != size:
        what = "cut off" if here < size else "too long"
        raise MissingWeights(f"The weights are {what}: {here:,} bytes of {size:,}.", where=str(path), hint=again)
    if file_hash(path) != sha256:
        raise MissingWeights(
            "The weights are not the ones that the zoo lists: their hash differs.", where=str(path), hint=again
        )


def file_hash(path: Path) -> str:
    """The sha256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _check(item: Entry, path: Path, size: int, _modified: int) -> None:
    check_file(path, sha256=item.sha256, size=item.size or size, name=item.name)


def _entry(name: str, table: Mapping[str, Any]) -> Entry:
    known = {key: value for key, value in table.items() if key != "from"}
    try:
        return Entry(name=name, origin=table.get("from", ""), **known)
    except TypeError as error:
        raise MissingWeights(f"The list of networks has a wrong entry '{name}': {error}.") from error
