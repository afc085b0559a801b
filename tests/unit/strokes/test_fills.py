"""Fills between strokes: along the lines' middles, without overlap or sliver, holes kept, paints followed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rigged_drawings import as_drawing
from shiage import operations
from shiage.craft.fills import DOUBT, Paint, Stage, picture
from shiage.craft.fills.picture import draw_picture, kept_picture
from shiage.errors import BadInput, BadParameters
from shiage.values import Attribute, Domain, StrokeLayer, StrokeMaterial, Strokes, StrokeView

Line = NDArray[np.complex128]

SKIN = StrokeMaterial("Skin", fill=(0.9, 0.6, 0.5, 1.0), show_line=False, show_fill=True)
COAT = StrokeMaterial("Coat", fill=(0.1, 0.2, 0.7, 1.0), show_fill=True)  # a material that also shows its line


def ring(centre: complex, radius: float, points: int = 80) -> Line:
    return centre + radius * np.exp(2j * np.pi * np.arange(points) / points)


def path(*corners: complex) -> Line:
    return np.concatenate([np.linspace(a, b, 20) for a, b in pairwise(corners)])


def drawn(lines: list[Line], closed: list[bool], frame: int = 1) -> Strokes:
    return as_drawing(lines, np.array(closed), frame)


def with_fills(lines: Strokes, fills: list[tuple[Line, int]]) -> Strokes:
    """The lines with closed fills of SKIN (0) and COAT (1) below them, as an artist paints them."""
    painted = as_drawing([line for line, _ in fills], np.ones(len(fills), np.bool_), lines.frame)
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(painted, name), getattr(lines, name)])
        for name in ("points", "radius", "opacity", "colour", "cyclic", "fill_colour", "hide_line")
    }
    own = np.array([kind for _, kind in fills], np.int32)
    return replace(
        lines,
        offsets=np.concatenate([painted.offsets, painted.offsets[-1] + lines.offsets[1:]]).astype(np.int32),
        material=np.concatenate([own, lines.material + 2]).astype(np.int32),
        layer=np.concatenate([0 * own, lines.layer + 1]).astype(np.int32),
        fill=np.concatenate([np.arange(len(own)) + 1, lines.fill]).astype(np.int32),
        materials=(SKIN, COAT, *lines.materials),
        layers=(StrokeLayer("Paint"), *lines.layers),
        **(columns | {"hide_line": np.concatenate([own >= 0, lines.hide_line])}),
    )


def flat(drawing: Strokes, stroke: int) -> Line:
    points = drawing.points[drawing.span(stroke)].astype(np.float64)
    return np.asarray(points[:, 0] + 1j * points[:, 2])


def area(line: Line) -> float:
    after = np.roll(line, -1)
    return abs(float((line.real * after.imag - line.imag * after.real).sum()) / 2)


def each_region_apart(lines: Strokes, gap: float | None = None) -> Strokes:
    """The drawing's regions, each but the background with a paint of its own."""
    stage = Stage.of([lines], gap)
    scene, found = stage.read(lines)
    paints = [Paint(replace(SKIN, name=str(k))) for k in range(len(found))]
    numbers = np.where(found.background, 0, np.arange(len(found)) + 1)
    return stage.fill(scene, paints, numbers, "Fills")


def test_neighbours_share_the_points_of_the_line_between_them() -> None:
    lines = drawn([path(0, 4, 4 + 3j, 3j, 0), path(2 - 0.2j, 1.6 + 1j, 2.4 + 2j, 2 + 3.2j)], [False, False])
    fills = each_region_apart(lines)
    assert fills.count == 2
    left, right = (set(flat(fills, k).tolist()) for k in range(2))
    shared = np.array(sorted(left & right, key=lambda z: z.imag))
    assert len(shared) >= 4  # the bends of the dividing line and where it meets the frame
    for z in (1.6 + 1j, 2.4 + 2j):
        assert abs(shared - z).min() < 0.01
    assert area(flat(fills, 0)) + area(flat(fills, 1)) == pytest.approx(12, rel=2e-3)
    assert fills.hide_line.all()
    assert fills.cyclic.all()


def test_a_border_runs_along_the_line_whatever_its_width() -> None:
    lines = drawn([ring(0, 2.0, 400)], [True])
    thick = replace(lines, radius=np.linspace(0.02, 0.2, len(lines.radius)).astype(np.float32))
    fills = each_region_apart(thick)
    assert fills.count == 1
    assert abs(abs(flat(fills, 0)) - 2.0).max() < 0.01
    assert len(fills.points) < 150


def test_holes_are_kept() -> None:
    lines = drawn([ring(0, 2.0), ring(0.2, 0.8)], [True, True])
    stage = Stage.of([lines], None)
    scene, found = stage.read(lines)
    outer = int(found.labels[found.labels.shape[0] // 2, int(found.labels.shape[1] * 0.15)])
    fills = stage.fill(scene, [Paint(SKIN)], np.where(np.arange(len(found)) + 1 == outer, 1, 0), "Fills")
    assert fills.count == 2
    assert fills.fill.tolist() == [1, 1]
    assert area(flat(fills, 0)) - area(flat(fills, 1)) == pytest.approx(np.pi * (4 - 0.64), rel=0.01)


def test_a_gap_is_closed_by_a_straight_border() -> None:
    lines = drawn([path(0, 4, 4 + 3j, 3j, 0), path(2, 2 + 1.4j), path(2 + 1.5j, 2 + 3j)], [False] * 3)
    fills = each_region_apart(lines, gap=8)
    assert fills.count == 2
    assert [area(flat(fills, k)) for k in range(2)] == pytest.approx([6, 6], rel=5e-3)
    assert each_region_apart(lines, gap=0).count == 1


def test_paints_follow_to_the_other_drawings() -> None:
    """Head and body move and turn; fills that are a little off the lines tell the paints; materials stay."""
    head, body = ring(4j, 1.0), path(-1, 1, 1.2 + 3j, -1.2 + 3j, -1)
    first = with_fills(drawn([head, body], [True, False], 1), [(ring(4j, 0.93), 0), (0.05j + 0.95 * body, 1)])
    targets = []
    for k, turn in enumerate((0.1, 0.25)):
        moved = [line * np.exp(1j * turn) + 0.3 * (k + 1) for line in (body[::-1], head)]
        targets.append(drawn(moved, [False, True], 5 + 4 * k))
    made = operations.run("propagate-colors-strokes", {"drawings": tuple(targets), "reference": (first,)}, {})
    for target, fills in zip(targets, made["fills"], strict=True):
        assert isinstance(fills, Strokes)
        assert fills.frame == target.frame
        assert fills.layers[0].name == "Shiage Colours"
        assert fills.count == 2
        sizes = {fills.materials[fills.material[k]].name: area(flat(fills, k)) for k in range(2)}
        assert sizes["Skin"] == pytest.approx(np.pi, rel=0.02)
        assert sizes["Coat"] == pytest.approx(area(body), rel=0.02)
        assert COAT in fills.materials
        assert any(attribute.name == DOUBT for attribute in fills.extra)


def test_a_reference_without_fills_is_refused() -> None:
    lines = drawn([ring(0, 1.0)], [True])
    with pytest.raises(BadInput, match="has no fills"):
        operations.run("propagate-colors-strokes", {"drawings": (lines,), "reference": (lines,)}, {})


def test_a_drawing_without_lines_gets_no_fills() -> None:
    first = with_fills(drawn([ring(0, 1.0)], [True]), [(ring(0, 0.95), 0)])
    empty = drawn([], [], 3)
    made = operations.run("propagate-colors-strokes", {"drawings": (empty,), "reference": (first,)}, {})
    fills = made["fills"][0]
    assert isinstance(fills, Strokes)
    assert fills.count == 0


def test_flats_of_strokes_tell_neighbours_apart() -> None:
    lines = drawn([path(0, 4, 4 + 3j, 3j, 0), path(2, 2 + 3j), ring(7 + 1j, 1.0)], [False, False, True])
    made = operations.run("flats-strokes", {"drawing": (lines,)}, {})
    fills = made["fills"][0]
    assert isinstance(fills, Strokes)
    assert sorted(round(area(flat(fills, k)), 1) for k in range(fills.count)) == pytest.approx([3.1, 6, 6], abs=0.1)
    looks = [fills.materials[fills.material[k]].name for k in range(fills.count) if area(flat(fills, k)) > 5]
    assert looks[0] != looks[1]
    assert not any(material.show_line for material in fills.materials)


def test_a_drawing_with_a_view_stands_where_a_picture_may() -> None:
    lines = with_fills(drawn([ring(0, 1.0)], [True]), [(ring(0, 0.95), 0)])
    view = StrokeView(-1.5, 1.5, 40, 120, 100)
    made = operations.run("flats", {"drawing": (replace(lines, view=view),)}, {})
    picture = draw_picture(lines, view)
    assert picture.shape == (100, 120, 4)
    assert picture[60, 60].tolist() == [243, 203, 188, 255]  # SKIN, from linear to sRGB
    assert picture[50 + 10, 20, :3].max() < 60  # the line, at x = -1
    assert picture[5, 5, 3] == 0
    assert made["flats"][0].size == (120, 100)  # type: ignore[union-attr]  # a raster
    with pytest.raises(BadParameters, match="needs a raster"):
        operations.run("flats", {"drawing": (lines,)}, {})


def test_a_drawing_that_comes_again_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = replace(drawn([ring(0, 1)], [True]), fill=np.ones(1, np.int32))
    view = StrokeView(-1.2, 1.2, 20, 48, 48)
    first = kept_picture(drawing, view)
    first[:] = 7  # what an operation does with its own is its own
    anew: list[Strokes] = []
    monkeypatch.setattr(picture, "draw_picture", lambda d, v: anew.append(d) or draw_picture(d, v))
    assert np.array_equal(kept_picture(replace(drawing, name="other"), view), draw_picture(drawing, view))
    assert not anew
    changes = (
        {"points": drawing.points * np.float32(0.9)},
        {"opacity": drawing.opacity * np.float32(0.5)},
        {"materials": (StrokeMaterial("Ink", (1.0, 0, 0, 1)),)},
        {"layers": (StrokeLayer("Lines", opacity=0.5),)},
        {"extra": (Attribute("fill_opacity", Domain.STROKE, np.zeros(1, np.float32)),)},
    )
    for number, change in enumerate(changes, 1):
        other = replace(drawing, **change)  # type: ignore[arg-type]  # one field each
        assert np.array_equal(kept_picture(other, view), draw_picture(other, view))
        assert len(anew) == number
