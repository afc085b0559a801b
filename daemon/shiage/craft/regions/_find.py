"""From ink to regions."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.ink import Ink, PixelArray, read_ink
from shiage.craft.regions._background import find_background
from shiage.craft.regions._bridges import find_bridges
from shiage.craft.regions._fill import borders, fill_rest, fill_under_lines, measure, renumber
from shiage.craft.regions._map import RegionMap
from shiage.craft.regions._merge import Groups, inner_radius, loose_ends, sides
from shiage.craft.regions._nearest import line_width, nearest_paper
from shiage.craft.regions._runs import IntArray, Runs, ink_runs
from shiage.craft.regions._solids import label_solids
from shiage.craft.regions._tips import find_tips
from shiage.craft.strips import Check, Progress, never_stop, no_progress, over_strips, strips


def find_regions(
    pixels: PixelArray, gap: float | None = None, check: Check = never_stop, progress: Progress = no_progress
) -> RegionMap:
    """Divide a drawing into closed regions, telling apart what a gap of at most `gap` pixels in a line would join.

    pixels: (H, W) grey, or (H, W, C) grey + alpha, RGB or RGBA; uint8 or uint16; lines on any paper or on transparency.
    gap: pixels of the drawing, 0 = lines as they are, None = from the drawing's line width.
    check: called every few tens of milliseconds; raises to stop. progress: called with the share done and the stage.
    Raises UnreadableDrawing for an empty picture or one without lines.
    """
    progress(0.0, "reading the lines")
    return regions_of_ink(read_ink(pixels, check), gap, check, progress)


def default_gap(width: float, shape: tuple[int, int]) -> float:
    """The gap closed unless told otherwise: three lines wide, and more where thin lines draw a big picture."""
    return round(max(3.0 * width, 0.005 * float(np.hypot(*shape))), 1)


def regions_of_ink(
    ink: Ink, gap: float | None = None, check: Check = never_stop, progress: Progress = no_progress
) -> RegionMap:
    """As `find_regions`, for a drawing whose ink is already told from its paper."""
    lines = ink.lines
    height, width = shape = (lines.shape[0], lines.shape[1])
    runs = ink_runs(lines)
    offsets = nearest_paper(runs, shape)
    check()
    stroke = line_width(runs, offsets)
    gap = default_gap(stroke, shape) if gap is None else float(gap)
    progress(0.3, "closing gaps")

    bridges = find_bridges(lines, find_tips(lines, stroke), gap, stroke) if gap > 0 else None
    check()
    walls = lines
    if bridges is not None and len(bridges):
        walls = lines.copy()
        for x0, y0, x1, y1 in bridges.ends.tolist():
            cv2.line(walls, (x0, y0), (x1, y1), 1, 1, cv2.LINE_8)
    progress(0.4, "finding regions")
    count, labels = _label_paper(walls)
    check()

    groups = Groups(list(range(count)))
    beside = np.zeros((0, 2), np.int32)
    if bridges is not None and len(bridges):
        beside = sides(labels, bridges)
        loose_ends(bridges, beside, inner_radius(walls, labels, count - 1), groups)
        check()
        _label_seams(labels, walls, lines)
    total = label_solids(labels, lines, runs, offsets, stroke, count)
    groups.parent.extend(range(count, total))
    progress(0.6, "filling under the lines")

    def fill(top: int, bottom: int) -> None:
        fill_under_lines(runs.first, runs.end, runs.rows, offsets, labels, top, bottom)

    over_strips(fill, height, width, check)
    _label_rest(labels, runs)
    del offsets
    check()
    keys, edges = borders(runs.first, runs.end, runs.rows, labels)
    check()
    facts = _facts(labels, total, check)
    progress(0.8, "numbering")
    _absorb_specks(groups, facts[:, 0], keys, edges, stroke)
    numbers, facts, lead = _number(groups, facts)

    def write(top: int, bottom: int) -> None:
        renumber(labels, numbers, top, bottom)

    over_strips(write, height, width, check)
    solid = lead >= count
    box = facts[:, 1:5].astype(np.int32)
    box[:, 2:] += 1
    result = RegionMap(
        labels=labels,
        area=facts[:, 0].copy(),
        box=box,
        inner=facts[:, 6:8].astype(np.int32),
        background=find_background(labels, facts[:, 0], solid),
        solid=solid,
        neighbours=_pairs(numbers[keys >> 32], numbers[keys & 0xFFFFFFFF], edges, np.add),
        openings=_openings(numbers, beside, bridges.lengths if bridges is not None else np.zeros(0, np.float32)),
        line_width=stroke,
        gap=gap,
    )
    progress(1.0, "done")
    return result


def _label_paper(walls: npt.NDArray[np.uint8]) -> tuple[int, IntArray]:
    """Connected pieces of free paper: how many labels (0 included) and the label map."""
    free = cv2.compare(walls, 0, cv2.CMP_EQ)
    count, labels = cv2.connectedComponents(free, connectivity=4, ltype=cv2.CV_32S)
    return int(count), np.asarray(labels, np.int32)


def _label_seams(labels: IntArray, walls: npt.NDArray[np.uint8], lines: npt.NDArray[np.uint8]) -> None:
    """Give the pixels of the bridges themselves, which are paper, to a region beside them."""
    ys, xs = np.nonzero(cv2.compare(walls, lines, cv2.CMP_NE))
    fill_rest(labels, ys.astype(np.int32), xs.astype(np.int32))


def _label_rest(labels: IntArray, runs: Runs) -> None:
    if labels.min() > 0:
        return
    ys, xs = np.nonzero(labels == 0)
    left = fill_rest(labels, ys.astype(np.int32), xs.astype(np.int32))
    if left:
        raise AssertionError(f"{left} pixels were left without a region")


def _facts(labels: IntArray, total: int, check: Check) -> npt.NDArray[np.int64]:
    height, width = labels.shape
    blank = np.zeros((total, 8), np.int64)
    blank[:, 1:3] = np.iinfo(np.int64).max
    blank[:, 3:5] = -1
    parts = {top: blank.copy() for top, _ in strips(height, width)}

    def count(top: int, bottom: int) -> None:
        measure(labels, top, bottom, parts[top])

    over_strips(count, height, width, check)
    whole = blank
    for part in parts.values():
        whole = _combine(whole, part)
    return whole


def _combine(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    both = np.empty_like(a)
    both[:, 0] = a[:, 0] + b[:, 0]
    both[:, 1:3] = np.minimum(a[:, 1:3], b[:, 1:3])
    both[:, 3:5] = np.maximum(a[:, 3:5], b[:, 3:5])
    both[:, 5:] = np.where((a[:, 5] >= b[:, 5])[:, None], a[:, 5:], b[:, 5:])
    return both


def _absorb_specks(
    groups: Groups,
    area: npt.NDArray[np.int64],
    keys: npt.NDArray[np.int64],
    edges: npt.NDArray[np.int64],
    stroke: float,
) -> None:
    """Join pinholes in the ink, no larger than the line is wide, to the region they share most border with."""
    small = np.zeros(len(area), np.bool_)
    table = groups.table()
    total = np.bincount(table, area.astype(np.float64), len(area))
    small[1:] = total[table[1:]] <= 1.5 * (stroke + 1) ** 2
    for i in np.argsort(-edges, kind="stable"):
        a, b = int(keys[i] >> 32), int(keys[i] & 0xFFFFFFFF)
        if small[a] != small[b]:
            groups.join(a, b)
            small[a] = small[b] = False


def _number(
    groups: Groups, facts: npt.NDArray[np.int64]
) -> tuple[IntArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Final number of each label, the facts by final number, and the first label of each."""
    table = groups.table()
    merged = facts.copy()
    for label in np.flatnonzero(table != np.arange(len(table))).tolist():
        lead = table[label]
        merged[lead] = _combine(merged[lead : lead + 1], facts[label : label + 1])[0]
    leads = np.flatnonzero((table == np.arange(len(table))) & (merged[:, 0] > 0))
    leads = leads[np.lexsort((merged[leads, 6], merged[leads, 7], merged[leads, 1], merged[leads, 2]))]
    numbers = np.zeros(len(table), np.int32)
    numbers[leads] = np.arange(1, len(leads) + 1)
    return numbers[table], merged[leads], leads


def _pairs(
    a: npt.NDArray[np.int32], b: npt.NDArray[np.int32], amount: npt.NDArray[np.int64], combine: np.ufunc
) -> npt.NDArray[np.int64]:
    """(m, 3): each pair of different non-zero ids once, smaller first, with its amounts combined."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    keep = (low != high) & (low > 0)
    codes, where = np.unique(low[keep] << 32 | high[keep], return_inverse=True)
    amounts = np.zeros(len(codes), np.int64)
    combine.at(amounts, where.ravel(), amount[keep])
    return np.stack([codes >> 32, codes & 0xFFFFFFFF, amounts], 1)


def _openings(numbers: IntArray, beside: IntArray, lengths: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    return _pairs(numbers[beside[:, 0]], numbers[beside[:, 1]], np.ceil(lengths).astype(np.int64), np.maximum)
