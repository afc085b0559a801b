"""Which area every triangle of a mesh belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..kernel import kernel
from .mesh import Mesh
from .view import Floats, Ints

_MOST_SEEN = 8  # regions counted within one triangle
_LEAST = 6  # pixels of paper: an area that shows less than this is no area of its own


@dataclass(frozen=True, eq=False)
class Areas:
    """``area`` (t,): each triangle's area, 0..n - 1, each in one piece; ``region`` (n,): the region that it shows."""

    area: Ints
    region: Ints

    def __len__(self) -> int:
        return len(self.region)


def areas_of(
    mesh: Mesh, labels: NDArray[np.int32], paper: NDArray[np.bool_], same: NDArray[np.int64] | None = None
) -> Areas:
    """Areas by what is seen in the mesh.

    ``labels``: (H, W), each pixel's region, 1..n. ``paper``: (H, W), where no ink hides it. ``same``: (n + 1,) a number
    for each region; regions of one number that meet without a line between them (at a closed gap) are one area, named
    for the largest.
    """
    seen, amount = _seen(mesh.points, mesh.triangles, labels, paper)
    seen = _without_specks(mesh, seen, amount)
    seen = _entered(mesh, seen)
    kind = seen if same is None else same[seen]
    joins = kind[:, None] == np.where(mesh.beside >= 0, kind[mesh.beside], -1)
    if same is not None:  # two regions, one paint: the line between them keeps them apart
        joins &= ~mesh.wall | (seen[:, None] == seen[mesh.beside])
    area = _pieces(mesh, joins)
    votes = np.bincount(seen * np.int64(area.max() + 1) + area, amount, (seen.max() + 1) * (area.max() + 1))
    most = votes.reshape(seen.max() + 1, area.max() + 1)
    some = np.bincount(seen * np.int64(area.max() + 1) + area, minlength=most.size).reshape(most.shape)
    return Areas(area, np.asarray((most + 1e-6 * some).argmax(0), np.int64))


def _pieces(mesh: Mesh, joins: NDArray[np.bool_]) -> Ints:
    """Numbers of connected triangles; ``joins`` (t, 3): across which sides."""
    rows, sides = np.nonzero(joins & (mesh.beside >= 0))
    many = len(mesh.triangles)
    graph = coo_array((np.ones(len(rows), np.bool_), (rows, mesh.beside[rows, sides])), shape=(many, many))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _without_specks(mesh: Mesh, seen: Ints, amount: Ints) -> Ints:
    """``seen`` with 0 for triangles in pieces that show next to nothing."""
    piece = _pieces(mesh, (seen[:, None] == seen[mesh.beside]) & (mesh.beside >= 0))
    shown = np.bincount(piece, amount)
    return np.where(shown[piece] < _LEAST, 0, seen)


def _entered(mesh: Mesh, seen: Ints) -> Ints:
    """Every triangle's region: those under ink take that of the side from which the way in is widest, and lines are
    crossed only into what is closed all round."""
    rows, sides = np.nonzero(mesh.beside > np.arange(len(mesh.triangles))[:, None])
    width = mesh.lengths()[rows, sides]
    wall = mesh.wall[rows, sides]
    order = np.lexsort((-width, wall))
    pairs = np.stack([rows, mesh.beside[rows, sides]], 1)[order]
    return np.asarray(_flow(pairs, seen.astype(np.int64)))


@kernel
def _flow(pairs: Ints, seen: Ints) -> Ints:
    """Kruskal's order over neighbouring triangles: groups join unless both know their region already."""
    parent = np.arange(len(seen))
    known = seen.copy()
    for k in range(len(pairs)):
        a, b = pairs[k, 0], pairs[k, 1]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a == b or (known[a] != 0 and known[b] != 0):
            continue
        if known[a] == 0:
            parent[a] = b
        else:
            parent[b] = a
    made = np.empty_like(seen)
    for t in range(len(seen)):
        a = t
        while parent[a] != a:
            a = parent[a]
        made[t] = known[a]
    return made


@kernel
def _seen(points: Floats, triangles: Ints, labels: NDArray[np.int32], paper: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """The region most seen in each triangle (0 = none), and in how many pixels any is."""
    height, width = labels.shape
    best, amount = np.zeros(len(triangles), np.int64), np.zeros(len(triangles), np.int64)
    region, count = np.zeros(_MOST_SEEN, np.int64), np.zeros(_MOST_SEEN, np.int64)
    corner = np.zeros((3, 2))
    for t in range(len(triangles)):
        for k in range(3):
            corner[k, 0], corner[k, 1] = points[triangles[t, k], 0], points[triangles[t, k], 1]
        top = max(int(np.ceil(corner[:, 1].min() - 0.5)), 0)
        bottom = min(int(np.floor(corner[:, 1].max() - 0.5)) + 1, height)
        known = 0
        count[:] = 0
        for y in range(top, bottom):
            left, right = 1e18, -1e18
            for k in range(3):
                ax, ay = corner[k, 0], corner[k, 1]
                bx, by = corner[(k + 1) % 3, 0], corner[(k + 1) % 3, 1]
                middle = y + 0.5
                if (ay <= middle) != (by <= middle):
                    x = ax + (middle - ay) / (by - ay) * (bx - ax)
                    left, right = min(left, x), max(right, x)
            for x in (
                range(max(int(np.ceil(left - 0.5)), 0), min(int(np.ceil(right - 0.5)), width))
                if right >= left
                else range(0)
            ):
                if not paper[y, x]:
                    continue
                amount[t] += 1
                label = labels[y, x]
                for k in range(_MOST_SEEN):
                    if k == known:
                        region[k] = label
                        known += 1
                    if region[k] == label:
                        count[k] += 1
                        break
        if known:
            best[t] = region[count[:known].argmax()]
    return best, amount
