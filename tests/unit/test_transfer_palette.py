"""transfer-palette: a sketch gets its design's colours, whatever the view, the size, the paper or the order."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from characters import COLOURS, draw
from shiage.craft.matching import read_sheet
from shiage.errors import BadInput, Cancelled
from shiage.nets.parts import segmenter
from shiage.operations import run
from shiage.spec import Work
from shiage.values import Mask, Palette, Raster, Regions, Value

Pixels = NDArray[np.uint8]
Outputs = dict[str, tuple[Value, ...]]


def transfer(sketch: Pixels, *designs: Pixels, work: Work | None = None, **parameters: object) -> Outputs:
    inputs = {"sketch": [Raster(sketch, "sketch")], "design": [Raster(d, f"design {i}") for i, d in enumerate(designs)]}
    return run("transfer-palette", inputs, parameters, work)


def pixels(outputs: Outputs, port: str) -> Pixels:
    value: Any = outputs[port][0]
    assert isinstance(value, Raster | Mask)
    return value.pixels  # type: ignore[return-value]  # these ports are 8-bit


def right(outputs: Outputs, parts: Pixels, colours: dict[str, tuple[int, int, int]] = COLOURS) -> dict[str, float]:
    """For each part in the drawing, the share of its pixels that have its colour."""
    flats = pixels(outputs, "flats").astype(int)
    shares = {}
    for number, name in enumerate(COLOURS, 1):
        inside = parts == number
        if inside.any():
            near = np.abs(flats[inside][:, :3] - colours[name]).max(axis=1) <= 4
            shares[name] = float((near & (flats[inside][:, 3] == 255)).mean())
    return shares


@pytest.mark.parametrize("scale", [1.5, 3])
@pytest.mark.parametrize("paper", [255, 236])
def test_the_same_view_is_coloured_without_a_fault(scale: float, paper: int) -> None:
    sketch, parts = draw("front", scale=scale)
    design, _ = draw("front", COLOURS, scale=2, paper=paper)
    assert min(right(transfer(sketch, design), parts).values()) > 0.97


@pytest.mark.parametrize(
    ("view", "design"), [("back", "front"), ("side", "front"), ("front", "side"), ("back", "side")]
)
def test_another_view_gets_nearly_all_its_colours(view: str, design: str) -> None:
    sketch, parts = draw(view, scale=2)
    shares = right(transfer(sketch, draw(design, COLOURS, scale=2)[0]), parts)
    assert sum(share > 0.97 for share in shares.values()) >= len(shares) - 2, shares
    assert {"hair", "shirt", "leg", "shoe"} <= {name for name, share in shares.items() if share > 0.97}, shares


def test_a_design_from_a_jpeg_file_gives_its_paints() -> None:
    clean, _ = draw("front", COLOURS, scale=2)
    design = clean.copy()
    coded = cv2.imencode(".jpg", np.ascontiguousarray(design[..., 2::-1]), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    design[..., :3] = cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]
    sketch, parts = draw("side", scale=2)
    assert min(right(transfer(sketch, design), parts).values()) > 0.9
    # What coding mixes beside lines is no paint: read as it is, there are nearly three areas for each one drawn.
    areas = [read_sheet(each, segmenter().likelihood).areas.count for each in (clean, design)]
    assert areas[1] < 2 * areas[0]


def test_colours_come_from_the_design_and_not_from_habit() -> None:
    order = list(COLOURS)
    turned = {name: COLOURS[order[(i + 3) % len(order)]] for i, name in enumerate(order)}
    turned.update(neck=turned["face"], hand=turned["face"], leg=turned["face"])
    sketch, parts = draw("front", scale=2)
    assert min(right(transfer(sketch, draw("front", turned, scale=2)[0]), parts, turned).values()) > 0.97


def test_a_mirrored_design_serves_as_well() -> None:
    sketch, parts = draw("side", scale=2)
    design = np.ascontiguousarray(draw("side", COLOURS, scale=2)[0][:, ::-1])
    assert min(right(transfer(sketch, design), parts).values()) > 0.97


def test_background_is_untouched_and_the_figure_filled() -> None:
    sketch, parts = draw("front", scale=2)
    outputs = transfer(sketch, draw("front", COLOURS, scale=2)[0])
    flats = pixels(outputs, "flats")
    outside = (parts == 0) & (np.arange(parts.shape[1])[None] < 90)
    assert (flats[outside, 3] == 0).mean() > 0.99
    assert (flats[(parts > 0) & (parts < 255), 3] == 255).mean() > 0.99
    painted = {tuple(colour) for colour in flats[flats[..., 3] == 255][:, :3].tolist()}
    palette: Any = outputs["palette"][0]
    assert isinstance(palette, Palette)
    assert painted == {(s.colour.red, s.colour.green, s.colour.blue) for s in palette.swatches}


def test_lines_lie_on_top_and_no_white_stays_beside_them() -> None:
    sketch, parts = draw("front", scale=2)
    picture = pixels(transfer(sketch, draw("front", COLOURS, scale=2)[0]), "picture").astype(int)
    shirt = 1 + list(COLOURS).index("shirt")
    assert (picture[parts == 255][:, :3].max(axis=1) < 60).all()
    assert (picture[parts == shirt][:, :3].min(axis=1) < 200).all()


def test_the_same_again_to_the_byte_and_in_any_order() -> None:
    sketch, _ = draw("back", scale=2)
    front, side = draw("front", COLOURS, scale=2)[0], draw("side", COLOURS, scale=2)[0]
    first, second = transfer(sketch, front, side), transfer(sketch, front, side)
    swapped = transfer(sketch, side, front)
    for port in ("picture", "flats", "uncertain"):
        assert (pixels(first, port) == pixels(second, port)).all()
    assert (pixels(first, "flats") == pixels(swapped, "flats")).mean() > 0.999


def test_the_design_of_the_same_view_leads() -> None:
    sketch, parts = draw("side", scale=2)
    outputs = transfer(sketch, draw("front", COLOURS, scale=2)[0], draw("side", COLOURS, scale=2)[0])
    assert min(right(outputs, parts).values()) > 0.97
    facts: Any = outputs["facts"][0]
    assert facts.data["designs"]["design 1"] > facts.data["designs"]["design 0"]


def test_facts_mask_and_layers_agree() -> None:
    sketch, _ = draw("side", scale=2)
    outputs = transfer(sketch, draw("front", COLOURS, scale=2)[0], doubt=0.9, layers=True)
    facts: Any = outputs["facts"][0]
    regions: Any = outputs["regions"][0]
    assert isinstance(regions, Regions)
    flats, mask = pixels(outputs, "flats"), pixels(outputs, "uncertain")
    checked = [r["id"] for r in facts.data["regions"] if r["check"]]
    assert (np.isin(regions.labels, checked) == (mask == 255)).all()
    for region in facts.data["regions"]:
        assert 0 <= region["sure"] <= 1
        here = flats[regions.labels == region["id"]]
        assert (here[:, 3] == (255 if region["colour"] else 0)).all()
    stacked = np.zeros_like(flats)
    for layer in outputs["layers"]:
        assert isinstance(layer, Raster)
        stacked += layer.to_8bit()
    assert (stacked == flats).all()


def test_a_gap_in_a_line_does_not_spill_colour() -> None:
    sketch, parts = draw("front", scale=2)
    sketch[578:586, 150:170] = np.where(parts[578:586, 150:170, None] > 0, 255, sketch[578:586, 150:170])
    assert min(right(transfer(sketch, draw("front", COLOURS, scale=2)[0]), parts).values()) > 0.9


def test_hair_that_is_open_to_the_paper_gets_its_colour() -> None:
    sketch, parts = draw("front", scale=2)
    sketch[32:52, 228:252] = 255  # six times as wide as the line
    assert min(right(transfer(sketch, draw("front", COLOURS, scale=2)[0]), parts).values()) > 0.9


def test_line_art_is_no_design() -> None:
    sketch, _ = draw("front", scale=2)
    with pytest.raises(BadInput, match="no colour"):
        transfer(sketch, sketch)


def test_an_empty_design_and_an_empty_sketch_are_refused() -> None:
    sketch, _ = draw("front", scale=2)
    blank = np.full((200, 100, 4), 255, np.uint8)
    with pytest.raises(BadInput, match="no figure"):
        transfer(sketch, blank)
    with pytest.raises(BadInput, match="no lines"):
        transfer(blank, draw("front", COLOURS, scale=2)[0])


def test_a_sketch_that_is_a_lone_stroke_is_refused_or_left_bare() -> None:
    stroke = np.full((200, 200, 4), 255, np.uint8)
    stroke[100:103, 40:160, :3] = 0
    with pytest.raises(BadInput, match="no closed figure"):
        transfer(stroke, draw("front", COLOURS, scale=2)[0])


def test_a_cancelled_job_stops() -> None:
    cancelled = Event()

    def stop(_done: float, stage: str) -> None:
        if stage == "matching":
            cancelled.set()

    sketch, _ = draw("front", scale=2)
    with pytest.raises(Cancelled):
        transfer(sketch, draw("front", COLOURS, scale=2)[0], work=Work(on_progress=stop, cancelled=cancelled))


@pytest.mark.shared
def test_region_accuracy_is_above_the_published_outputs(shared: Path, tmp_path: Path) -> None:
    bench = shared / "bench" / "palette"
    for character, designs in json.loads((bench / "designs.json").read_text()).items():
        for sketch in sorted((bench / "sketch").glob(f"{character}_CHS_*")):
            line_art = np.asarray(Image.open(sketch).convert("RGBA"))
            for name, files in designs.items():
                drawn = [np.asarray(Image.open(bench / file).convert("RGBA")) for file in files]
                picture = pixels(transfer(line_art, *drawn), "picture")
                Image.fromarray(picture).save(tmp_path / f"{character}_{name}_{sketch.stem[-2:]}.png")
    score = tmp_path / "score.json"
    subprocess.run(
        [sys.executable, bench / "score.py", bench / "truth", tmp_path, "--json", score],
        check=True,
        capture_output=True,
    )
    overall = json.loads(score.read_text())["overall"]
    peer = json.loads((bench / "peer_scores.json").read_text())["overall"]
    for group in ("ALL", "same view", "other view"):
        assert overall[group]["acc10"] > peer[group]["acc10"]
    assert overall["ALL"]["bg_leak"] < 0.001


def test_a_drawing_of_thousands_of_regions_is_coloured_too() -> None:
    sketch, parts = draw("front", scale=3)
    sketch[(parts == 1 + list(COLOURS).index("shirt")) & (np.indices(parts.shape) % 8 == 0).any(axis=0), :3] = 0
    outputs = transfer(sketch, draw("front", COLOURS, scale=2)[0], gap=0)
    facts: Any = outputs["facts"][0]
    assert len(facts.data["regions"]) > 1000
    assert right(outputs, parts)["shirt"] > 0.9
    assert right(outputs, parts)["hair"] > 0.9
