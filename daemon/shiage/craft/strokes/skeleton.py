"""How the parts of a drawing hang together, and how they get from one key to the other.

A part turns about the joint at which it hangs on its neighbour, so that a hand goes along with a turning arm: its
motion is its parent's, then its own share of the turn that it makes against its parent. Everything goes on arcs;
nothing shrinks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree, shortest_path

from .parts import Parts
from .similarity import IDENTITY, Similarity

Complexes = NDArray[np.complex128]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

ROOT_REACH, ONLY_REACH, JOINT_REACH = 0.5, 1.2, 2.0
"""A part turns about its fixed point when that lies within this many times its own radius from its centre: the others
about the joint at their end, a drawing's only part about a point in it (a lone arm at its shoulder). A root that others
hang on mostly moves freely: every turn with a shift has a fixed point somewhere, and it means little."""


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Parts (and lone strokes) in the order of their joints.

    ``motion`` (p,): where each goes. ``parent`` (p,): -1 for the root. ``order``: parents before children. ``centre``
    and ``radius`` (p,): of the part's strokes in the first drawing.
    """

    motion: Similarity
    parent: Ints
    order: Ints
    centre: Complexes
    radius: Floats

    @property
    def count(self) -> int:
        """The number of parts and lone strokes."""
        return len(self.parent)

    def one(self, part: int) -> Similarity:
        """The whole motion of one part."""
        return Similarity(self.motion.a[part], self.motion.b[part])

    def motions(self, t: float) -> Similarity:
        """(p,) where each part is at the share ``t`` of the way."""
        made = [IDENTITY] * self.count
        for p in self.order:
            up = self.parent[p]
            own = self.one(p) if up < 0 else self.one(up).inverse().after(self.one(p))
            reach = float(self.radius[p]) * self._reach(up < 0)
            part = _swing(own, complex(self.centre[p]), reach, t)
            made[p] = part if up < 0 else made[up].after(part)
        return Similarity(np.array([m.a for m in made]), np.array([m.b for m in made]))

    def _reach(self, root: bool) -> float:
        if not root:
            return JOINT_REACH
        return ROOT_REACH if self.count > 1 else ONLY_REACH

    def with_lone(self, motion: Similarity, parent: Ints, centre: Complexes, radius: Floats) -> Skeleton:
        """This with strokes that move by themselves, each hung on a part."""
        return Skeleton(
            Similarity(np.concatenate([self.motion.a, motion.a]), np.concatenate([self.motion.b, motion.b])),
            np.concatenate([self.parent, parent]).astype(np.intp),
            np.concatenate([self.order, self.count + np.arange(len(parent))]).astype(np.intp),
            np.concatenate([self.centre, centre]),
            np.concatenate([self.radius, radius]),
        )


def hang(parts: Parts, first: Complexes, size: float) -> Skeleton:
    """Hang parts on each other where they have a joint.

    ``first`` (m, SAMPLES): the samples that the parts were found from.
    """
    p = parts.count
    if p == 0:
        return Skeleton(parts.motion, np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0, complex), np.zeros(0))
    points = [first[members].ravel() for members in parts.members]
    thin = [mine[:: max(1, len(mine) // 64)] for mine in points]
    cost = np.zeros((p, p))
    for i in range(p):
        for j in range(i):
            cost[i, j] = 1e-6 * size + _looseness(parts.one(i), parts.one(j), thin[i], thin[j])
    tree = minimum_spanning_tree(cost)
    root = _root(parts, points, tree, size)
    order, parent = np.arange(p), np.full(p, -1)
    if p > 1:
        order, parent = breadth_first_order(tree, root, directed=False)
        parent = np.where(np.arange(p) == root, -1, parent)
    centre = np.array([mine.mean() for mine in points], np.complex128)
    radius = np.array([abs(mine - c).max() for mine, c in zip(points, centre, strict=True)], np.float64)
    centre[root] = first.mean()  # a free body turns about its centre of mass
    return Skeleton(parts.motion, np.asarray(parent, np.intp), np.asarray(order, np.intp), centre, radius)


def _looseness(one: Similarity, two: Similarity, mine: Complexes, other: Complexes) -> float:
    """How badly two parts hang together: over possible joints the least of its distances to both and its slip."""
    between = abs(mine[:, None] - other)
    k, m = np.unravel_index(int(between.argmin()), between.shape)
    joints = [complex(mine[k] + other[m]) / 2]
    pivot = one.inverse().after(two).fixed_point()
    if pivot is not None:
        joints.append(pivot)
    return min(
        float(abs(one(np.asarray(x)) - two(np.asarray(x))) + abs(mine - x).min() + abs(other - x).min()) for x in joints
    )


def _root(parts: Parts, points: list[Complexes], tree: csr_matrix, size: float) -> int:
    """The part from which the others hang: in the middle of the tree, counted in line, and rather a still one."""
    line = np.array([len(mine) for mine in points], np.float64)
    hops = shortest_path(tree, directed=False, unweighted=True)
    far = (hops * line).sum(1) / line.sum()
    moved = np.array([abs(parts.one(k)(mine) - mine).mean() for k, mine in enumerate(points)]) / size
    turned = abs(np.angle(parts.motion.a)) / np.pi
    return int(np.argmin((0.5 + far) ** 2 * (0.3 + moved + turned / 2)))


def _swing(end: Similarity, centre: complex, reach: float, t: float) -> Similarity:
    """The share ``t`` of a motion: about its pivot where that lies within ``reach`` of the part's centre, else the part
    turns about its own centre, which goes straight."""
    turn = float(np.angle(end.a))
    pivot = end.fixed_point()
    if pivot is not None and abs(pivot - centre) < reach:
        return end.power(t, turn)
    part = np.exp(t * (np.log(abs(end.a)) + 1j * turn))
    goal = centre + t * (end(np.asarray(centre)) - centre)
    return Similarity(np.asarray(part), np.asarray(goal - part * centre))
