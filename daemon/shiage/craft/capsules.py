"""Lines drawn by hand's rule: pieces whose width changes evenly, round at both ends, anti-aliased."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .kernel import kernel

Floats = npt.NDArray[np.float64]


@kernel
def draw_capsules(
    points: Floats, radius: Floats, pieces: npt.NDArray[np.int64], picture: npt.NDArray[np.uint8]
) -> None:
    """Lay pieces (m, 2), each between two of `points` (n, >= 2) x, y with `radius` (n,), all in pixels, into
    `picture` (H, W), where the strongest ink stays; 255 = full ink. Pixel (x, y) covers x..x+1 and y..y+1.
    """
    height, width = picture.shape
    for k in range(len(pieces)):
        a, b = pieces[k, 0], pieces[k, 1]
        ax, ay, bx, by = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
        ra, rb = radius[a], radius[b]
        reach = max(ra, rb) + 1.0
        left, right = max(int(min(ax, bx) - reach), 0), min(int(max(ax, bx) + reach) + 1, width)
        top, bottom = max(int(min(ay, by) - reach), 0), min(int(max(ay, by) + reach) + 1, height)
        dx, dy = bx - ax, by - ay
        square = dx * dx + dy * dy
        for y in range(top, bottom):
            for x in range(left, right):
                px, py = x + 0.5 - ax, y + 0.5 - ay
                along = 0.0
                if square > 0.0:
                    along = min(max((px * dx + py * dy) / square, 0.0), 1.0)
                away = np.hypot(px - along * dx, py - along * dy)
                ink = 255.0 * min(max(ra + (rb - ra) * along - away + 0.5, 0.0), 1.0)
                if ink > picture[y, x]:
                    picture[y, x] = np.uint8(ink)
