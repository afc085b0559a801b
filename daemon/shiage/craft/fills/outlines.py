"""The borders of a mesh's areas as closed outlines whose points neighbours share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kernel import kernel
from .areas import Areas
from .mesh import Mesh
from .thinning import hold_shape
from .view import Floats, Ints

Bools = NDArray[np.bool_]
Chain = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Outlines:
    """``points`` (n, 3): pixel x, y and depth. ``rings``: for each area its outlines as indices of points, the outer
    one first, then its holes; each closed, without its first point again."""

    points: Floats
    rings: tuple[tuple[Ints, ...], ...]


def outlines_of(mesh: Mesh, areas: Areas, tolerance: float = 0.25) -> Outlines:
    """The outlines of all areas. ``tolerance``: pixels by which a border may be straightened, for both sides alike."""
    border = areas.area[:, None] != np.where(mesh.beside >= 0, areas.area[mesh.beside], -1)
    following = _walk(mesh.triangles, mesh.beside, border)
    start = np.roll(mesh.triangles, -1, 1)  # side k runs from corner k + 1 to corner k + 2
    junction = _junctions(mesh, border)
    rings: list[list[Ints]] = [[] for _ in range(len(areas))]
    thinned: dict[Chain, Chain] = {}
    done = np.zeros(border.shape, np.bool_)
    for t, k in np.argwhere(border).tolist():
        if done[t, k]:
            continue
        ring, side = [], 3 * t + k
        while not done[side // 3, side % 3]:
            done[side // 3, side % 3] = True
            ring.append(int(start[side // 3, side % 3]))
            side = int(following[side])
        rings[areas.area[t]].append(_thin_ring(ring, junction, mesh.points, tolerance, thinned))
    return Outlines(mesh.points, tuple(_outer_first(parts, mesh.points) for parts in rings))


def _junctions(mesh: Mesh, border: Bools) -> Bools:
    """(n,) bool: points where borders branch; between them two areas share a border all the way."""
    sides = np.stack([np.roll(mesh.triangles, -1, 1), np.roll(mesh.triangles, -2, 1)], -1)[border]
    pairs = np.unique(np.sort(sides, axis=1), axis=0)
    return np.asarray(np.bincount(pairs.ravel(), minlength=len(mesh.points)) > 2)


def _thin_ring(ring: list[int], junction: Bools, points: Floats, tolerance: float, thinned: dict[Chain, Chain]) -> Ints:
    """A ring thinned out chain by chain between junctions; a chain seen from its other side comes out alike."""
    cuts = [k for k, point in enumerate(ring) if junction[point]]
    if not cuts:
        cuts = [min(range(len(ring)), key=lambda k: ring[k])]
    made: list[int] = []
    for here, there in zip(cuts, [*cuts[1:], cuts[0] + len(ring)], strict=True):
        chain = tuple(ring[k % len(ring)] for k in range(here, there + 1))
        turned = chain[::-1]
        own = min(chain, turned)
        if own not in thinned:
            thinned[own] = _thin(own, points, tolerance)
        kept = thinned[own]
        made.extend((kept if own == chain else kept[::-1])[:-1])
    return np.array(made, np.int64)


def _thin(chain: Chain, points: Floats, tolerance: float) -> Chain:
    if len(chain) < 3:
        return chain
    index = np.array(chain, np.int64)
    return tuple(index[hold_shape(points[index, :2], tolerance, 4 if chain[0] == chain[-1] else 2)].tolist())


def _outer_first(rings: list[Ints], points: Floats) -> tuple[Ints, ...]:
    def size(ring: Ints) -> float:
        x, y = points[ring, 0], points[ring, 1]
        return abs(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()))

    whole = [ring for ring in rings if len(ring) >= 3]
    return tuple(sorted(whole, key=size, reverse=True))


@kernel
def _walk(triangles: Ints, beside: Ints, border: Bools) -> Ints:
    """For every border side (3 * triangle + corner that it faces) the next one round the same area; -1 elsewhere."""
    following = np.full(3 * len(triangles), -1, np.int64)
    for t in range(len(triangles)):
        for k in range(3):
            if not border[t, k]:
                continue
            # Round the side's end point, through the area's own triangles, to the next border.
            here, side = t, (k + 1) % 3
            while not border[here, side]:
                there = beside[here, side]
                back = 0
                for m in range(3):
                    if beside[there, m] == here:
                        back = m
                here, side = there, (back + 1) % 3
            following[3 * t + k] = 3 * here + side
    return following
