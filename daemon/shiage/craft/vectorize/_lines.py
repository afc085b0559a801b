"""From planes of line and ridge to strokes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from ..strips import Check, never_stop
from ._fit import fit, sampled, seam
from ._graph import graph_of
from ._join import Path, join, on_page
from ._loops import enclosed
from ._meet import brought_together, ties
from ._outlines import FLAT, TOLERANCE, outlines
from ._thin import thin, without_faint_ends
from ._width import overhang, smoothed, widths

Points = npt.NDArray[np.float64]
Planes = npt.NDArray[np.uint8]

_BEYOND = 8  # pixels of paper around the page
_ALONG = 12  # pixels of its border that a line covers at least that runs along it, and doesn't leave the page
_STEADY = 6.0  # usual widths over which a stroke's width is averaged: a hand does not tremble so
_SWELL = 1.6  # times a stroke's usual width: what is wider has run together with something else
_SLIT, _SLIT_AREA = 0.8, 14.0  # half width in pens, and area in square pens, of paper between two passes of a line
_LOOP, _LOOP_AREA, _LOOP_DOUBT = 1.2, 30.0, 10  # the same of paper that nothing but a faint ridge parts from the rest
_CORE, _BLANK, _ROOM = 0.7, 6, 0.5  # its depth, of the deepest; line there, of 255; half width in pens of a shape
_DOUBT = 40  # of 255: line where it is sure of paper has less
_WEAK = 0.6  # of the threshold: a line goes on this faintly where it is sure elsewhere ...
_FAINT, _LEAST = 0.13, 16  # ... and this faintly, of 255 so much at least, where it arrives at another


@dataclass(frozen=True, eq=False)
class Line:
    """One stroke: `points` (n, 2) x, y in pixels, pixel (i, j) covers i..i+1; `width` (n,) in pixels.

    `closed`: its last point is joined to its first.
    """

    points: Points
    width: Points
    closed: bool = False


@dataclass(frozen=True, eq=False)
class LineArt:
    """`lines` and `blacks`: filled areas, each a list of closed outlines (n, 2), the holes in it after the first.
    `width`: of a usual line, pixels."""

    lines: list[Line]
    blacks: list[list[Points]]
    width: float

    def scaled(self, x: float, y: float) -> LineArt:
        """The same in pixels of another size."""
        by, wide = np.array([x, y]), float(np.sqrt(x * y))
        lines = [Line(line.points * by, line.width * wide, line.closed) for line in self.lines]
        return LineArt(lines, [[ring * by for ring in black] for black in self.blacks], self.width * wide)


def vectorize(
    line: Planes,
    middle: Planes,
    solid: Planes | None = None,
    *,
    sure: float = 0.5,
    shortest: float = 0.0,
    pen: float = 0.0,
    check: Check = never_stop,
) -> LineArt:
    """The strokes of line art.

    line, middle: (H, W) uint8, coverage of the lines and of a ridge of a pixel or two along their middles. solid: the
    part of `line` in which blacks may be, all of it where absent. sure: 0..1, what a ridge reaches somewhere to be a
    line. shortest: pixels; shorter lines that touch no other are left out, and stubs at the sides of others that are
    shorter than 0.7 times that. pen: pixels; strokes with less than that between them, and `line` in doubt about it,
    are taken for one.
    """
    # Lines that run off the page are thinned beyond its border: where they end a skeleton falls short, or bends round.
    shape = line.shape
    solid = line if solid is None else solid
    line, middle = _beyond(line, line), _beyond(middle, line)
    ridge = cv2.GaussianBlur(middle, (0, 0), 0.8).astype(np.float32)
    mask = _sure_lines(middle, sure)
    check()
    certain = (middle > 255 * sure * _WEAK).astype(np.uint8)
    _close_slits(mask, line, pen)
    _close_faint_loops(mask, certain, line, pen)
    check()
    for within in enclosed(ridge, max(255 * sure * _FAINT, _LEAST), pen, check):
        mask.ravel()[within] = 0
    check()
    skeleton = thin(mask, ridge + np.float32(0.1) * cv2.GaussianBlur(line, (0, 0), 1.0))
    without_faint_ends(skeleton, certain)
    check()
    usual = _usual_width(line, skeleton)
    paths = on_page(join(graph_of(skeleton), max(1.5, usual)), _BEYOND, shape)
    line = line[_BEYOND:-_BEYOND, _BEYOND:-_BEYOND]
    check()
    paths = _off_the_rim(_worth(paths, max(shortest, usual)), shape, usual)
    made = _with_widths(paths, line, usual, check)
    if made:
        usual = float(np.median(np.concatenate([one.width for one in made])))
    return LineArt(made, _blacks(solid, usual), usual)


def _beyond(plane: Planes, line: Planes) -> Planes:
    """A plane (H, W) that goes on beyond its border as it is there, but for where a `line` (H, W) runs along that."""
    by = _BEYOND
    wide = np.asarray(cv2.copyMakeBorder(plane, by, by, by, by, cv2.BORDER_REPLICATE), np.uint8)
    for strip, rim in (
        (wide[:by, by:-by], line[0]),
        (wide[-by:, by:-by], line[-1]),
        (wide[by:-by, :by].T, line[:, 0]),
        (wide[by:-by, -by:].T, line[:, -1]),
    ):
        strip[:, _long(rim > 127)] = 0
    return wide


def _long(there: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(n,) the runs of what is `there`, (n,), that are longer than a line is wide that crosses slantwise."""
    found = np.zeros(len(there), bool)
    turns = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]])))
    for a, b in turns.reshape(-1, 2).tolist():
        found[a:b] = b - a > _ALONG
    return found


def _sure_lines(middle: Planes, sure: float) -> Planes:
    """(H, W) 0/1: ridges that are faint at least, in pieces that are sure somewhere (Canny 1986)."""
    weak = (middle > max(255 * sure * _FAINT, _LEAST)).astype(np.uint8)
    count, pieces = cv2.connectedComponents(weak, connectivity=8)
    strong = np.zeros(count, np.uint8)
    strong[pieces[middle > 255 * sure]] = 1
    strong[0] = 0
    return np.asarray(strong[pieces], np.uint8)


def _close_slits(mask: Planes, line: Planes, pen: float) -> None:
    """Fill, in place, the paper between two passes of one line: small, narrow, and not surely paper."""
    if pen <= 0:
        return
    count, holes, stats, _ = cv2.connectedComponentsWithStats((mask == 0).astype(np.uint8), connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < _SLIT_AREA * pen * pen
    small[0] = False
    if not small.any():
        return
    inside = small[holes]
    at = holes[inside]
    deep = cv2.distanceTransform((mask == 0).astype(np.uint8), cv2.DIST_L2, 5)
    widest = np.zeros(count, np.float32)
    np.maximum.at(widest, at, deep[inside])
    doubt = np.bincount(at, line[inside], count) / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    mask[(small & (widest <= _SLIT * pen) & (doubt > _DOUBT))[holes]] = 1


def _close_faint_loops(mask: Planes, certain: Planes, line: Planes, pen: float) -> None:
    """Fill, in place, small and narrow paper that only faint ridges enclose: a doubt beside a line, through which the
    surest ridge then runs alone. What is surely paper in its depth is a shape."""
    if pen <= 0:
        return
    small = _LOOP_AREA * pen * pen
    paper = (mask == 0).astype(np.uint8)
    count, holes, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    _, wholes, whole, _ = cv2.connectedComponentsWithStats((certain == 0).astype(np.uint8), connectivity=4)
    tiny = stats[:, cv2.CC_STAT_AREA] < small
    tiny[0] = False
    inside = tiny[holes]
    at = holes[inside]
    deep = cv2.distanceTransform(paper, cv2.DIST_L2, 5)[inside]
    widest = np.zeros(count, np.float32)
    np.maximum.at(widest, at, deep)
    doubt = np.bincount(at, line[inside], count) / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    core = deep >= _CORE * widest[at]
    cored = np.bincount(at[core], line[inside][core], count) / np.maximum(np.bincount(at[core], minlength=count), 1)
    shape = (cored <= _BLANK) & (widest > _ROOM * pen)
    inside[inside] = ((widest <= _LOOP * pen) & (doubt > _LOOP_DOUBT) & ~shape)[at]
    inside[inside] = whole[:, cv2.CC_STAT_AREA][wholes[inside]] > 3 * small
    mask[inside] = 1


def _usual_width(line: Planes, skeleton: Planes) -> float:
    """The median width of lines; 2 where there are none."""
    ys, xs = np.nonzero(skeleton)
    if not len(ys):
        return 2.0
    deep = cv2.distanceTransform(np.pad((line > 127).astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    found = deep[ys, xs]
    found = found[found > 0]
    return float(max(1.0, 2 * np.median(found) - 0.5)) if len(found) else 2.0


def _worth(paths: list[Path], shortest: float) -> list[Path]:
    """Without what is too short to be a line: specks, and stubs at the sides of others."""
    kept = []
    for path in paths:
        loose = sum(path.loose)
        least = shortest if loose == 2 or path.closed else 0.7 * shortest if loose == 1 else 0.0
        if path.length >= least and len(path.points) > 1:
            kept.append(path)
    return kept


def _off_the_rim(paths: list[Path], shape: tuple[int, ...], usual: float) -> list[Path]:
    """Without what runs along the picture's border all the way: the sheet's own edge, or the scanner's shadow on it."""
    rim = 3 + 2 * usual
    far = np.array([shape[1], shape[0]]) - rim
    return [p for p in paths if not ((p.points < rim).all(0) | (p.points > far).all(0)).any()]


def _with_widths(paths: list[Path], line: Planes, usual: float, check: Check) -> list[Line]:
    if not paths:
        return []
    offsets = np.concatenate([[0], np.cumsum([len(path.points) for path in paths])])
    every = np.concatenate([path.points for path in paths])
    across = widths(every, offsets, line, 5 * usual)
    paths = _to_their_ends(paths, across, offsets, line, usual)
    made = []
    for i, (path, a, b) in enumerate(zip(paths, offsets[:-1], offsets[1:], strict=True)):
        if i % 64 == 0:
            check()
        made.append(_line(path, smoothed(across[a:b], _STEADY * usual, path.closed), usual))
    check()
    rows = [line.points for line in made]
    for (k, side), goal in brought_together(rows, paths, usual).items():
        made[k] = _longer(made[k], side, goal)
    wide = [float(np.median(one.width)) for one in made]
    made += [Line(ends, np.full(2, wide[k])) for k, ends in ties(rows, wide, paths, usual)]
    # Laid smoothly, a stroke that ends at the page's border may swing out a little.
    far = np.array([line.shape[1], line.shape[0]], np.float64)
    return [replace(one, points=np.clip(one.points, 0, far)) for one in made]


def _longer(line: Line, side: int, goal: Points) -> Line:
    """With one more point before (side 0) or behind it, as wide as it ends there."""
    at = 0 if side == 0 else len(line.points)
    width = line.width[0 if side == 0 else -1]
    return Line(np.insert(line.points, at, goal, axis=0), np.insert(line.width, at, width), line.closed)


def _to_their_ends(
    paths: list[Path], wide: Points, offsets: npt.NDArray[np.int64], line: Planes, usual: float
) -> list[Path]:
    """A skeleton falls short of a line's free end: put that where the pen stood, half a width before the ink ends."""
    loose = [(k, side) for k, path in enumerate(paths) for side in (0, 1) if path.loose[side]]
    if not loose:
        return paths
    paths = [_without_hooks(path, usual) for path in paths]
    ends, ways = np.empty((len(loose), 2)), np.empty((len(loose), 2))
    for i, (k, side) in enumerate(loose):
        points = paths[k].points[:: 1 if side == 0 else -1]
        ends[i] = points[0]
        ways[i] = points[0] - points[min(len(points) - 1, round(3 + 2 * usual))]
    ways /= np.maximum(np.hypot(*ways.T), 1e-9)[:, None]
    last = [int(offsets[k] if side == 0 else offsets[k + 1] - 1) for k, side in loose]
    further = overhang(ends, ways, line, 3 * usual) - wide[last] / 2
    out = _to_the_border(ends, ways, line.shape)
    further = np.where(out <= 3 + 2 * usual, out, further)
    made = [path.points.copy() for path in paths]
    for (k, side), end, way, more in zip(loose, ends, ways, further.tolist(), strict=True):
        if more > 0:
            made[k][0 if side == 0 else -1] = end + way * more
    return [replace(path, points=points) for path, points in zip(paths, made, strict=True)]


def _without_hooks(path: Path, usual: float) -> Path:
    """With its free ends straight: within half a width of a line's tip a skeleton runs into one of its corners."""
    tip, arm = round(0.5 * usual), round(3 + 2 * usual)
    points = path.points.copy()
    for side in (0, 1):
        row = points[:: 1 if side == 0 else -1]  # a view
        if path.loose[side] and 0 < tip < len(row) - arm:
            way = row[tip] - row[tip + arm]
            size = np.hypot(*way)
            far = np.hypot(*np.diff(row[: tip + 1], axis=0).T)[::-1].cumsum()[::-1]
            if size > 0:
                row[:tip] = row[tip] + far[:, None] * way / size
    return replace(path, points=points)


def _to_the_border(ends: Points, ways: Points, shape: tuple[int, ...]) -> Points:
    """(m,) pixels from points (m, 2) along `ways` (m, 2) to the picture's border."""
    goal = np.where(ways > 0, np.array([shape[1], shape[0]]), 0.0)
    with np.errstate(divide="ignore"):
        steps = np.where(np.abs(ways) > 1e-6, (goal - ends) / ways, np.inf)
    return np.asarray(steps.min(1), np.float64)


def _line(path: Path, width: Points, usual: float) -> Line:
    """The smooth stroke of a path, with the widths of its points."""
    if path.closed:
        begin = -seam(path.points)
        path, width = replace(path, points=np.roll(path.points, begin, axis=0)), np.roll(width, begin)
    runs = fit(path.points, TOLERANCE, 1.2 + 0.4 * usual, path.closed)
    made = [sampled(run, FLAT) for run in runs]
    points = np.concatenate([made[0], *(part[1:] for part in made[1:])])
    if path.closed:
        points = points[:-1]
    ring = np.concatenate([path.points, path.points[:1]]) if path.closed else path.points
    given = np.append(width, width[:1]) if path.closed else width
    wide = np.interp(_share(points), _share(ring), given)
    most = _SWELL * max(float(np.median(width)), 0.5 * usual)
    return Line(points, np.clip(wide, 0.5, most), path.closed)


def _share(points: Points) -> Points:
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    return np.asarray(along / max(along[-1], 1e-9), np.float64)


def _blacks(solid: Planes, usual: float) -> list[list[Points]]:
    """Areas too thick to be lines: pupils, shadows."""
    ink = (solid > 127).astype(np.uint8)
    size = 2 * round(1.3 * usual) + 1
    disk = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
    thick = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, disk), np.uint8)
    return outlines(thick)
