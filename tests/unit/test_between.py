"""Frames between drawn keys, without a network: what moves, what hides what, and that flats stay flat and lines thin."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from cels import polygons
from shiage.craft.between import Pair
from shiage.craft.between.bending import bend
from shiage.craft.between.exposure import is_cut, new_drawings, same_drawing
from shiage.craft.between.flow import flows_of, projected, ways_by_flow
from shiage.craft.between.moves import on_the_way
from shiage.craft.between.plan import plan
from shiage.craft.between.read import ManyAreas, read_key
from shiage.craft.between.registration import register, shape_of
from shiage.craft.follow import fit
from shiage.craft.grain import unrest_of, with_own_hue
from shiage.errors import BadInput, Cancelled

SIDE = 160
RED, BLUE, SKY, INK = (200, 60, 50), (50, 80, 190), (235, 240, 250), (20, 20, 25)

drawn = partial(polygons, side=SIDE, paper=SKY, ink=INK)


def box(x: float, y: float, w: float, h: float, turn: float = 0) -> npt.NDArray[np.float64]:
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]]) / 2
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    return corners @ np.array([[c, s], [-s, c]]) + (x, y)


def off(made: npt.NDArray[np.uint8], true: npt.NDArray[np.uint8]) -> float:
    return float(np.abs(made.astype(int) - true.astype(int))[..., :3].max(2).mean())


def test_a_box_that_moves_and_turns_stands_where_it_should_and_is_flat() -> None:
    a = drawn((RED, box(50, 60, 44, 26)))
    b = drawn((RED, box(100, 90, 44, 26, 40)))
    pair = Pair(a, b, fit)
    assert pair.style == "cel"
    made = pair.at(0.5).pixels
    # On an arc about the point that stays where it is, so not quite on the straight line between the middles.
    red = np.abs(made[..., :3].astype(int) - RED).max(2) < 20
    ys, xs = np.nonzero(red)
    assert abs(red.sum() - 44 * 26) < 120
    assert np.hypot(xs.mean() - 75, ys.mean() - 75) < 8
    spread = np.linalg.eigh(np.cov(np.stack([xs, ys])))[1][:, 1]
    assert abs(np.degrees(np.arctan2(spread[1], spread[0])) % 180 - 20) < 3
    flat = (np.abs(made[..., :3].astype(int)[..., None, :] - np.array([RED, SKY])).max(3) <= 2).any(2)
    assert 1 - flat.mean() < 0.02  # the rest is the border's anti-aliasing


def test_what_passes_in_front_hides_and_uncovers() -> None:
    a = drawn((BLUE, box(80, 80, 60, 60)), (RED, box(40, 80, 20, 90)))
    m = drawn((BLUE, box(80, 80, 60, 60)), (RED, box(80, 80, 20, 90)))
    b = drawn((BLUE, box(80, 80, 60, 60)), (RED, box(120, 80, 20, 90)))
    assert off(Pair(a, b, fit).at(0.5).pixels, m) < 1.0


def test_line_art_stays_thin_and_single() -> None:
    white = (255, 255, 255)
    frames = [
        drawn((white, box(x, 70, 50, 40, turn)), (white, box(x, 70, 16, 12, turn)), paper=white, line=2.5)
        for x, turn in ((60, 0), (75, 7.5), (90, 15))
    ]
    pair = Pair(frames[0], frames[2], fit)
    assert pair.style == "line"
    made = pair.at(0.5).pixels
    ink, true = made[..., 0] < 128, frames[1][..., 0] < 128
    assert abs(int(ink.sum()) - int(true.sum())) < 0.15 * true.sum()
    away = cv2.distanceTransform((~true).astype(np.uint8), cv2.DIST_L2, 5)
    assert away[ink].mean() < 0.6


def test_times_near_a_key_are_nearly_that_key() -> None:
    a, b = drawn((RED, box(60, 60, 40, 30)), line=2), drawn((RED, box(90, 80, 40, 30, 20)), line=2)
    pair = Pair(a, b, fit)
    assert off(pair.at(0.001).pixels, a) < 1.2
    assert off(pair.at(0.999).pixels, b) < 1.2


def test_alpha_and_sixteen_bits_come_back_as_they_were() -> None:
    a, b = drawn((RED, box(50, 80, 40, 40))), drawn((RED, box(90, 80, 40, 40)))
    for key in (a, b):
        key[..., 3] = np.where(np.abs(key[..., :3].astype(int) - SKY).max(2) < 3, 0, 255)
    made = Pair(a, b, fit).at(0.5).pixels
    assert made.dtype == np.uint8
    assert made[80, 70, 3] == 255
    assert made[10, 10, 3] == 0
    np.testing.assert_allclose(made[80, 70, :3], RED, atol=2)
    deep = Pair(a.astype(np.uint16) * 257, b.astype(np.uint16) * 257, fit).at(0.5).pixels
    assert deep.dtype == np.uint16
    assert np.abs(deep.astype(int) - made.astype(int) * 257).max() <= 3 * 257


def test_other_passes_go_the_same_way() -> None:
    a, b = drawn((RED, box(50, 80, 40, 40))), drawn((RED, box(90, 80, 40, 40)))
    pair = Pair(a, b, fit)
    depth = [(np.abs(key[..., :3].astype(int) - RED).max(2) < 40).astype(np.float32)[..., None] for key in (a, b)]
    five = [np.repeat(one, 5, 2) for one in depth]
    moved = pair.carry(five[0], five[1], pair.at(0.5).ways)
    assert moved.shape == (SIDE, SIDE, 5)
    _ys, xs = np.nonzero(moved[..., 4] > 0.5)
    assert abs(xs.mean() - 70) < 1.5
    assert abs(len(xs) - 40 * 40) < 160


def test_little_memory_follows_at_a_smaller_size_and_paints_at_its_own() -> None:
    a, b = drawn((RED, box(50, 80, 40, 40))), drawn((RED, box(90, 80, 40, 40)))
    true = drawn((RED, box(70, 80, 40, 40)))
    large = [np.repeat(np.repeat(key, 4, 0), 4, 1) for key in (a, b, true)]
    pair = Pair(large[0], large[1], fit, most_bytes=(400 + 10 * 16) * SIDE * SIDE)
    assert pair.scale == pytest.approx(0.25)
    made = pair.at(0.5).pixels
    assert made.shape == large[0].shape
    assert off(made, large[2]) < 3


def spoiled(
    key: npt.NDArray[np.uint8], *, noise: float = 0, quality: int = 0, channels: int = 3
) -> npt.NDArray[np.uint8]:
    """channels: 3 of noise of their own, as a sensor makes it; 1: the same in all, as film has it."""
    rgb = key[..., :3] + np.random.default_rng(5).normal(0, noise, (*key.shape[:2], channels))
    rgb = np.ascontiguousarray(np.rint(rgb).clip(0, 255), np.uint8)
    if quality:
        rgb = cv2.imdecode(cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return np.dstack([rgb, key[..., 3]])


WALK = [
    drawn((BLUE, box(80, 110, 90, 30)), (RED, box(x, 70, 44, 26, turn)), line=2)
    for x, turn in ((55, 0), (80, 15), (105, 30))
]


def test_keys_from_a_film_are_followed_as_drawn_ones_are_and_leave_nothing_where_a_line_was() -> None:
    a, true, b = WALK
    clean = off(Pair(a, b, fit).at(0.5).pixels, true)
    made = Pair(spoiled(a, quality=80), spoiled(b, quality=80), fit).at(0.5).pixels
    assert off(made, true) < clean + 3
    scenery = (np.abs(true[..., :3].astype(int) - SKY).max(2) < 3).astype(np.uint8)
    away = cv2.erode(scenery, np.ones((9, 9), np.uint8)) > 0
    assert np.abs(made.astype(int) - true)[away].max() < 10


def test_keys_with_grain_are_followed_as_drawn_ones_are_and_the_frame_has_it_too() -> None:
    a, _, b = WALK
    pair = Pair(spoiled(a, noise=4), spoiled(b, noise=4), fit)
    assert pair.style == "cel"
    np.testing.assert_allclose(pair.at(0.5).pixels[8:30, 8:-8, :3].std((0, 1)), 4, atol=1)


@pytest.mark.parametrize(("noise", "channels"), [(8, 1), (12, 1), (8, 3), (12, 3)])
def test_strong_grain_of_a_film_tears_nothing(noise: float, channels: int) -> None:
    def wrong(*keys: npt.NDArray[np.uint8]) -> float:
        made = Pair(keys[0], keys[1], fit).at(0.5).pixels[..., :3]
        apart = cv2.GaussianBlur(made, (0, 0), 1.5).astype(int) - cv2.GaussianBlur(WALK[1][..., :3], (0, 0), 1.5)
        return float(np.mean(np.abs(apart).max(2) > 40))

    a, _, b = WALK
    grainy = [spoiled(key, noise=noise, channels=channels) for key in (a, b)]
    assert wrong(*grainy) < wrong(a, b) + 0.01


def test_drawn_keys_are_told_from_coded_ones_and_grainy_ones() -> None:
    for key in WALK:
        assert unrest_of(key.astype(np.float32)) is None
        assert unrest_of(spoiled(key, quality=80).astype(np.float32)) == (0, 0)
        assert 4 < unrest_of(spoiled(key, noise=4).astype(np.float32)).grain < 9  # the worst of three channels


def test_hue_stays_within_the_border_that_lightness_has() -> None:
    drawn_ = np.full((300, 120, 4), 255, np.float32)
    drawn_[:, :61, :3] = (20, 160, 140)
    coded = spoiled(drawn_.astype(np.uint8), quality=70).astype(np.float32)
    assert np.abs(coded - drawn_)[:, 50:74].max() > 25  # teal ran over into the white
    told = with_own_hue(coded)
    assert np.abs(told - drawn_).max() < 0.6 * np.abs(coded - drawn_).max()
    np.testing.assert_allclose(told[140:160], with_own_hue(coded[130:170])[10:30], atol=0.01)  # worked on in rows


def test_a_brush_texture_is_no_trace_of_coding() -> None:
    rng = np.random.default_rng(2)
    for key in WALK:
        specks = (rng.random((SIDE, SIDE)) < 0.2)[..., None] * 3
        textured = (key[..., :3].astype(int) - specks).clip(0, 255).astype(np.float32)
        assert unrest_of(textured) is None


def test_noise_is_left_to_flow() -> None:
    rng = np.random.default_rng(3)
    page = cv2.GaussianBlur(rng.integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8), (0, 0), 2)
    page = cv2.normalize(page, None, 0, 255, cv2.NORM_MINMAX)
    a, b = (np.dstack([np.roll(page, s, 1), np.full((SIDE, SIDE), 255, np.uint8)]) for s in (0, 6))
    true = np.dstack([np.roll(page, 3, 1), np.full((SIDE, SIDE), 255, np.uint8)])
    pair = Pair(a, b, fit)
    assert pair.style == "paint"
    inner = (slice(20, -20), slice(20, -20))
    plain = ((a.astype(int) + b) // 2).astype(np.uint8)
    assert off(pair.at(0.5).pixels[inner], true[inner]) < 0.6 * off(plain[inner], true[inner])


@pytest.mark.parametrize(
    "page", [np.full((40, 60, 4), 255, np.uint8), np.zeros((3, 5, 4), np.uint8), np.full((1, 1, 4), 9, np.uint8)]
)
def test_empty_and_tiny_keys_give_what_they_are(page: npt.NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(Pair(page, page, fit).at(0.5).pixels, page)


def test_a_cancelled_pair_stops() -> None:
    calls = []

    def stop() -> None:
        calls.append(0)
        if len(calls) > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        Pair(drawn((RED, box(50, 60, 44, 26))), drawn((RED, box(80, 60, 44, 26))), fit, check=stop).at(0.5)


def test_a_key_is_read_as_paint_mixture_and_line() -> None:
    key = read_key(drawn((RED, box(80, 80, 60, 60)), (BLUE, box(80, 80, 30, 30)), line=2)[..., :3].astype(np.float32))
    assert len(key) == 3
    assert sorted(tuple(round(float(v)) for v in paint) for paint in key.paint[1:]) == sorted([RED, BLUE, SKY])
    assert 0.9 < key.ink[80, 50:52].max() <= 1
    assert key.ink[80, 80] == 0
    plain = read_key(drawn((RED, box(80.3, 80, 60, 60)))[..., :3].astype(np.float32))
    assert plain.ink.max() == 0  # a border without a line is no line


def test_hair_of_many_strands_is_an_area_and_a_line_with_thick_joints_is_none() -> None:
    page = np.full((640, 640, 3), SKY, np.float32)
    cv2.rectangle(page, (150, 234), (290, 340), RED, -1)  # a face, under half of the strands
    cv2.rectangle(page, (150, 200), (420, 234), BLUE, -1)
    for x in range(150, 413, 20):
        cv2.rectangle(page, (x, 234), (x + 7, 315), BLUE, -1)
    for y in range(420, 600, 24):  # thin lines between cells of two colours, which meet in thick joints
        cv2.rectangle(page, (60, y), (300, y + 24), RED if y % 48 else BLUE, -1)
        cv2.rectangle(page, (300, y), (580, y + 24), BLUE if y % 48 else RED, -1)
    for y in range(420, 600, 24):
        cv2.line(page, (60, y), (580, y), INK, 3)
    cv2.line(page, (300, 420), (300, 588), INK, 3)
    for y in range(420, 600, 24):
        cv2.circle(page, (300, y), 5, INK, -1)
    key = read_key(page)
    strands = (page[200:316, 150:421] == BLUE).all(2)
    assert key.ink[200:316, 150:421][strands].max() == 0
    assert (key.labels[200:316, 150:421][strands] == key.labels[215, 285]).all()
    assert key.ink[444, 100:250].min() > 0.9


def test_an_outline_is_laid_on_another() -> None:
    keys = [
        read_key(drawn((RED, points))[..., :3].astype(np.float32))
        for points in (box(60, 70, 50, 30), box(90, 80, 60, 36, 25))
    ]
    shapes = []
    for key in keys:
        label = int(key.labels[75, 75])
        ys, xs = np.nonzero(key.labels == label)
        area = (slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1))
        shapes.append(shape_of(key.labels, key.other, key.share, label, area, np.ones(len(key) + 1, bool)))
    move, left = register(shapes[0], shapes[1], [])
    assert left < 0.3
    assert np.degrees(np.arctan2(move[1, 0], move[0, 0])) == pytest.approx(25, abs=1.5)
    assert np.linalg.det(move[:, :2]) == pytest.approx(1.44, abs=0.06)
    np.testing.assert_allclose(on_the_way(move, 0.0, shapes[0].centre), np.eye(2, 3), atol=1e-9)
    np.testing.assert_allclose(on_the_way(move, 1.0, shapes[0].centre), move, atol=1e-6)
    assert bend(move, shapes[0], shapes[1], 0.1)[0] is None  # nothing left to bend


def test_the_middle_goes_on_an_arc_also_where_a_map_leaves_no_point() -> None:
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    wide = (1 - 0.8 * np.cos(0.3)) / (np.cos(0.3) - 0.8)  # so that an eigenvalue is 1
    linear = turn @ np.diag([wide, 0.8])
    assert abs(np.linalg.det(np.eye(2) - linear)) < 1e-9
    middle, to = np.array([400.0, 300.0]), np.array([430.0, 310.0])
    move = np.column_stack([linear, to - linear @ middle])
    half = on_the_way(move, 0.5, middle)
    assert np.linalg.norm(half[:, :2] @ middle + half[:, 2] - (middle + to) / 2) < 5
    np.testing.assert_allclose(on_the_way(move, 1.0, middle), move, atol=1e-6)
    # A turn that all of it makes: about the point that it leaves where it is, wherever its middle lies.
    still = np.array([100.0, 50.0])
    turned = np.column_stack([1.2 * turn, still - 1.2 * turn @ still])
    for other in (middle, to):
        half = on_the_way(turned, 0.5, other)
        np.testing.assert_allclose(half[:, :2] @ still + half[:, 2], still, atol=1e-9)


def test_who_hides_whom_is_seen() -> None:
    keys = [
        read_key(drawn((BLUE, box(80, 80, 60, 60)), (RED, box(x, 80, 20, 90)))[..., :3].astype(np.float32))
        for x in (40, 70)
    ]
    made = plan(keys[0], keys[1], fit)
    red, blue = (int(made.of_a[keys[0].labels[80, x]]) for x in (40, 95))
    assert made.before[blue, red]
    assert not made.before[red, blue]
    assert blue < red


def test_flow_is_projected_and_holes_filled() -> None:
    flow = np.zeros((20, 30, 2), np.float32)
    flow[5:15, 5:15, 0] = 8
    worse = np.full((20, 30), 50, np.float32)
    worse[5:15, 5:15] = 0
    back, known = projected(flow, worse, 0.5)
    assert (back[6:14, 10:18, 0] < -3.5).all()  # what fits better wins where two land
    assert not known[8, 6]
    assert np.isfinite(back).all()
    still = flows_of(np.zeros((8, 8, 3), np.float32), np.zeros((8, 8, 3), np.float32))
    assert not ways_by_flow(still, 0.3).to_a.any()  # too small to look for flow


def test_holds_and_cuts_are_found() -> None:
    a, b = drawn((RED, box(50, 60, 44, 26))), drawn((RED, box(80, 90, 44, 26, 30)))
    grainy = np.clip(a.astype(int) + np.random.default_rng(0).integers(-4, 5, a.shape), 0, 255).astype(np.uint8)
    grainy[..., 3] = 255
    assert same_drawing(a, grainy)
    assert not same_drawing(a, b)
    assert not is_cut(a, b)
    other = drawn(
        ((30, 120, 40), box(60, 30, 120, 50)),
        ((240, 200, 20), box(110, 110, 50, 70)),
        ((10, 10, 60), box(30, 120, 40, 60)),
        paper=(70, 60, 80),
    )
    assert is_cut(a, other)
    assert is_cut(other, b)
    assert not is_cut(a, a)


def chart(times: list[float], **how: object) -> list[tuple[float, float]]:
    asked = {"count": None, "exposure": 2, "timing": "linear", "spacing": "", "at": "", "every": None} | how
    return [(new.time, round(new.share, 4)) for new in new_drawings(times, [True] * (len(times) - 1), **asked)]  # type: ignore[arg-type]


def test_where_new_drawings_stand() -> None:
    assert chart([1, 9]) == [(3, 0.25), (5, 0.5), (7, 0.75)]
    assert chart([1, 9], exposure=4) == [(5, 0.5)]
    assert chart([1, 3]) == []  # on twos there is no room
    assert chart([0, 1], at="0.25, 0.75") == [(0.25, 0.25), (0.75, 0.75)]
    assert chart([0, 1], at="50%", timing="ease-in") == [(0.5, 0.25)]
    assert chart([0, 4], spacing="0.1, 0.3, 0.8") == [(1, 0.1), (2, 0.3), (3, 0.8)]
    assert chart([0, 1], count=3) == [(0.25, 0.25), (0.5, 0.5), (0.75, 0.75)]
    assert chart([0, 1, 2], every=0.5) == [(0.5, 0.5), (1.5, 0.5)]
    assert chart([0, 2.5], every=1.0) == [(1, 0.4), (2, 0.8)]
    assert new_drawings([0, 8], [False], count=3, exposure=2, timing="linear", spacing="", at="", every=None) == []
    with pytest.raises(BadInput):
        chart([0, 1], at="0.5, 1.5")


def limbed(turns: tuple[float, ...]) -> npt.NDArray[np.uint8]:
    """A disc with limbs of its own paint, each turned so far (degrees) about where it hangs."""
    key = drawn()
    cv2.circle(key, (80, 80), 22, (*RED, 255), -1, cv2.LINE_AA)
    for place, turn in zip((0, 125, 235), turns, strict=True):
        facing, root = np.radians(place + turn), np.radians(place)
        start = 80 + 17 * np.array([np.cos(root), np.sin(root)])
        end = start + 46 * np.array([np.cos(facing), np.sin(facing)])
        ends = [tuple(np.rint(16 * point).astype(int).tolist()) for point in (start, end)]
        cv2.line(key, ends[0], ends[1], (*RED, 255), 13, cv2.LINE_AA, 4)
    return key


def test_limbs_of_one_paint_with_the_body_swing_and_keep_their_length() -> None:
    frames = [limbed((turn, -turn, 0.6 * turn)) for turn in (-22.0, 0.0, 22.0)]
    made, true = (np.abs(key[..., :3].astype(int) - RED).max(2) < 60 for key in (
        Pair(frames[0], frames[2], fit).at(0.5).pixels, frames[1],
    ))  # fmt: skip
    assert (made & true).sum() / (made | true).sum() > 0.95
    reach = [np.linalg.norm(np.argwhere(shown) - 80, axis=1).max() for shown in (made, true)]
    assert abs(reach[0] - reach[1]) < 2.5


def test_a_bent_motion_leads_from_key_to_key_and_back() -> None:
    shapes = []
    for turn in (-20.0, 20.0):
        key = read_key(limbed((turn, -turn, 0.6 * turn))[..., :3].astype(np.float32))
        label = int(key.labels[80, 80])
        area = ndimage.find_objects(key.labels)[label - 1]
        shapes.append(shape_of(key.labels, key.other, key.share, label, area, np.ones(len(key) + 1, bool)))
    move, left = register(shapes[0], shapes[1], [])
    mesh, after = bend(move, shapes[0], shapes[1], left)
    assert mesh is not None and after < 0.5 * left
    np.testing.assert_array_equal(mesh.at(0.0), mesh.start)
    np.testing.assert_allclose(mesh.at(1e-6), mesh.start, atol=0.05)
    np.testing.assert_allclose(mesh.at(1 - 1e-6), mesh.end, atol=0.05)
    home = mesh.came(mesh.carried(shapes[0].points, 1.0))
    assert np.abs(home - shapes[0].points).mean() < 1.0
    here, there = mesh.maps(0.5, (60, 60, 100, 100))
    np.testing.assert_allclose(mesh.carried(here.reshape(-1, 2).astype(float), 1.0), there.reshape(-1, 2), atol=1.5)


def test_a_page_of_dots_is_not_matched_dot_by_dot() -> None:
    key = np.full((512, 512, 3), 255, np.float32)
    for y in range(3):
        for x in range(3):
            key[8 + y :: 16, 8 + x :: 16] = 0
    with pytest.raises(ManyAreas):
        read_key(key, most=600)
    whole = np.dstack([key, np.full((512, 512), 255)]).astype(np.uint8)
    made = Pair(whole, np.roll(whole, 4, 1), fit).at(0.5).pixels
    assert made.shape == whole.shape
