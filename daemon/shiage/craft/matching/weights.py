"""Weights of the geometric matcher, fitted on turnarounds of drawn figures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# For each measurement: always, as far as the view is the same, as far as one figure is turned aside.
_ALONE = {
    "under": (-0.163, 0.245, -0.344),
    "under_near": (0.085, 0.406, -0.214),
    "under_wide": (-0.472, -0.266, -0.037),
    "log_under_near": (0.384, 1.146, -0.352),
    "log_under_wide": (0.525, 0.493, -0.090),
    "covers": (0.987, 1.329, -0.265),
    "log_covers": (-0.334, 0.296, -0.441),
    "by_row": (-0.447, 0.228, 0.015),
    "log_by_row": (0.868, 1.225, -0.104),
    "row_share": (0.375, 0.385, 0.217),
    "log_row_share": (0.375, -0.038, 0.110),
    "same_rows": (1.798, -0.068, 0.435),
    "middle_off": (-0.488, 0.041, -0.273),
    "top_off": (-0.725, 0.065, -0.322),
    "bottom_off": (-0.135, 0.310, -0.197),
    "size_off": (-0.479, -0.350, -0.077),
    "rim": (0.293, 0.358, 0.137),
    "log_rim": (0.082, -0.515, -0.160),
    "contact_off": (-1.050, -1.163, 0.153),
    "aside_off": (-1.027, -0.194, -0.086),
    "enclosed_off": (-0.272, -0.705, 0.005),
    "fill_off": (-0.072, -0.790, -0.073),
    "upright_off": (-0.353, -0.762, -0.274),
    "round_off": (-1.065, -0.818, -0.189),
    "area": (0.341, -0.358, 0.268),
    "hole": (-0.622, 0.039, -0.151),
    "hole_size": (-0.101, 0.152, -0.021),
    "hole_contact": (0.607, 0.295, 0.092),
    "inked": (-0.159, 0.116, 0.104),
    "inked_size": (0.023, 0.304, -0.136),
    "paper": (-1.399, -0.361, -0.286),
}
_FAMILY = {
    "under": (0.073, 0.066, -0.261),
    "under_near": (0.150, 0.140, -0.127),
    "under_wide": (-1.047, -0.869, 0.018),
    "log_under_near": (0.449, 0.757, -0.296),
    "log_under_wide": (0.500, 0.391, -0.023),
    "covers": (0.006, -0.218, -0.150),
    "log_covers": (-0.132, -0.481, -0.283),
    "by_row": (-0.628, 0.318, -0.036),
    "log_by_row": (-0.160, 0.636, -0.296),
    "row_share": (-0.045, -0.124, 0.351),
    "log_row_share": (0.791, 0.330, 0.296),
    "same_rows": (0.139, -0.361, 0.087),
    "middle_off": (-0.170, 0.170, -0.170),
    "top_off": (-0.772, -0.150, -0.076),
    "bottom_off": (-0.498, 0.189, -0.299),
    "size_off": (-0.086, 0.193, -0.173),
    "rim": (0.050, 0.088, 0.114),
    "log_rim": (0.401, -0.519, -0.195),
    "contact_off": (0.088, -0.240, 0.203),
    "aside_off": (-0.592, -0.044, -0.044),
    "enclosed_off": (-0.226, 0.351, -0.084),
    "fill_off": (-0.838, -0.154, -0.126),
    "upright_off": (0.039, -0.032, -0.203),
    "round_off": (-0.334, -0.546, -0.073),
    "area": (-0.097, -0.562, 0.538),
    "hole": (-0.622, 0.039, -0.151),
    "hole_size": (-0.101, 0.152, -0.021),
    "hole_contact": (0.607, 0.295, 0.092),
    "inked": (-0.167, 0.364, 0.027),
    "inked_size": (0.575, -0.133, -0.273),
    "paper": (-1.399, -0.361, -0.286),
}
_COMPANY = {
    "company": (-0.924, -0.134, 0.452),
    "company_by_side": (2.628, 1.215, 0.832),
    "usual": (0.459, -1.553, 1.444),
    "own_kind": (-1.020, 0.039, 0.577),
    "own_kind_small": (0.595, 0.073, 1.423),
    "own_kind_off": (-1.011, 1.148, -0.539),
    "twin": (0.024, 0.472, -1.222),
    "crowding": (-0.322, -0.057, 0.590),
}

PRIOR = 0.845
"""Of a region's own scores, where its neighbours speak too."""
RESEMBLANCE: NDArray[np.float64] = np.array([*_ALONE.values(), *_FAMILY.values()])
"""(2 x features, 3): rows as `features.NAMES`, for the area alone and then for its family."""
COMPANY: NDArray[np.float64] = np.array(list(_COMPANY.values()))
"""(context features, 3): rows as `context.NAMES`."""
