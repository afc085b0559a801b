"""Weights of the geometric matcher, written by its fit (models/matcher): (always, as far as the view is the same)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RESEMBLANCE = {
    "under": (-0.133, 0.457),
    "under_near": (-0.175, 0.421),
    "under_wide": (-1.069, -0.481),
    "log_under_near": (0.726, 1.523),
    "log_under_wide": (0.787, 0.655),
    "covers": (0.849, 1.212),
    "log_covers": (-0.449, 0.337),
    "by_row": (-1.130, 0.171),
    "log_by_row": (0.882, 1.824),
    "row_share": (0.656, 0.456),
    "log_row_share": (0.928, -0.025),
    "same_rows": (2.087, -0.186),
    "middle_off": (-1.122, 0.002),
    "top_off": (-1.387, 0.047),
    "bottom_off": (-0.635, 0.264),
    "size_off": (-0.581, -0.132),
    "rim": (0.432, 0.345),
    "log_rim": (0.291, -0.624),
    "contact_off": (-0.900, -1.255),
    "aside_off": (-1.152, -0.293),
    "enclosed_off": (-0.309, -0.560),
    "fill_off": (-0.471, -0.983),
    "upright_off": (-0.405, -0.739),
    "round_off": (-1.306, -0.968),
    "area": (0.406, -0.557),
    "hole": (-0.956, -0.039),
    "hole_size": (0.011, 0.276),
    "hole_contact": (0.990, 0.524),
    "paper": (-2.270, -0.803),
}
_COMPANY = {
    "company": (-1.732, -0.026),
    "company_by_side": (3.768, 1.240),
    "usual": (0.883, -1.649),
    "own_kind": (-0.954, -0.868),
    "own_kind_small": (0.801, 0.596),
    "own_kind_off": (-1.105, 1.307),
    "twin": (-0.294, 0.599),
    "crowding": (-0.333, 0.140),
}
PRIOR = 0.818

RESEMBLANCE: NDArray[np.float64] = np.array(list(_RESEMBLANCE.values()))
"""One row for each of `features.NAMES`."""
COMPANY: NDArray[np.float64] = np.array(list(_COMPANY.values()))
"""One row for each of `context.NAMES`."""
