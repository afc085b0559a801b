"""Exact optical flow between two frames of the same actors, from the shapes' own coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from . import raster
from .frame import Frame

N = TypeVar("N", np.uint8, np.float32)


@dataclass(slots=True)
class Flow:
    """Where each pixel of one frame went in the other.

    vector: (h, w, 2) float32 px (x, y), 0 where not valid. valid: (h, w) bool, the shape is drawn in the other frame
    (the background is valid and does not move). visible: (h, w) bool, valid and not covered there, nor off the paper.
    """

    vector: NDArray[np.float32]
    valid: NDArray[np.bool_]
    visible: NDArray[np.bool_]


def flow(a: Frame, b: Frame) -> Flow:
    """Flow from a to b. Line pixels move with the line, areas with their shape. Raises ValueError for unlike sizes."""
    if a.ids.shape != b.ids.shape:
        raise ValueError(f"frames have sizes {a.ids.shape} and {b.ids.shape}")
    h, w = a.ids.shape
    ga, gb = a.geometry, b.geometry
    index_b = {int(u): i for i, u in enumerate(gb.shape_uid)}
    to_b = np.array([index_b.get(int(u), -1) for u in ga.shape_uid], dtype=np.int64)
    for i, q in enumerate(to_b):
        same = (
            q >= 0
            and (ga.grid_at[i, 1] - ga.grid_at[i, 0] == gb.grid_at[q, 1] - gb.grid_at[q, 0])
            and ga.grid_at[i, 2] == gb.grid_at[q, 2]
        )
        to_b[i] = q if same else -1
    stroke_b = {k: i for i, k in enumerate(gb.stroke_key)}
    line_b = np.array([stroke_b.get(k, -1) for k in ga.stroke_key], dtype=np.int64)
    out = np.zeros((h, w, 2), np.float32)
    valid = a.ids < 0
    raster.grid_places(a.ids, a.uv, ga.grid, ga.grid_at, gb.grid, gb.grid_at, to_b, out, valid)
    on_line = (a.cover >= 128) & (a.line >= 0)
    raster.line_places(a.line, a.param, on_line, ga.vertex, ga.vertex_at, gb.vertex, gb.vertex_at, line_b, out, valid)
    out[~valid] = 0
    return Flow(out, valid, valid & _seen(a, b, out, to_b, line_b, on_line))


def _seen(
    a: Frame,
    b: Frame,
    vector: NDArray[np.float32],
    to_b: NDArray[np.int64],
    line_b: NDArray[np.int64],
    on_line: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Pixels that are on top in b, within a pixel of where they went."""
    h, w = a.ids.shape
    y, x = np.mgrid[0:h, 0:w]
    tx, ty = np.rint(x + vector[..., 0]).astype(int), np.rint(y + vector[..., 1]).astype(int)
    inside = (tx >= 0) & (ty >= 0) & (tx < w) & (ty < h)
    want = np.append(to_b, -1)[a.ids]
    want_line = np.append(line_b, -1)[a.line]
    seen = np.zeros((h, w), bool)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            yy, xx = np.clip(ty + dy, 0, h - 1), np.clip(tx + dx, 0, w - 1)
            if dx == dy == 0:
                near = np.abs(b.uv[yy, xx] - a.uv).max(axis=-1) < 1.5
                seen |= ~on_line & (b.ids[yy, xx] == want) & (near | (want < 0))
            seen |= on_line & (want_line >= 0) & (b.line[yy, xx] == want_line) & (b.cover[yy, xx] > 60)
    return np.asarray(seen & inside)


def warp(image: NDArray[N], vector: NDArray[np.float32]) -> NDArray[N]:
    """image sampled at x + vector (bilinear), same dtype: brings a frame's picture to where the flow starts."""
    import cv2

    h, w = vector.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    away = x + vector[..., 0], y + vector[..., 1]
    return np.asarray(cv2.remap(image, *away, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), image.dtype)
