"""The two networks with their weights, ready to colour a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from shiage.craft.hints import NO_HINTS, Hints
from shiage.craft.illustrate import Shade
from shiage.craft.strips import Check, never_stop

from ..layout import laid_out
from ._see import Offered, Sized, hint_planes

if TYPE_CHECKING:
    from torch import Tensor

    from ._model import Draft, Refine

NAME = "colorize"  # in the zoo
_ELSEWHERE = 0.03  # how far a colour that is known to be on one part is believed on another
_NONE = 1e-4  # how far the network may paint something else than a given palette
_UNTOLD = 0.08  # how far one of which nothing is known, beside others of which something is
DRAFT_SIDE, REFINE_SIDE = 256, 384  # pixels of a drawing's shorter side

Floats = NDArray[np.float32]
Colours = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Page:
    """A drawing as the networks are given it. coverage: (H, W) uint8 ink. labels: (H, W) int32 its regions. parts:
    (h, w, 16) float32 likelihoods of the figure's parts, at any size; None where nobody asked for them."""

    coverage: Colours
    labels: NDArray[np.int32]
    parts: Floats | None

    def parts_on(self, sized: Sized) -> Floats:
        """(16, h, w), as the draft gets them."""
        if self.parts is None:
            return np.zeros((16, sized.height // 2, sized.width // 2), np.float32)
        return sized.parts(self.parts)


@dataclass(frozen=True, eq=False)
class Pointing:
    """What the draft says of a drawing. share: (h, w, T + 1) how far each place means each offered colour, the last:
    none. colour: (h, w, 3) 0..1 the splash. free: (h, w, 3) 0..1 what it would paint by itself."""

    share: Floats
    colour: Floats
    free: Floats


class Colourist:
    """The networks. A colourist can be used from several threads."""

    def __init__(self, draft: Draft, refine: Refine, device: str = "cpu") -> None:
        self._draft = laid_out(draft.eval(), device)
        self._refine = laid_out(refine.eval(), device)
        self._device = device

    @classmethod
    def load(cls, weights: Path | None = None, device: str = "") -> Colourist:
        """With the weights that ship, or those of a file. MissingWeights where they are absent or not intact."""
        import torch

        from ..weights import fill, read_tensors, shipped
        from ._gan import TwoStages

        path = weights or shipped(NAME)
        both = TwoStages()
        fill(both, read_tensors(path), path)
        return cls(both.draft, both.refine, device or ("cuda" if torch.cuda.is_available() else "cpu"))

    @property
    def bytes(self) -> int:
        """What it holds in memory."""
        from ..cache import module_bytes

        return module_bytes(self._draft) + module_bytes(self._refine)

    def point(
        self, page: Page, hints: Hints = NO_HINTS, palette: Offered | None = None, check: Check = never_stop
    ) -> Pointing:
        """Splash colour on a drawing from hints, a palette, both or neither. `check` is called between layers."""
        from ._model import offers_of

        sized = Sized.of(page.labels.shape, DRAFT_SIDE)
        parts = page.parts_on(sized)
        offered = Offered.hints(hints, sized, parts)
        offered = offered if palette is None else offered + palette
        planes = np.concatenate([sized.plane(page.coverage)[None], hint_planes(hints, sized)])
        labels = sized.labels(page.labels, 2).astype(np.int64)
        offers = type(given := offers_of([offered], max(1, len(offered))))(*(t.to(self._device) for t in given))
        with self._quick():
            splash = self._draft(self._tensor(planes), self._tensor(parts), self._tensor(labels), offers, check)
        rows, columns = -(-sized.drawn[0] // 2), -(-sized.drawn[1] // 2)
        share, colour, free = (
            np.ascontiguousarray(t[0, :, :rows, :columns].float().permute(1, 2, 0).cpu().numpy())
            for t in (splash.share, splash.colour, splash.free)
        )
        if not len(offered):
            share = share[..., -1:]  # the padding is nobody's
        elif palette is not None and len(palette):
            share = _believed(share, parts[:, :rows, :columns], offered)
            paints = np.concatenate(
                [np.broadcast_to(offered.colour, (rows, columns, len(offered), 3)), free[:, :, None]], 2
            )
            colour = np.asarray((share[..., None] * paints).sum(2), np.float32)
        return Pointing(share, colour, free)

    def finish(
        self,
        page: Page,
        pointing: Pointing,
        flats: Colours,
        areas: NDArray[np.int32],
        hints: Hints = NO_HINTS,
        check: Check = never_stop,
    ) -> tuple[Shade, Floats]:
        """The shade of flats, (H, W, 4) uint8, with areas (H, W) int32; and the change of colour, (h, w, 3), that the
        network would like where no one said what the colour is."""
        sized = Sized.of(page.labels.shape, REFINE_SIDE)
        paint = _on_white(flats)
        splash = np.asarray(cv2.resize(pointing.colour, sized.drawn[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
        planes = np.concatenate(
            [
                sized.plane(page.coverage)[None],
                np.ascontiguousarray(sized.padded(splash, 1.0).transpose(2, 0, 1)),
                sized.plane(paint, 255).transpose(2, 0, 1),
                hint_planes(hints, sized),
            ]
        )
        with self._quick():
            done = self._refine(self._tensor(planes.astype(np.float32)), check)
        height, width = sized.drawn
        shadow, light, change = (
            np.ascontiguousarray(t[0, :, :height, :width].float().permute(1, 2, 0).cpu().numpy())
            for t in (done.shadow, done.light, done.change)
        )
        return Shade(shadow, light, sized.labels(areas)[:height, :width]), change

    def _tensor(self, values: NDArray[np.float32] | NDArray[np.int64]) -> Tensor:
        import torch

        return torch.from_numpy(np.ascontiguousarray(values))[None].to(self._device)

    def _quick(self) -> _Quick:
        return _Quick(self._device)


def _believed(share: Floats, parts: Floats, offered: Offered) -> Floats:
    """The pointing with a palette taken at its word: all is painted with what is on offer, and a colour that a
    reference has on hair is for hair. parts: (16, h, w). A hint needs no such word: it says itself where it is meant.
    """
    on = offered.parts / np.maximum(offered.parts.max(1, keepdims=True), 1e-6)
    fits = _ELSEWHERE + np.einsum("phw,tp->hwt", parts, on)
    told = ~offered.placed & offered.parts.any(1)
    told &= bool(parts.any())
    weight = np.full_like(share, _UNTOLD if told.any() else 1)
    weight[..., :-1][..., offered.placed] = 1
    weight[..., :-1][..., told] = fits[..., told]
    weight[..., -1] = _NONE
    weighed = share * weight
    return np.asarray(weighed / np.maximum(weighed.sum(2, keepdims=True), 1e-9), np.float32)


class _Quick:
    """Inference in half precision: both of torch's settings at once."""

    def __init__(self, device: str) -> None:
        import torch

        self._all = (torch.inference_mode(), torch.autocast(device.split(":", maxsplit=1)[0], torch.bfloat16))

    def __enter__(self) -> None:
        for one in self._all:
            one.__enter__()

    def __exit__(self, *how: object) -> None:
        for one in reversed(self._all):
            one.__exit__(*how)


def _on_white(flats: Colours) -> Colours:
    """(H, W, 3): bare paper is white, as it was for the networks when they learned."""
    return np.where(flats[..., 3:] > 0, flats[..., :3], 255).astype(np.uint8)


def colourist() -> Colourist:
    """The networks that ship, from the process's cache. MissingWeights where they are not intact."""
    from ..cache import CACHE

    return CACHE.get(NAME, Colourist.load, lambda made: made.bytes)
