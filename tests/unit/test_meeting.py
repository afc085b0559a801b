"""A line stands where the border does that it belongs to: between where both keys have it."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from cels import Page, Points, polygons
from shiage.craft.between import Pair
from shiage.craft.between.lines import Lines, lines_of
from shiage.craft.between.meeting import Middles, meeting, middles
from shiage.craft.between.read import read_key
from shiage.craft.follow import fit

SIDE = 256
PAPER, INK, RED = (255, 255, 255), (10, 10, 10), (210, 60, 60)

drawn = partial(polygons, side=SIDE, paper=PAPER, ink=INK, line=3)


def belly(out: float) -> Points:
    """A box of which the right side swells out."""
    y = np.linspace(60, 200, 60)
    right = np.stack([170 + out * np.sin(np.pi * (y - 60) / 140), y], 1)
    return np.concatenate([[[70, 60]], right, [[70, 200]]])


def side(page: Page) -> float:
    """Where the line is on the right, x."""
    darkness = np.maximum(0, 128.0 - page[130, 150:, 0])
    return 150 + float((darkness * np.arange(len(darkness))).sum() / darkness.sum())


@pytest.mark.parametrize("out", [2.0, 3.0])
def test_a_line_swells_with_its_border(out: float) -> None:
    a, b = (drawn((RED, belly(swollen))) for swollen in (0.0, out))
    pair = Pair(a, b, fit)
    for t in (0.3, 0.49, 0.51, 0.7):
        assert abs(side(pair.at(t).pixels) - (170 + t * out)) < 0.5
    # From one key's line to the other's it does not jump.
    assert abs(side(pair.at(0.49).pixels) - side(pair.at(0.51).pixels)) < 0.5


def read(page: Page) -> tuple[Lines, Middles]:
    key = read_key(page[..., :3].astype(np.float32))
    lines = lines_of(key, np.minimum(key.labels - 1, 1), np.maximum(key.other - 1, 0))
    return lines, middles(lines)


def test_of_two_lines_that_run_close_the_nearer_meets_and_what_is_far_stays() -> None:
    def page(*ys: float) -> Page:
        bars = [np.array([[40, y - 1], [216, y - 1], [216, y + 1], [40, y + 1]], float) for y in ys]
        return polygons(*((INK, bar) for bar in bars), side=SIDE, paper=PAPER, ink=INK)

    mine, mine_middles = read(page(100, 106, 180))
    theirs, their_middles = read(page(102, 220))
    far = meeting(mine, np.zeros((len(mine.band), 2), np.float32), mine_middles, their_middles)
    assert abs(far[100, 128, 1] - 2) < 0.7
    assert np.abs(far[180, 60:196]).max() < 0.1  # forty pixels off: another line
    assert np.abs(far[100, 60:196, 0]).max() < 0.3  # across, not along
    off = np.full((len(mine.band), 2), (0, -4), np.float32)  # its layer takes it four pixels too far up
    again = meeting(mine, off, mine_middles, mine_middles)
    assert np.abs(again[180, 60:196, 1] - 4).max() < 0.5
    none = meeting(theirs, np.zeros((len(theirs.band), 2), np.float32), their_middles, their_middles)
    assert np.abs(none).max() < 0.05
