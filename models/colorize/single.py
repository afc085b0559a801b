"""The yardstick: one network of the two stages' size that goes from line and hints to the picture in one step."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle, pixel_unshuffle

from shiage.nets.colorize._model import DRAFT_PLANES, _places, _UNet
from shiage.nets.colorize._see import PARTS


class Single(nn.Module):
    """(B, 5, H, W) planes and (B, 16, H / 2, W / 2) parts -> (B, 3, H, W) 0..1."""

    def __init__(self, widths: tuple[int, ...] = (40, 60, 100, 160, 200)) -> None:
        super().__init__()
        self.trunk = _UNet(4 * DRAFT_PLANES + PARTS + 2, widths)
        self.head = nn.Conv2d(widths[0], 12, 1)

    def forward(self, planes: Tensor, parts: Tensor) -> Tensor:
        folded = pixel_unshuffle(planes, 2)
        parts = parts if parts.shape[2:] == folded.shape[2:] else interpolate(parts, size=folded.shape[2:])
        grid = _places(folded).expand(len(folded), -1, -1, -1)
        out = pixel_shuffle(self.head(self.trunk(torch.cat([folded, parts, grid], 1))), 2)
        return out.float().sigmoid()
