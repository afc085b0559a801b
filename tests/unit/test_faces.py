"""Between drawn faces: lines that run into one another, strokes within an area, what hides another in one key."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.between import Pair
from shiage.craft.between.painting import inside_of
from shiage.craft.between.read import read_key
from shiage.craft.follow import fit
from shiage.nets.match import matcher

SIDE = 256
PAPER, SKIN, WHITE, INK, RED = (255, 255, 255), (145, 77, 205), (254, 254, 254), (5, 5, 5), (230, 10, 10)
YELLOW = (252, 211, 2)
_K = 4

Page = npt.NDArray[np.uint8]


class Drawing:
    """Filled and outlined shapes with smooth edges."""

    def __init__(self) -> None:
        self.large = np.full((_K * SIDE, _K * SIDE, 3), PAPER, np.uint8)

    def round(
        self, x: float, y: float, w: float, h: float, paint: tuple[int, int, int], line: float = 0, turn: float = 0
    ) -> Drawing:
        middle, axes = (round(_K * x), round(_K * y)), (round(_K * w), round(_K * h))
        cv2.ellipse(self.large, middle, axes, turn, 0, 360, paint, -1)
        if line:
            cv2.ellipse(self.large, middle, axes, turn, 0, 360, INK, round(_K * line))
        return self

    def arc(self, x: float, y: float, w: float, h: float, start: float, end: float, line: float) -> Drawing:
        cv2.ellipse(
            self.large, (round(_K * x), round(_K * y)), (round(_K * w), round(_K * h)), 0, start, end, INK,
            round(_K * line),
        )  # fmt: skip
        return self

    @property
    def page(self) -> Page:
        made = np.full((SIDE, SIDE, 4), 255, np.uint8)
        made[..., :3] = cv2.resize(self.large, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return made


def face(shift: float) -> Page:
    """A head that stands, whose features slide to one side: at 0 a brow touches an eye, at 40 an eye the head's line."""
    drawn = Drawing().round(128, 128, 100, 100, SKIN, 4)
    drawn.round(80 + shift, 105, 28, 36, WHITE, 4).round(150 + shift, 105, 28, 36, WHITE, 4)
    drawn.round(88 + shift, 110, 9, 14, INK).round(158 + shift, 110, 9, 14, INK)
    return drawn.arc(112 + shift, 107, 30, 48, 235, 305, 3).round(110 + shift, 180, 30, 6, WHITE, 4).page


def dark(page: Page) -> npt.NDArray[np.uint8]:
    return np.asarray(page[..., :3].max(2) < 90, np.uint8)


def far(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    """The share of a drawing's dark pixels with none of the other's within two pixels."""
    near = cv2.dilate(other, np.ones((5, 5), np.uint8))
    return float((one * (1 - near)).sum() / one.sum())


def test_lines_that_run_together_in_a_key_are_whole_between() -> None:
    pair = Pair(face(0), face(40), matcher())
    for t in (0.3, 0.5, 0.7):
        made, true = dark(pair.at(t).pixels), dark(face(40 * t))
        assert far(true, made) < 0.01  # no line breaks off
        assert far(made, true) < 0.01  # and none is left over


def test_what_passes_over_an_area_does_not_turn_it_over_to_flow() -> None:
    pair = Pair(face(0), face(40), matcher())
    assert pair._stage is not None
    assert all(layer.trusted for layer in pair._stage.plan.layers)


def smiling(x: float, y: float, turn: float) -> Page:
    """A head with a rim before it, and a mouth that slides on it; no lines."""
    drawn = Drawing().round(x, y, 90, 90, INK).round(x, y, 80, 80, YELLOW)
    return drawn.round(x + turn, y + 25, 30, 22, INK).round(x + turn, y + 33, 20, 10, RED).page


def test_nothing_shines_through_where_something_stood() -> None:
    """What lies behind in order is not seen as a hair's breadth of paint along the edge of what has gone."""
    a, b = smiling(120, 140, -20), smiling(136, 116, 25)
    made, true = Pair(a, b, fit).at(0.5).pixels, smiling(128, 128, 2.5)
    yellow = (np.abs(true[..., :3].astype(int) - YELLOW).max(2) < 8).astype(np.uint8)
    inside = cv2.erode(yellow, np.ones((9, 9), np.uint8)) > 0
    assert np.abs(made[inside][:, :3].astype(int) - YELLOW).max() < 12


def test_a_limb_that_was_not_followed_goes_over_whole() -> None:
    """Where the keys are far from agreeing, the weightier is drawn, and its edges aren't mixed with the other's."""
    x = np.mgrid[0:60, 0:60][1].astype(np.float32)
    one, two = 5 - np.abs(x - 20), 5 - np.abs(x - 36)
    weight = np.stack([np.full_like(x, 0.6), np.full_like(x, 0.4)], 2)
    inside = inside_of(np.stack([one, two], 2), weight)
    assert (np.abs(inside - one)[:, 12:46] < 0.5).all()
    near = inside_of(np.stack([one, 5 - np.abs(x - 22)], 2), weight)
    assert abs(float(near[30, 25]) - 0.8) < 0.01  # where they agree, their mean


def test_a_rim_in_a_colour_between_its_sides_is_a_line() -> None:
    """Grey spectacles before dark hair are no edge that was drawn softly."""
    made = Drawing().round(128, 128, 110, 110, (58, 47, 38)).round(128, 128, 62, 26, (126, 126, 126))
    key = read_key(made.round(128, 128, 54, 18, (206, 222, 230)).page[..., :3].astype(np.float32))
    rim = np.abs(key.pixels - 126).max(2) < 6
    assert rim.sum() > 1000
    assert (key.ink[rim] > 0.9).mean() > 0.95
