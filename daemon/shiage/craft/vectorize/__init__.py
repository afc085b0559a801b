"""Line art as strokes: the middles of its lines with their widths, smooth, with few points.

Ridges are thinned to a skeleton, whose chains become strokes that run through crossings (good continuation); cubic
pieces are laid through them (Schneider 1990) and sampled where they bend.
"""

from ._areas import fills_of
from ._draw import draw
from ._lines import Line, LineArt, vectorize
from ._strokes import strokes_of, whole_view

__all__ = ["Line", "LineArt", "draw", "fills_of", "strokes_of", "vectorize", "whole_view"]
