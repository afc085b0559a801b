"""What the demo colours: the benchmark's drawings where they are, else characters that our own code draws."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

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
    """Characters drawn by the project's own puppet, written under ``folder``."""
    from PIL import Image

    from puppet import demo_set

    cases = []
    for character in demo_set():
        place = folder / character.name
        place.mkdir(parents=True, exist_ok=True)
        designs = {}
        for name, pictures in character.designs.items():
            files = tuple(place / f"design_{name}_{view}.png" for view in pictures)
            for file, pixels in zip(files, pictures.values(), strict=True):
                Image.fromarray(pixels).save(file)
            designs[name] = files
        for view, pixels in character.sketches.items():
            sketch = place / f"sketch_{view}.png"
            Image.fromarray(pixels).save(sketch)
            truth = {}
            for name in designs:
                truth[name] = place / f"truth_{name}_{view}.png"
                Image.fromarray(character.truths[name][view]).save(truth[name])
            cases.append(Case(character.name, view, sketch, designs, truth))
    return cases
