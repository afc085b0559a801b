"""FILM (Reda et al. 2022), named as in the PyTorch checkpoints that circulate: one extractor and one flow network for
all scales, and a decoder that fuses what both frames bring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, leaky_relu, pad

from ..inbetween._warp import warp

if TYPE_CHECKING:
    from torch import Tensor

STEP = 64  # sides are multiples of this
_LEVELS, _FUSED, _DEEP, _SPECIAL = 7, 5, 4, 3  # of the pyramid; that are fused; of a feature tree; with own networks
_WIDTH = 64
_FLOW_WIDTHS = (32, 64, 128, 256)


class _Conv(nn.Sequential):
    def __init__(self, inside: int, outside: int, size: int, *, bends: bool = True) -> None:
        super().__init__(nn.Conv2d(inside, outside, size, padding=size // 2 if size % 2 else 0))
        self.even, self.bends = size % 2 == 0, bends

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self[0](pad(x, (0, 1, 0, 1)) if self.even else x)
        return leaky_relu(y, 0.2) if self.bends else y


class _Tree(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList()
        inside = 3
        for i in range(_DEEP):
            width = _WIDTH << i
            self.convs.append(nn.Sequential(_Conv(inside, width, 3), _Conv(width, width, 3)))
            inside = width

    def forward(self, frame: Tensor, levels: int) -> list[Tensor]:
        found = []
        for i, layer in enumerate(self.convs[:levels]):
            frame = layer(frame if i == 0 else avg_pool2d(frame, 2))
            found.append(frame)
        return found


class _Extractor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.extract_sublevels = _Tree()

    def forward(self, frames: list[Tensor]) -> list[Tensor]:
        trees = [self.extract_sublevels(frame, min(len(frames) - i, _DEEP)) for i, frame in enumerate(frames)]
        return [torch.cat([trees[i - j][j] for j in range(min(i + 1, _DEEP))], 1) for i in range(len(frames))]


class _Estimator(nn.Module):
    def __init__(self, inside: int, width: int) -> None:
        super().__init__()
        self._convs = nn.ModuleList([_Conv(inside if i == 0 else width, width, 3) for i in range(3)])
        self._convs.append(_Conv(width, width // 2, 1))
        self._convs.append(_Conv(width // 2, 2, 1, bends=False))

    def forward(self, mine: Tensor, theirs: Tensor) -> Tensor:
        x = torch.cat([mine, theirs], 1)
        for conv in self._convs:
            x = conv(x)
        return x


class _Flow(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        inside, made = 2 * _WIDTH, []
        for i, width in enumerate(_FLOW_WIDTHS):
            made.append(_Estimator(inside, width))
            inside += _WIDTH << (i + 2)
        self._predictor = made[-1]
        self._predictors = nn.ModuleList(made[-2::-1])

    def forward(self, mine: list[Tensor], theirs: list[Tensor]) -> list[Tensor]:
        """The flow of every level, the finest first."""
        flow = self._predictor(mine[-1], theirs[-1])
        flows = [flow]
        for i in range(len(mine) - 2, -1, -1):
            estimator = self._predictor if i >= _SPECIAL else self._predictors[_SPECIAL - 1 - i]
            flow = interpolate(2 * flow, size=mine[i].shape[-2:], mode="bilinear", align_corners=False)
            flow = flow + estimator(mine[i], warp(theirs[i], flow))
            flows.insert(0, flow)
        return flows


def _taken(level: int) -> int:
    return (sum(_WIDTH << i for i in range(level)) + 3 + 2) * 2


class _Fusion(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.output_conv = nn.Conv2d(_WIDTH, 3, 1)
        self.convs = nn.ModuleList()
        below = _taken(_FUSED - 1)
        for i in range(_FUSED - 2, -1, -1):
            width = _WIDTH << min(i, _SPECIAL)
            joined = width + _taken(min(i + 1, _DEEP))
            self.convs.append(
                nn.ModuleList([_Conv(below, width, 2, bends=False), _Conv(joined, width, 3), _Conv(width, width, 3)])
            )
            below = width

    def forward(self, levels: list[Tensor]) -> Tensor:
        x = levels[-1]
        for k, layers in enumerate(self.convs):
            shrink, join, think = layers.children()
            level = levels[len(self.convs) - 1 - k]
            x = shrink(interpolate(x, size=level.shape[-2:], mode="nearest"))
            x = think(join(torch.cat([level, x], 1)))
        frame: Tensor = self.output_conv(x)
        return frame


class Film(nn.Module):
    """See the module. Frames are RGB 0..1 with sides that are multiples of STEP."""

    def __init__(self) -> None:
        super().__init__()
        self.extract, self.predict_flow, self.fuse = _Extractor(), _Flow(), _Fusion()

    def forward(self, first: Tensor, second: Tensor, times: list[float]) -> list[tuple[Tensor, Tensor, Tensor]]:
        """At each time the frame (B, 3, H, W), and the flow from it to the first and to the second, (B, 2, H, W)."""
        frames = [_pyramid(frame) for frame in (first, second)]
        features = [self.extract(levels) for levels in frames]
        ahead = self.predict_flow(features[0], features[1])
        back = self.predict_flow(features[1], features[0])
        made = []
        for t in times:
            levels = []
            for i in range(_FUSED):
                to_first, to_second = back[i] * t, ahead[i] * (1 - t)
                brought = [
                    warp(torch.cat([f[i], g[i]], 1), way)
                    for f, g, way in zip(frames, features, (to_first, to_second), strict=True)
                ]
                levels.append(torch.cat([*brought, to_first, to_second], 1))
            made.append((self.fuse(levels), back[0] * t, ahead[0] * (1 - t)))
        return made


def _pyramid(frame: Tensor) -> list[Tensor]:
    levels = [frame]
    for _ in range(_LEVELS - 1):
        levels.append(avg_pool2d(levels[-1], 2))
    return levels
