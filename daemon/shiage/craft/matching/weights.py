"""Weights of the geometric matcher, written by models/matcher/fit.py."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# For each measurement: always, as far as the view is the same, as far as one figure is turned aside.
_ALONE = {
    "under": (-0.101, 0.174, -0.167),
    "under_near": (0.013, 0.281, -0.142),
    "under_wide": (-0.378, -0.108, -0.097),
    "log_under_near": (0.399, 0.773, -0.217),
    "log_under_wide": (0.445, 0.467, -0.112),
    "covers": (0.606, 0.687, -0.098),
    "log_covers": (0.220, 0.544, -0.199),
    "by_row": (-0.250, 0.191, -0.064),
    "log_by_row": (0.868, 1.019, -0.083),
    "row_share": (0.315, 0.252, 0.094),
    "log_row_share": (0.359, 0.042, 0.060),
    "same_rows": (1.484, 0.240, 0.253),
    "middle_off": (-0.479, -0.117, -0.137),
    "top_off": (-0.583, -0.118, -0.155),
    "bottom_off": (-0.425, -0.107, -0.122),
    "size_off": (-0.485, -0.379, -0.117),
    "rim": (0.264, 0.171, 0.058),
    "log_rim": (0.148, -0.207, -0.044),
    "contact_off": (-0.786, -0.683, 0.031),
    "aside_off": (-0.395, -0.125, -0.030),
    "enclosed_off": (-0.372, -0.562, -0.023),
    "fill_off": (-0.176, -0.248, -0.057),
    "upright_off": (-0.436, -0.612, -0.153),
    "round_off": (-0.772, -0.603, -0.103),
    "area": (0.200, -0.290, 0.069),
    "hole": (-0.436, -0.072, -0.103),
    "hole_size": (0.040, 0.047, 0.041),
    "hole_contact": (0.369, 0.165, 0.043),
    "inked": (-0.143, -0.000, 0.080),
    "inked_size": (0.105, 0.055, -0.118),
    "paper": (-0.981, -0.342, -0.161),
}
_FAMILY = {
    "under": (-0.023, 0.082, -0.131),
    "under_near": (0.012, 0.156, -0.104),
    "under_wide": (-0.734, -0.417, -0.082),
    "log_under_near": (0.307, 0.471, -0.190),
    "log_under_wide": (0.460, 0.425, -0.062),
    "covers": (-0.072, -0.120, -0.123),
    "log_covers": (-0.106, -0.094, -0.219),
    "by_row": (-0.597, 0.208, -0.103),
    "log_by_row": (0.109, 0.578, -0.168),
    "row_share": (0.158, 0.135, 0.165),
    "log_row_share": (0.526, 0.125, 0.176),
    "same_rows": (0.342, -0.257, 0.050),
    "middle_off": (-0.256, 0.011, -0.087),
    "top_off": (-0.643, -0.194, -0.077),
    "bottom_off": (-0.380, -0.011, -0.144),
    "size_off": (-0.071, 0.116, -0.026),
    "rim": (0.083, -0.010, 0.080),
    "log_rim": (0.241, -0.327, -0.007),
    "contact_off": (-0.096, -0.443, 0.120),
    "aside_off": (-0.226, -0.043, -0.014),
    "enclosed_off": (-0.158, -0.031, -0.062),
    "fill_off": (-0.540, -0.116, -0.088),
    "upright_off": (0.040, 0.072, -0.137),
    "round_off": (-0.509, -0.543, -0.041),
    "area": (-0.034, -0.397, 0.212),
    "hole": (-0.436, -0.072, -0.103),
    "hole_size": (0.040, 0.047, 0.041),
    "hole_contact": (0.369, 0.165, 0.043),
    "inked": (-0.118, 0.114, 0.061),
    "inked_size": (0.458, 0.033, -0.115),
    "paper": (-0.981, -0.342, -0.161),
}
_COMPANY = {
    "company": (-0.431, 0.010, 0.422),
    "company_by_side": (2.302, 1.041, 0.715),
    "usual": (0.459, -0.951, 0.930),
    "own_kind": (-0.865, -0.111, 0.497),
    "own_kind_small": (0.523, 0.030, 0.934),
    "own_kind_off": (-0.815, 0.736, -0.377),
    "twin": (-0.035, 0.448, -0.709),
    "overused": (-0.764, -0.450, 0.591),
    "unused": (0.216, 0.319, 0.062),
}

PRIOR = 0.840
"""Of a region's own scores, where its neighbours speak too."""
RESEMBLANCE: NDArray[np.float64] = np.array([*_ALONE.values(), *_FAMILY.values()])
"""(2 x features, 3): rows as `features.NAMES`, for the area alone and then for its family."""
COMPANY: NDArray[np.float64] = np.array(list(_COMPANY.values()))
"""(context features, 3): rows as `context.NAMES`."""
