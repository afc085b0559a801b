"""Strokes between two drawings: which belong together, how the parts move, and the drawings between.

Plane points are complex numbers (right + 1j * up), so that a turn is a product.
"""

from .between import Between, draw_between
from .curves import Curves
from .drawing import Joined, join
from .matching import Anchors, Match, Matching, match_strokes
from .timing import EASES, ease, parse_spacing
from .unsure import set_apart

__all__ = [
    "EASES",
    "Anchors",
    "Between",
    "Curves",
    "Joined",
    "Match",
    "Matching",
    "draw_between",
    "ease",
    "join",
    "match_strokes",
    "parse_spacing",
    "set_apart",
]
