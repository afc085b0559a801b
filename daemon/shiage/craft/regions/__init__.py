"""Flat fill: the closed regions of a drawing, without leaks through gaps in its lines.

The method, in order: ink from paper; line ends on the ink's outline; bridges from ends to what they would have met;
connected pieces of what is left free; bridges without enough ground taken back; labels carried under the lines to
their middle. It answers what trapped-ball filling (Zhang et al. 2009) answers, from line ends instead of a ball's size:
a ball also cuts every narrowing and loses what is thinner than itself.
"""

from ._find import default_gap, find_regions, regions_of_ink
from ._map import RegionMap
from ._pieces import JoinedRuns, joined_runs

__all__ = ["JoinedRuns", "RegionMap", "default_gap", "find_regions", "joined_runs", "regions_of_ink"]
