"""Line art as a stroke drawing, for hosts that draw with strokes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...values import StrokeLayer, StrokeMaterial, Strokes, StrokeView
from ...values.strokes import CLEAR, Matrix
from ._lines import LineArt, Points

UPRIGHT: Matrix = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float64)
"""The plane that faces the front view of a scene whose third axis is up."""


def strokes_of(
    art: LineArt,
    view: StrokeView,
    *,
    ink: StrokeMaterial,
    plane: Matrix = UPRIGHT,
    layer: str = "Lines",
    name: str = "",
) -> Strokes:
    """The strokes of line art in pixels, on `plane` where `view` shows them.

    ink: of all lines. Filled areas, in its colour, are closed strokes without a line.
    """
    rings = [(ring, k + 1) for k, black in enumerate(art.blacks) for ring in black]
    shapes = [*(ring for ring, _ in rings), *(line.points for line in art.lines)]
    wide = [*(np.full(len(ring), art.width) for ring, _ in rings), *(line.width for line in art.lines)]
    counts = [len(points) for points in shapes]
    many, filled, total = len(shapes), len(rings), int(sum(counts))
    black = StrokeMaterial(f"{ink.name} filled", line=CLEAR, fill=ink.line, show_line=False, show_fill=True)
    return Strokes(
        points=placed(np.concatenate([np.zeros((0, 2)), *shapes]), view, plane),
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        radius=(np.concatenate([np.zeros(0), *wide]) / 2 / view.scale).astype(np.float32),
        opacity=np.ones(total, np.float32),
        colour=np.zeros((total, 4), np.float32),
        material=np.repeat([1, 0], [filled, many - filled]).astype(np.int32),
        layer=np.zeros(many, np.int32),
        cyclic=np.array([True] * filled + [line.closed for line in art.lines], np.bool_),
        fill=np.array([fill for _, fill in rings] + [0] * (many - filled), np.int32),
        fill_colour=np.zeros((many, 4), np.float32),
        hide_line=np.repeat([True, False], [filled, many - filled]),
        materials=(ink, black),
        layers=(StrokeLayer(layer),),
        plane=plane,
        name=name,
        view=view,
    )


def whole_view(across: int, down: int) -> StrokeView:
    """A picture of that size two units across, as much as a host's camera shows, around the middle."""
    unit = max(across, down) / 2
    return StrokeView(-across / 2 / unit, down / 2 / unit, unit, min(across, 16384), min(down, 16384))


def placed(pixels: Points, view: StrokeView, plane: Matrix) -> npt.NDArray[np.float32]:
    """(n, 3) points on `plane` where `view` shows these pixels, (n, 2)."""
    right, up = pixels[:, 0] / view.scale + view.left, view.top - pixels[:, 1] / view.scale
    flat = np.stack([right, up, np.zeros(len(pixels)), np.ones(len(pixels))], 1)
    return (flat @ plane.T)[:, :3].astype(np.float32)
