"""A mesh of triangles over a drawing that has the middles of its lines among its edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from ..kernel import kernel
from .lines import Lines
from .thinning import hold_shape
from .view import Floats, Ints, View

_STEP = 4.0  # pixels between two points of a line at most: dense enough for triangles to keep to one side of it
_THIN = 0.05  # pixels by which a line may be off when its points are thinned out before
_GRID = 64.0  # points lie on this part of a pixel, so that crossings of many lines are one point, and sums are exact
_ROUNDS = 4  # of putting points where a line is not yet an edge
_SHORTEST = 0.75  # pixels: two lines nearer than this lie under one ink, and which is followed is not seen


@dataclass(frozen=True, eq=False)
class Mesh:
    """``points`` (n, 3): pixel x, y and depth in the plane. ``triangles`` (t, 3): their points. ``beside`` (t, 3): the
    triangle across the side that faces each corner, -1 = none; ``wall`` (t, 3): whether that side is a line's middle.
    """

    points: Floats
    triangles: Ints
    beside: Ints
    wall: NDArray[np.bool_]

    def lengths(self) -> Floats:
        """(t, 3) pixels of each side, as in ``beside``."""
        corner = self.points[self.triangles, :2]
        apart = np.roll(corner, -1, 1) - np.roll(corner, -2, 1)
        return np.asarray(np.hypot(apart[..., 0], apart[..., 1]))


def mesh_of(lines: Lines, view: View) -> Mesh:
    """The mesh of a drawing's lines, with the corners of the picture around it."""
    points = np.concatenate([view.pixels(lines.points), lines.points[:, 2:]], 1)
    points, pieces = _thinned(points, lines.pieces)
    points, pieces = _stepped(points, pieces)
    points, pieces = _crossed(points, pieces)
    points, pieces = _on_grid(points, pieces)
    points = np.concatenate([points, _frame(view, points)])
    for _ in range(_ROUNDS):
        found = Delaunay(points[:, :2])
        have = _among(pieces, found.simplices)
        step = points[pieces[:, 1], :2] - points[pieces[:, 0], :2]
        lacking = ~have & (np.hypot(step[:, 0], step[:, 1]) >= _SHORTEST)
        if not lacking.any():
            break
        missing = pieces[lacking]
        middle = (points[missing[:, 0]] + points[missing[:, 1]]) / 2
        new = len(points) + np.arange(len(middle))
        pieces = np.concatenate(
            [pieces[~lacking], np.stack([missing[:, 0], new], 1), np.stack([new, missing[:, 1]], 1)]
        )
        points = np.concatenate([points, middle])
    else:
        found = Delaunay(points[:, :2])
    triangles = found.simplices.astype(np.int64)
    sides = np.stack([np.roll(triangles, -1, 1), np.roll(triangles, -2, 1)], -1)
    wall = np.isin(_codes(sides.reshape(-1, 2)), _codes(pieces)).reshape(-1, 3)
    return Mesh(points, triangles, found.neighbors.astype(np.int64), wall)


def _codes(pairs: Ints) -> Ints:
    pairs = np.sort(pairs, axis=1).astype(np.int64)
    return np.asarray(pairs[:, 0] << 32 | pairs[:, 1])


def _among(pieces: Ints, triangles: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which pieces are sides of triangles."""
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return np.asarray(np.isin(_codes(pieces), _codes(sides)))


def _thinned(points: Floats, pieces: Ints) -> tuple[Floats, Ints]:
    """Runs of pieces without the points that are in line with their neighbours."""
    if not len(pieces):
        return points, pieces
    broken = np.flatnonzero(pieces[1:, 0] != pieces[:-1, 1]) + 1
    made_points, made_pieces, at = [], [], 0
    for run in np.split(pieces, broken):
        chain = np.append(run[:, 0], run[-1, 1])
        kept = points[chain][hold_shape(points[chain, :2], _THIN, 2)]
        made_points.append(kept)
        made_pieces.append(np.stack([np.arange(len(kept) - 1), np.arange(1, len(kept))], 1) + at)
        at += len(kept)
    return np.concatenate(made_points), np.concatenate(made_pieces)


def _stepped(points: Floats, pieces: Ints) -> tuple[Floats, Ints]:
    """Pieces of at most ``_STEP``."""
    start, end = points[pieces[:, 0]], points[pieces[:, 1]]
    many = np.maximum(np.ceil(np.hypot(*(end - start)[:, :2].T) / _STEP), 1).astype(np.int64)
    which = np.repeat(np.arange(len(pieces)), many - 1)
    turn = np.arange(len(which)) - np.repeat(np.cumsum(many - 1) - (many - 1), many - 1) + 1
    share = (turn / many[which])[:, None]
    between = start[which] + share * (end - start)[which]
    return _split(points, pieces, which, share[:, 0], between)


def _crossed(points: Floats, pieces: Ints) -> tuple[Floats, Ints]:
    """Pieces that meet at points, where they crossed or touched."""
    if len(pieces) < 2:
        return points, pieces
    at = points[pieces.ravel(), :2].reshape(-1, 4)
    which, share = _crossings(at, pieces, float(at.min()), 2 * _STEP)
    where = points[pieces[which, 0]] + share[:, None] * (points[pieces[which, 1]] - points[pieces[which, 0]])
    return _split(points, pieces, which, share, where)


def _split(points: Floats, pieces: Ints, which: Ints, share: Floats, where: Floats) -> tuple[Floats, Ints]:
    """Pieces ``which`` (k,) cut at ``share`` (k,) of their length, at the new points ``where`` (k, 3)."""
    new = len(points) + np.arange(len(which))
    owner = np.concatenate([np.arange(len(pieces)), which, np.arange(len(pieces))])
    along = np.concatenate([np.full(len(pieces), -1.0), share, np.full(len(pieces), 2.0)])
    point = np.concatenate([pieces[:, 0], new, pieces[:, 1]])
    order = np.lexsort((along, owner))
    owner, point = owner[order], point[order]
    same = owner[1:] == owner[:-1]
    return np.concatenate([points, where]), np.stack([point[:-1][same], point[1:][same]], 1)


def _on_grid(points: Floats, pieces: Ints) -> tuple[Floats, Ints]:
    """Points that fall together are one; pieces each once, none without length, no point without a piece."""
    codes = np.rint(points[:, :2] * _GRID).astype(np.int64)
    used = np.zeros(len(points), np.bool_)
    used[pieces.ravel()] = True
    _, first, number = np.unique(codes[used], axis=0, return_index=True, return_inverse=True)
    where = np.zeros(len(points), np.int64)
    where[used] = number.ravel()
    made = points[used][first]
    made[:, :2] = codes[used][first] / _GRID
    pieces = where[pieces]
    pieces = pieces[pieces[:, 0] != pieces[:, 1]]
    _, first = np.unique(_codes(pieces), return_index=True)
    return made, pieces[first]


def _frame(view: View, points: Floats) -> Floats:
    """Points round the picture, so that the paper outside the figure is in the mesh too."""
    depth = float(points[:, 2].mean()) if len(points) else 0.0
    share = np.linspace(0, 1, 9)[:-1]
    w, h = float(view.width), float(view.height)
    sides = [
        (share * w, 0 * share),
        (0 * share + w, share * h),
        (w - share * w, 0 * share + h),
        (0 * share, h - share * h),
    ]
    flat = np.concatenate([np.stack(side, 1) for side in sides])
    return np.concatenate([flat, np.full((len(flat), 1), depth)], 1)


@kernel
def _crossings(at: Floats, pieces: Ints, low: float, cell: float) -> tuple[Ints, Floats]:
    """Where pieces (m, 4: x0, y0, x1, y1), none longer than ``cell``, cross or touch: piece and share of its length."""
    many = len(at)
    columns = int((at.max() - low) / cell) + 2
    box = np.empty((many, 4), np.int64)
    for k in range(many):
        box[k, 0] = int((min(at[k, 0], at[k, 2]) - low) / cell)
        box[k, 1] = int((min(at[k, 1], at[k, 3]) - low) / cell)
        box[k, 2] = int((max(at[k, 0], at[k, 2]) - low) / cell)
        box[k, 3] = int((max(at[k, 1], at[k, 3]) - low) / cell)
    count = np.zeros(columns * columns + 1, np.int64)
    for k in range(many):
        for y in range(box[k, 1], box[k, 3] + 1):
            for x in range(box[k, 0], box[k, 2] + 1):
                count[y * columns + x + 1] += 1
    begin = np.cumsum(count)
    fill = begin[:-1].copy()
    listed = np.empty(begin[-1], np.int64)
    for k in range(many):
        for y in range(box[k, 1], box[k, 3] + 1):
            for x in range(box[k, 0], box[k, 2] + 1):
                listed[fill[y * columns + x]] = k
                fill[y * columns + x] += 1
    which, share = [np.int64(0) for _ in range(0)], [0.0 for _ in range(0)]
    for cell_number in range(columns * columns):
        for i in range(begin[cell_number], begin[cell_number + 1]):
            a = listed[i]
            for j in range(i + 1, begin[cell_number + 1]):
                b = listed[j]
                # Two pieces may share cells: they are compared in the first of them.
                first_x, first_y = max(box[a, 0], box[b, 0]), max(box[a, 1], box[b, 1])
                if first_y * columns + first_x != cell_number:
                    continue
                if pieces[a, 0] == pieces[b, 1] or pieces[a, 1] == pieces[b, 0]:
                    continue
                ux, uy = at[a, 2] - at[a, 0], at[a, 3] - at[a, 1]
                vx, vy = at[b, 2] - at[b, 0], at[b, 3] - at[b, 1]
                wx, wy = at[b, 0] - at[a, 0], at[b, 1] - at[a, 1]
                cross = ux * vy - uy * vx
                if abs(cross) < 1e-9:
                    continue
                s, t = (wx * vy - wy * vx) / cross, (wx * uy - wy * ux) / cross
                if -1e-6 <= s <= 1 + 1e-6 and -1e-6 <= t <= 1 + 1e-6:
                    which.append(a)
                    share.append(min(max(s, 0.0), 1.0))
                    which.append(b)
                    share.append(min(max(t, 0.0), 1.0))
    return np.array(which, np.int64), np.array(share, np.float64)
