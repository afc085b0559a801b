"""A clip as an animator reads it: drawings that are held, cuts between shots, and where new drawings stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from ..timing import ease, parse_spacing, plan

Pixels = npt.NDArray[np.uint8]

_SMALL = 96  # pixels of the longer side at which shots are compared
_ROWS = 64  # compared at a time, so that they stay in the processor's cache
_SAME = 10  # levels that a held drawing may differ by (grain, compression)
_SAME_SHARE = 2e-4  # of its pixels may differ more
_HAZE = 4.0  # pixels that differ a little for each that differs more: x264 has 8 to 370, what is drawn 0 to 3
# Pixels over which differences are averaged, and levels from which they are no codec's noise (x264 up to CRF 28).
_MEANS = ((3, 24.0), (9, 9.0), (33, 3.0))
_RINGS = 7.0  # levels beside lines that a codec leaves
_LOST = 40.0  # levels from which a pixel is not found again
_CUT = 0.55  # of what is drawn is not found again, both ways
_CUT_COLOURS = 0.45  # of both pictures' colours are common, at most, across a cut


@dataclass(frozen=True)
class New:
    """A drawing to be made: at ``time`` (frames), ``share`` 0..1 of the way from drawing ``after`` to the next."""

    time: float
    share: float
    after: int


def same_drawing(a: Pixels, b: Pixels) -> bool:
    """Whether two frames (H, W, 4) uint8 show one drawing.

    A codec gives a held drawing a little otherwise in each frame, and paper has grain. That noise is rings about lines
    and a haze, which a mean over a few pixels takes away; what moves, blinks or is shaded stays in it. What is drawn
    anew, however small, has pixels that differ much and hardly any that differ a little; of noise it is the reverse.
    """
    if a is b:
        return True
    little, much = _off(a, b)
    if much >= _SAME_SHARE * a.shape[0] * a.shape[1] and little < _HAZE * much:
        return False
    if not little + much:
        return True
    apart = np.asarray(_shown_luma(a) - _shown_luma(b), np.float32)
    for reach, most in _MEANS:
        if float(np.abs(cv2.blur(apart, (reach, reach))).max()) > most:
            return False
    # All lines a little: a slow pan.
    return _rms_at_lines(apart, b) <= _RINGS


def _off(a: Pixels, b: Pixels) -> tuple[int, int]:
    """How many pixels differ by up to ``_SAME`` levels, and how many by more."""
    some, much = 0, 0
    for top in range(0, len(a), _ROWS):
        apart = cv2.absdiff(a[top : top + _ROWS], b[top : top + _ROWS])
        if apart.any():
            most = apart.max(2)
            some += int(np.count_nonzero(most))
            much += int(np.count_nonzero(most > _SAME))
    return some - much, much


def _shown_luma(picture: Pixels) -> npt.NDArray[np.float32]:
    """(H, W) 0..255, on white."""
    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGBA2GRAY), np.float32)
    alpha = picture[..., 3]
    if alpha.min() == 255:
        return luma
    cover = alpha.astype(np.float32) / 255
    return np.asarray(luma * cover + 255 * (1 - cover), np.float32)


def _rms_at_lines(apart: npt.NDArray[np.float32], picture: Pixels) -> float:
    """The root mean square of what differs, beside lines and borders."""
    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGBA2GRAY), np.uint8)
    steps = cv2.morphologyEx(luma, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    beside = cv2.dilate((steps > _LOST).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return float(np.sqrt(np.square(apart[beside]).mean())) if beside.any() else 0.0


def is_cut(a: Pixels, b: Pixels) -> bool:
    """Whether another shot begins between two frames, (H, W, 4) uint8: what the one shows is not found in the other,
    nor are its colours."""
    small = [_thumbnail(picture) for picture in (a, b)]
    if _common_colours(*small) > _CUT_COLOURS:
        return False
    return min(_lost(small[0], small[1]), _lost(small[1], small[0])) > _CUT


def _thumbnail(picture: Pixels) -> npt.NDArray[np.float32]:
    scale = min(1.0, _SMALL / max(picture.shape[:2]))
    size = max(16, round(picture.shape[1] * scale)), max(16, round(picture.shape[0] * scale))
    if (picture[..., 3] == 255).all():
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA)[..., :3], np.float32)
    alpha = picture[..., 3].astype(np.float32) / 255
    planes = [picture[..., c] * alpha + 255 * (1 - alpha) for c in range(3)]
    return np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in planes], 2).astype(np.float32)


def _common_colours(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    """How much of two pictures' colours, in 8 x 8 x 8 boxes, is common; what is most of both (paper) counts little."""
    counts = []
    for picture in (a, b):
        index = (picture.clip(0, 255) // 32).astype(np.int64) @ np.array([64, 8, 1])
        counts.append(np.bincount(index.ravel(), minlength=512) / index.size)
    paper = int(np.minimum(*counts).argmax())
    for count in counts:
        count[paper] = 0
    whole = max(float(counts[0].sum()), float(counts[1].sum()))
    return 1.0 if whole < 0.02 else float(np.minimum(*counts).sum() / whole)


def _lost(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    """The share of what is drawn in ``a`` that has nothing like it near its place in ``b``."""
    reach = 2 * max(3, max(a.shape) // 8) + 1
    low = np.stack([cv2.erode(b[..., c], np.ones((reach, reach), np.uint8)) for c in range(3)], 2)
    high = np.stack([cv2.dilate(b[..., c], np.ones((reach, reach), np.uint8)) for c in range(3)], 2)
    outside = np.maximum(low - a, a - high).max(2)
    off = np.abs(a - b).max(2)
    middle = np.median(a.reshape(-1, 3), axis=0)
    drawn = np.abs(a - middle).max(2) > _LOST / 2
    if drawn.mean() < 0.01:
        return 0.0
    return float(((outside > _LOST / 4) | (off > 2 * _LOST))[drawn].mean())


def new_drawings(
    times: Sequence[float],
    bridged: Sequence[bool],
    *,
    count: int | None,
    exposure: int,
    timing: str,
    spacing: str,
    at: str,
    every: float | None,
    origin: float = 0.0,
) -> list[New]:
    """The drawings to be made between drawings that start at ``times``.

    ``bridged[i]``: whether drawings i and i + 1 belong to one movement. ``at``: places between each two drawings by
    hand, as shares of the time; ``spacing``: how far each new drawing is, as shares of the way (a timing chart); else
    ``count`` drawings; else one at every ``every`` frames from ``origin`` on (another frame rate); else one each
    ``exposure`` frames. How far those are whose place alone is given follows from ``timing``.
    """
    made = []
    for i, (start, end) in enumerate(pairwise(times)):
        if not bridged[i]:
            continue
        made += [
            New(time, share, i)
            for time, share in _between(start, end, count, exposure, timing, spacing, at, every, origin)
        ]
    return made


def _between(
    start: float,
    end: float,
    count: int | None,
    exposure: int,
    timing: str,
    spacing: str,
    at: str,
    every: float | None,
    origin: float,
) -> list[tuple[float, float]]:
    room = end - start
    if at.strip():
        return [(start + share * room, ease(share, timing)) for share in parse_spacing(at)]
    if every is not None:
        first = int(np.floor((start - origin) / every + 1e-6)) + 1
        last = int(np.ceil((end - origin) / every - 1e-6)) - 1
        places = [origin + k * every for k in range(first, last + 1)]
        return [(place, ease((place - start) / room, timing)) for place in places]
    whole = start == int(start) and end == int(end)
    if not spacing.strip() and count is None and not whole:
        # A film without a steady rate.
        places = [start + k * exposure for k in range(1, int(np.ceil(room / exposure - 0.02)))]
        return [(place, ease((place - start) / room, timing)) for place in places]
    if not spacing.strip() and count is None and room <= exposure:
        return []
    if whole and room - 1 >= (count or len(parse_spacing(spacing)) if count or spacing.strip() else 1):
        frames, shares = plan(int(start), int(end), count, exposure, timing, spacing)
        return [(float(frame), share) for frame, share in zip(frames, shares, strict=True)]
    _, shares = plan(0, 0, count, exposure, timing, spacing)
    return [(start + room * (k + 1) / (len(shares) + 1), share) for k, share in enumerate(shares)]
