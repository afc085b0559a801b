"""The two stages as a conditional GAN: one step of training, for the recipe and for an artist's own style."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d

from ..layout import laid_out
from ._batches import Given
from ._losses import Critic, Perceptual, colour_count, draft_losses, finish_losses
from ._model import Draft, Finish, Refine, Splash, finished, region_mean

COMPARED = 384  # places of a picture whose colours are counted
_BARE = 0.08  # of a pixel or one beside it is line, at most, where paint is compared: or it learns the line again
_DIFFERS = 0.04  # of the whole range, between a picture and its flats
TAUGHT = 0.4  # of the drawings: the refinement shades true flats


class TwoStages(nn.Module):
    """Draft and refinement, as they are trained: `forward` gives the picture without lines and what led to it."""

    def __init__(self) -> None:
        super().__init__()
        self.draft, self.refine = Draft(), Refine()

    def forward(self, given: Given, teach: Tensor) -> tuple[Tensor, Splash | None, Finish | None]:
        """teach: (B, 1, 1, 1) 0 or 1, whether the refinement is given true flats to shade."""
        splash = self.draft(given.planes, given.parts, given.labels, given.offers)
        drawn = interpolate(splash.colour, scale_factor=2.0, mode="bilinear")
        pooled = region_mean(drawn, given.whole)
        flats = torch.where(teach > 0, given.flat, pooled)
        finish = self.refine(torch.cat([given.planes[:, :1], drawn, flats, given.planes[:, 1:]], 1))
        flats = (flats + region_mean(finish.change, given.whole) * (1 - teach)).clamp(0, 1)
        return finished(flats, finish), splash, finish


def _shaded(given: Given) -> Tensor:
    """(B, 1, H, W) 1 where the picture differs from its flats: in shadow or light."""
    return ((given.colour - given.flat).abs().amax(1, keepdim=True) > _DIFFERS).float()


class Gan:
    """Generator, critic and their optimisers. weights: of the losses "colours", "perceptual" and "critic". taught: the
    share of drawings whose true flats the refinement is given."""

    def __init__(self, net: nn.Module, weights: dict[str, float], device: str = "cpu", taught: float = TAUGHT) -> None:
        self.shading = 0.0  # how much more a shaded or lit place counts: less than half of a figure ever is
        self.net = laid_out(net, device)
        self.weights, self.device, self.taught = weights, device, taught
        self.critic = laid_out(Critic(), device)
        self.perceptual = Perceptual().to(device)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), weight_decay=0.01, betas=(0.8, 0.99))
        self.judging = torch.optim.Adam(self.critic.parameters(), lr=4e-4, betas=(0.5, 0.99))

    def learn(
        self, given: Given, rng: np.random.Generator, rate: float, *, judge: bool, heed: bool
    ) -> dict[str, float]:
        """One step at this rate; gives the losses. judge: the critic learns too. heed: the generator hears it."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.net.train()
        teach = torch.from_numpy((rng.random((len(given.planes), 1, 1, 1)) < self.taught).astype(np.float32))
        with self._half():
            picture, splash, finish = self.net(given, teach.to(self.device))
        line = given.planes[:, :1]
        seen = (max_pool2d(line, 3, 1, 1) < _BARE).float()
        told = seen * (1 + self.shading * _shaded(given)) if self.shading else seen
        losses = {"picture": ((picture - given.colour).abs() * told).mean() * 6}
        if splash is not None and finish is not None:
            losses |= draft_losses(splash, given) | finish_losses(finish)
        places = torch.from_numpy(rng.choice(picture.shape[2] * picture.shape[3], COMPARED, replace=False))
        losses["colours"] = self.weights["colours"] * colour_count(picture, places.to(self.device))
        drawn, real = picture * seen, given.colour * seen
        with self._half():
            losses["perceptual"] = self.weights["perceptual"] * self.perceptual(drawn, real, line)
        if heed:
            losses["critic"] = self.weights["critic"] * (self._judge(line, drawn) - 1).square().mean()
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(torch.stack(list(losses.values())).sum())
        nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        if judge:
            losses["judged"] = self._learn_to_judge(line, real, drawn.detach())
        return {name: float(value.detach()) for name, value in losses.items()}

    def _learn_to_judge(self, line: Tensor, real: Tensor, drawn: Tensor) -> Tensor:
        """Least squares (Mao et al. 2017), the real ones worth 0.9."""
        judged = (self._judge(line, real) - 0.9).square().mean() + self._judge(line, drawn).square().mean()
        self.judging.zero_grad(set_to_none=True)
        torch.autograd.backward(judged)
        self.judging.step()
        return judged

    def _judge(self, line: Tensor, picture: Tensor) -> Tensor:
        with self._half():
            said: Tensor = self.critic(torch.cat([line, picture], 1).contiguous(memory_format=torch.channels_last))
        return said.float()

    def _half(self) -> torch.autocast:
        return torch.autocast(self.device.split(":")[0], torch.bfloat16)

    def state(self) -> dict[str, Any]:
        """Everything to go on from."""
        return {n: getattr(self, n).state_dict() for n in ("net", "critic", "optimiser", "judging")}

    def restore(self, state: dict[str, Any]) -> None:
        """`state`, back again."""
        for name in ("net", "critic", "optimiser", "judging"):
            getattr(self, name).load_state_dict(state[name])
