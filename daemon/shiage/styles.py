"""Styles that this machine has learned: a folder each under SHIAGE_HOME/styles, with the weights that `colorize` takes.

A style is made from one coloured page or a few, by `shiage train style NAME IMAGE...`. A training that was stopped goes
on when it is asked for again with the same pictures.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .client.home import data_home
from .errors import BadInput, NotFound
from .values import Raster
from .values.files import on_white, write_bytes

if TYPE_CHECKING:
    from .nets.colorize import Colourist

MOST_PICTURES = 20
EPOCHS = 100
COLOURS = 0.02  # weight of the number of colours
_LONGEST_NAME = 80
_WEIGHTS = "style.safetensors"


@dataclass(frozen=True)
class Style:
    """One learned style."""

    name: str
    folder: Path
    pictures: int
    epochs: int


def train(
    name: str,
    pictures: Sequence[Raster],
    *,
    epochs: int = EPOCHS,
    colours: float = COLOURS,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[float, str], None] = lambda fraction, stage: None,
) -> Style:
    """Learn (or learn again, or go on learning) the style of coloured pictures.

    BadInput where the name or the number of pictures is wrong, or none of them has lines and colours.
    """
    from .nets.colorize import train_style

    _check_name(name)
    if not 1 <= len(pictures) <= MOST_PICTURES:
        raise BadInput(f"A style takes one to {MOST_PICTURES} pictures, not {len(pictures)}.", where=name)
    pages = [np.ascontiguousarray(on_white(Raster(p.to_8bit()).pixels)[..., :3]).astype(np.uint8) for p in pictures]
    for picture, page in zip(pictures, pages, strict=True):
        if int(np.ptp(page, axis=2).max()) < 24:
            raise BadInput("has no colours.", where=picture.name or name, hint="Give a coloured page.")
    digest = hashlib.sha256(b"".join(page.tobytes() for page in pages) + f"{epochs} {colours}".encode()).hexdigest()
    folder = _folder(name)
    part = folder.with_name(f".{folder.name}.training")
    if _note(part / "training.json").get("digest") != digest:
        shutil.rmtree(part, ignore_errors=True)
        write_bytes(part / "training.json", json.dumps({"digest": digest}).encode())
    train_style(pages, part, epochs=epochs, colours=colours, check=check, progress=progress)
    described = {"name": name, "pictures": len(pages), "epochs": epochs}
    write_bytes(part / "style.json", json.dumps(described, ensure_ascii=False).encode())
    (part / "training.json").unlink()
    if folder.exists():
        shutil.rmtree(folder)
    part.replace(folder)
    return Style(name, folder, len(pages), epochs)


def styles() -> list[Style]:
    """All learned styles, by name."""
    found = []
    for described in _home().glob("*/style.json"):
        data = _note(described)
        if {"name", "pictures", "epochs"} <= data.keys() and (described.parent / _WEIGHTS).is_file():
            found.append(Style(str(data["name"]), described.parent, int(data["pictures"]), int(data["epochs"])))
    return sorted(found, key=lambda style: style.name.casefold())


def get(name: str) -> Style:
    """The style of this name; NotFound where there is none."""
    known = styles()
    for style in known:
        if style.name == name:
            return style
    names = ", ".join(style.name for style in known) or "none"
    raise NotFound(f"No style '{name}' is known.", hint=f"Known: {names}. `shiage train style NAME IMAGE` makes one.")


def remove(name: str) -> None:
    """Forget a style; NotFound where it is not known."""
    shutil.rmtree(get(name).folder)


def colourist(name: str) -> Colourist:
    """The networks of a style, from the process's cache. NotFound, or MissingWeights where they are damaged."""
    from .nets.cache import CACHE
    from .nets.colorize import Colourist

    path = get(name).folder / _WEIGHTS
    stat = path.stat()
    return CACHE.get(("style", str(path), stat.st_mtime_ns, stat.st_size), partial(Colourist.load, path), _bytes)


def _bytes(made: Colourist) -> int:
    return made.bytes


def _note(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _home() -> Path:
    return data_home() / "styles"


def _folder(name: str) -> Path:
    """A folder name that is safe on every system, and another one for every name."""
    return _home() / urllib.parse.quote(name, safe=" -_").replace(".", "%2E").replace("~", "%7E")


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise BadInput(f"A style's name is one line of at most {_LONGEST_NAME} letters.", where=name[:20])
