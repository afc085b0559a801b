"""The parts of a figure that drawings are divided into."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

PARTS = (
    "none", "Arm", "Ear", "Eye", "Eyebrow", "Face", "Foot", "Hair", "Hand", "Leg", "Lower_clothes", "Neck",
    "Open_mouth", "Shoe", "Stock", "Upper_clothes",
)  # fmt: skip
SKIN = ("Arm", "Ear", "Face", "Foot", "Hand", "Leg", "Neck")

PartReader = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
"""Which part each place of a page, (H, W, 4) uint8 RGBA, is likely to be: (h, w, len(PARTS)) float32 at a size of its
own, sums of 1; places outside every figure are "none"."""
