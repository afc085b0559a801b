"""How alike a figure and a character are, and whether it is anybody that is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
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
_NETWORK, _OUTLINE, _STROKES = 1.0, 0.75, 0.75
_COLOUR = 0.6  # of the network's part of it between two painted figures is told with colours, the rest from lines
_STANCE = 20.0  # how soon a stranger who stands otherwise than a drawing stops counting; 1 is the whole overlap
_LEAST_SPREAD = 0.02  # squared; strangers who all are as unlike as each other don't make a small difference a large one
_BEST = 0.6  # of the likeness comes from the nearest drawing of a character, the rest from all of them
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


class Album:
    """Characters' drawings side by side, with the strangers that stand like each of them.

    drawings: one Prints a character. strangers: those to compare with; None where these are the strangers themselves,
    each of whom is compared with the others.
    """

    def __init__(self, drawings: Sequence[Prints], strangers: Album | None = None) -> None:
        self.count = len(drawings)
        self.rows = _joined(drawings) if drawings else None
        self.ends = np.cumsum([len(prints) for prints in drawings])[:-1]
        self.strangers = strangers or self
        self.weights = self._weights()

    @cached_property
    def outlines(self) -> Vectors:
        """(rows, 96 * 56) 0..1."""
        return _flat(self.rows.outline) if self.rows is not None else np.zeros((0, 0), np.float32)

    @cached_property
    def strokes(self) -> Vectors:
        """(rows, 96 * 56), each with mean 0 and length 1."""
        return _even(self.rows.strokes.reshape(len(self.rows), -1)) if self.rows is not None else self.outlines

    @cached_property
    def stances(self) -> Vectors:
        """(rows * m, 48 * 28): the outlines at half their size, each at every small move."""
        if self.rows is None:
            return self.outlines
        return np.concatenate([_moved(outline, 0.5) for outline in _halved(self.rows.outline)])

    def _weights(self) -> Vectors:
        """(rows, strangers' rows): how much each stranger stands like each drawing; each row sums to 1."""
        others = self.strangers
        if self.rows is None or others.rows is None:
            return np.zeros((0 if self.rows is None else len(self.rows), 0), np.float32)
        given = _flat(_halved(self.rows.outline))
        alike = _shared(given, others.stances).reshape(len(given), len(others.rows), -1).max(2)
        if self.strangers is self:
            who = np.repeat(np.arange(self.count), np.diff([0, *self.ends, len(self.rows)]))
            alike[who[:, None] == who[None]] = -np.inf if self.count > 1 else 0
        near = np.exp(_STANCE * (alike - alike.max(1, keepdims=True)))
        return np.asarray(near / near.sum(1, keepdims=True), np.float32)


class Question:
    """One figure that is asked for, with what every comparison needs worked out once. ``asked``: prints with n = 1."""

    def __init__(self, asked: Prints, strangers: Album) -> None:
        self.prints = asked
        self._outlines = _moved(asked.outline[0])
        self._strokes = _even(_moved(asked.strokes[0]))
        self._strangers = strangers
        self._apart = self._each(strangers)

    def likenesses(self, known: Album) -> list[float]:
        """How alike the figure and each character's drawings are: about 0 for strangers, 5 for a copy.

        A drawing that stands as the figure does is like it whoever it is of. So each drawing's likeness is counted from
        the mean that strangers reach who stand like that drawing, in their spread (test normalisation, Auckenthaler et
        al. 2000, with the cohort chosen by stance). Of a character the nearest drawing counts most and the mean of all
        somewhat less: one good view is nearly enough, but a stranger who is like one drawing by chance is not like all.
        """
        if known.rows is None:
            return []
        each = self._apart if known is self._strangers else self._each(known)
        if len(self._apart):
            mean = known.weights @ self._apart
            spread = known.weights @ self._apart**2 - mean**2
            each = np.asarray((each - mean) / np.sqrt(np.maximum(spread, 0) + _LEAST_SPREAD), np.float32)
        return [float(_BEST * part.max() + (1 - _BEST) * part.mean()) for part in np.split(each, known.ends)]

    def apart(self) -> list[float]:
        """How alike the figure and each stranger are, on the same scale."""
        return self.likenesses(self._strangers)

    def _each(self, known: Album) -> Vectors:
        """(rows,) of each drawing: about 1 for strangers, 3 for a copy."""
        asked, rows = self.prints, known.rows
        if rows is None:
            return np.zeros(0, np.float32)
        lines = rows.lines @ asked.lines[0]
        both = rows.painted & bool(asked.painted[0])
        network = np.where(both, (1 - _COLOUR) * lines + _COLOUR * (rows.paint @ asked.paint[0]), lines)
        each = _NETWORK * network + _OUTLINE * self._overlap(known) + _STROKES * self._alignment(known)
        return np.asarray(each, np.float32)

    def _overlap(self, known: Album) -> Vectors:
        """(n,) 0..1: shared area of the outlines over their joint area, at the best of some small moves."""
        return np.asarray(_shared(self._outlines, known.outlines).max(0), np.float32)

    def _alignment(self, known: Album) -> Vectors:
        """(n,) -1..1: correlation of the strokes, at the best of the same moves."""
        return np.asarray((self._strokes @ known.strokes.T).max(0), np.float32)


def _joined(known: Sequence[Prints]) -> Prints:
    """All rows in one, so that they are compared at once."""
    return Prints(*(np.concatenate([getattr(prints, plane) for prints in known]) for plane in PLANES))


def _halved(templates: Templates) -> Templates:
    """(n, 48, 28): enough to tell how somebody stands."""
    size = (TEMPLATE[1] // 2, TEMPLATE[0] // 2)
    return np.stack([cv2.resize(t, size, interpolation=cv2.INTER_AREA) for t in templates]).astype(np.uint8)


def _flat(templates: Templates) -> Vectors:
    """(n, height * width) float32 0..1."""
    return np.asarray(templates.reshape(len(templates), -1).astype(np.float32) / 255, np.float32)


def _shared(first: Vectors, second: Vectors) -> Vectors:
    """(n, m) 0..1: shared area of outlines over their joint area."""
    shared = first @ second.T
    joint = first.sum(1)[:, None] + second.sum(1)[None] - shared
    return np.asarray(shared / np.maximum(joint, 1.0), np.float32)


def _moved(template: Templates, scale: float = 1.0) -> Vectors:
    """(m, height * width) float32 0..1: a template as it is and mirrored, wider and narrower, to the left and right.

    scale: of the template's size to TEMPLATE.
    """
    height, width = template.shape
    drawn = []
    for seen in (template, np.ascontiguousarray(template[:, ::-1])):
        for wide in _WIDTHS:
            for move in _MOVES:
                matrix = np.array([[wide, 0, width / 2 * (1 - wide) + scale * move], [0, 1, 0]], np.float32)
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
    names: Sequence[str],
    known: Album,
    calibration: Calibration,
    least: float = 0.5,
    heard: Callable[[str, float], float] = lambda name, certainty: certainty,
) -> Answer:
    """The likeliest of the known characters, or nobody where the certainty is under ``least``.

    names: of the characters of ``known``, in its order. Its strangers are characters that the figure certainly is not,
    so that one known character alone has others beside it. heard: the certainty of a name after others were heard.
    """
    if known.rows is None:
        return Answer(None, 1.0, ())
    question = Question(asked, known.strangers)
    alikes = zip(question.likenesses(known), names, strict=True)
    ranked = sorted(alikes, key=lambda pair: (-pair[0], pair[1]))
    apart = question.apart()
    drawn = np.split(known.rows.painted, known.ends)
    painted = bool(asked.painted[0] and drawn[list(names).index(ranked[0][1])].any())
    candidates = []
    for place, (alike, name) in enumerate(ranked[:5]):
        others = [other for i, (other, _) in enumerate(ranked) if i != place]
        sure = calibration.certainty(alike, lead_of(alike, [*others, *apart]), painted=painted)
        candidates.append((name, heard(name, sure)))
    candidates.sort(key=lambda pair: -pair[1])
    name, sure = candidates[0]
    if sure < least:
        return Answer(None, 1.0 - sure, tuple(candidates))
    return Answer(name, sure, tuple(candidates))
