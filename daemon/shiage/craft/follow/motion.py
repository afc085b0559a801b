"""How a drawing moved from one frame to the other: dense flow of its lines, and a locally similar motion of its
regions.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .describe import Described

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Flowed:
    """Where the flow of the lines lays the n regions of one frame on the m of another; each (n, m) float64 0..1.

    ``overlap``: how much of the union of two regions they share, the better of both directions. ``inside``: the share
    of the first frame's region that comes to lie in the other's; ``around``: the share of the other's that comes from
    it.
    """

    overlap: Table
    inside: Table
    around: Table


def flowed(a: Described, b: Described) -> Flowed:
    """The regions of ``a`` laid on those of ``b`` and the other way round."""
    forward, back = _laid(a, b, _flow(a, b)), _laid(b, a, _flow(b, a)).T
    mine, other = _sizes(a)[:, None], _sizes(b)[None]
    overlap = np.maximum(*(both / np.maximum(mine + other - both, 1) for both in (forward, back)))
    return Flowed(overlap, forward / np.maximum(mine, 1), back / np.maximum(other, 1))


def _flow(a: Described, b: Described) -> NDArray[np.float32]:
    """(h, w, 2) pixels at flow size. DIS (Kroeger et al. 2016).

    Half the size would take a third of the time, and loses a hundredth of cut-outs' segments in clips with gaps.
    """
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    start = np.zeros((*a.small_lines.shape, 2), np.float32)
    if min(a.small_lines.shape) < 16:  # smaller than its patches
        return start
    return np.asarray(dis.calc(a.small_lines, b.small_lines, start), np.float32)


def _laid(a: Described, b: Described, flow: NDArray[np.float32]) -> Table:
    """(n, m): pixels of each region of ``a`` that the flow takes into each of ``b``."""
    height, width = a.small_labels.shape
    ys, xs = np.indices((height, width), dtype=np.float32)
    x = np.clip(np.rint(xs + flow[..., 0]), 0, width - 1).astype(np.intp)
    y = np.clip(np.rint(ys + flow[..., 1]), 0, height - 1).astype(np.intp)
    n, m = len(a), len(b)
    pairs = (a.small_labels.astype(np.int64) - 1) * m + (b.small_labels[y, x] - 1)
    return np.bincount(pairs.ravel(), minlength=n * m).reshape(n, m).astype(np.float64)


def _sizes(frame: Described) -> Table:
    return np.bincount(frame.small_labels.ravel(), minlength=len(frame) + 1)[1:].astype(np.float64)


def similar_motion(points: Table, targets: Table, weight: Table, near: Table, reach: float) -> Table:
    """Where each of ``points`` (n, 2) goes if the matches points -> ``targets`` around it move by one similarity.

    ``weight`` (n,): trust in each match. ``near`` (n, n): how much each match counts for each point; ``reach``: how far
    that goes. A closed-form weighted fit a point (Umeyama 1991, in the plane), drawn towards a plain shift where there
    is too little around it to see turn and scale.
    """
    (x, y), (u, v) = points.T, targets.T
    told = np.stack([np.ones_like(x), x, y, u, v, x * u + y * v, x * v - y * u, x * x + y * y], 1)
    total, x0, y0, u0, v0, dot, cross, spread = (near @ (told * weight[:, None])).T
    total = total + 1e-9
    x0, y0, u0, v0 = x0 / total, y0 / total, u0 / total, v0 / total
    dot, cross = dot - total * (x0 * u0 + y0 * v0), cross - total * (x0 * v0 - y0 * u0)
    spread = spread - total * (x0 * x0 + y0 * y0)
    firm = (0.2 * reach) ** 2 * total
    real, imaginary = (dot + firm) / (spread + firm), cross / (spread + firm)
    x, y = x - x0, y - y0
    return np.stack([real * x - imaginary * y + u0, imaginary * x + real * y + v0], 1)
