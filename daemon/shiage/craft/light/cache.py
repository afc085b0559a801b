"""Analyses of the drawings that were lit last, so that dragging a light does not read a drawing again."""

from __future__ import annotations

from ..keeping import Kept, content_key
from .analysis import Analysis

__all__ = ["AnalysisCache", "content_key"]


class AnalysisCache(Kept[Analysis]):
    """The last analyses within ``limit`` bytes."""

    def __init__(self, limit: int = 256 << 20) -> None:
        super().__init__(limit)
