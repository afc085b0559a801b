"""The trained matcher of regions: which region of one drawing lies in which region of another."""

from ._matcher import RegionMatcher, matcher
from ._see import Seen, compare, see

__all__ = ["RegionMatcher", "Seen", "compare", "matcher", "see"]
