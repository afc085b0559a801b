"""transfer-palette with known characters: named, or recognized figure by figure on a page of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import puppet
from shiage import characters
from shiage.errors import BadInput, BadParameters, NotFound
from shiage.operations import get, run
from shiage.spec import Work
from shiage.values import Raster, Value

SIZE = 360
Pixels = NDArray[np.uint8]
STYLE = puppet.LineStyle(width=2.0, vary=0.0)


def frame_of(seed: int, view: str = "front") -> puppet.Frame:
    who = puppet.Character.from_seed(seed)
    pose = who.pose("stand", view)
    scene = puppet.Scene((puppet.Actor("a", who, pose, puppet.fitted(who.draw(pose), SIZE, 0.04)),))
    return scene.frame(SIZE, STYLE, puppet.PaintStyle(shade="flat"))


def raster(*pictures: Pixels) -> Raster:
    page = np.concatenate(pictures, 1)
    return Raster(np.dstack([page, np.full(page.shape[:2], 255, np.uint8)]), "page")


@pytest.fixture
def cast(home: Any) -> dict[str, int]:
    known = {"Aki": 71, "Beni": 72}
    for name, seed in known.items():
        characters.add(name, [raster(*(frame_of(seed, view).painted_flat() for view in ("front", "side")))])
    return known


def colour(page: Raster, character: str, **inputs: Any) -> Mapping[str, tuple[Value, ...]]:
    return run("transfer-palette", {"sketch": [page], **inputs}, {"character": character})


def right(outputs: Mapping[str, Any], frame: puppet.Frame, left: int) -> float:
    """The share of a figure's painted pixels, from column `left` on, that have their true colour."""
    flats = outputs["flats"][0].pixels[:, left : left + SIZE].astype(int)
    asked = (frame.ids >= 0) & ~frame.is_line
    near = np.abs(flats[..., :3] - frame.flat).max(2) <= 6
    return float((near & (flats[..., 3] == 255))[asked].mean())


def test_each_figure_gets_its_own_characters_colours_and_a_stranger_none(cast: dict[str, int]) -> None:
    frames = [frame_of(72), frame_of(999, "back"), frame_of(71)]
    page = raster(*(frame.on_paper() for frame in frames))
    warnings: list[str] = []
    outputs: Any = run("transfer-palette", {"sketch": [page]}, {"character": "auto"}, Work(on_warning=warnings.append))
    facts = outputs["facts"][0].data
    assert [figure["name"] for figure in facts["figures"]] == ["Beni", None, "Aki"]
    assert right(outputs, frames[0], 0) > 0.9
    assert right(outputs, frames[2], 2 * SIZE) > 0.9
    stranger = np.s_[:, SIZE : 2 * SIZE]
    assert not outputs["flats"][0].pixels[stranger][..., 3].any()
    inside = (frames[1].ids >= 0) & ~frames[1].is_line
    assert (outputs["uncertain"][0].pixels[stranger][inside] == 255).mean() > 0.9
    assert any("1 of 3 figures" in warning for warning in warnings)
    by_figure = {number: [r for r in facts["regions"] if r["figure"] == number] for number in range(3)}
    assert all(r["colour"] is None and r["check"] and r["sure"] == 0 for r in by_figure[1])
    assert all(r["part"].split(" of ")[1].startswith("Beni, design-1") for r in by_figure[0])
    assert all(r["part"].split(" of ")[1].startswith("Aki, design-1") for r in by_figure[2])
    assert {name.split(",")[0] for name in facts["designs"]} == {"Aki", "Beni"}


def test_the_same_character_twice_and_facts_agree_with_the_picture(cast: dict[str, int]) -> None:
    frames = [frame_of(71), frame_of(71, "side")]
    outputs: Any = colour(raster(*(frame.on_paper() for frame in frames)), "auto")
    facts, labels = outputs["facts"][0].data, outputs["regions"][0].labels
    assert [figure["name"] for figure in facts["figures"]] == ["Aki", "Aki"]
    assert min(right(outputs, frame, i * SIZE) for i, frame in enumerate(frames)) > 0.85
    flats = outputs["flats"][0].pixels
    for region in facts["regions"]:
        red, green, blue, alpha = (int(v) for v in flats[labels == region["id"]][0])
        assert region["colour"] == (f"#{red:02x}{green:02x}{blue:02x}" if alpha else None)


def test_a_named_character_is_coloured_as_from_its_designs(cast: dict[str, int]) -> None:
    frame = frame_of(72)
    page = raster(frame.on_paper())
    outputs: Any = colour(page, "Beni")
    assert right(outputs, frame, 0) > 0.9
    assert "figures" not in outputs["facts"][0].data
    given: Any = run(
        "transfer-palette",
        {"sketch": [page], "design": [raster(frame_of(72, view).painted_flat()) for view in ("front", "side")]},
        {},
    )
    assert (given["flats"][0].pixels == outputs["flats"][0].pixels).all(2).mean() > 0.99


def test_what_does_not_fit_together_is_refused(cast: dict[str, int]) -> None:
    page = raster(frame_of(71).on_paper())
    with pytest.raises(NotFound, match="Nobody"):
        colour(page, "Nobody")
    with pytest.raises(BadParameters, match="design: is missing"):
        colour(page, "")
    with pytest.raises(BadParameters, match="each figure has its own"):
        colour(page, "auto", design=[page])


def test_characters_known_from_line_art_have_no_colours_to_give(home: Any) -> None:
    page = raster(frame_of(71).on_paper())
    with pytest.raises(BadInput, match="No character is known"):
        colour(page, "auto")
    characters.add("Ink", [page])
    with pytest.raises(BadInput, match="line art alone"):
        colour(page, "Ink")
    outputs: Any = colour(page, "auto")
    assert outputs["facts"][0].data["figures"][0]["name"] == "Ink"
    assert not outputs["flats"][0].pixels[..., 3].any()


def test_an_earlier_answer_is_given_again_only_without_a_character() -> None:
    spec = get("transfer-palette").spec
    assert not spec.remembers_for({"character": ""})
    assert spec.remembers_for({"character": "auto"})
    assert get("recognize").spec.remembers_for({})
