"""Figures on pages: drawn ones here, the benchmark's sheets where they lie beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from shiage.craft.figures import find_figures
from shiage.craft.paper import find_paper
from shiage.nets.look import fitted, look_at
from shiage.values.files import read_picture

Page = npt.NDArray[np.uint8]


def paper(width: int, height: int, colour: tuple[int, int, int] = (255, 255, 255)) -> Page:
    page = np.zeros((height, width, 4), np.uint8)
    page[:] = (*colour, 255)
    return page


def person(page: Page, x: int, top: int, height: int, paint: tuple[int, int, int] | None = None) -> None:
    """A head on a body with two legs, in ink, or painted inside."""
    head, ink = height // 6, (20, 20, 20, 255)
    hip = top + 4 * head
    body = np.array(
        [[x - head // 2, top + 2 * head], [x + head // 2, top + 2 * head], [x + head, hip], [x + head, top + height],
         [x + head // 2, top + height], [x, hip], [x - head // 2, top + height], [x - head, top + height],
         [x - head, hip]]
    )  # fmt: skip
    if paint:
        cv2.fillPoly(page, [body], (*paint, 255))
        cv2.circle(page, (x, top + head), head, (*paint, 255), -1)
    cv2.polylines(page, [body], True, ink, 2)
    cv2.circle(page, (x, top + head), head, ink, 2)


def test_each_of_several_figures_gets_its_box_from_left_to_right() -> None:
    page = paper(600, 300)
    for x in (400, 100, 250):
        person(page, x, 20, 240)
    boxes = [figure.box for figure in find_figures(page)]
    assert len(boxes) == 3
    for (x0, y0, x1, y1), x in zip(boxes, (100, 250, 400), strict=True):
        assert abs((x0 + x1) / 2 - x) < 4
        assert abs(x1 - x0 - 82) < 8
        assert abs(y0 - 20) < 5
        assert abs(y1 - 261) < 5


def test_figures_that_touch_are_parted_and_an_outstretched_arm_is_not_a_figure() -> None:
    page = paper(500, 300)
    person(page, 150, 20, 240)
    person(page, 300, 20, 240)
    cv2.line(page, (188, 150), (262, 150), (20, 20, 20, 255), 4)  # they hold hands
    assert len(find_figures(page)) == 2
    alone = paper(500, 300)
    person(alone, 150, 20, 240)
    cv2.line(alone, (188, 150), (420, 140), (20, 20, 20, 255), 8)
    assert len(find_figures(alone)) == 1


def test_a_frame_and_a_tinted_sheet_are_looked_into() -> None:
    page = paper(400, 300)
    page[10:290, 40:360, :3] = (236, 226, 214)
    cv2.rectangle(page, (60, 20), (340, 280), (90, 90, 90, 255), 2)
    person(page, 200, 40, 200, paint=(90, 120, 160))
    (figure,) = find_figures(page)
    x0, y0, x1, y1 = figure.box
    assert 150 < x0 < x1 < 250
    assert 34 < y0 < y1 < 248


def test_specks_are_dropped_and_loose_pieces_near_by_kept() -> None:
    page = paper(600, 400)
    person(page, 200, 60, 300)
    cv2.circle(page, (560, 380), 4, (0, 0, 0, 255), -1)  # a signature
    cv2.circle(page, (200, 52), 5, (0, 0, 0, 255), -1)  # a bead above the hair
    (figure,) = find_figures(page)
    assert figure.box[1] <= 48
    assert figure.box[2] < 300


def test_a_blank_page_has_no_figure_and_lines_on_a_transparent_layer_have() -> None:
    assert find_figures(paper(100, 100)) == []
    page = np.zeros((300, 200, 4), np.uint8)
    person(page, 100, 20, 240)
    (figure,) = find_figures(page)
    assert figure.shape.mean() > 100  # filled inside its outline


def test_a_look_tells_paint_from_line_art_and_is_centred() -> None:
    for paint in (None, (200, 90, 90), (235, 235, 220)):
        page = paper(300, 300)
        person(page, 150, 20, 240, paint)
        look = look_at(page, find_figures(page)[0], (192, 112))
        assert look.planes.shape == (192, 112, 5)
        assert look.painted is (paint is not None)
        ys, xs = np.nonzero(look.planes[:, :, 1] > 127)
        assert abs((ys[0] + ys[-1]) / 2 - 95.5) < 2
        assert abs((xs.min() + xs.max()) / 2 - 55.5) < 2
        assert (look.planes[:, :, 2:][look.planes[:, :, 1] == 0] == 0).all()


def test_wide_figures_fit_too() -> None:
    assert fitted((100, 1000), (192, 112)) == (91, 101, 6, 106)


def test_pale_paint_is_no_fall_of_light() -> None:
    page = paper(640, 640)
    for x in (160, 320, 480):
        cv2.ellipse(page, (x, 160), (72, 80), 0, 0, 360, (238, 226, 222, 255), -1)
        cv2.rectangle(page, (x - 66, 240), (x + 66, 560), (240, 232, 226, 255), -1)
        cv2.ellipse(page, (x, 160), (72, 80), 0, 0, 360, (20, 20, 20, 255), 2)
        cv2.rectangle(page, (x - 66, 240), (x + 66, 560), (20, 20, 20, 255), 2)
    assert find_paper(page).field.size == 0
    drawn = int((np.abs(page[..., :3].astype(int) - 255).max(2) > 5).sum())
    assert sum(int((figure.shape > 0).sum()) for figure in find_figures(page)) < 1.05 * drawn
    lit = page.copy()
    lit[..., :3] = lit[..., :3] * np.linspace(0.8, 1, 640, dtype=np.float32)[:, None, None]
    assert find_paper(lit).field.size > 0


def test_a_bust_is_a_figure_down_to_the_page_edge_and_paper_between_legs_is_none() -> None:
    page = paper(400, 400)
    cv2.circle(page, (200, 110), 70, (20, 20, 20, 255), 3)
    cv2.polylines(page, [np.array([[180, 178], [90, 230], [70, 400]])], False, (20, 20, 20, 255), 3)
    cv2.polylines(page, [np.array([[220, 178], [310, 230], [330, 400]])], False, (20, 20, 20, 255), 3)
    (bust,) = find_figures(page)
    x0, y0, x1, y1 = bust.box
    assert (y1, x0 < 80, x1 > 320) == (400, True, True)
    assert bust.shape[330 - y0, 200 - x0] == 255
    page = paper(400, 400)
    person(page, 200, 40, 520)  # cut off at the shins
    (cut,) = find_figures(page)
    x0, y0, _, _ = cut.box
    assert cut.shape[398 - y0, 200 - x0] == 0


@pytest.mark.shared
def test_turnaround_sheets_are_cut_into_their_views(shared: Path) -> None:
    folder = shared / "bench" / "characters"
    sheets = [e["file"] for e in json.loads((folder / "index.json").read_text()) if e["view"] == "sheet"]
    found = {file: len(find_figures(read_picture(folder / file).to_8bit())) for file in sheets[::6]}
    assert all(count == 3 for count in found.values()), found
