"""The network that scores a pair: one region of a sketch, one colour area of a design."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from shiage.craft.matching import context, features

MEASURED = 2 * len(features.NAMES)  # the area by itself, and as part of its family
GATES = 3  # always; as far as the view is the same; as far as one figure is turned aside
HIDDEN = 64
_FAR = 6.0  # standard deviations; what lies further out says no more


class PairNet(nn.Module):
    """Measurements of pairs (..., areas, MEASURED) and of their drawings, the gates (..., GATES), to scores (...,
    areas).

    A log-linear model whose weights the gates mix, and a small perceptron beside it for what the measurements say
    only together. `company` and `prior` are the context's weights, fitted afterwards (see `Company`).
    """

    mean: Tensor
    spread: Tensor
    company: Tensor
    prior: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(MEASURED))
        self.register_buffer("spread", torch.ones(MEASURED))
        self.register_buffer("company", torch.zeros(len(context.NAMES), GATES))
        self.register_buffer("prior", torch.ones(()))
        self.direct = nn.Parameter(torch.zeros(GATES, MEASURED))
        self.beside = nn.Sequential(
            nn.Linear(MEASURED + GATES, HIDDEN),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(HIDDEN, HIDDEN // 2),
            nn.ReLU(),
            nn.Linear(HIDDEN // 2, 1),
        )

    def forward(self, measured: Tensor, gates: Tensor) -> Tensor:
        x = ((measured - self.mean) / self.spread).clamp(-_FAR, _FAR)
        linear = torch.einsum("...af,...f->...a", x, gates @ self.direct)
        wide = gates.unsqueeze(-2).expand(*x.shape[:-1], GATES)
        beside: Tensor = self.beside(torch.cat([x, wide], -1)).squeeze(-1)
        return linear + beside
