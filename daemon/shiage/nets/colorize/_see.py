"""What the networks of `colorize` see of a drawing: its lines, regions and parts, and the colours that it is offered.

Needs no torch, so that the training ground is made of the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shiage.craft.hints import Hints

MULTIPLE = 32  # sides of the planes are multiples of it
PARTS = 16  # planes of `craft.parts.PARTS`
WIDEN = 2.0  # of the gap that is closed: a region cut in two gets one colour all the same, two in one can leak

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Sized:
    """How a drawing lies on the planes: shrunk or grown by `scale`, at the top left of height x width."""

    scale: float
    height: int
    width: int
    drawn: tuple[int, int]  # height and width of the drawing on the planes

    @classmethod
    def of(cls, shape: tuple[int, int], side: int) -> Sized:
        """A drawing of `shape` (height, width) with its shorter side near `side` pixels, its longer at most 4 times."""
        scale = min(side / min(shape), 4 * side / max(shape))
        drawn = max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
        whole = [-(-n // MULTIPLE) * MULTIPLE for n in drawn]
        return cls(scale, whole[0], whole[1], drawn)

    def plane(self, values: NDArray[np.uint8], fill: int = 0) -> Floats:
        """(H, W[, C]) uint8 of the drawing -> (height, width[, C]) float32 0..1."""
        way = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        sized = cv2.resize(values, self.drawn[::-1], interpolation=way)
        return self.padded((sized.astype(np.float32) / np.float32(255)).astype(np.float32), fill / 255)

    def labels(self, labels: NDArray[np.int32], step: int = 1) -> NDArray[np.int32]:
        """Region ids (H, W) at the middle of each `step` x `step` cell of the planes; 0 beside the drawing."""
        out = np.zeros((self.height // step, self.width // step), np.int32)
        ys, xs = (
            np.minimum(((np.arange(n // step) + 0.5) * step / self.scale).astype(np.int64), most - 1)
            for n, most in zip((self.height, self.width), labels.shape, strict=True)
        )
        rows, columns = -(-self.drawn[0] // step), -(-self.drawn[1] // step)
        out[:rows, :columns] = labels[ys[:rows, None], xs[None, :columns]]
        return out

    def parts(self, likelihood: Floats) -> Floats:
        """Likelihoods (h, w, 16) of the drawing at any size -> (16, height / 2, width / 2)."""
        size = (max(1, self.drawn[1] // 2), max(1, self.drawn[0] // 2))
        fours = [cv2.resize(likelihood[..., i : i + 4], size, interpolation=cv2.INTER_AREA) for i in range(0, PARTS, 4)]
        out = np.zeros((PARTS, self.height // 2, self.width // 2), np.float32)
        out[:, : size[1], : size[0]] = np.dstack(fours).transpose(2, 0, 1)
        return out

    def place(self, xy: Floats) -> Floats:
        """Places (n, 2) in pixels of the drawing -> -1..1 over the planes."""
        whole = np.array([self.width, self.height], np.float32)
        return np.asarray((xy + 0.5) * self.scale / whole * 2 - 1, np.float32)

    def padded(self, values: Floats, fill: float) -> Floats:
        """Values of the drawn part, (h, w[, C]), with `fill` beside it."""
        out = np.full((self.height, self.width, *values.shape[2:]), fill, np.float32)
        out[: self.drawn[0], : self.drawn[1]] = values
        return out


def hint_planes(hints: Hints, sized: Sized) -> Floats:
    """(4, height, width): red, green, blue 0..1 of the hints' discs, and where they are."""
    planes = np.zeros((sized.height, sized.width, 4), np.float32)
    for colour, (x, y), radius in zip(hints.colour, hints.place, hints.radius, strict=True):
        at = round(float(x * sized.scale)), round(float(y * sized.scale))
        size = max(1, min(round(float(radius * sized.scale)), sized.height // 16))
        cv2.circle(planes, at, size, (*(colour / 255).tolist(), 1.0), -1)
    return np.ascontiguousarray(planes.transpose(2, 0, 1))


@dataclass(frozen=True, eq=False)
class Offered:
    """Colours offered to a drawing, (n, ...) rows as `Offers` of the network has them."""

    colour: Floats
    share: Floats
    parts: Floats
    place: Floats
    region: NDArray[np.int64]
    placed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.colour)

    @classmethod
    def hints(cls, hints: Hints, sized: Sized, parts: Floats) -> Offered:
        """Of hints; parts (16, h, w) as the network sees them."""
        place = sized.place(hints.place)
        height, width = parts.shape[1:]
        x = ((place[:, 0] + 1) / 2 * width).astype(np.int64).clip(0, width - 1)
        y = ((place[:, 1] + 1) / 2 * height).astype(np.int64).clip(0, height - 1)
        return cls(
            (hints.colour / 255).astype(np.float32),
            np.zeros(len(hints), np.float32),
            np.ascontiguousarray(parts[:, y, x].T),
            place,
            hints.region,
            np.ones(len(hints), np.bool_),
        )

    @classmethod
    def palette(cls, colours: NDArray[np.uint8], share: Floats | None = None, parts: Floats | None = None) -> Offered:
        """Of colours (n, 3) without a place; share (n,) of the picture and parts (n, 16) they come from, if known."""
        n = len(colours)
        return cls(
            (colours.reshape(-1, 3) / 255).astype(np.float32),
            np.zeros(n, np.float32) if share is None else share.astype(np.float32),
            np.zeros((n, PARTS), np.float32) if parts is None else parts.astype(np.float32),
            np.zeros((n, 2), np.float32),
            np.full(n, -1, np.int64),
            np.zeros(n, np.bool_),
        )

    def __add__(self, other: Offered) -> Offered:
        return Offered(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in ("colour", "share", "parts", "place", "region", "placed")
            )
        )
