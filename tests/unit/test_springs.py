"""The grid that bends: the band's answer is that of the whole normal equations."""

from __future__ import annotations

import numpy as np
import pytest

from shiage.craft.between.mesh import Mesh, grid, links_of
from shiage.craft.between.springs import at_rest

STILL = np.eye(2, 3)


def a_mesh(wide: float, tall: float, rng: np.random.Generator) -> Mesh:
    nodes = grid(np.zeros(2), np.array([wide, tall]), 10.0)
    cover = rng.random((nodes.shape[0] - 1, nodes.shape[1] - 1))
    return Mesh(nodes, nodes + rng.normal(0, 1.5, nodes.shape), cover, STILL)


def whole(mesh: Mesh, points, ways, goals, trust, firm, held):
    """The same by dense least squares: a row for each place, each link and each node, for x and y."""
    shares = np.zeros((len(points), mesh.start[..., 0].size))
    for k in range(shares.shape[1]):  # what each node has in each place: how a unit step of it moves the place
        end = mesh.start.reshape(-1, 2).copy()
        end[k, 0] += 1.0
        moved = Mesh(mesh.start, end.reshape(mesh.start.shape), mesh.cover, STILL)
        shares[:, k] = (moved.carried(points, 1.0) - points)[:, 0]
    i, j, strong = links_of(mesh.cover)
    start, end = mesh.start.reshape(-1, 2), mesh.end.reshape(-1, 2)
    first, second = start[j] - start[i], end[j] - end[i]
    cos = np.zeros(len(start))
    sin = np.zeros(len(start))
    for one in (i, j):
        np.add.at(cos, one, strong * (first * second).sum(1))
        np.add.at(sin, one, strong * (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]))
    angle = np.arctan2(sin, cos)
    half = 0.5 * (angle[i] + angle[j])
    c, s = np.cos(half), np.sin(half)
    kept = np.stack([c * first[:, 0] - s * first[:, 1], s * first[:, 0] + c * first[:, 1]], 1)
    links = np.zeros((len(i), len(start)))
    links[np.arange(len(i)), j], links[np.arange(len(i)), i] = 1.0, -1.0
    drawn = np.sqrt(trust)[:, None] * np.hstack([ways[:, :1] * shares, ways[:, 1:] * shares])
    stiff, stay = np.sqrt(firm * strong)[:, None] * links, np.sqrt(firm * held) * np.eye(len(start))
    rows = [drawn]
    right = [np.sqrt(trust) * goals]
    for axis in range(2):
        for part, wanted in (
            (stiff, np.sqrt(firm * strong) * kept[:, axis]),
            (stay, np.sqrt(firm * held) * end[:, axis]),
        ):
            rows.append(np.hstack([part, np.zeros(part.shape)] if axis == 0 else [np.zeros(part.shape), part]))
            right.append(wanted)
    found = np.linalg.lstsq(np.vstack(rows), np.concatenate(right), rcond=None)[0]
    return found.reshape(2, -1).T.reshape(mesh.start.shape)


@pytest.mark.parametrize(("wide", "tall"), [(60.0, 30.0), (30.0, 60.0), (40.0, 40.0)])
def test_a_band_gives_what_the_whole_equations_give(wide, tall):
    rng = np.random.default_rng(3)
    mesh = a_mesh(wide, tall, rng)
    points = np.clip(rng.uniform((-5, -5), (wide + 5, tall + 5), (40, 2)), mesh.box[:2], mesh.box[2:])
    turn = rng.uniform(0, 2 * np.pi, 40)
    ways, goals = np.stack([np.cos(turn), np.sin(turn)], 1), rng.uniform(0, 30, 40)
    trust = rng.uniform(0, 1, 40) * (rng.random(40) > 0.2)
    told = at_rest(mesh, links_of(mesh.cover), points, ways, goals, trust, 0.4, 0.02)
    np.testing.assert_allclose(told, whole(mesh, points, ways, goals, trust, 0.4, 0.02), atol=1e-8)
