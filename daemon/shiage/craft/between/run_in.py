"""Lines that run into another thing in one key: an eye's outline that meets the face's, or a black pupil.

Drawn from that key alone such a line would break off where it ran in, since there it goes with the other thing. So
these pieces are drawn from the other key, which shows them apart. And so are pieces that something hides in that key:
an outline behind an arm that goes away from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from .lines import FAINT, Floats, Ints, Lines
from .read import edges

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64] | npt.NDArray[np.int32]

_STRONG = 0.6  # of a line's strength: its middle
_LIKE = 40.0  # levels by which the other key may differ from the line's colour
_TOGETHER = 2.0  # pixels by which lines of both keys that are one may part
_AGREED = 0.65  # of a layer's lines, at least, are the same in both keys: it was followed
_LEAST = 8  # pixels of a line's middle
_ZONE = 8  # pixels about where lines have run together, in which they are told by the other key
_ABOUT = 2  # pixels that go with a line's middle


@dataclass(frozen=True, eq=False)
class RunIn:
    """How the lines of a key are drawn: ``own``, without what has run together there; and from the other key
    ``parted``, which is ``of``, (p,) bool, this part of its band.
    """

    own: Lines
    parted: Lines
    of: npt.NDArray[np.bool_]


def run_in(lines: Lines, goes: Floats, others: Lines, others_go: Floats, top: Ints, before: Mask) -> RunIn:
    """Where ``lines`` have run together, or are hidden, that the other key shows apart.

    ``goes``: (p, 2) how far each pixel of their band goes to the other key; ``others_go``: the same of that key's.
    ``top``: (H, W) int32, the layers of the lines' key; ``before[k, m]``: layer m hides layer k.
    """
    ys, xs = others.band.T
    height, width = lines.ink.shape
    x, y = np.rint(xs + others_go[:, 0]).astype(np.int64), np.rint(ys + others_go[:, 1]).astype(np.int64)
    strong = (others.ink[ys, xs] > _STRONG) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
    ys, xs, x, y = ys[strong], xs[strong], x[strong], y[strong]
    alike = np.abs(lines.key.pixels[y, x] - others.key.inked[ys, xs]).max(1) < _LIKE
    back = np.zeros((height, width, 2), np.float32)
    back[lines.band[:, 0], lines.band[:, 1]] = goes
    apart = np.abs(back[y, x] + others_go[strong]).max(1) > _TOGETHER
    lost = alike & (apart | (lines.ink[y, x] <= FAINT))
    of = others.owner[ys, xs]
    agree = np.bincount(of, alike & ~lost) > _AGREED * np.bincount(of)
    lost &= agree[of]
    kept = _large(_marked(ys[lost], xs[lost], lines.ink.shape))[ys, xs] & lost
    zone = _wide(_marked(y[kept], x[kept], lines.ink.shape), _ZONE)
    told = alike & zone[y, x] & agree[of]
    deep = ~_wide(edges(top) > 0, _ABOUT)
    hidden = before[of, top[y, x]] & deep[y, x] & agree[of] & (lines.ink[y, x] <= FAINT)
    hidden = _large(_marked(ys[hidden], xs[hidden], lines.ink.shape))
    drawn = _wide(_marked(ys[told], xs[told], lines.ink.shape), _ABOUT) | _wide(hidden, 2 * _ABOUT)
    here = zone & _wide(_marked(y[told], x[told], lines.ink.shape), _ABOUT)
    mine = drawn[others.band[:, 0], others.band[:, 1]]
    return RunIn(
        replace(lines, ink=np.where(here, np.float32(0), lines.ink)),
        replace(others, ink=np.where(drawn, others.ink, np.float32(0)), band=others.band[mine]),
        mine,
    )


def _marked(y: Places, x: Places, shape: tuple[int, ...]) -> Mask:
    found = np.zeros(shape, bool)
    found[y, x] = True
    return found


def _wide(mask: Mask, by: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1,) * 2, np.uint8)) > 0)


def _large(mask: Mask) -> Mask:
    """Without specks."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] >= _LEAST
    kept[0] = False
    return np.asarray(kept[labels])
