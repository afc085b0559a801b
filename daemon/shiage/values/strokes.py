"""Vector drawings: strokes of points with width, in layers and materials, at one frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Colour4 = tuple[float, float, float, float]
Matrix = NDArray[np.float64]

CLEAR: Colour4 = (0.0, 0.0, 0.0, 0.0)


class Exposure(StrEnum):
    """What a drawing is on its timeline (the animator's words; hosts show them in different colours)."""

    KEYFRAME = "keyframe"
    BREAKDOWN = "breakdown"
    EXTREME = "extreme"
    JITTER = "jitter"
    MOVING_HOLD = "moving_hold"
    GENERATED = "generated"


class Domain(StrEnum):
    """What an attribute has one value for."""

    POINT = "point"
    STROKE = "stroke"


@dataclass(frozen=True)
class StrokeMaterial:
    """How strokes look: ``line`` and ``fill`` are linear (not sRGB) red, green, blue, alpha, 0..1 and above."""

    name: str
    line: Colour4 = (0.0, 0.0, 0.0, 1.0)
    fill: Colour4 = CLEAR
    show_line: bool = True
    show_fill: bool = False


@dataclass(frozen=True, eq=False)
class StrokeLayer:
    """A layer: ``transform`` (4, 4) float64 takes its strokes' points to the drawing's own space."""

    name: str
    transform: Matrix = field(default_factory=lambda: np.eye(4), repr=False)
    opacity: float = 1.0

    def __post_init__(self) -> None:
        _square(self.transform, "a layer's transform")


@dataclass(frozen=True)
class StrokeView:
    """The rectangle of a drawing's plane that is drawn where an operation needs pixels.

    The plane's point (``left``, ``top``) is the picture's upper left corner; ``scale`` pixels to a unit.
    """

    left: float
    top: float
    scale: float
    width: int
    height: int

    def __post_init__(self) -> None:
        numbers = (self.left, self.top, self.scale)
        if not all(math.isfinite(number) for number in numbers) or self.scale <= 0:
            raise BadInput("A drawing's view has a place and a scale above 0.")
        if not (0 < self.width <= 16384 and 0 < self.height <= 16384):
            raise BadInput(f"A drawing's view is 1 to 16384 pixels a side, not {self.width} x {self.height}.")


@dataclass(frozen=True, eq=False)
class Attribute:
    """Something more that a host keeps for each point or stroke, carried along unread.

    ``data``: (n,) or (n, width) in float32, int32, int8, uint8 or bool, n the number of points or strokes.
    """

    name: str
    domain: Domain
    data: NDArray[Any]

    def __post_init__(self) -> None:
        if self.data.dtype not in (np.float32, np.int32, np.int8, np.uint8, np.bool_) or self.data.ndim not in (1, 2):
            raise BadInput(f"The stroke attribute '{self.name}' can't be {self.data.shape} {self.data.dtype}.")


@dataclass(frozen=True, eq=False)
class Strokes:
    """One drawing as strokes; stroke ``i`` owns the points ``offsets[i]`` to ``offsets[i + 1]``.

    ``points`` (n, 3) float32 in their layer's space; ``radius`` (n,) half the line's width, in the same unit;
    ``opacity`` (n,) 0..1; ``colour`` (n, 4) linear, alpha = how much it replaces the material's line colour.
    For each of the s strokes: ``material`` and ``layer`` (indices), ``cyclic``, ``fill_colour`` (s, 4) as
    ``colour`` for the fill, ``fill`` (0 = no fill, equal numbers = one fill, holes by the even-odd rule) and
    ``hide_line``. ``plane`` (4, 4): columns right, up, normal and origin of the drawing's plane in the
    drawing's own space. ``frame``: where it stands on the timeline. ``view``: what of it is a picture, where one is
    wanted; without one it is strokes only.
    """

    points: Floats
    offsets: Ints
    radius: Floats
    opacity: Floats
    colour: Floats
    material: Ints
    layer: Ints
    cyclic: NDArray[np.bool_]
    fill: Ints
    fill_colour: Floats
    hide_line: NDArray[np.bool_]
    materials: tuple[StrokeMaterial, ...]
    layers: tuple[StrokeLayer, ...]
    frame: int = 0
    exposure: Exposure = Exposure.KEYFRAME
    plane: Matrix = field(default_factory=lambda: np.eye(4), repr=False)
    extra: tuple[Attribute, ...] = ()
    name: str = ""
    view: StrokeView | None = None

    def __post_init__(self) -> None:
        _square(self.plane, "the drawing's plane")
        self._check_offsets()
        for name, (domain, kind, width) in COLUMNS.items():
            self._check_array(name, getattr(self, name), domain, kind, width)
        for attribute in self.extra:
            count = self._count(attribute.domain)
            if len(attribute.data) != count:
                raise BadInput(
                    f"The stroke attribute '{attribute.name}' has {len(attribute.data)} values, not {count}."
                )
        for index, table, what in ((self.material, self.materials, "material"), (self.layer, self.layers, "layer")):
            if self.count and not (index.min() >= 0 and index.max() < len(table)):
                raise BadInput(f"A stroke names {what} {index.max()}, but there are {len(table)}.")

    @property
    def count(self) -> int:
        """The number of strokes."""
        return len(self.offsets) - 1

    def span(self, stroke: int) -> slice:
        """Where the points of ``stroke`` lie."""
        return slice(int(self.offsets[stroke]), int(self.offsets[stroke + 1]))

    def stroke_of_point(self) -> NDArray[np.intp]:
        """The stroke of every point."""
        return np.repeat(np.arange(self.count), np.diff(self.offsets))

    def _count(self, domain: Domain) -> int:
        return len(self.points) if domain is Domain.POINT else self.count

    def _check_offsets(self) -> None:
        o = self.offsets
        if o.ndim != 1 or o.dtype != np.int32 or len(o) == 0 or o[0] != 0 or (np.diff(o) < 0).any():
            raise BadInput("The strokes' offsets start at 0 and never fall.")
        if self.points.ndim != 2 or o[-1] != len(self.points):
            raise BadInput(f"The strokes' offsets end at {o[-1]}, but there are {len(self.points)} points.")

    def _check_array(self, name: str, data: NDArray[Any], domain: Domain, kind: type, width: int) -> None:
        count = self._count(domain)
        shape = (count,) if width == 1 else (count, width)
        if data.shape != shape or data.dtype != kind:
            raise BadInput(f"The strokes' {name} is {shape} {np.dtype(kind)}, not {data.shape} {data.dtype}.")
        if data.dtype == np.float32 and not np.isfinite(data).all():
            raise BadInput(f"The strokes' {name} holds values that are not numbers.")


COLUMNS: dict[str, tuple[Domain, type, int]] = {
    "points": (Domain.POINT, np.float32, 3),
    "radius": (Domain.POINT, np.float32, 1),
    "opacity": (Domain.POINT, np.float32, 1),
    "colour": (Domain.POINT, np.float32, 4),
    "material": (Domain.STROKE, np.int32, 1),
    "layer": (Domain.STROKE, np.int32, 1),
    "fill": (Domain.STROKE, np.int32, 1),
    "fill_colour": (Domain.STROKE, np.float32, 4),
    "cyclic": (Domain.STROKE, np.bool_, 1),
    "hide_line": (Domain.STROKE, np.bool_, 1),
}
"""What every drawing has besides its offsets: name -> domain, type, values each (1 = a flat array)."""


def _square(matrix: Matrix, what: str) -> None:
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-12:
        raise BadInput(f"{what} is a 4 x 4 matrix that can be inverted.".capitalize())
