"""The embedding network: a figure's look in, a unit vector out, near for drawings of one character."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.functional import normalize, relu

if TYPE_CHECKING:
    from torch import Tensor

BANDS = 4  # head, chest, hips, feet: standing figures are compared band by band
WHOLE, BAND = 128, 48  # numbers that describe the whole figure, and each band


class _Block(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2016)."""

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outside)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outside)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inside != outside:
            self.shortcut = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x: Tensor) -> Tensor:
        y = relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        return relu(y + self.shortcut(x))


class FigureEmbedding(nn.Module):
    """(B, 5, 192, 112) float 0..1 (line, shape, red, green, blue) -> (B, 320) float, each row of length 1.

    The colours of a figure that is compared by its lines alone are 0. The vector is the whole figure's part and one
    part a horizontal band, as in part-based person search (Sun et al. 2018).
    """

    def __init__(self, widths: tuple[int, ...] = (32, 48, 96, 160)) -> None:
        super().__init__()
        stem, *rest = widths
        self.stem = nn.Sequential(nn.Conv2d(5, stem, 5, 2, 2, bias=False), nn.BatchNorm2d(stem), nn.ReLU(inplace=True))
        layers: list[nn.Module] = []
        inside = stem
        for depth, outside in enumerate(rest):
            layers += [_Block(inside, outside, 2), *([_Block(outside, outside)] if depth else [])]
            inside = outside
        self.trunk = nn.Sequential(*layers)
        self.whole = nn.Linear(2 * inside, WHOLE)
        self.bands = nn.ModuleList([nn.Linear(2 * inside, BAND) for _ in range(BANDS)])

    def forward(self, looks: Tensor) -> Tensor:
        features = self.trunk(self.stem(looks))
        parts = [normalize(self.whole(_pool(features)).float())]
        for layer, band in zip(self.bands, features.chunk(BANDS, dim=2), strict=True):
            parts.append(normalize(layer(_pool(band)).float()) * BANDS**-0.5)
        return torch.cat(parts, 1) * 2**-0.5


def _pool(features: Tensor) -> Tensor:
    """The mean and the strongest answer over places, (B, 2 C)."""
    return torch.cat([features.mean((2, 3)), features.amax((2, 3))], 1)


def build(**options: Any) -> FigureEmbedding:
    """A fresh network."""
    return FigureEmbedding(**options)
