"""What was not followed still comes out as a drawing: whole, in the keys' own paints, from the key that is nearer."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from cels import Colour, Page, Points, polygons
from inbetween.score import dissolved
from shiage.craft.between import Pair
from shiage.craft.between.flow import sampled
from shiage.craft.between.read import read_key
from shiage.craft.between.whole import way_back
from shiage.craft.follow import fit

SIDE = 256
SAND, INK, NIGHT, WHITE, RED, BLUE = (
    (236, 180, 106), (10, 10, 10), (40, 70, 120), (255, 255, 255), (210, 60, 60), (60, 90, 200),
)  # fmt: skip

drawn = partial(polygons, side=SIDE, ink=INK)


def oval(x: float, y: float, w: float, h: float, turn: float = 0) -> Points:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    return np.stack([w / 2 * np.cos(angle), h / 2 * np.sin(angle)], 1) @ np.array([[c, s], [-s, c]]) + (x, y)


def owl(lift: float) -> Page:
    """A body with two wings of feathers that all look alike, lifted by so many degrees."""
    shapes: list[tuple[Colour, Points]] = [(SAND, oval(128, 140, 62, 96))]
    for side in (-1, 1):
        for row, long in ((0, 92.0), (1, 72.0)):
            for n in range(4):
                turn = np.radians(-lift + 13 * n + 6 * row)
                x, y = 128 + side * (20 + long * np.cos(turn)), 125 + long * np.sin(turn)
                middle = (128 + side * 20 + x) / 2, (125 + y) / 2
                angle = float(np.degrees(np.arctan2(y - 125, x - 128 - side * 20)))
                shapes.append((SAND, oval(*middle, long + 14, 17, angle)))
                shapes.append((INK, oval(x, y, 20, 9, angle)))
    return drawn(*shapes, paper=NIGHT)


def pieces(page: Page, colour: Colour) -> int:
    """How many areas of a paint there are, specks too."""
    like = np.abs(page[..., :3].astype(int) - colour).max(2) < 40
    return int(cv2.connectedComponents(like.astype(np.uint8), connectivity=8)[0]) - 1


def test_a_wing_of_feathers_that_no_one_can_tell_apart_stays_a_wing() -> None:
    a, b = owl(0), owl(90)
    pair = Pair(a, b, fit)
    for t in (0.3, 0.5, 0.7):
        made = pair.at(t).pixels
        near = a if t < 0.5 else b
        assert pieces(made, SAND) == pieces(near, SAND) == 1
        assert abs(pieces(made, INK) - pieces(near, INK)) <= 1
        assert mixtures(made) < 0.002


def arm_before_a_face(turn: float) -> Page:
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    arm = np.array([[0, -10], [110, -10], [110, 10], [0, 10]]) @ np.array([[c, s], [-s, c]]) + (128, 150)
    return drawn((WHITE, oval(128, 150, 120, 120)), (WHITE, arm), paper=BLUE, line=2)


def test_an_outline_that_an_arm_uncovers_is_drawn_from_the_key_that_shows_it() -> None:
    pair = Pair(arm_before_a_face(-100), arm_before_a_face(-40), fit)
    angles = np.radians([-101, -97, -93])  # where the first key's arm is before the face's outline, and at 0.45 no more
    x, y = np.rint(128 + 60 * np.cos(angles)).astype(int), np.rint(150 + 60 * np.sin(angles)).astype(int)
    made = pair.at(0.45).pixels[..., :3].astype(int).max(2)
    for i in range(3):
        assert made[y[i] - 2 : y[i] + 3, x[i] - 2 : x[i] + 3].min() < 70


def test_what_is_dissolved_is_told_from_borders() -> None:
    a, m, b = (drawn((RED, oval(x, 120, 70, 50)), paper=WHITE)[..., :3] for x in (90, 110, 130))
    keys: dict[str, npt.NDArray[np.generic]] = {"a": a, "m": m, "b": b}
    blend = np.asarray((a.astype(int) + b) // 2, np.uint8)
    assert abs(dissolved(keys, m)) < 0.01 and dissolved(keys, blend) > 10


def mixtures(made: Page) -> float:
    """The share of pixels that are in no paint of the keys, and in more than a border's mixtures."""
    paints = np.array([SAND, INK, NIGHT])
    off = np.abs(made[..., None, :3].astype(int) - paints).max(3).min(2) > 12
    return float(cv2.morphologyEx(off.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).mean())


def test_a_slim_area_with_an_outline_is_no_line() -> None:
    # As the sole of a shoe between the shoe and the ground: long, no wider than a thick line, and outlined.
    sole = np.array([[40, 125], [216, 125], [216, 131], [40, 131]], float)
    shoe = np.array([[40, 80], [216, 80], [216, 125], [40, 125]], float)
    key = read_key(drawn((RED, shoe), (WHITE, sole), paper=BLUE, line=1.0)[..., :3].astype(np.float32))
    assert (key.ink[128, 60:200] == 0).all()
    assert np.abs(key.paint[key.labels[128, 128]] - 255).max() < 2
    # Without one, and of another paint than both, it is a line.
    bare = read_key(drawn((RED, shoe), (INK, sole), paper=BLUE)[..., :3].astype(np.float32))
    assert (bare.ink[128, 60:200] > 0.9).all()


def test_a_motion_that_folds_is_undone_and_does_not_tear():
    x, y = np.meshgrid(np.arange(128, dtype=np.float32), np.arange(128, dtype=np.float32))
    field = np.dstack([-24 * np.tanh((x - 64) / 4), 12 * np.tanh((y - 64) / 6)]).astype(np.float32)  # pinched
    way = way_back(field, np.ones((127, 127)), 0.5, (128, 128))
    again = way + 0.5 * sampled(field, way)  # to the key, and on to the frame
    about = (np.abs(x - 64) < 30) & (np.abs(y - 64) < 30)
    assert np.linalg.norm(again, axis=2)[about].max() < 1


def test_a_thing_that_changes_its_paint_in_place_goes_over_from_one_to_the_other() -> None:
    green = (60, 160, 120)
    keys = [drawn((colour, oval(120, 128, 90, 40)), paper=WHITE) for colour in (RED, green)]
    pair = Pair(*keys, fit)
    for share, weight in ((0.25, 0.25), (0.5, 0.5), (0.75, 0.75)):
        wanted = (1 - weight) * np.array(RED) + weight * np.array(green)
        assert np.abs(pair.at(share).pixels[128, 120, :3] - wanted).max() < 3


def spotted(x: float) -> Page:
    return drawn((RED, oval(x, 128, 150, 120)), (SAND, oval(x - 20, 120, 24, 24)), paper=WHITE, line=2)


def test_a_hole_within_what_both_keys_show_is_filled_and_the_ground_is_not() -> None:
    pair = Pair(spotted(118), spotted(138), fit)
    stage, whole = pair._stage, pair._whole
    assert stage is not None
    assert whole is not None
    laid, ways = stage.at(0.5), whole.ways(0.5)
    sure = np.zeros((SIDE, SIDE), np.float32)
    assert whole.missed(ways, laid.layer, sure, 0.5).max() == 0
    torn = laid.layer.copy()
    torn[110:140, 140:160] = 0  # a hole in the figure,
    torn[100:160, 170:173] = 0  # a crack, as where two motions meet,
    torn[230:250, 100:120] = 0  # and ground, where ground is
    missed = whole.missed(ways, torn, sure, 0.5)
    assert missed[110:140, 140:160].min() > 0.9
    assert missed[100:160, 169:174].max() == 0
    assert missed[225:].max() == 0
    # What fills it is the figure.
    filled = sampled(pair._keys[1], ways.to_b)
    assert np.abs(filled[115:135, 145:155] - RED).max() < 3


def barred(turn: float) -> Page:
    """A face with a grid of bars on it that has turned so far that each bar lies where another was."""
    bars: list[tuple[Colour, Points]] = [(RED, oval(128, 128, 150, 150))]
    for n in range(-2, 3):
        along = np.array([[-50, 18 * n - 4], [50, 18 * n - 4], [50, 18 * n + 4], [-50, 18 * n + 4]], float)
        c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        bars.append((SAND, along @ np.array([[c, s], [-s, c]]) + (128, 128)))
    return drawn(*bars, paper=WHITE, line=2)


def test_lines_of_what_was_not_followed_come_with_it_and_not_twice() -> None:
    keys = barred(0), barred(75)
    pair = Pair(*keys, fit)
    stage = pair._stage
    assert stage is not None
    for which in range(2):
        lost, (own, _) = stage.lost.where[which], stage._drawn[which][0]
        assert lost.any()
        assert own.ink[lost].max() == 0
    dark = [float((page[..., :3].max(2) < 60).sum()) for page in (*keys, pair.at(0.49).pixels, pair.at(0.51).pixels)]
    assert 0.6 * dark[0] < dark[2] < 1.15 * dark[0]
    assert 0.6 * dark[1] < dark[3] < 1.15 * dark[1]
