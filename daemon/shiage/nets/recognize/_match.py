"""How alike a figure and a character are, and whether it is anybody that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

_COLOUR = 0.6  # of the likeness between two painted figures comes from lines and colours together, the rest from lines


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


def likeness(asked: Prints, known: Prints) -> float:
    """-1..1: how alike one figure (`asked`, n = 1) and the nearest drawings of a character are.

    The nearest drawing counts most and the mean of all a little: one good view is enough, but a stranger who happens to
    stand like one drawing does not stand like all.
    """
    lines = known.lines @ asked.lines[0]
    both = known.painted & bool(asked.painted[0])
    paint = known.paint @ asked.paint[0]
    each = np.where(both, (1 - _COLOUR) * lines + _COLOUR * paint, lines)
    return float(0.7 * each.max() + 0.3 * each.mean())
