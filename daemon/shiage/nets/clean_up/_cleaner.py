"""Reads the lines of a whole drawing, at the size at which its strokes are as wide as the network knows them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.pen_width import pen_width
from shiage.craft.shrink import shrunk
from shiage.craft.strips import Check, Progress, never_stop, no_progress
from shiage.craft.underdrawing import is_underdrawn, without_colour

from ..layout import laid_out
from ._see import see

if TYPE_CHECKING:
    from ._model import LineNet

NAME, WIDE = "clean-up", "clean-up-wide"  # in the zoo

_WIDE = 4.5  # pixels: wider strokes are read by the network for wide ones
_SMALLER = 5.5  # pixels: wider ones are looked at smaller, at this width; any smaller, and small shapes run together
_LARGER, _LITTLE = 4.4, 768  # pixels: thinner ones are looked at larger, at this width, on pages of a lesser side
_CORE, _RIM = 512, 64  # pixels of a tile that count, and around it that are only looked at
_EVEN, _SOLID = 2.0, 185  # pixels over which a black is even, and how dark (of 255) it is then at least
_DRAWN, _BESIDE = 60, 3  # how dark a mark is at least, and pixels of the square about one that are not undrawn
_DARED = 40  # of 255: what a ridge has at least where nothing is drawn, to be one
_BARE = 20  # of 255: a tile without darker marks is paper

Planes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Reading:
    """`line` and `middle`: (h, w) uint8, 255 = surely the clean line, or the ridge along its middle. `solid`: (h, w)
    uint8, line where the drawing itself is dark all over. `scale`: pixels of these to one of the drawing, (across,
    down), at most 2. `pen`: the drawing's own strokes' width in its pixels."""

    line: Planes
    middle: Planes
    solid: Planes
    scale: tuple[float, float]
    pen: float


class LineReader:
    """The network with its weights. ``wide``: the one for wide strokes; None: the same."""

    def __init__(self, net: LineNet, device: str = "cpu", wide: LineNet | None = None) -> None:
        import torch

        self._net = laid_out(net, device)
        self._wide = self._net if wide is None else laid_out(wide, device)
        self._device = device
        # Half precision only where the processor computes in it; elsewhere it is slower.
        self._half = device != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()

    @classmethod
    def load(cls, weights: Path | None = None, device: str = "cpu") -> LineReader:
        """With the weights that ship, or those of one file. MissingWeights where they are absent or not intact."""
        from ..weights import fill, read_tensors, shipped
        from ._model import LineNet

        nets = []
        for path in (weights,) if weights else (shipped(NAME), shipped(WIDE)):
            net = LineNet()
            fill(net, read_tensors(path), path)
            nets.append(net.eval())
        return cls(nets[0], device, nets[-1])

    @property
    def nets(self) -> tuple[LineNet, LineNet]:
        """For strokes of any width, and for wide ones."""
        return self._net, self._wide

    def read(
        self,
        pixels: npt.NDArray[np.uint8],
        *,
        coloured: bool | None = None,
        check: Check = never_stop,
        progress: Progress = no_progress,
    ) -> Reading:
        """The lines of a drawing, (H, W, 4) uint8 RGBA. BadInput for bare paper.

        coloured: whether coloured marks are drawing, or construction lines that are left out; None = as they seem.
        """
        seen = see(pixels, check)
        if is_underdrawn(seen) if coloured is None else not coloured:
            seen = without_colour(seen, check)
        else:
            seen[..., 1] = 0  # colour means nothing here: the network would take it for construction lines
        check()
        pen = pen_width(seen[..., 0], check)
        check()
        height, width = seen.shape[:2]
        seen = _at_known_width(seen, pen, check)
        check()
        line, middle = self.lines(seen, check, progress, wide=pen > _WIDE)
        scale = (seen.shape[1] / width, seen.shape[0] / height)
        check()
        marks = np.ascontiguousarray(seen[..., 0])
        _not_undrawn(middle, marks)
        dark = cv2.GaussianBlur(marks, (0, 0), _EVEN)
        return Reading(line, middle, np.where(dark > _SOLID, line, np.uint8(0)), scale, pen)

    def lines(
        self, seen: Planes, check: Check = never_stop, progress: Progress = no_progress, *, wide: bool = False
    ) -> tuple[Planes, Planes]:
        """Line and middle, (H, W) uint8 each, of what is seen, (H, W, 2), whose strokes are `wide` or not; in tiles, so
        that any size fits."""
        net = self._wide if wide else self._net
        height, width = seen.shape[:2]
        line, middle = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
        tiles = [(y, x) for y in _starts(height) for x in _starts(width)]
        tall, across = (-(-side // len(_starts(side))) for side in (height, width))
        for k, (y, x) in enumerate(tiles):
            check()
            progress(k / len(tiles), "reading lines")
            told = self._tile(net, seen, (y, x), (min(tall, height - y), min(across, width - x)), check)
            if told is not None:
                line[y : y + told.shape[1], x : x + told.shape[2]] = told[0]
                middle[y : y + told.shape[1], x : x + told.shape[2]] = told[1]
        return line, middle

    def _tile(
        self, net: LineNet, seen: Planes, at: tuple[int, int], size: tuple[int, int], check: Check
    ) -> Planes | None:
        """(2, *size) from row and column `at` on; None where there is bare paper."""
        import torch

        from ._model import STRIDE, unweighed

        (y, x), (tall, wide) = at, size
        # Tiles begin at multiples of the network's stride, so that all see the same grid and no seam shows.
        top, left = max(0, y - _RIM) // STRIDE * STRIDE, max(0, x - _RIM) // STRIDE * STRIDE
        part = seen[top : y + tall + _RIM, left : x + wide + _RIM]
        if part[..., 0].max() < _BARE:
            return None
        below, right = -part.shape[0] % STRIDE, -part.shape[1] % STRIDE
        whole = cv2.copyMakeBorder(part, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(0, 0))
        given = torch.from_numpy(whole)[None].permute(0, 3, 1, 2).to(self._device).float().div_(255)
        with torch.inference_mode(), torch.autocast(self._device.split(":")[0], torch.bfloat16, enabled=self._half):
            told = net(given.contiguous(memory_format=torch.channels_last), check).float().sigmoid()
            told[0, 0] = unweighed(told[0, 0])
        kept = told[0, :, y - top : y - top + tall, x - left : x - left + wide]
        return np.asarray(kept.mul(255).add(0.5).to(torch.uint8).cpu().numpy(), np.uint8)


def _not_undrawn(middle: Planes, marks: Planes) -> None:
    """Take out of a ridge (H, W), in place, what is told faintly where there are no marks (H, W): a guess that would
    join one strand of hair to the next. A break in a line is told surely."""
    about = cv2.dilate(marks, np.ones((_BESIDE, _BESIDE), np.uint8))
    middle[(middle < _DARED) & (about < _DRAWN)] = 0


def _at_known_width(seen: Planes, pen: float, check: Check) -> Planes:
    """What is seen, (H, W, 2), smaller where strokes of ``pen`` pixels are wider than the network knows; larger where
    they are thin on a small page, whose details it would take for one stroke."""
    height, width = seen.shape[:2]
    if pen > _SMALLER:
        size = (max(1, round(width * _SMALLER / pen)), max(1, round(height * _SMALLER / pen)))
        return shrunk(seen, size, check)
    by = min(_LARGER / pen, _LITTLE / max(height, width), 2.0) if pen else 1.0
    if by > 1:
        return np.asarray(cv2.resize(seen, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC), np.uint8)
    return seen


def _starts(side: int) -> list[int]:
    """Where tiles begin: as few as may be, all of a size."""
    count = max(1, -(-side // (_CORE + _RIM)))
    step = -(-side // count)
    return list(range(0, side, step))


def line_reader() -> LineReader:
    """The network that ships, from the process's cache. MissingWeights where it is not intact."""
    from ..cache import CACHE, module_bytes

    return CACHE.get(NAME, LineReader.load, lambda made: sum(module_bytes(net) for net in made.nets))
