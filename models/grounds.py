"""What every training ground has: drawings made by several processes, and files that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt

from puppet.stream import in_order

G = TypeVar("G")
T = TypeVar("T")
Arrays = dict[str, npt.NDArray[Any]]
"""By name, each of its own kind."""


def draw_many(draw: Callable[[G], T], given: Iterable[G], processes: int) -> Iterator[T]:
    """Yield draw(one) for each that is given, in this order; a single process is this one.

    draw: a module's function, or a functools.partial of one.
    """
    return in_order(draw, given, workers=processes if processes > 1 else 0)


def write_many(draw: Callable[[int], Arrays | None], seeds: Iterable[int], folder: Path, processes: int) -> int:
    """Write FOLDER/SEED.npz with what is drawn for each seed, if anything is; gives how many were written.

    What is there already is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return sum(draw_many(partial(_write, draw, folder), seeds, processes))


def _write(draw: Callable[[int], Arrays | None], folder: Path, seed: int) -> int:
    path = folder / f"{seed}.npz"
    arrays = None if path.exists() else draw(seed)
    if arrays is None:
        return 0
    save(path, arrays, packed=True)
    return 1


def save(path: Path, arrays: Mapping[str, npt.NDArray[Any]], *, packed: bool = False) -> None:
    """Write arrays by their names, as `numpy.load` reads them; packed takes less room and more time."""
    with whole(path) as file:
        (np.savez_compressed if packed else np.savez)(file, **arrays)  # type: ignore[arg-type]  # its stub forgets them


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write that has its name only when it is finished."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        yield file
    part.replace(path)
