"""Lines meet the other key's: a line that its layer takes to close beside a line of the same layer goes on to that.

A motion leaves pixels between the outlines, and the frame's areas have their borders between both keys', so the line
that is carried from one key alone would run beside the border that it belongs to. As in the iterative closest point
(Besl & McKay 1992, across the line: Chen & Medioni 1992), each place of a line is drawn across to the nearest that runs
the same way, and what its neighbours are drawn by is drawn into that.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from .flow import Floats, sampled
from .lines import Lines
from .mesh import look_up

Doubles = npt.NDArray[np.float64]

_STRONG = 0.5  # of a line's strength: it is drawn there
_REACH = 0.02  # of the picture's shorter side that a line may be off
_LEAST_REACH = 6.0  # pixels, the same
_SAME_WAY = 0.8  # cosine of the angle between two lines that may be one
_ALONG = 2.0  # times the lines' spread over which places are drawn alike
_BACK, _SLANT = 2.0, 0.5  # pixels, and of the way there, that the way back may end beside where it began
_ROUNDS = 4
_COARSER = 3.0  # cells over that length
_FEW = 0.05  # of a place's say that holds it where it is


@dataclass(frozen=True, eq=False)
class Middles:
    """Places along the lines' middles. ``at``: (p, 2) float64 x, y; ``of``: (p,) the layer that leads them; ``way``:
    (p, 2) of length 1, which way the line runs there.
    """

    at: Doubles
    of: Doubles
    way: Doubles

    def placed(self, at: Doubles, reach: float) -> Doubles:
        """(p, 3) the places where they are ``at``, so that those of two layers are never within ``reach``."""
        return np.column_stack([at, 4 * reach * self.of])


def meeting(lines: Lines, goes: Floats, mine: Middles, theirs: Middles) -> Floats:
    """(H, W, 2) how far beyond ``goes``, (p, 2) of each pixel of the lines' band, they go to meet the other key's.

    ``mine``, ``theirs``: of both keys' lines.
    """
    height, width = lines.ink.shape
    wide = _ALONG * lines.spread
    step = max(1, round(wide / _COARSER))
    meets = np.zeros((1 + -(-height // step), 1 + -(-width // step), 2))
    box = 0.5 * (step - 1) + np.array([0, 0, meets.shape[1] - 1, meets.shape[0] - 1], np.float64) * step
    if len(mine.at) and len(theirs.at):
        led = np.zeros((height, width, 2), np.float32)
        led[lines.band[:, 0], lines.band[:, 1]] = goes
        x, y = np.rint(mine.at).astype(int).clip(0, (width - 1, height - 1)).T
        reach = max(_LEAST_REACH, _REACH * min(height, width))
        tree = cKDTree(theirs.placed(theirs.at, reach))
        start = mine.at + led[y, x]
        cells = ((mine.at + 0.5) / step).astype(int)
        for _ in range(_ROUNDS):
            now = start + look_up(meets, box, mine.at)
            off, say = _drawn_to(now, mine, theirs, tree, reach)
            meets += _drawn_out(off, say, cells, meets.shape, wide / step)
    size = meets.shape[1] * step, meets.shape[0] * step
    return np.asarray(
        cv2.resize(meets.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)[:height, :width], np.float32
    )


def _drawn_to(now: Doubles, mine: Middles, theirs: Middles, tree: cKDTree, reach: float) -> tuple[Doubles, Doubles]:
    """How far across each place, which is ``now`` there, is from the other key's line, (p, 2); and its say, (p,)."""
    placed = mine.placed(now, reach)
    far, near = tree.query(placed, distance_upper_bound=reach)
    found = np.flatnonzero(far < reach)
    # Two lines that run close do not both meet one: it is the nearer's.
    _, again = cKDTree(placed).query(tree.data[near[found]])
    back = np.linalg.norm(now[again] - now[found], axis=1)
    found = found[back < _BACK + _SLANT * far[found]]
    k = near[found]
    across = np.stack([-theirs.way[k, 1], theirs.way[k, 0]], 1)
    off, say = np.zeros_like(now), np.zeros(len(now))
    off[found] = ((theirs.at[k] - now[found]) * across).sum(1, keepdims=True) * across
    like = np.abs((mine.way[found] * theirs.way[k]).sum(1)) > _SAME_WAY
    say[found] = (1 - (far[found] / reach) ** 2) ** 2 * like
    return off, say


def _drawn_out(off: Doubles, say: Doubles, cells: npt.NDArray[np.int64], shape: tuple[int, ...], wide: float) -> Floats:
    """(h, w, 2) what the places in the cells are drawn by, drawn into one another."""
    count = shape[0] * shape[1]
    number = cells[:, 1] * shape[1] + cells[:, 0]
    sums = [np.bincount(number, part, count) for part in (off[:, 0] * say, off[:, 1] * say, say)]
    soft = cv2.GaussianBlur(np.stack(sums, 1).reshape(*shape[:2], 3).astype(np.float32), (0, 0), wide)
    # Where a line runs straight on, and each of its cells has one whole say, there is so much.
    whole = np.float32(_FEW / (np.sqrt(2 * np.pi) * wide))
    return np.asarray(soft[..., :2] / (soft[..., 2:] + whole), np.float32)


def middles(lines: Lines) -> Middles:
    """The middles of a key's lines."""
    drawn = lines.ink > _STRONG
    depth = cv2.GaussianBlur(cv2.distanceTransform(drawn.astype(np.uint8), cv2.DIST_L2, 3), (0, 0), 1.0)
    dx, dy = cv2.Sobel(depth, cv2.CV_32F, 1, 0), cv2.Sobel(depth, cv2.CV_32F, 0, 1)
    xx, xy, yy = (cv2.GaussianBlur(part, (0, 0), 2.0) for part in (dx * dx, dx * dy, dy * dy))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    over = np.stack([np.cos(angle), np.sin(angle)], 2).astype(np.float32)
    soft = np.asarray(depth[..., None], np.float32)
    one, two = (sampled(soft, sign * over)[..., 0] for sign in (np.float32(1), np.float32(-1)))
    y, x = np.nonzero(drawn & (depth >= one) & (depth > two))
    curve = np.maximum(2 * depth - one - two, np.float32(1e-6))[y, x]
    beside = (0.5 * (one - two)[y, x] / curve).clip(-0.5, 0.5)
    across = over[y, x].astype(np.float64)
    at = (np.stack([x, y], 1) + beside[:, None] * across).clip(0, (lines.ink.shape[1] - 1, lines.ink.shape[0] - 1))
    return Middles(at, lines.owner[y, x].astype(np.float64), np.stack([-across[:, 1], across[:, 0]], 1))
