"""Colours and lists of colours."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import BadInput

_HEX = re.compile(r"#?([0-9a-fA-F]{6})([0-9a-fA-F]{2})?")


@dataclass(frozen=True, order=True)
class Colour:
    """An sRGB colour, each part 0..255, alpha straight."""

    red: int
    green: int
    blue: int
    alpha: int = 255

    def __post_init__(self) -> None:
        for part in (self.red, self.green, self.blue, self.alpha):
            if not 0 <= part <= 255:
                raise BadInput(f"The parts of a colour are 0 to 255, not {part}.")

    @classmethod
    def parse(cls, text: str) -> Colour:
        """From ``#rrggbb`` or ``#rrggbbaa``."""
        found = _HEX.fullmatch(text.strip())
        if not found:
            raise BadInput(f"'{text}' is not a colour.", hint="Write it as #rrggbb, for example #ffcc99.")
        digits = found[1] + (found[2] or "ff")
        return cls(*(int(digits[i : i + 2], 16) for i in range(0, 8, 2)))

    def __str__(self) -> str:
        text = f"#{self.red:02x}{self.green:02x}{self.blue:02x}"
        return text if self.alpha == 255 else f"{text}{self.alpha:02x}"


@dataclass(frozen=True)
class Swatch:
    """A named colour of a palette."""

    colour: Colour
    name: str = ""


@dataclass(frozen=True)
class Palette:
    """An ordered list of named colours."""

    swatches: tuple[Swatch, ...]
    name: str = ""
