"""Pictures: :class:`Raster` (colour with alpha) and :class:`Mask` (one channel)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput

Samples = NDArray[np.uint8] | NDArray[np.uint16]


class Blend(StrEnum):
    """How a layer goes onto what lies below it (the names of the compositing trade)."""

    NORMAL = "normal"
    MULTIPLY = "multiply"
    SCREEN = "screen"
    ADD = "add"


@dataclass(frozen=True, eq=False)
class Raster:
    """A picture or layer in sRGB.

    ``pixels``: (H, W, 4) uint8 or uint16, red green blue alpha, straight (not premultiplied), full range
    (0..255 or 0..65535), C order. ``name``: what an artist calls it (layer name, file stem). ``blend`` and
    ``opacity`` (0..1): how the host should lay it on the layers below. ``profile``: the ICC profile of the
    file that it came from, for writing back; the pixels themselves are always sRGB. ``pages``: how many pictures that
    file holds, of which this is the first: frames of an animation, pages of a scan.
    """

    pixels: Samples
    name: str = ""
    blend: Blend = Blend.NORMAL
    opacity: float = 1.0
    profile: bytes = field(default=b"", repr=False)
    pages: int = field(default=1, repr=False, compare=False)

    def __post_init__(self) -> None:
        p = self.pixels
        if p.ndim != 3 or p.shape[2] != 4 or p.dtype not in (np.uint8, np.uint16):
            raise BadInput(f"A raster is (height, width, 4) in 8 or 16 bit, not {p.shape} {p.dtype}.")
        if p.shape[0] == 0 or p.shape[1] == 0:
            raise BadInput("The picture has no pixels.", hint="Give a picture of at least 1 x 1.")
        if not 0.0 <= self.opacity <= 1.0:
            raise BadInput(f"A layer's opacity is 0 to 1, not {self.opacity}.")
        if not p.flags.c_contiguous:
            object.__setattr__(self, "pixels", np.ascontiguousarray(p))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def bits(self) -> int:
        """Bits a sample: 8 or 16."""
        return self.pixels.dtype.itemsize * 8

    def to_8bit(self) -> NDArray[np.uint8]:
        """The pixels as (H, W, 4) uint8, rounded (the array itself where it is 8-bit already)."""
        if self.pixels.dtype == np.uint8:
            return self.pixels.view(np.uint8)
        return ((self.pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Mask:
    """Coverage: ``pixels`` (H, W) uint8, 0 = out, 255 = in, between = partly."""

    pixels: NDArray[np.uint8]
    name: str = ""

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype != np.uint8:
            raise BadInput(f"A mask is (height, width) in 8 bit, not {self.pixels.shape} {self.pixels.dtype}.")
        if self.pixels.size == 0:
            raise BadInput("The mask has no pixels.")
        if not self.pixels.flags.c_contiguous:
            object.__setattr__(self, "pixels", np.ascontiguousarray(self.pixels))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]
