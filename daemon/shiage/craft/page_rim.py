"""Where a drawing runs off its sheet: what the sheet's edge closes stays closed when all around it becomes paper."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

_STEP = 0.5  # pixels of the copy between the places on the rim that are looked at, along it and into the sheet
_DEPTH = 6  # such places into the sheet
_INKED = 28.0  # levels by which the darkest of these differs from the paper where a line crosses the rim
_JOINED = 5  # places: lines no further apart are one, and a wall reaches so far into the lines at its ends
_STRAY = 0.03  # of the copy's diagonal by which a sheet's outline strays from the polygon of its corners
_BORDER = 3.0  # pixels of the copy: nearer to the picture's border the picture itself ends

Places = npt.NDArray[np.float32]
"""(n, 2) x, y in pixels of the copy."""


class Walls(NamedTuple):
    """Lines along the sheet's edge, (n, 2) x, y in pixels of the picture. tone: red, green, blue in its own units."""

    lines: list[npt.NDArray[np.float64]]
    tone: tuple[float, float, float]


def walls_of(pixels: Samples, sheet: npt.NDArray[np.bool_], paper: Floats) -> Walls:
    """The parts of a sheet's edge that close what runs off it, of (H, W, 3 or 4) pixels.

    sheet: (h, w), a small copy of where the sheet lies; paper: (h, w, 3), its tone there, 0..255. Lines that cross the
    rim divide it. Its longest stretch without one, and each that has a corner of the sheet in it, is paper around the
    drawing, as it is where a drawing runs off a picture; every other stretch lies within the drawing.
    """
    rim, corner = _along(sheet)
    unit = 257.0 if pixels.dtype == np.uint16 else 1.0
    seen = _darkest(pixels, sheet, rim) / unit
    at = np.rint(rim).astype(int)
    ink = (paper[at[:, 1], at[:, 0]] - seen).mean(1) > _INKED
    ink = _closed(ink)
    if ink.sum() == 0 or ink.all():
        return Walls([], (0.0, 0.0, 0.0))
    tone = np.median(seen[ink], axis=0) * unit
    first = _middle_of_longest(~ink)
    ink, corner, rim = np.roll(ink, -first), np.roll(corner, -first), np.roll(rim, -first, axis=0)
    size = np.array(pixels.shape[1::-1]) / np.array(sheet.shape[1::-1])
    far = np.array(sheet.shape[1::-1]) - 1 - _BORDER
    lines = []
    steps = np.flatnonzero(np.diff(ink.astype(np.int8)))
    for begin, end in zip(steps[1::2], steps[2::2], strict=False):  # behind one line, before the next
        here = rim[max(0, begin - _JOINED) : end + 1 + _JOINED]
        if corner[begin : end + 1].any() or ((here < _BORDER) | (here > far)).any():
            continue
        lines.append((here.astype(np.float64) + 0.5) * size - 0.5)
    return Walls(lines, (float(tone[0]), float(tone[1]), float(tone[2])))


def _along(sheet: npt.NDArray[np.bool_]) -> tuple[Places, npt.NDArray[np.bool_]]:
    """Places along the sheet's edge at even steps, and which of them are corners."""
    outlines, _ = cv2.findContours(sheet.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)
    polygon = cv2.approxPolyDP(outline, _STRAY * float(np.hypot(*sheet.shape)), True).reshape(-1, 2)
    points = outline.reshape(-1, 2).astype(np.float64)
    calm = np.mean([np.roll(points, by, axis=0) for by in range(-2, 3)], axis=0)
    lengths = np.linalg.norm(np.diff(calm, axis=0, append=calm[:1]), axis=1)
    whole = np.concatenate([[0.0], np.cumsum(lengths)])
    steps = np.arange(0, whole[-1], _STEP)
    ring = np.concatenate([calm, calm[:1]])
    rim = np.stack([np.interp(steps, whole, ring[:, k]) for k in (0, 1)], axis=1).astype(np.float32)
    corner = np.zeros(len(rim), np.bool_)
    for point in polygon:
        corner[int(np.argmin(((rim - point) ** 2).sum(1)))] = True
    return rim, corner


def _darkest(pixels: Samples, sheet: npt.NDArray[np.bool_], rim: Places) -> Floats:
    """(n, 3) the darkest that lies at each place of the rim, or straight behind it within the sheet."""
    along = np.roll(rim, -2, axis=0) - np.roll(rim, 2, axis=0)
    inward = np.stack([-along[:, 1], along[:, 0]], 1) / np.maximum(np.linalg.norm(along, axis=1), 1e-6)[:, None]
    # The outline's area has a sign: the way round in which it was walked.
    turns = float(np.sum(rim[:, 0] * np.roll(rim[:, 1], -1) - np.roll(rim[:, 0], -1) * rim[:, 1]))
    inward *= 1.0 if turns > 0 else -1.0
    size = np.array(pixels.shape[1::-1], np.float32) / np.array(sheet.shape[1::-1], np.float32)
    depth = _STEP * np.arange(_DEPTH, dtype=np.float32)[:, None, None]
    at = ((rim[None] + depth * inward[None] + 0.5) * size - 0.5).astype(np.float32)
    x, y = np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1])
    seen = cv2.remap(pixels, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[..., :3].astype(np.float32)
    return np.asarray(np.take_along_axis(seen, seen.mean(2).argmin(0)[None, :, None], 0)[0], np.float32)


def _closed(ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """A ring of places, lines that lie close together as one."""
    thrice = np.tile(ink.astype(np.uint8), 3)[None]
    closed = cv2.morphologyEx(thrice, cv2.MORPH_CLOSE, np.ones((1, 2 * (_JOINED // 2) + 1), np.uint8))
    return np.asarray(closed[0, len(ink) : 2 * len(ink)] > 0, np.bool_)


def _middle_of_longest(bare: npt.NDArray[np.bool_]) -> int:
    """The place in the middle of a ring's longest run."""
    count = len(bare)
    start = int(np.argmin(bare))
    turned = np.roll(bare, -start)
    edges = np.flatnonzero(np.diff(turned.astype(np.int8), append=np.int8(0)))
    runs = [(int(b) - int(a), (int(a) + int(b)) // 2) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return (start + max(runs)[1] + 1) % count
