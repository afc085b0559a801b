"""Whose figure is this: looks of figures, the embedding network, likeness."""

from ..look import Look
from ._match import PLANES, Album, Answer, Calibration, Prints, Question, answer, lead_of
from ._recognizer import SIZE, STRANGERS, Recognizer, enrolled_looks, look_at, recognizer
from ._tuned import Tuned, agreed, tune

__all__ = [
    "PLANES",
    "SIZE",
    "STRANGERS",
    "Album",
    "Answer",
    "Calibration",
    "Look",
    "Prints",
    "Question",
    "Recognizer",
    "Tuned",
    "agreed",
    "answer",
    "enrolled_looks",
    "lead_of",
    "look_at",
    "recognizer",
    "tune",
]
