"""The part network: a small U-Net (Ronneberger et al. 2015) that names the part of a figure at each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import interpolate

from shiage.craft.strips import Check, never_stop

if TYPE_CHECKING:
    from torch import Tensor

CLASSES = 16  # none and the fifteen parts


def _twice(inside: int, outside: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inside, outside):
        layers += [nn.Conv2d(channels, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class PartNet(nn.Module):
    """(B, 7, H, W) float -> (B, 16, H, W) logits; H and W are multiples of 16.

    The planes of a look (line, shape, red, green, blue; 0..1) and the place in it (row and column, -1..1), since a foot
    is at the bottom.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 96, 128)) -> None:
        super().__init__()
        inside = 7
        self.down = nn.ModuleList()
        for width in widths:
            self.down.append(_twice(inside, width))
            inside = width
        self.whole = nn.Linear(inside, inside)
        self.up = nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up.append(_twice(inside + width, width))
            inside = width
        self.head = nn.Conv2d(inside, CLASSES, 1)

    def forward(self, planes: Tensor, check: Check = never_stop) -> Tensor:
        kept: list[Tensor] = []
        x = planes
        for depth, layer in enumerate(self.down):
            check()
            x = layer(nn.functional.max_pool2d(x, 2) if depth else x)
            kept.append(x)
        x = x + self.whole(x.mean((2, 3)))[:, :, None, None]  # what kind of drawing, and from which side
        for layer, beside in zip(self.up, reversed(kept[:-1]), strict=True):
            check()
            x = layer(torch.cat([interpolate(x, scale_factor=2.0, mode="nearest"), beside], 1))
        logits: Tensor = self.head(x)
        return logits


def with_place(planes: Tensor) -> Tensor:
    """(B, 5, H, W) with two planes more: row and column, -1..1."""
    batch, _, height, width = planes.shape
    rows = torch.linspace(-1, 1, height, device=planes.device)[None, None, :, None].expand(batch, 1, height, width)
    columns = torch.linspace(-1, 1, width, device=planes.device)[None, None, None].expand(batch, 1, height, width)
    return torch.cat([planes, rows.to(planes.dtype), columns.to(planes.dtype)], 1)
