"""Characters are known from their designs: by drawn puppets, and by the benchmark's characters where they are here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner

import puppet
from shiage import characters
from shiage.cli.character import character
from shiage.craft.figures import find_figures
from shiage.errors import BadInput, MissingWeights, NotFound
from shiage.nets.recognize import (
    Album,
    Calibration,
    Look,
    Prints,
    Question,
    Tuned,
    agreed,
    answer,
    lead_of,
    look_at,
)
from shiage.operations import run
from shiage.values import Raster
from shiage.values.files import encode_picture


def draw(seed: int, view: str, *, painted: bool, size: int = 360) -> Raster:
    who = puppet.Character.from_seed(seed)
    drawing = who.draw(who.pose("stand", view))
    scene = puppet.Scene((puppet.Actor("a", who, who.pose("stand", view), puppet.fitted(drawing, size, 0.04)),))
    frame = scene.frame(size)
    picture = frame.painted_flat() if painted else frame.on_paper()
    return Raster(np.dstack([picture, np.full((size, size), 255, np.uint8)]), f"{seed}-{view}")


def beside(*pictures: Raster) -> Raster:
    return Raster(np.concatenate([p.to_8bit() for p in pictures], 1), "page")


@pytest.fixture
def cast(home: Path) -> dict[str, int]:
    """Four puppets that are known from a painted front and side."""
    known = {"Aki": 71, "Beni": 72, "Chie": 73, "Dai": 74}
    for name, seed in known.items():
        characters.add(name, [draw(seed, "front", painted=True), draw(seed, "side", painted=True)])
    return known


def test_a_page_of_sketches_is_named_figure_by_figure(cast: dict[str, int]) -> None:
    page = beside(draw(73, "front", painted=False), draw(71, "front", painted=False), draw(999, "back", painted=False))
    (facts,) = run("recognize", {"page": [page]}, {})["figures"]
    figures = facts.data["figures"]  # type: ignore[union-attr]
    assert [figure["name"] for figure in figures[:2]] == ["Chie", "Aki"]
    assert [figure["candidates"][0]["name"] for figure in figures[:2]] == ["Chie", "Aki"]
    boxes = [figure["box"] for figure in figures]
    assert len(boxes) == 3
    assert [box[0] // 360 for box in boxes] == [0, 1, 2]
    assert all(0 <= figure["score"] <= 1 for figure in figures)
    assert figures[2]["name"] is None


def test_only_the_named_characters_are_asked_and_unknown_names_refused(cast: dict[str, int]) -> None:
    page = {"page": [draw(71, "front", painted=True)]}
    (facts,) = run("recognize", page, {"characters": "Beni, Dai"})["figures"]
    names = {candidate["name"] for candidate in facts.data["figures"][0]["candidates"]}  # type: ignore[union-attr]
    assert names == {"Beni", "Dai"}
    with pytest.raises(NotFound, match="Nobody"):
        run("recognize", page, {"characters": "Nobody"})


def test_nobody_is_known_at_first_and_a_blank_page_has_no_figure(home: Path) -> None:
    (facts,) = run("recognize", {"page": [draw(5, "front", painted=False)]}, {})["figures"]
    assert facts.data["figures"][0]["name"] is None  # type: ignore[union-attr]
    with pytest.raises(BadInput, match="no figure"):
        run("recognize", {"page": [Raster(np.full((64, 64, 4), 255, np.uint8))]}, {})


def test_a_sheet_is_cut_into_its_views_and_a_profile_replaced(home: Path) -> None:
    sheet = beside(*(draw(72, view, painted=True) for view in ("front", "side", "back")))
    assert characters.add("Beni", [sheet]).figures == 3
    assert characters.add("Beni", [draw(72, "front", painted=True)]).figures == 1
    (profile,) = characters.profiles()
    assert profile.designs()[0].size == (360, 360)
    characters.remove("Beni")
    assert characters.profiles() == []
    assert list((home / "characters").iterdir()) == []


@pytest.mark.parametrize("name", ["../../up", "a/b", "..", "C:\\x", "桜 ～", "con"])
def test_names_stay_in_the_characters_folder(home: Path, name: str) -> None:
    profile = characters.add(name, [draw(72, "front", painted=True)])
    assert profile.folder.parent == home / "characters"
    assert characters.get(name).name == name


def test_wrong_designs_are_refused(home: Path) -> None:
    for name in ("", " ", "two\nlines", "x" * 81):
        with pytest.raises(BadInput):
            characters.add(name, [draw(72, "front", painted=True)])
    with pytest.raises(BadInput, match="one to 5"):
        characters.add("Aki", [])
    with pytest.raises(BadInput, match="no figure"):
        characters.add("Aki", [Raster(np.full((64, 64, 4), 255, np.uint8))])
    assert characters.profiles() == []


def test_damaged_prints_are_made_again(cast: dict[str, int]) -> None:
    stored = characters.get("Aki").folder / "prints.npz"
    stored.write_bytes(stored.read_bytes()[:500])
    (facts,) = run("recognize", {"page": [draw(71, "front", painted=True)]}, {})["figures"]
    assert facts.data["figures"][0]["name"] == "Aki"  # type: ignore[union-attr]
    assert len(stored.read_bytes()) > 500


def test_the_command_adds_lists_and_removes(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "front.png"
    path.write_bytes(encode_picture(draw(72, "front", painted=True), ".png", flatten=False))
    added = CliRunner().invoke(character, ["add", "Beni", str(path), "--json"])
    assert json.loads(added.output) == {"name": "Beni", "figures": 1}
    listed = json.loads(CliRunner().invoke(character, ["list", "--json"]).output)
    assert [row["name"] for row in listed["characters"]] == ["Beni"]
    assert CliRunner().invoke(character, ["remove", "Beni"]).exit_code == 0
    assert isinstance(CliRunner().invoke(character, ["remove", "Beni"]).exception, NotFound)


def test_a_tuned_character_is_heard_and_starts_anew_when_added_again(
    cast: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(characters.get("Aki").folder.parent.parent / "yolo"))
    page = {"page": [draw(71, "front", painted=True)]}

    def certainty() -> float:
        (facts,) = run("recognize", page, {"certainty": 0})["figures"]
        named = {c["name"]: c["score"] for c in facts.data["figures"][0]["candidates"]}  # type: ignore[union-attr]
        return float(named["Aki"])

    before = certainty()
    seen: list[float] = []
    characters.tune("Aki", epochs=1, pictures=20, progress=lambda done, _: seen.append(done))
    assert seen[-1] == 1.0
    assert characters.get("Aki").tuned
    assert not characters.get("Beni").tuned
    (share,) = [Tuned.load(characters.get("Aki").folder / "tuned.safetensors").share(look) for look in _looks(page)]
    assert certainty() == pytest.approx(agreed(before, share), abs=2e-3)
    assert certainty() != before
    stored = characters.get("Aki").folder / "tuned.safetensors"
    stored.write_bytes(stored.read_bytes()[:900])
    with pytest.raises(MissingWeights):
        certainty()
    characters.add("Aki", [draw(71, "front", painted=True), draw(71, "side", painted=True)])
    assert not characters.get("Aki").tuned
    assert certainty() == pytest.approx(before, abs=1e-3)


def _looks(page: dict[str, list[Raster]]) -> list[Look]:
    pixels = page["page"][0].to_8bit()
    return [look_at(pixels, figure) for figure in find_figures(pixels)]


@pytest.mark.slow
def test_tuning_learns_to_tell_characters_apart(cast: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(characters.get("Aki").folder.parent.parent / "yolo"))
    characters.tune("Beni", epochs=8, pictures=160)
    own = Tuned.load(characters.get("Beni").folder / "tuned.safetensors")
    shares = {
        name: np.mean([own.share(look) for look in _looks({"page": [draw(seed, "front", painted=True)]})])
        for name, seed in cast.items()
    }
    assert max(shares, key=lambda name: float(shares[name])) == "Beni"


def test_a_character_alone_cannot_be_tuned(home: Path) -> None:
    characters.add("Aki", [draw(71, "front", painted=True)])
    with pytest.raises(BadInput, match="0 other characters"):
        characters.tune("Aki")
    with pytest.raises(NotFound):
        characters.tune("Nobody")
    assert agreed(0.5, 0.99) > 0.6
    assert agreed(0.9, 0.0) < 0.75
    assert agreed(0.9, 0.9) == pytest.approx(0.9)


def _prints(direction: int) -> Prints:
    unit: npt.NDArray[np.float32] = np.eye(4, dtype=np.float32)[direction : direction + 1]
    template = np.zeros((1, 96, 56), np.uint8)
    template[0, 10 + 20 * direction : 25 + 20 * direction, 10:46] = 255
    return Prints(unit, np.zeros_like(unit), template, template)


def test_a_lead_makes_the_difference_between_somebody_and_nobody() -> None:
    curve = (-3.0, 0.0, 4.0)
    album = Album([_prints(0), _prints(1)], Album([_prints(2)]))
    found = answer(_prints(0), ["Aki", "Beni"], album, Calibration(curve, curve))
    assert found.name == "Aki"
    assert found.candidates[0][1] > 0.9
    assert found.candidates[1][1] < 0.1
    stranger = answer(_prints(3), ["Aki", "Beni"], album, Calibration(curve, curve))
    assert stranger.name is None
    assert stranger.score > 0.5
    assert lead_of(2.0, [1.0, 0.0]) == 1.5
    assert lead_of(2.0, []) == 0.0


def test_standing_like_a_drawing_is_no_likeness() -> None:
    """The right character's drawing stands otherwise; a stranger's stands as the figure does, as other strangers do."""

    def drawn(face: float, high: bool) -> Prints:
        vector = np.array([[np.cos(face), np.sin(face)]], np.float32)
        template = np.zeros((1, 96, 56), np.uint8)
        template[0, 10 if high else 60 : 40 if high else 90, 10:46] = 255
        return Prints(vector, np.zeros_like(vector), template, template)

    asked, own, other = drawn(0.0, True), drawn(0.2, False), drawn(1.4, True)
    strangers = Album([drawn(1.2 + 0.1 * i, high) for i in range(4) for high in (True, False)])
    alike, unlike = Question(asked, strangers).likenesses(Album([own, other], strangers))
    assert alike > unlike + 1
    raw_own, raw_other = Question(asked, Album([])).likenesses(Album([own, other], Album([])))
    assert raw_own < raw_other
    assert np.allclose(strangers.weights.sum(1), 1)
    assert (np.diag(strangers.weights) == 0).all()
    assert Question(asked, strangers).likenesses(Album([], strangers)) == []


@pytest.mark.shared
@pytest.mark.slow
def test_held_out_characters_are_recognized(shared: Path) -> None:
    from recognize.score import measures, palette_trial, sheet_trial, table
    from shiage.nets.recognize import recognizer

    network = recognizer()
    trial = sheet_trial(shared / "bench")
    found = measures(trial, table(trial, network), network.calibration)
    assert found["top1"] >= 0.8
    assert found["top5"] >= 0.95
    assert found["auroc"] >= 0.9
    palette = palette_trial(shared / "bench")
    assert measures(palette, table(palette, network), network.calibration)["top1"] >= 0.9
