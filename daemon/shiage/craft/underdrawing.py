"""Construction lines in coloured pencil, told from the drawing over them by their colour."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .strips import Check, never_stop

_GREY, _COLOURED = 0.28, 0.45  # colour over darkness: up to here pencil and ink, from here on coloured pencil
_MARK = 40  # of 255: what is fainter is not asked
_MOSTLY = 0.3  # of the ink that has to be grey for the coloured rest to be construction lines
_FEW = 0.02  # of the ink; less colour than this is no construction
_SPREAD, _RIM = 1.3, 8  # pixels over which a mark has one colour, and looked at beyond the rows at hand
_ROWS = 512  # worked on at a time

Planes = npt.NDArray[np.uint8]


def is_underdrawn(seen: Planes) -> bool:
    """Whether a drawing is grey or black with coloured construction lines, and not in coloured pencil all over.

    seen: (H, W, 2) uint8, how dark and how colourful each mark is.
    """
    step = max(1, max(seen.shape[:2]) // 1024)
    dark, colour = (seen[::step, ::step, k].astype(np.float32) for k in (0, 1))
    marks = dark > _MARK
    ink = float(dark[marks].sum())
    if ink == 0:
        return False
    share = colour[marks] / dark[marks]
    grey, coloured = (float(dark[marks][which].sum()) / ink for which in (share < _GREY, share > _COLOURED))
    return grey > _MOSTLY and coloured > _FEW


def without_colour(seen: Planes, check: Check = never_stop) -> Planes:
    """`seen` with coloured marks as pale as they are colourful; where pencil lies over them it stays."""
    made = seen.copy()
    for top in range(0, len(seen), _ROWS):
        check()
        part = seen[top : top + _ROWS].astype(np.float32)
        # Compression blurs colour more than darkness, so that the fringes of a coloured line look grey.
        around = cv2.GaussianBlur(seen[max(0, top - _RIM) : top + _ROWS + _RIM], (0, 0), _SPREAD).astype(np.float32)
        around = around[min(top, _RIM) :][: len(part)]
        share = np.maximum(part[..., 1] / np.maximum(part[..., 0], 1), around[..., 1] / np.maximum(around[..., 0], 1))
        kept = np.clip((_COLOURED - share) / (_COLOURED - _GREY), 0, 1)
        made[top : top + _ROWS] = (part * kept[..., None] + 0.5).astype(np.uint8)
    return made
