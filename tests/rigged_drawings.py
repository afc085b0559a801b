"""Drawings whose true in-betweens are known: strokes on a jointed rig, and what an animator's second key does to them.

``figure`` draws strokes on a rig; ``Rigged.at(t)`` is the drawing at any time between two poses; ``redraw`` makes of
the end pose what a second key looks like in practice: strokes in another order, drawn the other way round, with other
numbers of points, some missing, some new, some cut in two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shiage.values import StrokeLayer, StrokeMaterial, Strokes

Complexes = NDArray[np.complex128]


@dataclass(frozen=True)
class Bone:
    """A part of a rig: its joint and tip at rest, the part it hangs on, and how far it turns (radians)."""

    joint: complex
    tip: complex
    parent: int
    turn: float


@dataclass(frozen=True)
class Rigged:
    """Strokes on bones. ``strokes``: rest points of each; ``weights``: per stroke (points, bones), rows sum to 1."""

    bones: tuple[Bone, ...]
    strokes: tuple[Complexes, ...]
    weights: tuple[NDArray[np.float64], ...]
    cyclic: NDArray[np.bool_]
    root_turn: float
    root_shift: complex
    root_scale: float = 1.0

    @property
    def size(self) -> float:
        """Diagonal of the drawing's box at rest."""
        points = np.concatenate(self.strokes)
        return abs(complex(np.ptp(points.real), np.ptp(points.imag)))

    def at(self, t: float) -> list[Complexes]:
        """Every stroke's points at time ``t`` (0 = rest, 1 = the other pose): joints turn evenly."""
        turn, shift = self._motions(t)
        return [
            ((points[:, None] * turn + shift) * weights).sum(1)
            for points, weights in zip(self.strokes, self.weights, strict=True)
        ]

    def _motions(self, t: float) -> tuple[Complexes, Complexes]:
        turns, shifts = [], []
        for bone in self.bones:
            own = np.exp(1j * bone.turn * t)
            if bone.parent < 0:
                own = np.exp(1j * self.root_turn * t) * self.root_scale**t
                turns.append(own)
                shifts.append(bone.joint - own * bone.joint + self.root_shift * t)
            else:
                up, by = turns[bone.parent], shifts[bone.parent]
                turns.append(up * own)
                shifts.append(up * (bone.joint - own * bone.joint) + by)
        return np.array(turns), np.array(shifts)


def figure(
    strokes: int = 400,
    points: int = 60,
    most_turn: float = 60.0,
    seed: int = 0,
    *,
    soft: float = 0.0,
    closed: float = 0.1,
    shift: float = 1.0,
) -> Rigged:
    """A standing figure of 14 parts, ``strokes`` lines on it, every joint turning up to ``most_turn`` degrees.

    ``soft``: width of the bend around a joint (0 = stiff parts); ``closed``: share of closed strokes.
    """
    rng = np.random.default_rng(seed)
    layout = [
        (0, 2.4j, -1), (2.5j, 4.1j, 0),  # torso, head
        (0.8 + 2.2j, 2.0 + 1.4j, 0), (2.0 + 1.4j, 3.1 + 0.6j, 2), (3.1 + 0.6j, 3.6 + 0.2j, 3),  # right arm, hand
        (-0.8 + 2.2j, -2.0 + 1.4j, 0), (-2.0 + 1.4j, -3.1 + 0.6j, 5), (-3.1 + 0.6j, -3.6 + 0.2j, 6),  # left
        (0.4, 0.6 - 1.7j, 0), (0.6 - 1.7j, 0.6 - 3.4j, 8), (0.6 - 3.4j, 1.1 - 3.6j, 9),  # right leg, foot
        (-0.4, -0.6 - 1.7j, 0), (-0.6 - 1.7j, -0.6 - 3.4j, 11), (-0.6 - 3.4j, -1.1 - 3.6j, 12),  # left
    ]  # fmt: skip
    most = np.radians(most_turn)
    bones = tuple(Bone(a, b, parent, float(rng.uniform(-most, most))) for a, b, parent in layout)
    lengths = np.array([abs(bone.tip - bone.joint) for bone in bones])
    owners = rng.choice(len(bones), strokes, p=lengths / lengths.sum())
    drawn = [_line_on(bones[owner], points, rng, bool(rng.random() < closed)) for owner in owners]
    cyclic = np.array([line[1] for line in drawn])
    lines = tuple(line[0] for line in drawn)
    return Rigged(
        bones,
        lines,
        tuple(_skin(line, int(owner), bones, soft) for line, owner in zip(lines, owners, strict=True)),
        cyclic,
        float(rng.uniform(-most, most)),
        shift * complex(*rng.uniform(-1.5, 1.5, 2)),
    )


def _line_on(bone: Bone, points: int, rng: np.random.Generator, closed: bool) -> tuple[Complexes, bool]:
    """A line in the manner of a drawing: along, across or around the part, straight, bowed, hooked or wavy."""
    axis = bone.tip - bone.joint
    length = abs(axis)
    middle = bone.joint + axis * rng.uniform(0.05, 0.95) + 1j * axis * rng.uniform(-0.25, 0.25)
    u = np.linspace(0, 1, points)
    if closed:
        radius = length * rng.uniform(0.05, 0.15)
        ring = np.exp(2j * np.pi * np.linspace(0, 1, points, endpoint=False))
        wobble = 1 + 0.3 * rng.normal() * np.cos(2 * np.pi * 2 * u) + 0.2 * rng.normal() * np.sin(2 * np.pi * 3 * u)
        return middle + radius * (ring.real * 1.6 + 1j * ring.imag) * wobble * np.exp(1j * rng.uniform(0, 6.3)), True
    span = length * rng.uniform(0.12, 0.6)
    heading = np.exp(1j * rng.normal(0, 0.7)) * axis / length
    bow, hook, wave = rng.normal(0, 0.25), rng.normal(0, 0.15), rng.normal(0, 0.06)
    side = (
        bow * 4 * u * (1 - u) + hook * np.sin(2 * np.pi * u) + wave * np.sin(2 * np.pi * 2.5 * u + rng.uniform(0, 6.3))
    )
    return middle + span * heading * ((u - 0.5) + 1j * side), False


def _skin(line: Complexes, owner: int, bones: tuple[Bone, ...], soft: float) -> NDArray[np.float64]:
    weights = np.zeros((len(line), len(bones)))
    weights[:, owner] = 1
    parent = bones[owner].parent
    if soft > 0 and parent >= 0:
        axis = bones[owner].tip - bones[owner].joint
        along = ((line - bones[owner].joint) * np.conj(axis)).real / abs(axis) ** 2
        weights[:, owner] = np.clip(0.5 + along / soft, 0, 1)
        weights[:, parent] = 1 - weights[:, owner]
    return weights


@dataclass(frozen=True)
class Redrawn:
    """A second key. ``source``: for each of its strokes the stroke of the first key, or -1 (new)."""

    strokes: list[Complexes]
    cyclic: NDArray[np.bool_]
    source: NDArray[np.intp]


def redraw(
    rigged: Rigged,
    seed: int = 0,
    *,
    shuffle: bool = True,
    flip: bool = True,
    resample: bool = True,
    missing: float = 0.0,
    cut: float = 0.0,
    noise: float = 0.0,
) -> tuple[Redrawn, Redrawn]:
    """Both keys as drawn: ``missing`` of the strokes are only in one of them (half in each), ``cut`` are in two pieces
    in the second, ``noise`` wobbles its points by that share of the drawing's size."""
    rng = np.random.default_rng(seed + 1000)
    first, last = rigged.at(0), rigged.at(1)
    count = len(first)
    lost = rng.permutation(count)[: round(count * missing)]
    only_first, only_last = set(lost[::2].tolist()), set(lost[1::2].tolist())
    here = [i for i in range(count) if i not in only_last]
    there = [i for i in range(count) if i not in only_first]
    if shuffle:
        there = rng.permutation(there).tolist()
    a = Redrawn(
        [first[i] for i in here], rigged.cyclic[here], np.array([i if i not in only_first else -1 for i in here])
    )
    strokes, cyclic, source = [], [], []
    where = {i: k for k, i in enumerate(here)}
    for i in there:
        points = last[i]
        if noise:
            points = points + rigged.size * noise * _wobble(len(points), rng)
        if flip and rng.random() < 0.5:
            points = points[::-1]
        if resample:
            points = _resampled(points, int(len(points) * rng.uniform(0.5, 1.6)) + 2, bool(rigged.cyclic[i]), rng)
        pieces = [points]
        if not rigged.cyclic[i] and rng.random() < cut:
            at = int(len(points) * rng.uniform(0.35, 0.65))
            pieces = [points[: at + 1], points[at:]]
        for piece in pieces:
            strokes.append(piece)
            cyclic.append(bool(rigged.cyclic[i]))
            source.append(where.get(i, -1))
    return a, Redrawn(strokes, np.array(cyclic), np.array(source))


def _wobble(count: int, rng: np.random.Generator) -> Complexes:
    u = np.linspace(0, 1, count)
    waves = [
        complex(*rng.normal(size=2)) * np.cos(np.pi * k * u + rng.uniform(0, 6.3)) / (k + 1) for k in range(4)
    ]  # a hand's error is smooth along a line
    return np.asarray(sum(waves))


def _resampled(points: Complexes, count: int, cyclic: bool, rng: np.random.Generator) -> Complexes:
    if cyclic:
        points = np.roll(points, int(rng.integers(len(points))))
        points = np.append(points, points[0])
    along = np.concatenate([[0], np.cumsum(abs(np.diff(points)))])
    even = np.linspace(0, 1, count + 1 if cyclic else count)
    power = rng.uniform(0.8, 1.25)  # hands and tablets don't space points evenly
    at = along[-1] * (even if cyclic else even**power)
    made = np.interp(at, along, points.real) + 1j * np.interp(at, along, points.imag)
    return made[:-1] if cyclic else made


def as_drawing(strokes: list[Complexes], cyclic: NDArray[np.bool_], frame: int = 1) -> Strokes:
    """Strokes in the x-z plane (Blender's front view), one material, one layer."""
    flat = np.concatenate(strokes) if strokes else np.zeros(0, complex)
    n, s = len(flat), len(strokes)
    plane = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    return Strokes(
        points=np.stack([flat.real, 0 * flat.real, flat.imag], 1).astype(np.float32),
        offsets=np.concatenate([[0], np.cumsum([len(line) for line in strokes])]).astype(np.int32),
        radius=np.full(n, 0.01, np.float32),
        opacity=np.ones(n, np.float32),
        colour=np.zeros((n, 4), np.float32),
        material=np.zeros(s, np.int32),
        layer=np.zeros(s, np.int32),
        cyclic=np.asarray(cyclic, np.bool_),
        fill=np.zeros(s, np.int32),
        fill_colour=np.zeros((s, 4), np.float32),
        hide_line=np.zeros(s, np.bool_),
        materials=(StrokeMaterial("Ink"),),
        layers=(StrokeLayer("Lines"),),
        frame=frame,
        plane=plane,
    )


def without_turn(rigged: Rigged) -> Rigged:
    """The same drawing on a rig that only shifts."""
    bones = tuple(replace(bone, turn=0.0) for bone in rigged.bones)
    return replace(rigged, bones=bones, root_turn=0.0)
