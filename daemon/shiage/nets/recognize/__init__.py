"""Whose figure is this: looks of figures, the embedding network, likeness."""

from ._look import Look, look_at
from ._match import Prints, likeness
from ._recognizer import Recognizer

__all__ = ["Look", "Prints", "Recognizer", "likeness", "look_at"]
