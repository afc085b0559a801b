"""From an artist's samples to what is worked on, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]
Samples: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


def see_through(key: Samples) -> bool:
    """Whether anything of (H, W, 4) straight alpha is not opaque."""
    return bool((key[..., 3] != np.iinfo(key.dtype).max).any())


def floats_of(key: Samples, opaque: bool) -> Floats:
    """(H, W, 3 where ``opaque``, else 4) float32 0..255, premultiplied with alpha."""
    whole = np.float32(1.0 if key.dtype == np.uint8 else 1 / 257)
    if opaque:
        return np.asarray(key[..., :3] * whole, np.float32)
    alpha = key[..., 3:].astype(np.float32) / np.iinfo(key.dtype).max
    return np.concatenate([key[..., :3] * whole * alpha, 255 * alpha], 2).astype(np.float32)


def samples_of(frame: Floats, kind: np.dtype, opaque: bool) -> Samples:
    """Back to straight alpha in the keys' own type, (H, W, 4)."""
    most = np.iinfo(kind).max
    if opaque:
        colour, alpha = frame, np.full((*frame.shape[:2], 1), 255, np.float32)
    else:
        alpha = frame[..., 3:].clip(0, 255)
        colour = frame[..., :3] * 255 / np.maximum(alpha, 0.5)
        colour = np.where(alpha >= 0.5, colour, 0)
    whole = np.concatenate([colour, alpha], 2).clip(0, 255) * (most / 255)
    return np.rint(whole).astype(kind)


def small_of(key: Samples, opaque: bool, scale: float, check: Callable[[], None]) -> Floats:
    """As :func:`floats_of`, smaller; a channel at a time, so that a large picture is never held in floating point."""
    if scale >= 1:
        return floats_of(key, opaque)
    size = max(16, round(key.shape[1] * scale)), max(16, round(key.shape[0] * scale))
    most = np.float32(np.iinfo(key.dtype).max)
    alpha = None if opaque else key[..., 3].astype(np.float32) / most
    made = np.empty((size[1], size[0], 3 if opaque else 4), np.float32)
    for c in range(made.shape[2]):
        check()
        plane = key[..., c].astype(np.float32) * (255 / most)
        if alpha is not None and c < 3:
            plane *= alpha
        made[..., c] = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return made


def on_white(key: Floats) -> Floats:
    """(H, W, 3) of (H, W, 3 or 4) premultiplied."""
    return key if key.shape[2] == 3 else np.asarray(key[..., :3] + (255 - key[..., 3:]), np.float32)
