"""Which layers are followed: whom dense flow explains much better is left to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..strips import over_each
from .flow import Floats, misfit
from .lines import FAINT, Lines
from .plan import Plan, layer_flow
from .read import Key, edges

Ints = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Sums = npt.NDArray[np.float64]

_NEAR = 3  # pixels from a border
_MOST_OFF = 80.0  # levels that one pixel counts
_BETTER, _SLACK = 1.5, 4.5  # times and levels by which a layer may explain the keys worse than flow does
_REPAINTED = 20.0  # levels from which paint is another
_WRONG = 40.0  # levels that a motion leaves where it does not explain the key
_THICK, _ABOUT = 5, 5  # pixels across, at least, where it does not; and about that
_BETWEEN = 8  # half the pixels between two places that were not followed, which go with them
_CUT = 0.2  # of the root of its size may a figure meet the picture's edge: it is seen whole
_PIECES = 3  # layers of which a figure is, at least, that can fall to pieces
_MOSTLY = 0.3  # of a figure is not explained, at least: it fell to pieces


@dataclass(frozen=True, eq=False)
class Lost:
    """``where``: of both keys, (H, W), what was not followed; ``goes``, (H, W, 2): where the layers go from either to
    the other. ``fallen``: (n,) the layers of figures that fell to pieces.
    """

    where: tuple[Mask, Mask]
    goes: tuple[Floats, Floats]
    fallen: Mask


def trust(
    made: Plan,
    lines: tuple[Lines, Lines],
    goes: tuple[Floats, Floats],
    check: Callable[[], None] = lambda: None,
) -> Lost:
    """Tell each layer of a plan whether it is ``trusted``; gives what was not followed: that, what lies between, and
    figures of which much is not explained. ``goes``: (p, 2) how far each pixel of the lines' band goes to the other
    key.

    What is hidden in the other key says nothing, and a line speaks for the layer that leads it.
    """
    keys = [each.key for each in lines]
    soft = [key.soft for key in keys]
    shown = [of[key.labels] for key, of in zip(keys, (made.of_a, made.of_b), strict=True)]
    flows = over_each(lambda k: layer_flow(made, keys[k], first=k == 0, check=check), range(2), check)
    for which in range(2):
        ys, xs = lines[which].band.T
        shown[which][ys, xs] = lines[which].owner[ys, xs]
        flows[which][ys, xs] = goes[which]
    count = len(made.layers)
    both = np.array([layer.first and layer.second for layer in made.layers])
    both[0] = False
    repainted = _repainted(made, keys[0], keys[1], shown, soft)

    def heard(which: int) -> tuple[Mask, Sums]:
        own = misfit(repainted[which], soft[1 - which], flows[which])
        off = (made.flows.off_ahead, made.flows.off_back)[which]
        there = landed(shown[1 - which], flows[which])
        seen = shown[which] >= there
        wrong = (own > _WRONG) & seen & (there >= 0) & both[shown[which]]
        seen &= _edged(keys[which].labels, lines[which].ink)
        of_pixel = shown[which][seen]
        told = (np.minimum(part, _MOST_OFF)[seen] for part in (own, off))
        sums = [np.bincount(of_pixel, part, count) for part in told]
        return _wide(wrong), np.stack([*sums, np.bincount(of_pixel, minlength=count)])

    (wrong_a, sums_a), (wrong_b, sums_b) = over_each(heard, range(2), check)
    ours, theirs, size = sums_a + sums_b
    for k, layer in enumerate(made.layers):
        # A grid was only kept for the better fit; flow may make do with a limb less.
        followed = k == 0 or (layer.mesh is not None and layer.first and layer.second)
        layer.trusted = followed or bool(ours[k] <= _BETTER * theirs[k] + _SLACK * size[k])
    untrusted = np.array([not layer.trusted for layer in made.layers])
    areas = [of[key.labels] for key, of in zip(keys, (made.of_a, made.of_b), strict=True)]
    fallen = _fallen(areas, (wrong_a, wrong_b), count, check)
    for layer, fell in zip(made.layers, fallen, strict=True):
        layer.trusted = layer.trusted and not fell
    lost = over_each(lambda k: _joined(untrusted[shown[k]], areas[k]) | fallen[areas[k]], range(2), check)
    return Lost((lost[0], lost[1]), (flows[0], flows[1]), fallen)


def _repainted(made: Plan, a: Key, b: Key, shown: list[Ints], soft: list[Floats]) -> list[Floats]:
    """Both keys, (H, W, C), with what changes its paint in the other key's: that a shadow turns from grey to green does
    not say that it was not followed."""
    paints = [made.paint_of(a, made.of_a), made.paint_of(b, made.of_b)]
    changed = np.array([layer.first and layer.second for layer in made.layers])
    changed &= np.abs(paints[0] - paints[1]).max(1) > _REPAINTED
    if not changed.any():
        return soft
    found = []
    for layers, picture, own, other in zip(shown, soft, paints, paints[::-1], strict=True):
        here = changed[layers]
        here[here] = np.abs(picture[here] - own[layers[here]]).max(1) < _REPAINTED
        new = picture.copy()
        new[here] += (other - own)[layers[here]]
        found.append(new)
    return found


def _wide(wrong: Mask) -> Mask:
    """(H, W) about the places that are wide enough to be more than a border that is a little off."""
    found = cv2.morphologyEx(wrong.astype(np.uint8), cv2.MORPH_OPEN, np.ones((_THICK, _THICK), np.uint8))
    return np.asarray(cv2.dilate(found, np.ones((2 * _ABOUT + 1,) * 2, np.uint8)) > 0)


def _joined(lost: Mask, layers: Ints) -> Mask:
    """With what lies between such places: what is left of a drawing among them is no drawing."""
    if not lost.any():
        return lost
    square = np.ones((2 * _BETWEEN + 1,) * 2, np.uint8)
    return np.asarray((cv2.morphologyEx(lost.astype(np.uint8), cv2.MORPH_CLOSE, square) > 0) & (layers > 0) | lost)


def _fallen(areas: list[Ints], lost: tuple[Mask, Mask], count: int, check: Callable[[], None]) -> Mask:
    """(count,) which layers are mostly of figures, things with the ground all about them, of which much is ``lost``."""

    def of_key(which: int) -> Sums:
        layers, wrong = areas[which], lost[which]
        found, figures = cv2.connectedComponents((layers > 0).astype(np.uint8), connectivity=4)
        size = np.bincount(figures.ravel(), minlength=found)
        edge = np.concatenate([figures[0], figures[-1], figures[:, 0], figures[:, -1]])
        alone = np.bincount(edge, minlength=found) <= _CUT * np.sqrt(size)
        made_of = np.unique(figures.astype(np.int64) * count + layers) // count
        several = np.bincount(made_of, minlength=found) >= _PIECES
        bad = (np.bincount(figures.ravel(), wrong.ravel(), found) > _MOSTLY * size) & alone & several
        bad[0] = False
        whole = np.bincount(layers.ravel(), minlength=count)
        return np.stack([np.bincount(layers.ravel(), bad[figures].ravel(), count), whole])

    mine, whole = np.sum(over_each(of_key, range(2), check), 0)
    return np.asarray(mine > 0.5 * whole)


def _edged(labels: Ints, ink: Floats) -> npt.NDArray[np.bool_]:
    """Where a border or a line is near: within an area of one paint, every motion fits."""
    edge = edges(labels) | (ink > FAINT)
    return np.asarray(cv2.dilate(edge, np.ones((2 * _NEAR + 1,) * 2, np.uint8)) > 0)


def landed(labels: Ints, flow: Floats) -> Ints:
    """(H, W) the label where ``flow`` takes each pixel; -1 beyond the picture."""
    height, width = labels.shape
    x = np.rint(flow[..., 0] + np.arange(width, dtype=np.float32)).astype(np.int64)
    y = np.rint(flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]).astype(np.int64)
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    return np.where(inside, labels[y.clip(0, height - 1), x.clip(0, width - 1)], -1).astype(np.int32)
