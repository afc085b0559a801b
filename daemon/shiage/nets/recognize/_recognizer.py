"""The network with its weights, ready to look at figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shiage.craft.figures import Figure

from .. import look
from ..look import Look
from ._match import Prints, Vectors

if TYPE_CHECKING:
    from ._model import FigureEmbedding


SIZE = (192, 112)  # of a look, height and width: standing figures are tall


def look_at(pixels: npt.NDArray[np.uint8], figure: Figure) -> Look:
    """A figure of a page, (H, W, 4) uint8 RGBA, at the size that the network takes."""
    return look.look_at(pixels, figure, SIZE)


class Recognizer:
    """Turns looks into prints."""

    def __init__(self, net: FigureEmbedding, device: str = "cpu") -> None:
        self._net = net
        self._device = device

    @classmethod
    def load(cls, weights: Path | None = None, device: str = "cpu") -> Recognizer:
        """With the weights that ship, or those of a file. MissingWeights where they are absent or not intact."""
        from ..weights import fill, read_tensors, shipped
        from ._model import build

        path = weights or shipped("recognize")
        net = build()
        fill(net, read_tensors(path), path)
        return cls(net.eval().to(device), device)

    def prints(self, looks: list[Look]) -> Prints:
        """The prints of figures, each seen as it is and mirrored."""
        planes = np.stack([look.planes for look in looks])
        lines = planes.copy()
        lines[:, :, :, 2:] = 0
        painted = np.array([look.painted for look in looks])
        paint = np.zeros_like(first := self._vectors(lines))
        if painted.any():
            paint[painted] = self._vectors(planes[painted])
        return Prints(first, paint)

    def _vectors(self, planes: Any) -> Vectors:
        import torch

        both = np.concatenate([planes, planes[:, :, ::-1]])
        looks = torch.from_numpy(np.ascontiguousarray(both)).to(self._device).permute(0, 3, 1, 2).float().div_(255)
        with torch.inference_mode():
            vectors = self._net(looks).float().cpu().numpy()
        mean = vectors[: len(planes)] + vectors[len(planes) :]
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)
