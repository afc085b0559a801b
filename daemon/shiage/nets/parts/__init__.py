"""Which part of a figure each pixel belongs to."""

from shiage.craft.parts import PARTS

from ._pieces import Segment
from ._segmenter import PAIRS, SIZE, PartSegmenter, segmenter

__all__ = ["PAIRS", "PARTS", "SIZE", "PartSegmenter", "Segment", "segmenter"]
