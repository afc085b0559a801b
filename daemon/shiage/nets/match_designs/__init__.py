"""Which colour area of a design a region of a sketch belongs to."""

from ._matcher import DesignMatcher, design_matcher

__all__ = ["DesignMatcher", "design_matcher"]
