"""The sheet in a photo or a scan, and what operations make of what lies around it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from photos import on_desk
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


def _barred(page: Picture, rows: int) -> Picture:
    return np.pad(page, ((rows, rows), (0, 0), (0, 0)))


def test_a_photo_of_a_sheet_on_a_desk_is_its_drawing() -> None:
    photo, there, plain = on_desk(_drawing(), 1)
    page = find_page(photo)
    assert page is not None
    inside = cv2.resize(page.inside.astype(np.uint8), photo.shape[1::-1]) > 0
    assert not (inside & ~there).any() and inside.sum() > 0.9 * there.sum()

    ink = read_ink(sheet_alone(photo)).lines
    true = read_ink(plain).lines
    assert not (ink & ~cv2.dilate(true, np.ones((3, 3), np.uint8)) & 1).any()
    assert (ink & true).sum() > 0.8 * true.sum()


def test_its_areas_are_filled_and_the_artist_is_told() -> None:
    told: list[str] = []
    photo, there, _ = on_desk(_drawing(), 1)
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
    night = inverted.copy()  # white strokes on black, and a large white box: the ground is the paper
    night[20:280, 20:260] = 255
    night = inverted.copy()  # white strokes on black, and a large white box: the ground is the paper
    night[20:280, 20:260] = 255
    sheet_on_sheet = np.pad(drawing, ((60, 60), (60, 60), (0, 0)), constant_values=225)
    for picture in (
        drawing,
        inverted,
        night,
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
    assert read_ink(inverted).paper == (0, 0, 0)


@pytest.mark.parametrize("turned", range(4))
def test_a_drawing_that_runs_off_its_sheet_stays_closed(turned: int) -> None:
    """A bust at the sheet's lower edge: its body is closed there, and what is beside it is paper."""
    drawing = _drawing()
    cv2.ellipse(drawing, (200, 420), (110, 90), 0, 0, 360, (0, 0, 0), 3, cv2.LINE_AA)
    photo, there, _ = on_desk(np.ascontiguousarray(np.rot90(drawing, turned)), 2)
    made = flats(Raster(_opaque(photo), "photo"), None, gap=None, layers=False, work=Work())
    labels = made.regions.labels
    spot = np.zeros((512, 512), np.bool_)
    spot[56 + 365, 56 + 200] = True  # within the body, on the sheet as it lies on the desk
    body = int(labels[np.rot90(spot, turned)][0])
    assert body not in made.regions.background
    assert not (labels[~there] == body).any()
    assert 7_000 < (labels == body).sum() < 12_000  # 11,000 of the ellipse's pixels lie on the sheet


def test_sixteen_bits_and_alpha_are_kept() -> None:
    photo = on_desk(_drawing(), 1)[0]
    low = _opaque(photo)
    high = low.astype(np.uint16) * 257
    a, b = sheet_alone(low), sheet_alone(high)
    assert b.dtype == np.uint16 and (b[..., 3] == 65535).all() and (a[..., 3] == 255).all()
    assert np.abs(b.astype(np.int64) / 257 - a).max() <= 4  # the small copies are rounded


def test_a_cancel_is_heard() -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        sheet_alone(on_desk(_drawing(), 1)[0], stop)


def test_the_grain_of_a_scans_paper_is_no_veil_over_the_paint() -> None:
    drawing = _drawing()
    scan = np.clip(drawing * 0.9 + np.random.default_rng(0).normal(0, 3, drawing.shape), 0, 255).astype(np.uint8)
    clean, grainy = read_ink(drawing), read_ink(scan)
    paper = cv2.dilate(clean.lines, np.ones((9, 9), np.uint8)) == 0
    assert (grainy.coverage[paper] == 0).mean() > 0.98
    assert (grainy.lines != clean.lines).mean() < 0.01
    # On clean paper a line's faintest edge is kept.
    assert ((clean.coverage > 0) & (clean.coverage < 20)).any()
