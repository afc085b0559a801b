"""Shiage's own in-between network: a small DAIN for drawn frames.

As in DAIN (Bao et al. 2019): flow both ways from coarse to fine, nearness, context, a projection of the flow to the
time between in which the nearer wins, adaptive warping of frame, context and nearness, and a synthesis that adds to the
blend. Unlike there, one small pyramid serves flow, nearness and kernels; the flow starts from a *guide* (where the
matched regions went) wherever that explains the drawing better than what the coarser level found; kernels sum to one,
so that a flat colour stays what it is; and the synthesis chooses between both keys before it adds anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import interpolate, leaky_relu, pixel_shuffle, pixel_unshuffle

from ._warp import adaptive_warp, project, warp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

STEP = 32  # sides are multiples of this
_WIDTHS = (16, 24, 32, 48, 48)  # of the pyramid, from half the size to a 32nd
_COMMON, _REACH = 24, 3
_CONTEXT = 8
_NEAREST = 8.0  # log of how much more the nearest weighs than the farthest


@dataclass
class Guide:
    """Where regions went: ``flow`` (B, 2, H, W) pixels, ``sure`` (B, 1, H, W) 0..1."""

    flow: Tensor
    sure: Tensor


@dataclass
class Motion:
    """What is found of two keys, for any time between; each with the first key's B rows first, then the second's.

    ``flow``: (2B, 2, H, W); ``coarse``: the flow of each level on the way; ``near``: (2B, 1, H, W) logits, larger is
    nearer; ``kernels``: (2B, 16, H, W); ``context``: (2B, C, H, W).
    """

    flow: Tensor
    coarse: list[Tensor]
    near: Tensor
    kernels: Tensor
    context: Tensor


@dataclass
class Made:
    """A frame between, (B, 3, H, W); ``blend``: of both warped keys; ``to_first``, ``to_second``: (B, 2, H, W), from it
    to the keys; ``share``: (B, 1, H, W), how much the second has in it.
    """

    frame: Tensor
    blend: Tensor
    to_first: Tensor
    to_second: Tensor
    share: Tensor


def _conv(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, outside, 3, stride, 1), nn.LeakyReLU(0.1, inplace=True))


def _start_small(layer: nn.Module) -> None:
    assert isinstance(layer, nn.Conv2d)
    assert layer.bias is not None
    nn.init.normal_(layer.weight, std=1e-3)
    nn.init.zeros_(layer.bias)


def _other(both: Tensor) -> Tensor:
    first, second = both.chunk(2)
    return torch.cat([second, first])


def _cost(mine: Tensor, theirs: Tensor) -> Tensor:
    """(B, 49, h, w) how alike each place is to those around the same place of the other."""
    span = 2 * _REACH + 1
    padded = nn.functional.pad(theirs, (_REACH,) * 4)
    height, width = mine.shape[-2:]
    parts = [
        (mine * padded[:, :, i : i + height, j : j + width]).mean(1, keepdim=True)
        for i in range(span)
        for j in range(span)
    ]
    return leaky_relu(torch.cat(parts, 1), 0.1)


class _Flow(nn.Module):
    """One estimator for all levels: what is learned of small motions at fine levels serves large ones at coarse."""

    def __init__(self) -> None:
        super().__init__()
        self.bring = nn.ModuleList(nn.Conv2d(width, _COMMON, 1) for width in _WIDTHS[1:])
        taken = (2 * _REACH + 1) ** 2 + _COMMON + 2 + 1
        self.think = nn.Sequential(_conv(taken, 64), _conv(64, 48), _conv(48, 32))
        self.say = nn.Conv2d(32, 2, 3, 1, 1)
        self.trust = nn.Parameter(torch.tensor([8.0, 2.0]))  # in the guide: by its fit, by how sure it is
        fine = _WIDTHS[0]
        self.fine = nn.Sequential(_conv(2 * fine + 3, 24), _conv(24, 24), nn.Conv2d(24, 2, 3, 1, 1))
        _start_small(self.say)
        _start_small(self.fine[-1])

    def forward(self, pyramid: list[Tensor], guide: Guide | None) -> tuple[Tensor, list[Tensor]]:
        flow: Tensor | None = None
        coarse = []
        for level in range(len(_WIDTHS) - 1, 0, -1):
            mine = self.bring[level - 1](pyramid[level])
            mine = nn.functional.normalize(mine.float(), dim=1) * _COMMON**0.5
            theirs = _other(mine)
            size = mine.shape[-2:]
            if flow is None:
                flow = mine.new_zeros(mine.shape[0], 2, *size)
            else:
                flow = 2 * interpolate(flow, size=size, mode="bilinear", align_corners=False)
            if guide is not None:
                flow = self._guided(flow, guide, mine, theirs, level)
            moved = warp(theirs, flow)
            off = (mine - moved).abs().mean(1, keepdim=True)
            told = torch.cat([_cost(mine, moved), mine, flow / 16, off], 1)
            flow = flow + self.say(self.think(told)).float()
            coarse.append(flow)
        assert flow is not None
        mine = pyramid[0].float()
        flow = 2 * interpolate(flow, scale_factor=2, mode="bilinear", align_corners=False)
        moved = warp(_other(mine), flow)
        off = (mine - moved).abs().mean(1, keepdim=True)
        flow = flow + self.fine(torch.cat([mine, moved, flow / 16, off], 1)).float()
        coarse.append(flow)
        return 2 * interpolate(flow, scale_factor=2, mode="bilinear", align_corners=False), coarse

    def _guided(self, flow: Tensor, guide: Guide, mine: Tensor, theirs: Tensor, level: int) -> Tensor:
        """The guide where it brings together what looks alike better than the flow found so far."""
        size, scale = mine.shape[-2:], 2.0 ** -(level + 1)
        sure = interpolate(guide.sure, size=size, mode="area")
        led = interpolate(guide.flow * guide.sure, size=size, mode="area") / sure.clamp(min=1e-3) * scale
        gain = (mine - warp(theirs, flow)).abs().mean(1, keepdim=True)
        gain = gain - (mine - warp(theirs, led)).abs().mean(1, keepdim=True)
        share = torch.sigmoid(self.trust[0] * gain + self.trust[1] * (2 * sure - 1)) * (sure > 0.05)
        mixed: Tensor = flow + share * (led - flow)
        return mixed


class InbetweenNet(nn.Module):
    """See the module. Frames are RGB 0..1 with sides that are multiples of STEP."""

    def __init__(self) -> None:
        super().__init__()
        inside = 3
        self.pyramid = nn.ModuleList()
        for width in _WIDTHS:
            self.pyramid.append(nn.Sequential(_conv(inside, width, 2), _conv(width, width)))
            inside = width
        self.flow = _Flow()
        self.trust = nn.Parameter(torch.tensor([12.0, 3.0]))  # in the guide at full size, as in the flow
        self.rise = nn.ModuleList(_conv(_WIDTHS[i + 1] + _WIDTHS[i], _WIDTHS[i]) for i in range(4))
        self.kernels = nn.Conv2d(_WIDTHS[0], 16, 3, 1, 1)
        self.near = nn.Conv2d(_WIDTHS[0], 4, 3, 1, 1)  # 2 x 2 pixels each
        self.context = nn.Conv2d(_WIDTHS[0], _CONTEXT, 3, 1, 1)
        taken = 4 * (2 * 3 + 3 + 2 + 2) + 2 * (_CONTEXT + 2)
        self.synthesis = nn.Sequential(_conv(taken, 48), _conv(48, 48), _conv(48, 40), _conv(40, 40))
        self.paint = nn.Conv2d(40, 4 * 4, 3, 1, 1)  # a choice and a residual of three colours, 2 x 2 pixels each
        for last in (self.kernels, self.near, self.paint):
            _start_small(last)
        self.inner: Tensor
        inner = torch.zeros(4, 4)
        inner[1:3, 1:3] = 4.0  # starts as bilinear sampling, nearly
        self.register_buffer("inner", inner.view(1, 16, 1, 1))

    def motion(self, first: Tensor, second: Tensor, guides: tuple[Guide, Guide] | None = None) -> Motion:
        """``first``, ``second``: (B, 3, H, W). ``guides``: of the first's regions into the second, and back."""
        levels: list[Tensor] = []
        x = torch.cat([first, second]) - 0.5
        for layer in self.pyramid:
            x = layer(x)
            levels.append(x)
        guide = None
        if guides is not None:
            guide = Guide(*(torch.cat([getattr(g, name) for g in guides]) for name in ("flow", "sure")))
        flow, coarse = self.flow(levels, guide)
        if guide is not None:
            flow = self._at_full_size(torch.cat([first, second]), flow, guide)
        for i in range(3, -1, -1):
            up = interpolate(x, size=levels[i].shape[-2:], mode="bilinear", align_corners=False)
            x = self.rise[i](torch.cat([up, levels[i]], 1))
        kernels = _quadrants(
            interpolate(self.kernels(x).float(), scale_factor=2, mode="bilinear", align_corners=False) + self.inner
        )
        near = pixel_shuffle(self.near(x).float(), 2)
        context = interpolate(self.context(x).float(), scale_factor=2, mode="bilinear")
        return Motion(flow, coarse, near, kernels, context)

    def _at_full_size(self, frames: Tensor, flow: Tensor, guide: Guide) -> Tensor:
        """The guide again, by the pixels themselves: it alone knows borders to the pixel."""
        theirs = _other(frames)
        gain = (frames - warp(theirs, flow)).abs().mean(1, keepdim=True)
        gain = gain - (frames - warp(theirs, guide.flow)).abs().mean(1, keepdim=True)
        share = torch.sigmoid(self.trust[0] * gain + self.trust[1] * (2 * guide.sure - 1)) * (guide.sure > 0.05)
        mixed: Tensor = flow + share * (guide.flow - flow)
        return mixed

    def between(self, first: Tensor, second: Tensor, motion: Motion, t: float | Tensor) -> Made:
        """The frame at ``t``, 0..1 or (B, 1, 1, 1)."""
        ahead, back = motion.flow.chunk(2)
        near_a, near_b = (torch.exp(_NEAREST * torch.sigmoid(n)) for n in motion.near.chunk(2))
        from_a, hits_a = project(ahead * t, near_a)
        from_b, hits_b = project(back * (1 - t), near_b)
        kept_a, kept_b = motion.kernels.chunk(2)
        frame_a = adaptive_warp(torch.cat([first, motion.near[: len(first)]], 1), from_a, kept_a)
        frame_b = adaptive_warp(torch.cat([second, motion.near[len(first) :]], 1), from_b, kept_b)
        context_a, context_b = motion.context.chunk(2)
        # A hole in one key's picture is seen in the other's.
        weight_a, weight_b = (1 - t) * (hits_a + 1e-3), t * (hits_b + 1e-3)
        both = (frame_a[:, :3] * weight_a + frame_b[:, :3] * weight_b) / (weight_a + weight_b)
        whole = torch.cat([frame_a[:, :3], frame_b[:, :3], both, frame_a[:, 3:], frame_b[:, 3:], hits_a, hits_b], 1)
        half = [
            interpolate(field, scale_factor=0.5, mode="bilinear")
            for field in (warp(context_a, from_a), warp(context_b, from_b), from_a / 32, from_b / 32)
        ]
        painted = self.paint(self.synthesis(torch.cat([pixel_unshuffle(whole, 2), *half], 1)))
        painted = pixel_shuffle(painted.float(), 2)
        start = torch.log(weight_a) - torch.log(weight_b)
        share = torch.sigmoid(start + 4 * painted[:, :1])
        blend = share * frame_a[:, :3] + (1 - share) * frame_b[:, :3]
        return Made(blend + painted[:, 1:], both, from_a, from_b, 1 - share)

    def forward(
        self, first: Tensor, second: Tensor, times: Sequence[float], guides: tuple[Guide, Guide] | None = None
    ) -> list[Tensor]:
        """The frames at ``times``; the motion is found once."""
        motion = self.motion(first, second, guides)
        return [self.between(first, second, motion, t).frame for t in times]


def _quadrants(raw: Tensor) -> Tensor:
    """(B, 16, H, W) raw kernels such that each 2 x 2 quadrant sums to one."""
    batch, _, height, width = raw.shape
    grid = raw.view(batch, 2, 2, 2, 2, height, width)  # row half, row, column half, column
    flat = grid.permute(0, 1, 3, 2, 4, 5, 6).reshape(batch, 4, 4, height, width).softmax(2)
    return flat.view(batch, 2, 2, 2, 2, height, width).permute(0, 1, 3, 2, 4, 5, 6).reshape(raw.shape)
