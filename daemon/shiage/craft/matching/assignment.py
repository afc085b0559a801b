"""From affinities to one colour a region: all regions together, each listening to its neighbours and its twin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiage.craft.matching.context import company_of, context_of_gaps, measure_context, twins, usual_company
from shiage.craft.matching.features import same_view, turn
from shiage.craft.matching.matcher import Affinity, Company, Sheet
from shiage.craft.matching.shapes import Shapes
from shiage.craft.matching.swatches import PAPER, sort_into_swatches

TRUST = 10.0  # how steeply a design's share of the say falls with its weight
ONE_TINT = 3.0  # CIEDE2000: areas nearer than this are painted alike
ROUNDS = 6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Assignment:
    """One colour for each region; arrays have regions + 1 rows, row 0 is not used.

    tint: int64, index into `colours`; 0 = paper. colours: uint8 (tints, 3), row 0 white.
    design, area: int64, the design (0..) and its area that the region resembles most within its tint.
    confidence: float64 0..1, the share of the evidence for this paint.
    """

    tint: NDArray[np.int64]
    colours: NDArray[np.uint8]
    design: NDArray[np.int64]
    area: NDArray[np.int64]
    confidence: Floats


def assign(
    sketch: Shapes,
    open_to: Floats,
    sheets: Sequence[Sheet],
    affinities: Sequence[Affinity],
    company: Company,
    check: Callable[[], None],
) -> Assignment:
    """Choose the swatches in mean-field rounds: a region's guess is remade from its scores and the others' guesses.

    The energy is that of a conditional random field: unary scores from the matcher; pairwise terms for the company a
    colour keeps in the designs, for mirror twins, against colours that spread far beyond their share, and for one
    colour on both sides of a gap that the region finder closed (`open_to`, see `openness`).
    """
    pool = _Pool(sheets)
    own = _mix(affinities)
    twin = twins(sketch)
    weights = company.weights @ _gates(sketch, sheets, affinities)
    scores = own
    guess = pool.guess(scores)
    for _ in range(ROUNDS):
        check()
        context = measure_context(
            sketch.touching, sketch.size, twin, guess, pool.company, pool.usual, pool.swatch, pool.spread
        )
        scores = (
            company.prior * own
            + np.einsum("raf,fa->ra", context, weights)
            + context_of_gaps(open_to, guess, pool.swatch)
        )
        guess = pool.guess(scores)
    chosen = guess.argmax(axis=1)
    within = np.where(pool.swatch[None] == chosen[:, None], scores, -np.inf)
    tint = (_softmax(within) @ np.eye(len(pool.colours))[pool.tint]).argmax(axis=1)
    best = np.where(pool.tint[None] == tint[:, None], within, -np.inf).argmax(axis=1)
    return Assignment(tint, pool.colours, pool.design[best], pool.area[best], guess.max(axis=1))


def _gates(sketch: Shapes, sheets: Sequence[Sheet], affinities: Sequence[Affinity]) -> Floats:
    """What the context's weights are multiplied with, for each pooled area: (3, areas)."""
    columns = [
        np.tile([[1.0], [float(same_view(a.weight))], [turn(sketch, s.shapes)]], (1, a.scores.shape[1]))
        for s, a in zip(sheets, affinities, strict=True)
    ]
    return np.concatenate(columns, axis=1)


class _Pool:
    """The areas of all designs side by side, column 0 of each design being its background.

    Regions are matched with swatches, which take in the tones of one paint; what they are painted with is a tint of
    theirs, so that a cream shirt and pale skin stay apart.
    """

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        sizes = [np.where(np.arange(s.shapes.count + 1) > 0, s.shapes.size, 0.0) for s in sheets]
        holes = [s.areas.holes | (np.arange(s.shapes.count + 1) == 0) for s in sheets]
        self.design = np.concatenate([np.full(len(s), i) for i, s in enumerate(sizes)])
        self.area = np.concatenate([np.arange(len(s)) for s in sizes])
        weight = np.concatenate(sizes)
        colours = np.concatenate([s.areas.colours for s in sheets])
        self.swatch, kinds = sort_into_swatches(colours, weight, np.concatenate(holes))
        self.tint, self.colours = sort_into_swatches(colours, weight, np.concatenate(holes), ONE_TINT)
        count = len(kinds)
        parts = [self.swatch[self.design == i] for i in range(len(sheets))]
        self.company = np.concatenate(
            [company_of(s.shapes, part, count) for s, part in zip(sheets, parts, strict=True)]
        )
        self.usual = usual_company(self.company, weight, self.swatch)
        self.spread = np.bincount(self.swatch, weights=weight, minlength=count) / len(sheets)
        self._member = np.eye(count)[self.swatch]

    def guess(self, scores: Floats) -> Floats:
        """Each region's shares over the swatches; the background's row is paper."""
        shares = np.asarray(_softmax(scores) @ self._member, np.float64)
        shares[0] = 0
        shares[0, PAPER] = 1
        return shares


def _mix(affinities: Sequence[Affinity]) -> Floats:
    """The designs' scores side by side, each design having its say by its weight."""
    parts = [_log_softmax(a.scores) + TRUST * a.weight for a in affinities]
    return _log_softmax(np.concatenate(parts, axis=1))


def _log_softmax(scores: Floats) -> Floats:
    top = scores.max(axis=1, keepdims=True)
    return np.asarray(scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True)), np.float64)


def _softmax(scores: Floats) -> Floats:
    return np.asarray(np.exp(_log_softmax(scores)), np.float64)
