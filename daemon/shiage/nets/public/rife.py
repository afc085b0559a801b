"""RIFE (Huang et al. 2022), the network of its 4.x checkpoints: flow from the time between is told at once, from coarse
to fine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import interpolate

from ..inbetween._warp import warp

if TYPE_CHECKING:
    from torch import Tensor

STEP = 64  # sides are multiples of this
_WIDTHS = (192, 128, 96, 64)
_SCALES = (8, 4, 2, 1)


def _conv(inside: int, outside: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, outside, 3, 2, 1), nn.LeakyReLU(0.2))


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, 1, 1)
        self.beta = nn.Parameter(torch.ones(1, width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.leaky_relu(self.conv(x) * self.beta + x, 0.2)


class _Level(nn.Module):
    def __init__(self, inside: int, width: int) -> None:
        super().__init__()
        self.conv0 = nn.Sequential(_conv(inside, width // 2), _conv(width // 2, width))
        self.convblock = nn.Sequential(*[_Residual(width) for _ in range(8)])
        self.lastconv = nn.Sequential(nn.ConvTranspose2d(width, 4 * 6, 4, 2, 1), nn.PixelShuffle(2))

    def forward(self, x: Tensor, flow: Tensor | None, scale: int) -> tuple[Tensor, Tensor]:
        size = x.shape[-2:]
        x = _resized(x, (size[0] // scale, size[1] // scale))
        if flow is not None:
            x = torch.cat([x, _resized(flow, (x.shape[-2], x.shape[-1])) / scale], 1)
        told = _resized(self.lastconv(self.convblock(self.conv0(x))), (size[0], size[1]))
        return told[:, :4] * scale, told[:, 4:5]


def _resized(x: Tensor, size: tuple[int, int]) -> Tensor:
    return interpolate(x, size=size, mode="bilinear", align_corners=False)


class Rife(nn.Module):
    """See the module. Frames are RGB 0..1 with sides that are multiples of STEP."""

    def __init__(self) -> None:
        super().__init__()
        for i, width in enumerate(_WIDTHS):
            setattr(self, f"block{i}", _Level(7 if i == 0 else 12, width))

    def forward(self, first: Tensor, second: Tensor, times: list[float]) -> list[tuple[Tensor, Tensor, Tensor]]:
        """At each time the frame (B, 3, H, W), and the flow from it to the first and to the second, (B, 2, H, W)."""
        return [self._at(first, second, t) for t in times]

    def _at(self, first: Tensor, second: Tensor, t: float) -> tuple[Tensor, Tensor, Tensor]:
        time = torch.full_like(first[:, :1], t)
        flow, mask = getattr(self, "block0")(torch.cat([first, second, time], 1), None, _SCALES[0])  # noqa: B009
        for i in (1, 2, 3):
            warped = [warp(first, flow[:, :2]), warp(second, flow[:, 2:4])]
            more, change = getattr(self, f"block{i}")(torch.cat([*warped, time, mask], 1), flow, _SCALES[i])
            flow, mask = flow + more, mask + change
        share = torch.sigmoid(mask)
        frame = warp(first, flow[:, :2]) * share + warp(second, flow[:, 2:4]) * (1 - share)
        return frame, flow[:, :2], flow[:, 2:4]
