"""How a matched area bends: its outline followed round by what it looks like, then laid on the other's.

First, where an affine map leaves much, which place of one outline is which of the other: both are walked round
together (dynamic programming, as in Sebastian, Klein & Kimia 2003), by how much of the area lies about each place at
several reaches (integral invariants, Manay et al. 2006), which a limb keeps while it swings. A grid is drawn to these
places as rigidly as it goes (Sorkine & Alexa 2007), and at last each outline point to the nearest of the other's
outline.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from .mesh import Mesh, cover_of, grid, links_of
from .moves import Map, moved
from .registration import Shape, levels
from .springs import at_rest

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_STIFF = 0.5
_FAR = 1.2  # pixels off, from which outlines are walked round
_ROUND = 180  # places of an outline
_REACHES = (0.08, 0.16, 0.32)  # of an area's size
_SKIP = 0.12  # what it costs that a place of one outline is none of the other's
_WORTH = 0.6  # of what an affine map leaves may be left where it is bent: less is what hides and uncovers
_LEAST_SIZE = 0.04  # of what it covered: what shrinks more was walked round wrongly
_ROUNDS, _STEPS = 6, 6
_FIRM, _HELD = 0.25, 1e-4  # all links beside all places that were walked round to, and a node's own place beside a link
_FIRM_NEAR, _HELD_NEAR = 0.6, 0.02  # a covered cell beside a place of an outline, and the same
_FINEST = 5.0  # pixels between nodes, at least


def bend(move: Map, a: Shape, b: Shape, off: float) -> tuple[Mesh | None, float]:
    """How an area bends beyond its affine motion (None: it does not), and the mean pixels that are left then."""
    if off < _STIFF or min(len(a.points), len(b.points)) < 12 or off >= 6:
        return None, off
    low, high = a.points.min(0), a.points.max(0)
    pad = np.maximum(0.1 * (high - low), 16)
    spacing = max(_FINEST, 0.12 * a.size if off < _FAR else 0.07 * a.size)
    nodes = grid(low - pad, high + pad, spacing)
    cover = cover_of(a.distance > 0, a.left, a.top, nodes)
    if off > _FAR:
        one, two, sure = walked(a, b, move)
        led = _similar(one, two, sure) if len(one) >= 12 else np.zeros((2, 3))
        if np.linalg.det(led[:, :2]) > _LEAST_SIZE:
            drawn = _drawn(_laid(nodes, cover, led), one, two, sure)
            found, left = _settled(drawn, a, b, max(1.0, 0.3 * off))
            if left < _WORTH * off:
                return found, left
    found, left = _settled(_laid(nodes, cover, move), a, b, off)
    return (found, left) if left < _WORTH * off else (None, off)


def _laid(nodes: Doubles, cover: Doubles, move: Map) -> Mesh:
    return Mesh(nodes, moved(move, nodes), cover, move)


def _similar(one: Doubles, two: Doubles, sure: Doubles) -> Map:
    """The turn, size and shift that lay most of ``one`` on ``two`` (Umeyama 1991, weighed anew in each round): what an
    affine map makes of limbs that swing, growth or shear, is none of the body's.
    """
    weight, move = sure, np.eye(2, 3)
    for _ in range(6):
        middle, there = (np.average(points, axis=0, weights=weight + 1e-9) for points in (one, two))
        first, second = one - middle, two - there
        along = (weight * (first * second).sum(1)).sum()
        aside = (weight * (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])).sum()
        cos, sin = np.array([along, aside]) / max(1e-9, float((weight * (first**2).sum(1)).sum()))
        linear = np.array([[cos, -sin], [sin, cos]])
        move = np.column_stack([linear, there - linear @ middle])
        apart = np.linalg.norm(moved(move, one) - two, axis=1)
        weight = sure / (1 + (apart / max(1.0, float(np.median(apart)))) ** 2) ** 2
    return move


def _drawn(mesh: Mesh, one: Doubles, two: Doubles, weight: Doubles) -> Mesh:
    """The grid drawn so that places ``one`` of the first key come to lie on ``two``."""
    links = links_of(mesh.cover)
    among = max(1.0, float(links[2].sum()))
    points, ways = np.concatenate([one, one]), np.eye(2).repeat(len(one), 0)
    trust = weight
    for turn in range(_ROUNDS):
        firm = _FIRM * float(trust.sum()) / among
        end = at_rest(mesh, links, points, ways, two.T.ravel(), np.tile(trust, 2), firm, _HELD)
        mesh = replace(mesh, end=end)
        off = np.linalg.norm(mesh.carried(one, 1.0) - two, axis=1)
        scale = max(1.0, float(np.median(off))) * (4 if turn < _ROUNDS // 2 else 2.5)
        trust = weight / (1 + (off / scale) ** 2) ** 2
    return mesh


def _settled(mesh: Mesh, a: Shape, b: Shape, off: float) -> tuple[Mesh, float]:
    """The grid drawn to the nearest outlines, each place along its slope (Gauss-Newton), and the mean pixels that are
    left."""
    reach = max(3.0, 2.5 * off)
    left = 6.0
    links = links_of(mesh.cover)
    covered = max(4.0, float((mesh.cover > 0).sum()))
    _, slope_back = levels(b, b.points)
    for step in range(_STEPS + 1):
        here = mesh.carried(a.points, 1.0)
        ahead, slope_b = levels(b, here)
        ahead -= a.levels
        home = mesh.came(b.points)
        behind, _ = levels(a, home)
        behind -= b.levels
        left = float(np.minimum(np.abs(np.concatenate([ahead, behind])), 6).mean())
        if step == _STEPS:
            break
        # A point of b is drawn as the place of a under it is: along b's own outline, the other way.
        points = np.concatenate([a.points, home])
        beyond = np.concatenate([ahead, -behind])
        slope = np.concatenate([slope_b, slope_back])
        lie = np.concatenate([here, mesh.carried(np.clip(home, mesh.box[:2], mesh.box[2:]), 1.0)])
        goals = (slope * lie).sum(1) - beyond
        far = beyond / (2 * max(2.0, reach * 0.7**step))
        trust = np.where(np.abs(far) < 1, (1 - far * far) ** 2, 0.0)
        firm = _FIRM_NEAR * len(points) / covered
        mesh = replace(mesh, end=at_rest(mesh, links, points, slope, goals, trust, firm, _HELD_NEAR))
    return mesh, left


def walked(a: Shape, b: Shape, move: Map) -> tuple[Doubles, Doubles, Doubles]:
    """Places of a's outer outline, (p, 2), those of b's that they are, and how sure that is, 0..1."""
    one, two = _outline(a), _outline(b)
    if len(one) < 16 or len(two) < 16:
        return np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0)
    led = moved(move, one)
    size = max(a.size, b.size)
    looks = _looks(a, one)[:, None] - _looks(b, two)[None]
    cost = 2.0 * np.abs(looks).mean(2)
    apart = np.linalg.norm(led[:, None] - two[None], axis=2) / size
    cost += 0.25 * np.minimum(apart, 1.0)
    facing = _facing(led) @ _facing(two).T
    cost += 0.10 * (1 - facing)
    own = _own(a, one)[:, None] & _own(b, two)[None]
    cost = np.where(own, cost, np.minimum(cost, 0.3))
    steps = _walk(cost, np.float64(_SKIP), _starts(cost))
    i, j = steps[:, 0], steps[:, 1]
    sure = np.exp(-((cost[i, j] / 0.35) ** 2)) * own[i, j]
    keep = sure > 0.05
    return one[i[keep]], two[j[keep]], sure[keep]


def _outline(shape: Shape) -> Doubles:
    """(p, 2) places evenly along the longest outer outline, in the picture's pixels, all one way round."""
    found, _ = cv2.findContours(
        np.ascontiguousarray(shape.distance > 0, np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    if not found:
        return np.zeros((0, 2))
    longest = max(found, key=len)[:, 0].astype(np.float64)
    step = np.linalg.norm(np.diff(longest, axis=0, append=longest[:1]), axis=1)
    length = np.concatenate([[0.0], np.cumsum(step)])
    count = int(min(_ROUND, length[-1] / 1.5))
    at = np.linspace(0, length[-1], count, endpoint=False)
    closed = np.vstack([longest, longest[:1]])
    return np.stack([np.interp(at, length, closed[:, c]) for c in range(2)], 1) + (shape.left, shape.top)


def _looks(shape: Shape, points: Doubles) -> Doubles:
    """(p, k) how much of what lies about each place is the area, at several reaches."""
    inside = (shape.distance > 0).astype(np.float32)
    at = (points - (shape.left, shape.top)).astype(np.float32)
    found = []
    for share in _REACHES:
        wide = 2 * max(2, round(share * shape.size * 1.7)) + 1
        soft = cv2.blur(inside, (wide, wide), borderType=cv2.BORDER_CONSTANT)
        found.append(cv2.remap(soft, at[:, :1].copy(), at[:, 1:].copy(), cv2.INTER_LINEAR)[:, 0])
    return np.stack(found, 1).astype(np.float64)


def _facing(points: Doubles) -> Doubles:
    ahead = np.roll(points, -2, 0) - np.roll(points, 2, 0)
    return np.asarray(ahead / np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-6), np.float64)


def _own(shape: Shape, points: Doubles) -> npt.NDArray[np.bool_]:
    """Which places lie on an outline that is the area's own, and not that of what lies before it."""
    near = np.linalg.norm(points[:, None] - shape.points[None], axis=2).min(1)
    return np.asarray(near < 3.0 + 0.01 * shape.size)


def _starts(cost: Doubles) -> npt.NDArray[np.int64]:
    """Places of the second outline at which the walk is tried to begin, where the first begins."""
    n, m = cost.shape
    along = np.arange(n)
    sums = np.array([cost[along, (along * m // n + k) % m].sum() for k in range(m)])
    return np.argsort(sums)[: max(1, m // 8)]


@kernel
def _walk(cost: Doubles, skip: float, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The cheapest way round both outlines at once: (k, 2) which place of the first is which of the second."""
    n, m = cost.shape
    best = 1e300
    kept = np.zeros((0, 2), np.int64)
    total = np.zeros((n + 1, m + 1))
    came = np.zeros((n + 1, m + 1), np.int8)
    for first in starts:
        total[0, 0] = 0.0
        for i in range(1, n + 1):
            total[i, 0], came[i, 0] = i * skip, 1
        for j in range(1, m + 1):
            total[0, j], came[0, j] = j * skip, 2
        for i in range(1, n + 1):
            for j in range(1, m + 1):
                both = total[i - 1, j - 1] + cost[i - 1, (j - 1 + first) % m]
                one = total[i - 1, j] + skip
                two = total[i, j - 1] + skip
                if both <= one and both <= two:
                    total[i, j], came[i, j] = both, 0
                elif one <= two:
                    total[i, j], came[i, j] = one, 1
                else:
                    total[i, j], came[i, j] = two, 2
        if total[n, m] >= best:
            continue
        best = float(total[n, m])
        steps = np.zeros((n + m, 2), np.int64)
        count, i, j = 0, n, m
        while i > 0 or j > 0:
            if came[i, j] == 0:
                steps[count, 0], steps[count, 1] = i - 1, (j - 1 + first) % m
                count += 1
                i, j = i - 1, j - 1
            elif came[i, j] == 1:
                i -= 1
            else:
                j -= 1
        kept = steps[:count].copy()
    return kept
