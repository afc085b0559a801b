"""Stroke drawings: their checks, and their files without loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shiage.errors import BadInput
from shiage.values import Attribute, Domain, Exposure, Kind, StrokeLayer, StrokeMaterial, Strokes
from shiage.values.reading import read_value, read_values
from shiage.values.stroke_files import read_strokes, strokes_from_json, strokes_to_json, write_strokes
from shiage.values.strokes import COLUMNS


def random_drawing(counts: list[int], seed: int = 0) -> Strokes:
    """A drawing with every field filled with awkward numbers."""
    rng = np.random.default_rng(seed)
    n, s = sum(counts), len(counts)
    transform = np.eye(4)
    transform[:3] += rng.normal(size=(3, 4)) * 0.1
    return Strokes(
        points=rng.normal(size=(n, 3)).astype(np.float32) / 3,
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        radius=rng.random(n, np.float32) / 7,
        opacity=rng.random(n, np.float32),
        colour=rng.random((n, 4), np.float32),
        material=rng.integers(0, 2, s).astype(np.int32),
        layer=rng.integers(0, 2, s).astype(np.int32),
        cyclic=rng.random(s) < 0.5,
        fill=rng.integers(0, 5, s).astype(np.int32),
        fill_colour=rng.random((s, 4), np.float32),
        hide_line=rng.random(s) < 0.5,
        materials=(
            StrokeMaterial("Ink"),
            StrokeMaterial("Häut", (0.1, 0.2, 0.3, 1), (1.5, 0.4, 0.2, 0.9), False, True),
        ),
        layers=(StrokeLayer("Lines", transform, 0.3), StrokeLayer("Fills")),
        frame=-7,
        exposure=Exposure.BREAKDOWN,
        plane=transform,
        extra=(
            Attribute("pressure", Domain.POINT, rng.random((n, 2), np.float32)),
            Attribute("caps", Domain.STROKE, rng.integers(-3, 3, s).astype(np.int8)),
        ),
        name="Hero",
    )


def assert_same(a: Strokes, b: Strokes) -> None:
    """Bit for bit."""
    for name in (*COLUMNS, "offsets", "plane"):
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype, name
        assert np.array_equal(x, y), name
    assert (a.materials, a.frame, a.exposure, a.name) == (b.materials, b.frame, b.exposure, b.name)
    assert [(x.name, x.opacity, x.transform.tolist()) for x in a.layers] == [
        (y.name, y.opacity, y.transform.tolist()) for y in b.layers
    ]
    assert [(x.name, x.domain, x.data.dtype, x.data.tolist()) for x in a.extra] == [
        (y.name, y.domain, y.data.dtype, y.data.tolist()) for y in b.extra
    ]


def test_a_file_gives_the_drawing_back_bit_for_bit(tmp_path: Path) -> None:
    drawings = (random_drawing([3, 1, 8]), random_drawing([], seed=1), random_drawing([5], seed=2))
    path = tmp_path / "hero.strokes.json"
    write_strokes(path, drawings)
    for wrote, read in zip(drawings, read_strokes(path), strict=True):
        assert_same(wrote, read)


def test_a_hand_written_file_needs_only_points() -> None:
    (drawing,) = strokes_from_json(
        '{"format": "shiage-strokes", "version": 1, "strokes": [{"points": [[0, 1], [2, 3]]}]}'
    )
    assert drawing.points.tolist() == [[0, 1, 0], [2, 3, 0]]
    assert drawing.opacity.tolist() == [1, 1]
    assert drawing.layers[0].name == "Lines"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "shiage-strokes", "version": 2}',
        '{"format": "shiage-strokes", "version": 1, "strokes": [{"points": []}]}',
        '{"format": "shiage-strokes", "version": 1, "strokes": [{"points": [[NaN, 0]]}]}',
        '{"format": "shiage-strokes", "version": 1, "strokes": [{"points": [[1e99, 0]]}]}',
        '{"format": "shiage-strokes", "version": 1, "strokes": [{"points": [[1, 2, 3, 4]]}]}',
        '{"format": "shiage-strokes", "version": 1, "strokes": [{"points": [[1, 2]], "material": 3}]}',
        '{"format": "shiage-strokes", "version": 1, "strokes": 5}',
        '{"format": "shiage-strokes", "version": 1, "plane": [0, 0], "strokes": []}',
        '{"format": "shiage-strokes", "version": 1, "layers": 3, "strokes": []}',
        "[" * 100_000,
    ],
)
def test_what_is_not_a_stroke_file_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        strokes_from_json(text)


def test_arrays_that_disagree_are_refused() -> None:
    good = random_drawing([3, 4])
    parts = {name: getattr(good, name) for name in (*COLUMNS, "offsets", "materials", "layers")}
    for name, wrong in (
        ("radius", np.zeros(5, np.float32)),
        ("points", np.zeros((7, 3), np.float64)),
        ("offsets", np.array([0, 5, 3, 7], np.int32)),
        ("layer", np.array([0, 9], np.int32)),
        ("opacity", np.full(7, np.nan, np.float32)),
    ):
        with pytest.raises(BadInput):
            Strokes(**(parts | {name: wrong}))


def test_text_of_many_drawings_keeps_their_order() -> None:
    drawings = [random_drawing([2], seed=k) for k in range(3)]
    assert [d.points[0, 0] for d in strokes_from_json(strokes_to_json(drawings))] == [d.points[0, 0] for d in drawings]


def test_a_stroke_file_is_read_as_a_value(tmp_path: Path) -> None:
    one, both = tmp_path / "one.strokes.json", tmp_path / "both.strokes.json"
    write_strokes(one, [random_drawing([3])])
    write_strokes(both, [random_drawing([3]), random_drawing([4], seed=1)])
    read = read_value(Kind.STROKES, one)
    assert isinstance(read, Strokes)
    assert_same(read, random_drawing([3]))
    assert len(read_values(Kind.STROKES, both)) == 2
    with pytest.raises(BadInput, match="has 2 drawings, but one is wanted"):
        read_value(Kind.STROKES, both)
    with pytest.raises(BadInput, match="can't be read"):
        read_value(Kind.STROKES, tmp_path / "nowhere.strokes.json")
    one.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="not text"):
        read_value(Kind.STROKES, one)
