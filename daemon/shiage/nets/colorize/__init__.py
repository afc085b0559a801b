"""Colour for line art: the networks behind `colorize`."""

from ._colourist import Colourist, Page, Pointing, colourist
from ._see import WIDEN, Offered, Sized, hint_planes
from ._style import train_style

__all__ = [
    "WIDEN",
    "Colourist",
    "Offered",
    "Page",
    "Pointing",
    "Sized",
    "colourist",
    "hint_planes",
    "train_style",
]
