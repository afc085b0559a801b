"""Which area of one key is which of the other, where a matcher sees them from afar and takes several for one."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from cels import Colour, Page, Points, polygons
from shiage.craft.between.partners import fits_of, partners
from shiage.craft.between.read import Key, read_key
from shiage.craft.follow import Described

WHITE, RED, SAND, BLUE = (255, 255, 255), (200, 40, 40), (240, 220, 160), (40, 60, 200)
drawn = partial(polygons, side=256, paper=WHITE, ink=(10, 10, 10), line=2)


def alike(a: Described, b: Described) -> npt.NDArray[np.float64]:
    """A matcher to which all are one."""
    return np.full((len(a), len(b)), 0.5)


def box(x: float, y: float, wide: float, high: float) -> Points:
    return np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]])


def read(page: Page) -> Key:
    return read_key(page[..., :3].astype(np.float32))


def found(a: Key, b: Key, here: list[tuple[int, int]], there: list[tuple[int, int]]) -> list[int]:
    """Which of the places ``there`` each of those ``here`` goes to; -1 where to none."""
    pairs = dict(partners(a, b, fits_of(a, b, alike)))
    to = [int(b.labels[y, x]) for x, y in there]
    return [to.index(mate) if (mate := pairs.get(int(a.labels[y, x]))) in to else -1 for x, y in here]


def test_of_a_row_of_the_same_thing_each_is_told_by_those_beside_it() -> None:
    def row(x: float) -> Page:
        colours: list[Colour] = [RED, *[SAND] * 5, BLUE]
        return drawn(*((colour, box(x + 18 * n, 120, 18, 26)) for n, colour in enumerate(colours)))

    places = [[(x + 18 * n + 9, 133) for n in range(7)] for x in (40, 70)]
    assert found(read(row(40)), read(row(70)), *places) == list(range(7))


def test_of_two_that_are_alike_from_afar_each_keeps_its_lines() -> None:
    def page(*boxes: tuple[float, float, int]) -> Page:
        shapes: list[tuple[Colour, Points]] = []
        for x, y, leans in boxes:
            stroke = np.array([[x + 20 - 9 * leans, y + 9], [x + 20 + 9 * leans, y + 31]])
            shapes += [(SAND, box(x, y, 40, 40)), (SAND, stroke)]
        return drawn(*shapes)

    a, b = read(page((30, 40, 1), (150, 40, -1))), read(page((150, 130, 1), (30, 130, -1)))
    assert found(a, b, [(35, 75), (155, 75)], [(155, 165), (35, 165)]) == [0, 1]
