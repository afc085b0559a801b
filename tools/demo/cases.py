"""What the demo colours: the benchmark's drawings where they are, else characters that our own code draws."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DRAWN = 3  # characters, where no real drawings are at hand

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Case:
    """One sketch with the designs to colour it from. ``truth``: the right colouring, where there is a picture of it."""

    character: str
    sketch_id: str
    sketch: Path
    designs: dict[str, tuple[Path, ...]]
    truth: dict[str, Path]

    def result_name(self, design: str) -> str:
        """The stem of the colouring's file."""
        return f"{self.character}_{design}_{self.sketch_id}"


def bench_folder() -> Path | None:
    """The palette benchmark beside the checkout, or None."""
    folder = Path(os.environ.get("SHIAGE_SHARED", ROOT.parent / "shared")) / "bench" / "palette"
    return folder if (folder / "designs.json").is_file() else None


def bench_cases(folder: Path) -> list[Case]:
    """Every sketch of the benchmark with its designs."""
    designs: dict[str, dict[str, list[str]]] = json.loads((folder / "designs.json").read_text())
    cases = []
    for sketch in sorted((folder / "sketch").iterdir()):
        character, _, sketch_id = sketch.stem.split("_")
        own = {name: tuple(folder / file for file in files) for name, files in designs[character].items()}
        cases.append(Case(character, sketch_id, sketch, own, {}))
    return cases


def drawn_cases(folder: Path) -> list[Case]:
    """Characters drawn by the project's own puppet, written under ``folder``: three views of each, coloured from its
    front alone and from its whole turnaround.
    """
    from puppet import CAST, demo_set

    cases = []
    for character in demo_set(names=tuple(CAST)[:DRAWN]):
        place = folder / character.name
        place.mkdir(parents=True, exist_ok=True)
        views = {view: _save(picture, place / f"design_{view}.png") for view, picture in character.designs.items()}
        designs = {"front": (views["front"],), "turnaround": tuple(views.values())}
        for view, pixels in character.sketches.items():
            sketch = _save(pixels, place / f"sketch_{view}.png")
            truth = _save(character.truth[view], place / f"truth_{view}.png")
            cases.append(Case(character.name, view, sketch, designs, dict.fromkeys(designs, truth)))
    return cases


def _save(pixels: NDArray[np.uint8], path: Path) -> Path:
    Image.fromarray(pixels).save(path)
    return path
