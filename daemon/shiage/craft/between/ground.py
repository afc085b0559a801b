"""Two keys on one ground: where one stands on paper and the other on nothing, the paper is laid under that one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

_LIKE = 12 / 255  # of the range that paper may differ by from place to place
_MOST = 0.3  # of the border, at least, that is paper


def one_ground(a: Samples, b: Samples) -> tuple[Samples, Samples, int | None]:
    """Keys (H, W, 4) of one type, straight alpha; and which (0, 1) was laid on the other's paper, if either was.

    The paper is the colour that most of the opaque key's border has; white where none has most.
    """
    clear = [_is_clear(key) for key in (a, b)]
    if clear[0] == clear[1]:
        return a, b, None
    if clear[0]:
        return _laid(a, paper_of(b)), b, 0
    return a, _laid(b, paper_of(a)), 1


def _is_clear(key: Samples) -> bool:
    return bool((key[..., 3] != np.iinfo(key.dtype).max).any())


def paper_of(key: Samples) -> npt.NDArray[np.float32]:
    """(3,) the colour that most of an opaque picture's border has, in its own range; white where it has no such."""
    most = float(np.iinfo(key.dtype).max)
    border = np.concatenate([key[0], key[-1], key[:, 0], key[:, -1]])[:, :3].astype(np.float32)
    boxes = (border / most * 15.999).astype(np.int64) @ np.array([256, 16, 1])
    often = np.bincount(boxes).argmax()
    middle = np.median(border[boxes == often], axis=0)
    like = np.abs(border - middle).max(1) <= _LIKE * most
    if like.mean() < _MOST:
        return np.full(3, most, np.float32)
    return np.asarray(np.median(border[like], axis=0), np.float32)


def _laid(key: Samples, paper: npt.NDArray[np.float32]) -> Samples:
    most = np.iinfo(key.dtype).max
    done = np.empty_like(key)
    done[..., 3] = most
    for top in range(0, len(key), 256):
        part = key[top : top + 256]
        alpha = part[..., 3:].astype(np.float32) / most
        done[top : top + 256, :, :3] = np.rint(part[..., :3] * alpha + paper * (1 - alpha))
    return done
