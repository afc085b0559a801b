"""Form: normals guessed from the outlines of flat art, by inflating each shape like a balloon.

Inside a shape the height z is the root of a field u that solves Poisson's equation lap(u) = -4 with u = 0 on the
outline: over a disc that is exactly a half ball, over a limb a half tube. (Inflation by Poisson's equation as in
Sykora et al., Ink-and-Ray, ACM TOG 2014, section on inflation, in the plainest form.)
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..kernel import kernel
from ._types import Check, Image, Labels, Plane, never_stop
from .parts import background_share, merge_parts

_PART_SHARE = 0.6  # of a form that its parts have, the rest is the whole figure's
_SOFT_PART_SHARE, _SOFT_RIM = 0.35, 0.03  # the same for soft light, and the rim's height in short sides of the picture
_SWEEPS = 40
_COARSEST = 24


def form_normals(labels: Labels, roundness: float = 1.0, *, soft: bool = False, check: Check = never_stop) -> Image:
    """Unit normals (x right, y down, z to the viewer), (h, w, 3) float32, of a region map ((h, w) int32, 0 outside).

    The whole figure bulges, and on it each part (see :func:`merge_parts`); backgrounds (see :func:`background_share`)
    stay flat. ``roundness`` 0 is flat, 1 round. ``soft``: forms do not turn away wholly at their rims, and parts bulge
    less, so that light on them moves no more than they do themselves. A shape that the picture's frame cuts goes on
    beyond it.
    """
    part_share = _SOFT_PART_SHARE if soft else _PART_SHARE
    rim = _SOFT_RIM * min(labels.shape) if soft else 0.0
    parts = merge_parts(labels)
    check()
    whole = _normals(inflate((labels > 0).astype(np.int32), check), (labels > 0).astype(np.int32), roundness, rim)
    check()
    apart = _normals(inflate(parts, check), parts, roundness, rim)
    apart = _flatten(apart, background_share(parts)[parts])
    mixed = (1.0 - part_share) * whole + part_share * apart
    mixed /= np.maximum(np.linalg.norm(mixed, axis=2, keepdims=True), 1e-6)
    return _continue_outside(mixed.astype(np.float32), labels)


def inflate(labels: Labels, check: Check = never_stop) -> Plane:
    """The field u, (h, w) float32 in square pixels, of every label at once; 0 outside. A label map without any edge
    (one shape that fills the frame) stays flat."""
    flat = not (np.any(labels[1:] != labels[:-1]) or np.any(labels[:, 1:] != labels[:, :-1]))
    if flat:
        return np.zeros(labels.shape, np.float32)
    pyramid = [np.ascontiguousarray(labels)]
    while min(pyramid[-1].shape) > _COARSEST:
        pyramid.append(np.ascontiguousarray(pyramid[-1][::2, ::2]))
    field: Plane = np.zeros(pyramid[-1].shape, np.float32)
    for level in range(len(pyramid) - 1, -1, -1):
        shape = pyramid[level]
        if field.shape != shape.shape:
            enlarged = cv2.resize(field, (shape.shape[1], shape.shape[0]), interpolation=cv2.INTER_LINEAR)
            field = np.asarray(enlarged * (shape > 0), np.float32)
        sweeps = _SWEEPS * 4 if level == len(pyramid) - 1 else _SWEEPS
        for _ in range(0, sweeps, 10):
            _relax(field, shape, np.float32(4.0 * 4.0**level), 10, np.float32(1.7))
            check()
    return field


@kernel
def _relax(field: Plane, labels: Labels, source: np.float32, sweeps: int, over: np.float32) -> None:
    """Red-black over-relaxation. A neighbour of another label is the outline (0); beyond the frame lies a mirror."""
    h, w = labels.shape
    for _ in range(sweeps):
        for colour in range(2):
            for y in range(h):
                for x in range((y + colour) % 2, w, 2):
                    label = labels[y, x]
                    if label == 0:
                        continue
                    total = source
                    here = field[y, x]
                    if y == 0:
                        total += here
                    elif labels[y - 1, x] == label:
                        total += field[y - 1, x]
                    if y == h - 1:
                        total += here
                    elif labels[y + 1, x] == label:
                        total += field[y + 1, x]
                    if x == 0:
                        total += here
                    elif labels[y, x - 1] == label:
                        total += field[y, x - 1]
                    if x == w - 1:
                        total += here
                    elif labels[y, x + 1] == label:
                        total += field[y, x + 1]
                    field[y, x] = here + over * (np.float32(0.25) * total - here)


@kernel
def _normals(field: Plane, labels: Labels, roundness: float, rim: float) -> Image:
    """z = roundness x sqrt(u), so the normal is (-roundness du/dx, -roundness du/dy, 2 sqrt(u)): finite everywhere.
    With a ``rim``, pixels, u is by its square higher in that."""
    h, w = labels.shape
    normals = np.zeros((h, w, 3), np.float32)
    for y in range(h):
        for x in range(w):
            label = labels[y, x]
            normals[y, x, 2] = 1.0
            if label == 0 or field[y, x] <= 0.0:
                continue
            here = field[y, x]
            left = here if x == 0 else (field[y, x - 1] if labels[y, x - 1] == label else np.float32(0.0))
            right = here if x == w - 1 else (field[y, x + 1] if labels[y, x + 1] == label else np.float32(0.0))
            up = here if y == 0 else (field[y - 1, x] if labels[y - 1, x] == label else np.float32(0.0))
            down = here if y == h - 1 else (field[y + 1, x] if labels[y + 1, x] == label else np.float32(0.0))
            nx = -roundness * 0.5 * (right - left)
            ny = -roundness * 0.5 * (down - up)
            nz = 2.0 * np.sqrt(here + rim * rim)
            norm = np.sqrt(nx * nx + ny * ny + nz * nz)
            normals[y, x, 0] = nx / norm
            normals[y, x, 1] = ny / norm
            normals[y, x, 2] = nz / norm
    return normals


def _flatten(normals: Image, share: Plane) -> Image:
    """Normals turned towards the viewer by ``share`` 0..1."""
    turned = normals * (1.0 - share[..., None])
    turned[..., 2] += share
    return np.asarray(turned, np.float32)


def _continue_outside(normals: Image, labels: Labels) -> Image:
    """Outside pixels take the normal of the nearest figure pixel, so that enlarging never mixes in a stranger."""
    inside = labels > 0
    if inside.all() or not inside.any():
        return normals
    nearest = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )[1]
    owner: NDArray[np.int64] = np.zeros(int(nearest.max()) + 1, np.int64)
    flat = np.flatnonzero(inside)
    owner[nearest.ravel()[flat]] = flat
    return np.ascontiguousarray(normals.reshape(-1, 3)[owner[nearest]])
