"""Which part of a figure each pixel belongs to."""

from ._pieces import Segment
from ._segmenter import PAIRS, PARTS, SIZE, PartSegmenter, segmenter

__all__ = ["PAIRS", "PARTS", "SIZE", "PartSegmenter", "Segment", "segmenter"]
