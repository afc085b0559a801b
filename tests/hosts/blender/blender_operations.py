"""An operation for the tests in Blender, as SHIAGE_EXTRA_OPERATIONS finds it: a picture in, strokes out."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from shiage.operations import operation
from shiage.spec import Number, OperationSpec, Port, Work
from shiage.values import Kind, Raster, StrokeLayer, StrokeMaterial, Strokes, StrokeView


class Framed(NamedTuple):
    """The picture, and a stroke around what is drawn in it."""

    picture: Raster
    frame: Strokes


@operation(
    OperationSpec(
        id="frame",
        version=1,
        title="Frame",
        summary="Draws a stroke around what is drawn.",
        inputs=(Port("drawing", Kind.RASTER, "Drawing"),),
        parameters=(Number("seconds", "Seconds", 0, 0, 60, 0.1),),
        outputs=(Port("picture", Kind.RASTER, "Picture"), Port("frame", Kind.STROKES, "Frame")),
    )
)
def frame(drawing: Raster, *, seconds: float, work: Work) -> Framed:
    """As `clean-up` does it: in a plane of its own, with a view that says which part of it the picture is."""
    for step in range(round(seconds * 20)):
        work.progress(step / max(1, round(seconds * 20)), "waiting")
        time.sleep(0.05)
    pixels = drawing.to_8bit()
    ys, xs = np.nonzero((pixels[..., 3] > 128) & (pixels[..., :3].min(2) < 200))
    across, down = drawing.size
    view = StrokeView(-1.0, down / across, across / 2, across, down)
    left, right = (view.left + x / view.scale for x in (xs.min(), xs.max() + 1))
    top, bottom = (view.top - y / view.scale for y in (ys.min(), ys.max() + 1))
    points = np.array([(left, bottom, 0), (right, bottom, 0), (right, top, 0), (left, top, 0)], np.float32)
    strokes = Strokes(
        points=points,
        offsets=np.array([0, 4], np.int32),
        radius=np.full(4, 3 / view.scale, np.float32),
        opacity=np.ones(4, np.float32),
        colour=np.zeros((4, 4), np.float32),
        material=np.zeros(1, np.int32),
        layer=np.zeros(1, np.int32),
        cyclic=np.ones(1, np.bool_),
        fill=np.zeros(1, np.int32),
        fill_colour=np.zeros((1, 4), np.float32),
        hide_line=np.zeros(1, np.bool_),
        materials=(StrokeMaterial("Pencil"),),
        layers=(StrokeLayer("Lines"),),
        view=view,
    )
    return Framed(drawing, strokes)
