"""Chains: linked by kind and name, checked before anything runs, run as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import site_operations  # noqa: F401  # registers its operations
from rigged_drawings import as_drawing, figure
from shiage.batch._writing import name_of
from shiage.batch.chain import load
from shiage.batch.sources import FrameSource
from shiage.chains import SOURCE, Chain, run
from shiage.errors import BadInput, BadParameters
from shiage.spec import Work
from shiage.values import Clip, Frame, Kind, Raster, Strokes
from shiage.values.encoding import encode
from shiage.values.stroke_files import strokes_from_json, write_strokes


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "night.yaml"
    path.write_text(text)
    return path


def picture(level: int, name: str = "a") -> Raster:
    return Raster(np.full((4, 6, 4), level, np.uint8), name)


def test_steps_are_linked_by_kind_and_name(tmp_path: Path) -> None:
    (tmp_path / "front.png").write_bytes(b"")
    chain = load(
        write(
            tmp_path,
            """
            steps:
              - flats: {gap: 8}
              - transfer-palette: {sketch: source, design: front.png, doubt: 0.4}
              - name: glow
                operation: relight
                parameters: {light-x: 0.5}
            outputs: [glow, transfer-palette.flats, flats.flats]
            """,
        )
    )
    flats, palette, glow = chain.chain.steps
    assert flats.feeds == {"drawing": (SOURCE,)}
    assert palette.feeds == {"sketch": (SOURCE,), "design": ("transfer_palette_design",)}
    assert chain.files == {"transfer_palette_design": (tmp_path / "front.png",)}
    assert glow.feeds == {
        "painting": ("transfer-palette.picture",),
        "regions": ("transfer-palette.regions",),
        "palette": ("transfer-palette.palette",),
    }
    assert glow.parameters == {"light_x": 0.5}
    assert chain.chain.output_names() == {
        "lit": "glow.lit",
        "transfer_palette_flats": "transfer-palette.flats",
        "flats_flats": "flats.flats",
    }
    assert [port.name for port in chain.chain.spec.inputs] == [SOURCE, "transfer_palette_design"]
    assert Chain.from_json(chain.chain.to_json()).to_json() == chain.chain.to_json()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: [flatz]", "no operation 'flatz'"),
        ("steps: [flats: {gap: much}]", "flats.gap: needs a number"),
        ("steps: [flats: {gab: 1}]", "flats.gab: flats has no such parameter"),
        ("steps: [transfer-palette: {design: nowhere.png}]", "neither a file nor an output of: source"),
        ("steps: [flats, recognize: {page: flats.facts}]", "takes a raster, and flats.facts is a facts"),
        ("steps: [flats, recognize: {page: flats.lines}]", "flats has no output 'lines' (it has: flats, regions"),
        ("steps: [flats, flats]", "step 2: needs a name of its own"),
        ("steps: [inbetween-strokes]", "inbetween-strokes.first: is missing"),
        ("{steps: [flats], outputs: [flats.lines]}", "write STEP.PORT, such as flats.flats"),
        ("{steps: [flats], output: [flats]}", "output: is not known here"),
        ("steps: [[flats]]", "is written as `- flats`"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadParameters) as caught:
        load(write(tmp_path, text))
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["steps: []", "flats", "a: [", "steps: !!python/object/apply:os.system [ls]"])
def test_what_is_no_chain_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput):
        load(write(tmp_path, text))


def test_a_chain_gives_what_its_steps_give_one_by_one(tmp_path: Path) -> None:
    loaded = load(
        write(
            tmp_path, "steps: [invert: {strength: 0.5}, {name: back, operation: invert}]\noutputs: [back, invert.facts]"
        )
    )
    heard: list[tuple[float, str]] = []
    work = Work(on_progress=lambda fraction, stage: heard.append((fraction, stage)))
    given = run("chain", {SOURCE: (picture(200),)}, {"chain": loaded.chain.to_json()}, work)
    (result,) = given["result"]
    once = run("invert", {"drawing": (picture(200),)}, {"strength": 0.5}, Work())["result"][0]
    assert isinstance(result, Raster)
    assert isinstance(once, Raster)
    twice = run("invert", {"drawing": (once,)}, {}, Work())["result"][0]
    assert isinstance(twice, Raster)
    assert np.array_equal(result.pixels, twice.pixels)
    assert given["facts"]


def test_an_error_names_its_step(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, "{steps: [invert, fail], outputs: [fail.facts]}"))
    with pytest.raises(BadInput, match="nothing to see") as caught:
        run("chain", {SOURCE: (picture(1),)}, {"chain": loaded.chain.to_json()}, Work())
    assert caught.value.where.startswith("fail")


def test_a_step_that_takes_a_clip_makes_the_chain_take_the_shot(tmp_path: Path) -> None:
    (tmp_path / "key.png").write_bytes(b"")
    loaded = load(
        write(
            tmp_path,
            """
            steps:
              - invert
              - propagate-colors: {reference: key.png}
              - name: back
                operation: invert
            outputs: [back.result, propagate-colors.frames, back.facts]
            """,
        )
    )
    chain = loaded.chain
    assert chain.takes_shot
    assert [chain.is_per_frame(step) for step in chain.steps] == [True, False, True]
    assert chain.steps[1].feeds["lines"] == ("invert.result",)
    assert [port.kind for port in chain.spec.inputs] == [Kind.CLIP, Kind.RASTER]
    assert [port.kind for port in chain.spec.outputs] == [Kind.CLIP, Kind.CLIP, Kind.FACTS]


def test_a_shot_is_coloured_from_its_key(tmp_path: Path) -> None:
    loaded_key = tmp_path / "key.png"
    loaded_key.write_bytes(b"")
    loaded = load(
        write(tmp_path, "steps: [invert, {name: back, operation: invert}, propagate-colors: {reference: key.png}]")
    )
    lines = []
    for number in range(2):
        pixels = np.full((48, 48, 4), 255, np.uint8)
        pixels[8:40, 8 + number : 10 + number, :3] = 0
        pixels[8:40, 38 + number : 40 + number, :3] = 0
        pixels[8:10, 8 + number : 40 + number, :3] = 0
        pixels[38:40, 8 + number : 40 + number, :3] = 0
        lines.append(Frame(float(number), Raster(pixels, f"f{number}")))
    key = lines[0].raster.pixels.copy()
    key[10:38, 10:38, :3] = (200, 30, 40)
    given = run(
        "chain",
        {SOURCE: (Clip(tuple(lines)),), "propagate_colors_reference": (Raster(key, "f0"),)},
        {"chain": loaded.chain.to_json()},
        Work(),
    )
    (clip,) = given["frames"]
    assert isinstance(clip, Clip)
    assert tuple(clip.frames[1].raster.pixels[24, 24, :3]) == (200, 30, 40)


def test_stroke_files_feed_a_chain(tmp_path: Path) -> None:
    rigged = figure(6, 8, 10, 1)
    first, last = (as_drawing(rigged.at(t), rigged.cyclic, frame) for t, frame in ((0, 1), (1, 5)))
    write_strokes(tmp_path / "a.strokes.json", [first])
    write_strokes(tmp_path / "b.strokes.json", [last])
    write_strokes(tmp_path / "both.strokes.json", [first, last])
    loaded = load(
        write(
            tmp_path,
            "steps: [inbetween-strokes: {first: a.strokes.json, second: b.strokes.json, count: 2}]",
        )
    )
    given = run("chain", {SOURCE: (picture(9),), **loaded.fixed()}, {"chain": loaded.chain.to_json()}, Work())
    assert [drawing.frame for drawing in given["drawings"] if isinstance(drawing, Strokes)] == [2, 4]
    many = load(
        write(
            tmp_path,
            "steps: [propagate-colors-strokes: {drawings: both.strokes.json, reference: a.strokes.json}]",
        )
    )
    drawings = many.fixed()["propagate_colors_strokes_drawings"]
    assert [drawing.frame for drawing in drawings if isinstance(drawing, Strokes)] == [1, 5]
    file = FrameSource("sh010.0001.png", Path())
    made = encode(given["drawings"][0])
    assert name_of(file, loaded.chain.spec.outputs[0], True, 1) == "sh010.0001.2.strokes.json"
    assert strokes_from_json(made.decode())[0].count == 6
