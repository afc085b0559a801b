"""Networks as what stands in where areas can't be followed."""

from __future__ import annotations

from shiage.craft.between.frame import Guesser


def guesser(method: str) -> Guesser | None:
    """The network of a method's name; None where it needs none."""
    return None
