"""A motion that bends: a grid over an area's box, with where each of its nodes lies in both keys.

Between the keys its cells turn rather than shrink (as-rigid-as-possible interpolation, Alexa et al. 2000; each link by
the turn that its ends have found, as in Sorkine & Alexa 2007). Links that the area covers are firm, those beside it are
loose, so that two legs swing apart although the grid spans the air between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from ..kernel import kernel
from .moves import Map, inverse, moved, on_the_way, turn_of, turned

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Links: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Doubles]
"""From which nodes, to which, and how firm."""

LOOSE = 0.02  # times as firm as a covered link is one in the air
_HELD = 1e-3  # of a link's firmness that holds each node near the affine motion


@dataclass(frozen=True, eq=False)
class Mesh:
    """``start``, ``end``: (r, c, 2) float64 pixels x, y, the nodes in the first and second key, ``start`` a regular
    grid. ``cover``: (r - 1, c - 1) float64 0..1, how much of each cell the area fills. ``move``: the affine motion
    that is bent.
    """

    start: Doubles
    end: Doubles
    cover: Doubles
    move: Map

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in the first key."""
        return (*self.start[0, 0], *self.start[-1, -1])

    def at(self, t: float) -> Doubles:
        """(r, c, 2) the nodes at ``t`` of the way."""
        if t <= 0 or t >= 1:
            return self.start if t <= 0 else self.end
        i, j, firm = self._links
        start, end = self.start.reshape(-1, 2), self.end.reshape(-1, 2)
        turn = 0.5 * (self._turns[i] + self._turns[j])
        first, second = start[j] - start[i], end[j] - end[i]
        wanted = turned((1 - t) * first + t * turned(second, -turn), t * turn)
        rest = moved(on_the_way(self.move, t, start.mean(0)), start) + t * (end - moved(self.move, start))
        right = _HELD * self._weight[:, None] * rest
        for axis in range(2):
            right[:, axis] += np.bincount(j, firm * wanted[:, axis], len(start))
            right[:, axis] -= np.bincount(i, firm * wanted[:, axis], len(start))
        found = self._solver.solve(right)
        # As a whole it goes where it is led.
        found += np.average(rest - found, axis=0, weights=self._weight)
        return np.asarray(found.reshape(self.start.shape), np.float64)

    @cached_property
    def _links(self) -> Links:
        return links_of(self.cover)

    @cached_property
    def _turns(self) -> Doubles:
        start, end = self.start.reshape(-1, 2), self.end.reshape(-1, 2)
        return turns(start, end, self._links, turn_of(self.move))

    @cached_property
    def _weight(self) -> Doubles:
        i, j, firm = self._links
        count = self.start[..., 0].size
        return np.asarray(np.bincount(i, firm, count) + np.bincount(j, firm, count), np.float64)

    @cached_property
    def _solver(self) -> Any:
        return splu((laplacian(self._links, len(self._weight)) + sparse.diags(_HELD * self._weight)).tocsc())

    def carried(self, points: Doubles, t: float) -> Doubles:
        """(p, 2) where places of the first key, (p, 2), lie at ``t``; beyond the box they go with its edge."""
        return points + look_up(self.at(t) - self.start, np.array(self.box), points)

    @cached_property
    def back(self) -> tuple[Floats, int, int]:
        """From the second key: (h, w, 2) the place in the first of each pixel, nan where the grid does not reach; and
        the left and top of that crop.
        """
        led = moved(self.move, self.start)
        room = np.ptp(led, (0, 1))  # what flies farther off is not followed
        low = np.floor(np.maximum(self.end.min((0, 1)), led.min((0, 1)) - room))
        high = np.ceil(np.minimum(self.end.max((0, 1)), led.max((0, 1)) + room)) + 1
        size = (high - low).astype(int).clip(1)
        home = np.full((size[1], size[0], 2), np.nan, np.float32)
        lay_out(self.end - low, self.start, self.cover, home)
        return home, int(low[0]), int(low[1])

    def came(self, points: Doubles) -> Doubles:
        """(p, 2) where places of the second key, (p, 2), lie in the first."""
        home, left, top = self.back
        at = np.rint(points - (left, top)).astype(np.int64)
        inside = np.asarray((at >= 0).all(1) & (at < home.shape[1::-1]).all(1))
        at = np.where(inside[:, None], at, 0)
        found = home[at[:, 1], at[:, 0]].astype(np.float64)
        lost = ~inside | np.isnan(found[:, 0])
        found[lost] = moved(inverse(self.move), points[lost])
        return found

    def maps(self, t: float, box: tuple[int, int, int, int]) -> tuple[Floats, Floats]:
        """For each pixel of the frame at ``t`` within ``box`` (left, top, right, bottom), its place in the first and in
        the second key, (h, w, 2) float32; nan where the grid does not reach.
        """
        shape = (max(0, box[3] - box[1]), max(0, box[2] - box[0]), 2)
        homes = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
        if shape[0] and shape[1]:
            now = self.at(t) - np.array(box[:2], np.float64)
            lay_out(now, self.start, self.cover, homes[0])
            lay_out(now, self.end, self.cover, homes[1])
        return homes


def grid(low: Doubles, high: Doubles, spacing: float) -> Doubles:
    """(r, c, 2) nodes over a box from ``low`` to ``high`` (x, y), about ``spacing`` pixels apart."""
    columns, rows = (max(2, round(float(length) / spacing) + 1) for length in high - low)
    return np.stack(np.meshgrid(np.linspace(low[0], high[0], columns), np.linspace(low[1], high[1], rows)), -1)


def cover_of(inside: npt.NDArray[np.bool_], left: int, top: int, nodes: Doubles) -> Doubles:
    """(r - 1, c - 1) how much of each cell of a grid an area fills; ``inside`` lies at ``left``, ``top``."""
    ys, xs = np.nonzero(inside)
    rows, columns = nodes.shape[0] - 1, nodes.shape[1] - 1
    low, high = nodes[0, 0], nodes[-1, -1]
    i = np.clip((ys + top - low[1]) / (high[1] - low[1]) * rows, 0, rows - 1e-6).astype(np.int64)
    j = np.clip((xs + left - low[0]) / (high[0] - low[0]) * columns, 0, columns - 1e-6).astype(np.int64)
    count = np.bincount(i * columns + j, minlength=rows * columns).reshape(rows, columns)
    one = (high[0] - low[0]) / columns * (high[1] - low[1]) / rows
    return np.asarray(np.minimum(1.0, count / max(1.0, one)), np.float64)


def links_of(cover: Doubles) -> Links:
    """The links between neighbouring nodes: from, to, and how firm."""
    rows, columns = cover.shape[0] + 1, cover.shape[1] + 1
    index = np.arange(rows * columns).reshape(rows, columns)
    wide = np.pad(cover, 1)
    across = 0.5 * (wide[:-1, 1:-1] + wide[1:, 1:-1])  # links along a row lie between two cells
    down = 0.5 * (wide[1:-1, :-1] + wide[1:-1, 1:])
    one = np.concatenate([index[:, :-1].ravel(), index[:-1].ravel()])
    two = np.concatenate([index[:, 1:].ravel(), index[1:].ravel()])
    return one, two, LOOSE + np.concatenate([across.ravel(), down.ravel()])


def laplacian(links: Links, count: int) -> sparse.csc_matrix:
    """(n, n): the sum over links of their firmness times the squared difference of their ends."""
    i, j, firm = links
    rows, columns = np.concatenate([i, j, i, j]), np.concatenate([i, j, j, i])
    return sparse.coo_matrix((np.concatenate([firm, firm, -firm, -firm]), (rows, columns)), (count, count)).tocsc()


def turns(start: Doubles, end: Doubles, links: Links, whole: float) -> Doubles:
    """(n,) by how much the links about each node have turned, radians, counted from ``whole``: an arm that swings by
    more than half a turn beyond the rest is not told from one that swings the other way.
    """
    i, j, firm = links
    first, second = start[j] - start[i], end[j] - end[i]
    along = firm * (first * second).sum(1)
    aside = firm * (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
    count = len(start)
    cos = np.bincount(i, along, count) + np.bincount(j, along, count)
    sin = np.bincount(i, aside, count) + np.bincount(j, aside, count)
    angle = np.arctan2(sin, cos) - whole
    return np.asarray(whole + (angle + np.pi) % (2 * np.pi) - np.pi, np.float64)


@kernel
def look_up(field: Doubles, box: Doubles, points: Doubles) -> Doubles:
    """Bilinear values of a grid's field at places of the first key."""
    rows, columns = field.shape[0], field.shape[1]
    found = np.zeros(points.shape)
    for n in range(len(points)):
        u = min(max((points[n, 0] - box[0]) / (box[2] - box[0]), 0.0), 1.0) * (columns - 1)
        v = min(max((points[n, 1] - box[1]) / (box[3] - box[1]), 0.0), 1.0) * (rows - 1)
        i, j = min(int(v), rows - 2), min(int(u), columns - 2)
        v, u = v - i, u - j
        for c in range(2):
            found[n, c] = (field[i, j, c] * (1 - u) + field[i, j + 1, c] * u) * (1 - v)
            found[n, c] += (field[i + 1, j, c] * (1 - u) + field[i + 1, j + 1, c] * u) * v
    return found


@kernel
def lay_out(now: Doubles, home: Doubles, cover: Doubles, out: Floats) -> None:
    """Draw each cell, two triangles, where it lies ``now``; its pixels take the place that they have at ``home``. What
    the area covers lies over what it does not.
    """
    height, width = out.shape[0], out.shape[1]
    for covered in range(2):
        for i in range(cover.shape[0]):
            for j in range(cover.shape[1]):
                if (cover[i, j] > 0) != (covered == 1):
                    continue
                for half in range(2):
                    ai, aj = i, j
                    bi, bj = (i, j + 1) if half == 0 else (i + 1, j + 1)
                    ci, cj = (i + 1, j + 1) if half == 0 else (i + 1, j)
                    ax, ay = now[ai, aj, 0], now[ai, aj, 1]
                    bx, by = now[bi, bj, 0], now[bi, bj, 1]
                    cx, cy = now[ci, cj, 0], now[ci, cj, 1]
                    twice = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
                    if abs(twice) < 1e-6:
                        continue
                    if twice < 0 and covered == 0:
                        continue  # turned over, and only air
                    top = max(0, int(np.ceil(min(ay, by, cy) - 1e-6)))
                    bottom = min(height - 1, int(np.floor(max(ay, by, cy) + 1e-6)))
                    left = max(0, int(np.ceil(min(ax, bx, cx) - 1e-6)))
                    right = min(width - 1, int(np.floor(max(ax, bx, cx) + 1e-6)))
                    for y in range(top, bottom + 1):
                        for x in range(left, right + 1):
                            v = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / twice
                            w = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / twice
                            if v < -1e-6 or w < -1e-6 or v + w > 1 + 1e-6:
                                continue
                            for c in range(2):
                                out[y, x, c] = np.float32(
                                    home[ai, aj, c] * (1 - v - w) + home[bi, bj, c] * v + home[ci, cj, c] * w
                                )
