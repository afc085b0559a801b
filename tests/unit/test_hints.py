"""Colour hints: an artist's layer read, and hints chosen by the comic-colouring chain's rules."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from shiage.craft.hints import choose_hints, cluster, read_hints, region_colours

RED, BLUE = (200, 30, 40), (30, 60, 190)


def halves(width: int = 120, height: int = 80) -> NDArray[np.int32]:
    """Two regions side by side."""
    labels = np.ones((height, width), np.int32)
    labels[:, width // 2 :] = 2
    return labels


def layer(shape: tuple[int, int] = (80, 120)) -> NDArray[np.uint8]:
    return np.zeros((*shape, 4), np.uint8)


def test_a_dab_is_a_hint_for_its_region() -> None:
    dabs = layer()
    cv2.circle(dabs, (30, 40), 6, (*RED, 255), -1)
    found = read_hints(dabs, halves())
    assert found.region.tolist() == [1]
    assert found.colour.tolist() == [list(RED)]
    np.testing.assert_allclose(found.place, [[30, 40]], atol=1)
    assert found.radius[0] == pytest.approx(6, abs=0.8)


def test_a_faint_dab_is_a_hint_too() -> None:
    dabs = layer()
    cv2.circle(dabs, (30, 40), 6, (*RED, 90), -1)
    assert read_hints(dabs, halves()).colour.tolist() == [list(RED)]
    dabs[..., 3] //= 30
    assert not len(read_hints(dabs, halves()))


def test_a_stroke_over_two_regions_hints_at_both_and_a_slip_over_a_line_at_one() -> None:
    stroke = layer()
    cv2.line(stroke, (20, 20), (100, 20), (*BLUE, 255), 5)
    assert sorted(read_hints(stroke, halves()).region.tolist()) == [1, 2]
    slipped = layer()
    cv2.line(slipped, (20, 20), (63, 20), (*BLUE, 255), 5)
    assert read_hints(slipped, halves()).region.tolist() == [1]


def test_dabs_that_touch_are_told_apart_by_colour_and_soft_edges_are_not() -> None:
    dabs = layer()
    cv2.rectangle(dabs, (10, 10), (20, 30), (*RED, 255), -1)
    cv2.rectangle(dabs, (21, 10), (31, 30), (*BLUE, 255), -1)
    assert len(read_hints(dabs, halves())) == 2
    soft = layer()
    soft[10:31, 10:31, :3] = np.linspace(100, 110, 21).astype(np.uint8)[:, None, None]
    soft[10:31, 10:31, 3] = 255
    assert len(read_hints(soft, halves())) == 1


def test_an_empty_layer_has_no_hints() -> None:
    assert len(read_hints(layer(), halves())) == 0


def test_a_palette_has_the_heavy_colours_first_and_at_most_as_many_as_asked_for() -> None:
    colours = np.array([RED, (205, 32, 44), BLUE, (250, 250, 250), (20, 160, 60)], np.uint8)
    weights = np.array([100, 80, 60, 30, 1], np.int64)
    palette, own = cluster(colours, weights, 3)
    assert len(palette) == 3
    assert own[0] == own[1] == 0
    assert len({int(own[0]), int(own[2]), int(own[3])}) == 3
    assert np.abs(palette[0].astype(int) - (202, 31, 42)).max() <= 3


def test_one_colour_makes_one_cluster_and_none_makes_none() -> None:
    same = np.full((5, 3), 90, np.uint8)
    assert len(cluster(same, np.ones(5), 12)[0]) == 1
    assert len(cluster(np.zeros((0, 3), np.uint8), np.zeros(0), 4)[0]) == 0


def test_hints_go_to_what_is_worst_served_and_never_to_a_region_without_area() -> None:
    colours = np.array([RED, RED, BLUE, (0, 255, 0)], np.uint8)
    area = np.array([50, 500, 300, 0], np.int64)
    inner = np.array([[1, 1], [2, 2], [3, 3], [4, 4]], np.int32)
    found = choose_hints(colours, area, inner, 2, 3.0)
    assert found.region.tolist() == [2, 3]
    assert found.place[:, 0].tolist() == [2, 3]
    assert choose_hints(colours, area, inner, 12, 3.0).region.tolist() == [2, 3, 1]
    far = np.array([[1, 1], [2, 2], [3, 3], [400, 400]], np.int32)
    same = np.array([RED, RED, RED, RED], np.uint8)
    assert choose_hints(same, np.array([50, 500, 300, 40]), far, 2, 3.0).region.tolist() == [2, 4]


def test_a_regions_colour_is_its_middle_one_whatever_lines_and_shadows_cross_it() -> None:
    picture = np.full((80, 120, 3), RED, np.uint8)
    picture[:, 60:] = BLUE
    picture[:20, :60] = (90, 10, 15)  # a shadow over a quarter
    picture[40:43] = 0
    colours = region_colours(picture, halves(), 2, np.ones((80, 120), np.bool_))
    assert colours.tolist() == [list(RED), list(BLUE)]
