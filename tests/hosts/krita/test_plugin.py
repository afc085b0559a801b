"""The plugin in a real Krita, with the real daemon, pressed by real clicks: tools, menu, settings."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from . import inside
from .clicks import LONG, looked, names, pad, run_by_click, saved
from .conftest import PICTURES
from .session import Session

pytestmark = [pytest.mark.krita, pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.usefixtures("clean")]


def test_a_light_is_dragged_and_becomes_layers(krita: Session, tmp_path: Path) -> None:
    picture = Image.new("RGB", (900, 600), (230, 190, 150))
    pen = ImageDraw.Draw(picture)
    for radius in range(200, 0, -4):
        tone = 120 + (200 - radius) // 2
        pen.ellipse((450 - radius, 300 - radius, 450 + radius, 300 + radius), fill=(tone, tone // 2, tone // 3))
    picture.save(tmp_path / "ball.png")
    krita.run(inside.open_document, path=str(tmp_path / "ball.png"))
    krita.run(inside.choose_operation, name="relight")
    krita.run(inside.set_parameter, name="preset", value="sunset")
    krita.wait_for(pad, timeout=60, x=0.0, y=0.0, shown=True)
    x, y, _ = krita.run(pad, x=0.0, y=0.0)
    krita.xdotool("mousemove", str(x), str(y), "mousedown", "1")
    x, y, before = krita.run(pad, x=-0.7, y=-0.5)
    krita.xdotool("mousemove", str(x), str(y))
    krita.wait_for(looked, timeout=120, more_than=before)
    for step in range(10):
        krita.xdotool("mousemove", str(x + step), str(y))
    krita.wait_for(looked, timeout=60, more_than=before + 1)
    krita.screenshot(PICTURES / "drag.png")
    krita.xdotool("mousemove", str(x), str(y), "mouseup", "1")
    deadline = time.monotonic() + 20
    # Krita hears of the pointer when it gets round to it.
    while abs((entered := krita.run(inside.parameters))["light_x"] + 0.7) >= 0.03 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert entered["preset"] == "none"  # or the drag would change nothing
    assert abs(entered["light_x"] + 0.7) < 0.03
    assert abs(entered["light_y"] + 0.5) < 0.03
    assert names(krita.run(inside.tree)) == ["Background"]
    jobs = krita.run(inside.count_jobs)
    assert run_by_click(krita)[0] == "done"
    assert krita.run(inside.count_jobs) == jobs + 1  # looks are no jobs
    kra = saved(krita, tmp_path)
    group = kra.layers[0]
    assert group.passthrough
    seen = {layer.name: (layer.blend, layer.visible) for layer in group.children}
    assert seen == {
        "Lit": ("normal", False), "Shadow": ("multiply", True), "Light": ("screen", True), "Normals": ("normal", False),
    }  # fmt: skip
    shadow = kra.pixels(kra.find("Shadow")).astype(int)
    assert shadow[200, 350, :3].sum() > shadow[400, 550, :3].sum() + 30  # the light comes from above on the left
    lit = kra.pixels(kra.find("Lit"))[400, 550].astype(int)
    assert np.abs(np.array(krita.run(inside.pixel, x=550, y=400)) - lit).max() <= 2


def test_a_sketch_is_cleaned_up(krita: Session, tmp_path: Path) -> None:
    picture = Image.new("RGB", (600, 400), (250, 248, 244))
    pen = ImageDraw.Draw(picture)
    for off in (-2, 0, 2):  # three passes with a pencil
        pen.rectangle((150 + off, 100 - off, 450 + off, 300 - off), outline=(120, 118, 122), width=2)
    picture.save(tmp_path / "rough.png")
    krita.run(inside.open_document, path=str(tmp_path / "rough.png"))
    krita.run(inside.choose_operation, name="clean-up")
    assert run_by_click(krita)[0] == "done", krita.run(inside.docker_state)
    kra = saved(krita, tmp_path)
    alpha = kra.pixels(kra.find("clean line"))[..., 3]
    assert alpha[200, 300] == alpha[20, 20] == 0
    for across in (alpha[200, 130:170], alpha[200, 430:470], alpha[80:120, 300], alpha[280:320, 300]):
        ink = np.flatnonzero(across > 127)
        assert 1 <= len(ink) <= 8  # one line
        assert len(ink) == np.ptp(ink) + 1
    assert krita.run(inside.pixel, x=20, y=20)[:3] == [244, 248, 250]  # the paper is as it was
    krita.run(inside.trigger, action="edit_undo")
    assert names(krita.run(inside.tree)) == ["Background"]


def test_parameters_are_remembered_with_the_document(krita: Session, house: Path, tmp_path: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    krita.run(inside.choose_operation, name="test-light")
    entered = {"grey": "dark", "tint": "#ff8000", "seconds": 0.3, "warm": True, "note": "evening"}
    for name, value in entered.items():
        krita.run(inside.set_parameter, name=name, value=value)
    assert run_by_click(krita)[0] == "done"
    saved(krita, tmp_path)
    krita.run(inside.close_documents)
    krita.run(inside.open_document, path=str(house))
    krita.run(inside.choose_operation, name="test-light")
    for name, value in {"grey": "half", "tint": None, "seconds": 0.0, "warm": False, "note": ""}.items():
        krita.run(inside.set_parameter, name=name, value=value)
    krita.run(inside.open_document, path=str(tmp_path / "saved.kra"))
    krita.run(inside.choose_operation, name="test-light")
    assert krita.run(inside.parameters) == entered
    for name, value in {"grey": "half", "tint": None, "seconds": 0.0, "warm": False, "note": ""}.items():
        krita.run(inside.set_parameter, name=name, value=value)


def test_actions_in_the_menu(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = krita.run(inside.count_jobs)
    krita.run(inside.trigger, action="shiage_flats")
    assert krita.wait_for(inside.ended, timeout=LONG, count=before + 1)[0] == "done"
    assert names(krita.run(inside.tree)) == ["Background", ["Flats — Background", ["flats"]]]


def test_what_is_missing_is_said(krita: Session) -> None:
    assert krita.run(inside.choose_operation, name="test-tint")
    krita.click(*krita.run(inside.centre, name="shiage_run"))
    assert krita.run(inside.docker_state)["message"] == "Open a drawing first."
    krita.run(inside.new_document, width=64, height=64)
    assert run_by_click(krita)[0] == "failed", krita.run(inside.docker_state)
    assert "has no keyframes" in krita.run(inside.docker_state)["message"]


def test_settings_are_written_by_the_installer(krita: Session) -> None:
    told = json.loads((krita.resources / "pykrita" / "shiage" / "install.json").read_text())
    assert {"version", "command", "home", "operations"} <= set(told)
    assert not list((krita.resources / "pykrita" / "shiage").glob("**/numpy"))
    loaded = krita.run(loaded_modules)
    assert not {"numpy", "torch"} & set(loaded)


def loaded_modules():  # type: ignore[no-untyped-def] # runs inside Krita
    """Top-level names of everything that Krita's Python has loaded."""
    import sys

    return sorted({name.split(".")[0] for name in sys.modules})
