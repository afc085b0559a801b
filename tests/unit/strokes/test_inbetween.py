"""In-between of strokes, held to drawings whose true in-betweens are known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from rigged_drawings import Redrawn, as_drawing, figure, redraw
from rigged_scores import curves, kept_of, matched_right, mean_error
from shiage.craft.strokes import Anchors, draw_between, join, match_strokes, set_apart
from shiage.craft.timing import ease, parse_spacing
from shiage.errors import BadInput, BadParameters
from shiage.operations import run
from shiage.operations.inbetween_strokes import plan, read_anchors
from shiage.spec import Work
from shiage.values import Attribute, Domain, Exposure, Facts, StrokeLayer, Strokes


@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize(("turn", "soft"), [(20, 0.0), (60, 0.0), (60, 0.5)])
def test_strokes_find_their_partners_on_a_turning_rig(turn: float, soft: float, seed: int) -> None:
    first, second = redraw(figure(200, 40, turn, seed, soft=soft), seed)
    right, _ = matched_right(first, second)
    assert right >= 0.97


@pytest.mark.parametrize("seed", [21, 22])
def test_strokes_without_a_partner_are_left_without_one(seed: int) -> None:
    first, second = redraw(figure(200, 40, 40, seed), seed, missing=0.1)
    right, wrong = matched_right(first, second)
    assert right >= 0.97
    assert wrong <= 3


@pytest.mark.parametrize("seed", [31, 32, 33])
def test_the_drawings_between_follow_the_rig(seed: int) -> None:
    rigged = figure(150, 40, 60, seed)
    first, second = redraw(rigged, seed, missing=0.1)
    assert mean_error(rigged, first, second, kept_of(rigged, seed, 0.1)) < 0.02


def test_both_keys_are_met_exactly() -> None:
    first, second = redraw(figure(60, 30, 40, 5, soft=0.4), 5, noise=0.003)
    a, b = curves(first), curves(second)
    between = draw_between(a, b, match_strokes(a, b))
    start, end = between.at(0.0), between.at(1.0)
    for k, tween in enumerate(between.tweens):
        span = slice(between.offsets[k], between.offsets[k + 1])
        if tween.first >= 0:
            np.testing.assert_allclose(start[span], a.at(tween.first, tween.first_places), atol=1e-9)
        if tween.second >= 0:
            np.testing.assert_allclose(end[span], b.at(tween.second, tween.second_places), atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_a_drawing_that_is_only_shifted_finds_all_its_strokes(seed: int) -> None:
    """Few strokes, circles and straight lines among them, which are as like themselves in many lays."""
    rng, u = np.random.default_rng(seed), np.linspace(0, 1, 30)
    around = np.exp(2j * np.pi * np.linspace(0, 1, 60, endpoint=False))
    figure_of_three = [3.2j + 0.9 * around, 2.0 * around, -1.8 - 1j + (-1.7 - 1.5j) * u]
    drawings = [(figure_of_three, [True, True, False])]
    for _ in range(12):
        many = int(rng.integers(1, 9))
        closed = (rng.random(many) < 0.4).tolist()
        middles, ways = rng.normal(0, 2, (2, many, 2)) @ (1, 1j)
        lines = [
            m + abs(d) * around if c else m + d * u + 1j * d * rng.normal(0, 0.5) * (k % 2) * u * (1 - u)
            for k, (m, d, c) in enumerate(zip(middles, ways, closed, strict=True))
        ]
        drawings.append((lines, closed))
    for lines, closed in drawings:
        for shift in (0.25, 1.0, complex(*rng.normal(0, 2, 2))):
            order = rng.permutation(len(lines))
            one = as_drawing(lines, np.array(closed), 1)
            two = as_drawing([lines[k] + shift for k in order], np.array(closed)[order], 9)
            matching = match_strokes(*join(one, two).curves)
            assert sorted((m.first, int(order[m.second])) for m in matching.matches) == [
                (k, k) for k in range(len(lines))
            ]


def test_a_turning_line_keeps_its_length() -> None:
    line = np.linspace(0, 1, 20) + 0.05j * np.sin(np.linspace(0, 6, 20))
    one = Redrawn([line], np.array([False]), np.array([0]))
    two = Redrawn([line * np.exp(1j * np.radians(80))], np.array([False]), np.array([0]))
    between = draw_between(curves(one), curves(two), match_strokes(curves(one), curves(two)))
    for t in np.linspace(0, 1, 9):
        assert abs(abs(np.diff(between.at(float(t)))).sum() / abs(np.diff(line)).sum() - 1) < 1e-6


def test_a_child_part_goes_along_with_its_parent() -> None:
    """Upper arm +60, fore arm -60 against it: the fore arm must swing out and back in, not go straight."""
    rng = np.random.default_rng(1)

    def lines(start: complex, end: complex) -> list[np.ndarray]:
        u = np.linspace(0, 1, 24)
        made = []
        for _ in range(10):
            p, q = sorted(rng.uniform(0, 1, 2))
            middle = start + (end - start) * (p + (q - p + 0.15) * u)
            made.append(middle + 1j * (rng.normal(0, 0.1) + 0.12 * rng.normal() * np.sin(np.pi * u)))
        return made

    body, upper, lower = lines(-2 + 0j, 0j), lines(0j, 2 + 0j), lines(2 + 0j, 4 + 0j)

    def pose(t: float) -> list[np.ndarray]:
        turn = np.exp(1j * np.radians(60) * t)
        return [*body, *(line * turn for line in upper), *(2 * turn + (line - 2) for line in lower)]

    cyclic, source = np.zeros(30, bool), np.arange(30)
    one, two = curves(Redrawn(pose(0), cyclic, source)), curves(Redrawn(pose(1)[::-1], cyclic, source[::-1]))
    between = draw_between(one, two, match_strokes(one, two))
    error = abs(between.at(0.5) - np.concatenate(pose(0.5)))
    straight = abs((np.concatenate(pose(0)) + np.concatenate(pose(1))) / 2 - np.concatenate(pose(0.5)))
    assert error.mean() < 0.1 * straight.mean()


def test_cut_and_joined_strokes_are_found() -> None:
    rigged = figure(120, 60, 20, 8, closed=0)
    first, second = redraw(rigged, 8, cut=0.2)
    pieces = defaultdict(list)
    for j, source in enumerate(second.source):
        pieces[int(source)].append(j)
    cut = [i for i, js in pieces.items() if len(js) == 2]
    for one, two, swap in ((first, second, False), (second, first, True)):
        got = defaultdict(set)
        for match in match_strokes(curves(one), curves(two)).matches:
            i, j = (match.second, match.first) if swap else (match.first, match.second)
            got[i].add(j)
        assert sum(got[i] == set(pieces[i]) for i in cut) >= 0.8 * len(cut)


def test_anchors_are_obeyed() -> None:
    u = np.linspace(0, 1, 20)
    lines = [u + 1j * k + 0.1j * np.sin((k + 2) * u + k) for k in range(4)]
    one = Redrawn(lines, np.zeros(4, bool), np.arange(4))
    two = Redrawn([line + 0.1 for line in lines], np.zeros(4, bool), np.arange(4))
    anchors = Anchors(strokes=((0, 3),), points=(((1, 0.5), (1, 0.25)),))
    got = {m.first: m for m in match_strokes(curves(one), curves(two), anchors=anchors).matches}
    assert got[0].second == 3
    assert got[1].first_places == (0, 0.5, 1)
    assert got[1].second_places == (0, 0.25, 1)


def test_the_operation_keeps_layers_materials_and_marks_what_has_no_partner() -> None:
    rigged = figure(60, 30, 20, 3)
    first, second = redraw(rigged, 3, missing=0.1)
    one, two = as_drawing(first.strokes, first.cyclic, 1), as_drawing(second.strokes, second.cyclic, 9)
    said: list[str] = []
    out = run("inbetween-strokes", {"first": [one], "second": [two]}, {"exposure": 2}, Work(on_warning=said.append))
    drawings = [d for d in out["drawings"] if isinstance(d, Strokes)]
    assert [d.frame for d in drawings] == [3, 5, 7]
    for drawing in drawings:
        assert drawing.exposure is Exposure.BREAKDOWN
        assert (drawing.layers, drawing.materials) == (one.layers, one.materials)
        assert abs(drawing.points[:, 1]).max() < 1e-6  # still in the plane
        (mark,) = (a for a in drawing.extra if a.name == "shiage_unmatched")
        assert mark.domain is Domain.STROKE
        assert set(mark.data.tolist()) == {0, 1, 2}
    (facts,) = out["matching"]
    assert isinstance(facts, Facts)
    assert len(facts.data["only_first"]) >= 2
    assert "no partner" in said[0]


def test_strokes_without_a_partner_fade_hold_or_go() -> None:
    u = np.linspace(0, 1, 20)
    shared = [u + 1j * k + 0.1j * np.sin(k + 5 * u) for k in range(6)]
    lone = [3 + 0.2 * np.exp(5j * u)]
    one = as_drawing(shared + lone, np.zeros(7, bool), 1)
    two = as_drawing(shared, np.zeros(6, bool), 5)
    opacity = {}
    for choice in ("fade", "hold", "leave-out"):
        out = run("inbetween-strokes", {"first": [one], "second": [two]}, {"exposure": 1, "unmatched": choice})
        opacity[choice] = [d.opacity[d.span(6)].tolist()[:1] if d.count == 7 else None for d in out["drawings"]]
    assert opacity == {"fade": [[0.75], [0.5], [0.25]], "hold": [[1], None, None], "leave-out": [None, None, None]}


def test_strokes_without_a_partner_are_set_apart_by_choice() -> None:
    u = np.linspace(0, 1, 20)
    shared = [u + 1j * k + 0.1j * np.sin(k + 5 * u) for k in range(6)]
    lone = [3 + 0.2 * np.exp(5j * u)]
    one = as_drawing(shared + lone, np.zeros(7, bool), 1)
    two = as_drawing(shared, np.zeros(6, bool), 5)
    moved = np.eye(4)
    moved[:3, :3] *= 2
    moved[:3, 3] = (4, 0, 5)
    one, two = (replace(d, layers=(StrokeLayer("Lines", moved),), colour=d.colour + np.float32(1)) for d in (one, two))

    def only(choice: str) -> Strokes:
        out = run("inbetween-strokes", {"first": [one], "second": [two]}, {"count": 1, "unsure": choice})
        (drawing,) = out["drawings"]
        assert isinstance(drawing, Strokes)
        return drawing

    plain, layer, material = only("keep"), only("layer"), only("material")
    assert [x.name for x in layer.layers] == ["Lines", "Shiage Unsure"]
    assert layer.layer.tolist() == [0] * 6 + [1]
    there = plain.points[plain.span(6)] * 2 + np.array([4, 0, 5])
    np.testing.assert_allclose(layer.points[layer.span(6)], there, atol=1e-6)  # where it was, in the drawing's space
    np.testing.assert_allclose(layer.radius[layer.span(6)], 2 * plain.radius[plain.span(6)])
    assert np.array_equal(layer.points[: layer.offsets[6]], plain.points[: plain.offsets[6]])
    assert [m.name for m in material.materials] == ["Ink", "Unsure Ink"]
    assert material.material.tolist() == [0] * 6 + [1]
    red, green, *_ = material.materials[1].line
    assert red > 10 * green
    assert not material.colour[material.span(6)].any()
    assert np.array_equal(material.points, plain.points)


def test_a_fill_is_set_apart_as_a_whole() -> None:
    ring = np.exp(1j * np.linspace(0, 6, 12))
    drawing = as_drawing([ring, ring / 2, ring + 5], np.ones(3, bool), 3)
    mark = Attribute("shiage_unmatched", Domain.STROKE, np.array([0, 1, 2], np.int8))
    drawing = replace(drawing, fill=np.array([1, 1, 2], np.int32), extra=(mark,))
    assert set_apart(drawing, "layer").layer.tolist() == [0, 0, 1]  # a hole stays in its outline


def test_the_chart() -> None:
    assert plan(1, 9, None, 2, "linear", "") == ((3, 5, 7), (0.25, 0.5, 0.75))
    assert plan(1, 9, 1, 2, "ease-in", "") == ((5,), (0.25,))
    assert plan(0, 0, 3, 2, "linear", "") == ((1, 2, 3), (0.25, 0.5, 0.75))
    assert plan(10, 20, None, 2, "linear", "10% 50% 0.9") == ((12, 15, 18), (0.1, 0.5, 0.9))
    assert [ease(u, "ease-in-out") for u in (0.25, 0.5, 0.75)] == [0.125, 0.5, 0.875]
    for bad in ({"count": 9}, {"exposure": 8}, {"spacing": "0.1 " * 9}, {"spacing": "0.1 0.2", "count": 3}):
        args = {"count": None, "exposure": 2, "timing": "linear", "spacing": ""} | bad
        with pytest.raises((BadParameters, BadInput)):
            plan(1, 5, **args)  # type: ignore[arg-type]  # one of several kinds
    with pytest.raises(BadInput):
        parse_spacing("0.5, 0.2")


def test_anchors_that_name_nothing_are_refused() -> None:
    drawing = as_drawing([np.linspace(0, 1, 5) + 0j] * 3, np.zeros(3, bool))
    assert read_anchors("0=2, 1:4=0:1", drawing, drawing).partners() == {0: 2, 1: 0}
    for text in ("9=0", "0:9=0:1", "0:1=1", "x", "0=1 0=2", "0=1 2=1"):
        with pytest.raises(BadParameters):
            read_anchors(text, drawing, drawing)


def test_drawings_that_can_t_be_in_betweened_are_refused() -> None:
    empty = as_drawing([], np.zeros(0, bool))
    line = as_drawing([np.linspace(0, 1, 5) + 0j], np.zeros(1, bool))
    with pytest.raises(BadInput, match="no strokes"):
        run("inbetween-strokes", {"first": [line], "second": [empty]}, {})


def test_odd_strokes_do_no_harm() -> None:
    """Single points, strokes without length, coinciding strokes."""
    rng = np.random.default_rng(0)
    lines = [np.array([1 + 1j]), np.full(5, 2 + 2j), *(rng.normal(size=7) + 1j * rng.normal(size=7) for _ in range(4))]
    cyclic = np.array([False, True, False, True, False, False])
    one, two = as_drawing(lines, cyclic, 1), as_drawing(lines[::-1], cyclic[::-1], 4)
    out = run("inbetween-strokes", {"first": [one], "second": [two]}, {"exposure": 1})
    for drawing in out["drawings"]:
        assert isinstance(drawing, Strokes)
        assert np.isfinite(drawing.points).all()
