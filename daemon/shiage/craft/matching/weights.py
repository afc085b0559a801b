"""Weights of the geometric matcher, fitted on turnarounds of drawn figures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# For each measurement: always, as far as the view is the same, as far as one figure is turned aside.
_ALONE = {
    "under": (0.000, 0.000, 0.000),
    "under_near": (0.000, 0.000, 0.000),
    "under_wide": (0.000, 0.000, 0.000),
    "log_under_near": (0.000, 0.000, 0.000),
    "log_under_wide": (0.000, 0.000, 0.000),
    "covers": (0.000, 0.000, 0.000),
    "log_covers": (0.000, 0.000, 0.000),
    "by_row": (0.000, 0.000, 0.000),
    "log_by_row": (0.000, 0.000, 0.000),
    "row_share": (0.000, 0.000, 0.000),
    "log_row_share": (0.000, 0.000, 0.000),
    "same_rows": (0.000, 0.000, 0.000),
    "middle_off": (0.000, 0.000, 0.000),
    "top_off": (0.000, 0.000, 0.000),
    "bottom_off": (0.000, 0.000, 0.000),
    "size_off": (0.000, 0.000, 0.000),
    "rim": (0.000, 0.000, 0.000),
    "log_rim": (0.000, 0.000, 0.000),
    "contact_off": (0.000, 0.000, 0.000),
    "aside_off": (0.000, 0.000, 0.000),
    "enclosed_off": (0.000, 0.000, 0.000),
    "fill_off": (0.000, 0.000, 0.000),
    "upright_off": (0.000, 0.000, 0.000),
    "round_off": (0.000, 0.000, 0.000),
    "area": (0.000, 0.000, 0.000),
    "hole": (0.000, 0.000, 0.000),
    "hole_size": (0.000, 0.000, 0.000),
    "hole_contact": (0.000, 0.000, 0.000),
    "inked": (0.000, 0.000, 0.000),
    "inked_size": (0.000, 0.000, 0.000),
    "paper": (0.000, 0.000, 0.000),
}
_FAMILY = {
    "under": (0.000, 0.000, 0.000),
    "under_near": (0.000, 0.000, 0.000),
    "under_wide": (0.000, 0.000, 0.000),
    "log_under_near": (0.000, 0.000, 0.000),
    "log_under_wide": (0.000, 0.000, 0.000),
    "covers": (0.000, 0.000, 0.000),
    "log_covers": (0.000, 0.000, 0.000),
    "by_row": (0.000, 0.000, 0.000),
    "log_by_row": (0.000, 0.000, 0.000),
    "row_share": (0.000, 0.000, 0.000),
    "log_row_share": (0.000, 0.000, 0.000),
    "same_rows": (0.000, 0.000, 0.000),
    "middle_off": (0.000, 0.000, 0.000),
    "top_off": (0.000, 0.000, 0.000),
    "bottom_off": (0.000, 0.000, 0.000),
    "size_off": (0.000, 0.000, 0.000),
    "rim": (0.000, 0.000, 0.000),
    "log_rim": (0.000, 0.000, 0.000),
    "contact_off": (0.000, 0.000, 0.000),
    "aside_off": (0.000, 0.000, 0.000),
    "enclosed_off": (0.000, 0.000, 0.000),
    "fill_off": (0.000, 0.000, 0.000),
    "upright_off": (0.000, 0.000, 0.000),
    "round_off": (0.000, 0.000, 0.000),
    "area": (0.000, 0.000, 0.000),
    "hole": (0.000, 0.000, 0.000),
    "hole_size": (0.000, 0.000, 0.000),
    "hole_contact": (0.000, 0.000, 0.000),
    "inked": (0.000, 0.000, 0.000),
    "inked_size": (0.000, 0.000, 0.000),
    "paper": (0.000, 0.000, 0.000),
}
_COMPANY = {
    "company": (0.000, 0.000, 0.000),
    "company_by_side": (0.000, 0.000, 0.000),
    "usual": (0.000, 0.000, 0.000),
    "own_kind": (0.000, 0.000, 0.000),
    "own_kind_small": (0.000, 0.000, 0.000),
    "own_kind_off": (0.000, 0.000, 0.000),
    "twin": (0.000, 0.000, 0.000),
    "crowding": (0.000, 0.000, 0.000),
}

PRIOR = 0.000
"""Of a region's own scores, where its neighbours speak too."""
RESEMBLANCE: NDArray[np.float64] = np.array([*_ALONE.values(), *_FAMILY.values()])
"""(2 x features, 3): rows as `features.NAMES`, for the area alone and then for its family."""
COMPANY: NDArray[np.float64] = np.array(list(_COMPANY.values()))
"""(context features, 3): rows as `context.NAMES`."""
