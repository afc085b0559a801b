"""When each frame of a film is shown, given and new ones, to the exact fraction of a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm

from ..operations import Stretch

_FINEST = 1_000_000  # ticks a second, at most: what no container is finer than
_FINE = 10_000  # parts of the time between two frames that shares are told apart by
_HIGHEST_RATE = 240  # frames a second that a film is shown at
_HIGHEST = 1001  # of a rate's denominator: 24000/1001


@dataclass(frozen=True)
class Exposure:
    """A frame that is shown from ``time`` seconds on: the given one at ``place``, or (None) a new one in ``file``."""

    time: Fraction
    place: int | None
    file: str = ""


def exposures_of(stretches: Sequence[Stretch], starts: Sequence[Fraction], suffix: str) -> list[Exposure]:
    """All frames of the result in order of time. ``starts``: of the given frames, in seconds.

    A new frame at the share t of the time between frames that start at a and b is shown at a + t (b - a); at another
    rate all stand on its grid.
    """
    found = []
    first = next((one.time for stretch in stretches for one in stretch.shown), 0.0)
    for stretch in stretches:
        for one in stretch.shown:
            begin = starts[stretch.start]
            if stretch.rate is not None:
                time = starts[0] + Fraction(one.time - first).limit_denominator(_FINE) / stretch.rate
            elif one.place is not None:
                time = starts[one.place]
            else:
                assert stretch.then is not None
                time = begin + Fraction(one.at).limit_denominator(_FINE) * (starts[stretch.then] - begin)
            found.append(Exposure(time, one.place, "" if one.place is not None else one.name + suffix))
    return sorted(found, key=lambda one: one.time)


def unit_of(shown: Sequence[Exposure], end: Fraction) -> Fraction:
    """The longest tick, in seconds, on whose grid all frames begin and the last one ends; or the finest there is."""
    found = 1
    for time in (*(one.time for one in shown), end):
        found = lcm(found, time.denominator)
        if found > _FINEST:
            return Fraction(1, _FINEST)
    # A grid of whole seconds would be taken for a rate.
    return Fraction(1, found if found >= 1000 else found * -(-1000 // found))


def nominal_rate(shown: Sequence[Exposure], end: Fraction, given: Fraction) -> tuple[Fraction, bool]:
    """Frames a second, and whether a frame begins or goes on at each of its steps.

    The lowest rate on whose grid, and the ``given`` frames' own, all frames lie; where none is (a film without a steady
    rate), that of the frames that most are like.
    """
    lasts = [later - one for one, later in pairwise([*(one.time for one in shown), end])]
    step = Fraction(1) / given
    for last in lasts:
        step = Fraction(gcd(step.numerator * last.denominator, last.numerator * step.denominator)) / (
            step.denominator * last.denominator
        )
    if 1 / step <= _HIGHEST_RATE:
        return 1 / step, True
    often = Counter(lasts).most_common(1)[0][0]
    # Stamps of whole milliseconds (.mkv) differ by one.
    close = [last for last in lasts if abs(last - often) <= Fraction(1, 500)]
    mean = sum(close, Fraction(0)) / len(close)
    return (1 / mean).limit_denominator(_HIGHEST), len(close) == len(lasts)
