"""Whose figure is this: looks of figures, the embedding network, likeness."""

from ..look import Look
from ._match import Answer, Calibration, Prints, answer, likeness
from ._recognizer import SIZE, Recognizer, enrolled_looks, look_at, recognizer

__all__ = [
    "SIZE",
    "Answer",
    "Calibration",
    "Look",
    "Prints",
    "Recognizer",
    "answer",
    "enrolled_looks",
    "likeness",
    "look_at",
    "recognizer",
]
