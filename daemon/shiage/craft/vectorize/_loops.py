"""Small shapes that a doubtful ridge encloses: it is surer all round than what lies within."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from ..strips import Check, never_stop

_STEP = 1.25  # from one level to the next
_SUREST = 180.0  # of 255, the last level
_AREA = 30.0  # square pens: no larger shape is looked for
_PASS = 20.0  # of 255: what a ridge has at its weakest place, at least, to be a loop ...
_TIMES = 2.0  # ... and so many times what it has within, ...
_TIMES_ROOMY = 1.24  # ... or so many where there is more room within than between two passes of a line: ...
_ROOM, _ROOM_AREA = 0.65, 2.5  # ... half as wide in pens, and with so many square pens

Planes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]


@dataclass(slots=True)
class _Basin:
    """Where the ridge is low, as it grows from level to level. `birth`: the level at which it begins. `within`: its
    pixels (flat), as far as it stands alone, None where it is large. `first`: one of them. `own`: parted from another
    by a ridge that is meant."""

    birth: float
    area: int
    first: int
    within: npt.NDArray[np.int64] | None
    own: bool = False


def enclosed(
    ridge: npt.NDArray[np.float32], faint: float, pen: float, check: Check = never_stop
) -> list[npt.NDArray[np.int64]]:
    """What the loops of a ridge (H, W) 0..255 enclose though it is over `faint` there, too: flat indices by loop.

    The ridge is flooded from `faint` up (persistence, Edelsbrunner et al. 2002): where two basins meet at a level, the
    one that began later ends there, and the ridge between them is meant if that level is high for what is within.
    pen: how wide a stroke is, pixels.
    """
    small = _AREA * pen * pen
    found: list[npt.NDArray[np.int64]] = []
    basins: list[_Basin] = []
    level = before = faint
    while level < _SUREST:
        check()
        count, parts, stats, _ = cv2.connectedComponentsWithStats((ridge <= level).astype(np.uint8), connectivity=4)
        labels: Ints = np.asarray(parts, np.int32)
        area: Ints = np.asarray(stats[:, cv2.CC_STAT_AREA], np.int32)
        inside = _pixels(labels, area, small)
        first = np.full(count, -1, np.int64)
        _first_of(labels, first)
        met: dict[int, list[_Basin]] = {}
        for basin, into in zip(basins, labels.ravel()[[b.first for b in basins]].tolist(), strict=True):
            met.setdefault(into, []).append(basin)
        basins = []
        for k in range(1, count):
            here = met.get(k)
            if here is None:
                basins.append(_Basin(level, int(area[k]), int(first[k]), inside.get(k)))
                continue
            eldest = _joined(here, before, faint, pen, ridge.shape[1], found)
            if not eldest.own:
                eldest.within = inside.get(k)
            eldest.area = int(area[k])
            basins.append(eldest)
        before, level = level, level * _STEP
    return found


def _joined(
    here: list[_Basin], level: float, faint: float, pen: float, across: int, found: list[npt.NDArray[np.int64]]
) -> _Basin:
    """The eldest of basins that have met at the level after this; the others end."""
    if len(here) == 1:
        return here[0]
    here.sort(key=lambda basin: (basin.birth, -basin.area))
    eldest = here[0]
    for basin in here[1:]:
        if not _meant(basin, level, faint, pen, across):
            continue
        eldest.own = True
        if basin.within is not None and (basin.birth > faint or _roomy(basin, pen, across)):
            found.append(basin.within)
    return eldest


def _meant(basin: _Basin, level: float, faint: float, pen: float, across: int) -> bool:
    """Whether a ridge that parts a basin from another up to a level encloses a shape, rather than being a doubt."""
    if level < max(_PASS, _TIMES_ROOMY * basin.birth):
        return False
    if level >= _TIMES * basin.birth:
        return True
    return basin.birth > faint and _roomy(basin, pen, across)


def _roomy(basin: _Basin, pen: float, across: int) -> bool:
    """Whether there is more room within a basin than between two passes of a line."""
    if basin.within is None or len(basin.within) < _ROOM_AREA * pen * pen:
        return False
    return _half_width(basin.within, across) >= _ROOM * pen


def _half_width(within: npt.NDArray[np.int64], across: int) -> float:
    """Pixels from the deepest place of an area (flat indices in rows of `across`) to its rim."""
    ys, xs = np.divmod(within, across)
    mask = np.zeros((np.ptp(ys) + 3, np.ptp(xs) + 3), np.uint8)
    mask[ys - ys.min() + 1, xs - xs.min() + 1] = 1
    return float(cv2.distanceTransform(mask, cv2.DIST_L2, 5).max())


def _pixels(labels: Ints, area: Ints, small: float) -> dict[int, npt.NDArray[np.int64]]:
    """The pixels (flat) of each basin that is small enough."""
    fit = area < small
    fit[0] = False
    at = np.flatnonzero(fit[labels])
    names = labels.ravel()[at]
    order = np.argsort(names, kind="stable")
    at, names = at[order], names[order]
    cuts = np.flatnonzero(np.diff(names)) + 1
    return {int(names[a]): at[a:b] for a, b in zip(np.r_[0, cuts], np.r_[cuts, len(at)], strict=True) if b > a}


@kernel
def _first_of(labels: Ints, first: npt.NDArray[np.int64]) -> None:
    height, width = labels.shape
    for y in range(height):
        for x in range(width):
            if first[labels[y, x]] < 0:
                first[labels[y, x]] = y * width + x
