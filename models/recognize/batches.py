"""Batches of made-up and real characters, a few drawings of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognize import augment
from recognize.ground import Ground

Rng = np.random.Generator


@dataclass(frozen=True)
class Plan:
    """How a batch is put together."""

    characters: int = 24
    drawings: int = 4
    real_share: float = 0.5  # of the characters, where there are puppets too
    painted_share: float = 0.35  # of the batches are told apart by colour too
    transplant: float = 0.35  # of the characters get another's head
    reshape: float = 0.35  # of the characters get other proportions


class Batches:
    """Draws batches from a ground; the same seed draws the same."""

    def __init__(self, ground: Ground, plan: Plan, seed: int) -> None:
        self._ground = ground
        self._plan = plan
        self._rng = np.random.default_rng(seed)
        self._rows = [np.flatnonzero(ground.who == who) for who in range(int(ground.who.max()) + 1)]
        real = np.array([bool(ground.real[rows[0]]) for rows in self._rows])
        self._real, self._drawn = np.flatnonzero(real), np.flatnonzero(~real)

    def next(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Planes (B, 192, 112, 5) uint8 and characters (B,) int64, all told apart by colour or all without it."""
        plan, rng = self._plan, self._rng
        painted = bool(rng.random() < plan.painted_share)
        chosen = self._choose(painted)
        planes, who = [], []
        for number, character in enumerate(chosen):
            for look in self._drawings(int(character), painted):
                planes.append(augment.vary(look, rng, painted=painted))
                who.append(number)
        return np.stack(planes), np.array(who, np.int64)

    def _choose(self, painted: bool) -> npt.NDArray[np.int64]:
        plan, rng = self._plan, self._rng
        real = [i for i in self._real if not painted or self._ground.painted[self._rows[i]].any()]
        share = plan.real_share if len(self._drawn) else 1.0
        few = min(len(real), round(plan.characters * share))
        chosen = list(rng.choice(real, few, replace=False)) if few else []
        if len(self._drawn):
            chosen += list(rng.choice(self._drawn, plan.characters - few, replace=len(self._drawn) < plan.characters))
        return np.array(chosen, np.int64)

    def _drawings(self, character: int, painted: bool) -> list[npt.NDArray[np.uint8]]:
        """A few looks of one character, or of one made up from two."""
        plan, rng = self._plan, self._rng
        if rng.random() < plan.transplant:
            kin = self._real if self._ground.real[self._rows[character][0]] else self._drawn
            looks = self._transplanted(character, int(rng.choice(kin)), painted)
        else:
            looks = [self._ground.planes[row] for row in self._pick(self._rows[character], plan.drawings, painted)]
        if rng.random() < plan.reshape:
            order, widen = augment.reshape_all(rng), float(np.exp(rng.normal(0, 0.1)))
            looks = [augment.reshaped(look, order, widen) for look in looks]
        if painted and rng.random() < 0.6:
            seed = int(rng.integers(1 << 31))
            looks = [augment.recolour(look, np.random.default_rng(seed)) for look in looks]
        return looks

    def _pick(self, rows: npt.NDArray[np.int64], count: int, painted: bool) -> npt.NDArray[np.int64]:
        """Drawings of as many views as there are."""
        if painted:
            rows = rows[self._ground.painted[rows]]
        rows = self._rng.permutation(rows)
        views = self._ground.view[rows]
        _, first = np.unique(views, return_index=True)
        order = np.concatenate([self._rng.permutation(first), np.setdiff1d(np.arange(len(rows)), first)])
        return rows[np.resize(order, count)]

    def _transplanted(self, body: int, head: int, painted: bool) -> list[npt.NDArray[np.uint8]]:
        """One character's head on another's body, in the views that both have."""
        ground, looks = self._ground, []
        heads, bodies = self._of(head, painted), self._of(body, painted)
        both = np.intersect1d(ground.view[heads], ground.view[bodies])
        both = both[both >= 0]
        if len(both) < 2:
            return [ground.planes[row] for row in self._pick(self._rows[body], self._plan.drawings, painted)]
        for view in np.resize(self._rng.permutation(both), self._plan.drawings):
            upper = self._rng.choice(heads[ground.view[heads] == view])
            lower = self._rng.choice(bodies[ground.view[bodies] == view])
            looks.append(augment.transplant(ground.planes[upper], ground.planes[lower]))
        return looks

    def _of(self, character: int, painted: bool) -> npt.NDArray[np.int64]:
        rows = self._rows[character]
        return rows[self._ground.painted[rows]] if painted else rows
