"""Motions that outlines alone leave open, told by the keys' own pixels."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.between import Pair
from shiage.craft.follow import fit

SIDE = 320
PAPER, RED, GREEN, GREY, INK = (255, 255, 255), (230, 80, 90), (150, 190, 50), (190, 190, 200), (30, 30, 40)

Page = npt.NDArray[np.uint8]


def page(draw: list[tuple[npt.NDArray[np.float64], tuple[int, int, int]]]) -> Page:
    """Polygons, the last on top, with smooth edges."""
    large = np.full((4 * SIDE, 4 * SIDE, 3), PAPER, np.uint8)
    for corners, paint in draw:
        cv2.fillPoly(large, [np.rint(4 * corners).astype(np.int32)], paint)
    made = np.full((SIDE, SIDE, 4), 255, np.uint8)
    made[..., :3] = cv2.resize(large, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return made


def pill(degrees: float) -> Page:
    """A rounded arm that swings about its red end: each half alone looks alike turned either way, but for its end."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    round_end = np.radians(np.linspace(90, 270, 24))
    red = np.concatenate([20 * np.stack([np.cos(round_end), np.sin(round_end)], 1), [[44, -20], [44, 20]]])
    green = np.array([88, 0]) - red
    halves = [(half @ turn.T + 160, paint) for half, paint in ((red, RED), (green, GREEN))]
    return page(halves)


def box(left: float, top: float, right: float, bottom: float) -> npt.NDArray[np.float64]:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def sail(x: float) -> Page:
    """A standing tower, of which a sail that goes past hides another part each time."""
    return page(
        [(box(100, 60, 220, 280), INK), (box(106, 66, 214, 274), GREY), (box(x, 120, x + 70, 230), RED)],
    )


def between(a: Page, b: Page) -> npt.NDArray[np.int64]:
    return Pair(a, b, fit).at(0.5).pixels[..., :3].astype(int)


def test_halves_of_an_arm_swing_round_together() -> None:
    off = np.abs(between(pill(50), pill(-57)) - pill(-3.5)[..., :3])
    assert off.max(2).mean() < 1.0


def test_what_is_partly_hidden_stands() -> None:
    off = np.abs(between(sail(50), sail(130)) - sail(90)[..., :3]).max(2)
    assert off[:118].max() < 8
    assert off[232:].max() < 8
    assert off.mean() < 1.0
