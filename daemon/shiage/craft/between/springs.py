"""Where a grid's nodes come to rest between the links that hold it and the places that draw it.

Least squares: what a place asks for concerns the four nodes about it, a link two neighbours. With the nodes numbered
along the grid's shorter side the normal equations are a narrow band, whose Cholesky factor costs little (LAPACK's
pbsv).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import solveh_banded

from ..kernel import kernel
from .mesh import Links, Mesh, turns
from .moves import rotation, turn_of, turned

Doubles = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


def at_rest(
    mesh: Mesh,
    links: Links,
    points: Doubles,
    ways: Doubles,
    goals: Doubles,
    trust: Doubles,
    firm: float,
    held: float,
) -> Doubles:
    """(r, c, 2) the nodes in the second key, one round of the links' turns on (Sorkine & Alexa 2007).

    points: (p, 2) places of the first key; each is drawn along its way, of `ways` (p, 2), until it has come to its goal
    on that, of `goals` (p,), as far as it is trusted, `trust` (p,) 0..1. firm: of a link that the area covers. held: in
    times that, how firmly each node is kept where it is.
    """
    rows, columns = mesh.start.shape[:2]
    end = mesh.end.reshape(-1, 2)
    numbers, wide = _numbered(rows, columns)
    band, right = np.zeros((2 * wide + 2, 2 * len(end))), np.zeros(2 * len(end))
    _ask(band, right, numbers, columns, np.array(mesh.box), points, ways, goals, trust)
    _link(band, numbers, *links, firm)
    band[0] += held * firm
    wanted = firm * (_pulled(links, mesh) + held * end)
    for axis in range(2):
        right[2 * numbers + axis] += wanted[:, axis]
    found = solveh_banded(band, right, lower=True, overwrite_ab=True, overwrite_b=True, check_finite=False)
    return np.asarray(found.reshape(-1, 2)[numbers].reshape(mesh.end.shape), np.float64)


def _numbered(rows: int, columns: int) -> tuple[Numbers, int]:
    """(n,) each node's place among the unknowns, and how far apart there the nodes of one cell are at most."""
    numbers = np.arange(rows * columns)
    if columns > rows:
        numbers = numbers.reshape(columns, rows).T.ravel()
    return numbers, min(rows, columns) + 1


def _pulled(links: Links, mesh: Mesh) -> Doubles:
    """(n, 2) where the links, turned with their ends, and grown as the affine map grows, would have their nodes."""
    start, end, move = mesh.start.reshape(-1, 2), mesh.end.reshape(-1, 2), mesh.move
    i, j, firm = links
    angle = turns(start, end, links, turn_of(move))
    grown = (start[j] - start[i]) @ (rotation(-turn_of(move)) @ move[:, :2]).T
    link = turned(grown, 0.5 * (angle[i] + angle[j]))
    return np.stack(
        [np.bincount(j, firm * link[:, c], len(start)) - np.bincount(i, firm * link[:, c], len(start)) for c in (0, 1)],
        1,
    )


@kernel
def _link(band: Doubles, numbers: Numbers, one: Numbers, two: Numbers, share: Doubles, firm: float) -> None:
    """Into the lower ``band``: the links' squared differences, for x and y."""
    for n in range(len(one)):
        a, b, value = numbers[one[n]], numbers[two[n]], firm * share[n]
        for axis in range(2):
            band[0, 2 * a + axis] += value
            band[0, 2 * b + axis] += value
            band[2 * abs(a - b), 2 * min(a, b) + axis] -= value


@kernel
def _ask(
    band: Doubles,
    right: Doubles,
    numbers: Numbers,
    columns: int,
    box: Doubles,
    points: Doubles,
    ways: Doubles,
    goals: Doubles,
    trust: Doubles,
) -> None:
    """Into the lower ``band`` and the ``right`` side: what the places ask for."""
    rows = len(numbers) // columns
    at, much = np.zeros(8, np.int64), np.zeros(8)
    for n in range(len(points)):
        if trust[n] <= 0:
            continue
        u = min(max((points[n, 0] - box[0]) / (box[2] - box[0]), 0.0), 1.0) * (columns - 1)
        v = min(max((points[n, 1] - box[1]) / (box[3] - box[1]), 0.0), 1.0) * (rows - 1)
        i, j = min(int(v), rows - 2), min(int(u), columns - 2)
        v, u = v - i, u - j
        for corner in range(4):
            down, across = corner // 2, corner % 2
            number = numbers[(i + down) * columns + j + across]
            share = (v if down else 1 - v) * (u if across else 1 - u)
            for axis in range(2):
                at[2 * corner + axis] = 2 * number + axis
                much[2 * corner + axis] = share * ways[n, axis]
        for a in range(8):
            right[at[a]] += trust[n] * goals[n] * much[a]
            for b in range(8):
                if at[a] >= at[b]:
                    band[at[a] - at[b], at[b]] += trust[n] * much[a] * much[b]
