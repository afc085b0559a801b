"""Which tones are one base colour in light and in shade."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shiage.craft.design.borders import borders
from shiage.craft.design.colour import difference, to_lab

SAME_PAINT = 5.0  # CIEDE2000: two tones that touch without a line and differ less are one colour
SHADE = 22.0  # CIEDE2000: the farthest a cast shadow or a highlight lies from its base
OPEN_SHARE = 0.6  # of a common border: this much must be free of line for the two to be one surface
HUE_TURN = 40.0  # degrees that a shade's hue may turn from its base
SAME_INK = 8.0  # CIEDE2000 from the lines' colour
GREY = 8.0  # chroma below which hue says nothing


def fold_shading(
    labels: NDArray[np.int32],
    lines: NDArray[np.bool_],
    colours: NDArray[np.uint8],
    inked: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """For each tone its base tone: int32 (n + 1,).

    A tone is the shade (or the light) of another where they meet without a line along most of their border and along
    a good part of the smaller one's outline, and the colours differ as light differs: in lightness, little in hue.
    An area in the colour of the lines (`inked`) hides the line around it, so it is never taken for a shade.
    """
    count = len(colours)
    sizes = np.bincount(labels.ravel(), minlength=count)
    lab = to_lab(colours)
    base = np.arange(count, dtype=np.int32)
    outline = np.zeros(count, np.int64)
    meets: dict[tuple[int, int], tuple[int, int]] = {}
    for a, b, length, lined in borders(labels, lines):
        outline[a] += length
        outline[b] += length
        if a and b:
            meets[a, b] = length, lined
    for small in sorted(range(1, count), key=lambda n: (sizes[n], n)):
        best, best_length = small, 0
        for (a, b), (length, lined) in meets.items():
            if small not in (a, b):
                continue
            other = b if a == small else a
            if (sizes[other], other) <= (sizes[small], small) or length - lined < OPEN_SHARE * length:
                continue
            if length < 0.3 * outline[small] or length <= best_length:
                continue
            if _is_shade(lab[small], lab[other], bool(inked[small] or inked[other])):
                best, best_length = other, length
        base[small] = best
    for n in range(count - 1, 0, -1):  # follow chains to their end
        while base[base[n]] != base[n]:
            base[n] = base[base[n]]
    return base


def in_ink(colours: NDArray[np.uint8], ink: NDArray[np.float32] | None) -> NDArray[np.bool_]:
    """Which colours, uint8 (n, 3), are the colour of the lines (CIELAB; None where the design has no lines)."""
    if ink is None:
        return np.zeros(len(colours), bool)
    return np.asarray(difference(to_lab(colours), ink) < SAME_INK, np.bool_)


def _is_shade(tone: NDArray[np.float32], base: NDArray[np.float32], inked: bool) -> bool:
    far = float(difference(tone, base))
    if far < SAME_PAINT:
        return True
    if far > SHADE or inked:
        return False
    chroma, other = np.hypot(*tone[1:]), np.hypot(*base[1:])
    if min(chroma, other) < GREY:
        return bool(abs(chroma - other) < GREY)
    turn = np.degrees(np.arctan2(tone[2], tone[1]) - np.arctan2(base[2], base[1]))
    return bool(abs((turn + 180) % 360 - 180) < HUE_TURN)
