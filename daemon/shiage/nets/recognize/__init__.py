"""Whose figure is this: looks of figures, the embedding network, likeness."""

from ..look import Look
from ._match import Answer, Calibration, Prints, Question, answer
from ._recognizer import SIZE, Recognizer, enrolled_looks, look_at, recognizer

__all__ = [
    "SIZE",
    "Answer",
    "Calibration",
    "Look",
    "Prints",
    "Question",
    "Recognizer",
    "answer",
    "enrolled_looks",
    "look_at",
    "recognizer",
]
