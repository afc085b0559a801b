"""Which layers are followed: whom dense flow explains much better is left to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .flow import Floats, misfit, sampled
from .lines import FAINT, Lines
from .plan import Plan, layer_flow
from .read import edges

Ints = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_NEAR = 3  # pixels from a border
_MOST_OFF = 80.0  # levels that one pixel counts
_BETTER, _SLACK = 1.5, 4.5  # times and levels by which a layer may explain the keys worse than flow does
_WRONG = 40.0  # levels that a motion leaves where it does not explain the key
_THICK = 5  # pixels across, at least, of what is not followed
_ABOUT = 5  # pixels about it
_LOCAL = 0
_MEETS = 24  # pixels by which a motion may be wrong for its ends to be told to belong together
_BETWEEN = 8  # pixels between two such places, at most
_MOSTLY = 0.3  # of a figure, at least


@dataclass(frozen=True, eq=False)
class Lost:
    """Of both keys, (H, W): ``where`` what was not followed, how the layers move, (H, W, 2) ``goes``, and how many
    levels that is ``off``.
    """

    where: tuple[Mask, Mask]
    goes: tuple[Floats, Floats]
    off: tuple[Floats, Floats]


def trust(
    made: Plan,
    lines: tuple[Lines, Lines],
    goes: tuple[Floats, Floats],
    check: Callable[[], None] = lambda: None,
) -> Lost:
    """Tell each layer of a plan whether it is ``trusted``; gives what was not followed: all of a layer that
    isn't trusted, and the places where one that is leaves much of the key unexplained. ``goes``: (p, 2) how
    far each pixel of the lines' band goes to the other key.

    What is hidden in the other key says nothing, and a line speaks for the layer that leads it.
    """
    keys = [each.key for each in lines]
    soft = [np.asarray(cv2.blur(key.pixels, (3, 3)), np.float32) for key in keys]
    shown = [of[key.labels] for key, of in zip(keys, (made.of_a, made.of_b), strict=True)]
    flows = [layer_flow(made, key, first=first, check=check) for key, first in zip(keys, (True, False), strict=True)]
    for which in range(2):
        ys, xs = lines[which].band.T
        shown[which][ys, xs] = lines[which].owner[ys, xs]
        flows[which][ys, xs] = goes[which]
    count = len(made.layers)
    both = np.array([layer.first and layer.second for layer in made.layers])
    both[0] = False
    wrong: list[Mask] = []
    owns: list[Floats] = []
    ours, theirs, size = np.zeros(count), np.zeros(count), np.zeros(count)
    for which, off in enumerate((made.flows.off_ahead, made.flows.off_back)):
        check()
        own = misfit(soft[which], soft[1 - which], flows[which])
        owns.append(own)
        seen = shown[which] >= _nearest(shown[1 - which], flows[which])
        wrong.append((own > _WRONG) & seen & both[shown[which]])
        seen &= _edged(keys[which].labels, lines[which].ink)
        of_pixel = shown[which][seen]
        ours += np.bincount(of_pixel, np.minimum(own, _MOST_OFF)[seen], count)
        theirs += np.bincount(of_pixel, np.minimum(off, _MOST_OFF)[seen], count)
        size += np.bincount(of_pixel, minlength=count)
    for k, layer in enumerate(made.layers):
        # A grid was only kept for the better fit; flow may make do with a limb less.
        followed = k == 0 or (layer.mesh is not None and layer.first and layer.second)
        layer.trusted = followed or bool(ours[k] <= _BETTER * theirs[k] + _SLACK * size[k])
    areas = [of[key.labels] for key, of in zip(keys, (made.of_a, made.of_b), strict=True)]
    untrusted = np.array([not layer.trusted for layer in made.layers])
    wide = [_wide(one) for one in wrong]
    fallen = _fallen(areas, [untrusted[layers] | _about(one) for layers, one in zip(shown, wide, strict=True)], count)
    for k in np.flatnonzero(fallen):
        made.layers[k].trusted = False
    lost = [untrusted[layers] | _met(wide[k], wide[1 - k], flows[k]) for k, layers in enumerate(shown)] if _LOCAL else [untrusted[layers] for layers in shown]
    lost = [_joined(one, layers) | fallen[layers] for one, layers in zip(lost, areas, strict=True)]
    return Lost((lost[0], lost[1]), (flows[0], flows[1]), (owns[0], owns[1]))


def _met(here: Mask, there: Mask, flow: Floats) -> Mask:
    """(H, W) what is wrong ``here``, and leads to where something is wrong ``there``: else it is only hidden, or new."""
    if not here.any() or not there.any():
        return np.zeros_like(here)
    about = cv2.dilate(there.astype(np.float32), np.ones((2 * int(_MEETS) + 1,) * 2, np.uint8))
    return _about(here & (sampled(about[..., None], flow)[..., 0] > 0.5))


def _about(wrong: Mask) -> Mask:
    return np.asarray(cv2.dilate(wrong.astype(np.uint8), np.ones((2 * _ABOUT + 1,) * 2, np.uint8)) > 0)


def _wide(wrong: Mask) -> Mask:
    """(H, W) the places that are wide enough to be more than a border that is a little off."""
    square = np.ones((int(_THICK), int(_THICK)), np.uint8)
    return np.asarray(cv2.morphologyEx(wrong.astype(np.uint8), cv2.MORPH_OPEN, square) > 0)


def _joined(lost: Mask, layers: Ints) -> Mask:
    """With what lies between such places: what is left of a drawing among them is no drawing."""
    if not lost.any():
        return lost
    square = np.ones((2 * int(_BETWEEN) + 1,) * 2, np.uint8)
    return np.asarray((cv2.morphologyEx(lost.astype(np.uint8), cv2.MORPH_CLOSE, square) > 0) & (layers > 0) | lost)


def _fallen(areas: list[Ints], lost: list[Mask], count: int) -> Mask:
    """(count,) which layers are mostly of figures, things with the ground all about them, that were mostly not followed."""
    whole, mine = np.zeros(count), np.zeros(count)
    for layers, wrong in zip(areas, lost, strict=True):
        found, figures = cv2.connectedComponents((layers > 0).astype(np.uint8), connectivity=4)
        size = np.bincount(figures.ravel(), minlength=found)
        bad = np.bincount(figures.ravel(), wrong.ravel(), found) > _MOSTLY * size
        bad[0] = False
        whole += np.bincount(layers.ravel(), minlength=count)
        mine += np.bincount(layers.ravel(), bad[figures].ravel(), count)
    return mine > 0.5 * whole


def _spread(wrong: Mask) -> Mask:
    """(H, W) about the places that are wide enough to be more than a border that is a little off."""
    core = cv2.morphologyEx(wrong.astype(np.uint8), cv2.MORPH_OPEN, np.ones((_THICK, _THICK), np.uint8))
    return np.asarray(cv2.dilate(core, np.ones((2 * _ABOUT + 1,) * 2, np.uint8)) > 0)


def _edged(labels: Ints, ink: Floats) -> npt.NDArray[np.bool_]:
    """Where a border or a line is near: within an area of one paint, every motion fits."""
    edge = edges(labels) | (ink > FAINT)
    return np.asarray(cv2.dilate(edge, np.ones((2 * _NEAR + 1,) * 2, np.uint8)) > 0)


def _nearest(labels: Ints, flow: Floats) -> Ints:
    """(H, W) the label where ``flow`` takes each pixel; -1 beyond the picture."""
    height, width = labels.shape
    x = np.rint(flow[..., 0] + np.arange(width, dtype=np.float32)).astype(np.int64)
    y = np.rint(flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]).astype(np.int64)
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    return np.where(inside, labels[y.clip(0, height - 1), x.clip(0, width - 1)], -1).astype(np.int32)
