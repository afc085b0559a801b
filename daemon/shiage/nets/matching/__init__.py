"""Which colour area of a design a region of a sketch belongs to."""

from ._matcher import LearnedMatcher, matcher

__all__ = ["LearnedMatcher", "matcher"]
