"""Illustration from a network's loose colours: areas from the drawing's own regions, shade as layers, no leaks."""

from .areas import Areas, divide, painted
from .figures import part_kinds
from .layers import Shade, layered
from .leaks import leak
from .twins import NO_TWINS, find_twins

__all__ = ["NO_TWINS", "Areas", "Shade", "divide", "find_twins", "layered", "leak", "painted", "part_kinds"]
