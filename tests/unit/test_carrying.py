"""Lines that are carried on: whole where they come to lie over one another, without crumbs, without paper between."""

from __future__ import annotations

import numpy as np

from cels import Page, Points, polygons
from shiage.craft.between import Pair
from shiage.craft.between.carrying import carry
from shiage.craft.between.lines import Floats, Lines, lines_of
from shiage.craft.between.read import read_key
from shiage.craft.follow import fit

SIDE = 128
PAPER, INK = (255, 255, 255), (10, 10, 10)
NOTHING_HIDES = np.zeros((1, 1), bool)


def bar(x0: float, y0: float, x1: float, y1: float) -> Points:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float)


def drawn(*bars: Points) -> Lines:
    """Bars of ink, two pixels and a half wide, on paper."""
    page = polygons(*((INK, one) for one in bars), side=SIDE, paper=PAPER, ink=INK)
    key = read_key(page[..., :3].astype(np.float32))
    return lines_of(key, np.zeros((SIDE, SIDE), np.int32), np.zeros((SIDE, SIDE), np.int32))


def across(y: float, x0: float = 20, x1: float = 108) -> Points:
    return bar(x0, y - 1.25, x1, y + 1.25)


def carried(lines: Lines, shift: Floats) -> Floats:
    """(SIDE, SIDE) how dark it is, 0..1, where the lines go."""
    out = np.full((SIDE, SIDE, 3), 255, np.float32)
    carry(lines, shift, out, np.zeros((SIDE, SIDE), np.int32), NOTHING_HIDES)
    return np.asarray((255 - out[..., 0]) / 245, np.float32)


def down(lines: Lines, y0: int, y1: int, by: float) -> Floats:
    """(p, 2) a shift that brings what is drawn between two rows so far down."""
    rows = lines.band[:, 0]
    shift = np.zeros((len(rows), 2), np.float32)
    shift[(rows >= y0) & (rows < y1), 1] = by
    return shift


def test_lines_that_come_to_lie_on_one_another_are_both_there() -> None:
    lines = drawn(across(30), across(70))
    dark = carried(lines, down(lines, 20, 40, 40))
    assert dark[70, 24:104].min() > 0.9
    assert dark[:60].max() < 0.05

    lines = drawn(across(30), bar(62.75, 50, 65.25, 120))
    dark = carried(lines, down(lines, 20, 40, 50))
    assert dark[80, 24:104].min() > 0.9
    assert dark[54:116, 64].min() > 0.9


def test_crumbs_are_left_out_and_dots_are_not() -> None:
    lines = drawn(across(30), bar(60, 100, 63, 103))
    shift = np.zeros((len(lines.band), 2), np.float32)
    ys, xs = lines.band.T
    shift[(xs >= 50) & (xs < 53), 1] = 30  # a few pixels of the line are led elsewhere
    shift[ys > 90] = 0
    dark = carried(lines, shift)
    assert dark[45:75].max() < 0.05
    assert dark[30, 24:46].min() > 0.9
    assert dark[101, 61] > 0.9


def test_no_paper_shines_through_where_lines_of_two_colours_meet() -> None:
    def page(y: float) -> Page:
        """A long slice in two reds with a wide outline: all of it is as slim as lines are."""
        return polygons(
            (INK, bar(60, y - 22, 452, y + 22)),
            ((210, 50, 50), bar(72, y - 10, 440, y)),
            ((150, 20, 20), bar(72, y, 440, y + 10)),
            side=512, paper=PAPER, ink=INK,
        )  # fmt: skip

    assert read_key(page(200)[..., :3].astype(np.float32)).ink[200, 100:400].min() > 0.9  # such as lines are
    frame = Pair(page(200.4), page(212.1), fit).at(0.5).pixels
    within = frame[190:224, 66:446].astype(int)
    assert within[..., 1:3].max() < 70
