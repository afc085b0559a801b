"""The regions of a frame, as they are followed through a clip."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..ink import Ink
from ..regions import regions_of_ink
from ..strips import Check, never_stop

# Twice the gap that `flats` closes: pieces of one region are followed to the same colour and look like one, but a
# region that runs out through a gap is lost as a whole.
_WIDEN = 2.0


def clip_regions(ink: Ink, gap: float | None = None, check: Check = never_stop) -> NDArray[np.int32]:
    """(H, W) int32 labels, 1..n, without 0. ``gap``: pixels that are closed, None = from the line width."""
    return regions_of_ink(ink, gap, check, slivers=True, widen=_WIDEN).labels
