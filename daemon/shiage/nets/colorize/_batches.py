"""Examples as the networks get them: cut, turned, recoloured, and offered hints or a palette."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from shiage.craft.design.colour import to_lab
from shiage.craft.hints import NO_HINTS, Hints, choose_hints, cluster, region_colours

from ._examples import PARTS_SIDE, SIDE, Example
from ._model import Offers, offers_of
from ._see import Offered, Sized, hint_planes

Rng = np.random.Generator
Planes = dict[str, NDArray[Any]]
MOST = 24  # colours offered at most
LINE = 60  # coverage above which a pixel's colour is the line's
ALIKE = 12.0  # CIE76 within which an offered colour is the right one


@dataclass(frozen=True)
class Given:
    """A batch: planes (B, 5, H, W), parts (B, 16, h, w), labels (B, h, w) and whole (B, H, W) int64, offers. Its truth:
    colour, flat (B, 3, H, W), right (B, T + 1, h, w) bool, weight (B, 1, h, w), natural (B,) whether skin is skin."""

    planes: Tensor
    parts: Tensor
    labels: Tensor
    whole: Tensor
    offers: Offers
    colour: Tensor
    flat: Tensor
    right: Tensor
    weight: Tensor
    natural: Tensor


def collect(
    examples: Sequence[Example],
    rng: Rng,
    side: int,
    *,
    vary: bool = True,
    recolour: float = 0.5,
    bare: float = 0.1,
    hints: int | None = None,
) -> Given:
    """A batch of `side` pixels; with `hints` that many automatic ones, else as it falls out. recolour: the share of
    drawings that are given other hues; bare: that are offered no colour."""
    made = [_one(_varied(e, rng, recolour) if vary else _plain(e), rng, side, vary, hints, bare) for e in examples]
    tensors = {name: torch.from_numpy(np.stack([row[name] for row, _ in made])) for name in made[0][0]}
    return Given(offers=offers_of([offered for _, offered in made], MOST), **tensors)


def _plain(e: Example) -> tuple[Planes, bool]:
    return {n: getattr(e, n) for n in ("line", "colour", "flat", "labels", "parts")}, True


def _varied(e: Example, rng: Rng, recolour: float) -> tuple[Planes, bool]:
    planes, _ = _plain(e)
    if rng.random() < 0.6:  # closer in, in steps that the coarser planes have too
        step = SIDE // PARTS_SIDE
        part = int(rng.integers(36, PARTS_SIDE + 1))
        y, x = (int(rng.integers(0, PARTS_SIDE - part + 1)) for _ in range(2))
        cut = {
            n: (slice(k * y, k * (y + part)), slice(k * x, k * (x + part))) for n, k in (("fine", step), ("parts", 1))
        }
        planes = {n: p[cut["parts" if n == "parts" else "fine"]] for n, p in planes.items()}
    if rng.random() < 0.5:
        planes = {n: p[:, ::-1] for n, p in planes.items()}
    natural = bool(rng.random() >= recolour)
    if not natural:
        for name, moved in zip(("colour", "flat"), recoloured([planes["colour"], planes["flat"]], rng), strict=True):
            planes[name] = moved
    line = planes["line"].astype(np.float32) / 255
    line = np.power(line, float(rng.uniform(0.6, 1.6))) * float(rng.uniform(0.7, 1.0))
    planes["line"] = np.rint(line * 255).astype(np.uint8)
    return {n: np.ascontiguousarray(p) for n, p in planes.items()}, natural


def recoloured(pictures: Sequence[NDArray[np.uint8]], rng: Rng) -> list[NDArray[np.uint8]]:
    """Pictures in other hues, saturations and lightness, all alike: what belongs together still does."""
    turn, grow, gamma = float(rng.uniform(0, 360)), float(rng.uniform(0.5, 1.6)), float(rng.uniform(0.75, 1.35))
    out = []
    for picture in pictures:
        hsv = cv2.cvtColor(np.ascontiguousarray(picture).astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0] + turn) % 360
        hsv[..., 1] = np.clip(hsv[..., 1] * grow, 0, 1)
        hsv[..., 2] = hsv[..., 2] ** gamma
        out.append(np.rint(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255).clip(0, 255).astype(np.uint8))
    return out


def _one(
    given: tuple[Planes, bool], rng: Rng, side: int, vary: bool, count: int | None, bare: float
) -> tuple[Planes, Offered]:
    planes, natural = given
    sized = Sized.of(planes["line"].shape, side)
    labels = planes["labels"].astype(np.int32)
    line = sized.plane(planes["line"])
    parts = sized.parts((planes["parts"] / 255).astype(np.float32))
    if vary and rng.random() < 0.15:
        parts[:] = 0  # not asked for, or not found
    hints, palette, true = _offer(planes, labels, parts, sized, rng, count, bare)
    offered = Offered.hints(hints, sized, parts) + palette
    half = sized.labels(labels, 2)
    flat = _nearest(planes["flat"], sized)
    colour = sized.plane(planes["colour"])
    target = to_lab(np.ascontiguousarray(flat[1::2, 1::2]))
    near = np.linalg.norm(target[None] - to_lab(true)[:, None, None], axis=-1) < ALIKE
    right = np.zeros((MOST + 1, *half.shape), bool)
    right[: len(near)] = near
    right[-1] = ~near.any(0)
    area = np.bincount(half.ravel())[half]
    weight = (area.astype(np.float32) ** -0.5) * (1 - cv2.resize(line, half.shape[::-1], interpolation=cv2.INTER_AREA))
    weight /= max(float(weight.mean()), 1e-6)
    hinted = hint_planes(hints, sized)
    rows: Planes = {
        "planes": np.concatenate([line[None], hinted]).astype(np.float32),
        "parts": parts,
        "labels": half.astype(np.int64),
        "whole": sized.labels(labels, 1).astype(np.int64),
        "colour": np.ascontiguousarray(colour.transpose(2, 0, 1)),
        "flat": np.ascontiguousarray(flat.astype(np.float32).transpose(2, 0, 1) / 255),
        "right": right,
        "weight": weight[None].astype(np.float32),
        "natural": np.array(natural),
    }
    return rows, offered


def _nearest(picture: NDArray[np.uint8], sized: Sized) -> NDArray[np.uint8]:
    """At the planes' size, never the mean of two paints."""
    ys, xs = (
        np.minimum(((np.arange(n) + 0.5) / sized.scale).astype(int), most - 1)
        for n, most in zip((sized.height, sized.width), picture.shape[:2], strict=True)
    )
    return np.asarray(picture[np.ix_(ys, xs)], np.uint8)


def _offer(
    planes: Planes,
    labels: NDArray[np.int32],
    parts: NDArray[np.float32],
    sized: Sized,
    rng: Rng,
    count: int | None,
    bare: float,
) -> tuple[Hints, Offered, NDArray[np.uint8]]:
    """Hints, a palette, and the flat colour that each of them (in this order) stands for."""
    most = int(labels.max())
    free = planes["line"] < LINE
    flats = region_colours(planes["flat"], labels, most, free)
    shown = flats if rng.random() < 0.5 else region_colours(planes["colour"], labels, most, free)
    area = np.bincount(labels[free], minlength=most + 1)[1:]
    kinds = ("none", "palette", "auto", "random", "both")
    likely = np.array([0, 0.11, 0.34, 0.44, 0.11]) * (1 - bare) + np.array([bare, 0, 0, 0, 0])
    kind = "auto" if count else str(rng.choice(kinds, p=likely / likely.sum()))
    wanted = count or int(rng.integers(1, MOST // 2 + 1 if kind == "both" else MOST + 1))
    hints, true = NO_HINTS, np.zeros((0, 3), np.uint8)
    if kind in ("auto", "both"):
        hints = choose_hints(shown, area, _inner(labels, free, most, rng), wanted, float(rng.uniform(1, 4)))
        true = flats[hints.region - 1]
    elif kind == "random":
        hints, true = _random_hints(planes, labels, free, wanted, rng)
    palette = Offered.palette(np.zeros((0, 3), np.uint8))
    if kind in ("palette", "both"):
        colours, own = cluster(flats, area, wanted)
        share = np.bincount(own, weights=area, minlength=len(colours)) / max(1, area.sum())
        known = _parts_of(own, labels, parts, sized, len(colours)) if rng.random() < 0.5 else None
        order = rng.permutation(len(colours))
        palette = Offered.palette(
            colours[order], share[order] if rng.random() < 0.6 else None, known[order] if known is not None else None
        )
        true = np.concatenate([true, colours[order]])
    return hints, palette, true


def _inner(labels: NDArray[np.int32], free: NDArray[np.bool_], count: int, rng: Rng) -> NDArray[np.int32]:
    """A free pixel x, y of each region."""
    ys, xs = np.nonzero(free)
    order = rng.permutation(len(ys))
    out = np.zeros((count + 1, 2), np.int32)
    out[labels[ys[order], xs[order]]] = np.stack([xs[order], ys[order]], 1)
    return out[1:]


def _random_hints(
    planes: Planes, labels: NDArray[np.int32], free: NDArray[np.bool_], count: int, rng: Rng
) -> tuple[Hints, NDArray[np.uint8]]:
    """As an artist dabs: anywhere in regions, the larger ones sooner; colours from the flats or the picture itself."""
    ys, xs = np.nonzero(free)
    if not len(ys):
        return NO_HINTS, np.zeros((0, 3), np.uint8)
    region = labels[ys, xs]
    likely = np.bincount(region)[region].astype(np.float64) ** -0.6
    at = rng.choice(len(ys), min(count, len(ys)), replace=False, p=likely / likely.sum())
    y, x = ys[at], xs[at]
    true = planes["flat"][y, x]
    shown = true if rng.random() < 0.6 else cv2.medianBlur(planes["colour"], 3)[y, x]
    place = np.stack([x, y], 1).astype(np.float32)
    radius = rng.uniform(1, 4, len(at)).astype(np.float32)
    return Hints(np.ascontiguousarray(shown), place, region[at].astype(np.int64), radius), np.ascontiguousarray(true)


def _parts_of(
    own: NDArray[np.int64], labels: NDArray[np.int32], parts: NDArray[np.float32], sized: Sized, count: int
) -> NDArray[np.float32]:
    """(count, 16): on which parts each colour of a palette is."""
    half = sized.labels(labels, 2)
    whose = np.append(-1, own)[half]
    seen = whose >= 0
    out = np.zeros((count, len(parts)), np.float32)
    np.add.at(out, whose[seen], parts[:, seen].T)
    return np.asarray(out / np.maximum(out.sum(1, keepdims=True), 1e-6), np.float32)
