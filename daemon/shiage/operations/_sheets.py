"""`colorize` over line layers and variants: each sheet coloured for itself, then laid over each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..craft.compose import lines_over
from ..craft.hints import NO_HINTS, Hints, read_hints
from ..craft.light import LightLayers, composite
from ..errors import BadInput
from ..spec import Work
from ..values import Colour, Raster
from ._illustrate import Coloured, Drawing, Wishes, colour, measured_leak, read_drawing

if TYPE_CHECKING:
    from ..nets.colorize import Colourist, Offered
    from ..values import Mask

Colours = NDArray[np.uint8]
_ROWS = 256  # composited at a time, so that an 8K picture is never held in floating point


@dataclass(frozen=True, eq=False)
class Sheet:
    """A picture in its layers, all (H, W, 4) uint8; `picture` is their blend."""

    flats: Colours
    layers: LightLayers
    lines: Colours
    facts: dict[str, Any]
    hints: Hints

    @property
    def picture(self) -> Colours:
        """Flats x shadow, light screened on, the lines laid over it: what a host shows."""
        done = np.empty_like(self.flats)
        for top in range(0, len(done), _ROWS):
            rows = slice(top, top + _ROWS)
            layers = LightLayers(self.layers.shadow[rows], self.layers.light[rows], self.layers.blend)
            done[rows] = over(self.lines[rows], np.asarray(composite(self.flats[rows], layers), np.uint8))
        return done


def over(upper: Colours, lower: Colours) -> Colours:
    """Normal blending of straight-alpha RGBA, (H, W, 4) uint8, rounded once (Porter and Duff 1984)."""
    a = upper[..., 3:].astype(np.float32) / 255
    b = lower[..., 3:].astype(np.float32) / 255 * (1 - a)
    alpha = a + b
    mixed = (upper[..., :3] * a + lower[..., :3] * b) / np.maximum(alpha, 1e-6)
    return np.asarray(np.rint(np.concatenate([mixed, alpha * 255], axis=2)), np.uint8)


def sheets(
    lines: Sequence[Raster],
    hints: Raster | None,
    masks: Sequence[Mask],
    net: Colourist,
    palette: Offered | None,
    wishes: Wishes,
    variants: int,
    styled: bool,
    work: Work,
) -> list[Sheet]:
    """A colouring of the line layers, the lowest first, for each variant."""
    drawings = [_read(layer, masks, wishes, work) for layer in lines]
    given = _shared_out(hints, drawings, work)
    made = []
    for number in range(variants):
        offered = _varied(palette, number, styled)
        done = [
            _sheet(
                drawing, colour(drawing, net, own, palette if len(own) and not number else offered, wishes, work), work
            )
            for drawing, own in zip(drawings, given, strict=True)
        ]
        made.append(_stacked(done))
    return made


def _read(layer: Raster, masks: Sequence[Mask], wishes: Wishes, work: Work) -> Drawing:
    try:
        return read_drawing(layer, masks, wishes, work)
    except BadInput as problem:
        problem.where = problem.where or layer.name or "drawing"
        raise


def _shared_out(layer: Raster | None, drawings: Sequence[Drawing], work: Work) -> list[Hints]:
    """The hints of each drawing: a dab belongs to the topmost one that has a figure there, else to the lowest."""
    if layer is None:
        return [NO_HINTS] * len(drawings)
    left = layer.to_8bit().copy()
    own = []
    for drawing in reversed(drawings[1:]):
        found = read_hints(left, drawing.found.labels, work.check)
        mine = found.only(~np.append(True, drawing.found.background)[found.region])
        left[np.isin(drawing.found.labels, mine.region), 3] = 0
        own.append(mine)
    own.append(read_hints(left, drawings[0].found.labels, work.check))
    return own[::-1]


def _varied(palette: Offered | None, number: int, styled: bool) -> Offered | None:
    """What the `number`-th variant is offered: first what was given, then the same colours with their places shuffled.
    Where nothing was given a colourway each, and then the network's own taste; a trained style's comes first.
    """
    from ..craft.colourways import WAYS, colourway
    from ..nets.colorize import Offered

    if palette is None:
        own = 0 if styled else WAYS
        return None if number == own else Offered.palette(*colourway(number - styled))
    if number == 0:
        return palette
    order = np.random.default_rng(number).permutation(len(palette))
    shuffled = np.asarray(np.rint(palette.colour[order] * 255), np.uint8)
    return Offered.palette(shuffled, palette.share, palette.parts)


def _sheet(drawing: Drawing, done: Coloured, work: Work) -> Sheet:
    bare = np.zeros_like(drawing.pixels)
    used = np.unique(done.areas.colour[~done.areas.bare], axis=0)
    hints = [
        {
            "x": round(float(x), 1),
            "y": round(float(y), 1),
            "radius": round(float(radius), 1),
            "colour": str(Colour(*(int(v) for v in rgb))),
        }
        for rgb, (x, y), radius in zip(done.hints.colour, done.hints.place, done.hints.radius, strict=True)
    ]
    facts = {
        "hints": hints,
        "automatic": done.chosen,
        "areas": int((~done.areas.bare).sum()),
        "colours": len(used),
        "leak": round(measured_leak(done, drawing, work), 5),
    }
    return Sheet(done.flats, done.layers, lines_over(bare, drawing.pixels, drawing.ink), facts, done.hints)


def _stacked(done: Sequence[Sheet]) -> Sheet:
    """Sheets over each other: what an upper one paints hides all below it, lines too."""
    whole = done[0]
    for upper in done[1:]:
        on = upper.flats[..., 3:] > 0
        below = np.where(on, 0, whole.lines).astype(np.uint8)
        whole = Sheet(
            np.where(on, upper.flats, whole.flats),
            LightLayers(
                np.where(on, upper.layers.shadow, whole.layers.shadow),
                np.where(on, upper.layers.light, whole.layers.light),
                "screen",
            ),
            over(upper.lines, below),
            {
                "hints": whole.facts["hints"] + upper.facts["hints"],
                "automatic": whole.facts["automatic"] and upper.facts["automatic"],
                "areas": whole.facts["areas"] + upper.facts["areas"],
                "colours": whole.facts["colours"] + upper.facts["colours"],
                "leak": max(whole.facts["leak"], upper.facts["leak"]),
            },
            whole.hints + upper.hints,
        )
    return whole


def merged(lower: Raster, upper: Sequence[Raster]) -> Raster:
    """Line layers as one drawing."""
    pixels = lower.to_8bit()
    for layer in upper:
        pixels = over(layer.to_8bit(), pixels)
    return Raster(pixels, name=lower.name) if upper else lower


def dabs(hints: Hints, shape: tuple[int, int]) -> Colours:
    """Hints as a layer, (H, W, 4) uint8, that can be given back."""
    layer = np.zeros((*shape, 4), np.uint8)
    for rgb, (x, y), radius in zip(hints.colour, hints.place, hints.radius, strict=True):
        cv2.circle(layer, (round(float(x)), round(float(y))), max(1, round(float(radius))), (*rgb.tolist(), 255), -1)
    return layer
