"""Curves and patches: splines through few points, tubes along a bone, rows of an elliptic trunk."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@lru_cache(maxsize=512)
def _spline_weights(n: int, samples: int, closed: bool) -> Points:
    """(samples, n) weights of a centripetal-free Catmull-Rom spline through n points."""
    w = np.zeros((samples, n))
    spans = n if closed else n - 1
    t = np.linspace(0, spans, samples, endpoint=not closed)
    i = np.minimum(t.astype(int), spans - 1)
    f = t - i
    basis = np.stack(
        (
            -0.5 * f + f**2 - 0.5 * f**3,
            1 - 2.5 * f**2 + 1.5 * f**3,
            0.5 * f + 2 * f**2 - 1.5 * f**3,
            -0.5 * f**2 + 0.5 * f**3,
        )
    )
    rows = np.arange(samples)
    for k in range(4):
        j = i - 1 + k
        if closed:
            np.add.at(w, (rows, j % n), basis[k])
            continue
        # A missing neighbour is the mirror of the next one: p[-1] = 2 p[0] - p[1].
        inside = (j >= 0) & (j < n)
        np.add.at(w, (rows[inside], j[inside]), basis[k][inside])
        for edge, near, far in ((j < 0, 0, min(1, n - 1)), (j >= n, n - 1, max(n - 2, 0))):
            np.add.at(w, (rows[edge], near), 2 * basis[k][edge])
            np.add.at(w, (rows[edge], far), -basis[k][edge])
    return w


def spline(points: Points, samples: int, closed: bool = False) -> Points:
    """(samples, d) points on a smooth curve through points (n, d)."""
    points = np.asarray(points, dtype=np.float64)
    if len(points) == 2 and not closed:
        return points[:1] + np.linspace(0, 1, samples)[:, None] * (points[1:] - points[:1])
    return _spline_weights(len(points), samples, closed) @ points


def profile(values: list[float] | tuple[float, ...] | Points, samples: int) -> Points:
    """(samples,) smooth run through evenly spaced values."""
    return spline(np.asarray(values, dtype=np.float64)[:, None], samples)[:, 0]


def ease(t: float, kind: str) -> float:
    """Timing: linear, in (slow start), out (slow end), in_out, overshoot; 0 -> 0 and 1 -> 1 for all."""
    if kind == "in":
        return t * t
    if kind == "out":
        return t * (2 - t)
    if kind == "in_out":
        return t * t * (3 - 2 * t)
    if kind == "overshoot":
        return 1 + 2.2 * (t - 1) ** 3 + 1.2 * (t - 1) ** 2
    return t


def limb_spine(a: Points, b: Points, c: Points, samples: int, round_at: float = 0.22) -> Points:
    """(samples, d) path a-b-c with a rounded joint at b; evenly spaced in the share of each bone."""
    s = np.linspace(0, 2, samples)[:, None]
    first, second = a + (b - a) * s, b + (c - b) * (s - 1)
    path = np.where(s < 1, first, second)
    r = round_at * 2
    f = np.clip((s - (1 - r)) / (2 * r), 0, 1)
    p0, p2 = a + (b - a) * (1 - r), b + (c - b) * r
    arc = (1 - f) ** 2 * p0 + 2 * f * (1 - f) * b + f**2 * p2
    return np.where((s > 1 - r) & (s < 1 + r), arc, path)


def normals(path: Points) -> Points:
    """(n, 2) unit normals of a 2D path, to the left of its direction on screen."""
    d = np.gradient(path, axis=0)
    d /= np.maximum(np.hypot(d[:, 0], d[:, 1]), 1e-9)[:, None]
    return np.stack((d[:, 1], -d[:, 0]), axis=1)


def tube(
    path: Points, radius: Points, *, columns: int = 5, bulge: Points | None = None, width: Points | None = None
) -> Points:
    """(n, columns, 2) patch around a 2D path.

    radius: (n,) to each side; width: (n,) to the right side if it differs. bulge: (n,) or scalar, how far the middle of
    each row bows along the path (the visible half of a round section).
    """
    nrm = normals(path)
    tangent = np.stack((-nrm[:, 1], nrm[:, 0]), axis=1)
    across = np.linspace(-1, 1, columns)
    right = radius if width is None else width
    reach = np.where(
        across[None, :] < 0, across[None, :] * np.asarray(radius)[:, None], across[None, :] * right[:, None]
    )
    grid = path[:, None, :] - nrm[:, None, :] * reach[..., None]
    if bulge is not None:
        bow = np.broadcast_to(np.asarray(bulge, dtype=np.float64), (len(path),))
        grid = grid + tangent[:, None, :] * (bow[:, None] * np.sqrt(np.maximum(1 - across**2, 0))[None])[..., None]
    return grid


def inner_cut(path: Points, radius: Points, grid: Points) -> tuple[Points, Points]:
    """Line weights (n,) of a tube's two sides: 0 where a bent tube's side runs within the tube itself."""
    out = []
    for side in (grid[:, -1], grid[:, 0]):
        d = np.hypot(side[:, None, 0] - path[None, :, 0], side[:, None, 1] - path[None, :, 1])
        out.append(np.where((d / np.maximum(radius[None, :], 1e-9)).min(axis=1) < 0.86, 0.0, 1.0))
    return out[0], out[1]


def ellipse_patch(centre: Points, rx: float, ry: float, *, tilt: float = 0.0, n: int = 9) -> Points:
    """(n, n, 2) patch of an ellipse; its border is a smooth closed curve."""
    return _unit_disc(n) * (rx, ry) @ rotation(tilt).T + centre


@lru_cache(maxsize=16)
def _unit_disc(n: int) -> Points:
    """(n, n, 2) square bent to a disc (elliptical grid mapping)."""
    y, x = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n), indexing="ij")
    return np.stack((x * np.sqrt(1 - y * y / 2), y * np.sqrt(1 - x * x / 2)), axis=-1)


def rotation(angle: float) -> Points:
    """2x2 matrix of a turn by angle in radians, clockwise on screen."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def between(first: Points, last: Points, rows: int = 2) -> Points:
    """(rows, m, 2) patch between two chains of m points."""
    f = np.linspace(0, 1, rows)[:, None, None]
    return first[None] * (1 - f) + last[None] * f


def blob(points: Points, samples: int = 24) -> Points:
    """(2-chain) patch (samples, 2, 2) of a closed smooth outline given by an even number of points.

    The outline is cut at its first point and at the one half way round; the two halves are the patch's sides.
    """
    ring = spline(points, 2 * (samples - 1), closed=True)
    right = ring[:samples]
    left = np.concatenate((ring[samples - 1 :], ring[:1]))[::-1]
    return np.stack((left, right), axis=1)


RING_POINTS = 40
TURNS = np.linspace(0, 2 * np.pi, RING_POINTS, endpoint=False)
RING = np.stack((np.cos(TURNS), np.sin(TURNS)), axis=1)
"""(RING_POINTS, 2) unit circle, clockwise on screen from the right."""


def ring_patch(ring: Points) -> Points:
    """(3, n/2 + 1, 2) patch of a closed outline of n points (even) that starts at its right end, clockwise."""
    half = len(ring) // 2
    return between(ring[np.arange(half, 2 * half + 1) % (2 * half)], ring[np.arange(half, -1, -1)], 3)
