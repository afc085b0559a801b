"""The training ground: looks of puppets and of real characters, cached as arrays."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from grounds import draw_many
from recognize.split import looks, read_index, split
from shiage.nets.recognize import Look, look_at

VIEWS = ("front", "three-quarter", "side", "three-quarter-back", "back")


@dataclass(frozen=True, eq=False)
class Ground:
    """Looks by character.

    planes: (N, 192, 112, 5) uint8, see :class:`Look`. painted: (N,) bool. who: (N,) int32 character.
    view: (N,) int8 index into VIEWS, -1 unknown. real: (N,) bool.
    """

    planes: npt.NDArray[np.uint8]
    painted: npt.NDArray[np.bool_]
    who: npt.NDArray[np.int32]
    view: npt.NDArray[np.int8]
    real: npt.NDArray[np.bool_]


def join(grounds: list[Ground]) -> Ground:
    """Several grounds as one; characters stay apart."""
    moved, start = [], 0
    for ground in grounds:
        moved.append(ground.who + start)
        start += int(ground.who.max()) + 1
    return Ground(
        np.concatenate([g.planes for g in grounds]),
        np.concatenate([g.painted for g in grounds]),
        np.concatenate(moved).astype(np.int32),
        np.concatenate([g.view for g in grounds]),
        np.concatenate([g.real for g in grounds]),
    )


def real_ground(bench: Path) -> Ground:
    """The figures of the real characters that may be trained on, from their sheets and single views."""
    drawings = read_index(bench)
    trained, _ = split(drawings)
    numbers = {name: i for i, name in enumerate(sorted(trained))}
    rows = []
    for drawing in drawings:
        if drawing.character not in trained:
            continue
        found = looks(drawing.file)
        if drawing.view != "sheet":
            found = found[:1]
        view = VIEWS.index(drawing.view) if drawing.view in VIEWS else -1
        rows += [(look, numbers[drawing.character], view) for look in found]
    return _pack([_viewed(row, rows) for row in rows], real=True)


def _viewed(row: tuple[Look, int, int], rows: list[tuple[Look, int, int]]) -> tuple[Look, int, int]:
    """A sheet's figure with the view of the single drawing that it is a smaller copy of."""
    look, who, view = row
    singles = [(other, seen) for other, whose, seen in rows if whose == who and seen >= 0]
    if view >= 0 or not singles:
        return row
    away = [float(cv2.absdiff(look.planes, other.planes).mean()) for other, _ in singles]
    return look, who, singles[int(np.argmin(away))][1]


def puppet_ground(characters: int, seed: int, processes: int) -> Ground:
    """Looks of `characters` puppets: every view painted and as line art, the odd one walking or gesturing."""
    drawn = draw_many(_puppet_looks, range(seed, seed + characters), processes)
    rows = [(look, number, view) for number, looks in enumerate(drawn) for look, view in looks]
    return _pack(rows, real=False)


def _puppet_looks(seed: int) -> list[tuple[Look, int]]:
    from recognize.puppets import draw_views

    cv2.setNumThreads(1)
    seen = []
    for page, figure, view in draw_views(seed, VIEWS):
        seen.append((look_at(page, figure), view))
    return seen


def _pack(rows: list[tuple[Look, int, int]], *, real: bool) -> Ground:
    return Ground(
        np.stack([look.planes for look, _, _ in rows]),
        np.array([look.painted for look, _, _ in rows]),
        np.array([who for _, who, _ in rows], np.int32),
        np.array([view for _, _, view in rows], np.int8),
        np.full(len(rows), real),
    )


def save(ground: Ground, path: Path) -> None:
    """Write a ground; `load` reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{name: getattr(ground, name) for name in Ground.__dataclass_fields__})


def load(path: Path) -> Ground:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        return Ground(**{name: stored[name] for name in Ground.__dataclass_fields__})


def main() -> None:
    """Draw a ground of puppets ahead of the training."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--characters", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    save(puppet_ground(options.characters, options.seed, options.processes), options.out)


if __name__ == "__main__":
    main()
