"""close-gaps: broken lines become whole, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

import line_art
from shiage.craft.regions import find_regions
from shiage.errors import BadInput
from shiage.operations import run
from shiage.values import Facts, Raster


def close(pixels: np.ndarray, gap: float | None) -> tuple[np.ndarray, np.ndarray, dict]:
    outputs = run("close-gaps", {"drawing": [Raster(pixels)]}, {"gap": gap})
    mended, strokes, facts = (outputs[name][0] for name in ("mended", "strokes", "facts"))
    assert isinstance(mended, Raster)
    assert isinstance(strokes, Raster)
    assert isinstance(facts, Facts)
    return mended.pixels, strokes.pixels, dict(facts.data)


def ids(pixels: np.ndarray) -> list[int]:
    labels = find_regions(pixels, 0).labels
    points = (line_art.PAPER, line_art.HEAD, line_art.EYE_WHITE, line_art.IRIS, line_art.BODY, line_art.STRAND)
    return [int(labels[y, x]) for x, y in points]


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("paper", ["white", "transparent"])
def test_a_drawing_with_gaps_is_closed_without_any_gap_parameter_afterwards(bits: int, paper: str) -> None:
    grey = line_art.page(gap=6)
    pixels = line_art.rgba(grey)
    if paper == "transparent":
        pixels = np.dstack([np.zeros((*grey.shape, 3), np.uint8), 255 - grey])
    if bits == 16:
        pixels = pixels.astype(np.uint16) * 257
    assert len(set(ids(pixels))) < 6
    mended, strokes, facts = close(pixels, 12)
    assert len(set(ids(mended))) == 6
    assert mended.dtype == pixels.dtype
    untouched = strokes[..., 3] == 0
    np.testing.assert_array_equal(mended[untouched], pixels[untouched])
    assert 3 <= len(facts["strokes"]) <= 12
    assert all(stroke["length"] <= 12 + 4 for stroke in facts["strokes"])


def test_strokes_are_as_wide_and_as_dark_as_the_lines() -> None:
    pixels = np.full((120, 300, 4), 255, np.uint8)
    pixels[57:63, 60:140, :3] = pixels[57:63, 150:240, :3] = (40, 60, 160)
    _, strokes, facts = close(pixels, 14)
    assert [stroke["length"] for stroke in facts["strokes"]] == [pytest.approx(11, abs=1.5)]
    middle = strokes[:, 145]
    assert (middle[..., 3].astype(float) / 255).sum() == pytest.approx(6, abs=1.2)
    np.testing.assert_allclose(middle[60, :3], (40, 60, 160), atol=3)


def test_whole_lines_and_no_gap_change_nothing() -> None:
    whole = line_art.rgba(line_art.rings(3))
    assert close(whole, None)[2]["strokes"] == []
    broken = line_art.rgba(line_art.page(gap=6))
    mended, strokes, _ = close(broken, 0)
    np.testing.assert_array_equal(mended, broken)
    assert not strokes.any()


def test_bare_paper_is_refused() -> None:
    with pytest.raises(BadInput):
        close(np.full((50, 50, 4), 255, np.uint8), None)
