"""The network that reads the lines in a rough drawing: a U-Net (Ronneberger et al. 2015) that thinks at half size.

Most of its work is done at a half to a sixteenth of the drawing's size, where a stroke's whole surroundings are in
sight at little cost; a few channels at full size, and a shuffle of pixels (Shi et al. 2016), put the lines where they
belong.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import interpolate, pixel_shuffle, relu

from shiage.craft.strips import Check, never_stop

if TYPE_CHECKING:
    from torch import Tensor

STRIDE = 16  # sizes are multiples of it
SEEN = 2  # planes in: dark, colourful
TOLD = 2  # planes out: line, its middle
WEIGH = 2.5  # times what paper weighs lines weigh in training, since there is so little of them


def unweighed(told: Tensor) -> Tensor:
    """Likelihoods 0..1 as they are when lines weigh no more than paper: as wide as they were drawn."""
    return told / (WEIGH - (WEIGH - 1) * told)


class _Conv(nn.Sequential):
    def __init__(self, inside: int, outside: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inside, outside, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
        )


class _Block(nn.Module):
    """Two convolutions beside a short cut (He et al. 2016)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _Conv(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        return relu(x + self.second(self.first(x)))


class LineNet(nn.Module):
    """(B, 2, H, W) float 0..1 -> (B, 2, H, W) logits; H and W are multiples of STRIDE.

    In: how dark and how colourful each mark is. Out: the clean line as wide as it is inked, and its middle as a ridge
    of some 1.7 pixels.
    """

    def __init__(self, widths: tuple[int, ...] = (24, 48, 80, 112), fine: int = 8) -> None:
        super().__init__()
        self.near = _Conv(SEEN, fine)
        self.stem = _Conv(SEEN, widths[0], 5, 2)
        self.down = nn.ModuleList([_Block(widths[0])])
        for inside, outside in pairwise(widths):
            more = [_Block(outside)] if outside == widths[-1] else []
            self.down.append(nn.Sequential(_Conv(inside, outside, 3, 2), _Block(outside), *more))
        self.up = nn.ModuleList()
        for below, beside in zip(reversed(widths), reversed(widths[:-1]), strict=False):
            self.up.append(nn.Sequential(_Conv(below + beside, beside), _Block(beside)))
        self.spread = nn.Conv2d(widths[0], 4 * fine, 1)
        self.last = _Conv(2 * fine, 2 * fine)
        self.head = nn.Conv2d(2 * fine, TOLD, 1)

    def forward(self, planes: Tensor, check: Check = never_stop) -> Tensor:
        """`check` is called between layers, so that a cancelled job need not wait for a whole tile."""
        x = self.stem(planes)
        kept: list[Tensor] = []
        for layer in self.down:
            check()
            x = layer(x)
            kept.append(x)
        for layer, beside in zip(self.up, reversed(kept[:-1]), strict=True):
            check()
            x = layer(torch.cat([interpolate(x, scale_factor=2.0, mode="nearest"), beside], 1))
        check()
        x = relu(pixel_shuffle(self.spread(x), 2))
        check()
        logits: Tensor = self.head(self.last(torch.cat([x, self.near(planes)], 1)))
        return logits
