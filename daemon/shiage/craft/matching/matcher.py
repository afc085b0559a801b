"""The seam between reading the drawings and assigning colours: who resembles whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shiage.craft.design import ColourAreas
from shiage.craft.matching.shapes import Shapes
from shiage.craft.strips import Check


@dataclass(frozen=True)
class Sheet:
    """One design as a matcher sees it: its colour areas and their measurements (same label map).

    picture: uint8 (H, W, 4), the design at the areas' size, for matchers that look at the paint itself.
    """

    areas: ColourAreas
    shapes: Shapes
    picture: NDArray[np.uint8]


@dataclass(frozen=True)
class Affinity:
    """How strongly each region of a sketch belongs to each area of one design.

    scores: float64 (regions + 1, areas + 1), log-likelihoods up to a constant a row; column 0 is "paper shows here",
    row 0 is not used. weight: 0..1, how far this design can be trusted for this sketch (1 = same drawing, same pose);
    scores of several designs are mixed in these proportions.
    """

    scores: NDArray[np.float64]
    weight: float


@dataclass(frozen=True)
class Company:
    """How much a region listens to its neighbours.

    weights: float64 (context features, 3), rows as `context.NAMES`; for each feature what always counts, what counts as
    far as the view is the same, and as far as one figure is turned aside. prior: the factor of a region's own scores.
    """

    weights: NDArray[np.float64]
    prior: float


class Matcher(Protocol):
    """Compares a sketch's regions with one design's areas. Deterministic."""

    @property
    def company(self) -> Company:
        """The weights of the context that go with its scores."""

    def __call__(self, sketch: Shapes, design: Sheet, check: Check) -> Affinity:
        """The affinity of every (region, area).

        `check` is called between steps of some tens of milliseconds and raises to stop.
        """
