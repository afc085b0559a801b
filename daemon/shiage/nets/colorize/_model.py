"""The two generators of `colorize`: a draft that splashes colour, a refinement that finishes it.

Both are small U-Nets (Ronneberger et al. 2015) on pixels folded two by two (sub-pixel convolution, Shi et al. 2016).
The draft does not only paint: each place also points at the colours that it was offered (pointer networks, Vinyals et
al. 2015), so that a hint's colour arrives unchanged wherever it belongs. Two stages as in Style2Paints V4 and QuickArt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import grid_sample, interpolate, pixel_shuffle, pixel_unshuffle, softplus

from shiage.craft.strips import Check, never_stop

from ._see import PARTS, Offered

if TYPE_CHECKING:
    from torch import Tensor

DRAFT_PLANES = 5  # line, hint red, green, blue, hint cover
REFINE_PLANES = 11  # line, draft colour, flats, hint red, green, blue, hint cover
_KEY = 32  # numbers by which a place and a colour are compared


class Offers(NamedTuple):
    """The colours that a drawing is offered: T a drawing, padded.

    colour: (B, T, 3) 0..1. share: (B, T) 0..1 of the picture, 0 where unknown. parts: (B, T, 16) likelihoods of the
    figure's part that the colour is on, 0 where unknown. place: (B, T, 2) x, y in -1..1. region: (B, T) int64, the
    region of the place. placed: (B, T) bool, a hint and no palette's colour. there: (B, T) bool, else padding.
    """

    colour: Tensor
    share: Tensor
    parts: Tensor
    place: Tensor
    region: Tensor
    placed: Tensor
    there: Tensor


def offers_of(offered: Sequence[Offered], most: int) -> Offers:
    """Offers of several drawings, `most` rows each."""
    out = {}
    for field in fields(Offered):
        values = [getattr(o, field.name) for o in offered]
        held = np.zeros((len(values), most, *values[0].shape[1:]), values[0].dtype)
        for row, value in zip(held, values, strict=True):
            row[: len(value)] = value
        out[field.name] = torch.from_numpy(held)
    there = torch.tensor([[i < len(o) for i in range(most)] for o in offered])
    return Offers(**out, there=there)


class Splash(NamedTuple):
    """What the draft gives, at half the size of its planes.

    colour: (B, 3, h, w) 0..1. share: (B, T + 1, h, w), how far each offered colour is meant; the last: none of them.
    logits: as share, before the softmax. free: (B, 3, h, w) 0..1 the colour where none is meant.
    """

    colour: Tensor
    share: Tensor
    logits: Tensor
    free: Tensor


class Finish(NamedTuple):
    """What the refinement gives, at the size of its planes; all (B, 3, H, W).

    change: -0.25..0.25, to be added to the flats, region by region. shadow: 0..1 to multiply with. light: 0..1 to
    screen.
    """

    change: Tensor
    shadow: Tensor
    light: Tensor


def _twice(inside: int, outside: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inside, outside):
        layers += [nn.Conv2d(channels, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class _Attention(nn.Module):
    """Every place hears every other one, so that the left shoe knows of the right (Vaswani et al. 2017)."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.ask = nn.Conv2d(channels, 3 * channels, 1)
        self.answer = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.answer.weight)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        asked = self.ask(x).reshape(batch, 3, self.heads, channels // self.heads, height * width).transpose(3, 4)
        heard = nn.functional.scaled_dot_product_attention(asked[:, 0], asked[:, 1], asked[:, 2])
        told: Tensor = self.answer(heard.transpose(2, 3).reshape(batch, channels, height, width))
        return x + told


class _UNet(nn.Module):
    def __init__(self, inside: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.down = nn.ModuleList()
        for width in widths:
            self.down.append(_twice(inside, width))
            inside = width
        self.attention = _Attention(inside)
        self.whole = nn.Linear(inside, inside)
        self.up = nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up.append(_twice(inside + width, width))
            inside = width

    def forward(self, x: Tensor, check: Check = never_stop) -> Tensor:
        kept: list[Tensor] = []
        for depth, layer in enumerate(self.down):
            check()
            x = layer(nn.functional.max_pool2d(x, 2) if depth else x)
            kept.append(x)
        x = self.attention(x)
        x = x + self.whole(x.mean((2, 3)))[:, :, None, None]
        for layer, beside in zip(self.up, reversed(kept[:-1]), strict=True):
            check()
            x = layer(torch.cat([interpolate(x, size=beside.shape[2:], mode="nearest"), beside], 1))
        return x


class Draft(nn.Module):
    """(B, 5, H, W) planes, (B, 16, H / 2, W / 2) parts, (B, H / 2, W / 2) region labels, `Offers` -> `Splash`."""

    def __init__(self, widths: tuple[int, ...] = (32, 48, 80, 128, 160)) -> None:
        super().__init__()
        self.trunk = _UNet(4 * DRAFT_PLANES + PARTS + 2, widths)
        self.ask = nn.Conv2d(widths[0], _KEY, 1)
        self.ask_region = nn.Conv2d(widths[0], _KEY, 1, bias=False)
        self.key = nn.Sequential(nn.Linear(3 + 1 + PARTS + 1 + widths[0], 64), nn.ReLU(), nn.Linear(64, _KEY))
        self.none = nn.Conv2d(widths[0], 1, 1)
        self.head = nn.Conv2d(widths[0], 3, 1)
        self.near = nn.Parameter(torch.tensor(1.0))  # what distance takes from a hint, softplus
        self.same = nn.Parameter(torch.tensor(2.0))  # what lying in one region gives it, softplus

    def forward(
        self, planes: Tensor, parts: Tensor, labels: Tensor, offers: Offers, check: Check = never_stop
    ) -> Splash:
        folded = pixel_unshuffle(planes, 2)
        grid = _places(folded)
        features = self.trunk(torch.cat([folded, parts, grid.expand(len(folded), -1, -1, -1)], 1), check).float()
        check()
        ask = self.ask(features) + self.ask_region(region_mean(features, labels))
        there = grid_sample(features, offers.place[:, None], align_corners=False)[:, :, 0].transpose(1, 2)
        placed = offers.placed[..., None].float()
        told = [offers.colour * 2 - 1, offers.share[..., None], offers.parts, placed, there * placed]
        keys = self.key(torch.cat(told, 2))
        logits = torch.einsum("bchw,btc->bthw", ask.float(), keys.float()) * _KEY**-0.5
        away = (grid[:, :, None] - offers.place.transpose(1, 2)[..., None, None]).square().sum(1).add(1e-6).sqrt()
        same = (labels[:, None] == offers.region[..., None, None]).float()
        by_place = softplus(self.same) * same - 4 * softplus(self.near) * away.clamp(max=1.5)
        logits = logits + by_place * placed[..., None]
        logits = logits.masked_fill(~offers.there[..., None, None], -1e4)
        logits = torch.cat([logits, self.none(features)], 1)
        share = logits.softmax(1)
        free = self.head(features).sigmoid()
        colour = torch.einsum("bthw,btc->bchw", share[:, :-1], offers.colour) + share[:, -1:] * free
        return Splash(colour, share, logits, free)


class Refine(nn.Module):
    """(B, 11, H, W) planes -> `Finish`."""

    def __init__(self, widths: tuple[int, ...] = (24, 40, 64, 96, 128)) -> None:
        super().__init__()
        self.trunk = _UNet(4 * REFINE_PLANES, widths)
        self.head = nn.Conv2d(widths[0], 4 * 9, 1)
        nn.init.normal_(self.head.weight, std=0.01)

    def forward(self, planes: Tensor, check: Check = never_stop) -> Finish:
        out = pixel_shuffle(self.head(self.trunk(pixel_unshuffle(planes, 2), check)), 2).float()
        change, shadow, light = out.chunk(3, 1)
        # Nothing is changed unless something speaks for it.
        return Finish(0.25 * change.tanh(), 1 - 0.9 * (shadow - 3).sigmoid(), 0.8 * (light - 4).sigmoid())


def finished(flats: Tensor, finish: Finish) -> Tensor:
    """Flats x shadow, then light screened on it: all (B, 3, H, W) 0..1."""
    return 1 - (1 - flats * finish.shadow) * (1 - finish.light)


def region_mean(values: Tensor, labels: Tensor) -> Tensor:
    """(B, C, h, w) with each place's region's mean in its stead; labels (B, h, w) int64."""
    batch, channels = values.shape[:2]
    most = int(labels.max()) + 1
    row = (labels + most * torch.arange(batch, device=labels.device)[:, None, None]).reshape(-1)
    flat = values.permute(0, 2, 3, 1).reshape(-1, channels)
    sums = flat.new_zeros(batch * most, channels).index_add(0, row, flat)
    count = flat.new_zeros(batch * most).index_add(0, row, torch.ones_like(row, dtype=flat.dtype))
    mean = (sums / count.clamp(min=1)[:, None])[row]
    return mean.reshape(batch, *values.shape[2:], channels).permute(0, 3, 1, 2)


def _places(like: Tensor) -> Tensor:
    """(1, 2, h, w): x and y of each place, -1..1 at the picture's edges."""
    height, width = like.shape[2:]
    y = (torch.arange(height, device=like.device, dtype=torch.float32) + 0.5) / height * 2 - 1
    x = (torch.arange(width, device=like.device, dtype=torch.float32) + 0.5) / width * 2 - 1
    return torch.stack([x[None].expand(height, width), y[:, None].expand(height, width)])[None]
