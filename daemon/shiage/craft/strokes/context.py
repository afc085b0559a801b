"""First guess of which strokes belong together: their shapes, and whether their neighbours agree.

Relaxation labelling (Hummel and Zucker, 1983): each stroke has a few candidate partners; a candidate implies a motion,
and gains where the neighbours' candidates go along with that motion.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .alignment import SAMPLES, Alignments

CANDIDATES = 24
NEIGHBOURS = 10
ROUNDS = 12

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


class Candidates(NamedTuple):
    """For each stroke of the first drawing (n, k): partners in the second, their lays, turns and chances.

    ``chance`` rows sum to at most 1; what is missing is the chance of having no partner.
    """

    partner: Ints
    lay: Ints
    turn: NDArray[np.complex128]
    chance: Floats


class Neighbours(NamedTuple):
    """For each stroke (n, k): the nearest other strokes, and the samples at which the two come nearest."""

    stroke: Ints
    own_sample: Ints
    other_sample: Ints
    distance: Floats


def nearest_strokes(samples: NDArray[np.complex128], count: int) -> Neighbours:
    """The ``count`` nearest strokes of each stroke in (n, SAMPLES) samples, itself left out."""
    n = len(samples)
    x, y = samples[:, ::2].real.astype(np.float32), samples[:, ::2].imag.astype(np.float32)
    k = x.shape[1]
    count = min(count, n - 1)
    stroke, own, other = (np.empty((n, count), np.intp) for _ in range(3))
    distance = np.empty((n, count))
    for i in range(n):
        gaps = (x[i][:, None, None] - x) ** 2 + (y[i][:, None, None] - y) ** 2  # (k, n, k)
        nearest = gaps.min(axis=0).min(axis=1)
        nearest[i] = np.inf
        chosen = np.argpartition(nearest, count - 1)[:count] if count < n - 1 else np.flatnonzero(np.arange(n) != i)
        flat_best = gaps[:, chosen].transpose(1, 0, 2).reshape(count, k * k).argmin(1)
        stroke[i], distance[i] = chosen, np.sqrt(nearest[chosen])
        own[i], other[i] = 2 * (flat_best // k), 2 * (flat_best % k)
    return Neighbours(stroke, own, other, distance)


def candidates(alignments: Alignments, lengths: tuple[Floats, Floats], likely: Floats, size: float) -> Candidates:
    """The most likely partners of each stroke by shape, length and place.

    ``likely`` (n, m): chances known beforehand (0 = impossible). ``size``: the first drawing's size.
    """
    cross, lay = alignments.turns()
    from_, to = alignments.means
    spread = [np.sqrt(np.maximum(p - abs(m) ** 2, 1e-30)) for p, m in zip(alignments.powers, (from_, to), strict=True)]
    likeness = np.minimum(abs(cross) / (spread[0][:, None] * spread[1]), 1.0)
    apart = np.sqrt(1 - likeness**2)
    ratio = np.log(np.maximum(lengths[1], 1e-12) / np.maximum(lengths[0], 1e-12)[:, None])
    shape = 1 / (1 + (apart / 0.06) ** 2)
    zoom = float(np.median(ratio))
    place = abs((to - np.median(to)) / np.exp(zoom) - (from_ - np.median(from_))[:, None]) / size
    chance = shape / (1 + ((ratio - zoom) / 0.15) ** 2) * np.exp(-((place / 0.4) ** 2) / 2) * likely
    turn = cross / np.maximum(abs(cross), 1e-30)
    chance = chance * np.exp(-((np.angle(turn * np.conj(_main_turn(turn, chance))) / 1.3) ** 2) / 2)
    n, m = place.shape
    table = chance.transpose(1, 0, 2).reshape(n, 2 * m)
    count = min(CANDIDATES, 2 * m)
    best = np.argpartition(-table, count - 1, axis=1)[:, :count] if count < 2 * m else np.tile(np.arange(2 * m), (n, 1))
    pick = (best // m, np.arange(n)[:, None], best % m)
    picked = chance[pick]
    return Candidates(best % m, lay[pick], turn[pick], picked / (picked.sum(1, keepdims=True) + 0.02))


def agree(
    found: Candidates, alignments: Alignments, near: Neighbours, size: float, fixed: dict[int, int] | None = None
) -> Candidates:
    """``found`` with the chances after the neighbours had their say. ``fixed``: partners set by hand."""
    n, k = found.partner.shape
    rows = np.repeat(np.arange(n), k)
    laid = alignments.laid(rows, found.partner.ravel(), found.lay.ravel()).reshape(n, k, SAMPLES).astype(np.complex64)
    support = _compatibility(found, laid, alignments.first.astype(np.complex64), near, size)
    weight = 1 / (1 + near.distance / (0.05 * size))
    weight /= np.maximum(weight.sum(1, keepdims=True), 1e-12)
    prior = found.chance
    for stroke, partner in (fixed or {}).items():
        prior[stroke] = (found.partner[stroke] == partner) * prior[stroke]
        prior[stroke] /= max(prior[stroke].sum(), 1e-12)
    chance = prior
    for _ in range(ROUNDS):
        backing = np.matmul(support, chance[near.stroke][..., None].astype(np.float32))[..., 0]  # (n, neighbours, k)
        gained = prior**0.25 * chance**0.75 * (0.02 + (weight[:, :, None] * backing).sum(1))
        chance = gained / (gained.sum(1, keepdims=True) + 0.004)
        chance = _one_each(chance, found.partner)
    return found._replace(chance=chance)


def _compatibility(
    found: Candidates,
    laid: NDArray[np.complex64],
    samples: NDArray[np.complex64],
    near: Neighbours,
    size: float,
) -> NDArray[np.float32]:
    """(n, neighbours, k, k): how well a stroke's candidate and a neighbour's candidate go together, 0..1.

    Where two strokes come nearest they must stay so (that holds across a joint, too); inside a part the neighbour's
    centre must also go where the stroke's motion takes it.
    """
    n, k = found.partner.shape
    turn = found.turn.astype(np.complex64)
    middle = laid.mean(2)
    own_middle = samples.mean(1)
    made = np.empty((n, near.stroke.shape[1], k, k), np.float32)
    for i in range(n):
        other = near.stroke[i]
        here, there = near.own_sample[i], near.other_sample[i]
        step = (samples[other, there] - samples[i, here])[:, None] * turn[i]  # (neighbours, k)
        gap = laid[other, :, there][:, None, :] - (laid[i][:, here].T + step)[:, :, None]
        reach = (own_middle[other] - own_middle[i])[:, None] * turn[i]
        miss = middle[other][:, None, :] - (middle[i] + reach)[:, :, None]
        near_by = 1 / (1 + (abs(gap) / (0.01 * size + 0.25 * near.distance[i][:, None, None])) ** 2)
        same_part = 1 / (1 + (abs(miss) / (0.015 * size + 0.1 * abs(reach)[..., None])) ** 2)
        turning = 0.5 + 0.5 * (turn[other][:, None, :] * np.conj(turn[i])[None, :, None]).real
        made[i] = near_by * (0.25 * turning + 0.75 * same_part)
    return made


def _one_each(chance: Floats, partner: Ints) -> Floats:
    """Press down candidates whose partner is wanted more by others: a partner's chances sum to at most 1."""
    wanted = np.bincount(partner.ravel(), weights=chance.ravel())
    return chance / np.maximum(wanted[partner], 1.0)


def _main_turn(turn: NDArray[np.complex128], chance: Floats) -> complex:
    """The turn that most likely pairs share (a unit complex number); none where they don't agree."""
    bins = 48
    angle = np.floor((np.angle(turn) / (2 * np.pi) + 0.5) * bins).astype(np.intp) % bins
    counts = np.bincount(angle.ravel(), weights=(chance**2).ravel(), minlength=bins)
    smooth = sum(np.roll(counts, s) * w for s, w in zip(range(-4, 5), (1, 2, 3, 4, 5, 4, 3, 2, 1), strict=True))
    peak = int(np.argmax(smooth))
    if not counts.sum() > 0:
        return 1 + 0j
    return complex(np.exp(2j * np.pi * ((peak + 0.5) / bins - 0.5)))
