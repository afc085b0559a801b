"""Parts: which regions of flat art bulge as one form.

A face with its eyes, mouth and blush is one form; hair, sleeve and hand are forms of their own. What lies wholly inside
another region joins it; what is too thin to have a volume of its own joins the neighbour that it shares most edge with.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ._types import Labels

_NESTED_SIZE = 0.5  # of the area around it, at most
_HOST = 0.01  # of the figure's area, at least, to take in what it encloses
_CUT = 0.15  # of its edge that a figure may have on the frame and stay wholly a figure
_BACKGROUND = 0.4  # of its edge on the frame: wholly background
_THIN = 0.03  # half width, of the figure's scale, below which a region has no volume of its own


def regions_of_flats(rgb: NDArray[np.uint8], outside: NDArray[np.bool_] | None = None, tolerance: int = 6) -> Labels:
    """Regions of flat-coloured art without a region map: (h, w) int32, 1..n, 0 where ``outside``.

    A region is a connected area of one colour (neighbours differ by at most ``tolerance`` levels); lines and their soft
    edges, which have no flat core, go to the nearest region.
    """
    h, w = rgb.shape[:2]
    core = _flat_core(rgb, tolerance)
    if outside is not None:
        core &= ~outside
    # the pixels of a colour step are no core, so that areas of two colours never touch
    labels = np.asarray(cv2.connectedComponents(core.astype(np.uint8), connectivity=4)[1], np.int32)
    labels = _drop_lines(labels, max(3.0, 0.004 * min(h, w)))
    if not labels.any():
        return np.ones((h, w), np.int32) if outside is None else (~outside).astype(np.int32)
    grown = grow(labels)
    if outside is not None:
        grown[outside] = 0
    return grown


def _flat_core(rgb: NDArray[np.uint8], tolerance: int) -> NDArray[np.bool_]:
    kernel = np.ones((3, 3), np.uint8)
    spread = cv2.subtract(cv2.dilate(rgb, kernel), cv2.erode(rgb, kernel))
    return np.asarray(spread.max(axis=2) <= tolerance)


def _drop_lines(labels: Labels, half_width: float) -> Labels:
    """Without the regions that are nowhere wider than twice ``half_width``."""
    inside = _distance(labels)
    widest = np.zeros(int(labels.max()) + 1, np.float32)
    np.maximum.at(widest, labels.ravel(), inside.ravel())
    keep = widest > half_width
    keep[0] = False
    names = np.cumsum(keep) * keep
    return np.asarray(names[labels], np.int32)


def _distance(labels: Labels) -> NDArray[np.float32]:
    """Distance of each pixel to the edge of its own region."""
    inner = (labels > 0).astype(np.uint8)
    inner[:, 1:][labels[:, 1:] != labels[:, :-1]] = 0
    inner[1:][labels[1:] != labels[:-1]] = 0
    return np.asarray(cv2.distanceTransform(inner, cv2.DIST_L2, 3), np.float32)


def grow(labels: Labels) -> Labels:
    """``labels`` with each 0 replaced by the nearest region's id ((h, w) int32; all 0 stays so)."""
    if not labels.any():
        return labels.copy()
    empty = (labels == 0).astype(np.uint8)
    nearest = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1]
    owner = np.zeros(int(nearest.max()) + 1, np.int32)
    owner[nearest[labels > 0]] = labels[labels > 0]
    return np.asarray(owner[nearest], np.int32)


def merge_parts(labels: Labels) -> Labels:
    """Parts of a region map: (h, w) int32 with the ids of the regions that lead each part; 0 (outside) stays 0."""
    count = int(labels.max()) + 1
    area = np.bincount(labels.ravel(), minlength=count).astype(np.float64)
    figure = float(area[1:].sum())
    if figure == 0.0:
        return labels.copy()
    leader = np.arange(count, dtype=np.int32)
    _join_enclosed(labels, area, figure, leader)
    labels = leader[labels]
    _join_thin(labels, figure, leader)
    return np.asarray(_heads(leader)[labels], np.int32)


def background_share(parts: Labels) -> NDArray[np.float32]:
    """How far each part is background (sky, ground, wall), 0..1 by id: a figure that the frame cuts has most of its
    edge inside the picture, a background has much of it on the frame."""
    count = int(parts.max()) + 1
    frame = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    on_frame = np.bincount(frame, minlength=count).astype(np.float64)
    inside = np.zeros(count)
    for label, others in _shared_edges(parts).items():
        inside[label] = sum(others.values())
    contact = on_frame / np.maximum(on_frame + inside, 1.0)
    return np.asarray(np.clip((contact - _CUT) / (_BACKGROUND - _CUT), 0.0, 1.0), np.float32)


def _heads(leader: NDArray[np.int32]) -> NDArray[np.int32]:
    """``leader`` with chains of leaders followed to their end."""
    while not np.array_equal(further := leader[leader], leader):
        leader = further
    return leader


def _join_enclosed(labels: Labels, area: NDArray[np.float64], figure: float, leader: NDArray[np.int32]) -> None:
    """Let each group of regions that one larger region encloses (eyes, mouth, buttons) join it."""
    edges = _shared_edges(labels)
    frame = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    for label in frame.tolist():  # what the frame cuts is enclosed by nothing
        edges[0][label] = edges[label][0] = 1
    hosts = [r for r in np.argsort(-area[1:]) + 1 if area[r] >= _HOST * figure]
    for host in hosts:
        if leader[host] != host:
            continue
        outer = _reachable(edges, 0, int(host))
        for start in list(edges[int(host)]):
            if start in outer:
                continue
            group = _reachable(edges, start, int(host))
            outer |= group
            if area[list(group)].sum() <= _NESTED_SIZE * area[host]:
                leader[list(group)] = host


def _reachable(edges: dict[int, dict[int, int]], start: int, without: int) -> set[int]:
    """Regions that can be walked to from ``start`` without crossing ``without``."""
    found, todo = {start}, [start]
    while todo:
        for other in edges[todo.pop()]:
            if other not in found and other != without:
                found.add(other)
                todo.append(other)
    return found


def _join_thin(labels: Labels, figure: float, leader: NDArray[np.int32]) -> None:
    """Let thin regions, the smallest first, join a larger neighbour."""
    edges = _shared_edges(labels)
    area = np.bincount(labels.ravel(), minlength=len(leader)).astype(np.float64)
    widest = np.zeros(len(leader), np.float32)
    np.maximum.at(widest, labels.ravel(), _distance(labels).ravel())
    thin = _THIN * np.sqrt(figure)
    for region in (np.argsort(area[1:], kind="stable") + 1).tolist():
        neighbours = {n: length for n, length in edges.get(region, {}).items() if n != 0}
        if not neighbours or area[region] == 0 or widest[region] >= thin:
            continue
        best = max(neighbours, key=lambda n: (neighbours[n], -n))
        if area[best] <= area[region]:
            continue
        leader[region] = best
        area[best] += area[region]
        for other, length in edges.pop(region).items():
            edges[other].pop(region, None)
            if other != best:
                edges[best][other] = edges[best].get(other, 0) + length
                edges[other][best] = edges[other].get(best, 0) + length


def _shared_edges(labels: Labels) -> dict[int, dict[int, int]]:
    """How many pixel edges each pair of regions shares, both ways."""
    pairs = []
    for a, b in ((labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1])):
        differ = a != b
        pairs.append(np.stack([a[differ], b[differ]], axis=1))
    both = np.concatenate(pairs).astype(np.int64)
    both.sort(axis=1)
    size = int(labels.max()) + 1
    codes, lengths = np.unique(both[:, 0] * size + both[:, 1], return_counts=True)
    edges: dict[int, dict[int, int]] = {label: {} for label in range(size)}
    for code, length in zip(codes.tolist(), lengths.tolist(), strict=True):
        a, b = divmod(code, size)
        edges[a][b] = edges[b][a] = length
    return edges
