"""What the in-between networks need and torch has not: depth-aware projection of flow, and adaptive warping.

Both as in DAIN (Bao et al. 2019), of torch's own operations: on any device, with gradients, without compiling anything.
Pictures and fields are (B, C, H, W) float32; flows are in pixels, x first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import grid_sample

if TYPE_CHECKING:
    from torch import Tensor

_LEAST = 1e-6  # of all that lands on a pixel, below which it is a hole


def places(like: Tensor) -> Tensor:
    """(1, 2, H, W) x and y of every pixel."""
    height, width = like.shape[-2:]
    y, x = torch.meshgrid(
        torch.arange(height, device=like.device, dtype=torch.float32),
        torch.arange(width, device=like.device, dtype=torch.float32),
        indexing="ij",
    )
    return torch.stack([x, y])[None]


def warp(picture: Tensor, flow: Tensor) -> Tensor:
    """The picture sampled at x + flow, bilinear, its border repeated."""
    height, width = picture.shape[-2:]
    at = places(flow) + flow.float()
    scale = at.new_tensor([2 / max(width - 1, 1), 2 / max(height - 1, 1)]).view(1, 2, 1, 1)
    grid = (at * scale - 1).permute(0, 2, 3, 1)
    return grid_sample(picture.float(), grid, "bilinear", "border", align_corners=True)


def project(flow: Tensor, near: Tensor) -> tuple[Tensor, Tensor]:
    """From where each pixel of the frame between comes: the flow back to the key, and whether anything lands there.

    ``flow``: (B, 2, H, W), the key's motion up to the frame between. ``near``: (B, 1, H, W) > 0; of what lands on one
    pixel the nearer weighs more. Each pixel gives to the four around where it lands. Holes take the mean of the nearest
    known to their left, right, above and below. Gives (B, 2, H, W) and (B, 1, H, W) 0 or 1.
    """
    batch, _, height, width = flow.shape
    start = torch.floor((places(flow) + flow).detach())
    given = torch.cat([-flow * near, near], 1).flatten(2)
    landed = flow.new_zeros(batch, 3, height * width)
    for dy in (0, 1):
        for dx in (0, 1):
            x, y = start[:, 0] + dx, start[:, 1] + dy
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            index = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).long().flatten(1)
            part = given * inside.flatten(1)[:, None]
            landed = landed.scatter_add(2, index[:, None].expand(-1, 3, -1), part)
    landed = landed.view(batch, 3, height, width)
    weight = landed[:, 2:]
    known = weight > _LEAST
    back = landed[:, :2] / weight.clamp(min=_LEAST) * known
    return fill_holes(back, known), known.float()


def fill_holes(field: Tensor, known: Tensor) -> Tensor:
    """``field`` (B, C, H, W); where not ``known`` (B, 1, H, W), the mean of the nearest known to its four sides."""
    total, count = torch.zeros_like(field), torch.zeros_like(known, dtype=field.dtype)
    for dim in (2, 3):
        length = field.shape[dim]
        shape = [1, 1, 1, 1]
        shape[dim] = length
        index = torch.arange(length, device=field.device).view(shape).expand_as(known)
        before = torch.where(known, index, -1).cummax(dim).values
        after = length - 1 - torch.where(known, length - 1 - index, -1).flip(dim).cummax(dim).values.flip(dim)
        for nearest, there in ((before, before >= 0), (after, after < length)):
            at = nearest.clamp(0, length - 1)
            total = total + field.gather(dim, at.expand_as(field)) * there
            count = count + there
    return torch.where(known, field, total / count.clamp(min=1))


def adaptive_warp(picture: Tensor, flow: Tensor, kernels: Tensor) -> Tensor:
    """The picture around x + flow, weighed by each pixel's own 4 x 4 kernel.

    ``kernels``: (B, 16, H, W), row by row. Each of the four 2 x 2 quadrants is scaled by the bilinear weight of its
    inner pixel, so that a kernel of ones at the four inner pixels is plain bilinear sampling.
    """
    batch, channels, height, width = picture.shape
    at = places(flow) + flow
    corner = torch.floor(at.detach())
    share = at - corner
    across, down = share[:, :1], share[:, 1:]
    flat = picture.flatten(2)
    result = torch.zeros(batch, channels, *flow.shape[-2:], device=picture.device)
    for row in range(4):
        y = (corner[:, 1] + row - 1).clamp(0, height - 1)
        of_row = down if row >= 2 else 1 - down
        for column in range(4):
            x = (corner[:, 0] + column - 1).clamp(0, width - 1)
            index = (y * width + x).long().flatten(1)[:, None].expand(-1, channels, -1)
            weight = kernels[:, 4 * row + column, None] * of_row * (across if column >= 2 else 1 - across)
            result = result + flat.gather(2, index).view_as(result) * weight
    return result
