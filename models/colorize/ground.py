"""What `colorize` learns from: line art, its regions and parts, and the picture and flats that it became.

python -m colorize.ground OUT [--puppets N] [--bench FOLDER]

Puppets, and the coloured characters of the benchmark drawings where these lie beside the checkout: nine tenths of them,
split by character. Written in chunks, so that a training can begin on the first ones.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

import grounds
import puppet
from shiage.craft.line_art import line_art, other_line_art
from shiage.errors import BadInput
from shiage.nets.colorize._examples import Example, example

CHUNK = 60
DRAWN = 512  # pixels a side of a puppet's page
NEVER = ("0026",)  # the same character as one that other operations are scored on


def lit(rng: np.random.Generator) -> puppet.PaintStyle:
    """Paint under one light, from above on the left: what shade is can only be learned where it is not drawn by lot."""
    return puppet.PaintStyle(
        shade=str(rng.choice(["cel", "two", "soft"], p=[0.5, 0.2, 0.3])),
        amount=float(rng.uniform(0.25, 0.4)),
        cast=float(rng.uniform(5, 9)),
        glow=float(rng.uniform(0.3, 0.6)),
    )


def puppets(first: int, count: int, *, shaded: bool = False) -> Iterator[Example]:
    """Drawn figures, in their own line art or in that which is taken from their picture; `shaded`: all in one light."""
    for seed in range(first, first + count):
        rng = np.random.default_rng((seed, 61))
        inner, closed = int(rng.integers(1 << 31)), bool(rng.random() < 0.6)
        drawn = puppet.sample(inner, DRAWN, closed=closed, finish=lit(rng) if shaded else None)
        frame = drawn.frame
        flat = np.where((frame.ids >= 0)[..., None], frame.flat, frame.colour).astype(np.uint8)
        lines = frame.on_paper()
        if rng.random() < 0.25 and drawn.finish.line_alpha > 0.7:
            grey = line_art(frame.colour)[0] if rng.random() < 0.6 else other_line_art(frame.colour, rng)
            lines = np.dstack([grey] * 3)
        try:
            yield example(lines, frame.colour, flat, f"puppet-{seed}")
        except BadInput:
            continue


def coloured(bench: Path) -> dict[str, list[Path]]:
    """The coloured drawings by character."""
    rows = json.loads((bench / "characters" / "index.json").read_text())
    found: dict[str, list[Path]] = {}
    for row in rows:
        if row["kind"] == "colour":
            found.setdefault(row["character"], []).append(bench / "characters" / row["file"])
    return found


def held_out(bench: Path) -> list[str]:
    """The characters of the tenth that is never trained on: only the score sees them."""
    return sorted(coloured(bench))[4::10]


def real(bench: Path, turn: int) -> Iterator[Example]:
    """The coloured drawings that may be trained on; each turn varies them: mirrored, cut closer, other lines."""
    apart = {*held_out(bench), *NEVER}
    for character, paths in coloured(bench).items():
        for number, path in enumerate(paths if character not in apart else []):
            rng = np.random.default_rng((turn, int(character), number, 67))
            picture = read(path)
            grey, flat = line_art(picture)
            if turn and rng.random() < 0.35:
                grey = other_line_art(picture, rng)
            planes = [np.dstack([grey] * 3), picture, flat]
            lines, colour, flats = _varied(planes, rng) if turn else planes
            try:
                yield example(lines, colour, flats, f"{character}-{number}-{turn}")
            except BadInput:
                continue


def read(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8."""
    return np.asarray(Image.open(path).convert("RGB"), np.uint8)


def _varied(planes: list[NDArray[np.uint8]], rng: np.random.Generator) -> list[NDArray[np.uint8]]:
    side = planes[0].shape[0]
    part = round(side * float(rng.uniform(0.55, 1)))
    y, x = (int(rng.integers(0, side - part + 1)) for _ in range(2))
    y = y if rng.random() < 0.5 else 0  # heads are at the top
    flip = -1 if rng.random() < 0.5 else 1
    return [np.ascontiguousarray(p[y : y + part, x : x + part][:, ::flip]) for p in planes]


def save(examples: list[Example], path: Path) -> None:
    """A chunk, whole or not at all."""
    held = {
        name: np.stack([getattr(e, name) for e in examples]) for name in ("line", "colour", "flat", "labels", "parts")
    }
    held["name"] = np.array([e.name for e in examples])
    grounds.save(path, held)


def load(path: Path) -> list[Example]:
    """`save`'s chunk."""
    with np.load(path, allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    names = arrays.pop("name")
    return [Example(**{k: v[i] for k, v in arrays.items()}, name=str(names[i])) for i in range(len(names))]


def main() -> None:
    """Draw the ground: the real drawings first, then puppets; what is there already is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--puppets", type=int, default=1500)
    parser.add_argument("--turns", type=int, default=4, help="how often each real drawing is varied")
    parser.add_argument("--shaded", action="store_true", help="puppets in one light, for the refinement alone")
    parser.add_argument("--bench", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    shared = Path(os.environ.get("SHIAGE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    bench = options.bench or shared / "bench"
    plan: list[tuple[str, int]] = []
    turns = options.turns if (bench / "characters").is_dir() else 0
    for number in range(max(turns, -(-options.puppets // CHUNK))):
        plan += [("real", number)] if number < turns else []
        plan += [("puppets", number)] if number * CHUNK < options.puppets else []
    for kind, number in plan:
        path = options.out / f"{kind}-{number:03}.npz"
        if not path.exists():
            drawn = puppets(1 + number * CHUNK, CHUNK, shaded=options.shaded)
            save(list(real(bench, number) if kind == "real" else drawn), path)
            print(path, flush=True)


if __name__ == "__main__":
    main()
