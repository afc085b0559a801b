"""Colours for flats."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from line_art import HEAD, PAPER, page, rgba
from shiage import operations
from shiage.craft.flat_colours import dabbed_colours, distinct_colours, flat_palette, paint
from shiage.craft.regions import find_regions
from shiage.errors import BadInput
from shiage.spec import Work
from shiage.values import Raster


def lab(colours: np.ndarray) -> np.ndarray:
    return cv2.cvtColor((colours[None, :, :3] / np.float32(255)).astype(np.float32), cv2.COLOR_RGB2LAB)[0]


def test_regions_that_touch_differ_plainly() -> None:
    side = 12
    labels = np.kron(np.arange(1, side * side + 1).reshape(side, side), np.ones((4, 4))).astype(np.int32)
    pairs = np.array(
        [(i, j) for i in range(1, 145) for j in (i + 1, i + side) if j <= 144 and (j != i + 1 or i % side)]
    )
    colours = distinct_colours(144, pairs, np.zeros(144, np.bool_))
    steps = np.linalg.norm(lab(colours)[pairs[:, 0]] - lab(colours)[pairs[:, 1]], axis=1)
    assert steps.min() > 20
    assert paint(labels, colours)[2, 2].tolist() == colours[1].tolist()


def test_a_later_region_does_not_recolour_earlier_ones() -> None:
    pairs = np.array([[1, 2], [2, 3], [1, 4]])
    few = distinct_colours(3, pairs[:2], np.zeros(3, np.bool_))
    more = distinct_colours(4, pairs, np.zeros(4, np.bool_))
    np.testing.assert_array_equal(few, more[:4])


def test_flats_are_light_enough_for_lines_to_read() -> None:
    assert len(set(flat_palette())) == 24
    assert lab(np.array(flat_palette(), np.uint8))[:, 0].min() > 55


def test_the_commonest_dab_in_a_region_wins() -> None:
    labels = np.array([[1, 1, 1, 2, 2]], np.int32)
    dabs = np.array([[[9, 9, 9, 255], [200, 0, 0, 255], [200, 0, 0, 200], [5, 5, 5, 40], [0, 0, 0, 0]]], np.uint8)
    made = [[0, 0, 0, 0], [200, 0, 0, 255], [0, 0, 0, 0]]
    assert dabbed_colours(labels, dabs, 2).tolist() == made
    # On a layer that is half opaque they are the same dabs; on an empty one there are none.
    dabs[..., 3] //= 3
    assert dabbed_colours(labels, dabs, 2).tolist() == made
    dabs[..., 3] //= 30
    assert not dabbed_colours(labels, dabs, 2).any()


def test_the_operation_paints_figure_and_leaves_paper() -> None:
    drawing = Raster(rgba(page(gap=6)), name="line")
    out = operations.run("flats", {"drawing": [drawing]}, {"gap": 10, "layers": True})
    flats = out["flats"][0]
    assert flats.pixels[PAPER[1], PAPER[0], 3] == 0
    assert flats.pixels[HEAD[1], HEAD[0], 3] == 255
    assert out["regions"][0].background == (out["regions"][0].labels[PAPER[1], PAPER[0]],)
    stacked = np.zeros_like(flats.pixels)
    for layer in out["layers"]:
        here = layer.pixels[..., 3] > 0
        assert not stacked[here].any(), "a pixel is on one layer only"
        stacked[here] = layer.pixels[here]
    np.testing.assert_array_equal(stacked, flats.pixels)


def test_the_operation_takes_dabs_of_the_same_size_only() -> None:
    drawing = Raster(rgba(page()), name="line")
    dabs = np.zeros_like(drawing.pixels)
    dabs[HEAD[1] - 3 : HEAD[1] + 3, HEAD[0] - 3 : HEAD[0] + 3] = (240, 200, 180, 255)
    out = operations.run("flats", {"drawing": [drawing], "dabs": [Raster(dabs)]}, {})
    found = find_regions(drawing.pixels)
    painted = out["flats"][0].pixels[..., 3] > 0
    np.testing.assert_array_equal(painted, found.labels == found.labels[HEAD[1], HEAD[0]])
    with pytest.raises(BadInput, match="drawing's size"):
        operations.run("flats", {"drawing": [drawing], "dabs": [Raster(dabs[:50])]}, {})


def test_dabs_that_cover_the_drawing_are_remarked_upon() -> None:
    told: list[str] = []
    drawing = Raster(rgba(page()), name="line")
    painted = np.full_like(drawing.pixels, 255)
    painted[..., :2] = 90
    out = operations.run("flats", {"drawing": [drawing], "dabs": [Raster(painted)]}, {}, Work(on_warning=told.append))
    assert len(told) == 1 and "transparent layer" in told[0]
    assert (out["flats"][0].pixels == (90, 90, 255, 255)).all()


def test_a_drawing_without_lines_is_named_in_the_error() -> None:
    with pytest.raises(BadInput, match="page 3"):
        operations.run("flats", {"drawing": [Raster(np.full((20, 20, 4), 255, np.uint8), name="page 3")]}, {})
