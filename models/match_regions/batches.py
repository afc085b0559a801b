"""Families from disk as batches of the network: padded, mirrored and turned by chance."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from grounds import Arrays
from shiage.craft.follow.describe import PATCH
from shiage.nets.match import Seen
from shiage.nets.match._batch import batch_of
from shiage.nets.match._model import Drawings
from shiage.nets.match._see import AROUND, GRID, LOG_FIT, SIDE

Rng = np.random.Generator
_SEEN = tuple(field.name for field in fields(Seen))


@dataclass(eq=False)
class Family:
    """Drawings of the same actors; ``group`` and ``colour``: (n,) int64 of each, -1 where unknown. ``pairs``: two
    drawings' numbers and what is told across them, (n, m, ACROSS).
    """

    seen: list[Seen]
    group: list[npt.NDArray[np.int64]]
    colour: list[npt.NDArray[np.int64]]
    pairs: list[tuple[int, int, npt.NDArray[np.float32]]]


def load(path: Path) -> Family:
    """A family as `match_regions.ground` wrote it."""
    with np.load(path, allow_pickle=False) as stored:
        kept: Arrays = {name: stored[name] for name in stored.files}
    count = sum(name.endswith(".group") for name in kept)
    seen = [Seen(**{name: _wide(kept[f"{i}.{name}"]) for name in _SEEN}) for i in range(count)]
    pairs = [(int(a), int(b), _wide(kept[f"pair{i}"])) for i in range(4) for a, b in [kept[f"of{i}"]]]
    return Family(seen, [kept[f"{i}.group"] for i in range(count)], [kept[f"{i}.colour"] for i in range(count)], pairs)


def _wide(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return array.astype(np.float32) if array.dtype == np.float16 else array


def vary(family: Family, rng: Rng) -> Family:
    """Mirrored or turned, all drawings alike; now and then deprived of what the flow or the plain matcher told."""
    seen, pairs = family.seen, [(i, j, across.copy()) for i, j, across in family.pairs]
    for flip, chance in (("x", 0.5), ("y", 0.15), ("t", 0.15)):
        if rng.random() < chance:
            seen = [_turned(one, flip) for one in seen]
            for _, _, across in pairs:
                if flip == "t":
                    across[..., [6, 7]] = across[..., [7, 6]]
                else:
                    across[..., 6 if flip == "x" else 7] *= -1
    for _, _, across in pairs:
        if rng.random() < 0.25:
            across[..., :3] = np.array([np.log(1e-3) / LOG_FIT, 0, 0], np.float32)
        if rng.random() < 0.2:
            across[..., [3, 4, 5, 13]] = 0
    return Family(seen, family.group, family.colour, pairs)


def _turned(one: Seen, flip: str) -> Seen:
    def picture(flat: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
        square = flat.reshape(len(flat), side, side)
        turned = {"x": square[:, :, ::-1], "y": square[:, ::-1], "t": square.transpose(0, 2, 1)}[flip]
        return np.ascontiguousarray(turned).reshape(len(flat), -1)

    cell, numbers, between = one.cell.copy(), one.numbers.copy(), one.between.copy()
    y, x = np.divmod(one.cell[:, 1], GRID)
    if flip == "t":
        cell[:, 1] = x * GRID + y
        numbers[:, [1, 2, 3, 4]] = numbers[:, [2, 1, 4, 3]]
        numbers[:, 5] *= -1
        between[..., [0, 1]] = between[..., [1, 0]]
    else:
        axis = 0 if flip == "x" else 1
        cell[:, 1] = y * GRID + GRID - 1 - x if flip == "x" else (GRID - 1 - y) * GRID + x
        numbers[:, 1 + axis] = 1 - numbers[:, 1 + axis]
        between[..., axis] *= -1
    lines = picture(one.lines[None].reshape(1, -1), SIDE).reshape(SIDE, SIDE)
    return Seen(lines, cell, one.share, picture(one.shape, PATCH), picture(one.around, AROUND), numbers, between)


@dataclass
class Batch:
    """Drawings of several families and P pairs of them.

    a, b: (P,) which drawing. across: (P, N, N, ACROSS). group, colour: (D, N) int64, -1 unknown.
    """

    drawings: Drawings
    a: Tensor
    b: Tensor
    across: Tensor
    group: Tensor
    colour: Tensor


def collate(families: list[Family]) -> Batch:
    """Side by side, padded to the drawing with most regions."""
    seen = [one for family in families for one in family.seen]
    most = max(len(one) for one in seen)
    first, a, b, across = 0, [], [], []
    group, colour = (np.full((len(seen), most), -1, np.int64) for _ in range(2))
    for family in families:
        for i, j, told in family.pairs:
            a.append(first + i)
            b.append(first + j)
            n, m, kinds = told.shape
            across.append(np.zeros((most, most, kinds), np.float32))
            across[-1][:n, :m] = told
        for i in range(len(family.seen)):
            group[first + i, : len(family.group[i])] = family.group[i]
            colour[first + i, : len(family.colour[i])] = family.colour[i]
        first += len(family.seen)
    truth = [torch.from_numpy(told) for told in (group, colour)]
    return Batch(batch_of(seen), torch.tensor(a), torch.tensor(b), torch.from_numpy(np.stack(across)), *truth)
