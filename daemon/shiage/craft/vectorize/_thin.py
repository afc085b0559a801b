"""Lines as wide as a pixel, along their ridges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..kernel import kernel

Mask = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # dy, dx, from above clockwise
_DY = np.array([dy for dy, _ in _AROUND], np.int64)
_DX = np.array([dx for _, dx in _AROUND], np.int64)


def _simple() -> npt.NDArray[np.bool_]:
    """(256,) by the set neighbours, a bit each: whether a pixel may go without parting or joining anything, which is
    where its 8-connectivity number (Yokoi et al. 1975) is one."""
    table = np.zeros(256, np.bool_)
    for code in range(256):
        free = [not code >> k & 1 for k in range(8)]
        number = sum(free[k] and not (free[k] and free[(k + 1) % 8] and free[(k + 2) % 8]) for k in (0, 2, 4, 6))
        table[code] = number == 1
    return table


_SIMPLE = _simple()
_REMOVABLE = _SIMPLE & np.array([code.bit_count() > 1 for code in range(256)])  # a line's end stays


def thin(mask: Mask, ridge: Floats) -> Mask:
    """The skeleton of `mask` (H, W) uint8 0/1 along the ridges of `ridge` (H, W), 0/1 uint8.

    Pixels go one by one, from the lowest of the ridge up, as long as nothing parts: what stays runs where the ridge is
    highest, however wide the mask is. The picture's outermost pixels are never part of it.
    Where it is even they go by columns: row by row a line two pixels wide would be eaten up from its end.
    """
    skeleton = np.ascontiguousarray(mask, np.uint8).copy()
    skeleton[[0, -1]] = 0
    skeleton[:, [0, -1]] = 0
    flat = np.flatnonzero(skeleton)
    flat = flat[np.argsort(flat % skeleton.shape[1] % 2, kind="stable")]
    order = flat[np.argsort(ridge.ravel()[flat], kind="stable")]
    _peel(skeleton, order, _REMOVABLE)
    return skeleton


def without_faint_ends(skeleton: Mask, sure: Mask) -> None:
    """Take back, in place, the ends of a skeleton (H, W) 0/1 as far as they are not `sure` (H, W) 0/1: what goes on
    faintly is a line where it arrives at one."""
    ys, xs = np.nonzero(skeleton & (1 - sure))
    _retract(skeleton, np.ascontiguousarray(sure), ys.astype(np.int64), xs.astype(np.int64), _SIMPLE)


@kernel
def _code(mask: Mask, y: int, x: int) -> int:
    code = 0
    for k in range(8):
        if mask[y + _DY[k], x + _DX[k]]:
            code |= 1 << k
    return code


@kernel
def _peel(mask: Mask, order: npt.NDArray[np.int64], removable: npt.NDArray[np.bool_]) -> None:
    width = mask.shape[1]
    passed = np.zeros(mask.shape, np.uint8)
    stack = np.empty(1 << 16, np.int64)
    for i in range(len(order)):
        stack[0] = order[i]
        held = 1
        while held > 0:
            held -= 1
            y, x = stack[held] // width, stack[held] % width
            if not mask[y, x]:
                continue
            passed[y, x] = 1
            if not removable[_code(mask, y, x)]:
                continue
            mask[y, x] = 0
            # What had to stay may go now.
            for k in range(8):
                v, u = y + _DY[k], x + _DX[k]
                if mask[v, u] and passed[v, u] and held < len(stack):
                    stack[held] = v * width + u
                    held += 1


@kernel
def _retract(
    mask: Mask, sure: Mask, ys: npt.NDArray[np.int64], xs: npt.NDArray[np.int64], simple: npt.NDArray[np.bool_]
) -> None:
    for i in range(len(ys)):
        y, x = ys[i], xs[i]
        going = True
        while going and mask[y, x] and not sure[y, x] and simple[_code(mask, y, x)]:
            mask[y, x] = 0
            going = False
            for k in range(8):
                v, u = y + _DY[k], x + _DX[k]
                if mask[v, u] and not sure[v, u] and simple[_code(mask, v, u)]:
                    y, x, going = v, u, True
                    break
