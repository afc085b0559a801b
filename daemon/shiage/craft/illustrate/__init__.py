"""Illustration from a network's loose colours: areas from the drawing's own regions, shade as layers, no leaks."""

from .areas import Areas, divide, painted
from .figures import part_kinds
from .layers import Shade, layered
from .leaks import leak

__all__ = ["Areas", "Shade", "divide", "layered", "leak", "painted", "part_kinds"]
