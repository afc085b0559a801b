"""What stands beside what: unsure regions are coloured by the company that colours keep in the keys.

In some drawings an eye's white is never beside the background, and no two neighbours share a colour; in others folds
and strands split areas and leave their colour alone. The coloured keys say which kind this is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# Chosen on puppets and cut-outs that no training has seen (`models/match_regions/score.py`).
_HEARD = 2.0  # how much the neighbours say, in neighbours
_USUAL = 4.0  # regions' worth of "as all colours do" that each colour's own company is mixed with
_OPEN = 0.005  # the chance that what links say is wrong
_ROUNDS = 8

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Company:
    """``log_beside`` (K, K): logarithm of the share of its border that a region of colour k has with each colour;
    ``usual`` (K,): the share of regions that have each colour.
    """

    log_beside: Table
    usual: Table

    @classmethod
    def of(cls, keys: Iterable[tuple[Table, NDArray[np.int64]]], count: int) -> Company:
        """From the keys: of each, the borders that its regions share (n, n) and their colours (n,), -1 = none."""
        beside, regions = np.zeros((count, count)), np.zeros(count)
        for touching, colour in keys:
            own = np.eye(count)[colour] * (colour >= 0)[:, None]
            known = touching * (colour >= 0)
            beside += own.T @ shares_of_border(known) @ own
            regions += own.sum(0)
        heard = beside.sum(0) + 0.5
        heard /= heard.sum()
        same = (np.trace(beside) + 0.05) / (beside.sum() + 0.5)
        others = (1 - same) * heard[None] / np.maximum(1 - heard[:, None], 1e-9)
        expected = np.where(np.eye(count, dtype=bool), same, others)
        mixed = (beside + _USUAL * expected) / (beside.sum(1, keepdims=True) + _USUAL)
        return cls(np.log(mixed + 1e-4), (regions + 0.5) / (regions + 0.5).sum())

    def settle(self, touching: Table, shares: Table) -> Table:
        """(n, K) the chance of each colour in each region, rows summing to 1.

        ``touching`` (n, n): borders that the frame's regions share; ``shares`` (n, K): how surely links lead to each
        colour, rows summing to at most 1. A mean field: neighbours are heard as they stand, again and again.
        """
        lacking = np.clip(1 - shares.sum(1, keepdims=True), 0, 1)
        led = shares + (lacking + _OPEN) * self.usual
        told = np.log(led / led.sum(1, keepdims=True))
        beside = shares_of_border(touching)
        chance: Table = np.exp(told)
        settled = chance
        for _ in range(_ROUNDS):
            score = told + _HEARD * (beside @ chance) @ self.log_beside.T
            settled = np.exp(score - score.max(1, keepdims=True))
            settled /= settled.sum(1, keepdims=True)
            chance = (chance + settled) / 2
        return np.asarray(settled, np.float64)


def shares_of_border(touching: Table) -> sparse.csr_array:
    """(n, n) the share of its border that each region has with each other one; most pairs share none."""
    shares = sparse.csr_array(touching)
    shares.data /= np.repeat(np.maximum(shares.sum(1), 1e-9), np.diff(shares.indptr))
    return shares
