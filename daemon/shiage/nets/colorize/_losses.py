"""What the training of `colorize` holds against a picture: the critic, the feature network, the number of colours."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, leaky_relu

from ..recognize import Recognizer
from ._batches import Given
from ._model import Finish, Splash


class Critic(nn.Module):
    """A patch discriminator (Isola et al. 2017): line and picture, (B, 4, H, W), -> (B, 1, H / 8, W / 8); 1 is real."""

    def __init__(self, widths: tuple[int, ...] = (24, 48, 96)) -> None:
        super().__init__()
        inside, layers = 4, []
        for width in widths:
            layers.append(nn.utils.parametrizations.spectral_norm(nn.Conv2d(inside, width, 4, 2, 1)))
            inside = width
        self.layers = nn.ModuleList(layers)
        self.last = nn.Conv2d(inside, 1, 3, 1, 1)

    def forward(self, seen: Tensor) -> Tensor:
        for layer in self.layers:
            seen = leaky_relu(layer(seen), 0.2)
        out: Tensor = self.last(seen)
        return out


class Perceptual(nn.Module):
    """How far two pictures are apart for the first layers of `recognize`'s own network (after Johnson et al. 2016)."""

    def __init__(self) -> None:
        super().__init__()
        net = Recognizer.load()._net
        self.layers = nn.ModuleList([net.stem, *list(net.trunk)[:2]]).eval().requires_grad_(False)

    def forward(self, one: Tensor, other: Tensor, line: Tensor) -> Tensor:
        """Pictures (B, 3, H, W) 0..1 under the same lines (B, 1, H, W)."""
        both = avg_pool2d(torch.cat([one, other]), 2)
        drawn = avg_pool2d(torch.cat([line, line]), 2)
        x = torch.cat([drawn, torch.ones_like(drawn), both], 1)
        far = x.new_zeros(())
        for layer in self.layers:
            x = layer(x)
            a, b = x.chunk(2)
            far = far + (a - b.detach()).abs().mean() / (b.detach().abs().mean() + 1e-3)
        return far


def colour_count(picture: Tensor, places: Tensor, spread: float = 0.06) -> Tensor:
    """How many colours a picture (B, 3, H, W) uses, as a mean logarithm; differentiable.

    The inverse of the mean likeness of two of its places (diversity of order 2, Leinster and Cobbold 2012): n equal
    patches of n unlike colours count n. places: (N,) int64, those that are compared.
    """
    colours = picture.flatten(2)[:, :, places]
    likeness = torch.exp(-torch.cdist(colours.transpose(1, 2), colours.transpose(1, 2)).square() / (2 * spread**2))
    return -likeness.mean((1, 2)).log().mean()


def draft_losses(splash: Splash, given: Given) -> dict[str, Tensor]:
    """The right colours are together what is pointed at; the splash and the free colour are near the flats."""
    right = splash.logits.masked_fill(~given.right, -1e4).logsumexp(1, keepdim=True)
    pointing = (splash.logits.logsumexp(1, keepdim=True) - right).clamp(max=12)
    flat = given.flat[:, :, 1::2, 1::2]
    weight = given.weight.sqrt()
    free = (splash.free - flat).abs() * weight * given.natural[:, None, None, None]
    return {
        "pointing": (pointing * given.weight).mean() * 0.5,
        "splash": ((splash.colour - flat).abs() * weight).mean() * 3,
        "free": free.mean() * 1.5,
    }


def finish_losses(finish: Finish) -> dict[str, Tensor]:
    """Shade is smooth, near grey, and there only for a reason."""
    shade, light = 1 - finish.shadow, finish.light
    tint = (shade - shade.mean(1, keepdim=True)).abs().mean()
    rough = sum(
        (p[..., 1:] - p[..., :-1]).abs().mean() + (p[..., 1:, :] - p[..., :-1, :]).abs().mean() for p in (shade, light)
    )
    return {"shade": 0.1 * (tint + light.mean()) + 0.15 * rough}
