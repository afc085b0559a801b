"""Timing charts: where between two keys each drawing stands."""

from __future__ import annotations

import re
from itertools import pairwise

from ..errors import BadInput, BadParameters, Problem

EASES = ("linear", "ease-in", "ease-out", "ease-in-out")


def ease(share: float, timing: str) -> float:
    """How far a drawing is (0..1) that stands at ``share`` of the time between its keys.

    "ease-in" is slow at the start, "ease-out" at the end: quadratic, so that the steps grow or fall evenly.
    """
    if timing == "ease-in":
        return share * share
    if timing == "ease-out":
        return 1 - (1 - share) ** 2
    if timing == "ease-in-out":
        return 2 * share * share if share < 0.5 else 1 - 2 * (1 - share) ** 2
    return share


def parse_spacing(text: str) -> tuple[float, ...]:
    """Shares written by hand, such as ``0.1, 0.25, 0.5`` or ``10% 25% 50%``; BadInput where they don't rise in 0..1."""
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    try:
        shares = tuple(float(part.removesuffix("%")) / (100 if part.endswith("%") else 1) for part in parts)
    except ValueError as error:
        raise BadInput(f"'{text}' is not a spacing.", hint="Write shares such as 0.25, 0.5, 0.75.") from error
    if not shares or not all(0 < share < 1 for share in shares):
        raise BadInput(f"The spacing '{text}' needs shares between 0 and 1.", hint="0 and 1 are the keys themselves.")
    if any(b <= a for a, b in pairwise(shares)):
        raise BadInput(f"The shares of the spacing '{text}' must rise.")
    return shares


def plan(
    start: int, end: int, count: int | None, exposure: int, timing: str, spacing: str
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The frames of the drawings between, and how far each is (0..1).

    Keys that don't stand one after the other (both at frame 0 in files) get their in-betweens on the frames after the
    first. BadParameters where there are more drawings than frames.
    """
    assert timing in EASES
    by_hand = parse_spacing(spacing) if spacing.strip() else ()
    if by_hand and count not in (None, len(by_hand)):
        problem = Problem("count", f"is {count}, but the spacing by hand has {len(by_hand)} drawings.")
        raise BadParameters((problem,))
    room = end - start
    if room <= 0:
        many = len(by_hand) or count or 1
        frames = tuple(start + k + 1 for k in range(many))
        return frames, by_hand or tuple(ease((k + 1) / (many + 1), timing) for k in range(many))
    if not by_hand and count is None:
        frames = tuple(range(start + exposure, end, exposure))
        if not frames:
            sentence = f"leaves no frame between {start} and {end}; use a smaller one."
            raise BadParameters((Problem("exposure", sentence),))
    else:
        many = len(by_hand) or count or 1
        if many > room - 1:
            name = "spacing" if by_hand else "count"
            sentence = f"asks for {many} drawings, but between the keys are {room - 1} frames."
            raise BadParameters((Problem(name, sentence),))
        frames = tuple(start + round(room * (k + 1) / (many + 1)) for k in range(many))
    return frames, by_hand or tuple(ease((frame - start) / room, timing) for frame in frames)
