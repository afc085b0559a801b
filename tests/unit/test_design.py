"""Reading a design: its figure, its colour areas, its shading; colour differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters import COLOURS, draw
from shiage.craft.design import read_design
from shiage.craft.design.colour import difference
from shiage.craft.design.tones import tone_areas


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [  # pairs from the table of Sharma, Wu and Dalal (2005)
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_agrees_with_the_published_table(
    one: tuple[float, float, float], two: tuple[float, float, float], expected: float
) -> None:
    assert difference(np.array(one), np.array(two)) == pytest.approx(expected, abs=1e-4)
    assert difference(np.array(two), np.array(one)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("view", ["front", "back", "side"])
@pytest.mark.parametrize("transparent", [False, True])
def test_every_part_is_read_in_its_own_colour(view: str, transparent: bool) -> None:
    picture, parts = draw(view, COLOURS, scale=2)
    if transparent:
        picture[parts == 0, 3] = 0
    areas = read_design(picture)
    assert (areas.labels[parts == 0] > 0).mean() < 0.01
    for number, name in enumerate(COLOURS, 1):
        inside = (parts == number) & areas.drawn
        if (parts == number).any():
            read = areas.colours[areas.labels[inside]].astype(int)
            assert np.median(np.abs(read - COLOURS[name]).max(axis=1)) <= 2, name


def test_a_shadow_belongs_to_its_base_colour() -> None:
    picture, parts = draw("front", COLOURS, scale=2)
    shirt = parts == 1 + list(COLOURS).index("shirt")
    shade = shirt.copy()
    shade[:, :280] = False
    shade[:, 330:] = False  # the sleeve, which its own line closes off
    picture[shade, :3] = (70, 135, 92)
    areas = read_design(picture)
    found = areas.colours[areas.labels[shirt & areas.drawn]]
    assert (np.abs(found.astype(int) - COLOURS["shirt"]).max(axis=1) <= 2).mean() > 0.9


def test_a_line_parts_two_areas_of_nearly_one_colour() -> None:
    colours = {**COLOURS, "shorts": (80, 150, 98)}
    picture, parts = draw("front", colours, scale=2)
    areas = read_design(picture)
    shorts = parts == 1 + list(COLOURS).index("shorts")
    found = areas.colours[areas.labels[shorts & areas.drawn]].astype(int)
    assert np.abs(np.median(found, axis=0) - colours["shorts"]).max() <= 2


@given(st.integers(1, 6), st.integers(0, 2**31 - 1))
def test_tones_are_the_connected_areas_of_flat_colour(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    index = np.kron(random.integers(0, count, (6, 5)), np.ones((4, 4), np.int64))
    lab = (index[..., None] * np.array([10.0, 7.0, -4.0])).astype(np.float32)
    free = random.random(index.shape) > 0.1
    labels = tone_areas(lab, free, 3.0)
    assert (labels[~free] == 0).all()
    assert (labels[free] > 0).all()
    for axis in (0, 1):
        a, b = (
            (slice(None, -1), slice(1, None))
            if axis == 0
            else ((slice(None), slice(None, -1)), (slice(None), slice(1, None)))
        )
        both = free[a] & free[b]
        assert ((labels[a] == labels[b])[both & (index[a] == index[b])]).all()
        assert len(set(labels[free & (index == 0)]) & set(labels[free & (index == 1)])) == 0
