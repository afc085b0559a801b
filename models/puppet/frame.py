"""One drawing on paper: every label of a frame, rendered in one pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from . import ink, paint, raster
from .ink import LineStyle
from .paint import PaintStyle
from .shapes import Drawing, Part, Points, Shape, Stroke, uid_of

S = TypeVar("S", bound=np.generic)


@dataclass(slots=True)
class Regions:
    """Closed areas of a frame, 1..count.

    label: (h, w) int32, 0 where a line is. shape, group: (count + 1,) int64 persistent identities: of the shape that
    covers most of the region, and of its paintable area (fill key); equal in all frames and views of one actor.
    colour: (count + 1,) uint8 palette index. part: (count + 1,) uint8. area: (count + 1,) int32 px.
    Entry 0 is unused; the background's regions have shape 0, colour 0 and part 0.
    """

    label: NDArray[np.int32]
    shape: NDArray[np.int64]
    group: NDArray[np.int64]
    colour: NDArray[np.uint8]
    part: NDArray[np.uint8]
    area: NDArray[np.int32]

    @property
    def count(self) -> int:
        """Number of regions."""
        return len(self.shape) - 1


@dataclass(slots=True)
class Geometry:
    """What a frame keeps to be compared with another one (see `flow`): vertices in px and their tables."""

    grid: Points
    grid_at: NDArray[np.int64]
    vertex: Points
    vertex_at: NDArray[np.int64]
    shape_uid: NDArray[np.int64]
    stroke_key: list[tuple[int, int, int]]


@dataclass(slots=True)
class Frame:
    """A rendered drawing. h, w are its height and width in px; arrays are C-ordered.

    ids: (h, w) int32 shape on top in painter's order, -1 = background (index into `names`, `uids`).
    cover: (h, w) uint8 line coverage. line: (h, w) int32 stroke or -1. is_line: (h, w) bool, as the labels see it.
    line_rgb: (h, w, 3) uint8 colour of the line (ink where there is none).
    colour_index: (h, w) uint8 into palette (n, 3) uint8 RGB; 0 is the background, lines are ignored (flats run under).
    parts: (h, w) uint8, see `Part`. depth: (h, w) uint16 painter's rank, 0 background, larger is nearer.
    regions: closed areas. shadow, light: (h, w) uint8 coverage of the two paint layers. colour: (h, w, 3) uint8 RGB
    finished picture. uv: (h, w, 2) float32 place in the shape's grid, in cells. trace: (h, w)
    bool colour-trace lines (red round shadow, blue round light): they close regions but are painted over.
    guides: construction lines in px.
    """

    ids: NDArray[np.int32]
    cover: NDArray[np.uint8]
    line: NDArray[np.int32]
    param: NDArray[np.float32]
    is_line: NDArray[np.bool_]
    line_rgb: NDArray[np.uint8]
    colour_index: NDArray[np.uint8]
    palette: NDArray[np.uint8]
    slots: list[str]
    parts: NDArray[np.uint8]
    depth: NDArray[np.uint16]
    regions: Regions
    shadow: NDArray[np.uint8]
    light: NDArray[np.uint8]
    colour: NDArray[np.uint8]
    uv: NDArray[np.float32]
    names: list[str]
    uids: NDArray[np.int64]
    geometry: Geometry
    trace: NDArray[np.bool_]
    guides: list[Points] = field(default_factory=list)

    @property
    def flat(self) -> NDArray[np.uint8]:
        """(h, w, 3) flat colours without lines; the background is the palette's entry 0 (white)."""
        return self.palette[self.colour_index]

    @property
    def line_rgba(self) -> NDArray[np.uint8]:
        """(h, w, 4) line art with alpha."""
        return np.dstack((self.line_rgb, self.cover))

    def on_paper(self, paper: int = 255) -> NDArray[np.uint8]:
        """(h, w, 3) line art on a plain sheet."""
        a = self.cover[..., None].astype(np.float32) / 255
        return (paper * (1 - a) + self.line_rgb * a + 0.5).astype(np.uint8)

    @property
    def line_grey(self) -> NDArray[np.uint8]:
        """(h, w) line art as grey on white, coloured lines by their luma."""
        return np.asarray(cv2.cvtColor(self.on_paper(), cv2.COLOR_RGB2GRAY), np.uint8)

    def painted_flat(self) -> NDArray[np.uint8]:
        """(h, w, 3) flat colours with the lines on top."""
        a = np.where(self.trace, 0, self.cover)[..., None].astype(np.float32) / 255
        return (self.flat * (1 - a) + self.line_rgb * a + 0.5).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class LineCover:
    """Lines alone, without labels. ids: (h, w) int32 shape on top, an index into `shapes`; -1 = background.
    cover: (h, w) float32 coverage 0..1. line: (h, w) int32 index into `strokes` or -1. param: (h, w) float32 place
    along it, in vertices."""

    ids: NDArray[np.int32]
    cover: NDArray[np.float32]
    line: NDArray[np.int32]
    param: NDArray[np.float32]
    shapes: list[Shape]
    strokes: list[Stroke]


def line_cover(drawing: Drawing, size: tuple[int, int], pen: LineStyle) -> LineCover:
    """The visible lines of a drawing in px: what `render` draws them by, in a fraction of its time.

    size: (height, width). Of `pen` only what shapes the lines counts.
    """
    t = _tables(drawing)
    g = t.geometry
    n = len(t.shapes)
    zero = np.zeros(n, np.int64)
    ids, _, cover, line, param = raster.paint(
        *size,
        False,
        t.outline,
        t.outline_at,
        g.grid,
        _offsets([0] * n),
        zero,
        zero,
        np.array([s.filled for s in t.shapes]),
        t.clips,
        t.groups,
        g.vertex,
        ink.half_widths(t.strokes, pen),
        g.vertex_at,
        t.stroke_of,
        np.array([s.inside for s in t.strokes], dtype=bool),
        np.array([s.contour for s in t.strokes], dtype=bool),
        np.repeat(np.arange(n), np.diff(t.stroke_of)),
    )
    return LineCover(ids, cover, line, param, t.shapes, t.strokes)


@dataclass(slots=True)
class _Tables:
    """A drawing laid out in flat arrays for the kernels."""

    shapes: list[Shape]
    strokes: list[Stroke]
    geometry: Geometry
    outline: Points
    outline_at: NDArray[np.int64]
    stroke_of: NDArray[np.int64]
    groups: NDArray[np.int64]
    clips: NDArray[np.int64]


def _offsets(counts: list[int]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _tables(drawing: Drawing) -> _Tables:
    shapes = sorted(drawing.shapes, key=lambda s: s.order)
    uids = np.array([uid_of(s.name) for s in shapes], dtype=np.int64)
    if len(set(uids.tolist())) != len(uids):
        raise ValueError("two shapes of one drawing have the same name")
    outlines = [s.outline() for s in shapes]
    strokes: list[Stroke] = []
    keys: list[tuple[int, int, int]] = []
    per_shape: list[int] = []
    for shape, uid in zip(shapes, uids, strict=True):
        own = shape.contour_strokes() + shape.strokes
        keys += [(int(uid), i, len(s.points)) for i, s in enumerate(own)]
        strokes += own
        per_shape.append(len(own))
    grids = [s.grid.reshape(-1, 2) for s in shapes]
    at = _offsets([len(g) for g in grids])
    names = {g: i for i, g in enumerate(sorted({s.group for s in shapes} | {s.clip for s in shapes}))}
    geometry = Geometry(
        np.concatenate(grids),
        np.stack((at[:-1], at[1:], [s.grid.shape[1] for s in shapes]), axis=1).astype(np.int64),
        np.concatenate([s.points for s in strokes]),
        _offsets([len(s.points) for s in strokes]),
        uids,
        keys,
    )
    return _Tables(
        shapes,
        strokes,
        geometry,
        np.concatenate(outlines),
        _offsets([len(o) for o in outlines]),
        _offsets(per_shape),
        np.array([names[s.group] if s.group else -2 for s in shapes], dtype=np.int64),
        np.array([names[s.clip] if s.clip else -1 for s in shapes], dtype=np.int64),
    )


def _regions(
    ids: NDArray[np.int32],
    is_line: NDArray[np.bool_],
    t: _Tables,
    colour_of: NDArray[np.uint8],
    part_of: NDArray[np.uint8],
    min_area: int,
) -> Regions:
    fill = np.array([uid_of(s.fill_key or s.name) for s in t.shapes], dtype=np.int64)
    _, compact = np.unique(fill, return_inverse=True)
    key = np.concatenate((compact.astype(np.int32) + 1, [0])).astype(np.int32)
    label, count = raster.label_areas(key[ids], is_line, min_area)
    n = len(t.shapes)
    pair = label.astype(np.int64) * (n + 1) + (ids + 1)
    votes = np.bincount(pair.ravel(), minlength=(count + 1) * (n + 1)).reshape(count + 1, n + 1)
    top = votes.argmax(axis=1) - 1
    drawn = top >= 0

    def of(table: NDArray[S]) -> NDArray[S]:
        out = np.where(drawn, table[np.maximum(top, 0)], 0).astype(table.dtype)
        out[0] = 0
        return out

    return Regions(
        label, of(t.geometry.shape_uid), of(fill), of(colour_of), of(part_of), votes.sum(axis=1).astype(np.int32)
    )


def _line_colours(
    t: _Tables, rgb: NDArray[np.uint8], colour_of: NDArray[np.uint8], drawing: Drawing, style: LineStyle
) -> NDArray[np.uint8]:
    """(strokes + 1, 3) RGB; the last entry is for pixels without a line."""
    owner = np.repeat(np.arange(len(t.shapes)), np.diff(t.stroke_of))
    base = rgb[colour_of[owner]].astype(np.float32)
    dark = np.clip(base * np.array([0.42, 0.32, 0.38]), 0, 255)
    ink_rgb = np.array(style.ink, np.float32)
    contour = np.array([s.contour for s in t.strokes], dtype=bool)
    take_ink = (
        np.ones(len(owner), bool)
        if style.colour == "ink"
        else (contour if style.colour == "selective" else np.zeros(len(owner), bool))
    )
    out = np.where(take_ink[:, None], ink_rgb, dark)
    for i, k in enumerate(owner):
        if t.shapes[k].line_colour and style.colour != "ink":
            out[i] = drawing.colours[t.shapes[k].line_colour]
    return np.vstack((out, ink_rgb)).astype(np.uint8)


def _facing(ids: NDArray[np.int32], uv: NDArray[np.float32], t: _Tables, style: PaintStyle) -> NDArray[np.float32]:
    across, along, cells, rounding = [], [], [], []
    for s in t.shapes:
        g = s.grid
        a, b = g[:, -1].mean(axis=0) - g[:, 0].mean(axis=0), g[-1].mean(axis=0) - g[0].mean(axis=0)
        across.append(a / max(np.hypot(*a), 1e-9))
        along.append(b / max(np.hypot(*b), 1e-9))
        cells.append((g.shape[0] - 1, g.shape[1] - 1))
        rounding.append(s.round)
    light = np.array(style.light) / np.linalg.norm(style.light)
    return paint.lambert(
        ids,
        uv,
        np.array(cells, np.float64),
        np.array(across),
        np.array(along),
        np.array(rounding, np.float64),
        np.array([s.part == Part.HAIR and s.round > 0.8 for s in t.shapes]),
        light,
    )


def render(
    drawing: Drawing,
    size: int | tuple[int, int] = 512,
    style: LineStyle | None = None,
    finish: PaintStyle | None = None,
    *,
    min_area: int = 4,
) -> Frame:
    """Render a drawing whose coordinates are pixels (see `Drawing.placed`).

    size: px, square or (height, width). Regions under min_area px count as line. Raises ValueError for an empty drawing
    or two shapes of one name.
    """
    style, finish = style or LineStyle(), finish or PaintStyle()
    h, w = (size, size) if isinstance(size, int) else size
    if not drawing.shapes:
        raise ValueError("the drawing has no shapes")
    t = _tables(drawing)
    g = t.geometry
    half = ink.half_widths(t.strokes, style)
    counts = [s.grid.shape[:2] for s in t.shapes]
    owner = np.repeat(np.arange(len(t.shapes)), np.diff(t.stroke_of))
    ids, uv, cover, line, param = raster.paint(
        h,
        w,
        True,
        t.outline,
        t.outline_at,
        g.grid,
        _offsets([a * b for a, b in counts]),
        np.array([a for a, _ in counts]),
        np.array([b for _, b in counts]),
        np.array([s.filled for s in t.shapes]),
        t.clips,
        t.groups,
        g.vertex,
        half,
        g.vertex_at,
        t.stroke_of,
        np.array([s.inside for s in t.strokes], dtype=bool),
        np.array([s.contour for s in t.strokes], dtype=bool),
        owner,
    )
    raster.heal_coordinates(ids, uv, g.grid, g.grid_at)

    slots = sorted({s.colour for s in t.shapes})
    rgb = np.array([(255, 255, 255)] + [drawing.colours[s] for s in slots], dtype=np.uint8)
    colour_of = np.array([slots.index(s.colour) + 1 for s in t.shapes], dtype=np.uint8)
    part_of = np.array([s.part for s in t.shapes], dtype=np.uint8)

    above = ids + 1

    def lookup(table: NDArray[S]) -> NDArray[S]:
        return np.take(np.append(np.zeros(1, table.dtype), table), above)

    drawn = ids >= 0
    facing = _facing(ids, uv, t, finish)
    levels = np.array([s.level for s in t.shapes], dtype=np.int64)
    reach = np.array(finish.light[:2]) / max(np.hypot(*finish.light[:2]), 1e-6)
    cast = raster.cast(levels, ids, reach[0], reach[1], round(finish.cast) if finish.shade != "flat" else 0)
    shadow, light = paint.shadow_and_light(facing, cast, drawn, finish)
    palette_rgb = _line_colours(t, rgb, colour_of, drawing, style)
    line_rgb = np.take(np.roll(palette_rgb, 1, axis=0), line + 1, axis=0)
    if style.close:
        _close_seams(ids, cover, line, t, style)
    trace = np.zeros((h, w), bool)
    faint = cover.copy()
    if finish.trace:
        trace |= _trace_lines(shadow > 0.5, (200, 40, 40), cover, line_rgb, drawn)
        trace |= _trace_lines(light > 0.5, (40, 80, 210), cover, line_rgb, drawn)
    is_line = cover >= style.threshold
    regions = _regions(ids, is_line, t, colour_of, part_of, min_area)
    if style.gaps:
        ink.cut_gaps(cover, line, param, t.strokes, style, 1.0)
        is_line = cover >= style.threshold
    if style.grain:
        cover = ink.pencil(cover, style.grain, style.seed)
    if style.binary:
        cover = is_line.astype(np.float32)
    colour_index = lookup(colour_of)
    cells = np.array([a - 1 for a, _ in counts], np.float32)
    run = np.clip(uv[..., 0] / np.append(cells, 1)[ids], 0, 1) if finish.gradient else None
    colour = paint.compose(
        np.take(rgb, colour_index, axis=0), drawn, shadow, light, run, line_rgb, np.where(trace, faint, cover), finish
    )
    if finish.line_alpha < 0.5 and not style.binary:
        colour = paint.softened(colour, ids)

    def byte(x: NDArray[np.float32]) -> NDArray[np.uint8]:
        return (x * 255 + 0.5).astype(np.uint8)

    return Frame(
        ids,
        byte(cover),
        line,
        param,
        is_line,
        line_rgb,
        colour_index,
        rgb,
        ["background", *slots],
        _parts(lookup(part_of), t, line, cover),
        (ids + 1).astype(np.uint16),
        regions,
        byte(shadow),
        byte(light),
        colour,
        uv,
        [s.name for s in t.shapes],
        g.shape_uid,
        g,
        trace,
        drawing.guides,
    )


def _parts(
    parts: NDArray[np.uint8], t: _Tables, line: NDArray[np.int32], cover: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Part map in which lines that are a part themselves (brows, lashes) count as that part."""
    own = np.array([s.part for s in t.strokes] + [-1], dtype=np.int16)[line]
    return np.where((own >= 0) & (cover >= 0.5), own, parts).astype(np.uint8)


def _close_seams(
    ids: NDArray[np.int32], cover: NDArray[np.float32], line: NDArray[np.int32], t: _Tables, style: LineStyle
) -> None:
    """Where two paintable areas meet without a line, an artist closes them: so do we, in place."""
    _, key = np.unique([s.fill_key or s.name for s in t.shapes], return_inverse=True)
    seam = raster.seams(np.append(key.astype(np.int32) + 1, np.int32(0))[ids], ids, cover, style.threshold)
    soft = np.clip(cv2.GaussianBlur(seam, (0, 0), 0.45 + 0.18 * style.width) * (1.5 + 0.25 * style.width), 0, 1)
    soft = np.maximum(soft, seam)
    take = soft > cover
    cover[take] = soft[take]
    line[take & (seam > 0)] = -1


def _trace_lines(
    mask: NDArray[np.bool_],
    rgb: tuple[int, int, int],
    cover: NDArray[np.float32],
    line_rgb: NDArray[np.uint8],
    drawn: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Draw the border of a shade mask as thin coloured lines, in place, under the existing lines; returns where."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    sheet = np.zeros(cover.shape, np.uint8)
    for c in contours:
        if len(c) >= 12:
            cv2.polylines(sheet, [c], True, 255, 1, cv2.LINE_8)
    new = np.where(drawn, sheet.astype(np.float32) / 255, 0)
    new[cover > 0.2] = 0  # where a drawn line is, it is the border already
    line_rgb[new > 0] = rgb
    np.maximum(cover, new, out=cover)
    return new > 0
