"""Instances of parts: a YOLO segmentation network looks at each figure whole, and once more closer at its head."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shiage.craft.figures import Figure

from ..look import Look

ARCHITECTURE = "yolo11n-seg.yaml"
SIZE = (320, 192)  # of a picture that the network is given, height and width; both are multiples of its stride
_CLOSE = 0.45  # of a figure's height, from its top, is looked at more closely
_TALL = 1.4  # heights to a width from which a figure is seen whole, and so small that a closer look helps


def picture_of(look: Look, *, painted: bool | None = None) -> npt.NDArray[np.uint8]:
    """(h, w, 3) uint8 RGB: a painted figure on white; line art as ink on white, faint pencil as strong as a pen."""
    if look.painted if painted is None else painted:
        cover = look.planes[:, :, 1:2].astype(np.uint16)
        return np.asarray(look.planes[:, :, 2:] + (255 - cover), np.uint16).clip(0, 255).astype(np.uint8)
    return np.repeat(255 - look.planes[:, :, :1], 3, axis=2)


def closer(figure: Figure) -> Figure:
    """The top of a figure, as a figure of its own; the figure itself where it is no taller than a bust."""
    height, width = figure.shape.shape
    if height < _TALL * width:
        return figure
    shape = figure.shape[: round(_CLOSE * height)]
    columns = np.flatnonzero(shape.any(0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    x0, y0, _, _ = figure.box
    box = (x0 + left, y0, x0 + right, y0 + len(shape))
    return Figure(box, np.ascontiguousarray(shape[:, left:right]))
