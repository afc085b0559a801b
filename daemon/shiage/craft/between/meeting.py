"""Lines meet the other key's: where its layer takes a line to close beside a line of the same layer, it goes on to that.

A motion leaves pixels between the outlines, and the frame's areas have their borders between both keys', so the line
that is carried from one key alone would run beside the border that it belongs to. As in the iterative closest point
(Besl & McKay 1992, across the line: Chen & Medioni 1992), each place of a line is drawn across to the nearest that runs
the same way, and what its neighbours are drawn by is drawn into that.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from .flow import Floats, sampled
from .lines import Lines

Doubles = npt.NDArray[np.float64]

_STRONG = 0.5  # of a line's strength: it is drawn there
_REACH = 0.02  # of the picture's shorter side that a line may be off
_LEAST_REACH = 6.0  # pixels, the same
_SAME_WAY = 0.8  # cosine of the angle between two lines that may be one
_ALONG = 2.0  # times the lines' spread over which places are drawn alike
_BACK, _SLANT = 2.0, 0.5  # pixels, and of the way there, that the way back may end beside where it began
_ROUNDS = 4
_FEW = 0.05  # of a place's say that holds it where it is


def meeting(lines: Lines, goes: Floats, others: Lines) -> Floats:
    """(H, W, 2) how far beyond ``goes``, (p, 2) of each pixel of the lines' band, they go to meet the ``others``."""
    at, of, way = _middles(lines)
    there, whose, theirs = _middles(others)
    meets = np.zeros((*lines.ink.shape, 2), np.float32)
    if not len(at) or not len(there):
        return meets
    led = np.zeros_like(meets)
    led[lines.band[:, 0], lines.band[:, 1]] = goes
    x, y = np.rint(at).astype(int).clip(0, np.array(lines.ink.shape[::-1]) - 1).T
    reach = max(_LEAST_REACH, _REACH * min(lines.ink.shape))
    # Lines of two layers are never near.
    apart = 4 * reach
    tree = cKDTree(np.column_stack([there, apart * whose]))
    across = np.stack([-theirs[:, 1], theirs[:, 0]], 1)
    for _ in range(_ROUNDS):
        now = at + led[y, x] + meets[y, x]
        far, near = tree.query(np.column_stack([now, apart * of]), distance_upper_bound=reach)
        found = far < reach
        # Two lines that run close do not both meet one: it is the nearer's.
        _, again = cKDTree(np.column_stack([now, apart * of])).query(tree.data[near[found]])
        found[found] = np.linalg.norm(now[again] - now[found], axis=1) < _BACK + _SLANT * far[found]
        k = near[found]
        off = ((there[k] - now[found]) * across[k]).sum(1, keepdims=True) * across[k]
        like = np.abs((way[found] * theirs[k]).sum(1)) > _SAME_WAY
        say = (1 - (far[found] / reach) ** 2) ** 2 * like
        meets += _drawn_out(off * say[:, None], say, y[found], x[found], meets.shape, _ALONG * lines.spread)
    return meets


def _drawn_out(
    pull: Doubles, say: Doubles, y: npt.NDArray[np.int64], x: npt.NDArray[np.int64], shape: tuple[int, ...], wide: float
) -> Floats:
    """(H, W, 2) what the places are drawn by, drawn into one another."""
    field = np.zeros((*shape[:2], 3), np.float32)
    field[y, x, :2], field[y, x, 2] = pull, say
    soft = cv2.GaussianBlur(field, (0, 0), wide)
    # A line of straight places, each with its whole say, has so much here.
    whole = np.float32(_FEW / (np.sqrt(2 * np.pi) * wide))
    return np.asarray(soft[..., :2] / (soft[..., 2:] + whole), np.float32)


def _middles(lines: Lines) -> tuple[Doubles, npt.NDArray[np.int64], Doubles]:
    """Places along the lines' middles, (p, 2) x, y; the layers that lead them; and which way the lines run there, (p, 2)
    of length 1.
    """
    drawn = lines.ink > _STRONG
    depth = cv2.GaussianBlur(cv2.distanceTransform(drawn.astype(np.uint8), cv2.DIST_L2, 3), (0, 0), 1.0)
    dx, dy = cv2.Sobel(depth, cv2.CV_32F, 1, 0), cv2.Sobel(depth, cv2.CV_32F, 0, 1)
    xx, xy, yy = (cv2.GaussianBlur(part, (0, 0), 2.0) for part in (dx * dx, dx * dy, dy * dy))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    over = np.stack([np.cos(angle), np.sin(angle)], 2).astype(np.float32)
    one, two = (sampled(depth[..., None], sign * over)[..., 0] for sign in (np.float32(1), np.float32(-1)))
    y, x = np.nonzero(drawn & (depth >= one) & (depth > two))
    curve = np.maximum(2 * depth - one - two, np.float32(1e-6))[y, x]
    beside = (0.5 * (one - two)[y, x] / curve).clip(-0.5, 0.5)
    across = over[y, x].astype(np.float64)
    at = np.stack([x, y], 1) + beside[:, None] * across
    return at, lines.owner[y, x].astype(np.int64), np.stack([-across[:, 1], across[:, 0]], 1)
