"""Every stroke of one drawing laid on every stroke of the other: all directions and starting points at once.

Laying one stroke on another needs only their cross-correlation, so that all pairs cost one matrix product (and an FFT
where closed strokes can start anywhere), and the fit under any motion follows from it without touching points again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .curves import Curves
from .similarity import Similarity

SAMPLES = 16

ALIKE = 1e-4
"""Lays whose correlations differ by less than this share are as good as each other."""

Complexes = NDArray[np.complex128]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Alignments:
    """Samples of both drawings' strokes (s, SAMPLES) and how they correlate in each *lay*.

    A lay of an open pair is 0 (same direction) or 1 (reversed). A pair of closed strokes has 2 x SAMPLES lays: the
    starting sample in the second stroke, then the same with it reversed.
    """

    first: Complexes
    second: Complexes
    first_closed: NDArray[np.bool_]
    second_closed: NDArray[np.bool_]

    @classmethod
    def of(cls, first: Curves, second: Curves) -> Alignments:
        """Sample the strokes of two drawings."""
        return cls(first.even(SAMPLES), second.even(SAMPLES), first.closed, second.closed)

    @cached_property
    def open_cross(self) -> Complexes:
        """(2, n, m): mean of conj(first) * second over the samples, forward and reversed."""
        conj = np.conj(self.first) / SAMPLES
        return np.stack([conj @ self.second.T, conj @ self.second[:, ::-1].T])

    @cached_property
    def closed_cross(self) -> Complexes:
        """(c, d, 2 * SAMPLES): the same for the closed strokes of both drawings, one for each lay."""
        a = np.fft.fft(self.first[self.first_closed], axis=1)
        b = self.second[self.second_closed]
        lays = []
        for turned in (b, b[:, ::-1]):
            spectrum = np.conj(a)[:, None] * np.fft.fft(turned, axis=1)[None]
            lays.append(np.fft.ifft(spectrum, axis=2) / SAMPLES)
        return np.concatenate(lays, axis=2)

    @cached_property
    def means(self) -> tuple[Complexes, Complexes]:
        """Centres of the strokes of both drawings."""
        return self.first.mean(1), self.second.mean(1)

    @cached_property
    def powers(self) -> tuple[Floats, Floats]:
        """Mean squared distance from 0 of the strokes of both drawings."""
        return (abs(self.first) ** 2).mean(1), (abs(self.second) ** 2).mean(1)

    def laid(self, first: Ints, second: Ints, lay: Ints) -> Complexes:
        """(k, SAMPLES): the samples of each stroke ``second`` in the order that lays them on stroke ``first``."""
        both = self.first_closed[first] & self.second_closed[second]
        reverse = np.where(both, lay >= SAMPLES, lay == 1)
        start = np.where(both, lay % SAMPLES, 0)
        order = (np.arange(SAMPLES) + start[:, None]) % SAMPLES
        order = np.where(reverse[:, None], SAMPLES - 1 - order, order)
        return np.asarray(self.second[second[:, None], order])

    def turns(self) -> tuple[Complexes, NDArray[np.intp]]:
        """(2, n, m) the centred cross-correlation of the best lay in each direction, and that lay."""
        from_, to = self.means
        shift = np.conj(from_)[:, None] * to
        cross = self.open_cross - shift
        lay = np.zeros(cross.shape, np.intp)
        lay[1] = 1
        closed = np.ix_(self.first_closed, self.second_closed)
        centred = self.closed_cross - shift[closed][..., None]
        for direction in (0, 1):
            part = centred[..., direction * SAMPLES : (direction + 1) * SAMPLES]
            like = abs(part)
            # A circle is as like itself from any start: the one that turns it least, or rounding would choose its turn.
            alike = like >= (1 - ALIKE) * like.max(2, keepdims=True)
            best = np.where(alike, part.real, -np.inf).argmax(2)
            cross[direction][closed] = np.take_along_axis(part, best[..., None], 2)[..., 0]
            lay[direction][closed] = best + direction * SAMPLES
        return cross, lay

    def misfit(self, motion: Similarity, rows: Ints | None = None) -> tuple[Floats, Ints]:
        """(n, m) root mean square distance of the moved first strokes to the second, in the best lay, and that lay.

        ``motion``: one for all strokes, or one for each stroke of the first drawing (arrays (n,)). ``rows``: only
        these strokes of the first drawing.
        """
        rows = np.arange(len(self.first)) if rows is None else rows
        a = np.broadcast_to(np.asarray(motion.a), self.first_closed.shape)[rows]
        b = np.broadcast_to(np.asarray(motion.b), self.first_closed.shape)[rows]
        forward, backward = self._open_parts[:, :, rows]
        real, imag = (part[:, None].astype(np.float32) for part in (a.real, a.imag))
        ahead, back = real * forward[0] + imag * forward[1], real * backward[0] + imag * backward[1]
        lay = (back > ahead).astype(np.intp)
        overlap = np.maximum(ahead, back)
        mine = np.flatnonzero(self.first_closed[rows])
        if len(mine) and self.second_closed.any():
            rank = np.cumsum(self.first_closed) - 1
            around = (np.conj(a[mine])[:, None, None] * self.closed_cross[rank[rows[mine]]]).real
            closed = np.ix_(mine, np.flatnonzero(self.second_closed))
            lay[closed] = around.argmax(2)
            overlap[closed] = around.max(2)
        centre = a * self.means[0][rows]
        power = abs(a) ** 2 * self.powers[0][rows] + 2 * (centre * np.conj(b)).real + abs(b) ** 2
        goal = self.means[1]
        square = power[:, None] + (self.powers[1] - 2 * (np.conj(b)[:, None] * goal).real) - 2 * overlap
        return np.sqrt(np.maximum(square, 0)), lay

    @cached_property
    def _open_parts(self) -> NDArray[np.float32]:
        """(2 directions, real and imaginary, n, m) of ``open_cross``."""
        return np.stack([self.open_cross.real, self.open_cross.imag], 1).astype(np.float32)
