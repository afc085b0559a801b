"""What may happen to a labelled drawing in training."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from recognize.augment import light, lines

Planes = npt.NDArray[np.uint8]
Rng = np.random.Generator


def vary(planes: Planes, labels: Planes, rng: Rng) -> tuple[Planes, Planes]:
    """A look (H, W, 5) and its parts (H, W), turned, stretched, mirrored, its lines and colours changed by chance.

    A third of the looks lose their colours, as line art and sketches have none.
    """
    height, width = labels.shape
    turn, shear = np.radians(rng.normal(0, 4)), rng.normal(0, 0.05)
    sx, sy = np.exp(rng.normal(-0.02, 0.1)), np.exp(rng.normal(-0.02, 0.07))
    if rng.random() < 0.12:  # closer in: a bust fills the look
        sx = sy = float(rng.uniform(1.2, 1.9))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[sx, shear], [0, sy]])
    centre = np.array([width / 2, height / 2])
    move = centre - matrix @ centre + rng.normal(0, 3, 2)
    if sy > 1.15:
        move[1] += (sy - 1) * height / 2
    if rng.random() < 0.5:
        matrix, move = matrix * np.array([[-1], [1]]), np.array([width - move[0], move[1]])
    both = np.column_stack([matrix, move])
    pair = (np.ascontiguousarray(planes[:, :, :2]), np.ascontiguousarray(planes[:, :, 2:]))
    drawn = [cv2.warpAffine(some, both, (width, height)) for some in pair]
    out = np.dstack(drawn).astype(np.uint8, copy=False)
    named = np.asarray(cv2.warpAffine(labels, both, (width, height), flags=cv2.INTER_NEAREST), np.uint8)
    out[:, :, 0] = lines(out[:, :, 0], rng)
    if rng.random() < 0.35:
        out[:, :, 2:] = 0
    elif out[:, :, 2:].any():
        out[:, :, 2:] = light(out[:, :, 2:], out[:, :, 1], rng)
    return out, named
