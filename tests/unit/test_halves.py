"""What passes behind a post is one thing before, and on both sides of it after."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from cels import Page, Points, polygons
from shiage.craft.between import Pair
from shiage.craft.between.halves import put_together
from shiage.craft.between.partners import fits_of, partners
from shiage.craft.between.read import Key, read_key
from shiage.craft.follow import fit

SIDE = 256
SKY, POST, GREEN = (210, 230, 245), (120, 80, 50), (70, 150, 80)

drawn = partial(polygons, side=SIDE, paper=SKY, ink=(10, 10, 10))


def bush(x: float) -> Points:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    far = 46 * (1 + 0.12 * np.sin(7 * angle))
    return np.stack([x + far * np.cos(angle), 150 + 0.8 * far * np.sin(angle)], 1)


def page(x: float, post: float = 128, line: float = 0) -> Page:
    bar = np.array([[post - 9, 20], [post + 9, 20], [post + 9, 250], [post - 9, 250]], float)
    return drawn((GREEN, bush(x)), (POST, bar), line=line)


def read(made: Page) -> Key:
    return read_key(made[..., :3].astype(np.float32))


def wrong(made: Page, true: Page) -> int:
    return int((np.abs(made[..., :3].astype(int) - true[..., :3]).max(2) > 40).sum())


@pytest.mark.parametrize(("x", "to"), [(60, 128), (128, 196)])
def test_halves_on_both_sides_of_a_post_go_with_the_whole(x: float, to: float) -> None:
    """It was some three thousand pixels when one half shrank to the whole, and the other was not there."""
    assert wrong(Pair(page(x), page(to), fit).at(0.5).pixels, page((x + to) / 2)) < 30
    assert wrong(Pair(page(x, line=2), page(to, line=2), fit).at(0.5).pixels, page((x + to) / 2, line=2)) < 900


def test_two_things_of_one_paint_stay_two() -> None:
    a, b = read(page(60)), read(page(128))
    whole, other = put_together(a, b, partners(a, b, fits_of(a, b, fit)))
    assert whole is a
    assert len(other) == len(b) - 1
    # Two bushes, of which one goes behind the post: the other is no half of it.
    two = [drawn((GREEN, bush(x) * 0.5 + (0, 60)), (GREEN, bush(200) * 0.5 + (100, 60))) for x in (60, 90)]
    keys = read(two[0]), read(two[1])
    assert put_together(*keys, partners(*keys, fits_of(*keys, fit))) == keys
