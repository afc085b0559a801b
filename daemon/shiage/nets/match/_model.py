"""The region matcher: which region of one drawing lies in which region of another.

Lines are read by a small convolutional network and pooled over each region at two scales; what a region is becomes a
vector, which then attends to the regions of its own drawing and to those of the other one in turns (as SuperGlue does
with corner points, Sarlin et al. 2020). What geometry and flow say of two regions enters every attention as a bias,
and the score as a term. Each region may also answer "nobody".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import linear, scaled_dot_product_attention

from shiage.craft.follow.describe import PATCH

from ._see import ACROSS, AROUND, BETWEEN, GRID, LOG_FIT, NUMBERS, SIGN, SWAPPED

if TYPE_CHECKING:
    from torch import Tensor

WIDTH = 128
HEADS = 4
ROUNDS = 3
_FINE, _COARSE = 48, 96
_PART = 1 << 13  # pairs of regions at a time where nothing is learned
_OUT = -1e4  # a score that no region takes


@dataclass
class Drawings:
    """D drawings of at most N regions. ``lines``: (D, 1, SIDE, SIDE) float 0..1; ``cell``: (c, 2) int64, a row of D * N
    and a cell of D * GRID * GRID; ``share``: (c,) float; ``shape``, ``around``, ``numbers``: (D, N, ...) float;
    ``between``: (D, N, N, BETWEEN); ``there``: (D, N) bool.
    """

    lines: Tensor
    cell: Tensor
    share: Tensor
    shape: Tensor
    around: Tensor
    numbers: Tensor
    between: Tensor
    there: Tensor


class _Attend(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.before, self.other, self.after = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.ask, self.tell = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 2 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.think = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, x: Tensor, to: Tensor, bias: Tensor) -> Tensor:
        """x: (P, n, W); to: (P, m, W); bias: (P, HEADS, n, m)."""
        batch, count, _ = x.shape
        asked = self.ask(self.before(x)).view(batch, count, HEADS, -1).transpose(1, 2)
        key, value = self.tell(self.other(to)).view(batch, to.shape[1], 2, HEADS, -1).permute(2, 0, 3, 1, 4)
        heard = scaled_dot_product_attention(asked, key, value, attn_mask=bias)
        x = x + self.out(heard.transpose(1, 2).reshape(batch, count, -1))
        said: Tensor = x + self.think(self.after(x))
        return said


def _down(inside: int, outside: int, stride: int = 2) -> list[nn.Module]:
    return [nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)]


def _of_pairs(layers: nn.Sequential, pairs: Tensor, *, back: bool = False) -> Tensor:
    """(P, k, n, m): what `layers` say of each pair of regions, (P, n, m, ...). `back`: of the pairs as they are told
    from the other drawing (`_see.turned_round`); instead of the pairs, the first layer is turned round.

    Where nothing is learned they hear few pairs at a time, which stay in the processor's cache.
    """
    first, bend, last = layers
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    weight = first.weight
    if back:
        swapped, sign = (torch.from_numpy(one).to(weight.device) for one in (SWAPPED, SIGN))
        weight = (weight * sign)[:, swapped]
    flat = pairs.reshape(-1, pairs.shape[3])
    parts = [flat] if torch.is_grad_enabled() else list(torch.split(flat, _PART))
    told = [last.weight @ bend(linear(part, weight, first.bias)).T + last.bias[:, None] for part in parts]
    return torch.cat(told, 1).reshape(last.out_features, *pairs.shape[:3]).transpose(0, 1)


def _masked(bias: Tensor, there: Tensor) -> Tensor:
    """A bias of (P, k, n, m) without the regions that only fill up the table. there: (P, m) bool."""
    return bias if bool(there.all()) else bias.masked_fill(~there[:, None, None], _OUT)


class MatchNet(nn.Module):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(*_down(1, 12), *_down(12, 32), *_down(32, _FINE, 1))
        self.coarse = nn.Sequential(*_down(_FINE, 64), *_down(64, _COARSE), *_down(_COARSE, _COARSE, 1))
        self.of_lines = nn.Linear(_FINE + 2 * _COARSE, WIDTH)
        self.of_shape = nn.Linear(PATCH**2, WIDTH)
        self.of_around = nn.Linear(AROUND**2, WIDTH)
        self.of_numbers = nn.Sequential(nn.Linear(NUMBERS, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.start = nn.Sequential(nn.GELU(), nn.Linear(WIDTH, WIDTH), nn.LayerNorm(WIDTH))
        self.bias_between = nn.Sequential(nn.Linear(BETWEEN, 32), nn.GELU(), nn.Linear(32, ROUNDS * HEADS))
        self.bias_across = nn.Sequential(nn.Linear(ACROSS, 48), nn.GELU(), nn.Linear(48, ROUNDS * HEADS + 1))
        self.own = nn.ModuleList(_Attend() for _ in range(ROUNDS))
        self.others = nn.ModuleList(_Attend() for _ in range(ROUNDS))
        self.last = nn.LayerNorm(WIDTH)
        self.place = nn.Linear(WIDTH, WIDTH)
        self.nobody = nn.Linear(WIDTH, 1)
        # It starts from what the matcher without a network says, and learns where to leave it.
        self.trust = nn.Parameter(torch.ones(1))
        nn.init.normal_(self.place.weight, std=0.02)
        nn.init.zeros_(self.nobody.weight)
        nn.init.constant_(self.nobody.bias, -4.0)

    def regions(self, given: Drawings) -> tuple[Tensor, Tensor]:
        """Each drawing's regions, before they know of another: (D, N, WIDTH), and their biases (D, R * H, N, N).

        They have looked round in their own drawing once.
        """
        count, most = given.there.shape
        fine = self.fine(given.lines)
        coarse = self.coarse(fine)
        whole = coarse.mean((2, 3))
        rows, cells = given.cell.unbind(1)
        drawing, place = cells // GRID**2, cells % GRID**2
        y, x = place // GRID, place % GRID
        flat = fine.permute(0, 2, 3, 1).reshape(-1, _FINE)[cells]
        wide = coarse.permute(0, 2, 3, 1)[drawing, y // 4, x // 4]
        both = torch.cat([flat, wide], 1).float() * given.share[:, None]
        pooled = both.new_zeros(count * most, both.shape[1]).index_add_(0, rows, both).view(count, most, -1)
        about = whole.float()[:, None].expand(-1, most, -1)
        told = self.of_lines(torch.cat([pooled, about], 2)) + self.of_shape(given.shape)
        told = told + self.of_around(given.around) + self.of_numbers(given.numbers)
        bias = _masked(_of_pairs(self.bias_between, given.between), given.there)
        told = self.start(told)
        return self.own[0](told, told, bias[:, :HEADS]), bias

    def pairs(
        self, a: tuple[Tensor, Tensor, Tensor], b: tuple[Tensor, Tensor, Tensor], across: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of P pairs of drawings.

        a, b: regions (P, n, WIDTH), biases (P, R * H, n, n) and there (P, n) bool. across: (P, n, m, ACROSS). Gives
        (P, n, m) scores and those of "nobody", (P, n) and (P, m).
        """
        (x, own_x, there_x), (y, own_y, there_y) = a, b
        told = _of_pairs(self.bias_across, across)
        told_back = _of_pairs(self.bias_across, across, back=True).transpose(2, 3).contiguous()
        to_y, to_x = _masked(told[:, :-1], there_y), _masked(told_back[:, :-1], there_x)
        for i in range(ROUNDS):
            heads = slice(i * HEADS, (i + 1) * HEADS)
            if i:
                x, y = self.own[i](x, x, own_x[:, heads]), self.own[i](y, y, own_y[:, heads])
            x, y = self.others[i](x, y, to_y[:, heads]), self.others[i](y, x, to_x[:, heads])
        x, y = self.last(x), self.last(y)
        place_x, place_y = self.place(x), self.place(y)
        scores = place_x @ place_y.transpose(1, 2) / WIDTH**0.5
        scores = scores + (told[:, -1] + told_back[:, -1].transpose(1, 2)) / 2
        scores = scores + self.trust * LOG_FIT * across[..., 0]
        return scores.float(), self.nobody(x)[..., 0].float(), self.nobody(y)[..., 0].float()


def shares(scores: Tensor, nobody: Tensor, there: Tensor) -> Tensor:
    """(P, n, m + 1) log shares of each row: the regions of the other drawing, then nobody. there: (P, m) bool."""
    masked = scores.masked_fill(~there[:, None], _OUT)
    return torch.cat([masked, nobody[..., None]], 2).log_softmax(2)
