"""The motion of a matched area: the affine map that lays its outline on the other key's.

Outlines are compared by their signed distance (positive inside), so that a point of one is drawn to the nearest of
the other; points that find nothing near (a border made by something in front) lose their say (Tukey's weights). Solved
by Gauss-Newton steps, first for a similarity, then for an affine map if that fits plainly better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from .moves import Map, grown, moved

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
_POINTS = 300  # of an outline
_LEAST_OWN = 0.2  # of a border is its area's own, else it is told wrongly
MARGIN = 12, 3  # pixels round an area, and what part of its longer side besides
_RIGID = 1e3  # times as firm as an outline draws is a size that is held


@dataclass(frozen=True, eq=False)
class Shape:
    """An area's outline. ``distance``: (h, w) float32 signed pixels, positive inside; ``left``, ``top``: where it lies
    in the picture. ``rim``: (p, 2) float64 x, y of border pixels, ``level``: (p,) their signed distance, ``across``:
    (p,) the area on the other side (0: none near), ``own``: (p,) bool, whether the border is this area's own and not
    that of what lies before it.
    """

    distance: Floats
    left: int
    top: int
    rim: Doubles
    level: Doubles
    across: npt.NDArray[np.int32]
    own: npt.NDArray[np.bool_]
    centre: Doubles
    turn: float
    slim: float
    size: float

    @cached_property
    def points(self) -> Doubles:
        """The area's own border."""
        return self.rim[self.own]

    @cached_property
    def levels(self) -> Doubles:
        """Signed distances of :attr:`points`."""
        return self.level[self.own]

    def owning(self, own: npt.NDArray[np.bool_]) -> Shape:
        """The same with another opinion of what is its own; where hardly any would be left, all is."""
        return replace(self, own=own if own.sum() >= _LEAST_OWN * max(1, len(own)) else np.ones_like(own))


def crop_of(box: tuple[slice, slice], shape: tuple[int, int], margin: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a picture about a box, with a ``margin`` like :data:`MARGIN`."""
    rows, columns = box
    wide = margin[0] + max(rows.stop - rows.start, columns.stop - columns.start) // margin[1]
    return (
        slice(max(0, rows.start - wide), min(shape[0], rows.stop + wide)),
        slice(max(0, columns.start - wide), min(shape[1], columns.stop + wide)),
    )


def shape_of(
    labels: npt.NDArray[np.int32],
    other: npt.NDArray[np.int32],
    share: Floats,
    label: int,
    box: tuple[slice, slice],
    behind: npt.NDArray[np.bool_],
) -> Shape:
    """The outline of one area, in ``box`` (rows and columns) of a key; see :class:`~.read.Key`.

    ``behind``: (n + 1,) bool, areas that are probably behind this one: where another one lies before it, what is seen
    as its border is not its own.
    """
    height, width = labels.shape
    cut = crop_of(box, (height, width), MARGIN)
    top, left = cut[0].start, cut[1].start
    inside = labels[cut] == label
    cover = np.where(inside, share[cut], np.where(other[cut] == label, 1 - share[cut], np.float32(0)))
    distance = signed_distance(inside, cover)
    ys, xs = np.nonzero(inside)
    border = _border(inside, ~inside)
    border[0 if top == 0 else slice(0, 0)] = False  # the picture's edge is no outline
    border[:, 0 if left == 0 else slice(0, 0)] = False
    border[-1 if cut[0].stop == height else slice(0, 0)] = False
    border[:, -1 if cut[1].stop == width else slice(0, 0)] = False
    by, bx = np.nonzero(border)
    step = max(1, len(by) // _POINTS)
    by, bx = by[::step], bx[::step]
    level = distance[by, bx].astype(np.float64)
    own = _border(inside, behind[labels[cut]])[by, bx]
    centre = np.array([xs.mean() + left, ys.mean() + top]) if len(xs) else np.zeros(2)
    spread = np.cov(np.stack([xs, ys])) if len(xs) > 2 else np.eye(2)
    values, vectors = np.linalg.eigh(spread + 1e-6 * np.eye(2))
    turn = float(np.arctan2(vectors[1, 1], vectors[0, 1]))
    rim = np.stack([bx + left, by + top], 1).astype(np.float64)
    slim = float(np.sqrt(values[0] / values[1]))
    across = _across(labels[cut], other[cut], by, bx)
    shape = Shape(distance, left, top, rim, level, across, own, centre, turn, slim, float(np.sqrt(len(xs))))
    return shape.owning(own)


def _across(
    labels: npt.NDArray[np.int32], other: npt.NDArray[np.int32], by: npt.NDArray[np.int64], bx: npt.NDArray[np.int64]
) -> npt.NDArray[np.int32]:
    """(p,) the area on the other side of each border pixel: across the line, or else right beside it."""
    across, own = other[by, bx].copy(), labels[by, bx]
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        y, x = (by + dy).clip(0, labels.shape[0] - 1), (bx + dx).clip(0, labels.shape[1] - 1)
        beside = labels[y, x]
        across = np.where((across == 0) & (beside != own), beside, across)
    return across


def signed_distance(inside: npt.NDArray[np.bool_], cover: Floats) -> Floats:
    """Signed pixels to the border, positive inside; ``cover`` 0..1 places it within border pixels.

    Each pixel counts from the nearest pixel that knows where the border runs: one that is partly covered, else one
    beside the other side.
    """
    if inside.all() or not inside.any():
        return np.full(inside.shape, 99.0 if inside.any() else -99.0, np.float32)
    partly = (cover > 0.02) & (cover < 0.98)
    level = np.where(partly, cover - np.float32(0.5), np.where(inside, np.float32(0.5), np.float32(-0.5)))
    rim = _border(inside, ~inside) | _border(~inside, inside)
    seeds = partly | rim
    far, index = cv2.distanceTransformWithLabels(
        (~seeds).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    known = np.zeros(int(index.max()) + 1, np.float32)
    known[index[seeds]] = level[seeds]
    return np.asarray(np.where(inside, far, -far) + known[index], np.float32)


def _border(inside: npt.NDArray[np.bool_], beyond: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    near = np.pad(beyond & ~inside, 1)
    return np.asarray(inside & (near[:-2, 1:-1] | near[2:, 1:-1] | near[1:-1, :-2] | near[1:-1, 2:]))


def rigid(a: Shape, b: Shape, start: Map) -> Map:
    """As ``start``, a map that mirrors nothing, but turned and shifted so that it lays a's outline on b's."""
    found = start.copy()
    if min(len(a.points), len(b.points)) >= 4:
        _fit(found, a, b, False, 12, firm=_RIGID)
        there = moved(found, a.centre)
        found[:, :2] *= np.sqrt(grown(start) / grown(found))
        found[:, 2] = there - found[:, :2] @ a.centre
    return found


def register(a: Shape, b: Shape, starts: list[Map], *, alone: bool = False) -> tuple[Map, float]:
    """The map from a's outline onto b's, and the mean distance in pixels that is left (at most 6 a point).

    ``starts``: first guesses, ``alone`` or besides those from the outlines' own middles and long axes.
    """
    if len(a.points) < 4 or len(b.points) < 4:
        return starts[0] if starts else _shift(b.centre - a.centre), 6.0
    starts = starts if alone else [_shift(b.centre - a.centre), *starts]
    if not alone and max(a.slim, b.slim) < 0.8:
        turned = (b.turn - a.turn + np.pi / 2) % np.pi - np.pi / 2
        if abs(turned) > 0.12:
            starts.append(_about(a.centre, b.centre, turned))
    best, least = starts[0], np.inf
    for start in starts:
        found = start.copy()
        cost = _fit(found, a, b, False, 12)
        turn = np.arctan2(found[1, 0], found[0, 0])
        cost += 0.0 if alone else 0.15 * abs(turn)  # of two that fit alike, the one that turns less
        if cost < least:
            best, least = found, cost
    wide = best.copy()
    cost = _fit(wide, a, b, True, 8)
    stretch = np.linalg.svd(wide[:, :2], compute_uv=False)
    if cost < 0.85 * least - 0.05 and stretch[1] > 0.3 and stretch[0] < 3:
        best, least = wide, cost
    return best, float(least)


def residue(a: Shape, b: Shape, move: Map) -> float:
    """The mean distance in pixels, at most 6 a point, that a map leaves between a's outline and b's."""
    return _fit(move.copy(), a, b, False, 0) if min(len(a.points), len(b.points)) >= 4 else 6.0


def _shift(by: Doubles) -> Map:
    return np.array([[1.0, 0, by[0]], [0, 1.0, by[1]]])


def _about(start: Doubles, end: Doubles, angle: float) -> Map:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, end - turn @ start])


def _fit(move: Map, a: Shape, b: Shape, affine: bool, rounds: int, firm: float = 0.0) -> float:
    reach = max(4.0, 0.25 * max(a.size, b.size))
    return float(
        _solve(
            move, a.points, a.levels, b.points, b.levels, a.distance, a.left, a.top, b.distance, b.left, b.top,
            a.centre, max(a.size, 4.0), affine, rounds, reach, firm,
        )
    )  # fmt: skip


@kernel
def look(distance: Floats, left: int, top: int, x: float, y: float) -> tuple[float, float, float]:
    """The signed distance at a place of the picture, and its slope; beyond the crop it falls on."""
    height, width = distance.shape
    x, y = x - left, y - top
    inner_x, inner_y = min(max(x, 0.0), width - 1.001), min(max(y, 0.0), height - 1.001)
    i, j = int(inner_y), int(inner_x)
    v, u = inner_y - i, inner_x - j
    if height < 2 or width < 2:
        return -8.0, 0.0, 0.0
    a, b, c, d = distance[i, j], distance[i, j + 1], distance[i + 1, j], distance[i + 1, j + 1]
    value = (a * (1 - u) + b * u) * (1 - v) + (c * (1 - u) + d * u) * v
    dx = (b - a) * (1 - v) + (d - c) * v
    dy = (c - a) * (1 - u) + (d - b) * u
    if x != inner_x or y != inner_y:
        value -= np.sqrt((x - inner_x) ** 2 + (y - inner_y) ** 2)
    return value, dx, dy


def levels(shape: Shape, points: Doubles) -> tuple[Doubles, Doubles]:
    """Signed distances of places of the picture, and their slopes."""
    found = _all_levels(shape.distance, shape.left, shape.top, points)
    return found[:, 0].copy(), found[:, 1:].copy()


@kernel
def _all_levels(distance: Floats, left: int, top: int, points: Doubles) -> Doubles:
    found = np.zeros((len(points), 3))
    for n in range(len(points)):
        found[n, 0], found[n, 1], found[n, 2] = look(distance, left, top, points[n, 0], points[n, 1])
    return found


@kernel
def _solve(  # noqa: PLR0915  # one loop over points
    move: Map,
    points_a: Doubles,
    level_a: Doubles,
    points_b: Doubles,
    level_b: Doubles,
    distance_a: Floats,
    left_a: int,
    top_a: int,
    distance_b: Floats,
    left_b: int,
    top_b: int,
    centre: Doubles,
    size: float,
    affine: bool,
    rounds: int,
    reach: float,
    firm: float,
) -> float:
    """Improve ``move`` in place; gives the mean distance left. ``firm``: how much its size is held."""
    count = 6 if affine else 4
    normal, right, row = np.zeros((count, count)), np.zeros(count), np.zeros(count)
    cost = 0.0
    for step in range(rounds + 1):
        normal[:] = 0
        right[:] = 0
        cut = max(2.5, reach * 0.75**step)
        cost, seen = 0.0, 0
        det = move[0, 0] * move[1, 1] - move[0, 1] * move[1, 0]
        if abs(det) < 0.05:
            return 6.0
        for which in range(2):
            points = points_a if which == 0 else points_b
            for i in range(len(points)):
                if which == 0:
                    px, py = points[i, 0], points[i, 1]
                    x = move[0, 0] * px + move[0, 1] * py + move[0, 2]
                    y = move[1, 0] * px + move[1, 1] * py + move[1, 2]
                    value, dx, dy = look(distance_b, left_b, top_b, x, y)
                    off = value - level_a[i]
                else:
                    qx, qy = points[i, 0] - move[0, 2], points[i, 1] - move[1, 2]
                    px = (move[1, 1] * qx - move[0, 1] * qy) / det
                    py = (move[0, 0] * qy - move[1, 0] * qx) / det
                    value, gx, gy = look(distance_a, left_a, top_a, px, py)
                    off = value - level_b[i]
                    dx = -(gx * move[1, 1] - gy * move[1, 0]) / det
                    dy = -(gy * move[0, 0] - gx * move[0, 1]) / det
                cost += min(abs(off), 6.0)
                seen += 1
                far = off / (cut * 2)
                if abs(far) >= 1:
                    continue
                weight = (1 - far * far) ** 2
                rx, ry = (px - centre[0]) / size, (py - centre[1]) / size
                if affine:
                    row[0], row[1], row[2], row[3], row[4], row[5] = dx * rx, dx * ry, dx, dy * rx, dy * ry, dy
                else:
                    row[0], row[1], row[2], row[3] = dx * rx + dy * ry, dy * rx - dx * ry, dx, dy
                for j in range(count):
                    part = weight * row[j]
                    right[j] -= part * off
                    for k in range(j + 1):
                        normal[j, k] += part * row[k]
        cost /= max(seen, 1)
        if step == rounds:
            break
        for j in range(count):
            for k in range(j):
                normal[k, j] = normal[j, k]
            normal[j, j] += 0.02 * seen * (0.3 if affine or j < 2 else 0.02) + 1e-6
        if firm > 0:
            # Of the two that turn and grow what has been turned already, the one that grows.
            grows, swings = move[0, 0] + move[1, 1], move[1, 0] - move[0, 1]
            whole = max(np.sqrt(grows * grows + swings * swings), 1e-9)
            grows, swings = grows / whole, swings / whole
            normal[0, 0] += firm * seen * grows * grows
            normal[1, 1] += firm * seen * swings * swings
            normal[0, 1] += firm * seen * grows * swings
            normal[1, 0] += firm * seen * grows * swings
        change = np.linalg.solve(normal, right)
        if affine:
            move[0, 0] += change[0] / size
            move[0, 1] += change[1] / size
            move[1, 0] += change[3] / size
            move[1, 1] += change[4] / size
            move[0, 2] += change[2] - (change[0] * centre[0] + change[1] * centre[1]) / size
            move[1, 2] += change[5] - (change[3] * centre[0] + change[4] * centre[1]) / size
        else:
            move[0, 0] += change[0] / size
            move[1, 1] += change[0] / size
            move[1, 0] += change[1] / size
            move[0, 1] -= change[1] / size
            move[0, 2] += change[2] - (change[0] * centre[0] - change[1] * centre[1]) / size
            move[1, 2] += change[3] - (change[1] * centre[0] + change[0] * centre[1]) / size
    return cost
