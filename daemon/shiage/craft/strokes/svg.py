"""A stroke drawing as an SVG picture: a path a line, along its middle, as wide as the line; filled areas as paths."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from ...values import Strokes, StrokeView
from ...values.srgb import from_linear
from ...values.strokes import Colour4
from .drawing import in_plane

_CORNER = np.cos(np.radians(50))  # a sharper turn between two pieces stays a corner
_STEADY = 1.5  # a line whose width changes by more than this factor is cut into pieces of their own width
_MOST_PIXELS = 1024.0  # of a drawing without a view, on its longer side

Points = NDArray[np.float64]


def svg_of(drawing: Strokes) -> str:
    """The text of an SVG file. The picture is the drawing's view, or what holds all of it where it has none."""
    flat = in_plane(drawing, np.asarray(np.linalg.inv(drawing.plane), np.float64))
    size = np.array([abs(np.linalg.det(layer.transform[:3, :3])) ** (1 / 3) for layer in drawing.layers])
    of = drawing.stroke_of_point()
    radius = drawing.radius.astype(np.float64) * size[drawing.layer[of]] if len(of) else np.zeros(0)
    view = drawing.view or _around(flat, radius)
    points = np.stack([flat[:, 0] - view.left, view.top - flat[:, 1]], 1) * view.scale
    wide = 2 * radius * view.scale
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{view.width}" height="{view.height}" '
        f'viewBox="0 0 {view.width} {view.height}" fill="none" stroke-linecap="round" stroke-linejoin="round">'
    )
    parts = [head]
    for index, layer in enumerate(drawing.layers):
        parts.append(f"<g id={quoteattr(layer.name)}{_opacity(layer.opacity)}>")
        parts += _fills(drawing, index, points)
        parts += _lines(drawing, index, points, wide)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>\n"])


def _around(flat: Points, radius: Points) -> StrokeView:
    if not len(flat):
        return StrokeView(0.0, 1.0, _MOST_PIXELS, round(_MOST_PIXELS), round(_MOST_PIXELS))
    rim = float(radius.max())
    low, high = flat[:, :2].min(0) - rim, flat[:, :2].max(0) + rim
    scale = _MOST_PIXELS / max(float((high - low).max()), 1e-9)
    width, height = (max(1, int(np.ceil(side * scale))) for side in high - low)
    return StrokeView(float(low[0]), float(high[1]), scale, width, height)


def _fills(drawing: Strokes, layer: int, points: Points) -> list[str]:
    """The filled areas of a layer, the strokes of one fill as one path."""
    shows = np.array([m.show_fill for m in drawing.materials], np.bool_)
    mine = (drawing.layer == layer) & (drawing.fill > 0) & shows[drawing.material]
    made = []
    for fill in np.unique(drawing.fill[mine]).tolist():
        strokes = np.flatnonzero(mine & (drawing.fill == fill))
        rings = " ".join(path(points[drawing.span(int(k))], closed=True) for k in strokes)
        first = int(strokes[0])
        material, own = drawing.materials[drawing.material[first]], drawing.fill_colour[first]
        made.append(f'<path fill-rule="evenodd" fill={_colour(_mixed(material.fill, own))} d="{rings}"/>')
    return made


def _lines(drawing: Strokes, layer: int, points: Points, wide: Points) -> list[str]:
    shows = np.array([m.show_line and m.line[3] > 0 for m in drawing.materials], np.bool_)
    made = []
    for k in np.flatnonzero((drawing.layer == layer) & ~drawing.hide_line & shows[drawing.material]).tolist():
        span = drawing.span(k)
        if span.stop == span.start:
            continue
        material = drawing.materials[drawing.material[k]]
        red, green, blue, alpha = _mixed(material.line, drawing.colour[span].mean(0))
        colour = _colour((red, green, blue, alpha * float(drawing.opacity[span].mean())), "stroke")
        mine, width, closed = points[span], wide[span], bool(drawing.cyclic[k])
        for a, b in _steady(width):
            part = path(mine[a:b], closed=closed and (a, b) == (0, len(mine)))
            if closed and b == len(mine) and a > 0:
                part = path(np.concatenate([mine[a:b], mine[:1]]), closed=False)
            made.append(f'<path stroke-width="{np.median(width[a:b]):.2f}" stroke={colour} d="{part}"/>')
    return made


def _steady(width: Points) -> list[tuple[int, int]]:
    """Spans of points, one shared by two that follow each other, in each of which the width hardly changes."""
    cuts, low, high = [0], width[0], width[0]
    for i, value in enumerate(width.tolist()):
        low, high = min(low, value), max(high, value)
        if high > _STEADY * max(low, 0.3) and i - cuts[-1] > 1:
            cuts.append(i)
            low = high = value
    return list(zip(cuts, [*(cut + 1 for cut in cuts[1:]), len(width)], strict=True))


def path(points: Points, *, closed: bool) -> str:
    """The path through `points` (n, 2): cubic pieces that go on smoothly (Catmull and Rom 1974), but for corners."""
    if len(points) == 1:
        return f"M{_pair(points[0])}l0 0"
    before = np.roll(points, 1, 0) if closed else np.concatenate([points[:1], points[:-1]])
    after = np.roll(points, -1, 0) if closed else np.concatenate([points[1:], points[-1:]])
    back, on = points - before, after - points
    size = np.hypot(*back.T) * np.hypot(*on.T)
    smooth = (back * on).sum(1) > _CORNER * size
    way = np.where(smooth[:, None], after - before, 0.0)
    way /= np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    reach = np.hypot(*on.T)[:, None] / 3
    leave, arrive = points + way * reach, np.roll(points, -1, 0) - np.roll(way, -1, 0) * reach
    last = len(points) if closed else len(points) - 1
    curves = [f"C{_pair(leave[i])} {_pair(arrive[i])} {_pair(points[(i + 1) % len(points)])}" for i in range(last)]
    return f"M{_pair(points[0])}" + "".join(curves) + ("Z" if closed else "")


def _pair(point: Points) -> str:
    return f"{point[0]:.2f} {point[1]:.2f}"


def _mixed(base: Colour4, own: NDArray[np.float32]) -> Colour4:
    """A material's colour, replaced by the stroke's own as far as that is there."""
    share = float(own[3])
    red, green, blue = (float(b * (1 - share) + o * share) for b, o in zip(base[:3], own[:3], strict=True))
    return red, green, blue, base[3]


def _colour(linear: Colour4, what: str = "fill") -> str:
    channels = np.clip(np.array(linear[:3]), 0, 1)
    red, green, blue = (int(v) for v in np.rint(from_linear(channels) * 255))
    return f'"#{red:02x}{green:02x}{blue:02x}"{_opacity(linear[3], f"{what}-")}'


def _opacity(value: float, what: str = "") -> str:
    return "" if value >= 1 else f' {what}opacity="{max(value, 0):.3f}"'
