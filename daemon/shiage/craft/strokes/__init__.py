"""Strokes between two drawings: which belong together, how the parts move, and the drawings between.

Plane points are complex numbers (right + 1j * up), so that a turn is a product.
"""

from .between import Between, draw_between
from .curves import Curves
from .drawing import Joined, join
from .matching import Anchors, Match, Matching, match_strokes
from .unsure import set_apart

__all__ = [
    "Anchors",
    "Between",
    "Curves",
    "Joined",
    "Match",
    "Matching",
    "draw_between",
    "join",
    "match_strokes",
    "set_apart",
]
