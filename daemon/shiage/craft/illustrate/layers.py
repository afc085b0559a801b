"""Shade from a network's coarse maps: brought to the drawing's size area by area, and given as exact layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..kernel import kernel
from ..light import LightLayers, split
from ..region_votes import votes
from ..strips import over_strips

_ROWS = 128  # shaded between two looks at whether to go on

Floats = NDArray[np.float32]
Colours = NDArray[np.uint8]

_NOTHING = 0.012  # a change below this is none: flat paint stays flat


@dataclass(frozen=True, eq=False)
class Shade:
    """What the network says of a drawing's shade, (h, w, 3) float32 each, at any size: shadow 0..1 to multiply with,
    light 0..1 to screen. labels: (h, w) int32, the area at the middle of each place."""

    shadow: Floats
    light: Floats
    labels: NDArray[np.int32]

    def without(self, areas: NDArray[np.bool_]) -> Shade:
        """With those of the areas 1..m that are true, (m,), left flat."""
        flat = np.append(False, areas)[self.labels][..., None]
        shadow, light = np.where(flat, 1, self.shadow), np.where(flat, 0, self.light)
        return Shade(shadow.astype(np.float32), light.astype(np.float32), self.labels)

    def toned(self, tone: Floats, depth: float = 0.55) -> Shade:
        """With a page's screentone, (H, W) 0..1, as shadow, `depth` of it: colour stays where the screen was black."""
        size = self.shadow.shape[1::-1]
        coarse = np.asarray(cv2.resize(tone, size, interpolation=cv2.INTER_AREA), np.float32)
        shadow = (self.shadow * (1 - np.float32(depth) * coarse[..., None])).astype(np.float32)
        return Shade(shadow, self.light, self.labels)


def layered(
    flats: Colours,
    labels: NDArray[np.int32],
    shade: Shade,
    amount: float = 1.0,
    flatness: float = 0.8,
    check: Callable[[], None] = lambda: None,
) -> LightLayers:
    """Shadow and light layers, (H, W, 4) uint8, that shade `flats`; their composite is what a host shows.

    labels: (H, W) int32 areas. A place takes the shade of its own area only, so none reaches over a line. amount: 0 no
    shade, 1 the network's. flatness: the CIELAB interpolation of comic colouring (inkn'hue): lightness is the
    network's, a and b lie between its (0) and the flats' (1).
    """
    values = np.ascontiguousarray(np.concatenate([1 - (1 - shade.shadow) * amount, shade.light * amount], axis=2))
    values[..., :3][values[..., :3] > 1 - _NOTHING] = 1
    values[..., 3:][values[..., 3:] < _NOTHING] = 0
    mean = votes(shade.labels, values, int(labels.max()))
    there = np.zeros(len(mean), np.bool_)
    there[np.unique(shade.labels)] = True
    mean[~there] = (1, 1, 1, 0, 0, 0)  # too small for the maps: left flat
    coarse = np.ascontiguousarray(shade.labels)
    shadow, light = np.empty_like(flats), np.empty_like(flats)

    def strip(top: int, bottom: int) -> None:
        fine = np.empty((bottom - top, flats.shape[1], 6), np.float32)
        _spread(labels, coarse, values, mean, fine, top)
        wanted = _mixed(flats[top:bottom], fine, flatness)
        done = split(np.ascontiguousarray(flats[top:bottom]), wanted)
        shadow[top:bottom], light[top:bottom] = done.shadow, done.light

    def work(first: int, end: int) -> None:
        for top in range(first, end, _ROWS):
            check()
            strip(top, min(top + _ROWS, end))

    over_strips(work, labels.shape[0], labels.shape[1], check)
    return LightLayers(shadow, light, "screen")


def _mixed(flats: Colours, fine: Floats, flatness: float) -> Colours:
    """The shaded picture, (H, W, 4) uint8: lightness as shaded, colour between that of the shade and of the flats."""
    flat: Floats = (flats[..., :3] / np.float32(255)).astype(np.float32)
    shaded: Floats = (1 - (1 - flat * fine[..., :3]) * (1 - fine[..., 3:])).astype(np.float32)
    if flatness > 0:
        lab = np.asarray(cv2.cvtColor(np.ascontiguousarray(shaded), cv2.COLOR_RGB2LAB), np.float32)
        own = np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2LAB), np.float32)
        # Paint in shadow is less colourful in proportion: a and b go with the lightness, else a dark skin turns orange.
        own[..., 1:] *= np.clip(lab[..., :1] / np.maximum(own[..., :1], 1.0), 0, 1.15)
        lab[..., 1:] += np.float32(flatness) * (own[..., 1:] - lab[..., 1:])
        shaded = np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.float32)
    out = flats.copy()
    changed = np.any(fine != np.array([1, 1, 1, 0, 0, 0], np.float32), axis=2, keepdims=True)
    out[..., :3] = np.where(changed, np.rint(shaded * 255).clip(0, 255), flats[..., :3])
    return out


@kernel
def _spread(
    labels: NDArray[np.int32], coarse: NDArray[np.int32], values: Floats, mean: Floats, out: Floats, top: int
) -> None:
    """Values between their four nearest places, of which only those in the pixel's own area count."""
    height, width = labels.shape
    rows, columns, channels = values.shape
    for y in range(top, top + out.shape[0]):
        fy = min(max((y + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        y0 = int(fy)
        y1 = min(y0 + 1, rows - 1)
        wy = np.float32(fy - y0)
        for x in range(width):
            fx = min(max((x + 0.5) * columns / width - 0.5, 0.0), columns - 1.0)
            x0 = int(fx)
            x1 = min(x0 + 1, columns - 1)
            wx = np.float32(fx - x0)
            label = labels[y, x]
            a = np.float32((1 - wy) * (1 - wx)) if coarse[y0, x0] == label else np.float32(0)
            b = np.float32((1 - wy) * wx) if coarse[y0, x1] == label else np.float32(0)
            c = np.float32(wy * (1 - wx)) if coarse[y1, x0] == label else np.float32(0)
            d = np.float32(wy * wx) if coarse[y1, x1] == label else np.float32(0)
            total = a + b + c + d
            for k in range(channels):
                if total > 0.05:
                    seen = a * values[y0, x0, k] + b * values[y0, x1, k]
                    seen += c * values[y1, x0, k] + d * values[y1, x1, k]
                    out[y - top, x, k] = seen / total
                else:
                    out[y - top, x, k] = mean[label, k]
