"""Colour hints: read from an artist's layer, or chosen from a coloured picture by clustering its regions' colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .design.colour import to_lab

Labels = NDArray[np.int32]
Colours = NDArray[np.uint8]

_NOTHING = 8  # alpha below which a layer is empty
_STRAY = 0.2  # of a dab's pixels: less than this in a region slipped over its line
_SAME = 24  # levels that the paint within one dab may differ: soft brushes, anti-aliased edges
_FAR = 25.0  # CIE76 that a place at the other end of the drawing counts for
_ENOUGH = 0.01  # CIE76 squared, of the whole drawing: nothing is worse served
_MOST = 4000  # dabs of one layer; more is a painting


@dataclass(frozen=True, eq=False)
class Hints:
    """n colours that the artist wants at places.

    colour: (n, 3) uint8 sRGB. place: (n, 2) float32 x, y in pixels of the drawing. region: (n,) int64, the region that
    each is for, 0 for none. radius: (n,) float32 pixels, of a disc as large as the dab.
    """

    colour: Colours
    place: NDArray[np.float32]
    region: NDArray[np.int64]
    radius: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.colour)

    def __add__(self, other: Hints) -> Hints:
        return Hints(
            np.concatenate([self.colour, other.colour]),
            np.concatenate([self.place, other.place]),
            np.concatenate([self.region, other.region]),
            np.concatenate([self.radius, other.radius]),
        )

    def only(self, rows: NDArray[np.bool_]) -> Hints:
        """Those of (n,) that are true."""
        return Hints(self.colour[rows], self.place[rows], self.region[rows], self.radius[rows])


NO_HINTS = Hints(
    np.zeros((0, 3), np.uint8), np.zeros((0, 2), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32)
)


def painted_on(layer: Colours) -> NDArray[np.bool_]:
    """(H, W) where a layer of dabs, (H, W, 4) uint8, has paint: at least half as opaque as where it is most.

    So a faint brush, or a layer that is half opaque as a whole, counts, and the soft edge of a dab does not.
    """
    alpha = layer[..., 3]
    return np.asarray(alpha >= max((int(alpha.max(initial=0)) + 1) // 2, _NOTHING))


def read_hints(layer: Colours, labels: Labels, check: Callable[[], None] = lambda: None) -> Hints:
    """The dabs and strokes of a transparent layer, (H, W, 4) uint8, over a drawing's regions, (H, W) int32.

    A dab is connected paint of one colour. A stroke across several regions hints at each of them; what slips over a
    line by less than a fifth of the dab does not count.
    """
    painted = painted_on(layer)
    if not painted.any():
        return NO_HINTS
    dabs = _dabs(layer, painted)
    check()
    ys, xs = np.nonzero(dabs)
    dab, region = dabs[ys, xs].astype(np.int64), labels[ys, xs].astype(np.int64)
    key = dab * (int(labels.max()) + 1) + region
    order = np.argsort(key, kind="stable")
    _, first, count = np.unique(key[order], return_index=True, return_counts=True)
    size = np.bincount(dab)
    found: list[tuple[NDArray[np.uint8], tuple[float, float], int, float]] = []
    for start, n in zip(first.tolist(), count.tolist(), strict=True):
        mine = order[start : start + n]
        if n < _STRAY * size[dab[mine[0]]]:
            continue
        colour = np.median(layer[ys[mine], xs[mine], :3], axis=0).astype(np.uint8)
        middle = np.array([xs[mine].mean(), ys[mine].mean()])
        nearest = int(np.argmin((xs[mine] - middle[0]) ** 2 + (ys[mine] - middle[1]) ** 2))
        place = float(xs[mine[nearest]]), float(ys[mine[nearest]])
        found.append((colour, place, int(region[mine[0]]), float(np.sqrt(n / np.pi))))
    return Hints(
        np.array([c for c, *_ in found], np.uint8).reshape(-1, 3),
        np.array([p for _, p, *_ in found], np.float32).reshape(-1, 2),
        np.array([r for *_, r, _ in found], np.int64),
        np.array([r for *_, r in found], np.float32),
    )


def _dabs(layer: Colours, painted: NDArray[np.bool_]) -> Labels:
    """(H, W) int32: connected paint of one colour, 1..n; 0 elsewhere."""
    # Colours are told apart coarsely, in two grids that are half a step off, so that none lies on the edge of both.
    coarse = [((layer[..., :3].astype(np.int32) + shift) // (2 * _SAME)) for shift in (0, _SAME)]
    keys = [(c[..., 0] * 64 + c[..., 1]) * 64 + c[..., 2] for c in coarse]
    best = np.zeros(painted.shape, np.int32)
    count = None
    for key in keys:
        labels = np.zeros(painted.shape, np.int32)
        highest = 0
        for value in np.unique(key[painted])[:_MOST]:
            n, parts = cv2.connectedComponents(((key == value) & painted).astype(np.uint8), connectivity=8)
            labels[parts > 0] = parts[parts > 0] + highest
            highest += n - 1
        if count is None or highest < count:
            best, count = labels, highest
    return best


def cluster(
    colours: Colours, weights: NDArray[np.floating] | NDArray[np.integer], count: int
) -> tuple[Colours, NDArray[np.int64]]:
    """At most `count` colours that stand for the weighted `colours` (n, 3): (k, 3) uint8, and whose each is, (n,).

    k-means in CIELAB; it starts from the heaviest colour and then, again and again, from what is worst served
    (deterministic kin of Arthur and Vassilvitskii 2007). A centre is the weighted mean of its own, the heaviest first.
    """
    lab = to_lab(colours).astype(np.float64)
    weight = np.asarray(weights, np.float64)
    if len(lab) == 0 or weight.sum() <= 0:
        return np.zeros((0, 3), np.uint8), np.zeros(len(lab), np.int64)
    centres = lab[[int(np.argmax(weight))]]
    while len(centres) < count:
        far = ((lab[:, None] - centres[None]) ** 2).sum(2).min(1)
        worst = int(np.argmax(far * weight))
        if far[worst] < 4.0:
            break
        centres = np.concatenate([centres, lab[[worst]]])
    own = np.zeros(len(lab), np.int64)
    for _ in range(20):
        new = np.asarray(((lab[:, None] - centres[None]) ** 2).sum(2).argmin(1), np.int64)
        sums = np.zeros_like(centres)
        np.add.at(sums, new, lab * weight[:, None])
        total = np.bincount(new, weights=weight, minlength=len(centres))
        centres = np.where(total[:, None] > 0, sums / np.maximum(total, 1e-9)[:, None], centres)
        if (new == own).all():
            break
        own = new
    heavy = np.argsort(-np.bincount(own, weights=weight, minlength=len(centres)), kind="stable")
    heavy = heavy[np.bincount(own, weights=weight, minlength=len(centres))[heavy] > 0]
    rank = np.zeros(len(centres), np.int64)
    rank[heavy] = np.arange(len(heavy))
    rgb = cv2.cvtColor(centres[heavy].astype(np.float32)[None], cv2.COLOR_LAB2RGB)[0]
    return np.asarray(np.rint(rgb.clip(0, 1) * 255), np.uint8), rank[own]


def choose_hints(
    colours: Colours, area: NDArray[np.int64], inner: NDArray[np.int32], count: int, radius: float
) -> Hints:
    """At most `count` hints for a drawing whose regions 1..n have these colours, (n, 3): what is worst served by the
    hints so far gets the next one.

    area: (n,) pixels, 0 for regions that take no hint. inner: (n, 2) a pixel inside each. How badly a region is served
    is its area times the squared distance to the hint that is nearest in colour and, to a lesser degree, in place:
    first come the colours that differ, then second hints of a colour where it stands far from the first.
    """
    lab = to_lab(colours).astype(np.float64)
    reach = np.ptp(inner, axis=0).max() if len(inner) else 0
    where = np.concatenate([lab, _FAR * inner / max(1.0, float(reach))], axis=1)
    served = np.full(len(colours), 1e6)
    chosen: list[int] = []
    while len(chosen) < count:
        worst = int(np.argmax(served * area)) if len(area) else -1
        if worst < 0 or served[worst] * area[worst] <= _ENOUGH * area.sum():
            break
        chosen.append(worst)
        served = np.minimum(served, ((where - where[worst]) ** 2).sum(1))
    rows = np.array(chosen, np.int64)
    return Hints(
        colours[rows].reshape(-1, 3),
        inner[rows].astype(np.float32).reshape(-1, 2),
        rows + 1,
        np.full(len(rows), radius, np.float32),
    )


def region_colours(rgb: Colours, labels: Labels, count: int, free: NDArray[np.bool_]) -> Colours:
    """(count, 3) uint8: the middle colour of each region 1..count of a picture, (H, W, 3), measured where `free`.

    Of each channel the median, which shadows, lights and specks of less than half the region leave alone. Regions with
    no free pixel are measured on all of theirs; those that have none at all are black.
    """
    out = np.zeros((count, 3), np.uint8)
    flat = labels.ravel()
    sums = np.bincount(flat[free.ravel()], minlength=count + 1)
    use = free.ravel() | (sums[flat] == 0)
    for channel in range(3):
        table = np.bincount(
            flat[use].astype(np.int64) * 256 + rgb[..., channel].ravel()[use], minlength=(count + 1) * 256
        ).reshape(-1, 256)[: count + 1]
        run = table.cumsum(1)
        out[:, channel] = (run * 2 >= run[:, -1:]).argmax(1)[1:]
    return out
