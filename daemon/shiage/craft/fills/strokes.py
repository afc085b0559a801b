"""Outlines with paints as a drawing of fill strokes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...values import Attribute, Domain, Exposure, StrokeLayer, Strokes
from ..strokes.drawing import FILL_OPACITY
from .outlines import Outlines
from .paints import Paint
from .view import Floats, View

DOUBT = "shiage_doubt"
"""Attribute of a fill: 0 = its paint is sure .. 1 = a guess."""


def fill_strokes(
    outlines: Outlines,
    paints: Mapping[int, Paint],
    view: View,
    plane: Floats,
    like: Strokes,
    *,
    layer: str,
    radius: float,
    doubt: Mapping[int, float] | None = None,
) -> Strokes:
    """The areas in ``paints`` as closed fill strokes without a line, the holes of an area as strokes of its fill.

    ``plane``: (4, 4) from the view's plane to the drawing's own space. ``like``: the drawing whose frame, name and
    plane the fills get. ``radius``: of the line that is hidden, in the drawing's unit. Larger areas lie below.
    """
    materials = list(dict.fromkeys(paint.material for paint in paints.values()))
    shown = [area for area in paints if outlines.rings[area]]
    parts, counts, owners = [np.zeros((0, 3))], [], []
    for area in sorted(shown, key=lambda area: -len(outlines.rings[area][0])):
        for ring in outlines.rings[area]:
            parts.append(outlines.points[ring])
            counts.append(len(ring))
            owners.append(area)
    flat = np.concatenate(parts)
    placed = np.concatenate([view.plane(flat), flat[:, 2:], np.ones((len(flat), 1))], 1) @ plane.T
    number = {area: k + 1 for k, area in enumerate(dict.fromkeys(owners))}
    own = [paints[area] for area in owners]
    many, total = len(own), len(flat)
    extra = [Attribute(DOUBT, Domain.STROKE, np.array([doubt[area] for area in owners], np.float32))] if doubt else []
    if any(paint.opacity != 1 for paint in own):
        extra.append(Attribute(FILL_OPACITY, Domain.STROKE, np.array([paint.opacity for paint in own], np.float32)))
    return Strokes(
        points=placed[:, :3].astype(np.float32),
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        radius=np.full(total, radius, np.float32),
        opacity=np.ones(total, np.float32),
        colour=np.zeros((total, 4), np.float32),
        material=np.array([materials.index(paint.material) for paint in own], np.int32),
        layer=np.zeros(many, np.int32),
        cyclic=np.ones(many, np.bool_),
        fill=np.array([number[area] for area in owners], np.int32),
        fill_colour=np.array([paint.colour for paint in own], np.float32).reshape(-1, 4),
        hide_line=np.ones(many, np.bool_),
        materials=tuple(materials),
        layers=(StrokeLayer(layer),),
        frame=like.frame,
        exposure=Exposure.GENERATED,
        plane=like.plane,
        extra=tuple(extra),
        name=like.name,
    )
