"""From ink to regions."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...errors import BadInput
from ..ink import Ink, read_ink
from ..paper import NO_LINES, PixelArray
from ..strips import Check, Progress, never_stop, no_progress, over_strips
from ._background import find_background
from ._bridges import NO_BRIDGES, Bridges, find_bridges
from ._fill import borders, fill_rest, fill_under_lines, renumber
from ._map import RegionMap
from ._merge import Groups, inner_radius, join_loose_ends, join_pinholes, number, sides, slit
from ._nearest import Offsets, measure_lines, nearest_paper
from ._pieces import find_pieces
from ._runs import IntArray, Mask, Runs, find_runs
from ._solids import label_solids
from ._tips import find_tips

Counts = npt.NDArray[np.int64]


def find_regions(
    pixels: PixelArray, gap: float | None = None, check: Check = never_stop, progress: Progress = no_progress
) -> RegionMap:
    """Divide a drawing into closed regions, telling apart what a gap of at most `gap` pixels in a line would join.

    pixels: (H, W) grey, or (H, W, C) grey + alpha, RGB or RGBA; uint8 or uint16; lines on any paper or on transparency.
    gap: pixels of the drawing, 0 = lines as they are, None = from the drawing's line width.
    check: called every few tens of milliseconds; raises to stop. progress: called with the share done and the stage.
    Raises BadInput for an empty picture or one without lines.
    """
    progress(0.0, "reading the lines")
    return regions_of_ink(read_ink(pixels, check), gap, check, progress)


def default_gap(width: float, shape: tuple[int, int]) -> float:
    """The gap closed unless told otherwise: three lines wide, and more where thin lines draw a big picture."""
    return round(max(3.0 * width, 0.005 * float(np.hypot(*shape))), 1)


def regions_of_ink(
    ink: Ink,
    gap: float | None = None,
    check: Check = never_stop,
    progress: Progress = no_progress,
    *,
    slivers: bool = False,
    widen: float = 1.0,
) -> RegionMap:
    """As `find_regions`, for a drawing whose ink is already told from its paper. BadInput where there is no paper.

    slivers: pinholes and slits in the ink stay regions of their own: in an animation's closed lines they are parts seen
    edge-on, in a drawing made by hand they are the paper between two strokes that make one line.
    widen: the automatic gap times this, for callers to whom one region cut in two is less harm than two run together.
    """
    lines = ink.lines
    if lines.all():
        raise BadInput("The drawing is covered with line all over: there is no paper in it.", hint=NO_LINES)
    height, width = lines.shape
    runs = find_runs(lines, 1, check)
    offsets = nearest_paper(runs, (height, width), check)
    measured = measure_lines(runs, offsets)
    gap = widen * default_gap(measured.width, (height, width)) if gap is None else float(gap)
    progress(0.3, "closing gaps")

    bridges = _bridges(lines, gap, measured.width, check)
    walls, seams = _draw(lines, bridges)
    check()
    progress(0.5, "finding regions")
    pieces = find_pieces(walls, slit(measured.width), check)
    labels, paper = pieces.labels, len(pieces.area)
    groups = Groups(list(range(paper)))
    beside = sides(labels, bridges)
    if len(bridges):
        join_loose_ends(bridges, beside, inner_radius(walls, labels, paper - 1), groups)
        fill_rest(labels, *seams)
    check()
    solids = label_solids(labels, runs, offsets, measured, paper)
    groups.parent.extend(range(paper, paper + len(solids)))
    check()

    progress(0.7, "filling under the lines")
    _fill_lines(labels, runs, offsets, check)
    meetings, times = _meetings(labels, runs, check)
    across = np.concatenate([beside, _beside_seams(labels, seams)]).astype(np.int64)
    if not slivers:
        join_pinholes(
            groups,
            np.concatenate([pieces.area, np.full(len(solids), np.iinfo(np.int32).max)]),
            np.concatenate([pieces.wide, np.ones(len(solids), np.bool_)]),
            np.concatenate([meetings, across]),
            np.concatenate([times, np.ones(len(across), np.int64)]),
            measured.width,
        )

    progress(0.9, "numbering")
    numbers, leading = number(groups, np.concatenate([pieces.first, solids]))
    facts = _write(labels, numbers, len(leading), check)
    solid = leading >= paper
    box = facts[:, 1:5].astype(np.int32)
    box[:, 2:] += 1
    parting = numbers[beside]
    needed = bridges.smooth | ((parting[:, 0] != parting[:, 1]) & (parting > 0).all(axis=1))
    return RegionMap(
        labels=labels,
        area=facts[:, 0].copy(),
        box=box,
        inner=facts[:, 6:8].astype(np.int32),
        background=find_background(labels, facts[:, 0], solid),
        solid=solid,
        neighbours=_each_pair_once(numbers[meetings], times, np.add),
        openings=_each_pair_once(parting, np.ceil(bridges.lengths).astype(np.int64), np.maximum),
        bridges=bridges.ends[needed],
        line_width=measured.width,
        gap=gap,
    )


def _bridges(lines: Mask, gap: float, width: float, check: Check) -> Bridges:
    if gap <= 0:
        return NO_BRIDGES
    check()
    tips = find_tips(lines, width, check)
    check()
    found = find_bridges(lines, tips, gap, width)
    check()
    return found


def _draw(lines: Mask, bridges: Bridges) -> tuple[Mask, tuple[IntArray, IntArray]]:
    """The lines with the bridges as walls, and the rows and columns of the bridges' own pixels."""
    if not len(bridges):
        return lines, (np.zeros(0, np.int32), np.zeros(0, np.int32))
    walls = lines.copy()
    seams = []
    for x0, y0, x1, y1 in bridges.ends.tolist():
        left, right, above, below = min(x0, x1), max(x0, x1) + 1, min(y0, y1), max(y0, y1) + 1
        patch = np.zeros((below - above, right - left), np.uint8)
        cv2.line(patch, (x0 - left, y0 - above), (x1 - left, y1 - above), (1,), 1, cv2.LINE_8)
        patch &= 1 - walls[above:below, left:right]
        walls[above:below, left:right] |= patch
        seams.append(np.add(np.argwhere(patch), (above, left)))
    places = np.concatenate(seams).astype(np.int32)
    return walls, (places[:, 0].copy(), places[:, 1].copy())


def _beside_seams(labels: IntArray, seams: tuple[IntArray, IntArray]) -> IntArray:
    """(m, 2): the label of each seam pixel with those of its four neighbours."""
    ys, xs = seams
    height, width = labels.shape
    pairs = []
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        inside = (ys + dy >= 0) & (ys + dy < height) & (xs + dx >= 0) & (xs + dx < width)
        here, there = labels[ys[inside], xs[inside]], labels[ys[inside] + dy, xs[inside] + dx]
        pairs.append(np.stack([here, there], axis=1)[here != there])
    return np.concatenate(pairs)


def _fill_lines(labels: IntArray, runs: Runs, offsets: Offsets, check: Check) -> None:
    def fill(top: int, bottom: int) -> int:
        return fill_under_lines(runs.first, runs.end, runs.rows, offsets, labels, top, bottom)

    if any(over_strips(fill, labels.shape[0], labels.shape[1], check)):
        # Ink whose nearest paper is cut off from all regions, or lies too deep to know its nearest.
        ys, xs = np.nonzero(labels == 0)
        fill_rest(labels, ys.astype(np.int32), xs.astype(np.int32))


def _meetings(labels: IntArray, runs: Runs, check: Check) -> tuple[Counts, Counts]:
    """(m, 2) labels that meet under lines, smaller first; (m,) in how many pixel edges."""

    def meet(top: int, bottom: int) -> tuple[Counts, Counts]:
        return borders(runs.first, runs.end, runs.rows, labels, top, bottom)

    found = over_strips(meet, labels.shape[0], labels.shape[1], check)
    keys, where = np.unique(np.concatenate([keys for keys, _ in found]), return_inverse=True)
    times = np.zeros(len(keys), np.int64)
    np.add.at(times, where.ravel(), np.concatenate([counts for _, counts in found]))
    return np.stack([keys >> 32, keys & 0xFFFFFFFF], axis=1), times


def _write(labels: IntArray, numbers: IntArray, count: int, check: Check) -> Counts:
    """Renumber the whole map in place; (count, 8) facts as `renumber` gives them."""
    parts = over_strips(
        lambda top, bottom: renumber(labels, numbers, count, top, bottom), labels.shape[0], labels.shape[1], check
    )
    whole = parts[0]
    for part in parts[1:]:
        whole[:, 0] += part[:, 0]
        whole[:, 1:3] = np.minimum(whole[:, 1:3], part[:, 1:3])
        whole[:, 3:5] = np.maximum(whole[:, 3:5], part[:, 3:5])
        longer = part[:, 5] > whole[:, 5]
        whole[longer, 5:] = part[longer, 5:]
    return whole[1:]


def _each_pair_once(pairs: npt.NDArray[np.int32], amount: Counts, combine: np.ufunc) -> Counts:
    """(m, 3): each pair of different non-zero ids once, smaller first, with its amounts combined."""
    low, high = pairs.min(axis=1).astype(np.int64), pairs.max(axis=1).astype(np.int64)
    keep = (low != high) & (low > 0)
    codes, where = np.unique(low[keep] << 32 | high[keep], return_inverse=True)
    amounts = np.zeros(len(codes), np.int64)
    combine.at(amounts, where.ravel(), amount[keep])
    return np.stack([codes >> 32, codes & 0xFFFFFFFF, amounts], axis=1)
