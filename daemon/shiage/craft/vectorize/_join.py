"""Chains joined to strokes as a hand would draw them: through crossings, without the spurs of a skeleton."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ._graph import FREE, Chain, Graph, Points

_STRAIGHT = -0.5  # cosine between two ends that leave a node: up to here they are one stroke, ...
_SMOOTH = -0.97  # ... and up to here where that only touches another one

Ints = npt.NDArray[np.intp]
End = tuple[int, int]  # chain, and 0 for its first point or 1 for its last


@dataclass(frozen=True, eq=False)
class Path:
    """One stroke's middle: `points` (n, 2); `closed`: its last point is joined to its first. `nodes`: where its first
    and its last point end, or FREE; `through`: the nodes that it goes on through, and `places` (n, 2) where they
    are."""

    points: Points
    closed: bool
    nodes: tuple[int, int] = (FREE, FREE)
    through: tuple[int, ...] = ()
    places: Points = field(default_factory=lambda: np.zeros((0, 2)))

    @property
    def loose(self) -> tuple[bool, bool]:
        """Whether its first and its last point end freely, at no other line."""
        return (self.nodes[0] < 0 and not self.closed, self.nodes[1] < 0 and not self.closed)

    @property
    def length(self) -> float:
        """In pixels, the closing piece included."""
        steps = np.hypot(*np.diff(self.points, axis=0).T).sum()
        return float(steps + (np.hypot(*(self.points[0] - self.points[-1])) if self.closed else 0))


def join(graph: Graph, width: float) -> list[Path]:
    """The strokes of a graph. `width`: of the lines, pixels: what is shorter at a junction is the skeleton's doing."""
    graph = _without_spurs(_contracted(graph, 1.2 * width), 1.5 * width)
    partner = _partners(graph, width)
    return _walk(graph, partner, width)


def on_page(paths: list[Path], margin: int, shape: tuple[int, ...]) -> list[Path]:
    """What of paths lies on a page of `shape` (rows, columns), in its pixels; they were in those of the page with a
    margin around it. What leaves the page ends at its border."""
    far = np.array([shape[1], shape[0]])
    kept = []
    for path in paths:
        points, places = path.points - margin, path.places - margin
        inside = ((points >= 0) & (points <= far)).all(1)
        if inside.all():
            kept.append(replace(path, points=points, places=places))
            continue
        if path.closed:  # so that it begins outside
            begin = int(np.argmin(inside))
            points, inside = np.roll(points, -begin, axis=0), np.roll(inside, -begin)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]])))
        for a, b in edges.reshape(-1, 2).tolist():
            nodes = (path.nodes[0] if a == 0 else FREE, path.nodes[1] if b == len(points) else FREE)
            kept.append(Path(points[a:b], False, nodes, path.through, places))
    return kept


def _contracted(graph: Graph, short: float) -> Graph:
    """Two lines that cross slantwise meet in two nodes with a short chain between: one crossing again."""
    into = np.arange(len(graph.nodes))
    gone = set()
    for k, chain in enumerate(graph.chains):
        a, b = chain.ends
        if a >= 0 and b >= 0 and chain.length <= short:
            gone.add(k)
            one, other = _root(into, a), _root(into, b)
            into[max(one, other)] = min(one, other)
    if not gone:
        return graph
    root = np.array([_root(into, k) for k in range(len(into))])
    weight = np.bincount(root, minlength=len(root))
    nodes = np.stack([np.bincount(root, graph.nodes[:, i], len(root)) for i in (0, 1)], 1)
    chains = [
        replace(chain, ends=(_moved(root, chain.ends[0]), _moved(root, chain.ends[1])))
        for k, chain in enumerate(graph.chains)
        if k not in gone
    ]
    return Graph(chains, nodes / np.maximum(weight, 1)[:, None])


def _moved(root: Ints, end: int) -> int:
    return int(root[end]) if end >= 0 else FREE


def _root(into: Ints, k: int) -> int:
    while into[k] != k:
        k = int(into[k])
    return k


def _without_spurs(graph: Graph, short: float) -> Graph:
    """Without the short ends that hang on a node, the shortest first; a node keeps two chains."""
    degree = np.zeros(len(graph.nodes), np.int64)
    for chain in graph.chains:
        for end in chain.ends:
            if end >= 0:
                degree[end] += 1
    gone = set()
    for k in sorted(range(len(graph.chains)), key=lambda k: graph.chains[k].length):
        chain = graph.chains[k]
        if chain.length > short:
            break
        free, held = min(chain.ends), max(chain.ends)
        loop = free == held >= 0
        if (free == FREE and held >= 0 and degree[held] > 2) or loop:
            gone.add(k)
            degree[held] -= 2 if loop else 1
    return Graph([c for k, c in enumerate(graph.chains) if k not in gone], graph.nodes)


def _partners(graph: Graph, width: float) -> dict[End, End]:
    """Which two ends at a node are one stroke: the two that go on most straightly, then the next two."""
    at_node: dict[int, list[End]] = defaultdict(list)
    for k, chain in enumerate(graph.chains):
        for side in (0, 1):
            if chain.ends[side] >= 0:
                at_node[chain.ends[side]].append((k, side))
    partner: dict[End, End] = {}
    for node, ends in at_node.items():
        if len(ends) == 2:
            partner[ends[0]], partner[ends[1]] = ends[1], ends[0]
            continue
        away = np.array([_leaving(graph.chains[k], side, graph.nodes[node], width) for k, side in ends])
        around = np.array([_farther(graph.chains[k], side, graph.nodes[node], width) for k, side in ends])
        straight = away @ away.T
        pairs = [(float(straight[i, j]), i, j) for i in range(len(ends)) for j in range(i)]
        taken: list[tuple[int, int]] = []
        for value, i, j in sorted(pairs):
            if value > _STRAIGHT or any({i, j} & {*pair} for pair in taken):
                continue
            # A corner that touches a line would be rounded off it: its sides end there.
            if value <= _SMOOTH or all(_cross(around, (i, j), pair) for pair in taken):
                taken.append((i, j))
                partner[ends[i]], partner[ends[j]] = ends[j], ends[i]
    return partner


def _cross(around: Points, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether of four places about a node, rows of `around` (n, 2), two lie on different sides of the other two."""
    turn = np.arctan2(around[:, 1], around[:, 0])
    whole = 2 * np.pi
    span = (turn[one[1]] - turn[one[0]]) % whole
    return bool(((turn[other[0]] - turn[one[0]]) % whole < span) != ((turn[other[1]] - turn[one[0]]) % whole < span))


def _leaving(chain: Chain, side: int, node: Points, width: float) -> Points:
    """The direction (2,) in which a chain leaves a node, seen over some widths."""
    points = chain.points if side == 0 else chain.points[::-1]
    far = np.hypot(*(points - node).T)
    near, wide = int(np.argmax(far > width)), int(np.argmax(far > 4 * width))
    first = points[near] if far[near] > width else node
    last = points[wide] if far[wide] > 4 * width else points[-1]
    way = last - first if np.hypot(*(last - first)) > 1 else last - node
    return np.asarray(way / max(float(np.hypot(*way)), 1e-9))


def _farther(chain: Chain, side: int, node: Points, width: float) -> Points:
    """Where a chain is (2,), seen from a node, some widths away from it."""
    away = (chain.points if side == 0 else chain.points[::-1]) - node
    far = np.hypot(*away.T) > 4 * width
    return np.asarray(away[int(np.argmax(far))] if far.any() else away[-1])


def _walk(graph: Graph, partner: dict[End, End], width: float) -> list[Path]:
    done: set[int] = set()
    paths = []
    # From ends that go on nowhere first; what is left then are rings.
    starts = [(k, s) for k in range(len(graph.chains)) for s in (0, 1) if (k, s) not in partner]
    for k, side in starts + [(k, 0) for k in range(len(graph.chains))]:
        if k in done:
            continue
        run = []
        at: End | None = (k, side)
        while at is not None and at[0] not in done:
            done.add(at[0])
            run.append(at)
            at = partner.get((at[0], 1 - at[1]))
        closed = at is not None and at == run[0]
        paths.append(_path(graph, run, closed, width))
    return paths


def _path(graph: Graph, run: list[End], closed: bool, width: float) -> Path:
    """The points of chains in a row, through their nodes, where the skeleton's bends are left out."""
    parts, last = [], len(run) - 1
    for i, (k, side) in enumerate(run):
        chain = graph.chains[k]
        points, ends = (chain.points, chain.ends) if side == 0 else (chain.points[::-1], chain.ends[::-1])
        first_joined, last_joined = i > 0 or closed, i < last or closed
        if ends[0] >= 0 and not first_joined:
            parts.append(graph.nodes[ends[0]][None])
        keep = np.ones(len(points), np.bool_)
        for end, joined in ((ends[0], first_joined), (ends[1], last_joined)):
            if end >= 0 and joined:
                keep &= np.hypot(*(points - graph.nodes[end]).T) > 0.75 * width
        parts.append(points[keep] if keep.any() else points[len(points) // 2 :][:1])
        if ends[1] >= 0 and not last_joined:
            parts.append(graph.nodes[ends[1]][None])
    onward = [graph.chains[k].ends[1 - side] for k, side in run]
    head, tail = graph.chains[run[0][0]].ends[run[0][1]], onward[-1]
    ring = closed or (len(run) == 1 and graph.chains[run[0][0]].ring)
    nodes = (FREE, FREE) if ring else (head, tail)
    through = tuple(onward if closed else onward[:-1])
    return Path(np.concatenate(parts), ring, nodes, through, graph.nodes[list(through)])
