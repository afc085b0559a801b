"""A few named characters with design sheets and clean sketches, for a demo where no real drawings are at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .figure.character import Character
from .frame import Frame, render
from .ink import LineStyle
from .paint import PaintStyle
from .scene import fitted

CAST: dict[str, int] = {"Aoi": 701, "Mika": 714, "Ren": 715, "Sora": 727, "Hina": 711, "Akari": 735}
"""Names of the demo's characters and their seeds."""

_VIEWS = {"front": 0.0, "side": 90.0, "back": 180.0}


@dataclass(slots=True)
class DemoCharacter:
    """designs: view -> (h, w, 3) uint8 RGB coloured design. sketches: view -> (h, w) uint8 clean ink on white,
    closed at any threshold from 128 up.
    truth: view -> (h, w, 3) uint8 RGB true flat colours of the sketch's areas, white background, no lines.
    frames: view -> the sketch's frame with regions and parts."""

    name: str
    designs: dict[str, NDArray[np.uint8]]
    sketches: dict[str, NDArray[np.uint8]]
    truth: dict[str, NDArray[np.uint8]]
    frames: dict[str, Frame]


def demo_set(size: int = 768, names: tuple[str, ...] | None = None) -> Iterator[DemoCharacter]:
    """Yield the demo's characters, always the same. Raises KeyError for a name that is not in `CAST`."""
    design_ink = LineStyle(width=2.4 * size / 768, vary=0.15, colour="dark", seed=1)
    sketch_ink = LineStyle(width=2.2 * size / 768, vary=0.1, taper=0.8, ink=(0, 0, 0), threshold=0.55, seed=2)
    for name in names or tuple(CAST):
        figure = Character.from_seed(CAST[name])
        finish = PaintStyle(shade="cel", amount=0.22, cast=5.0 * size / 768, background="white")
        designs, sketches, truth, frames = {}, {}, {}, {}
        for view, yaw in _VIEWS.items():
            drawing = figure.draw(figure.pose("stand", yaw))
            drawing = drawing.placed(fitted(drawing, size).matrix())
            designs[view] = render(drawing, size, design_ink, finish).colour
            frame = render(drawing, size, sketch_ink, PaintStyle(shade="flat"))
            frames[view], sketches[view], truth[view] = frame, frame.line_grey, frame.flat
        yield DemoCharacter(name, designs, sketches, truth, frames)
