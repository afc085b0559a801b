"""Smooth curves through many points: few cubic pieces (Schneider, "An algorithm for automatically fitting digitized
curves", Graphics Gems, 1990)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..kernel import kernel

Points = npt.NDArray[np.float64]

_ROUNDS = 6  # of fitting the places along the curve anew
_ARM = 5  # points over which the direction at an end is taken
_BLUNT = 2.2  # in spreads: the radius of what is a corner all the same
_HAIRPIN = 2.6  # radians: sides that turn further run beside each other, and where they would meet says nothing
_EVEN = 0.18  # of a whole turn that each side of a corner may bend, a third of the way round; an arc's has 0.25
_MIN_TURN = float(np.cos(np.radians(52)))  # a sharper turn is a corner
_MIN_BEND = float(np.cos(np.radians(28)))  # and so is this one between two straight sides


def fit(points: Points, tolerance: float, spread: float, closed: bool = False) -> list[Points]:
    """Cubic pieces (k, 4, 2) along `points` (n, 2), a pixel or so apart, for each run between corners.

    Each run is averaged over some `spread` of points, which takes the pixels' steps out of it; the pieces keep within
    `tolerance` of that, and go on in one direction.
    """
    if closed:
        points = np.concatenate([points, points[:1]])
    points, found = _sharpened(points, spread)
    cuts = [0, *found, len(points) - 1]
    ring = closed and len(cuts) == 2
    runs = [_eased(points[a : b + 1], spread, ring) for a, b in pairwise(cuts)]
    return [_fit(np.ascontiguousarray(run), tolerance, ring) for run in runs]


def _eased(points: Points, spread: float, ring: bool) -> Points:
    """The points averaged with their neighbours in the run; the ends of an open one stay."""
    reach = min(int(3 * spread), len(points) - 1)
    if reach < 1:
        return points
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    kernel /= kernel.sum()
    if ring:
        inner = points[:-1]
        around = np.concatenate([inner[-reach:], inner, inner[:reach]]) if reach < len(inner) else points
        if len(around) == len(points):
            return points
        eased = np.stack([np.convolve(around[:, k], kernel, mode="valid") for k in (0, 1)], 1)
        return np.concatenate([eased, eased[:1]])
    # Mirrored through its ends, so that these stay where they are.
    before, after = 2 * points[0] - points[reach:0:-1], 2 * points[-1] - points[-2 : -2 - reach : -1]
    around = np.concatenate([before, points, after])
    return np.stack([np.convolve(around[:, k], kernel, mode="valid") for k in (0, 1)], 1)


def corners(points: Points, arm: int = 5, turn: float = _MIN_TURN) -> list[int]:
    """Indices of the points where a line turns sharply, those at its ends left out. turn: the cosine of the least."""
    n = len(points)
    if n < 2 * arm + 1:
        return []
    before = points[arm:-arm] - points[: -2 * arm]
    after = points[2 * arm :] - points[arm:-arm]
    size = np.hypot(*before.T) * np.hypot(*after.T)
    straight = (before * after).sum(1) / np.maximum(size, 1e-9)
    found: list[int] = []
    straight = np.convolve(np.pad(straight, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    for k in np.argsort(straight, kind="stable"):
        if straight[k] > turn:
            break
        if all(abs(k + arm - other) > 2 * arm for other in found):
            found.append(int(k + arm))
    return sorted(found)


def _sharpened(points: Points, spread: float) -> tuple[Points, list[int]]:
    """The points with their blunt corners made sharp, and the indices of all corners.

    A corner's tip is lost where ink is wide: the two straight sides are carried on to where they meet. A bend that goes
    on evenly is none, nor is one that is rounder than ink and `spread` make it.
    """
    arm = max(_ARM, round(1.6 * spread))
    made, found = points.copy(), corners(points)
    eased = _eased(points, 1.2, False)
    for k in corners(eased, 2 * arm, _MIN_BEND):
        tip = _tip(eased, k, arm, _BLUNT * spread)
        if tip is None:
            continue
        share = np.linspace(0, 1, arm + 1)[:, None]
        made[k - arm : k + 1] = eased[k - arm] + (tip - eased[k - arm]) * share
        made[k : k + arm + 1] = tip + (eased[k + arm] - tip) * share
        found = [other for other in found if abs(other - k) > arm] + [k]
    return made, sorted(found)


def _tip(points: Points, k: int, arm: int, blunt: float) -> Points | None:
    """Where the straight sides of a corner at k meet; None where they are not straight, or the corner is rounder than
    a circle of radius `blunt` laid into it."""
    if k < 3 * arm or k + 3 * arm >= len(points):
        return None
    a0, a1, a2 = points[k - 3 * arm], points[k - 2 * arm], points[k - arm]
    b0, b1, b2 = points[k + 3 * arm], points[k + 2 * arm], points[k + arm]
    along, back = a2 - a0, b2 - b0
    turn = _turn(along, -back)
    if turn > _HAIRPIN:
        return None
    if max(_turn(a1 - a0, a2 - a1), _turn(b1 - b0, b2 - b1)) > _EVEN * turn:
        return None
    across = along[0] * back[1] - along[1] * back[0]
    if abs(across) < 1e-6:
        return None
    away = b2 - a2
    far = (away[0] * back[1] - away[1] * back[0]) / across
    near = (away[0] * along[1] - away[1] * along[0]) / across
    tip = a2 + far * along
    lost = float(np.hypot(*(points[k - arm : k + arm + 1] - tip).T).min())
    meets = far > 0 and near > 0 and lost <= blunt * (1 / np.cos(turn / 2) - 1)
    return np.asarray(tip, np.float64) if meets else None


def _turn(one: Points, other: Points) -> float:
    """The angle between two directions, radians."""
    return float(abs(np.arctan2(one[0] * other[1] - one[1] * other[0], one @ other)))


def seam(points: Points) -> int:
    """Where a ring's list may best begin: as far from its corners as can be."""
    n = len(points)
    found = sorted({*corners(points), *((k + n // 2) % n for k in corners(np.roll(points, -(n // 2), axis=0)))})
    if not found:
        return 0
    gaps = np.diff([*found, found[0] + n])
    widest = int(gaps.argmax())
    return int((found[widest] + gaps[widest] // 2) % n)


def sampled(pieces: Points, flat: float) -> Points:
    """(n, 2) points on cubic pieces (k, 4, 2), so many that straight lines between them stay within `flat`."""
    bend = np.maximum(
        np.hypot(*(pieces[:, 0] - 2 * pieces[:, 1] + pieces[:, 2]).T),
        np.hypot(*(pieces[:, 1] - 2 * pieces[:, 2] + pieces[:, 3]).T),
    )
    steps = np.maximum(1, np.ceil(np.sqrt(0.75 * bend / flat)).astype(int))
    made = [pieces[0, :1]]
    for piece, count in zip(pieces, steps, strict=True):
        t = (np.arange(1, count + 1) / count)[:, None]
        s = 1 - t
        made.append(s**3 * piece[0] + 3 * s**2 * t * piece[1] + 3 * s * t**2 * piece[2] + t**3 * piece[3])
    return np.concatenate(made)


@kernel
def _unit(x: float, y: float) -> tuple[float, float]:
    size = max(np.hypot(x, y), 1e-12)
    return x / size, y / size


@kernel
def _heading(points: Points, at: int, step: int, last: int) -> tuple[float, float]:
    """Direction at a point towards those that follow in `step`, up to the index `last`."""
    x = y = 0.0
    for k in range(1, _ARM + 1):
        j = at + step * k
        if (step > 0 and j > last) or (step < 0 and j < last):
            break
        x += (points[j, 0] - points[at, 0]) / k
        y += (points[j, 1] - points[at, 1]) / k
    return _unit(x, y)


@kernel
def _place(piece: Points, t: float) -> tuple[float, float]:
    s = 1 - t
    a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
    return (
        a * piece[0, 0] + b * piece[1, 0] + c * piece[2, 0] + d * piece[3, 0],
        a * piece[0, 1] + b * piece[1, 1] + c * piece[2, 1] + d * piece[3, 1],
    )


@kernel
def _lay(
    points: Points, first: int, last: int, u: Points, start: tuple[float, float], end: tuple[float, float], out: Points
) -> None:
    """The cubic with the given end directions that is nearest to the points at their places `u`."""
    c00 = c01 = c11 = x0 = x1 = 0.0
    ax, ay = points[first]
    bx, by = points[last]
    for i in range(first, last + 1):
        t = u[i]
        s = 1 - t
        b0, b1, b2, b3 = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        p, q = start[0] * b1, start[1] * b1
        v, w = end[0] * b2, end[1] * b2
        rx = points[i, 0] - (ax * (b0 + b1) + bx * (b2 + b3))
        ry = points[i, 1] - (ay * (b0 + b1) + by * (b2 + b3))
        c00 += p * p + q * q
        c01 += p * v + q * w
        c11 += v * v + w * w
        x0 += p * rx + q * ry
        x1 += v * rx + w * ry
    far = np.hypot(bx - ax, by - ay)
    det = c00 * c11 - c01 * c01
    left = right = far / 3
    if abs(det) > 1e-9:
        left, right = (x0 * c11 - x1 * c01) / det, (c00 * x1 - c01 * x0) / det
    if not (1e-3 * far < left < 3 * far + 1 and 1e-3 * far < right < 3 * far + 1):
        left = right = far / 3
    out[0, 0], out[0, 1], out[3, 0], out[3, 1] = ax, ay, bx, by
    out[1, 0], out[1, 1] = ax + start[0] * left, ay + start[1] * left
    out[2, 0], out[2, 1] = bx + end[0] * right, by + end[1] * right


@kernel
def _worst(points: Points, first: int, last: int, u: Points, piece: Points) -> tuple[float, int]:
    most, at = 0.0, (first + last) // 2
    for i in range(first + 1, last):
        x, y = _place(piece, u[i])
        away = (x - points[i, 0]) ** 2 + (y - points[i, 1]) ** 2
        if away > most:
            most, at = away, i
    return np.sqrt(most), at


@kernel
def _nearer(points: Points, first: int, last: int, u: Points, piece: Points) -> None:
    """One step of Newton for each point's place along the curve."""
    for i in range(first + 1, last):
        t = u[i]
        s = 1 - t
        x, y = _place(piece, t)
        dx = dy = ex = ey = 0.0
        for k in range(3):
            w = s * s if k == 0 else (2 * s * t if k == 1 else t * t)
            dx += 3 * w * (piece[k + 1, 0] - piece[k, 0])
            dy += 3 * w * (piece[k + 1, 1] - piece[k, 1])
        for k in range(2):
            w = s if k == 0 else t
            ex += 6 * w * (piece[k + 2, 0] - 2 * piece[k + 1, 0] + piece[k, 0])
            ey += 6 * w * (piece[k + 2, 1] - 2 * piece[k + 1, 1] + piece[k, 1])
        rx, ry = x - points[i, 0], y - points[i, 1]
        below = dx * dx + dy * dy + rx * ex + ry * ey
        if abs(below) > 1e-12:
            u[i] = min(max(t - (rx * dx + ry * dy) / below, 0.0), 1.0)


@kernel
def _fit(points: Points, tolerance: float, ring: bool) -> Points:
    n = len(points)
    out = np.empty((max(n, 2), 4, 2), np.float64)
    u = np.zeros(n, np.float64)
    piece = np.empty((4, 2), np.float64)
    firsts, lasts = np.empty(2 * n + 4, np.int64), np.empty(2 * n + 4, np.int64)
    headings = np.empty((2 * n + 4, 4), np.float64)
    a, b = _heading(points, 0, 1, n - 1), _heading(points, n - 1, -1, 0)
    if ring:  # goes on over its seam
        a = _unit(a[0] - b[0], a[1] - b[1])
        b = -a[0], -a[1]
    firsts[0], lasts[0] = 0, n - 1
    headings[0, 0], headings[0, 1], headings[0, 2], headings[0, 3] = a[0], a[1], b[0], b[1]
    held, made = 1, 0
    while held > 0:
        held -= 1
        first, last = firsts[held], lasts[held]
        start, end = (headings[held, 0], headings[held, 1]), (headings[held, 2], headings[held, 3])
        u[first] = 0.0
        for i in range(first + 1, last + 1):
            u[i] = u[i - 1] + np.hypot(points[i, 0] - points[i - 1, 0], points[i, 1] - points[i - 1, 1])
        total = max(u[last], 1e-9)
        for i in range(first, last + 1):
            u[i] /= total
        away, at = 0.0, first
        for _ in range(_ROUNDS):
            _lay(points, first, last, u, start, end, piece)
            away, at = _worst(points, first, last, u, piece)
            if away <= tolerance or away > 5 * tolerance:
                break
            _nearer(points, first, last, u, piece)
        if away <= tolerance or last - first < 3:
            out[made] = piece
            made += 1
            continue
        # The two halves meet in one direction. The first half is laid first.
        c = _heading(points, at, 1, last)
        d = _heading(points, at, -1, first)
        along = _unit(c[0] - d[0], c[1] - d[1])
        firsts[held], lasts[held] = at, last
        headings[held, 0], headings[held, 1], headings[held, 2], headings[held, 3] = along[0], along[1], end[0], end[1]
        held += 1
        firsts[held], lasts[held] = first, at
        headings[held, 0], headings[held, 1] = start[0], start[1]
        headings[held, 2], headings[held, 3] = -along[0], -along[1]
        held += 1
    return out[:made].copy()
