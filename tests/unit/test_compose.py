"""Lines over paint: the drawing's own ink, and no paper between it and the colour."""

from __future__ import annotations

import numpy as np
import pytest

from drawings import figure
from shiage.craft.compose import lines_over
from shiage.craft.ink import read_ink


@pytest.mark.parametrize("ink_colour", [(0, 0, 0), (150, 40, 30)])
@pytest.mark.parametrize("paper", [(255, 255, 255), (240, 230, 200)])
def test_lines_keep_their_colour_and_edges_mix_with_the_paint(
    ink_colour: tuple[int, int, int], paper: tuple[int, int, int]
) -> None:
    plain = figure()
    share = plain[..., :1] / 255.0
    drawing = np.dstack([np.array(ink_colour) * (1 - share) + np.array(paper) * share, plain[..., 3]])
    pixels = np.rint(drawing).astype(np.uint8)
    paint = np.full_like(plain, 255)
    paint[..., :3] = (80, 160, 90)
    done = lines_over(paint, pixels, read_ink(pixels))
    expected = np.array(ink_colour) * (1 - share) + np.array([80, 160, 90]) * share
    assert np.abs(done[..., :3] - expected).max() <= 12
    assert np.abs(done[..., :3] - expected).mean() < 0.5
    assert done[..., 3].min() == 255


def test_bare_paper_stays_transparent_and_lines_do_not() -> None:
    drawing = figure()
    done = lines_over(np.zeros_like(drawing), drawing, read_ink(drawing))
    assert done[2, 2, 3] == 0
    darkest = np.unravel_index(drawing[..., 0].argmin(), drawing.shape[:2])
    assert done[darkest][3] == 255
    assert done[darkest][:3].max() < 10


def test_lines_alone_on_a_layer_are_taken_as_they_are() -> None:
    opaque = figure()
    layer = np.zeros_like(opaque)
    layer[..., 3] = 255 - opaque[..., 0]
    paint = np.full_like(opaque, 200)
    paint[..., 3] = 255
    done = lines_over(paint, layer, read_ink(layer))
    assert np.abs(done[..., 0].astype(int) - np.rint(200 * (opaque[..., 0] / 255.0))).max() <= 1
