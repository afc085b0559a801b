"""The matcher that needs no network: a log-linear model over measurements of shape and place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shiage.craft.matching.alignment import align
from shiage.craft.matching.features import measure_pairs, same_view
from shiage.craft.matching.matcher import Affinity, Sheet
from shiage.craft.matching.shapes import Shapes
from shiage.craft.matching.weights import RESEMBLANCE


def geometric_matcher(sketch: Shapes, line_art: NDArray[np.uint8], design: Sheet) -> Affinity:
    """Score every (region, area) by where they lie in their figures' frames and how they are shaped.

    Each measurement has two weights: one that always counts, one that counts as far as the two drawings show the same
    view, where what lies on the same spot says more than what is shaped alike.
    """
    del line_art
    placed = align(sketch, design.shapes)
    measured = measure_pairs(sketch, design.shapes, design.areas.holes, placed)
    view = same_view(placed.agreement)
    scores = measured @ (RESEMBLANCE[:, 0] + view * RESEMBLANCE[:, 1])
    return Affinity(np.asarray(scores, np.float64), placed.agreement)
