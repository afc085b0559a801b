"""A drawing of strokes as a picture: its fills and lines in their colours, layer by layer, on nothing."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...values import Strokes, StrokeView
from ...values.srgb import from_linear
from ...values.strokes import COLUMNS
from ..keeping import Kept, content_key
from ..strokes.drawing import in_plane
from .lines import Lines, draw_lines, lines_of
from .paints import fill_groups, paint_of
from .view import Floats, View

_SUBPIXEL = 4  # bits, of fills' points


_pictures: Kept[NDArray[np.uint8]] = Kept(64 << 20)


def kept_picture(drawing: Strokes, view: StrokeView) -> NDArray[np.uint8]:
    """As :func:`draw_picture`; the last ones are kept, for a drawing comes again and again while a light is dragged."""
    arrays = (getattr(drawing, name) for name in COLUMNS)
    transforms = (layer.transform for layer in drawing.layers)
    fields = (attribute.data for attribute in drawing.extra)
    names = [(attribute.name, attribute.domain) for attribute in drawing.extra]
    settings = (view, drawing.materials, [layer.opacity for layer in drawing.layers], names)
    key = content_key(drawing.offsets, drawing.plane, *arrays, *transforms, *fields, settings=settings)
    return _pictures.get(key, lambda: draw_picture(drawing, view)).copy()


def draw_picture(drawing: Strokes, view: StrokeView) -> NDArray[np.uint8]:
    """(H, W, 4) RGBA in sRGB, straight alpha. Within a layer fills lie below lines."""
    shown = View(view.left, view.top, view.scale, view.width, view.height)
    into = np.asarray(np.linalg.inv(drawing.plane), np.float64)
    picture = np.zeros((view.height, view.width, 4), np.float32)  # premultiplied, linear
    lines = lines_of(drawing, into)
    placed = np.rint(shown.pixels(in_plane(drawing, into)) * (1 << _SUBPIXEL) - (1 << _SUBPIXEL - 1)).astype(np.int32)
    groups = fill_groups(drawing)
    for index, layer in enumerate(drawing.layers):
        for group in groups:
            if drawing.layer[group[0]] == index:
                cover = np.zeros(picture.shape[:2], np.uint8)
                rings = [placed[drawing.span(int(stroke))] for stroke in group]
                cv2.fillPoly(cover, rings, (255,), cv2.LINE_AA, _SUBPIXEL)
                _lay(picture, cover, np.array(paint_of(drawing, group).seen), layer.opacity)
        _lay_lines(picture, drawing, lines, index, shown)
    return _to_srgb(picture)


def _lay_lines(picture: NDArray[np.float32], drawing: Strokes, lines: Lines, layer: int, view: View) -> None:
    """The lines of one layer, each colour at once."""
    if not len(lines.pieces):
        return
    stroke = drawing.stroke_of_point()[lines.pieces[:, 0]]
    own = drawing.colour[lines.pieces[:, 0]].astype(np.float64)
    base = np.array([material.line for material in drawing.materials])[drawing.material[stroke]]
    seen = np.concatenate([base[:, :3] * (1 - own[:, 3:]) + own[:, :3] * own[:, 3:], base[:, 3:]], 1)
    seen[:, 3] *= drawing.opacity[lines.pieces[:, 0]]
    mine = drawing.layer[stroke] == layer
    colours, number = np.unique(np.round(seen, 2), axis=0, return_inverse=True)
    for k in np.unique(number.ravel()[mine]).tolist():
        part = Lines(lines.points, lines.radius, lines.pieces[mine & (number.ravel() == k)])
        _lay(picture, draw_lines(part, view), colours[k], drawing.layers[layer].opacity)


def _lay(picture: NDArray[np.float32], cover: NDArray[np.uint8], colour: Floats, opacity: float) -> None:
    """One colour (linear RGBA, straight) over the picture where ``cover`` (255 = all)."""
    alpha = cover.astype(np.float32)[..., None] * np.float32(np.clip(colour[3], 0, 1) * opacity / 255)
    solid = np.append(np.clip(colour[:3], 0, 1), 1).astype(np.float32)
    picture *= 1 - alpha
    picture += alpha * solid


def _to_srgb(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    alpha = picture[..., 3:]
    srgb = from_linear(picture[..., :3] / np.maximum(alpha, 1e-6))
    return np.asarray(np.rint(np.clip(np.concatenate([srgb, alpha], -1), 0, 1) * 255), np.uint8)
