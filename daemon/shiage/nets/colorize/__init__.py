"""Colour for line art: the networks behind `colorize`."""

from ._colourist import Colourist, Page, Pointing, colourist
from ._see import WIDEN, Offered, Sized, hint_planes

__all__ = ["WIDEN", "Colourist", "Offered", "Page", "Pointing", "Sized", "colourist", "hint_planes"]
