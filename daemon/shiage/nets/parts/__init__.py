"""Which part of a figure each pixel belongs to."""

from shiage.craft.parts import PARTS

from ._segmenter import SIZE, PartSegmenter, Segment, segmenter

__all__ = ["PARTS", "SIZE", "PartSegmenter", "Segment", "segmenter"]
