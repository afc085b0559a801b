"""The closed areas of a drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput


@dataclass(frozen=True, eq=False)
class Regions:
    """A label map of a drawing's closed areas.

    ``labels``: (H, W) int32; 1..n are regions (pixels of lines belong to the region whose side they are on),
    0 belongs to none. ``background``: the ids that are paper, not figure. Ids are in reading order and the same
    from run to run.
    """

    labels: NDArray[np.int32]
    background: tuple[int, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if self.labels.ndim != 2 or self.labels.dtype != np.int32:
            raise BadInput(f"Region labels are (height, width) int32, not {self.labels.shape} {self.labels.dtype}.")
        if self.labels.size == 0:
            raise BadInput("The region map has no pixels.")
        if not self.labels.flags.c_contiguous:
            object.__setattr__(self, "labels", np.ascontiguousarray(self.labels))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.labels.shape[1], self.labels.shape[0]

    @property
    def count(self) -> int:
        """The highest id."""
        return int(self.labels.max())
