"""Which part of a figure each pixel belongs to."""

from ._segmenter import PARTS, SIZE, PartSegmenter, Segment, segmenter

__all__ = ["PARTS", "SIZE", "PartSegmenter", "Segment", "segmenter"]
