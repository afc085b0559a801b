"""How right a matching and the drawings between are, where the rig says what is true."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from rigged_drawings import Redrawn, Rigged
from shiage.craft.strokes import Curves, draw_between, match_strokes
from shiage.craft.strokes.curves import places_along


def curves(drawn: Redrawn) -> Curves:
    offsets = np.concatenate([[0], np.cumsum([len(line) for line in drawn.strokes])])
    return Curves(np.concatenate(drawn.strokes), offsets, drawn.cyclic, np.zeros(len(drawn.strokes), np.intp))


def matched_right(first: Redrawn, second: Redrawn) -> tuple[float, int]:
    """Share of the strokes with a partner that found it, and the number of wrong pairs."""
    truth = defaultdict(set)
    for j, source in enumerate(second.source):
        truth[int(source)].add(j)
    got = defaultdict(set)
    for match in match_strokes(curves(first), curves(second)).matches:
        got[match.first].add(match.second)
    have = [i for i in range(len(first.strokes)) if i in truth]
    return sum(bool(got[i] & truth[i]) for i in have) / len(have), sum(len(got[i] - truth[i]) for i in got)


def mean_error(rigged: Rigged, first: Redrawn, second: Redrawn, kept: list[int]) -> float:
    """Mean distance of the points at a quarter, half and three quarters from where the rig has them, in sizes.

    ``kept``: the rig's stroke for each of the first key's.
    """
    a = curves(first)
    between = draw_between(a, curves(second), match_strokes(a, curves(second)))
    rest = rigged.at(0)
    errors = []
    for t in (0.25, 0.5, 0.75):
        true, made = rigged.at(t), between.at(t)
        for k, tween in enumerate(between.tweens):
            if tween.first < 0:
                continue
            i = kept[tween.first]
            along = places_along(rest[i], bool(rigged.cyclic[i]))
            index = np.interp(tween.first_places, along, np.arange(len(along)))
            want = np.interp(index, np.arange(len(along)), true[i])
            errors.append(abs(made[between.offsets[k] : between.offsets[k + 1]] - want))
    return float(np.concatenate(errors).mean() / rigged.size)


def kept_of(rigged: Rigged, seed: int, missing: float) -> list[int]:
    """The rig's strokes that ``redraw`` leaves in the first key."""
    lost = np.random.default_rng(seed + 1000).permutation(len(rigged.strokes))
    return sorted(set(range(len(rigged.strokes))) - set(lost[: round(len(lost) * missing)][1::2].tolist()))
