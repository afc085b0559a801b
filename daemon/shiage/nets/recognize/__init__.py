"""Whose figure is this: looks of figures, the embedding network, likeness."""

from ..look import Look
from ._match import Prints, likeness
from ._recognizer import Recognizer, look_at

__all__ = ["Look", "Prints", "Recognizer", "likeness", "look_at"]
