"""Areas of a picture as filled strokes: the tones of a shaded picture."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ...values import StrokeLayer, StrokeMaterial, Strokes, StrokeView
from ...values.srgb import to_linear
from ..strips import Check, never_stop
from ._outlines import outlines
from ._strokes import UPRIGHT, placed

_LINE = 0.3  # of a colour's lightness, by which a line on it is darker at least

Points = npt.NDArray[np.float64]


def fills_of(
    labels: npt.NDArray[np.int32],
    pixels: npt.NDArray[np.uint8],
    wanted: npt.NDArray[np.bool_],
    view: StrokeView,
    *,
    layer: str,
    name: str = "",
    check: Check = never_stop,
) -> Strokes:
    """Areas of a picture as fills in the plane of a front view.

    labels: (H, W) int32 areas, 0 none. pixels: (H, W, 3 or 4) uint8; each area is filled with its commonest colour.
    wanted: (n + 1,) by label. Fills reach half a pixel beyond their area, so that no crack stays between two, and
    leave out what is much darker in it: the drawing's lines, which may lie below them.
    """
    rings: list[tuple[Points, int, int]] = []  # outline, fill, material
    colours: dict[int, int] = {}
    count = 0
    around = np.ones((3, 3), np.uint8)
    for label, box in enumerate(ndimage.find_objects(labels), 1):
        if box is None or not wanted[label]:
            continue
        check()
        mask = np.pad((labels[box] == label).astype(np.uint8), 2)
        inside = pixels[box][mask[2:-2, 2:-2] > 0].astype(np.int64)
        codes, times = np.unique((inside[:, 0] << 16) | (inside[:, 1] << 8) | inside[:, 2], return_counts=True)
        commonest = int(codes[times.argmax()])
        material = colours.setdefault(commonest, len(colours))
        mask[2:-2, 2:-2] &= _as_light(pixels[box], commonest)
        shift = np.array([box[1].start - 2, box[0].start - 2], np.float64)
        for area in outlines(np.asarray(cv2.dilate(mask, around), np.uint8)):
            count += 1
            rings += [(ring + shift, count, material) for ring in area]
    counts = np.array([len(ring) for ring, _, _ in rings], np.int64)
    many, total = len(rings), int(counts.sum())
    return Strokes(
        points=placed(np.concatenate([np.zeros((0, 2)), *(ring for ring, _, _ in rings)]), view, UPRIGHT),
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        radius=np.full(total, 0.5 / view.scale, np.float32),
        opacity=np.ones(total, np.float32),
        colour=np.zeros((total, 4), np.float32),
        material=np.array([material for _, _, material in rings], np.int32),
        layer=np.zeros(many, np.int32),
        cyclic=np.ones(many, np.bool_),
        fill=np.array([fill for _, fill, _ in rings], np.int32),
        fill_colour=np.zeros((many, 4), np.float32),
        hide_line=np.ones(many, np.bool_),
        materials=tuple(_paint(code) for code in colours) or (_paint(0),),
        layers=(StrokeLayer(layer),),
        plane=UPRIGHT,
        name=name,
        view=view,
    )


def _as_light(pixels: npt.NDArray[np.uint8], code: int) -> npt.NDArray[np.uint8]:
    """(h, w) 0/1: where pixels are not much darker than a colour, lone ones left to it."""
    rgb = np.array([code >> 16, code >> 8 & 255, code & 255], np.int16)
    darker = (rgb.astype(np.float32).mean() - pixels[..., :3].mean(2)) > max(_LINE * float(rgb.mean()), 6.0)
    return np.asarray(1 - cv2.medianBlur(darker.astype(np.uint8), 3), np.uint8)


def _paint(code: int) -> StrokeMaterial:
    rgb = np.array([code >> 16, code >> 8 & 255, code & 255])
    red, green, blue = (float(part) for part in to_linear(rgb / 255))
    return StrokeMaterial(f"Shade #{code:06x}", fill=(red, green, blue, 1.0), show_line=False, show_fill=True)
