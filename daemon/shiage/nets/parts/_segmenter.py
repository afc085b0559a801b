"""Names the parts of the figures on a page, with borders from the drawing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.figures import Figure, find_figures
from shiage.craft.paint_regions import find_paint_regions
from shiage.craft.parts import PARTS
from shiage.craft.region_votes import carry, votes
from shiage.craft.regions import find_regions

from ..look import Look, look_at, over_white

if TYPE_CHECKING:
    from ._model import PartNet

SIZE = (256, 144)  # of a look, height and width
NAME = "segment-parts"  # in the zoo

_SURE = 0.66  # a region goes whole to its likeliest part where that part has two thirds of it
_PAGE_SIDE = 640  # of a page's map of likelihoods
_SPECK = 1.5e-4  # of the figure's box: smaller pieces are no parts

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False, slots=True)
class Segment:
    """One piece of one part of a figure.

    part: index into PARTS. box: x0, y0, x1, y1 pixels of the page. mask: (y1 - y0, x1 - x0) bool. score: 0..1.
    """

    part: int
    box: tuple[int, int, int, int]
    mask: npt.NDArray[np.bool_]
    score: float


class PartSegmenter:
    """The network with its weights."""

    def __init__(self, net: PartNet, device: str = "cpu") -> None:
        self._net = net
        self._device = device

    @classmethod
    def load(cls, weights: Path | None = None, device: str = "cpu") -> PartSegmenter:
        """With the weights that ship, or those of a file. MissingWeights where they are absent or not intact."""
        from ..weights import fill, read_tensors, shipped
        from ._model import PartNet

        path = weights or shipped(NAME)
        net = PartNet()
        fill(net, read_tensors(path), path)
        return cls(net.eval().to(device), device)

    def segments(
        self, pixels: npt.NDArray[np.uint8], check: Callable[[], None] = lambda: None
    ) -> list[tuple[Figure, list[Segment]]]:
        """The parts of each figure on a page, (H, W, 4) uint8 RGBA."""
        found = []
        for figure in find_figures(pixels):
            check()
            parts, likelihood = self.parts_of(pixels, figure)
            found.append((figure, _pieces(figure, parts, likelihood)))
        return found

    def likelihood(self, pixels: npt.NDArray[np.uint8], check: Callable[[], None] = lambda: None) -> FloatArray:
        """How likely each place of a page, (H, W, 4) uint8 RGBA, is to be each part: (h, w, 16), at most 640 a side.

        The network's own word, not yet led by the drawing's regions; a `PartReader`.
        """
        height, width = pixels.shape[:2]
        scale = min(1.0, _PAGE_SIDE / max(height, width))
        page = np.zeros((max(1, round(height * scale)), max(1, round(width * scale)), len(PARTS)), np.float32)
        page[..., 0] = 1
        for figure in find_figures(pixels):
            check()
            x0, x1 = (min(round(x * scale), page.shape[1]) for x in figure.box[0::2])
            y0, y1 = (min(round(y * scale), page.shape[0]) for y in figure.box[1::2])
            if x1 > x0 and y1 > y0:
                found = self._likelihood(look_at(pixels, figure, SIZE))
                page[y0:y1, x0:x1] = _resized(found, (x1 - x0, y1 - y0))
        return page

    def parts_of(self, pixels: npt.NDArray[np.uint8], figure: Figure) -> tuple[npt.NDArray[np.uint8], FloatArray]:
        """The part at each pixel of a figure's box, (h, w) uint8 index into PARTS, and the likelihoods behind it."""
        look = look_at(pixels, figure, SIZE)
        likelihood = self._likelihood(look)
        x0, y0, x1, y1 = figure.box
        crop = np.ascontiguousarray(pixels[y0:y1, x0:x1])
        labels = _regions(crop, figure, look.painted)
        decided = _decide(labels, likelihood)
        return carry(labels, likelihood, decided), likelihood

    def _likelihood(self, look: Look) -> FloatArray:
        """(h, w, 16) of the figure's box, the mean over the drawing and its mirror image."""
        import torch

        from ._model import with_place

        planes = look.planes.copy()
        if not look.painted:
            planes[:, :, 2:] = 0
        both = np.stack([planes, planes[:, ::-1]])
        given = torch.from_numpy(np.ascontiguousarray(both)).to(self._device).permute(0, 3, 1, 2).float().div_(255)
        with torch.inference_mode():
            shares = self._net(with_place(given)).float().softmax(1)
            mean = (shares[0] + shares[1].flip(2)) / 2
        y0, y1, x0, x1 = look.window
        return np.asarray(mean.permute(1, 2, 0).cpu().numpy()[y0:y1, x0:x1], np.float32)


def _resized(planes: FloatArray, size: tuple[int, int]) -> FloatArray:
    # In fours: OpenCV resizes no more channels at once.
    fours = [planes[..., i : i + 4] for i in range(0, planes.shape[2], 4)]
    return np.dstack([cv2.resize(four, size, interpolation=cv2.INTER_LINEAR) for four in fours])


def _regions(crop: npt.NDArray[np.uint8], figure: Figure, painted: bool) -> IntArray:
    """Closed regions of the figure's drawing; outside its outline 0."""
    if painted:
        labels = find_paint_regions(over_white(crop))
    else:
        # Only the figure, on white paper with a margin: what stands beside it in the box is another drawing.
        page = np.full((crop.shape[0] + 4, crop.shape[1] + 4, 3), 255, np.uint8)
        page[2:-2, 2:-2][figure.shape > 0] = over_white(crop)[figure.shape > 0]
        found = find_regions(page)
        labels = np.ascontiguousarray(found.labels[2:-2, 2:-2])
    labels = labels.copy()
    labels[figure.shape == 0] = 0
    return labels


def _decide(labels: IntArray, likelihood: FloatArray) -> IntArray:
    """The part of each region, or -1 where the region holds more than one (an ear that is open to the face)."""
    count = int(labels.max())
    hard = np.eye(likelihood.shape[2], dtype=np.float32)[likelihood.argmax(2)]
    share = votes(labels, hard, count)
    mean = votes(labels, likelihood, count)
    decided = mean.argmax(1).astype(np.int32)
    decided[share.max(1) < _SURE] = -1
    area = np.bincount(labels.ravel(), minlength=count + 1)
    small = area < 0.004 * labels.size  # too small to hold two parts
    decided[small] = mean.argmax(1)[small]
    decided[0] = 0
    return np.asarray(decided, np.int32)


def _pieces(figure: Figure, parts: npt.NDArray[np.uint8], likelihood: FloatArray) -> list[Segment]:
    """Connected pieces of each part, the largest first."""
    x0, y0, _, _ = figure.box
    height, width = parts.shape
    segments = []
    for part in range(1, len(PARTS)):
        here = np.asarray(parts == part, np.uint8)
        if not here.any():
            continue
        sure = cv2.resize(np.ascontiguousarray(likelihood[:, :, part]), (width, height))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(here, connectivity=8)
        for i in range(1, count):
            x, y, w, h, area = (int(v) for v in stats[i])
            if area < max(8, _SPECK * here.size):
                continue
            mask = labels[y : y + h, x : x + w] == i
            score = float(sure[y : y + h, x : x + w][mask].mean())
            segments.append(Segment(part, (x0 + x, y0 + y, x0 + x + w, y0 + y + h), mask, score))
    return sorted(segments, key=lambda s: (s.part, -int(s.mask.sum())))


def segmenter() -> PartSegmenter:
    """The network that ships, from the process's cache. MissingWeights where it is not intact."""
    from ..cache import CACHE, module_bytes

    return CACHE.get(NAME, PartSegmenter.load, lambda made: module_bytes(made._net))
