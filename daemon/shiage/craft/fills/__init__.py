"""Fills between the lines of a stroke drawing, as strokes that follow the lines' middles.

In order: the strokes are drawn into pixels (:mod:`view`, :mod:`lines`), where regions are found with their gaps closed;
the strokes' middles are joined to a mesh of triangles (:mod:`mesh`); each triangle takes the region that is seen in it,
and what lies wholly under ink goes to the side from which it is entered most widely (:mod:`areas`); the borders between
areas are walked once for both sides and thinned out (:mod:`outlines`). So neighbours share their border's very points,
a border runs along a stroke's middle wherever a stroke bounds the area, and straight across where a gap was closed.
"""

from .paints import Paint, paints_of
from .stage import Scene, Stage
from .strokes import DOUBT

__all__ = ["DOUBT", "Paint", "Scene", "Stage", "paints_of"]
