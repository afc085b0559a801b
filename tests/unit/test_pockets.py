"""Parts of a figure that are open to the paper."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from shiage.craft.ink import read_ink
from shiage.craft.parts import PARTS
from shiage.craft.pockets import part_pockets
from shiage.craft.regions import RegionMap, regions_of_ink

MIDDLE = (200, 200)


def parted(page: NDArray[np.uint8], part: str) -> RegionMap:
    """The drawing's regions, where all of it is likely that part."""
    likelihood = np.zeros((40, 40, len(PARTS)), np.float32)
    likelihood[..., PARTS.index(part)] = 1
    ink = read_ink(page)
    found = regions_of_ink(ink)
    assert found.background[found.labels[MIDDLE] - 1]  # no gap that is closed
    return part_pockets(found, ink, likelihood)


def ring(open_from: int, open_to: int, size: int = 1) -> NDArray[np.uint8]:
    """A head of 90 pixels across whose outline is open between two angles, in degrees; all times `size`."""
    page = np.full((400 * size, 400 * size), 255, np.uint8)
    cv2.ellipse(page, (200 * size, 200 * size), (90 * size, 90 * size), 0, open_to, open_from + 360, 0, 3 * size)
    return page


def test_a_head_that_is_open_by_more_than_a_gap_is_a_region_up_to_its_lines() -> None:
    page = ring(80, 100)  # by 31 pixels
    found = parted(page, "Hair")
    hair = found.labels == found.labels[MIDDLE]
    assert not found.background[found.labels[MIDDLE] - 1]
    assert found.background[found.labels[5, 5] - 1]
    disc = np.zeros_like(page)
    cv2.circle(disc, (200, 200), 90, 1, -1)
    assert (hair & (disc > 0)).sum() / (hair | (disc > 0)).sum() > 0.97
    across = hair[284:300].sum(0) > 0  # cut where the opening is, not far beyond
    assert hair[300:].sum() == 0
    assert np.flatnonzero(across).min() > 150
    for region in range(1, len(found) + 1):
        mine = found.labels == region
        assert found.area[region - 1] == mine.sum()
        x, y = found.inner[region - 1]
        assert mine[y, x]
        assert found.box[region - 1].tolist() == [
            *np.argwhere(mine).min(0)[::-1],
            *(np.argwhere(mine).max(0) + 1)[::-1],
        ]


def test_paper_that_a_figure_encloses_stays_paper() -> None:
    found = parted(ring(80, 100), "none")
    assert found.background[found.labels[MIDDLE] - 1]


def test_a_bowl_is_no_pocket() -> None:
    found = parted(ring(40, 140), "Hair")
    assert found.background[found.labels[MIDDLE] - 1]


@pytest.mark.parametrize("size", [4, 6])
def test_a_large_page_is_cut_at_the_same_place(size: int) -> None:
    page = ring(80, 100, size)
    likelihood = np.zeros((40, 40, len(PARTS)), np.float32)
    likelihood[..., PARTS.index("Hair")] = 1
    ink = read_ink(page)
    found = part_pockets(regions_of_ink(ink), ink, likelihood)
    hair = found.labels == found.labels[200 * size, 200 * size]
    disc = np.zeros_like(page)
    cv2.circle(disc, (200 * size, 200 * size), 90 * size, 1, -1)
    assert (hair & (disc > 0)).sum() / (hair | (disc > 0)).sum() > 0.97
