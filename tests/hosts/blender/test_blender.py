"""The add-on in real Blenders, without a window."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rigged_drawings import Redrawn, Rigged, figure, redraw
from shiage.client import Client
from shiage.errors import BadInput
from shiage.hosts import blender as packaging
from shiage.hosts.blender import version_of

from .conftest import CACHE, ROOT, Blender

pytestmark = pytest.mark.blender


def save_keys(path: Path, first: Redrawn, second: Redrawn) -> None:
    """Both keys as flat arrays, as the scripts inside Blender read them."""
    arrays = {}
    for name, drawn in (("first", first), ("second", second)):
        flat = np.concatenate(drawn.strokes)
        arrays[name + "_points"] = np.stack([flat.real, flat.imag], 1)
        arrays[name + "_counts"] = np.array([len(line) for line in drawn.strokes])
        arrays[name + "_cyclic"] = drawn.cyclic
    np.savez(path, **arrays)


def error_by_index(path: Path, rigged: Rigged, frames: tuple[int, int]) -> float:
    """Mean distance of every point from where the rig has it, in drawing sizes (nothing shuffled or resampled)."""
    made = np.load(path)
    errors = []
    for frame in made["frames"]:
        true = np.concatenate(rigged.at((frame - frames[0]) / (frames[1] - frames[0])))
        points = made[f"points_{frame}"]
        errors.append(abs(points[:, 0] + 1j * points[:, 1] - true).mean())
    assert errors
    return float(np.mean(errors) / rigged.size)


def test_strokes_survive_the_round_trip(blender: Blender, tmp_path: Path) -> None:
    facts = blender.run("round_trip.py", ROOT / "blender_addon", tmp_path)
    assert "has a drawing at frame 9 already" in str(facts["said"])


def test_the_add_on_starts_where_this_python_comes_first(
    blender: Blender, packed: dict[bool, Path], tmp_path: Path
) -> None:
    """As in the shell of an artist who has activated the environment in which Shiage is installed."""
    shell = replace(blender, path=str(Path(sys.prefix) / "bin"))
    facts = shell.run("starts.py", packed[blender.legacy])
    assert facts == {"package": "shiage_addon" if blender.legacy else "bl_ext.user_default.shiage"}


def test_inbetweens_on_the_timeline(
    blender: Blender, packed: dict[bool, Path], running_daemon: Client, tmp_path: Path
) -> None:
    rigged = figure(80, 40, 60, 4)
    first, second = redraw(rigged, 4, shuffle=False, flip=False, resample=False)
    save_keys(tmp_path / "keys.npz", first, second)
    facts = blender.run("inbetween.py", packed[blender.legacy], tmp_path / "keys.npz", tmp_path)
    assert facts["keys"] == {"1": "keyframe", "3": "breakdown", "5": "breakdown", "7": "breakdown", "9": "keyframe"}
    assert facts["poll_before"] is False
    assert facts["poll"] is True
    assert "has a drawing at frame 3 already" in str(facts["refusal"])
    assert facts["breakdowns"] == [3, 5, 7]
    assert "Stand between two key drawings" in str(facts["why_not"])
    ours = error_by_index(tmp_path / "made.npz", rigged, (1, 9))
    assert ours < 0.005
    if (tmp_path / "peer.npz").exists():
        assert ours < error_by_index(tmp_path / "peer.npz", rigged, (1, 9)) / 3


def test_shuffled_keys_with_strokes_missing(
    blender: Blender, packed: dict[bool, Path], running_daemon: Client, tmp_path: Path
) -> None:
    rigged = figure(80, 40, 40, 6)
    first, second = redraw(rigged, 6, missing=0.1)
    save_keys(tmp_path / "keys.npz", first, second)
    facts = blender.run("inbetween.py", packed[blender.legacy], tmp_path / "keys.npz", tmp_path)
    made = np.load(tmp_path / "made.npz")
    assert len(made["frames"]) == 3
    kept = set(second.source.tolist()) - {-1}
    for frame in made["frames"]:
        true = rigged.at((frame - 1) / 8)
        points = made[f"points_{frame}"][:, 0] + 1j * made[f"points_{frame}"][:, 1]
        near = [abs(points[:, None] - line[None, ::4]).min(0).mean() for line in true]
        assert np.mean(near) / rigged.size < 0.02
    assert len(kept) > 60
    if "marked" in facts:
        assert all(count >= 6 for count in facts["marked"].values())  # type: ignore[attr-defined]  # a JSON object


def test_the_others_are_coloured(
    blender: Blender, packed: dict[bool, Path], running_daemon: Client, tmp_path: Path
) -> None:
    """Fills under the lines on the same frames, a hole kept, materials kept; old fills don't show under new ones."""
    pictures = os.environ.get("SHIAGE_TEST_PICTURES")
    facts = blender.run("colour.py", packed[blender.legacy], tmp_path, *(["render"] if pictures else []))
    if pictures:
        for picture in tmp_path.glob("frame*.png"):
            shutil.copy(picture, Path(pictures) / f"colour-{facts['version']}-{picture.name}")
    assert facts["layers"] == ["Paint", "Shiage Colours", "Lines"]
    keys: dict[str, dict[str, int]] = facts["keys"]  # type: ignore[assignment]  # a JSON object
    assert list(keys["Shiage Colours"]) == ["5", "9"]
    assert keys["Paint"] == {"1": 2, "5": 0}
    assert facts["flats"] == [5, 9]
    assert "Every key drawing has fills already. Switch on Replace" in str(facts["refusal"])
    areas: dict[str, dict[str, float]] = facts["areas"]  # type: ignore[assignment]
    off: dict[str, float] = facts["off"]  # type: ignore[assignment]
    for frame in ("5", "9"):
        assert abs(areas[frame]["Skin"]) == pytest.approx(np.pi * 0.81, rel=0.02)
        assert abs(areas[frame]["Coat"]) == pytest.approx(np.pi * (4 - 0.64), rel=0.02)
        assert off[frame] < 0.05


def test_a_rough_drawing_becomes_clean_strokes_on_a_keyframe(
    blender: Blender, packed: dict[bool, Path], running_daemon: Client, tmp_path: Path
) -> None:
    """Three searching passes become one line: few strokes of few points where the line was meant, as wide as a pass."""
    pictures = os.environ.get("SHIAGE_TEST_PICTURES")
    facts = blender.run("clean.py", packed[blender.legacy], tmp_path, *(["render"] if pictures else []))
    if pictures:
        for picture in tmp_path.glob("*.png"):
            shutil.copy(picture, Path(pictures) / f"clean-{facts['version']}-{picture.name}")
    assert sorted(facts["layers"]) == ["Rough", "Shiage Lines"]  # type: ignore[call-overload]  # a JSON list
    counts: dict[str, dict[str, int]] = facts["strokes"]  # type: ignore[assignment]  # a JSON object
    points: dict[str, dict[str, int]] = facts["points"]  # type: ignore[assignment]
    for frame in ("1", "5"):
        assert counts["Rough"][frame] == 24  # the artist's own stay
        assert 2 <= counts["Shiage Lines"][frame] <= 8
        assert points["Shiage Lines"][frame] < points["Rough"][frame] / 5
        assert facts["off"][frame] < 0.04  # type: ignore[index]  # of a head of radius 1
        assert facts["missed"][frame] < 0.08  # type: ignore[index]
        assert 0.015 < facts["wide"][frame] < 0.06  # type: ignore[index]
    assert facts["material"] == "Pencil"


def test_cel_shadows_become_fills(
    blender: Blender, packed: dict[bool, Path], running_daemon: Client, tmp_path: Path
) -> None:
    """A light from the left: both forms' right sides get fills in darker colours of their own, on a keyframe."""
    pictures = os.environ.get("SHIAGE_TEST_PICTURES")
    facts = blender.run("shade.py", packed[blender.legacy], tmp_path, *(["render"] if pictures else []))
    if pictures:
        shutil.copy(tmp_path / "shade.png", Path(pictures) / f"shade-{facts['version']}.png")
    assert facts["frames"] == [1]
    assert facts["planes"] == 0  # strokes are worth more here
    assert facts["lines_hidden"] is True
    fills: list[dict[str, float]] = facts["fills"]  # type: ignore[assignment]  # a JSON list
    assert len(fills) >= 2
    whole = sum(fill["area"] for fill in fills)
    assert sum(fill["area"] * fill["x"] for fill in fills) / whole > 0.15  # away from the light
    reds, blues = ([fill for fill in fills if fill[one] > fill[other]] for one, other in (("r", "b"), ("b", "r")))
    assert reds
    assert blues
    assert max(fill["r"] for fill in reds) < 0.8
    assert max(fill["b"] for fill in blues) < 0.8


def test_drawings_between_the_pictures_of_an_image_sequence(
    blender: Blender, packed: dict[bool, Path], running_daemon: Client, tmp_path: Path
) -> None:
    """Two drawings that stand for eight frames and one: those between on twos, on a plane of their own."""

    def page(x: int) -> Image.Image:
        made = Image.new("RGBA", (160, 120), (255, 255, 255, 255))
        made.paste((20, 20, 20, 255), (x, 30, x + 50, 90))
        made.paste((200, 60, 50, 255), (x + 3, 33, x + 47, 87))
        return made

    for frame in range(1, 9):
        page(10).save(tmp_path / f"walk.{frame:04d}.png")
    page(90).save(tmp_path / "walk.0009.png")
    pictures = os.environ.get("SHIAGE_TEST_PICTURES")
    facts = blender.run("sequence.py", packed[blender.legacy], tmp_path, *(["render"] if pictures else []))
    if pictures:
        for picture in tmp_path.glob("seen*.png"):
            shutil.copy(picture, Path(pictures) / f"sequence-{facts['version']}-{picture.name}")
    assert "Choose a plane that shows an image sequence" in str(facts["without_plane"])
    assert "Save the file first" in str(facts["unsaved"])
    assert facts["span"] == [1, 9, 0]
    assert facts["source"] == "SEQUENCE"
    assert facts["corners"] is True
    assert facts["given"] == [True, "walk.0001.png"]
    assert facts["objects"] == 2
    files = sorted(Path(str(facts["file"])).parent.iterdir())
    assert [file.name for file in files] == [f"walk In-between.{frame:04d}.png" for frame in range(1, 10)]
    for frame in (1, 9):
        assert files[frame - 1].read_bytes() == (tmp_path / f"walk.{frame:04d}.png").read_bytes()
    # Frames 3, 5, 7: a quarter, a half and three quarters of the time, their squares of the way.
    for frame, x in ((1, 10), (2, 10), (3, 15), (4, 15), (5, 30), (7, 55), (8, 55), (9, 90)):
        seen = np.asarray(Image.open(files[frame - 1]).convert("RGB"))
        assert abs(int((seen[60, :, 0] < 230).argmax()) - x) <= 1, frame


def test_blenders_own_check_accepts_the_extension(packed: dict[bool, Path], tmp_path: Path) -> None:
    """By the tool that each bpy wheel brings along; it does refuse what is none."""
    tools = sorted(CACHE.glob("bpy-*/lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    if not tools:
        pytest.skip("no bpy (tools/blender_hosts.sh makes it)")
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(packed[False]) as good, zipfile.ZipFile(broken, "w") as bad:
        bad.writestr("__init__.py", good.read("__init__.py"))
        bad.writestr("blender_manifest.toml", good.read("blender_manifest.toml").replace(b"tagline", b"slogan"))
    for tool in tools:
        python = next(CACHE / part / "bin" / "python" for part in tool.parts if part.startswith("bpy-"))
        command = (str(python), str(tool), "validate")
        packaging.validate(packed[False], command)
        with pytest.raises(BadInput, match="Blender refuses the packed extension"):
            packaging.validate(broken, command)


def test_what_the_artist_decides_by_hand(
    blender: Blender, packed: dict[bool, Path], running_daemon: Client, tmp_path: Path
) -> None:
    """Anchors by selection, a chart that is kept to exactly, the unsure on its layer or in red, other frames."""
    facts = blender.run("hand.py", packed[blender.legacy], tmp_path)
    refused: list[str] = facts["refused"]  # type: ignore[assignment]  # a JSON list
    assert "Connect to the Shiage daemon first" in refused[0]
    assert "There is no anchor; select a stroke on each key" in refused[1]
    assert "Stand between two key drawings" in refused[2]
    assert "Select one stroke, or one point, on each key: at frame 1 none is selected" in str(facts["nothing"])
    assert facts["anchors"] == [[0, -1, 2, -1], [3, 10, 3, 12]]
    assert (facts["shown_frame"], facts["shown"]) == (9, [3 * 30 + 12])
    assert facts["text"] == ["0=2, 3:10=3:12", 0]
    assert facts["text_sorted"] == ["2=2, 3:10=3:12", 0]
    assert facts["text_lost"] == ["2:10=3:12", 1]
    assert facts["even"] == "25% 50% 75%"
    assert facts["slow"] == "4% 16% 36% 64%"
    assert (facts["typed"], facts["ticks"]) == ("0.1, 0.25 80%", [10, 25, 80])
    assert facts["moved"] == "10% 33.3% 80%"
    assert facts["kinds"] == {"1": "keyframe", "3": "breakdown", "5": "breakdown", "7": "breakdown", "9": "keyframe"}
    assert facts["layers"] == ["Lines", "Shiage Unsure"]
    assert facts["unsure"] == {"3": 1, "5": 1, "7": 1, "9": 0}
    assert max(facts["anchored_off"]) < 0.25  # type: ignore[call-overload]  # a JSON list
    assert max(facts["free_off"]) < 0.1  # type: ignore[call-overload]
    assert facts["unsure_again"] == {"9": 0}
    assert facts["materials"] == ["Ink"] * 4 + ["Unsure Ink"]
    assert facts["red"][0] > 10 * facts["red"][1]  # type: ignore[index]
    assert facts["retimed"] == [1, 2, 3, 4, 9]
    assert "3 breakdowns don't fit" in str(facts["no_room"])
    assert facts["even_again"] == [1, 3, 5, 7, 9]
    assert facts["anchors_left"] == 0
    assert facts["poll_without"] is False


def test_pictures_on_planes_behind_the_drawing(
    blender: Blender, packed: dict[bool, Path], running_daemon: Client, tmp_path: Path
) -> None:
    """A drawing of strokes where an operation takes pictures; a coloured object as the design."""
    facts = blender.run("pictures.py", packed[blender.legacy], tmp_path)
    assert "give a coloured design" in str(facts["without_design"])
    planes: dict[str, list[str]] = facts["planes"]  # type: ignore[assignment]  # a JSON object
    assert len(planes["flats"]) == 1
    head: dict[str, list[float]] = facts["head"]  # type: ignore[assignment]
    body: dict[str, list[float]] = facts["body"]  # type: ignore[assignment]
    assert head["flats"] != body["flats"]
    assert head["flats"][3] == body["flats"][3] == 1
    assert head["transfer-palette"][0] > 2 * head["transfer-palette"][2]  # red, as in the design
    assert body["transfer-palette"][2] > 1.3 * body["transfer-palette"][0]  # blue
    assert head["relight"][3] == 1
    hidden: dict[str, list[str]] = facts["hidden"]  # type: ignore[assignment]
    assert not hidden["flats"]
    assert len(planes["relight"]) == 1  # the finished picture stands for layers that multiply
    assert len(hidden["relight"]) == 3
    assert facts["depth"]["flats"] > 0 > facts["depth"]["relight"]  # type: ignore[index]  # fills would hide it
    corners = np.array(facts["boxes"]["flats"])  # type: ignore[index]
    assert corners[:, 0].min() == pytest.approx(-2.24, abs=0.05)  # the drawing's box and some paper
    assert corners[:, 2].max() == pytest.approx(4.24, abs=0.05)


def test_pictures_by_the_camera_and_through_time_and_a_dragged_light(
    blender: Blender, packed: dict[bool, Path], running_daemon: Client, tmp_path: Path
) -> None:
    """The camera's view to the pixel; image sequences and strips with their holds; an empty that moves a light."""
    facts = blender.run("placing.py", packed[blender.legacy], tmp_path)
    assert "The scene has no camera" in str(facts["no_camera"])
    assert facts["parent"] == "Camera"
    assert facts["camera_size"] == [400, 300]
    assert facts["corners"] == [[0, 0], [1, 0], [1, 1], [0, 1]]
    assert facts["behind"] == [True, True]
    assert (facts["inside"], facts["outside"]) == (1, 0)
    assert "the camera sees nothing of 'Hero'" in str(facts["behind_camera"])
    assert "Several drawings go to an image sequence" in str(facts["planes_of_all"])
    assert "Save the file first" in str(facts["unsaved"])
    files: list[str] = facts["files"]  # type: ignore[assignment]  # a JSON list
    assert [file[-8:] for file in files] == [f"{frame:04d}.png" for frame in range(1, 7)]
    assert all(file.startswith("shiage/Hero/flats/flats/") for file in files)
    assert facts["held"] == [[True, True, False, False, False, False], [False, False, False, True, True, True]]
    assert facts["nothing"] == [0, True]
    assert facts["sequence"] == ["SEQUENCE", 1, 6, 0]
    assert str(facts["relative"]).startswith("//")
    assert facts["no_planes"] == 0
    strips: list[list[object]] = facts["strips"]  # type: ignore[assignment]
    assert len(strips) == 8
    shown = [strip for strip in strips if not strip[4]]
    assert [strip[1:4] for strip in shown] == [[1, 4, "ALPHA_OVER"], [4, 7, "ALPHA_OVER"]]
    assert {strip[3] for strip in strips} == {"ALPHA_OVER", "MULTIPLY", "SCREEN"}
    assert facts["frame"] == 3
    assert facts["empty"] == ["EMPTY", "Shiage Light"]
    assert facts["left"][2] == "none"  # type: ignore[index]  # the preset gave way
    assert (facts["left"][0], facts["right"]) == (-1, [1, -1])  # type: ignore[index]
    assert facts["brighter"] == [True, True]
    assert facts["empty_follows"] == pytest.approx(0, abs=0.02)
    assert "more_lights" in str(facts["problem"])
    assert int(str(facts["looks"])) >= 4
    assert facts["over"] is True
    assert facts["left_over"] == []
    assert facts["before_the_fills"] == [True]
    found: dict[str, list[list[list[float]]]] = facts["found"]  # type: ignore[assignment]
    keys, points, _, radius = found["PLANE"]
    assert keys == [1, 4]  # it ends where the next drawing begins
    np.testing.assert_allclose(points, [[-2, 0, -2], [2, 0, -2], [2, 0, 4], [-2, 0, 4]], atol=0.05)
    np.testing.assert_allclose(radius, 3 * 6.24 / 300, rtol=0.05)  # three pixels
    left, bottom, right, top = facts["seen_box"]  # type: ignore[misc]
    corners = [[left, bottom], [right, bottom], [right, top], [left, top]]
    np.testing.assert_allclose(found["CAMERA"][2], corners, atol=0.006)


def test_a_daemon_is_started_and_started_again(
    blender: Blender, packed: dict[bool, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the executable of the preferences, without Blender's own Python path; a job outlives its daemon."""
    command = tmp_path / "shiage"
    places = os.pathsep.join(map(str, (ROOT / "daemon", ROOT / "models", Path(__file__).parent)))
    named = f"PYTHONPATH='{places}' SHIAGE_EXTRA_OPERATIONS=blender_operations"
    command.write_text(f'#!/bin/sh\n[ -z "$PYTHONPATH" ] || exit 9\n{named} exec \'{sys.executable}\' -m shiage "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("SHIAGE_HOME", str(tmp_path / "home"))
    facts = blender.run("dies.py", packed[blender.legacy], command)
    assert "is not found. Set the executable in the add-on's preferences" in str(facts["no_command"])
    assert (facts["state"], facts["problem"]) == ("done", "")
    assert facts["outputs"] == ["frame", "picture"]
    assert facts["another"] is True
    assert facts["stopped"] == ["cancelled", True]


def windowed(tmp_path: Path, screen: str) -> Blender:
    """The system's Blender with a window on a screen of its own."""
    executable = shutil.which("blender")
    if not executable or not shutil.which("xvfb-run"):
        pytest.skip("needs blender and xvfb-run (tools/blender_hosts.sh installs them)")
    command = ("xvfb-run", "-a", "-s", f"-screen 0 {screen}x24", executable, "--factory-startup")
    return Blender((*command, "--enable-event-simulate", "--python"), version_of(executable) < (4, 2), tmp_path)


def test_the_modal_operator_in_a_window(packed: dict[bool, Path], running_daemon: Client, tmp_path: Path) -> None:
    """Under Xvfb: Esc stops it and leaves nothing, the next run draws, one undo takes it back."""
    blender = windowed(tmp_path, "1280x800")
    rigged = figure(200, 40, 40, 7)
    save_keys(tmp_path / "keys.npz", *redraw(rigged, 7, missing=0.1))
    facts = blender.run("window.py", packed[blender.legacy], tmp_path / "keys.npz", tmp_path)
    assert facts["adopted"] is True
    assert facts["connect"] == facts["invoked"] == ["RUNNING_MODAL"]
    assert facts["invoked_again"] == ["RUNNING_MODAL"]
    assert facts["frames_at_once"] == facts["frames_after_escape"] == [1, 9]
    assert (float(str(facts["progress"])) < 0.9, facts["layers_after_escape"]) == (True, 1)
    assert facts["frames_made"] == [1, 3, 5, 7, 9]
    assert facts["frames_after_undo"] == [1, 9]
    assert "A job is running; Esc stops it" in str(facts["while_running"])
    assert facts["anchored"] == facts["look"] == ["FINISHED"]
    assert facts["anchors"] == [[3, 5]]
    assert facts["light_before"] == 0
    assert -2 < float(str(facts["light_after"])) < -0.2  # the mouse went left
    assert int(str(facts["looks_while_dragging"])) >= 2
    assert facts["look_over"] is True
    keep = os.environ.get("SHIAGE_TEST_PICTURES")
    for picture in ("window.png", "light.png") if keep else ():
        shutil.copy(tmp_path / picture, Path(str(keep)) / picture)


def test_the_pictures_of_the_docs(packed: dict[bool, Path], running_daemon: Client, tmp_path: Path) -> None:
    """A figure that raises its arm, its in-betweens and a light on it; for docs/pictures and for looking at."""
    keep = os.environ.get("SHIAGE_TEST_PICTURES")
    if not keep:
        pytest.skip("makes pictures: name a folder for them in SHIAGE_TEST_PICTURES")
    blender = windowed(tmp_path, "1280x960")
    blender.run("showcase.py", packed[blender.legacy], tmp_path)
    for picture in ("blender.png", "blender-light.png"):
        shutil.copy(tmp_path / picture, Path(keep) / picture)
