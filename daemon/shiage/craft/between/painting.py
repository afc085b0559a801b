"""Painting one layer of the frame between: how far inside it each place is by both keys' word, and its colours."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

_AGREE = 6.0  # pixels by which two keys may differ on where a border runs
_ABOUT = 6  # pixels about a place where the keys don't agree that go with it
HEARD = 16  # rows about a place that such a place is told by, and softened over
UNDER = 10  # pixels that a layer is taken to go on under what hides it in both keys, at least


@kernel
def _at(field: Floats, left: int, top: int, x: float, y: float) -> float:
    """A crop's value at a place of the picture; beyond it the value at its edge less the way there."""
    height, width = field.shape
    x, y = x - left, y - top
    px, py = min(max(x, 0.0), width - 1.001), min(max(y, 0.0), height - 1.001)
    i, j = int(py), int(px)
    if height < 2 or width < 2:
        return -99.0
    v, u = py - i, px - j
    value = (field[i, j] * (1 - u) + field[i, j + 1] * u) * (1 - v)
    value += (field[i + 1, j] * (1 - u) + field[i + 1, j + 1] * u) * v
    return float(value - np.sqrt((x - px) ** 2 + (y - py) ** 2))


@kernel
def _seen_depth(distance: Floats, own: Floats, left: int, top: int, x: float, y: float) -> float:
    """How deep inside a layer a place of a key is where the key shows it: beside what lies before it, too, it is only
    where its own pixels are.
    """
    deep, near = _at(distance, left, top, x, y), _at(own, left, top, x, y)
    return min(deep, 1.0 - near) if near > 1 else deep


@kernel
def _taken(picture: Floats, whose: Ints, k: int, x: float, y: float, colour: npt.NDArray[np.float64]) -> float:
    """Into ``colour``: the picture there, of the layer's own pixels alone; gives how much of the place is its own."""
    height, width = whose.shape
    px, py = min(max(x, 0.0), width - 1.001), min(max(y, 0.0), height - 1.001)
    i, j = int(py), int(px)
    total = 0.0
    colour[:] = 0
    for dy in range(2):
        for dx in range(2):
            ny, nx = min(i + dy, height - 1), min(j + dx, width - 1)
            if whose[ny, nx] != k:
                continue
            weight = (py - i if dy else 1 - (py - i)) * (px - j if dx else 1 - (px - j))
            total += weight
            for c in range(len(colour)):
                colour[c] += weight * picture[ny, nx, c]
    if total > 1e-4:
        for c in range(len(colour)):
            colour[c] /= total
    return total


@kernel
def _is(lost: npt.NDArray[np.bool_], whose: Ints, k: int, x: float, y: float) -> bool:
    """Whether the pixel at a place is of layer ``k``, and was ``lost``."""
    height, width = whose.shape
    j, i = int(min(max(np.rint(x), 0), width - 1)), int(min(max(np.rint(y), 0), height - 1))
    return bool(whose[i, j] == k and lost[i, j])


@kernel
def depths(
    box: tuple[int, int, int, int],
    k: int,
    t: np.float32,
    home_a: Floats,
    home_b: Floats,
    in_a: bool,
    in_b: bool,
    layer_a: Ints,
    distance_a: Floats,
    own_a: Floats,
    under_a: Floats,
    left_a: int,
    top_a: int,
    layer_b: Ints,
    distance_b: Floats,
    own_b: Floats,
    under_b: Floats,
    left_b: int,
    top_b: int,
    deep: Floats,
    weight: Floats,
) -> None:
    """Into ``deep`` how far inside a layer the keys say that each place of the box is, into ``weight`` (h, w, 2) what
    either's word counts; where both are silent, the first of ``deep`` is how far it is taken to be.
    """
    height, width = layer_a.shape
    for y in range(box[3] - box[1]):
        for x in range(box[2] - box[0]):
            ax, ay = home_a[y, x]
            bx, by = home_b[y, x]
            if np.isnan(ax):
                continue
            ia, ja = int(np.rint(ay)), int(np.rint(ax))
            ib, jb = int(np.rint(by)), int(np.rint(bx))
            off_a = ia < 0 or ja < 0 or ia >= height or ja >= width
            off_b = ib < 0 or jb < 0 or ib >= height or jb >= width
            if in_a and not off_a and layer_a[ia, ja] <= k:
                weight[y, x, 0] = 1 - t
            if in_b and not off_b and layer_b[ib, jb] <= k:
                weight[y, x, 1] = t
            if k == 0:
                continue
            if weight[y, x, 0] > 0:
                deep[y, x, 0] = _seen_depth(distance_a, own_a, left_a, top_a, ax, ay)
            if weight[y, x, 1] > 0:
                deep[y, x, 1] = _seen_depth(distance_b, own_b, left_b, top_b, bx, by)
            if weight[y, x, 0] + weight[y, x, 1] == 0:
                deep[y, x, 0] = -99.0
                if in_a and not off_a:
                    deep[y, x, 0] = max(deep[y, x, 0], _at(under_a, left_a, top_a, ax, ay))
                if in_b and not off_b:
                    deep[y, x, 0] = max(deep[y, x, 0], _at(under_b, left_b, top_b, bx, by))


def inside_of(deep: Floats, weight: Floats) -> Floats:
    """(h, w) how deep inside a layer each place is, if the keys say ``deep``, which count ``weight``, (h, w, 2): their
    mean, and about where they are far from agreeing, what the weightier one says. A limb that the motion has missed
    goes over from one to the other whole; the mean would be no limb at all.
    """
    both = weight[..., 0] + weight[..., 1]
    share = np.asarray(weight[..., 1] / np.maximum(both, np.float32(1e-9)), np.float32)
    told = np.minimum(weight[..., 0], weight[..., 1]) > 0
    apart = np.where(told, np.abs(deep[..., 0] - deep[..., 1]), np.float32(0))
    hard = np.clip((apart - _AGREE) / _AGREE, 0, 1).astype(np.float32)
    if hard.any():
        wide = cv2.dilate(hard, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _ABOUT + 1,) * 2))
        hard = np.maximum(hard, cv2.GaussianBlur(wide, (0, 0), 0.4 * _ABOUT))
        share += hard * (np.round(share) - share)
    return np.asarray(deep[..., 0] + share * (deep[..., 1] - deep[..., 0]), np.float32)


@kernel
def lay(
    out: Floats,
    from_a: Floats,
    from_b: Floats,
    shares: Floats,
    top_layer: Ints,
    unsure: Floats,
    lost_a: npt.NDArray[np.bool_],
    lost_b: npt.NDArray[np.bool_],
    trusted: bool,
    box: tuple[int, int, int, int],
    k: int,
    t: np.float32,
    home_a: Floats,
    home_b: Floats,
    weight: Floats,
    inside: Floats,
    paint: Floats,
    layer_a: Ints,
    painted_a: Floats,
    layer_b: Ints,
    painted_b: Floats,
) -> None:
    """Lay one layer over what is there."""
    channels = out.shape[2]
    colour_a, colour_b = np.zeros(channels), np.zeros(channels)
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            ax, ay = home_a[y - box[1], x - box[0]]
            bx, by = home_b[y - box[1], x - box[0]]
            if np.isnan(ax):
                continue
            weight_a, weight_b = weight[y - box[1], x - box[0]]
            cover = min(max(inside[y - box[1], x - box[0]] + 0.5, 0.0), 1.0) if k > 0 else 1.0
            if cover > 0:
                part_a = _taken(painted_a, layer_a, k, ax, ay, colour_a) if weight_a > 0 else 0.0
                part_b = _taken(painted_b, layer_b, k, bx, by, colour_b) if weight_b > 0 else 0.0
                share_a = (1.0 - t) * min(part_a, 1.0) if part_a > 0 else 0.0
                share_b = t * min(part_b, 1.0) if part_b > 0 else 0.0
                total = share_a + share_b
                for c in range(channels):
                    value = paint[c]
                    if total > 1e-4:
                        value = np.float32((share_a * colour_a[c] + share_b * colour_b[c]) / total)
                    out[y, x, c] += np.float32(cover) * (value - out[y, x, c])
            if cover > 0.5:
                from_a[y, x, 0], from_a[y, x, 1] = ax, ay
                from_b[y, x, 0], from_b[y, x, 1] = bx, by
                top_layer[y, x] = k
                unsure[y, x] = 0.0 if trusted else 1.0
                if weight_a > 0 and _is(lost_a, layer_a, k, ax, ay):
                    unsure[y, x] = 1.0
                if weight_b > 0 and _is(lost_b, layer_b, k, bx, by):
                    unsure[y, x] = 1.0
                sum_of = weight_a + weight_b
                shares[y, x] = weight_b / sum_of if sum_of > 0 else t
