"""Who moves where between two keys: areas matched into layers, each with its motion, from back to front."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..follow import Matcher
from ..kernel import kernel
from ..strips import at_once, over_each
from .bending import bend
from .evidence import Evidence
from .flow import Floats, Flows, flows_of
from .halves import put_together
from .mesh import Mesh
from .motions import Owns, kept, motions, usual
from .moves import Map, grown, inverse, on_the_way, turn_of
from .partners import ALIKE, LEAST_FIT, Pairs, fits_of, partners
from .read import Key, inner
from .registration import Shape, shape_of

Table = npt.NDArray[np.float64]

_HIDES = 30  # pixels of a layer that another must cover to be seen before it
_BENDS = 0.75  # of what the pictures say against an affine motion they may say against one that bends
_MEETS = 0.1  # of what an affine motion leaves between the outlines: bent, they are the same
_LEADERS = 4  # neighbours that an area may go with that has no partner
_PLAINLY, _CLEARLY = 0.6, 2.0  # of what going with the first leaves, less so many levels: another is plainly better
_OWNED = 20.0  # pixels that a place counts of a border that plainly goes with one of its two areas
_SAME_PIECE = 0.6  # of an area lands on a layer's area: it is a piece of it


@dataclass(eq=False)
class Layer:
    """What moves as one. ``move``: from the first key to the second; ``middle``: (2,) x, y of what it moves, in the
    first; ``mesh``: how it bends beyond that; ``first``, ``second``: whether it is seen there; ``off``: mean pixels
    between its outlines that the motion leaves. ``trusted``: it explains the keys as well as dense flow does.
    """

    move: Map
    middle: npt.NDArray[np.float64]
    first: bool
    second: bool
    off: float = 0.0
    mesh: Mesh | None = None
    trusted: bool = True

    def at(self, t: float) -> Map:
        """The motion at ``t`` of the way."""
        return on_the_way(self.move, t, self.middle)


@dataclass(eq=False)
class Plan:
    """``layers`` from back to front, the first of them the ground that fills the picture. ``of_a``: (n + 1,) int32, the
    layer of each area of the first key; ``of_b`` of the second. ``before[k, m]``: layer m is seen to hide layer k.
    ``flows``: the dense flow beside it. ``keys``: as they are read now, areas that are one in the other key as one.
    """

    layers: list[Layer]
    of_a: npt.NDArray[np.int32]
    of_b: npt.NDArray[np.int32]
    before: npt.NDArray[np.bool_]
    flows: Flows
    keys: tuple[Key, Key]

    def paint_of(self, key: Key, of: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """(layers, C) the paint of each layer in a key whose areas are ``of`` these layers; 0 of those it hasn't."""
        paint = np.zeros((len(self.layers), key.paint.shape[1]), np.float32)
        paint[of[1:]] = key.paint[1:]
        return paint


def plan(a: Key, b: Key, matcher: Matcher, check: Callable[[], None] = lambda: None) -> Plan:
    """Match the areas of two keys, find how each moves, and who is before whom."""
    fits, flows = at_once(lambda: fits_of(a, b, matcher), lambda: flows_of(a.pixels, b.pixels, check), check)
    check()
    pairs = partners(a, b, fits)
    check()
    whole = put_together(a, b, pairs, check)
    if whole != (a, b):
        a, b = whole
        fits = fits_of(a, b, matcher)
        pairs = partners(a, b, fits)
    shapes_a, shapes_b = over_each(lambda key: _shapes(key, check), (a, b), check)
    ground = _ground(a, b, pairs)
    layers: list[Layer] = []
    of_a, of_b = np.full(len(a) + 1, -1, np.int32), np.full(len(b) + 1, -1, np.int32)
    evidence = Evidence(a, b)

    def likely(i: int, j: int, move: Map, off: float) -> bool:
        return _likely(move, off, fits[i - 1, j - 1], shapes_a[i], shapes_b[j])

    went = motions(a, b, (shapes_a, shapes_b), pairs, ground, flows, evidence, likely, check)
    found, (own_a, own_b) = went.found, went.shapes
    check()

    def layer_of(pair: tuple[int, int]) -> Layer:
        (i, j), (move, off) = pair, found[pair]
        mesh, left = bend(move, own_a[i], own_b[j], off)
        if mesh is not None:
            stiff, bent = evidence.against(i, j, move), evidence.against(i, j, move, mesh)
            if bent > (stiff if left < _MEETS * off else _BENDS * stiff):
                mesh, left = None, off
        return Layer(move, shapes_a[i].centre, True, True, left, mesh)

    sure = [(i, j) for (i, j), (move, off) in found.items() if i == ground or likely(i, j, move, off)]
    for (i, j), layer in zip(sure, over_each(layer_of, sure, check), strict=True):
        of_a[i], of_b[j] = len(layers), len(layers)
        layers.append(layer)
    _add_pieces(a, b, layers, of_a, of_b, check)
    _add_strays(a, layers, of_a, flows.ahead, evidence, check, first=True)
    _add_strays(b, layers, of_b, flows.back, evidence, check, first=False)
    of_a[0] = of_b[0] = of_a[ground]
    unordered = Plan(layers, of_a, of_b, np.zeros((0, 0), bool), flows, (a, b))
    goes = layer_flow(unordered, a, first=True, check=check), layer_flow(unordered, b, first=False, check=check)
    order, before = _order(a, b, layers, of_a, of_b, int(of_a[ground]), goes, went.owns, check)
    place = np.empty(len(layers), np.int32)
    place[order] = np.arange(len(layers))
    # What came to lie behind hides nothing, whatever single places say.
    before = np.triu(before[np.ix_(order, order)], 1)
    return Plan([layers[i] for i in order], place[of_a], place[of_b], before, flows, (a, b))


def _shapes(key: Key, check: Callable[[], None] = lambda: None) -> list[Shape]:
    boxes = ndimage.find_objects(key.labels, len(key))
    area = np.append(np.inf, key.described.area)
    shapes = [shape_of(key.labels, key.other, key.share, 1, (slice(0, 1), slice(0, 1)), area > 0)]  # no area's
    for i, box in enumerate(boxes):
        check()
        behind = area > 0.5 * area[i + 1]
        shapes.append(shape_of(key.labels, key.other, key.share, i + 1, box, behind))
    return shapes


def _ground(a: Key, b: Key, pairs: Pairs) -> int:
    """The matched area that most of the pictures' edges and much of the pictures show."""

    def shown(key: Key, label: int) -> float:
        edge = np.concatenate([key.labels[0], key.labels[-1], key.labels[:, 0], key.labels[:, -1]])
        return float((edge == label).mean() + key.described.area[label - 1] / key.labels.size)

    return max(pairs, key=lambda pair: shown(a, pair[0]) + shown(b, pair[1]), default=(1, 1))[0]


def _likely(move: Map, off: float, fit: float, a: Shape, b: Shape) -> bool:
    """Whether two areas are one, now that one's outline has been laid on the other's."""
    larger = abs(float(np.log(max(1e-6, grown(move)))))
    size, turned = min(a.size, b.size), abs(turn_of(move))
    strange = off / max(1.0, 0.25 * size) + larger / 1.2 + abs(float(np.log(a.size / b.size))) / 0.9 + turned / 1.6
    return bool(strange < 1.0 + 0.6 * np.log10(fit / LEAST_FIT))


def _add_pieces(
    a: Key,
    b: Key,
    layers: list[Layer],
    of_a: npt.NDArray[np.int32],
    of_b: npt.NDArray[np.int32],
    check: Callable[[], None],
) -> None:
    """Areas without a partner that are a piece of a layer: its motion lays them on one of its areas."""
    for key, other, mine, theirs, first in ((a, b, of_a, of_b, True), (b, a, of_b, of_a, False)):
        for label in np.flatnonzero(mine[1:] < 0) + 1:
            check()
            for target in np.argsort(np.abs(other.paint[1:] - key.paint[label]).max(1))[:6] + 1:
                if theirs[target] < 0 or np.abs(other.paint[target] - key.paint[label]).max() > ALIKE / 2:
                    continue
                layer = layers[theirs[target]]
                move = layer.move if first else inverse(layer.move)
                if kept(key.places[label], other.labels, int(target), move) > _SAME_PIECE:
                    mine[label] = theirs[target]
                    break


def _add_strays(
    key: Key,
    layers: list[Layer],
    of_mine: npt.NDArray[np.int32],
    flow: Floats,
    evidence: Evidence,
    check: Callable[[], None],
    *,
    first: bool,
) -> None:
    """Areas that are in one key only go with the neighbour that they touch most, if the pictures don't say plainly that
    they stand, or go with another, or a way of their own.
    """
    strays = np.flatnonzero(of_mine[1:] < 0) + 1
    touching = key.described.touching
    known = of_mine[1:] >= 0
    for label in strays:
        check()
        border = np.where(known, touching[label - 1], 0.0)
        # Rather with what is not much larger: a detail goes with its face, not with the sky.
        border = border / np.sqrt(key.described.area)
        beside = [int(of_mine[near + 1]) for near in np.argsort(-border)[:_LEADERS] if border[near] > 0]
        by = usual(flow, key.places[label]) * (1 if first else -1)
        own = [Layer(np.column_stack([np.eye(2), way]), np.zeros(2), first, not first) for way in (np.zeros(2), by)]
        leaders = [layers[k] for k in dict.fromkeys(beside)] + own
        off = [evidence.alone(0 if first else 1, int(label), x.move if first else inverse(x.move)) for x in leaders]
        best = int(np.argmin(off))
        led = leaders[best] if off[best] < _PLAINLY * off[0] - _CLEARLY else leaders[0]
        of_mine[label] = len(layers)
        layers.append(Layer(led.move, led.middle, first, not first, 0.0, led.mesh))


def layer_flow(made: Plan, key: Key, *, first: bool, check: Callable[[], None] = lambda: None) -> Floats:
    """(H, W, 2) float32 where each pixel of a key goes in the other by its layer's motion."""
    of = made.of_a if first else made.of_b
    flow = np.empty((*key.labels.shape, 2), np.float32)
    _moved(key.labels, of, np.array([layer.move if first else inverse(layer.move) for layer in made.layers]), flow)
    shown = of[key.labels]
    for k, box in enumerate(ndimage.find_objects(shown + 1, len(made.layers))):
        mesh = made.layers[k].mesh
        if box is None or mesh is None:
            continue
        check()
        ys, xs = np.nonzero(shown[box] == k)
        ys, xs = ys + box[0].start, xs + box[1].start
        at = np.stack([xs, ys], 1).astype(np.float64)
        flow[ys, xs] = (mesh.carried(at, 1.0) if first else mesh.came(at)) - at
    return flow


@kernel
def _moved(labels: npt.NDArray[np.int32], of: npt.NDArray[np.int32], moves: Table, flow: Floats) -> None:
    height, width = labels.shape
    for y in range(height):
        for x in range(width):
            move = moves[of[labels[y, x]]]
            flow[y, x, 0] = move[0, 0] * x + move[0, 1] * y + move[0, 2] - x
            flow[y, x, 1] = move[1, 0] * x + move[1, 1] * y + move[1, 2] - y


def _covered(
    layers: list[Layer],
    shown: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]],
    flows: tuple[Floats, Floats],
    check: Callable[[], None],
) -> tuple[Table, Table]:
    """[k, m]: how many pixels of layer k lie, where they have got to, under layer m; and how many well inside it: right
    at a border the motion need only be a little off. ``shown``: (H, W) the layers of both keys.
    """
    both = np.array([layer.first and layer.second for layer in layers])
    every, deep = (np.zeros((len(layers), len(layers))) for _ in range(2))
    for here, there, flow in ((shown[0], shown[1], flows[0]), (shown[1], shown[0], flows[1])):
        check()
        ys, xs = np.mgrid[0 : here.shape[0] : 2, 0 : here.shape[1] : 2]
        k = here[ys, xs]
        x = np.rint(xs + flow[ys, xs, 0]).astype(np.int64)
        y = np.rint(ys + flow[ys, xs, 1]).astype(np.int64)
        inside = (x >= 0) & (y >= 0) & (x < here.shape[1]) & (y < here.shape[0]) & both[k]
        k, x, y = k[inside], x[inside], y[inside]
        check()
        alone = inner(there)[y, x]
        np.add.at(every, (k, there[y, x]), 4.0)  # a pixel in four is looked at
        np.add.at(deep, (k[alone], there[y, x][alone]), 4.0)
    np.fill_diagonal(every, 0)
    np.fill_diagonal(deep, 0)
    return every, deep


def _order(
    a: Key,
    b: Key,
    layers: list[Layer],
    of_a: npt.NDArray[np.int32],
    of_b: npt.NDArray[np.int32],
    ground: int,
    goes: tuple[Floats, Floats],
    owns: tuple[Owns, Owns],
    check: Callable[[], None],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Layers from back to front: before a layer is what hides parts of it in the other key, and with what the border
    between them goes; else the smaller. And who is seen to hide whom, (n, n): the second the first.
    """
    count = len(layers)
    before, hidden = _covered(layers, (of_a[a.labels], of_b[b.labels]), goes, check)
    hides = (hidden > _HIDES) & (hidden > 2 * hidden.T)
    hides[ground] = True
    hides[:, ground] = False
    area = np.zeros(count)
    for key, of_mine, own in ((a, of_a, owns[0]), (b, of_b, owns[1])):
        for (one, beside), (mine, theirs) in own.items():
            before[of_mine[one], of_mine[beside]] += _OWNED * theirs
            before[of_mine[beside], of_mine[one]] += _OWNED * mine
        np.add.at(area, of_mine[1:], key.described.area)
        touching = key.described.touching
        rows, columns = np.nonzero(touching)
        length = touching[rows, columns]
        k, m = of_mine[1:][rows], of_mine[1:][columns]
        smaller = key.described.area[columns] < key.described.area[rows]
        np.add.at(before, (k[smaller], m[smaller]), 0.5 * length[smaller])
    np.fill_diagonal(before, 0)
    before[ground] += 1e9
    before[:, ground] = 0
    return _from_back(before - before.T, area), hides


def _from_back(net: Table, area: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The layers from back to front by ``net[k, m]``, how much says that m is before k rather than behind it.

    Next is what is before none of those left; or else, at the other end, what is behind none of them; or else what is
    before the fewest (Eades, Lin & Smyth 1993). Of several the larger is behind.
    """
    count = len(net)
    left, score = np.ones(count, bool), net.sum(1) + 1e-6 * area
    over, under = (net < 0).sum(1), (net > 0).sum(1)  # how many of those left each is before, and behind
    order = np.empty(count, np.int64)
    low, high = 0, count
    while low < high:
        rearmost, foremost = left & (over == 0), left & (under == 0)
        if not rearmost.any() and foremost.any():
            found = int(np.where(foremost, score, np.inf).argmin())
            high -= 1
            order[high] = found
        else:
            found = int(np.where(rearmost if rearmost.any() else left, score, -np.inf).argmax())
            order[low] = found
            low += 1
        left[found] = False
        score -= net[:, found]
        over -= net[:, found] < 0
        under -= net[:, found] > 0
    return order
