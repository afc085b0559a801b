"""How large a picture may be."""

from __future__ import annotations

from ..errors import BadInput, TooLarge

LONGEST_SIDE = 32_768
MOST_PIXELS = 2**28  # 16384 x 16384


class _Taken:
    """What this process takes: all that can be, unless it was told less."""

    pixels = MOST_PIXELS


def take_at_most(pixels: int) -> None:
    """From now on this process takes no picture with more pixels; never more than MOST_PIXELS."""
    _Taken.pixels = min(pixels, MOST_PIXELS)


def check_size(width: int, height: int, where: str = "") -> None:
    """TooLarge or BadInput where a picture of this size is not taken."""
    if width < 1 or height < 1:
        raise BadInput("The picture has no pixels.", where=where, hint="Give a picture of at least 1 x 1.")
    if max(width, height) > LONGEST_SIDE or width * height > _Taken.pixels:
        raise TooLarge(
            f"The picture is {width} x {height}; at most {LONGEST_SIDE} a side and {_Taken.pixels:,} pixels are taken.",
            where=where,
            hint="Cut it into parts or scale it down.",
        )
