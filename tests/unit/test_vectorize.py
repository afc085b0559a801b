"""Lines as strokes: where they were, as wide, whole through crossings, with few points; and as SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import puppet
from shiage.craft.fills.picture import draw_picture
from shiage.craft.strokes.svg import svg_of
from shiage.craft.vectorize import Line, LineArt, draw, strokes_of, vectorize
from shiage.craft.vectorize._graph import Chain, Graph
from shiage.craft.vectorize._join import Path, join
from shiage.craft.vectorize._meet import brought_together, ties
from shiage.errors import Cancelled
from shiage.values import StrokeMaterial, StrokeView
from shiage.values.stroke_files import strokes_from_json, strokes_to_json

Grey = NDArray[np.uint8]
BLACK = StrokeMaterial("Ink")


def planes(lines: list[tuple[list[tuple[float, float]], float]], size: int = 200) -> tuple[Grey, Grey]:
    """Polylines with a width each, as the network would read them: coverage, and a ridge along the middles."""
    made = [
        draw(LineArt([Line(np.array(p, float), np.full(len(p), w)) for p, w in wide], [], 2.0), (size, size))
        for wide in (lines, [(p, 1.7) for p, _ in lines])
    ]
    return made[0], made[1]


def chamfer(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Mean distance of each mask's pixels to the other mask, both ways."""
    away = [
        cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[points].mean()
        for mask, points in ((one, other), (other, one))
    ]
    return float(np.mean(away))


def test_a_crossing_is_two_strokes_and_a_tee_is_two() -> None:
    cross = planes([([(30, 40), (170, 150)], 4), ([(30, 150), (170, 60)], 4)])
    art = vectorize(*cross)
    assert len(art.lines) == 2
    assert sorted(round(float(np.ptp(line.points[:, 0]))) for line in art.lines) == pytest.approx([140, 140], abs=2.5)
    tee = vectorize(*planes([([(30, 100), (170, 100)], 4), ([(100, 100), (100, 180)], 4)]))
    through, stem = sorted(tee.lines, key=lambda line: -np.ptp(line.points[:, 0]))
    assert len(tee.lines) == 2
    assert np.abs(through.points[:, 1] - 100).max() < 1
    assert np.abs(stem.points[[0, -1], 1] - 100).min() < 1.5


def test_a_faint_ridge_closes_a_line_but_leads_nowhere() -> None:
    """What the network is hardly sure of is drawn where it arrives at a line, and left out where it just ends."""
    line, middle = planes([([(20, 100), (180, 100)], 4), ([(60, 20), (60, 180)], 4)])
    line[:, 100:130], middle[:, 100:130] = line[:, 100:130] // 5, middle[:, 100:130] // 5  # faint, between two ends
    line[130:], middle[130:] = line[130:] // 5, middle[130:] // 5  # faint, to no end
    art = vectorize(line, middle)
    level, upright = sorted(art.lines, key=lambda one: -np.ptp(one.points[:, 0]))
    assert len(art.lines) == 2
    assert np.ptp(level.points[:, 0]) > 155
    assert upright.points[:, 1].max() < 135


def test_a_corner_that_touches_a_line_ends_there_and_what_crosses_goes_on() -> None:
    """Smoothed on its own, the corner would come off the line, and what it parts would run together."""

    def star(*tips: tuple[float, float]) -> Graph:
        far = np.linspace(0.05, 1, 40)[:, None]
        return Graph([Chain(far * tip, (0, -1)) for tip in tips], np.zeros((1, 2)))

    assert len(join(star((0, -40), (0, 40), (-25, -30), (-10, 40)), 3.0)) == 3
    assert len(join(star((0, -40), (0, 40), (-25, -30), (10, 40)), 3.0)) == 2
    assert len(join(star((0, -40), (0, 40), (-3, -40), (-3, 40)), 3.0)) == 2  # no corner: both go on


def test_ends_are_brought_to_the_line_that_goes_through_where_they_meet() -> None:
    rows = [
        np.array([(0.0, 0.0), (40.0, 0.0)]),
        np.array([(20.0, 30.0), (20.0, 6.0)]),
        np.array([(9.0, 30.0), (20.0, 6.0)]),
    ]
    paths = [Path(rows[0], False, (1, 2), (7,)), Path(rows[1], False, (3, 7)), Path(rows[2], False, (4, 7))]
    met = brought_together(rows, paths, 4.0)
    assert list(met) == [(1, 1)]  # the one that points there holds the other
    assert met[1, 1] == pytest.approx((20, 0))
    assert not brought_together(rows, paths[:1] + [Path(row, False, (3, 9)) for row in rows[1:]], 4.0)


def test_the_end_of_a_6_is_brought_to_its_own_stroke() -> None:
    turn = np.linspace(0, 1.9 * np.pi, 60)
    bowl = np.stack([60 + 20 * np.cos(turn + np.pi), 100 + 20 * np.sin(turn + np.pi)], 1)
    row = np.concatenate([[(40.0, 20.0)], bowl])  # down the stem, around, and 6 pixels short of it
    met = brought_together([row], [Path(row, False, (-1, 7), (7,))], 4.0)
    assert list(met) == [(0, 1)]
    assert abs(met[0, 1][0] - 40) < 1
    assert not brought_together([row[-6:]], [Path(row[-6:], False, (-1, 7), (7,))], 4.0)  # no room for a bowl


def test_strokes_that_touch_at_a_crossing_are_tied_where_they_were_drawn_apart() -> None:
    """Else what both part together would run together between them."""
    rows = [np.array([(0.0, 0.0), (80.0, 0.0)]), np.array([(0.0, 5.0), (80.0, 5.0)])]
    place = np.array([(40.0, 2.5)])
    apart = [Path(row, False, (1, 2), (7,), place) for row in rows]
    ((number, ends),) = ties(rows, [4.0, 4.0], apart, 4.0)
    assert number == 1
    assert np.sort(ends[:, 1]) == pytest.approx((0, 5))
    assert np.abs(ends[:, 0] - 40).max() < 12
    assert not ties(rows, [8.0, 8.0], apart, 8.0)  # so wide that they touch
    assert not ties(rows, [4.0, 4.0], [apart[0], Path(rows[1], False, (1, 2), (8,), place)], 4.0)  # at no crossing
    assert not ties([rows[0], np.array([(20.0, -20.0), (60.0, 25.0)])], [4.0, 4.0], apart, 4.0)  # they cross
    assert not ties([rows[0], rows[1] + (0, 40)], [4.0, 4.0], apart, 4.0)  # another part of it was meant


def test_widths_and_corners_are_kept() -> None:
    corner = [(40.0, 160.0), (40.0, 40.0), (160.0, 40.0)]
    art = vectorize(*planes([(corner, 6.0)]))
    assert len(art.lines) == 1
    line = art.lines[0]
    assert np.median(line.width) == pytest.approx(6, abs=0.7)
    assert np.hypot(*(line.points - (40, 40)).T).min() < 1.6
    assert len(line.points) < 12


def test_a_ring_is_closed_and_a_black_is_filled() -> None:
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = LineArt([Line(100 + 50 * np.stack([np.cos(turn), np.sin(turn)], 1), np.full(60, 4.0), closed=True)], [], 4.0)
    coverage = draw(ring, (200, 200))
    thin = LineArt([Line(ring.lines[0].points, np.full(60, 1.7), closed=True)], [], 1.7)
    cv2.circle(coverage, (100, 100), 20, (255,), -1)
    art = vectorize(coverage, draw(thin, (200, 200)))
    assert [line.closed for line in art.lines] == [True]
    assert np.hypot(*(art.lines[0].points - 100).T) == pytest.approx(50, abs=0.8)
    assert len(art.blacks) == 1
    again = draw(art, (200, 200))
    assert again[100, 100] == 255
    assert again[100, 130] == 0


@pytest.mark.parametrize("seed", [7, 12])
def test_drawn_again_a_puppets_lines_lie_where_they_were_with_few_points(seed: int) -> None:
    size = 448
    drawing = puppet.a_drawing(np.random.default_rng(seed), seed, size)
    pens = [puppet.LineStyle(width=w, vary=v, taper=t) for w, v, t in ((2.4, 0.15, 0.8), (1.7, 0.0, 0.0))]
    line, middle = (np.rint(255 * puppet.line_cover(drawing, (size, size), p).cover).astype(np.uint8) for p in pens)
    art = vectorize(line, middle)
    assert chamfer(draw(art, (size, size)) > 127, line > 127) < 1.0
    traced = (draw(LineArt(art.lines, [], 1), (size, size)) > 127).sum() / art.width
    assert sum(len(one.points) for one in art.lines) * 5 < traced


def test_specks_go_and_short_lines_that_touch_stay() -> None:
    given = planes([([(20, 100), (180, 100)], 3), ([(100, 100), (100, 112)], 3), ([(40, 40), (48, 40)], 3)])
    assert len(vectorize(*given, shortest=0).lines) == 3
    assert len(vectorize(*given, shortest=11).lines) == 2
    assert len(vectorize(*given, shortest=30).lines) == 1


def test_the_edge_of_the_sheet_is_no_line() -> None:
    given = planes([([(3, 10), (3, 180)], 3), ([(3, 60), (120, 60)], 3), ([(20, 196), (150, 197)], 3)])
    art = vectorize(*given)
    assert [round(float(np.ptp(line.points[:, 0])), -1) for line in art.lines] == [120]


def test_a_line_that_leaves_the_picture_reaches_its_border() -> None:
    again = draw(vectorize(*planes([([(-5, 80), (205, 120)], 3)])), (200, 200))
    assert again[:, 0].max() > 127
    assert again[:, -1].max() > 127


def test_nothing_gives_nothing_and_a_stop_stops() -> None:
    bare = np.zeros((64, 64), np.uint8)
    art = vectorize(bare, bare)
    assert (art.lines, art.blacks) == ([], [])
    assert not draw(art, (64, 64)).any()

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        vectorize(*planes([([(20, 100), (180, 100)], 3)]), check=stop)


def test_strokes_are_drawn_where_the_lines_were_and_survive_their_file() -> None:
    line, middle = planes([([(30, 40), (170, 150)], 5), ([(30, 150), (60, 100), (170, 30)], 5)])
    cv2.circle(line, (140, 110), 16, (255,), -1)
    art = vectorize(line, middle)
    view = StrokeView(-1.0, 1.0, 100.0, 200, 200)
    strokes = strokes_of(art, view, ink=BLACK)
    picture = draw_picture(strokes, view)[..., 3]
    assert chamfer(picture > 127, line > 127) < 0.5
    (again,) = strokes_from_json(strokes_to_json([strokes]))
    np.testing.assert_array_equal(again.points, strokes.points)
    np.testing.assert_array_equal(again.fill, strokes.fill)


def test_an_svg_has_each_line_where_it_was() -> None:
    art = vectorize(*planes([([(30, 40), (170, 150)], 5), ([(30, 150), (60, 100), (170, 30)], 5)]))
    view = StrokeView(-1.0, 1.0, 100.0, 200, 200)
    root = ElementTree.fromstring(
        svg_of(strokes_of(art, view, ink=StrokeMaterial("Red", line=(0.2, 0.0, 0.0, 1.0)), layer='A "layer" & more'))
    )
    paths = root.findall(".//{http://www.w3.org/2000/svg}path")
    assert root.get("viewBox") == "0 0 200 200"
    assert len(paths) == len(art.lines) == 2
    assert {path.get("stroke") for path in paths} == {"#7c0000"}
    assert [float(path.get("stroke-width", 0)) for path in paths] == pytest.approx([5, 5], abs=0.7)
    ends = {tuple(np.round(one[[0, -1]].ravel(), -1).astype(int).tolist()) for one in map(_points, paths)}
    assert ends & {(30, 40, 170, 150), (170, 150, 30, 40)}


def _points(path: ElementTree.Element) -> NDArray[np.float64]:
    return np.array([float(v) for v in re.findall(r"-?[\d.]+", path.get("d", ""))]).reshape(-1, 2)


def test_corners_of_soft_lines_are_sharp_and_round_shapes_stay_round() -> None:
    corners = np.array([[40, 40], [240, 60], [220, 240], [60, 220]])
    line, middle = np.zeros((300, 300), np.uint8), np.zeros((300, 300), np.uint8)
    for plane, width in ((line, 5), (middle, 2)):
        cv2.polylines(plane, [corners], True, (255,), width, cv2.LINE_AA)
        cv2.circle(plane, (140, 140), 30, (255,), width, cv2.LINE_AA)
    soft = np.clip(cv2.GaussianBlur(middle, (0, 0), 2).astype(float) * 2, 0, 255).astype(np.uint8)
    ring, box = sorted(vectorize(line, soft).lines, key=lambda one: float(np.ptp(one.points[:, 0])))[-2:]
    near = [np.hypot(*(box.points - corner).T).min() for corner in corners + 0.5]
    assert sorted(near)[2] < 1.5  # three are sharp; one is blunt where its sides bend
    assert max(near) < 9
    assert np.abs(np.hypot(*(ring.points - 140.5).T) - 30).max() < 1.5


def test_small_shapes_that_a_doubtful_ridge_encloses_stay_open() -> None:
    from shiage.craft.vectorize._loops import enclosed

    ridge = np.zeros((80, 80), np.float32)
    cv2.circle(ridge, (40, 40), 20, (25.0,), -1)  # in doubt all over ...
    cv2.circle(ridge, (40, 40), 14, (150.0,), 3)  # ... but surer round its middle
    within = enclosed(ridge, 6.0, 8.0)
    assert len(within) == 1
    inside = np.zeros(ridge.size, np.bool_)
    inside[within[0]] = True
    assert inside.reshape(ridge.shape)[40, 40]
    assert 350 < inside.sum() < 650
    assert not enclosed(np.where(ridge > 100, 30.0, ridge).astype(np.float32), 6.0, 30.0)  # hardly surer


def test_a_doubtful_ridge_need_be_less_sure_about_a_shape_with_room() -> None:
    """Between two passes of one line there is none: it would be cut into slits."""
    from shiage.craft.vectorize._loops import enclosed

    ridge = np.zeros((80, 80), np.float32)
    cv2.circle(ridge, (40, 40), 20, (50.0,), -1)
    cv2.circle(ridge, (40, 40), 12, (80.0,), 3)
    assert len(enclosed(ridge, 16.0, 8.0)) == 1  # 10 pixels from its middle to its rim
    assert not enclosed(ridge, 16.0, 20.0)
    slit = np.zeros((80, 80), np.float32)
    cv2.rectangle(slit, (10, 30), (70, 50), (50.0,), -1)
    cv2.rectangle(slit, (14, 34), (66, 42), (80.0,), 3)
    assert not enclosed(slit, 16.0, 8.0)


def test_a_shape_with_room_is_opened_again_where_it_was_taken_for_a_doubt() -> None:
    """However little the ridge is sure of within: it had been filled as paper between two passes, and was lost."""
    from shiage.craft.vectorize._loops import enclosed

    ridge = np.zeros((80, 80), np.float32)
    ridge[40:] = 10
    cv2.circle(ridge, (40, 40), 14, (120.0,), 5)
    assert len(enclosed(ridge, 16.0, 8.0)) == 1
    assert not enclosed(ridge, 16.0, 24.0)  # no room for such a pen


def test_what_is_surely_paper_in_its_depth_is_a_shape_however_faint_its_ridge() -> None:
    """A faint loop beside a line is taken for a doubt about it, through which one ridge runs, unless it holds paper."""
    middle = planes([([(20, 120), (180, 120)], 4), ([(90, 120), (90, 104), (106, 104), (106, 120)], 4)])[1]
    middle[:117] //= 4
    line = cv2.GaussianBlur(middle, (0, 0), 3.0)
    blank = line.copy()
    blank[107:117, 93:103] = 0

    def areas(plane: Grey) -> int:
        drawn = draw(vectorize(plane, middle, pen=8.0, shortest=4), middle.shape)
        return cv2.connectedComponents((drawn < 92).astype(np.uint8), connectivity=4)[0] - 1

    assert areas(line) == 1
    assert areas(blank) == 2


@pytest.mark.parametrize("turns", range(4))
def test_lines_that_run_off_the_page_reach_its_border(turns: int) -> None:
    """Two passes that lie apart there were bent round to each other short of it, and what they part ran together."""
    passes = [([(100.0 + shift, 60.0), (100.0 + 1.3 * shift, 230.0)], 3.0) for shift in (-4, 4)]
    line, middle = (np.rot90(plane, turns).copy() for plane in planes([([(20, 60), (180, 60)], 4), *passes]))
    shut = np.rot90(
        np.asarray(
            draw(LineArt([Line(np.array([(94.0, 196.0), (106.0, 196.0)]), np.full(2, 3.0))], [], 3.0), (200, 200))
        ),
        turns,
    )
    art = vectorize(np.maximum(line, shut), np.maximum(middle, shut), pen=3.0)
    below = np.rot90(draw(art, (200, 200)), -turns)[66:]
    assert below[-1].max() > 127
    parts = cv2.connectedComponents((below < 92).astype(np.uint8), connectivity=4)[1]
    assert parts[40, 10] != parts[40, 190]
    assert all((np.abs(one.points - 100) < 100.01).all() for one in art.lines)


@pytest.mark.parametrize("turns", range(4))
def test_an_even_line_is_not_eaten_up_from_its_end(turns: int) -> None:
    """Its ridge is two pixels wide and as sure in both: whichever went first, the other was no line's end."""
    line, middle = (np.rot90(plane, turns).copy() for plane in planes([([(100, 100), (100, -40)], 6)]))
    (only,) = vectorize(line, middle).lines
    assert np.ptp(only.points, axis=0).max() > 97


@pytest.mark.parametrize("width", [24, 40])
def test_no_stroke_leaves_the_page(width: int) -> None:
    angle = np.linspace(0, 2 * np.pi, 200)
    ring = [(80 + 100 * c, 200 + 100 * s) for c, s in zip(np.cos(angle), np.sin(angle), strict=True)]
    (only,) = vectorize(*planes([(ring, width)], 400)).lines
    assert only.points.min() >= 0
    assert np.hypot(*np.diff(only.points, axis=0).T).sum() > 470  # of 503


@pytest.mark.parametrize("turns", range(4))
def test_a_ring_that_touches_the_border_stays_a_ring(turns: int) -> None:
    angle = np.linspace(0, 2 * np.pi, 200)
    ring = [(100 + 60 * c, 61 + 60 * s) for c, s in zip(np.cos(angle), np.sin(angle), strict=True)]
    line, middle = (np.rot90(plane, turns).copy() for plane in planes([(ring, 3.0)]))
    assert [one.closed for one in vectorize(line, middle, pen=3.0).lines] == [True]


def test_pictures_are_made_smaller_and_larger_in_bands_as_at_once() -> None:
    from shiage.craft.light import enlarged
    from shiage.craft.shrink import shrunk

    picture = np.random.default_rng(3).integers(0, 255, (90, 130, 2), np.uint8)
    once = cv2.resize(picture, (50, 40), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(shrunk(picture, (50, 40)).astype(int) - once).max() <= 1
    larger = cv2.resize(picture, (300, 210), interpolation=cv2.INTER_LINEAR).astype(int)
    assert np.abs(enlarged(picture, (300, 210)).astype(int) - larger).max() <= 2
