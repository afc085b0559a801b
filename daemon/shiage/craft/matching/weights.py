"""Weights of the geometric matcher, fitted on turnarounds of drawn figures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# For each measurement: always, as far as the view is the same, as far as one figure is turned aside.
_ALONE = {
    "under": (-0.194, 0.343, -0.342),
    "under_near": (0.070, 0.409, -0.195),
    "under_wide": (-0.259, -0.383, 0.030),
    "log_under_near": (0.308, 1.170, -0.406),
    "log_under_wide": (0.463, 0.278, -0.105),
    "covers": (0.808, 1.342, -0.302),
    "log_covers": (-0.423, 0.441, -0.511),
    "by_row": (-0.365, 0.202, 0.025),
    "log_by_row": (0.843, 1.191, -0.136),
    "row_share": (0.502, 0.267, 0.232),
    "log_row_share": (0.301, -0.259, 0.085),
    "same_rows": (1.765, -0.122, 0.406),
    "middle_off": (-0.502, -0.085, -0.269),
    "top_off": (-0.754, -0.025, -0.322),
    "bottom_off": (-0.096, 0.194, -0.188),
    "size_off": (-0.486, -0.267, -0.093),
    "rim": (0.351, 0.247, 0.145),
    "log_rim": (0.098, -0.528, -0.171),
    "contact_off": (-1.020, -1.083, 0.158),
    "aside_off": (-1.022, -0.245, -0.081),
    "enclosed_off": (-0.244, -0.713, 0.003),
    "fill_off": (-0.043, -0.803, -0.089),
    "upright_off": (-0.323, -0.780, -0.248),
    "round_off": (-1.026, -0.930, -0.182),
    "area": (0.354, -0.280, 0.285),
    "hole": (-0.607, 0.115, -0.132),
    "hole_size": (-0.073, 0.153, -0.054),
    "hole_contact": (0.604, 0.298, 0.097),
    "inked": (-0.089, 0.212, 0.101),
    "inked_size": (-0.003, 0.470, -0.105),
    "paper": (-1.389, -0.335, -0.284),
}
_FAMILY = {
    "under": (-0.007, 0.191, -0.274),
    "under_near": (0.092, 0.155, -0.121),
    "under_wide": (-0.878, -0.922, 0.054),
    "log_under_near": (0.393, 0.853, -0.322),
    "log_under_wide": (0.515, 0.317, -0.037),
    "covers": (0.109, -0.258, -0.104),
    "log_covers": (-0.158, -0.463, -0.269),
    "by_row": (-0.683, 0.369, -0.044),
    "log_by_row": (-0.212, 0.684, -0.309),
    "row_share": (-0.027, -0.169, 0.339),
    "log_row_share": (0.802, 0.324, 0.282),
    "same_rows": (0.239, -0.533, 0.091),
    "middle_off": (-0.176, 0.091, -0.170),
    "top_off": (-0.747, -0.267, -0.065),
    "bottom_off": (-0.466, 0.108, -0.300),
    "size_off": (-0.081, 0.151, -0.188),
    "rim": (0.067, 0.025, 0.107),
    "log_rim": (0.434, -0.456, -0.193),
    "contact_off": (0.095, -0.264, 0.199),
    "aside_off": (-0.573, -0.070, -0.037),
    "enclosed_off": (-0.203, 0.309, -0.090),
    "fill_off": (-0.839, -0.127, -0.136),
    "upright_off": (0.036, -0.020, -0.224),
    "round_off": (-0.320, -0.598, -0.074),
    "area": (-0.098, -0.541, 0.551),
    "hole": (-0.607, 0.115, -0.132),
    "hole_size": (-0.073, 0.153, -0.054),
    "hole_contact": (0.604, 0.298, 0.097),
    "inked": (-0.193, 0.400, 0.008),
    "inked_size": (0.600, -0.201, -0.247),
    "paper": (-1.389, -0.335, -0.284),
}
_COMPANY = {
    "company": (-0.602, 0.091, -1.266),
    "company_by_side": (2.936, 1.035, 0.348),
    "usual": (0.635, -1.308, -1.153),
    "own_kind": (-1.215, -0.886, -0.700),
    "own_kind_small": (0.869, 0.542, -0.590),
    "own_kind_off": (-0.510, 0.938, -0.539),
    "twin": (-0.739, 0.875, 1.536),
    "overused": (-0.307, -0.211, -0.429),
    "unused": (-0.250, 1.540, -1.035),
}

PRIOR = 0.851
"""Of a region's own scores, where its neighbours speak too."""
RESEMBLANCE: NDArray[np.float64] = np.array([*_ALONE.values(), *_FAMILY.values()])
"""(2 x features, 3): rows as `features.NAMES`, for the area alone and then for its family."""
COMPANY: NDArray[np.float64] = np.array(list(_COMPANY.values()))
"""(context features, 3): rows as `context.NAMES`."""
