"""Instances of parts: a YOLO segmentation network looks at each figure whole, and once more closer at its head."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.figures import Figure

from ..look import Look, look_at

if TYPE_CHECKING:
    from ultralytics.models.yolo.model import YOLO

ARCHITECTURE = "yolo11n-seg.yaml"
SIZE = (320, 192)  # of a picture that the network is given, height and width; both are multiples of its stride
_CLOSE = 0.45  # of a figure's height, from its top, is looked at more closely
_TALL = 1.4  # heights to a width from which a figure is seen whole, and so small that a closer look helps
_LEAST = 0.15  # score under which an instance is not even considered
_SAME = 0.6  # overlap from which two instances of one class are one

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False, slots=True)
class Instance:
    """One part as the network sees it.

    part: 1..15, see PARTS. score: 0..1. window: y0, y1, x0, x1 in a figure's box at its full size. mask: (h, w) uint8,
    255 inside, of that window at the network's own size.
    """

    part: int
    score: float
    window: Box
    mask: npt.NDArray[np.uint8]

    def on(self, size: tuple[int, int], whole: tuple[int, int]) -> tuple[tuple[slice, slice], npt.NDArray[np.uint8]]:
        """Where it lies on a grid of `size` (height, width) over a figure of `whole`, and its mask there, 0..255."""
        down, across = size[0] / whole[0], size[1] / whole[1]
        y0, y1, x0, x1 = self.window
        top, left = int(y0 * down), int(x0 * across)
        bottom, right = max(top + 1, round(y1 * down)), max(left + 1, round(x1 * across))
        mask = cv2.resize(self.mask, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
        place = (slice(top, min(bottom, size[0])), slice(left, min(right, size[1])))
        return place, np.asarray(mask[: place[0].stop - top, : place[1].stop - left], np.uint8)


class InstanceFinder:
    """The network with its weights."""

    def __init__(self, yolo: YOLO, device: str = "cpu") -> None:
        self._yolo: Any = yolo
        self._device = device

    @classmethod
    def load(cls, weights: Path, names: tuple[str, ...], device: str = "cpu") -> InstanceFinder:
        """From a file of tensors; MissingWeights where it is not intact."""
        from ..public.yolo import build_yolo

        return cls(build_yolo(ARCHITECTURE, dict(enumerate(names)), weights), device)

    def find(self, pixels: npt.NDArray[np.uint8], figure: Figure) -> list[Instance]:
        """The parts of a figure of a page, (H, W, 4) uint8 RGBA, the surest first."""
        looks = [(figure, look_at(pixels, figure, SIZE))]
        near = closer(figure)
        if near is not figure:
            looks.append((near, look_at(pixels, near, SIZE)))
        painted = looks[0][1].painted
        pictures = [np.ascontiguousarray(picture_of(look, painted=painted)[:, :, ::-1]) for _, look in looks]
        answers = self._yolo.predict(
            pictures, imgsz=SIZE, conf=_LEAST, device=self._device, retina_masks=True, verbose=False
        )
        found = []
        for (seen, look), answer in zip(looks, answers, strict=True):
            if answer.masks is None:
                continue
            for part, score, mask in zip(answer.boxes.cls, answer.boxes.conf, answer.masks.data, strict=True):
                found += _placed(int(part) + 1, float(score), mask.cpu().numpy() > 0, seen, look, figure)
        return _once(sorted(found, key=lambda i: -i.score))


def _placed(
    part: int, score: float, mask: npt.NDArray[np.bool_], seen: Figure, look: Look, figure: Figure
) -> list[Instance]:
    """A mask of a look as an instance in the figure's box; none where nothing of it lies on the figure."""
    y0, y1, x0, x1 = look.window
    inside = mask[y0:y1, x0:x1]
    if not inside.any():
        return []
    x, y, w, h = cv2.boundingRect(inside.astype(np.uint8))
    scale = seen.shape.shape[0] / (y1 - y0), seen.shape.shape[1] / (x1 - x0)
    top, left = seen.box[1] - figure.box[1], seen.box[0] - figure.box[0]
    window = (
        top + round(y * scale[0]),
        top + max(round(y * scale[0]) + 1, round((y + h) * scale[0])),
        left + round(x * scale[1]),
        left + max(round(x * scale[1]) + 1, round((x + w) * scale[1])),
    )
    cut_off = seen is not figure and y + h >= len(inside) - 1
    # A part that the closer look shows only the upper end of is seen whole in the other look.
    return [] if cut_off else [Instance(part, score, window, inside[y : y + h, x : x + w].astype(np.uint8) * 255)]


def _once(found: list[Instance]) -> list[Instance]:
    """Without those that a surer instance of the same class covers already: both looks see the head."""
    kept: list[Instance] = []
    for one in found:
        if not any(one.part == other.part and _overlap(one.window, other.window) > _SAME for other in kept):
            kept.append(one)
    return kept


def _overlap(one: Box, other: Box) -> float:
    height = min(one[1], other[1]) - max(one[0], other[0])
    width = min(one[3], other[3]) - max(one[2], other[2])
    if height <= 0 or width <= 0:
        return 0.0
    areas = [(b[1] - b[0]) * (b[3] - b[2]) for b in (one, other)]
    return height * width / (sum(areas) - height * width)


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
