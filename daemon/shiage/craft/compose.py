"""The finished picture: a drawing's own lines on top of the paint."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .ink import Ink
from .kernel import kernel

_ROWS = 256  # at a time, so that an 8K picture is never held in floating point


def lines_over(
    paint: NDArray[np.uint8],
    drawing: NDArray[np.uint8],
    ink: Ink,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.uint8]:
    """Lay the lines of ``drawing`` over ``paint``, each in its own colour, without the paper between them.

    ``paint`` and ``drawing``: (H, W, 4) uint8 RGBA, straight alpha; ``ink``: of ``drawing``. Gives the same shape and
    type: transparent where there is neither paint nor line. The ink's own colour is what is left of a pixel once its
    share of paper is taken away (the compositing equation of Porter and Duff 1984, solved for the foreground).
    """
    result = np.empty_like(paint)
    for top in range(0, len(paint), _ROWS):
        check()
        rows = slice(top, top + _ROWS)
        result[rows] = _over(paint[rows], drawing[rows], ink.coverage[rows], ink.paper)
    return result


def _over(
    paint: NDArray[np.uint8],
    drawing: NDArray[np.uint8],
    coverage: NDArray[np.uint8],
    paper: tuple[int, int, int] | None,
) -> NDArray[np.uint8]:
    result = np.empty_like(paint)
    behind = np.asarray((0, 0, 0) if paper is None else paper, np.float32)
    # Lines alone on a transparent layer: their alpha is the coverage.
    covered = drawing[..., 3] if paper is None else coverage
    _lay(paint, drawing, np.ascontiguousarray(covered), behind, paper is None, result)
    return result


@kernel
def _lay(
    paint: NDArray[np.uint8],
    drawing: NDArray[np.uint8],
    coverage: NDArray[np.uint8],
    paper: NDArray[np.float32],
    alone: bool,
    result: NDArray[np.uint8],
) -> None:
    one, full, least = np.float32(1), np.float32(255), np.float32(1e-6)
    for y in range(paint.shape[0]):
        for x in range(paint.shape[1]):
            if coverage[y, x] == 0 and paint[y, x, 3] == 255:
                for k in range(4):
                    result[y, x, k] = paint[y, x, k]
                continue
            covered = np.float32(coverage[y, x]) / full
            bare = one - covered
            under = np.float32(paint[y, x, 3]) / full * bare
            alpha = covered + under
            most = full * covered
            for k in range(3):
                value = np.float32(drawing[y, x, k])
                line = value * covered if alone else min(max(value - paper[k] * bare, np.float32(0)), most)
                colour = (line + np.float32(paint[y, x, k]) * under) / max(alpha, least)
                result[y, x, k] = np.uint8(np.rint(colour))
            result[y, x, 3] = np.uint8(np.rint(alpha * full))
