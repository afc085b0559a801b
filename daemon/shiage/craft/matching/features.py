"""How well each region of a sketch resembles each colour area of one design: plain measurements, no weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shiage.craft.matching.alignment import Alignment
from shiage.craft.matching.shapes import Shapes
from shiage.craft.parts import PARTS, SKIN

Floats = NDArray[np.float64]

NAMES = (
    "under", "under_near", "under_wide", "log_under_near", "log_under_wide", "covers", "log_covers",
    "by_row", "log_by_row", "row_share", "log_row_share",
    "same_rows", "middle_off", "top_off", "bottom_off", "size_off", "rim", "log_rim", "contact_off", "aside_off",
    "enclosed_off", "fill_off", "upright_off", "round_off", "area", "hole", "hole_size", "hole_contact",
    "inked", "inked_size", "part", "log_part", "part_or_skin", "log_part_or_skin", "paper",
)  # fmt: skip

# What can be said of "paper shows here", column 0, which has no shape of its own.
_OF_PAPER = ("under", "under_near", "under_wide", "log_under_near", "log_under_wide", "covers", "log_covers", "by_row",
             "log_by_row", "hole", "hole_size", "part", "log_part", "part_or_skin", "log_part_or_skin",
             "paper")  # fmt: skip
_QUARTER_TURN = 0.5  # of log breadth: what lies between a standing figure's front and its side
_OTHER_VIEW, _SAME_VIEW = 0.45, 0.65  # alignment agreements: at most, at least


def same_view(agreement: float) -> float:
    """0 where two drawings show different views, 1 where they show the same, from their alignment's agreement."""
    return float(np.clip((agreement - _OTHER_VIEW) / (_SAME_VIEW - _OTHER_VIEW), 0, 1))


def measure_pairs(
    sketch: Shapes, design: Shapes, holes: NDArray[np.bool_], inked: NDArray[np.bool_], placed: Alignment
) -> Floats:
    """Features of every (region, area): float64 (regions + 1, areas + 1, len(NAMES)); row and column 0 are unused."""
    under = _under(sketch, design, placed, 0.0)
    near = _under(sketch, design, placed, 0.008)
    wide = _under(sketch, design, placed, 0.03)
    covers = _covers(sketch, design, placed)
    by_row = _by_row(sketch, design)
    width = np.maximum((design.rows * design.size[:, None]).sum(axis=0), 1e-9)
    row_share = sketch.rows @ _soft(design.rows * design.size[:, None] / width).T
    own_rim = design.rim * _rim_length(design)[:, None]
    rim = sketch.rim @ _soft(own_rim / np.maximum(own_rim.sum(axis=0), 1e-9)).T
    rim = np.where((sketch.contact > 0.01)[:, None], rim, row_share)
    part, part_or_skin = (
        _same_part(sketch.parts, design.parts),
        _same_part(_one_skin(sketch.parts), _one_skin(design.parts)),
    )
    paper = np.arange(design.count + 1) == 0
    hole = np.broadcast_to((holes | paper).astype(np.float64), under.shape)
    columns = [
        under, near, wide, _log(near), _log(wide), covers, _log(covers),
        by_row, _log(by_row), row_share, _log(row_share),
        np.minimum(sketch.rows[:, None], _soft(design.rows)[None]).sum(axis=2),
        _off(sketch.middle, design.middle), _off(sketch.top, design.top), _off(sketch.bottom, design.bottom),
        np.minimum(_off(np.log(sketch.size), np.log(design.size)), 5) / 2,
        rim, _log(rim), _off(sketch.contact, design.contact), _off(sketch.aside, design.aside),
        _off(sketch.enclosed, design.enclosed), _off(sketch.fill, design.fill),
        np.minimum(_off(sketch.upright, design.upright), 2), _off(sketch.round, design.round),
        np.broadcast_to(np.log(design.size) / 4, under.shape),
        hole, hole * np.log(sketch.size)[:, None] / 4, hole * sketch.contact[:, None],
        np.broadcast_to(inked.astype(np.float64), under.shape),
        np.broadcast_to(inked * np.log(design.size) / 4, under.shape),
        part, _log(part), part_or_skin, _log(part_or_skin),
        np.broadcast_to(paper.astype(np.float64), under.shape),
    ]  # fmt: skip
    measured = np.nan_to_num(np.stack(columns, axis=-1))
    measured[:, 0, [name not in _OF_PAPER for name in NAMES]] = 0
    return np.asarray(measured, np.float64)


def turn(sketch: Shapes, design: Shapes) -> float:
    """0 where two figures are equally broad, as front and back are, to 1 where one is seen from the side."""
    broad = [shapes.frame.width / shapes.frame.height for shapes in (sketch, design)]
    return float(np.clip(abs(np.log(broad[0] / broad[1])) / _QUARTER_TURN, 0, 1))


def _under(sketch: Shapes, design: Shapes, placed: Alignment, reach: float) -> Floats:
    """Share of each region's samples that land on each area, looked up within `reach` figure heights."""
    there = placed.to_design(sketch.points)
    votes = np.zeros((sketch.count + 1, design.count + 1))
    for dx, dy in _ring(reach * design.frame.height):
        votes += _vote(there + np.array([dx, dy]), design)
    return _shares(votes)


def _ring(radius: float) -> list[tuple[float, float]]:
    if radius == 0:
        return [(0.0, 0.0)]
    turns = np.arange(8) * np.pi / 4
    outer = [(radius * np.cos(t), radius * np.sin(t)) for t in turns]
    return [(0.0, 0.0), *((x / 2, y / 2) for x, y in outer), *outer]


def _vote(there: Floats, design: Shapes) -> Floats:
    regions = len(there)
    height, width = design.labels.shape
    x, y = np.nan_to_num(there[..., 0], nan=-1), np.nan_to_num(there[..., 1], nan=-1)
    xi, yi = np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)
    inside = (xi >= 0) & (yi >= 0) & (xi < width) & (yi < height)
    hit = np.where(inside, design.labels[np.clip(yi, 0, height - 1), np.clip(xi, 0, width - 1)], 0)
    n = design.count + 1
    key = np.arange(regions)[:, None] * n + hit
    return np.bincount(key.ravel(), minlength=regions * n).reshape(regions, n).astype(np.float64)


def _covers(sketch: Shapes, design: Shapes, placed: Alignment) -> Floats:
    """Share of each area's samples that fall into each region."""
    votes = _vote(placed.to_sketch(design.points), sketch)
    return _shares(votes).T


def _by_row(sketch: Shapes, design: Shapes) -> Floats:
    """Like `_under`, each row stretched from outline to outline, looked up straight and mirrored."""
    a, b = sketch.frame, design.frame
    x, y = sketch.points[..., 0], sketch.points[..., 1]
    row = np.clip(np.nan_to_num(y - a.top), 0, a.height - 1).astype(np.int64)
    across = (x + 0.5 - a.row_left[row]) / np.maximum(a.row_right[row] - a.row_left[row], 1)
    level = (y - a.top) / a.height
    votes = np.zeros((sketch.count + 1, design.count + 1))
    for drop in (-0.015, 0, 0.015):
        other = np.clip(np.nan_to_num((level + drop) * b.height), 0, b.height - 1).astype(np.int64)
        left, wide = b.row_left[other], b.row_right[other] - b.row_left[other]
        for at in (across, 1 - across):
            votes += _vote(np.stack([left + at * wide - 0.5, other + b.top + 0.0], axis=-1), design)
    return _shares(votes)


def _rim_length(shapes: Shapes) -> Floats:
    """Each area's length of contact with the background, in units that compare within one drawing."""
    return np.asarray(shapes.contact * np.sqrt(shapes.size / np.maximum(shapes.round, 1e-3)), np.float64)


def _shares(votes: Floats) -> Floats:
    """Each row divided by its sum."""
    return np.asarray(votes / np.maximum(votes.sum(axis=1, keepdims=True), 1e-9), np.float64)


def _same_part(a: Floats, b: Floats) -> Floats:
    """How well the guesses agree (Bhattacharyya's coefficient): 1 where they are equal, 0 where they exclude each
    other.
    """
    return np.asarray(np.sqrt(a) @ np.sqrt(b).T, np.float64)


def _one_skin(parts: Floats) -> Floats:
    """All bare parts taken for one, since they have one colour."""
    bare = np.isin(PARTS, SKIN)
    return np.column_stack([parts[:, ~bare], parts[:, bare].sum(axis=1)])


def _soft(rows: Floats) -> Floats:
    """Blurred over one band up and down."""
    padded = np.pad(rows, ((0, 0), (1, 1)), mode="edge")
    return np.asarray((padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4, np.float64)


def _log(share: Floats) -> Floats:
    return np.asarray(np.log(share + 0.02) / 4, np.float64)


def _off(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.abs(a[:, None] - b[None, :]), np.float64)
