"""How alike a figure and a character are, and whether it is anybody that is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

_COLOUR = 0.6  # of the likeness between two painted figures comes from lines and colours together, the rest from lines
_BEST = 0.7  # of the likeness comes from the nearest drawing of a character, the rest from all of them


@dataclass(frozen=True, eq=False, slots=True)
class Prints:
    """What is kept of a character's figures, or of one figure that is asked for.

    lines: (n, D) float32 unit vectors of the figures seen as line art.
    paint: (n, D) float32 unit vectors of the same figures with their colours; rows of 0 where one has none.
    """

    lines: Vectors
    paint: Vectors

    @property
    def painted(self) -> npt.NDArray[np.bool_]:
        """(n,) whether a figure has colours."""
        return np.asarray(np.abs(self.paint).sum(1) > 0, np.bool_)

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Calibration:
    """From likeness to certainty, by a logistic curve (Platt 1999) over the best likeness and its lead over the next.

    One curve for figures told apart by lines alone and one for those told apart by colour too: (start, likeness, lead).
    """

    lines: tuple[float, float, float]
    paint: tuple[float, float, float]

    def certainty(self, best: float, lead: float, *, painted: bool) -> float:
        """0..1 that the likeliest character is the right one; ``lead`` is its likeness less the next one's."""
        start, weight, lead_weight = self.paint if painted else self.lines
        return 1.0 / (1.0 + math.exp(-(start + weight * best + lead_weight * min(lead, 0.5))))


def likeness(asked: Prints, known: Prints) -> float:
    """-1..1: how alike one figure (`asked`, n = 1) and the drawings of a character are.

    The nearest drawing counts most and the mean of all a little: one good view is enough, but a stranger who happens to
    stand like one drawing does not stand like all.
    """
    lines = known.lines @ asked.lines[0]
    both = known.painted & bool(asked.painted[0])
    paint = known.paint @ asked.paint[0]
    each = np.where(both, (1 - _COLOUR) * lines + _COLOUR * paint, lines)
    return float(_BEST * each.max() + (1 - _BEST) * each.mean())


@dataclass(frozen=True)
class Answer:
    """Whose figure it is. ``name`` None is nobody that is known; ``score`` 0..1 is the certainty of that answer.

    candidates: (name, certainty 0..1) of the likeliest characters, best first.
    """

    name: str | None
    score: float
    candidates: tuple[tuple[str, float], ...]


def answer(asked: Prints, known: Mapping[str, Prints], calibration: Calibration, least: float = 0.5) -> Answer:
    """The likeliest of the known characters, or nobody where the certainty is under ``least``."""
    if not known:
        return Answer(None, 1.0, ())
    ranked = sorted(((likeness(asked, prints), name) for name, prints in known.items()), key=lambda r: (-r[0], r[1]))
    # A single known character has nobody to lead before: it gets the lead of an average match.
    lead = ranked[0][0] - ranked[1][0] if len(ranked) > 1 else 0.1
    painted = bool(asked.painted[0] and known[ranked[0][1]].painted.any())
    sure = calibration.certainty(ranked[0][0], lead, painted=painted)
    candidates = [(ranked[0][1], sure)]
    for alike, name in ranked[1:5]:
        candidates.append((name, calibration.certainty(alike, alike - ranked[0][0], painted=painted)))
    if sure < least:
        return Answer(None, 1.0 - sure, tuple(candidates))
    return Answer(ranked[0][1], sure, tuple(candidates))
