"""Lights as an artist places them, and a handful of set-ups to start from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["sun", "point", "spot"]
Rgb = tuple[float, float, float]
WHITE: Rgb = (1.0, 1.0, 1.0)

SUN, POINT, SPOT = 0, 1, 2
_KINDS: dict[str, int] = {"sun": SUN, "point": POINT, "spot": SPOT}
LAMP_COLUMNS = 10


@dataclass(frozen=True)
class Light:
    """One light.

    ``x``: -1 left edge .. 1 right; ``y``: -1 top .. 1 bottom; ``height``: above the picture, towards the viewer (a
    light at x = y = 0 shines from the viewer). A ``sun`` shines on every pixel from the direction that it has as seen
    from the picture's middle; a ``point`` stands at its place (heights then count in half the short side); a ``spot``
    is a point whose cone of ``angle`` degrees (half the opening) looks straight down at the picture.
    ``colour``: linear factors, 1 = leaves the picture's colour alone. ``softness`` 0..1 wraps light around the form.
    """

    x: float = 0.0
    y: float = 0.0
    height: float = 1.0
    kind: Kind = "sun"
    colour: Rgb = WHITE
    intensity: float = 0.85
    softness: float = 0.0
    angle: float = 40.0

    def __post_init__(self) -> None:
        numbers = (self.x, self.y, self.height, *self.colour, self.intensity, self.softness, self.angle)
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError("a light's numbers are finite")
        if self.kind not in _KINDS:
            raise ValueError(f"a light is one of {', '.join(_KINDS)}, not {self.kind!r}")
        if self.kind != "sun" and self.height <= 0:
            raise ValueError("a point or spot light stands above the picture: its height is over 0")
        if not 0.0 <= self.softness <= 1.0 or not 0.0 < self.angle < 90.0 or self.intensity < 0.0:
            raise ValueError("softness is 0..1, the angle between 0 and 90 degrees, the intensity at least 0")

    @classmethod
    def from_direction(cls, azimuth: float, elevation: float, **more: object) -> Light:
        """A sun by angles: ``azimuth`` in degrees clockwise from the top, ``elevation`` above the picture's plane."""
        a, e = math.radians(azimuth), math.radians(elevation)
        return cls(math.cos(e) * math.sin(a), -math.cos(e) * math.cos(a), math.sin(e), **more)  # type: ignore[arg-type]  # checked by Light itself


@dataclass(frozen=True)
class Lighting:
    """Lights with what they share: ``ambient`` light, ``gamma`` of the result, and whether each colour channel keeps
    its own relief (``per_channel``; otherwise the effect is averaged and colours keep their hue)."""

    lights: tuple[Light, ...] = field(default_factory=lambda: (Light(),))
    ambient: float = 0.45
    gamma: float = 1.0
    per_channel: bool = True

    def __post_init__(self) -> None:
        if not self.lights:
            raise ValueError("there is no light")
        if not (math.isfinite(self.ambient) and self.ambient >= 0.0 and math.isfinite(self.gamma) and self.gamma > 0.0):
            raise ValueError("ambient is at least 0 and gamma over 0")

    def ambient_colour(self) -> NDArray[np.float32]:
        """(3,) float32: ambient light takes the lights' mean colour, weighted by intensity."""
        colours = np.array([light.colour for light in self.lights])
        weights = np.array([light.intensity for light in self.lights])
        if weights.sum() <= 0.0:
            weights = np.ones_like(weights)
        return (self.ambient * np.average(colours, axis=0, weights=weights)).astype(np.float32)

    def lamps(self, width: int, height: int) -> NDArray[np.float32]:
        """(n, LAMP_COLUMNS) float32 for the kernels: kind, towards x, y, z, softness, cos(angle), red, green, blue,
        1 / (half the short side). A sun has a unit direction, the others their place in pixels and the height in
        half short sides."""
        rows = np.zeros((len(self.lights), LAMP_COLUMNS), np.float32)
        half = max(min(width, height) / 2.0, 0.5)
        for row, light in zip(rows, self.lights, strict=True):
            if light.kind == "sun":
                norm = math.sqrt(light.x**2 + light.y**2 + light.height**2) or 1.0
                towards = (light.x / norm, light.y / norm, light.height / norm)
            else:
                towards = ((light.x + 1) / 2 * width - 0.5, (light.y + 1) / 2 * height - 0.5, light.height)
            colour = [part * light.intensity for part in light.colour]
            cone = math.cos(math.radians(light.angle))
            row[:] = (_KINDS[light.kind], *towards, light.softness, cone, *colour, 1.0 / half)
        return rows


PRESETS: dict[str, Lighting] = {
    "key-left": Lighting((Light(-0.7, -0.6, 0.8, intensity=0.75),), ambient=0.42),
    "rim": Lighting(
        (
            Light(0.9, -0.5, -0.25, colour=(1.0, 0.97, 0.9), intensity=1.0),
            Light(-0.3, -0.2, 1.0, colour=(0.75, 0.85, 1.0), intensity=0.3),
        ),
        ambient=0.42,
    ),
    "sunset": Lighting(
        (
            Light(0.95, 0.1, 0.45, colour=(1.15, 0.8, 0.52), intensity=0.7, softness=0.15),
            Light(-0.8, -0.5, 0.6, colour=(0.62, 0.66, 0.95), intensity=0.25),
        ),
        ambient=0.4,
    ),
    "moonlight": Lighting(
        (Light(-0.4, -0.8, 0.7, colour=(0.62, 0.76, 1.1), intensity=0.75, softness=0.1),), ambient=0.28
    ),
    "underlight": Lighting((Light(0.0, 0.95, 0.5, colour=(1.1, 0.88, 0.66), intensity=0.78),), ambient=0.32),
}
