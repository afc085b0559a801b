"""The finished picture: a drawing's own lines on top of the paint."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .ink import Ink

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
    if paper is None:  # lines alone on a transparent layer: their alpha is the coverage
        covered = drawing[..., 3:].astype(np.float32) / 255
        line = drawing[..., :3] * covered
    else:
        covered = coverage[..., None].astype(np.float32) / 255
        line = np.clip(drawing[..., :3] - np.asarray(paper, np.float32) * (1 - covered), 0, 255 * covered)
    under = paint[..., 3:].astype(np.float32) / 255 * (1 - covered)
    alpha = covered + under
    colour = (line + paint[..., :3] * under) / np.maximum(alpha, 1e-6)
    return np.asarray(np.rint(np.concatenate([colour, alpha * 255], axis=2)), np.uint8)
