"""Names the parts of the figures on a page, with borders from the drawing itself."""

from __future__ import annotations

from collections.abc import Callable
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
from ._instances import Instance, InstanceFinder
from ._pieces import Segment, pieces

if TYPE_CHECKING:
    from ._model import PartNet

SIZE = (256, 144)  # of a look, height and width
NAME, INSTANCES = "segment-parts", "segment-parts-yolo"  # in the zoo

_SURE = 0.66  # a region goes whole to its likeliest part where that part has two thirds of it
_SEEN = 1.5  # times an instance's score is what is believed of it: two thirds leave no doubt
_PAGE_SIDE = 640  # of a page's map of likelihoods

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]


def _numbers(*names: str) -> frozenset[int]:
    return frozenset(PARTS.index(name) for name in names)


PAIRS = _numbers("Arm", "Ear", "Eye", "Eyebrow", "Foot", "Hand", "Leg", "Shoe", "Stock")  # a figure has two of each
SMALL = _numbers("Ear", "Eyebrow", "Foot", "Open_mouth")  # told by their instances


class PartSegmenter:
    """The networks with their weights; without ``finder`` the part network alone."""

    def __init__(self, net: PartNet, finder: InstanceFinder | None = None, device: str = "cpu") -> None:
        self._net = net
        self._finder = finder
        self._device = device

    @classmethod
    def load(cls, weights: Path | None = None, instances: Path | None = None, device: str = "cpu") -> PartSegmenter:
        """With the weights that ship, or those of files. MissingWeights where they are absent or not intact."""
        from ..weights import fill, read_tensors, shipped
        from ._model import PartNet

        path = weights or shipped(NAME)
        net = PartNet()
        fill(net, read_tensors(path), path)
        finder = InstanceFinder.load(instances or shipped(INSTANCES), PARTS[1:], device)
        return cls(net.eval().to(device), finder, device)

    def segments(
        self, pixels: npt.NDArray[np.uint8], check: Callable[[], None] = lambda: None
    ) -> list[tuple[Figure, list[Segment]]]:
        """The parts of each figure on a page, (H, W, 4) uint8 RGBA."""
        found = []
        for figure in find_figures(pixels):
            check()
            instances = self._instances(pixels, figure)
            parts, likelihood, labels = self._parts(pixels, figure, instances)
            found.append((figure, pieces(figure, parts, likelihood, labels, instances, PAIRS)))
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
                found = self._likelihood(look_at(pixels, figure, SIZE), check)
                page[y0:y1, x0:x1] = _resized(found, (x1 - x0, y1 - y0))
        return page

    def parts_of(self, pixels: npt.NDArray[np.uint8], figure: Figure) -> tuple[npt.NDArray[np.uint8], FloatArray]:
        """The part at each pixel of a figure's box, (h, w) uint8 index into PARTS, and the likelihoods behind it."""
        return self._parts(pixels, figure, self._instances(pixels, figure))[:2]

    def _instances(self, pixels: npt.NDArray[np.uint8], figure: Figure) -> list[Instance]:
        return [] if self._finder is None else self._finder.find(pixels, figure)

    def _parts(
        self, pixels: npt.NDArray[np.uint8], figure: Figure, instances: list[Instance]
    ) -> tuple[npt.NDArray[np.uint8], FloatArray, IntArray]:
        """The part at each pixel, the likelihoods, and the drawing's closed regions, (h, w) int32."""
        look = look_at(pixels, figure, SIZE)
        likelihood = self._likelihood(look)
        if self._finder is not None:
            likelihood = _with_instances(likelihood, instances, figure.shape.shape[:2])
        x0, y0, x1, y1 = figure.box
        crop = np.ascontiguousarray(pixels[y0:y1, x0:x1])
        labels = _regions(crop, figure, look.painted)
        decided = _decide(labels, likelihood)
        return carry(labels, likelihood, decided), likelihood, labels

    def _likelihood(self, look: Look, check: Callable[[], None] = lambda: None) -> FloatArray:
        """(h, w, 16) of the figure's box, the mean over the drawing and its mirror image."""
        import torch

        from ._model import with_place

        planes = look.planes.copy()
        if not look.painted:
            planes[:, :, 2:] = 0
        both = np.stack([planes, planes[:, ::-1]])
        given = torch.from_numpy(np.ascontiguousarray(both)).to(self._device).permute(0, 3, 1, 2).float().div_(255)
        with torch.inference_mode():
            shares = self._net(with_place(given), check).float().softmax(1)
            mean = (shares[0] + shares[1].flip(2)) / 2
        y0, y1, x0, x1 = look.window
        return np.asarray(mean.permute(1, 2, 0).cpu().numpy()[y0:y1, x0:x1], np.float32)


def _resized(planes: FloatArray, size: tuple[int, int]) -> FloatArray:
    # In fours: OpenCV resizes no more channels at once.
    fours = [planes[..., i : i + 4] for i in range(0, planes.shape[2], 4)]
    return np.dstack([cv2.resize(four, size, interpolation=cv2.INTER_LINEAR) for four in fours])


def _with_instances(likelihood: FloatArray, instances: list[Instance], whole: tuple[int, int]) -> FloatArray:
    """Likelihoods (h, w, C) of a figure's box of `whole` pixels, with the small parts that were seen as instances.

    The part network loses what is a few pixels at its size; the instances come from a closer look. Of the larger parts
    it knows more than they do, so these leave its likelihoods as they are.
    """
    seen = np.zeros_like(likelihood)
    for one in instances:
        if one.part in SMALL:
            place, mask = one.on((likelihood.shape[0], likelihood.shape[1]), whole)
            there = seen[place][:, :, one.part]
            np.maximum(there, np.float32(_SEEN * one.score / 255) * mask, out=there)
    told = np.minimum(seen.max(2, keepdims=True), 1)
    share = seen / np.maximum(seen.sum(2, keepdims=True), 1e-6)
    return np.asarray((1 - told) * likelihood + told * share, np.float32)


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


def segmenter() -> PartSegmenter:
    """The network that ships, from the process's cache. MissingWeights where it is not intact."""
    from ..cache import CACHE, module_bytes

    return CACHE.get(NAME, PartSegmenter.load, lambda made: module_bytes(made._net))
