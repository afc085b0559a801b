"""The designs' palette: areas of one paint, in one design or several, share a swatch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shiage.craft.design.colour import difference, to_lab

ONE_PAINT = 6.0  # CIEDE2000: areas nearer than this to a swatch are painted in it
PAPER = 0  # the swatch of holes and of the background


def sort_into_swatches(
    colours: NDArray[np.uint8], sizes: NDArray[np.float64], holes: NDArray[np.bool_], one_paint: float = ONE_PAINT
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Which swatch each area is painted in: int64 (n,), and the swatches' colours, uint8 (m, 3).

    `sizes` weighs the areas: the largest area of a paint gives its swatch the colour. Holes get swatch `PAPER`, whose
    colour is white. The result does not depend on the areas' order, except between areas of one size and colour.
    """
    lab = to_lab(colours)
    far = difference(lab[:, None], lab[None])
    swatch = np.full(len(colours), PAPER, np.int64)
    chosen: list[int] = []
    for area in np.lexsort((colours[:, 2], colours[:, 1], colours[:, 0], -sizes)):
        if holes[area]:
            continue
        if chosen:
            from_chosen = far[chosen, area]
            if from_chosen.min() < one_paint:
                swatch[area] = 1 + int(from_chosen.argmin())
                continue
        chosen.append(int(area))
        swatch[area] = len(chosen)
    return swatch, np.concatenate([np.full((1, 3), 255, np.uint8), colours[chosen]])
