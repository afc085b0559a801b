"""Timing charts: where between two keys each drawing stands."""

from __future__ import annotations

import re
from itertools import pairwise

from ...errors import BadInput

EASES = ("linear", "ease-in", "ease-out", "ease-in-out")


def ease(share: float, timing: str) -> float:
    """How far a drawing is (0..1) that stands at ``share`` of the time between its keys.

    "ease-in" is slow at the start, "ease-out" at the end: quadratic, so that the steps grow or fall evenly.
    """
    if timing == "ease-in":
        return share * share
    if timing == "ease-out":
        return 1 - (1 - share) ** 2
    if timing == "ease-in-out":
        return 2 * share * share if share < 0.5 else 1 - 2 * (1 - share) ** 2
    return share


def parse_spacing(text: str) -> tuple[float, ...]:
    """Shares written by hand, such as ``0.1, 0.25, 0.5`` or ``10% 25% 50%``; BadInput where they don't rise in 0..1."""
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    try:
        shares = tuple(float(part.removesuffix("%")) / (100 if part.endswith("%") else 1) for part in parts)
    except ValueError as error:
        raise BadInput(f"'{text}' is not a spacing.", hint="Write shares such as 0.25, 0.5, 0.75.") from error
    if not shares or not all(0 < share < 1 for share in shares):
        raise BadInput(f"The spacing '{text}' needs shares between 0 and 1.", hint="0 and 1 are the keys themselves.")
    if any(b <= a for a, b in pairwise(shares)):
        raise BadInput(f"The shares of the spacing '{text}' must rise.")
    return shares
