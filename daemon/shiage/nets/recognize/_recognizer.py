"""The network with its weights, ready to look at figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.figures import Figure

from ...errors import MissingWeights
from .. import look
from ..look import Look
from ._match import PLANES, TEMPLATE, Album, Calibration, Prints, Templates, Vectors

if TYPE_CHECKING:
    from torch import Tensor

    from ._model import FigureEmbedding

SIZE = (192, 112)  # of a look, height and width: standing figures are tall
NAME = "recognize"  # in the zoo
STRANGERS = "strangers."  # before the names of the strangers' prints in the weights
_TURNS = (0.8, 1.15)  # widths at which a design is seen too, as a figure is that turns a little
_BUST = 0.55  # share of the height in a bust
_UNCALIBRATED = Calibration((-4.0, 0.0, 10.0), (-4.0, 0.0, 10.0))


def look_at(pixels: npt.NDArray[np.uint8], figure: Figure) -> Look:
    """A figure of a page, (H, W, 4) uint8 RGBA, at the size that the network takes."""
    return look.look_at(pixels, figure, SIZE)


def enrolled_looks(pixels: npt.NDArray[np.uint8], figure: Figure) -> list[Look]:
    """How a design's figure is remembered: as it is, turned a little to either side, and its upper part alone."""
    first = look_at(pixels, figure)
    x0, y0, x1, y1 = figure.box
    crop = look.over_white(pixels[y0:y1, x0:x1])
    seen = [first]
    for turn in _TURNS:
        size = (max(8, round(crop.shape[1] * turn)), crop.shape[0])
        wide = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
        shape = np.asarray(cv2.resize(figure.shape, size, interpolation=cv2.INTER_NEAREST), np.uint8)
        seen.append(look.look_of(wide, shape, SIZE))
    rows = max(8, round(_BUST * crop.shape[0]))
    seen.append(look.look_of(crop[:rows], figure.shape[:rows], SIZE))
    return seen


class Recognizer:
    """Turns looks into prints. ``fingerprint`` tells prints of one network from another's."""

    def __init__(
        self,
        net: FigureEmbedding,
        device: str = "cpu",
        calibration: Calibration = _UNCALIBRATED,
        fingerprint: str = "",
        strangers: tuple[Prints, ...] = (),
    ) -> None:
        self._net = net
        self._device = device
        self.calibration = calibration
        self.fingerprint = fingerprint
        self.cohort = Album(strangers)

    @classmethod
    def load(cls, weights: Path | None = None, device: str = "cpu") -> Recognizer:
        """With the weights that ship, or those of a file. MissingWeights where they are absent or not intact."""
        from ..weights import fill, read_notes, read_tensors, shipped
        from ..zoo import file_hash
        from ._model import build

        path = weights or shipped(NAME)
        tensors = read_tensors(path)
        planes = {name: tensors.pop(name) for name in list(tensors) if name.startswith(STRANGERS)}
        net = build()
        fill(net, tensors, path)
        calibration = _calibration(read_notes(path), path)
        return cls(net.eval().to(device), device, calibration, file_hash(path), _strangers(planes, path))

    def prints(self, looks: list[Look]) -> Prints:
        """The prints of figures, each seen as it is and mirrored."""
        planes = np.stack([look.planes for look in looks])
        lines = planes.copy()
        lines[:, :, :, 2:] = 0
        painted = np.array([look.painted for look in looks])
        paint = np.zeros_like(first := self._vectors(lines))
        if painted.any():
            paint[painted] = self._vectors(planes[painted])
        return Prints(first, paint, *_templates(planes))

    def _vectors(self, planes: Any) -> Vectors:
        import torch

        both = np.concatenate([planes, planes[:, :, ::-1]])
        looks = torch.from_numpy(np.ascontiguousarray(both)).to(self._device).permute(0, 3, 1, 2).float().div_(255)
        with torch.inference_mode():
            vectors = self._net(looks).float().cpu().numpy()
        mean = vectors[: len(planes)] + vectors[len(planes) :]
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)


def _templates(planes: npt.NDArray[np.uint8]) -> tuple[Templates, Templates]:
    """Outline and strokes of looks, each (n, 96, 56) uint8."""
    size = TEMPLATE[::-1]
    outlines = [cv2.resize(p[:, :, 1], size, interpolation=cv2.INTER_AREA) for p in planes]
    strokes = [cv2.resize(np.ascontiguousarray(p[:, :, 0]), size, interpolation=cv2.INTER_AREA) for p in planes]
    blurred = [cv2.GaussianBlur(s, (0, 0), 1.0) for s in strokes]
    return np.stack(outlines).astype(np.uint8), np.stack(blurred).astype(np.uint8)


def recognizer() -> Recognizer:
    """The network that ships, from the process's cache. MissingWeights where it is not intact."""
    from ..cache import CACHE, module_bytes

    return CACHE.get(NAME, Recognizer.load, lambda made: module_bytes(made._net))


def _strangers(planes: dict[str, Tensor], path: Path) -> tuple[Prints, ...]:
    """Prints of puppets that ship with the weights, two rows a puppet."""
    if not planes:
        return ()
    try:
        lines, paint, outline, strokes = (planes[STRANGERS + name].numpy() for name in PLANES)
    except KeyError as error:
        raise MissingWeights("The strangers in the weights are not whole.", where=str(path)) from error
    rows = [slice(i, i + 2) for i in range(0, len(lines), 2)]
    lines, paint = lines.astype(np.float32), paint.astype(np.float32)
    return tuple(Prints(lines[r], paint[r], outline[r], strokes[r]) for r in rows)


def _calibration(notes: dict[str, str], path: Path) -> Calibration:
    if "calibration" not in notes:
        return _UNCALIBRATED
    try:
        curves = json.loads(notes["calibration"])
        first, second = tuple(curves["lines"]), tuple(curves["paint"])
        if len(first) == len(second) == 3:
            return Calibration(first, second)
    except (ValueError, KeyError, TypeError):
        pass
    raise MissingWeights("The calibration in the weights can't be read.", where=str(path))
