"""The sheet in a photo or a scan, and what operations make of what lies around it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from shiage.craft.ink import read_ink
from shiage.craft.page import find_page, on_paper, sheet_alone
from shiage.errors import Cancelled
from shiage.operations.flats import flats
from shiage.spec import Work
from shiage.values import Raster

Picture = npt.NDArray[np.uint8]


def _drawing(side: int = 400) -> Picture:
    """A ring and a box drawn in black lines on white paper, (side, side, 3)."""
    page = np.full((side, side, 3), 255, np.uint8)
    cv2.circle(page, (side * 2 // 5, side * 2 // 5), side // 5, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.rectangle(page, (side // 2, side * 13 // 20), (side * 4 // 5, side * 17 // 20), (0, 0, 0), 3, cv2.LINE_AA)
    return page


def _opaque(picture: Picture) -> Picture:
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def _on_desk(page: Picture, *, plain: bool = False) -> tuple[Picture, npt.NDArray[np.bool_]]:
    """The sheet turned on a brown desk of uneven grain, light falling off to the right, and where the sheet lies; plain: as it
    was drawn, on white."""
    rng = np.random.default_rng(1)
    side = round(page.shape[0] * 1.3)
    move = cv2.getRotationMatrix2D((page.shape[0] / 2, page.shape[0] / 2), 4.0, 1.0)
    move[:, 2] += (side - page.shape[0]) / 2
    desk = (
        np.array([96, 66, 44])
        + cv2.GaussianBlur(rng.normal(0, 30, (side, side)).astype(np.float32), (0, 0), 2)[..., None]
    )
    there = cv2.warpAffine(np.ones(page.shape[:2], np.float32), move, (side, side))[..., None]
    sheet = cv2.warpAffine(page, move, (side, side), flags=cv2.INTER_AREA).astype(np.float32) * 0.94
    if plain:
        return np.rint(sheet / 0.94 + 255 * (1 - there)).clip(0, 255).astype(np.uint8), there[..., 0] > 0.5
    light = np.linspace(1, 0.8, side, dtype=np.float32)[None, :, None]
    seen = (sheet * there + desk * (1 - there)) * light + rng.normal(0, 2, (side, side, 1))
    return np.clip(seen, 0, 255).astype(np.uint8), there[..., 0] > 0.5


def _barred(page: Picture, rows: int) -> Picture:
    return np.pad(page, ((rows, rows), (0, 0), (0, 0)))


def test_a_photo_of_a_sheet_on_a_desk_is_its_drawing() -> None:
    photo, there = _on_desk(_drawing())
    page = find_page(photo)
    assert page is not None and page.clear
    inside = cv2.resize(page.inside.astype(np.uint8), photo.shape[1::-1]) > 0
    assert not (inside & ~there).any() and inside.sum() > 0.9 * there.sum()

    ink = read_ink(sheet_alone(photo)).lines
    true = read_ink(_on_desk(_drawing(), plain=True)[0]).lines
    assert not (ink & ~cv2.dilate(true, np.ones((3, 3), np.uint8)) & 1).any()
    assert (ink & true).sum() > 0.8 * true.sum()


def test_its_areas_are_filled_and_the_artist_is_told() -> None:
    told: list[str] = []
    photo, there = _on_desk(_drawing())
    made = flats(Raster(_opaque(photo), "photo"), None, gap=None, layers=False, work=Work(on_warning=told.append))
    assert len(told) == 1 and "photo" in told[0]
    regions = made.regions
    paper = set(regions.background)
    assert len(np.unique(regions.labels)) == 3
    assert {int(v) for v in np.unique(regions.labels[~there])} <= paper


@pytest.mark.parametrize("kind", ["bars", "strip", "shade"])
def test_black_bars_and_a_scanners_lid_are_left_out(kind: str) -> None:
    drawing = _drawing()
    lid = np.random.default_rng(0).integers(24, 34, (400, 50, 3)).astype(np.uint8)
    around = _barred(drawing, 70) if kind == "bars" else np.hstack([drawing, lid])
    if kind == "shade":  # the ground of a painted picture, not plain
        around = np.hstack([drawing, np.linspace(10, 120, 400 * 60).reshape(400, 60, 1).repeat(3, 2).astype(np.uint8)])
    page = find_page(around)
    assert (page is None) == (kind == "shade")
    if page is not None:
        assert (
            on_paper(around, page)[~cv2.resize(page.inside.astype(np.uint8), around.shape[1::-1]).astype(bool)] > 250
        ).all()


def test_pictures_without_a_surround_stay_as_they_are() -> None:
    drawing = _drawing()
    inverted = np.asarray(255 - drawing, np.uint8)
    lone = _opaque(drawing)
    lone[..., 3] = 255 - drawing[..., 0]
    disc = np.zeros((300, 300, 3), np.uint8)
    cv2.circle(disc, (150, 150), 120, (250, 250, 250), -1)
    sheet_on_sheet = np.pad(drawing, ((60, 60), (60, 60), (0, 0)), constant_values=225)
    for picture in (
        drawing,
        inverted,
        lone,
        disc,
        sheet_on_sheet,
        drawing[:, :, 0],
        drawing[:20, :20],
        drawing[:1, :1],
    ):
        assert find_page(picture) is None
        if picture.ndim == 3:
            assert sheet_alone(picture) is picture


def test_a_drawing_that_runs_off_its_sheet_keeps_what_closes_it() -> None:
    drawing = _drawing()
    cv2.line(drawing, (100, 0), (100, 399), (0, 0, 0), 6)
    cv2.rectangle(drawing, (150, 360), (300, 420), (60, 90, 200), -1)
    around = _opaque(_barred(drawing, 60))
    page = find_page(around)
    assert page is not None and not page.clear
    assert sheet_alone(around) is around
    assert sheet_alone(around, closed=False) is not around
    assert read_ink(around).paper == (255, 255, 255)


def test_sixteen_bits_and_alpha_are_kept() -> None:
    photo, _ = _on_desk(_drawing())
    low = _opaque(photo)
    high = low.astype(np.uint16) * 257
    a, b = sheet_alone(low), sheet_alone(high)
    assert b.dtype == np.uint16 and (b[..., 3] == 65535).all() and (a[..., 3] == 255).all()
    assert np.abs(b.astype(np.int64) / 257 - a).max() <= 1


def test_a_cancel_is_heard() -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        sheet_alone(_on_desk(_drawing())[0], stop)
