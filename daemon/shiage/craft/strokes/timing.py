"""Timing charts: where between two keys each drawing stands."""

from __future__ import annotations

import re

from ...errors import BadInput

EASES = ("linear", "ease-in", "ease-out", "ease-in-out")


def chart(count: int, timing: str) -> tuple[float, ...]:
    """``count`` shares of the way (0..1, rising): evenly, slow at the start ("ease-in"), at the end or at both.

    The eases are the animator's quadratic ones: each drawing's distance to the slow key falls evenly.
    """
    even = [(k + 1) / (count + 1) for k in range(count)]
    return tuple(_ease(u, timing) for u in even)


def parse_spacing(text: str) -> tuple[float, ...]:
    """Shares written by hand, such as ``0.1, 0.25, 0.5`` or ``10% 25% 50%``; BadInput where they don't rise in 0..1."""
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    try:
        shares = tuple(float(part.removesuffix("%")) / (100 if part.endswith("%") else 1) for part in parts)
    except ValueError as error:
        raise BadInput(f"'{text}' is not a spacing.", hint="Write shares such as 0.25, 0.5, 0.75.") from error
    if not shares or not all(0 < share < 1 for share in shares):
        raise BadInput(f"The spacing '{text}' needs shares between 0 and 1.", hint="0 and 1 are the keys themselves.")
    if any(b <= a for a, b in zip(shares, shares[1:], strict=False)):
        raise BadInput(f"The shares of the spacing '{text}' must rise.")
    return shares


def _ease(u: float, timing: str) -> float:
    if timing == "ease-in":
        return u * u
    if timing == "ease-out":
        return 1 - (1 - u) ** 2
    if timing == "ease-in-out":
        return 2 * u * u if u < 0.5 else 1 - 2 * (1 - u) ** 2
    return u
