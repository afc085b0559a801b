"""Colour for line art: the networks behind `colorize`."""

from ._see import WIDEN, Offered, Sized, hint_planes

__all__ = ["WIDEN", "Offered", "Sized", "hint_planes"]
