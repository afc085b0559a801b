"""DAIN at its published size (Bao et al. 2019): 24.0 million parameters, named as in the checkpoint of its makers.

Flow is PWC-Net (Sun et al. 2018), depth the hourglass of MegaDepth (Li and Snavely 2018, after Chen et al. 2016).
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import grid_sample, interpolate, leaky_relu, pad

from ..inbetween._warp import adaptive_warp, places, project

if TYPE_CHECKING:
    from torch import Tensor

STEP = 64  # sides are multiples of this
_REACH = 4
_FLOW_SCALE = 20.0
_LEVEL_SCALE = {5: 0.625, 4: 1.25, 3: 2.5, 2: 5.0}  # the flow's unit at each level of the pyramid, in its pixels
_FEATURES = {1: 16, 2: 32, 3: 64, 4: 96, 5: 128, 6: 196}
_DENSE = (128, 128, 96, 64, 32)


def _conv(inside: int, outside: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, outside, 3, stride, dilation, dilation), nn.LeakyReLU(0.1))


class PwcNet(nn.Module):
    """Flow from the first frame to the second, (B, 2, H / 4, W / 4), in units of 20 pixels; frames as (B, 6, H, W)."""

    def __init__(self) -> None:
        super().__init__()
        inside = 3
        for level, width in _FEATURES.items():
            names = ("aa", "a", "b") if level == 6 else ("a", "aa", "b")  # as the checkpoint has them
            for place, name in enumerate(names):
                setattr(self, f"conv{level}{name}", _conv(inside, width, 2 if place == 0 else 1))
                inside = width
        grown = list(accumulate(_DENSE))
        for level in range(6, 1, -1):
            taken = (2 * _REACH + 1) ** 2 + (0 if level == 6 else _FEATURES[level] + 4)
            for i, width in enumerate(_DENSE):
                setattr(self, f"conv{level}_{i}", _conv(taken + (grown[i - 1] if i else 0), width))
            setattr(self, f"predict_flow{level}", nn.Conv2d(taken + grown[-1], 2, 3, 1, 1))
            setattr(self, f"deconv{level}", nn.ConvTranspose2d(2, 2, 4, 2, 1))
            if level > 2:
                setattr(self, f"upfeat{level}", nn.ConvTranspose2d(taken + grown[-1], 2, 4, 2, 1))
        widths, holes = (taken + grown[-1], 128, 128, 128, 96, 64, 32), (1, 2, 4, 8, 16, 1)
        for i, hole in enumerate(holes):
            setattr(self, f"dc_conv{i + 1}", _conv(widths[i], widths[i + 1], dilation=hole))
        self.dc_conv7 = nn.Conv2d(32, 2, 3, 1, 1)

    def forward(self, both: Tensor) -> Tensor:
        pyramids = [self._pyramid(frame) for frame in both.chunk(2, 1)]
        flow = up = None
        for level in range(6, 1, -1):
            mine, theirs = pyramids[0][level - 1], pyramids[1][level - 1]
            if flow is None or up is None:
                x = leaky_relu(_correlation(mine, theirs), 0.1)
            else:
                alike = _correlation(mine, _moved(theirs, flow * _LEVEL_SCALE[level]))
                x = torch.cat([leaky_relu(alike, 0.1), mine, flow, up], 1)
            for i in range(len(_DENSE)):
                x = torch.cat([getattr(self, f"conv{level}_{i}")(x), x], 1)
            told: Tensor = getattr(self, f"predict_flow{level}")(x)
            if level > 2:
                flow = getattr(self, f"deconv{level}")(told)
                up = getattr(self, f"upfeat{level}")(x)
        for i in range(1, 7):
            x = getattr(self, f"dc_conv{i}")(x)
        refined: Tensor = told + self.dc_conv7(x)
        return refined

    def _pyramid(self, frame: Tensor) -> list[Tensor]:
        levels = []
        for level in _FEATURES:
            for name in ("aa", "a", "b") if level == 6 else ("a", "aa", "b"):
                frame = getattr(self, f"conv{level}{name}")(frame)
            levels.append(frame)
        return levels


def _correlation(mine: Tensor, theirs: Tensor) -> Tensor:
    span = 2 * _REACH + 1
    wide = pad(theirs, (_REACH,) * 4)
    height, width = mine.shape[-2:]
    rows = [(mine * wide[:, :, i : i + height, j : j + width]).mean(1) for i in range(span) for j in range(span)]
    return torch.stack(rows, 1)


def _moved(picture: Tensor, flow: Tensor) -> Tensor:
    height, width = picture.shape[-2:]
    scale = flow.new_tensor([2 / max(width - 1, 1), 2 / max(height - 1, 1)]).view(1, 2, 1, 1)
    grid = ((places(flow) + flow) * scale - 1).permute(0, 2, 3, 1)
    seen = grid_sample(torch.ones_like(picture[:, :1]), grid, align_corners=True) >= 0.9999
    return grid_sample(picture, grid, align_corners=True) * seen


class _Side(nn.Sequential):
    """What its parts say of one input, side by side."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([part(x) for part in self], 1)


class _Sum(nn.Sequential):
    """Its one part's parts, added up; nested as in the checkpoint."""

    def forward(self, x: Tensor) -> Tensor:
        parts = list(self[0].children())
        total: Tensor = parts[0](x) + parts[1](x)
        return total


def _normed(inside: int, outside: int, size: int) -> list[nn.Module]:
    return [nn.Conv2d(inside, outside, size, 1, size // 2), nn.BatchNorm2d(outside, affine=False), nn.ReLU()]


def _inception(inside: int, outside: int, middle: int, sizes: tuple[int, ...]) -> _Side:
    parts = [nn.Sequential(*_normed(inside, outside, 1))]
    parts += [nn.Sequential(*_normed(inside, middle, 1), *_normed(middle, outside, size)) for size in sizes]
    return _Side(*parts)


def _branches(first: list[nn.Module], second: list[nn.Module]) -> nn.Sequential:
    return _Sum(nn.Sequential(nn.Sequential(*first), nn.Sequential(*second)))


def hourglass() -> nn.Sequential:
    """Log depth, (B, 1, H, W), of frames (B, 3, H, W)."""
    small, wide = (3, 5, 7), (3, 7, 11)

    def up() -> nn.Module:
        return nn.UpsamplingNearest2d(scale_factor=2)

    def same(count: int) -> list[nn.Module]:
        return [_inception(256, 64, 32, small) for _ in range(count)]

    fourth = _branches(same(2), [nn.AvgPool2d(2), *same(3), up()])
    third = _branches(
        [*same(1), _inception(256, 64, 64, wide)],
        [nn.AvgPool2d(2), *same(2), fourth, *same(1), _inception(256, 64, 64, wide), up()],
    )
    second = _branches(
        [
            nn.MaxPool2d(2), _inception(128, 32, 32, small), _inception(128, 64, 32, small), third,
            *same(1), _inception(256, 32, 32, small), up(),
        ],
        [_inception(128, 32, 32, small), _inception(128, 32, 64, wide)],
    )  # fmt: skip
    first = _branches(
        [
            nn.MaxPool2d(2), _inception(128, 32, 32, small), _inception(128, 32, 32, small), second,
            _inception(128, 32, 64, small), _inception(128, 16, 32, wide), up(),
        ],
        [_inception(128, 16, 64, wide)],
    )  # fmt: skip
    return nn.Sequential(nn.Conv2d(3, 128, 7, 1, 3), nn.BatchNorm2d(128), nn.ReLU(), first, nn.Conv2d(64, 1, 3, 1, 1))


class _Block(nn.Module):
    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, 1, dilation, dilation, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.conv2(torch.relu(self.conv1(x))) + x)


class _Context(nn.Module):
    """A frame with what is about each pixel: (B, 195, H, W)."""

    def __init__(self) -> None:
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv2d(3, 64, 7, 1, 3, bias=False), nn.ReLU())
        self.block2, self.block3 = _Block(64, 4), _Block(64, 8)

    def forward(self, frame: Tensor) -> Tensor:
        first = self.block1(frame)
        second = self.block2(first)
        return torch.cat([frame, first, second, self.block3(second)], 1)


class _Synthesis(nn.Module):
    def __init__(self, inside: int, width: int) -> None:
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv2d(inside, width, 7, 1, 3), nn.ReLU())
        self.block2, self.block3, self.block4 = _Block(width), _Block(width), _Block(width)
        self.block5 = nn.Sequential(nn.Conv2d(width, 3, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        done: Tensor = self.block5(self.block4(self.block3(self.block2(self.block1(x)))))
        return done


class Dain(nn.Module):
    """See the module. Frames are RGB 0..1 with sides that are multiples of STEP."""

    def __init__(self) -> None:
        super().__init__()
        self.initScaleNets_filter = _kernel_trunk()
        self.initScaleNets_filter1, self.initScaleNets_filter2 = _kernel_head(), _kernel_head()
        self.ctxNet = _Context()
        self.rectifyNet = _Synthesis(3 * 3 + 2 * 2 + 2 * 16 + 2 * 196, 128)
        self.flownets = PwcNet()
        self.depthNet = hourglass()

    def forward(self, first: Tensor, second: Tensor, times: list[float]) -> list[tuple[Tensor, Tensor, Tensor]]:
        """At each time the frame (B, 3, H, W), and the flow from it to the first and to the second, (B, 2, H, W)."""
        depth = [self.depthNet(frame) for frame in (first, second)]
        context = [torch.cat([self.ctxNet(f), d], 1) for f, d in zip((first, second), depth, strict=True)]
        near = [1e-6 + torch.exp(-d) for d in depth]
        trunk = self._trunk(torch.cat([first, second], 1))
        kernels = [_through(head, trunk) for head in (self.initScaleNets_filter1, self.initScaleNets_filter2)]
        flows = [
            interpolate(_FLOW_SCALE * self.flownets(torch.cat(pair, 1)), scale_factor=4, mode="bilinear")
            for pair in ((first, second), (second, first))
        ]
        made = []
        for t in times:
            ways = [project(f * s, n)[0] for f, s, n in zip(flows, (t, 1 - t), near, strict=True)]
            frames = [adaptive_warp(f, w, k) for f, w, k in zip((first, second), ways, kernels, strict=True)]
            seen = [adaptive_warp(c, w, k) for c, w, k in zip(context, ways, kernels, strict=True)]
            blend = (1 - t) * frames[0] + t * frames[1]
            mended = self.rectifyNet(torch.cat([blend, *frames, *ways, *kernels, *seen], 1))
            made.append((blend + mended, ways[0], ways[1]))
        return made

    def _trunk(self, x: Tensor) -> Tensor:
        kept: list[Tensor] = []
        for layer in self.initScaleNets_filter:
            if isinstance(layer, nn.MaxPool2d):
                kept.append(x)
            x = layer(x)
            if isinstance(layer, nn.Upsample):
                x = x + kept.pop()
        return x


def _kernel_trunk() -> nn.ModuleList:
    widths = (16, 32, 64, 128, 256, 512)
    layers: list[nn.Module] = [nn.Conv2d(6, 16, 3, 1, 1), nn.ReLU()]
    for inside, outside in pairwise(widths):
        layers += [nn.Conv2d(inside, outside, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(512, 512, 3, 1, 1), nn.ReLU()]
    for inside, outside in pairwise(widths[::-1]):
        layers += [
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
            nn.Conv2d(inside, outside, 3, 1, 1),
            nn.ReLU(),
        ]
    return nn.ModuleList(layers)


def _kernel_head() -> nn.ModuleList:
    return nn.ModuleList([nn.Conv2d(16, 16, 3, 1, 1), nn.ReLU(), nn.Conv2d(16, 16, 3, 1, 1)])


def _through(layers: nn.ModuleList, x: Tensor) -> Tensor:
    for layer in layers:
        x = layer(x)
    return x
