"""The real characters: which may be trained on, and which may only be asked for."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shiage.craft.figures import find_figures
from shiage.nets.recognize import Look, look_at
from shiage.values.files import read_picture

# The palette benchmark's first character is this one: it is asked for there, so it is never trained on.
ALSO_IN_PALETTE = "0026"
_TRAINED_A_KIND = 18
_SEED = 20


@dataclass(frozen=True)
class Drawing:
    """One picture of a real character."""

    file: Path
    character: str
    view: str  # sheet, front, side, back, unknown
    kind: str  # colour, line


def read_index(bench: Path) -> list[Drawing]:
    """All drawings of `bench`/characters."""
    entries = json.loads((bench / "characters" / "index.json").read_text())
    return [Drawing(bench / "characters" / e["file"], e["character"], e["view"], e["kind"]) for e in entries]


@cache
def looks(file: Path) -> tuple[Look, ...]:
    """The figures of a picture file as the network sees them."""
    page = read_picture(file).to_8bit()
    return tuple(look_at(page, figure) for figure in find_figures(page))


def split(drawings: list[Drawing]) -> tuple[set[str], set[str]]:
    """The characters to train on (36) and to hold out (20), the same in every run; both kinds are in both."""
    trained: set[str] = set()
    for kind in ("colour", "line"):
        names = sorted({d.character for d in drawings if d.kind == kind} - {ALSO_IN_PALETTE})
        random.Random(_SEED).shuffle(names)
        trained |= set(names[:_TRAINED_A_KIND])
    return trained, {d.character for d in drawings} - trained
