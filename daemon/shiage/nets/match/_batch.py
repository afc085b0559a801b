"""Frames as tensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ._model import Drawings
from ._see import GRID, Seen

Rows = npt.NDArray[np.generic]


def batch_of(seen: Sequence[Seen], device: str = "cpu") -> Drawings:
    """Several frames side by side, padded to the one with most regions."""
    most = max(len(one) for one in seen)
    cell = [one.cell.astype(np.int64) + np.array([number * most, number * GRID**2]) for number, one in enumerate(seen)]
    there = np.zeros((len(seen), most), bool)
    for number, one in enumerate(seen):
        there[number, : len(one)] = True
    given = Drawings(
        lines=torch.from_numpy(np.stack([one.lines for one in seen])).float().div_(255)[:, None],
        cell=torch.from_numpy(np.concatenate(cell)),
        share=torch.from_numpy(np.concatenate([one.share for one in seen])),
        shape=_padded([one.shape for one in seen], most) / 255,
        around=_padded([one.around for one in seen], most) / 255,
        numbers=_padded([one.numbers for one in seen], most),
        between=_square([one.between for one in seen], most),
        there=torch.from_numpy(there),
    )
    return given if device == "cpu" else Drawings(**{name: part.to(device) for name, part in vars(given).items()})


def _padded(rows: Sequence[Rows], most: int) -> Tensor:
    out = np.zeros((len(rows), most, rows[0].shape[1]), np.float32)
    for number, row in enumerate(rows):
        out[number, : len(row)] = row
    return torch.from_numpy(out)


def _square(tables: Sequence[Rows], most: int) -> Tensor:
    out = np.zeros((len(tables), most, most, tables[0].shape[2]), np.float32)
    for number, table in enumerate(tables):
        out[number, : len(table), : len(table)] = table
    return torch.from_numpy(out)
