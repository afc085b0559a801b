"""Plane similarities (turn, scale, shift) as ``x -> a x + b`` with complex ``a`` and ``b``; arrays of them too."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Complexes = NDArray[np.complex128]


class Similarity(NamedTuple):
    """``x -> a x + b``; ``a`` and ``b`` complex arrays of one shape (or scalars)."""

    a: Complexes
    b: Complexes

    def __call__(self, points: Complexes) -> Complexes:
        """Where ``points`` go (shapes broadcast)."""
        return np.asarray(self.a * points + self.b)

    def after(self, first: Similarity) -> Similarity:
        """``first``, then this."""
        return Similarity(self.a * first.a, self.a * first.b + self.b)

    def inverse(self) -> Similarity:
        """The way back."""
        return Similarity(1 / self.a, -self.b / self.a)

    def fixed_point(self) -> complex | None:
        """The point that stays; None where there is (nearly) neither turn nor scale. Scalars only."""
        if abs(1 - self.a) < 1e-6:
            return None
        return complex(self.b / (1 - self.a))

    def power(self, t: float, turn: float) -> Similarity:
        """The share ``t`` of this motion: an even spiral around its fixed point (the matrix power).

        ``turn`` says by which angle (radians) it turns, so that turns past half a circle are kept. Scalars only.
        """
        log = np.log(abs(self.a)) + 1j * turn
        if abs(log) < 1e-9:
            return Similarity(np.complex128(1), np.complex128(self.b * t))  # type: ignore[arg-type]  # scalars
        part = np.exp(t * log)
        return Similarity(part, np.asarray(self.b * np.expm1(t * log) / np.expm1(log)))


IDENTITY = Similarity(np.asarray(1 + 0j), np.asarray(0j))


def fit(source: Complexes, target: Complexes, weights: NDArray[np.float64] | None = None, *, scale: bool) -> Similarity:
    """The motion that takes ``source`` nearest to ``target`` (both (..., n)) in the least-squares sense.

    Umeyama (1991) in the plane; without ``scale`` it is rigid. Points that coincide give a pure shift.
    """
    w = np.ones(source.shape) if weights is None else weights
    total = np.maximum(w.sum(-1), 1e-30)
    from_, to = (w * source).sum(-1) / total, (w * target).sum(-1) / total
    p, q = source - from_[..., None], target - to[..., None]
    cross = (w * np.conj(p) * q).sum(-1)
    spread = (w * abs(p) ** 2).sum(-1)
    ok = (abs(cross) > 1e-12 * np.maximum(spread, 1e-30)) & (spread > 0)
    a = np.where(ok, cross / np.where(ok, spread if scale else abs(cross), 1.0), 1.0 + 0j)
    return Similarity(a, to - a * from_)
