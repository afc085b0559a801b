"""How alike a figure and a character are, and whether it is anybody that is known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Templates = npt.NDArray[np.uint8]

PLANES = ("lines", "paint", "outline", "strokes")  # of prints
TEMPLATE = (96, 56)  # height and width of outlines and strokes
# What the likeness of two drawings is made of, each weighed by how much strangers differ in it: a turnaround's back has
# nearly the front's outline mirrored, and hems and sleeves at the same heights; the network sees through other poses.
_NETWORK, _OUTLINE, _STROKES = 1.0, 1.5, 1.0
_COLOUR = 0.6  # of the network's part of it between two painted figures is told with colours, the rest from lines
_BEST = 0.8  # of the likeness comes from the nearest drawing of a character, the rest from all of them
_MOVES = (-3.0, -1.5, 0.0, 1.5, 3.0)  # pixels of a template sideways
_WIDTHS = (0.94, 1.0, 1.06)
_COHORT = 5  # the next ones that a lead is measured to


@dataclass(frozen=True, eq=False, slots=True)
class Prints:
    """What is kept of a character's figures, or of one figure that is asked for.

    lines: (n, D) float32 unit vectors of the figures seen as line art.
    paint: (n, D) float32 unit vectors of the same figures with their colours; rows of 0 where one has none.
    outline: (n, 96, 56) uint8 coverage by the figure. strokes: (n, 96, 56) uint8 its lines, blurred.
    """

    lines: Vectors
    paint: Vectors
    outline: Templates
    strokes: Templates

    @property
    def painted(self) -> npt.NDArray[np.bool_]:
        """(n,) whether a figure has colours."""
        return np.asarray(np.abs(self.paint).sum(1) > 0, np.bool_)

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Calibration:
    """From likeness to certainty, by a logistic curve (Platt 1999) over the best likeness and its lead.

    One curve for figures told apart by lines alone and one for those told apart by colour too: (start, likeness, lead).
    """

    lines: tuple[float, float, float]
    paint: tuple[float, float, float]

    def certainty(self, best: float, lead: float, *, painted: bool) -> float:
        """0..1 that the likeliest character is the right one."""
        start, weight, lead_weight = self.paint if painted else self.lines
        return 1.0 / (1.0 + math.exp(-(start + weight * best + lead_weight * lead)))


def lead_of(best: float, others: Sequence[float]) -> float:
    """How far the best likeness lies before the mean of the next ones. A figure that looks a little like everybody is
    nobody in particular: its own likeness says less than this lead (cohort normalisation, Rosenberg et al. 1992)."""
    nearest = sorted(others, reverse=True)[:_COHORT]
    return best - sum(nearest) / len(nearest) if nearest else 0.0


class Question:
    """One figure that is asked for, with what every comparison needs worked out once. ``asked``: prints with n = 1."""

    def __init__(self, asked: Prints) -> None:
        self.prints = asked
        self._outlines = _moved(asked.outline[0])
        self._areas = self._outlines.sum(1)[:, None]
        self._strokes = _even(_moved(asked.strokes[0]))

    def likenesses(self, known: Sequence[Prints]) -> list[float]:
        """How alike the figure and each character's drawings are: about 1 for strangers, 3 for a copy.

        The nearest drawing counts most and the mean of all a little: one good view is enough, but a stranger who
        happens to stand like one drawing does not stand like all.
        """
        if not known:
            return []
        asked, rows = self.prints, _joined(known)
        lines = rows.lines @ asked.lines[0]
        both = rows.painted & bool(asked.painted[0])
        network = np.where(both, (1 - _COLOUR) * lines + _COLOUR * (rows.paint @ asked.paint[0]), lines)
        each = _NETWORK * network + _OUTLINE * self._overlap(rows) + _STROKES * self._alignment(rows)
        parts = np.split(each, np.cumsum([len(prints) for prints in known])[:-1])
        return [float(_BEST * part.max() + (1 - _BEST) * part.mean()) for part in parts]

    def _overlap(self, known: Prints) -> Vectors:
        """(n,) 0..1: shared area of the outlines over their joint area, at the best of some small moves."""
        given = known.outline.reshape(len(known), -1).astype(np.float32) / 255
        shared = self._outlines @ given.T
        joint = self._areas + given.sum(1)[None] - shared
        return np.asarray((shared / np.maximum(joint, 1.0)).max(0), np.float32)

    def _alignment(self, known: Prints) -> Vectors:
        """(n,) -1..1: correlation of the strokes, at the best of the same moves."""
        return np.asarray((self._strokes @ _even(known.strokes.reshape(len(known), -1)).T).max(0), np.float32)


def _joined(known: Sequence[Prints]) -> Prints:
    """All rows in one, so that they are compared at once."""
    return Prints(*(np.concatenate([getattr(prints, plane) for prints in known]) for plane in PLANES))


def _moved(template: Templates) -> Vectors:
    """(m, 96 * 56) float32 0..1: a template as it is and mirrored, wider and narrower, to the left and right."""
    height, width = template.shape
    drawn = []
    for seen in (template, np.ascontiguousarray(template[:, ::-1])):
        for wide in _WIDTHS:
            for move in _MOVES:
                matrix = np.array([[wide, 0, width / 2 * (1 - wide) + move], [0, 1, 0]], np.float32)
                drawn.append(cv2.warpAffine(seen, matrix, (width, height)).ravel())
    return np.asarray(np.stack(drawn).astype(np.float32) / 255, np.float32)


def _even(rows: npt.NDArray[Any]) -> Vectors:
    """Rows with mean 0 and length 1."""
    centred = rows - rows.mean(1, keepdims=True, dtype=np.float32)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(length, 1e-6), np.float32)


@dataclass(frozen=True)
class Answer:
    """Whose figure it is. ``name`` None is nobody that is known; ``score`` 0..1 is the certainty of that answer.

    candidates: (name, certainty 0..1) of the likeliest characters, best first.
    """

    name: str | None
    score: float
    candidates: tuple[tuple[str, float], ...]


def answer(
    asked: Prints,
    known: Mapping[str, Prints],
    strangers: Sequence[Prints],
    calibration: Calibration,
    least: float = 0.5,
) -> Answer:
    """The likeliest of the known characters, or nobody where the certainty is under ``least``.

    strangers: characters that the figure certainly is not, so that one known character alone has others beside it.
    """
    if not known:
        return Answer(None, 1.0, ())
    question = Question(asked)
    alikes = zip(question.likenesses(list(known.values())), known, strict=True)
    ranked = sorted(alikes, key=lambda pair: (-pair[0], pair[1]))
    apart = question.likenesses(strangers)
    painted = bool(asked.painted[0] and known[ranked[0][1]].painted.any())
    candidates = []
    for place, (alike, name) in enumerate(ranked[:5]):
        others = [other for i, (other, _) in enumerate(ranked) if i != place]
        sure = calibration.certainty(alike, lead_of(alike, [*others, *apart]), painted=painted)
        candidates.append((name, sure))
    name, sure = candidates[0]
    if sure < least:
        return Answer(None, 1.0 - sure, tuple(candidates))
    return Answer(name, sure, tuple(candidates))
