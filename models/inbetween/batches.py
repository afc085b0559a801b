"""Pairs from disk as batches of the network: cut out, turned, recoloured, with guides as good and bad as real ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from grounds import Arrays
from inbetween.ground import PAGE
from shiage.craft.between.flow import dense_flow, misfit
from shiage.craft.between.frame import fits
from shiage.nets.inbetween._model import Guide

Rng = np.random.Generator
_FLOW_ALONE = 0.4  # of the pairs are led by dense flow only
SIDE = 224  # of a cut-out that is learned from


@dataclass
class Batch:
    """B pairs. a, m, b: (B, 3, H, W) 0..1; share: (B, 1, 1, 1); flow, weight, near: (2B, 2 or 1, H, W), of a then of b;
    guides: of a and of b.
    """

    a: Tensor
    m: Tensor
    b: Tensor
    share: Tensor
    flow: Tensor
    weight: Tensor
    near: Tensor
    guides: tuple[Guide, Guide]


def load(path: Path) -> Arrays:
    """A pair as `inbetween.ground` wrote it."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def guide_of(
    labels: npt.NDArray[np.uint8], moves: npt.NDArray[np.float32], rng: Rng | None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The regions' motion as flow (H, W, 2) and how sure it is (H, W); spoiled by lot where there is a ``rng``."""
    moves = moves.copy()
    sure = np.isfinite(moves[:, 0, 0]).astype(np.float32)
    if rng is not None:
        count = len(moves)
        moves[:, :, :2] *= rng.normal(1, 0.1, (count, 2, 2))
        moves[:, :, 2] += rng.normal(0, 1.0, (count, 2))
        wrong = rng.random(count) < 0.05
        moves[wrong, :, 2] += rng.normal(0, 25, (int(wrong.sum()), 2))
        sure[rng.random(count) < (1.0 if rng.random() < 0.12 else 0.15)] = 0
        sure *= rng.uniform(0.5, 1.0, count)
    moves = np.nan_to_num(moves)
    y, x = ((np.indices(labels.shape) - PAGE / 2) / (PAGE / 2)).astype(np.float32)
    table = moves[labels]
    flow = table[..., 0] * x[..., None] + table[..., 1] * y[..., None] + table[..., 2]
    return flow.astype(np.float32) * (sure[labels] > 0)[..., None], sure[labels]


def _by_flow(
    a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """What dense flow says, and how well it fits: it leads the network where no area does."""
    soft = [key.astype(np.float32) for key in (a, b)]
    flow = dense_flow(soft[0], soft[1])
    blurred = [np.asarray(cv2.blur(key, (3, 3)), np.float32) for key in soft]
    return flow, fits(misfit(blurred[0], blurred[1], flow))


def collate(pairs: list[Arrays], rng: Rng | None, side: int = SIDE) -> Batch:
    """Side by side; varied by lot where there is a ``rng``, else the middle."""
    made = [_one(pair, rng, side) for pair in pairs]

    def stacked(name: str) -> Tensor:
        return torch.from_numpy(np.stack([one[name] for one in made]))

    def both(name: str) -> Tensor:
        return torch.cat([stacked(f"{name}_a"), stacked(f"{name}_b")])

    guides = tuple(Guide(stacked(f"led_{k}"), stacked(f"sure_{k}")) for k in "ab")
    return Batch(
        stacked("a"),
        stacked("m"),
        stacked("b"),
        stacked("share"),
        both("flow"),
        both("weight"),
        both("near"),
        (guides[0], guides[1]),
    )


def _one(pair: Arrays, rng: Rng | None, side: int) -> dict[str, npt.NDArray[np.float32]]:
    swap = rng is not None and rng.random() < 0.5
    names = {"a": "b", "b": "a"} if swap else {"a": "a", "b": "b"}
    share = float(pair["share"])
    fields: dict[str, npt.NDArray[np.float32]] = {"m": _share(pair["m"], 255)}
    for name, source in names.items():
        fields[name] = _share(pair[source], 255)
        fields[f"flow_{name}"] = pair[f"flow_{source}"].astype(np.float32)
        fields[f"weight_{name}"] = _share(pair[f"weight_{source}"], 2)[..., None]
        fields[f"near_{name}"] = _share(pair[f"near_{source}"], 255)[..., None]
        led, sure = guide_of(pair[f"region_{source}"], pair[f"moves_{source}"], rng)
        other = "b" if source == "a" else "a"
        flow, fits = _by_flow(pair[source], pair[other])
        lost = sure < (2.0 if rng is not None and rng.random() < _FLOW_ALONE else 0.1)
        led, sure = np.where(lost[..., None], flow, led), np.where(lost, fits, np.maximum(sure, 0.9))
        fields[f"led_{name}"], fields[f"sure_{name}"] = led, sure[..., None]
    corner = [(PAGE - side) // 2] * 2 if rng is None else rng.integers(0, PAGE - side + 1, 2).tolist()
    cut = slice(corner[0], corner[0] + side), slice(corner[1], corner[1] + side)
    fields = {name: field[cut] for name, field in fields.items()}
    if rng is not None:
        fields = _turned(_recoloured(fields, rng), rng)
    made = {name: np.ascontiguousarray(field.transpose(2, 0, 1)) for name, field in fields.items()}
    made["share"] = np.full((1, 1, 1), 1 - share if swap else share, np.float32)
    return made


def _share(levels: npt.NDArray[np.uint8], most: int) -> npt.NDArray[np.float32]:
    return levels.astype(np.float32) / np.float32(most)


def _recoloured(fields: dict[str, npt.NDArray[np.float32]], rng: Rng) -> dict[str, npt.NDArray[np.float32]]:
    order = rng.permutation(3)
    inverted = rng.random() < 0.2
    gamma = float(np.exp(rng.normal(0, 0.25)))
    for name in "amb":
        picture = fields[name][..., order]
        fields[name] = (1 - picture if inverted else picture) ** gamma
    return fields


def _turned(fields: dict[str, npt.NDArray[np.float32]], rng: Rng) -> dict[str, npt.NDArray[np.float32]]:
    for flip, chance in (("x", 0.5), ("y", 0.5), ("t", 0.5)):
        if rng.random() < chance:
            fields = {name: _flipped(field, flip) for name, field in fields.items()}
            for name in ("flow_a", "flow_b", "led_a", "led_b"):
                if flip == "t":
                    fields[name] = fields[name][..., ::-1]
                else:
                    fields[name] = fields[name] * np.array([-1, 1] if flip == "x" else [1, -1], np.float32)
    return fields


def _flipped(field: npt.NDArray[np.float32], flip: str) -> npt.NDArray[np.float32]:
    return {"x": field[:, ::-1], "y": field[::-1], "t": field.transpose(1, 0, 2)}[flip]
