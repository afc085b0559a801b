"""A design's colour areas: found by its own lines and edges, shade and light folded into the base colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shiage.craft.design.colour import difference, to_lab
from shiage.craft.design.figure import paper_of
from shiage.craft.design.shading import fold_shading, in_ink
from shiage.craft.design.tones import tone_areas
from shiage.craft.strips import Check, never_stop

WORKING_HEIGHT = 1024  # pixels; larger designs are read at this height: areas, not lines, are wanted
TONE_STEP = 3.0  # CIE76 from pixel to pixel: above the grain of paint and of JPEG, below the edge of a cel shade
LINE_DEPTH = 12.0  # L* by which a line is darker than both its sides
LINE_WIDTH = 0.008  # of the picture's height: nothing wider counts as a line
THICK = 1.7  # times the usual half width of a line: thicker dark strokes are areas
MOST = 300  # areas of one design; a busier painting loses its smallest ones
SMALLEST = 1.2e-5  # of the picture's pixels: a design's smallest area (a glint in an eye is below it)


@dataclass(frozen=True)
class ColourAreas:
    """What a design is painted in.

    labels: int32 (H, W), 0 background, 1..n areas, grown over the lines between them; at the working size.
    drawn: bool (H, W), false on lines and on specks: the pixels the colours were measured on.
    colours: uint8 (n + 1, 3), each area's base colour (row 0 is not used).
    holes: bool (n + 1,), areas where the paper shows through.
    inked: bool (n + 1,), areas in the colour of the lines: black hair, or the thick of a line.
    """

    labels: NDArray[np.int32]
    drawn: NDArray[np.bool_]
    colours: NDArray[np.uint8]
    holes: NDArray[np.bool_]
    inked: NDArray[np.bool_]

    @property
    def count(self) -> int:
        return len(self.colours) - 1


def read_design(rgba: NDArray[np.uint8], check: Check = never_stop) -> ColourAreas:
    """Segment a coloured drawing, uint8 (H, W, 4), into its colour areas."""
    rgba = to_working_size(rgba)
    background, paper = paper_of(rgba)
    rgb = cv2.bilateralFilter(np.ascontiguousarray(rgba[..., :3]), 5, 14, 2)
    lab = to_lab(np.asarray(rgb, np.uint8))
    lines = line_mask(lab[..., 0])
    check()
    tones = tone_areas(lab, ~lines & ~background, TONE_STEP)
    tones = _drop_specks(tones, max(6, round(SMALLEST * tones.size)))
    check()
    grown = grow(tones, ~background)
    colours = area_medians(rgba[..., :3], tones)
    ink = _ink(lab, lines)
    check()
    base = fold_shading(grown, lines, colours, in_ink(colours, ink))
    labels, drawn_labels = _renumber(base[grown]), _renumber(base[tones], base[grown])
    colours = _dominant(colours, np.bincount(tones.ravel(), minlength=len(colours)), base)
    holes = _paper_holes(labels, colours, paper, background)
    return ColourAreas(labels, drawn_labels > 0, colours, holes, in_ink(colours, ink))


def line_mask(light: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Thin strokes darker than what lies on both sides of them; `light` is L* (H, W).

    What is much thicker than the drawing's usual line (a brow, a lash, a pupil) is a painted area, not a line.
    """
    size = max(5, round(LINE_WIDTH * light.shape[0]) | 1)
    dark = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, _ball(size)) > LINE_DEPTH
    depth = cv2.distanceTransform(dark.astype(np.uint8), cv2.DIST_L2, 3)
    ridge = depth[(depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8))) & (depth > 0)]
    if not len(ridge):
        return np.asarray(dark, np.bool_)
    thick = max(2.0, THICK * float(np.median(ridge)))
    solid = cv2.dilate((depth > thick).astype(np.uint8), _ball(2 * round(thick) - 1)).astype(bool)
    return np.asarray(dark & ~solid, np.bool_)


def _ball(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def grow(labels: NDArray[np.int32], into: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Give each pixel of `into` that has no label its nearest label."""
    if not labels.any():
        return labels
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    seeds = labels > 0
    of_seed = np.zeros(int(nearest.max()) + 1, np.int32)
    of_seed[nearest[seeds]] = labels[seeds]
    return np.where(into, of_seed[nearest], 0).astype(np.int32)


def area_medians(rgb: NDArray[np.uint8], labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    """The median colour of each label, uint8 (n + 1, 3)."""
    order = np.argsort(labels, axis=None, kind="stable")
    counts = np.bincount(labels.ravel())
    pixels = rgb.reshape(-1, 3)[order]
    ends = np.cumsum(counts)
    out = np.zeros((len(counts), 3), np.uint8)
    for label in range(1, len(counts)):
        if counts[label]:
            out[label] = np.median(pixels[ends[label] - counts[label] : ends[label]], axis=0)
    return out


def _ink(lab: NDArray[np.float32], lines: NDArray[np.bool_]) -> NDArray[np.float32] | None:
    """The colour of the drawing's lines, CIELAB: the darker half of them, for the rest is their soft edge."""
    found = lab[lines]
    if len(found) < 100:
        return None
    return np.asarray(np.median(found[found[:, 0] <= np.median(found[:, 0])], axis=0), np.float32)


def to_working_size(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture itself, or shrunk to the size that designs are read at."""
    height, width = rgba.shape[:2]
    scale = WORKING_HEIGHT / max(height, width)
    if scale >= 1:
        return rgba
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgba, size, interpolation=cv2.INTER_AREA), np.uint8)


def _drop_specks(labels: NDArray[np.int32], smallest: int) -> NDArray[np.int32]:
    """Keep the areas of at least `smallest` pixels, and of those the MOST largest."""
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    keep = sizes >= smallest
    keep[np.argsort(-sizes, kind="stable")[MOST:]] = False
    names = np.zeros(len(keep), np.int32)
    names[keep] = np.arange(1, int(keep.sum()) + 1)
    return names[labels]


def _renumber(labels: NDArray[np.int32], like: NDArray[np.int32] | None = None) -> NDArray[np.int32]:
    used = np.unique(labels if like is None else like)
    used = used[used > 0]
    names = np.zeros(int(used.max(initial=0)) + 1, np.int32)
    names[used] = np.arange(1, len(used) + 1)
    return names[labels]


def _dominant(colours: NDArray[np.uint8], sizes: NDArray[np.int64], base: NDArray[np.int32]) -> NDArray[np.uint8]:
    """The colour of the largest tone in each base group, in the order of the group's numbers."""
    groups = np.unique(base[1:])
    out = np.zeros((len(groups) + 1, 3), np.uint8)
    for row, group in enumerate(groups, 1):
        members = np.flatnonzero(base == group)
        members = members[members > 0]
        out[row] = colours[members[np.argmax(sizes[members])]]
    return out


def _paper_holes(
    labels: NDArray[np.int32],
    colours: NDArray[np.uint8],
    paper: NDArray[np.float32] | None,
    background: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Areas in the paper's colour that only a line parts from the background."""
    holes = np.zeros(len(colours), bool)
    if paper is None:
        return holes
    alike = difference(to_lab(colours), paper) < 2
    beside = np.unique(labels[cv2.dilate(background.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)])
    holes[beside] = alike[beside]
    holes[0] = False
    return holes
