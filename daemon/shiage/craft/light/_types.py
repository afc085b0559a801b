"""Shapes that this package passes around."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[np.float32]
"""(h, w) float32."""
Image: TypeAlias = NDArray[np.float32]
"""(h, w, c) float32."""
Labels: TypeAlias = NDArray[np.int32]
"""(h, w) int32, 0 = outside."""
Samples: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""(h, w, 3 or 4) straight sRGB."""
Check: TypeAlias = Callable[[], None]
"""Raises when the job was cancelled."""
Progress: TypeAlias = Callable[[float, str], None]
"""Takes 0..1 and the name of the stage."""


def unheard() -> None:
    """A check that never cancels."""


def untold(_fraction: float, _stage: str) -> None:
    """A progress that tells nobody."""
