"""The plugin in a real Krita, with the real daemon, pressed by real clicks."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from . import inside
from .conftest import PICTURES
from .kra_file import Kra
from .session import Session

pytestmark = [pytest.mark.krita, pytest.mark.slow, pytest.mark.timeout(600)]
LONG = 240.0  # seconds: the first run of an operation compiles its kernels


@pytest.fixture(autouse=True)
def clean(krita: Session) -> Iterator[None]:
    """Each test begins without documents, and leaves a picture of the screen."""
    krita.wait_for(inside.ready, timeout=60)
    yield
    if krita.alive:
        name = os.environ.get("PYTEST_CURRENT_TEST", "test").split("::")[-1].split(" ")[0]
        krita.screenshot(PICTURES / f"{re.sub('[^a-z0-9_]+', '-', name.lower()).strip('-')}.png")
        krita.run(inside.close_documents)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Line art on white paper: a house with a door, closed lines of 4 pixels."""
    picture = Image.new("RGB", (600, 400), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((150, 160, 450, 360), outline="black", width=4)
    pen.line((130, 160, 300, 40, 470, 160, 130, 160), fill="black", width=4)
    pen.rectangle((270, 250, 330, 360), outline="black", width=4)
    path = tmp_path_factory.mktemp("drawings") / "house.png"
    picture.save(path)
    return path


def run_by_click(krita: Session, timeout: float = LONG) -> list[str]:
    """Press the docker's Run button with the mouse and wait for the end; gives state and sentence."""
    before = krita.run(inside.count_jobs)
    krita.click(*krita.run(inside.centre, name="shiage_run"))
    return krita.wait_for(inside.ended, timeout=timeout, count=before + 1)


def saved(krita: Session, folder: Path) -> Kra:
    """The front document, saved by Krita and read from outside."""
    path = folder / "saved.kra"
    assert krita.run(inside.save, path=str(path))
    return Kra(path)


def names(layers: list) -> list:
    """Names alone, from the bottom up, a group as [name, its children]."""
    return [[layer[0], names(layer[4])] if layer[4] else layer[0] for layer in layers]


def test_flats(krita: Session, house: Path, tmp_path: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    assert krita.run(inside.choose_operation, name="flats")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    group = kra.layers[0]
    assert (group.kind, group.name) == ("grouplayer", "Flats — Background")
    assert group.blend == "multiply"  # opaque paper: its lines show through
    flats = kra.pixels(kra.find("flats"))
    wall, door, roof, sky = flats[200, 200], flats[300, 300], flats[120, 300], flats[20, 20]
    assert wall.tolist() not in (door.tolist(), roof.tolist())  # neighbours differ
    assert [colour[3] for colour in (wall, door, roof, sky)] == [255, 255, 255, 0]
    assert krita.run(inside.active_layer) == "Background"
    shown = krita.run(inside.pixel, x=200, y=200)
    assert shown == [int(value) for value in wall]
    assert krita.run(inside.pixel, x=152, y=250)[0] < 60  # the line


def test_undo_is_one_step(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = krita.run(inside.pixel, x=200, y=200)
    krita.run(inside.choose_operation, name="test-light")
    assert run_by_click(krita)[0] == "done"
    assert names(krita.run(inside.tree)) == ["Background", ["Test light — Background", ["shadow", "light"]]]
    after = krita.run(inside.pixel, x=200, y=200)
    assert after != before
    krita.run(inside.trigger, action="edit_undo")
    assert names(krita.run(inside.tree)) == ["Background"]
    assert krita.run(inside.pixel, x=200, y=200) == before
    krita.run(inside.trigger, action="edit_redo")
    assert names(krita.run(inside.tree)) == ["Background", ["Test light — Background", ["shadow", "light"]]]
    assert krita.run(inside.pixel, x=200, y=200) == after


def test_blend_modes_act_on_what_lies_below(krita: Session, house: Path, tmp_path: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    krita.run(inside.choose_operation, name="test-light")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    assert kra.layers[0].passthrough
    shadow, light = kra.find("shadow"), kra.find("light")
    assert (shadow.blend, light.blend, light.opacity) == ("multiply", "screen", 128)
    assert kra.pixels(shadow)[5, 5].tolist() == [128, 128, 128, 255]
    assert kra.pixels(light)[5, 5].tolist() == [60, 40, 20, 255]
    # White paper times a half grey, then half of a screen with (20, 40, 60).
    blue, green, red = krita.run(inside.pixel, x=5, y=5)[:3]
    expected = [128 + 0.5 * (255 - (255 - 128) * (255 - value) / 255 - 128) for value in (60, 40, 20)]
    assert np.allclose([blue, green, red], expected, atol=2)


def test_transfer_palette(krita: Session, house: Path, tmp_path: Path) -> None:
    if "transfer-palette" not in krita.run(inside.docker_state)["operations"]:
        pytest.skip("this daemon has no transfer-palette")
    design = Image.open(house).convert("RGB")
    for seed, colour in (((200, 200), (240, 200, 120)), ((300, 300), (120, 60, 30)), ((300, 120), (200, 40, 40))):
        ImageDraw.floodfill(design, seed, colour)
    design.save(tmp_path / "design.png")
    krita.run(inside.open_document, path=str(tmp_path / "design.png"))
    krita.run(inside.open_document, path=str(house))
    krita.run(inside.choose_operation, name="transfer-palette")
    ports = krita.run(inside.ports)
    krita.run(inside.choose_source, port=ports[1], label="Document “design.png”")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    seen = {layer.name: layer.visible for layer in kra.layers[0].children}
    assert seen == {"finished": False, "flats": True, "uncertain": False}
    blue, green, red, alpha = (int(value) for value in kra.pixels(kra.find("flats"))[120, 300])
    assert alpha == 255
    assert (red > 150, green < 90, blue < 90) == (True, True, True)  # the roof


def test_selection_bounds_input_and_result(krita: Session, house: Path, tmp_path: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    krita.run(inside.select, x=100, y=50, width=200, height=120)
    krita.run(inside.choose_operation, name="test-same")
    krita.run(inside.check, name="shiage_selection_only", on=True)
    assert run_by_click(krita)[0] == "done"
    krita.run(inside.check, name="shiage_selection_only", on=False)
    krita.run(inside.select, x=0, y=0, width=0, height=0)
    kra = saved(krita, tmp_path)
    got = kra.pixels(kra.find("same"))
    inner = np.zeros((400, 600), bool)
    inner[50:170, 100:300] = True
    assert (got[..., 3] == np.where(inner, 255, 0)).all()
    drawing = np.array(Image.open(house).convert("RGB"))[..., ::-1]
    assert (got[..., :3][inner] == drawing[inner]).all()


def test_sixteen_bits_stay_exact(krita: Session, tmp_path: Path) -> None:
    krita.run(inside.new_document, width=300, height=200, depth="U16", profile="sRGB-elle-V2-srgbtrc.icc")
    krita.run(paint_ramp, depth=2)
    krita.run(inside.activate, name="ramp")
    krita.run(inside.choose_operation, name="test-same")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    ramp, same = kra.find("ramp"), kra.find("same")
    assert same.space == "RGBA16"
    assert (kra.pixels(same) == kra.pixels(ramp)).all()


@pytest.mark.parametrize(
    ("model", "depth", "profile", "space", "tolerance"),
    [
        ("RGBA", "U8", "ClayRGB-elle-V2-g22.icc", "RGBA", 1),
        ("RGBA", "F32", "sRGB-elle-V2-g10.icc", "RGBAF32", 2e-4),
    ],
)
def test_other_profiles_come_back(
    krita: Session, tmp_path: Path, model: str, depth: str, profile: str, space: str, tolerance: float
) -> None:
    krita.run(inside.new_document, width=128, height=96, model=model, depth=depth, profile=profile)
    krita.run(paint_ramp, depth={"U8": 1, "F32": 4}[depth])
    krita.run(inside.activate, name="ramp")
    krita.run(inside.choose_operation, name="test-same")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    ramp, same = kra.find("ramp"), kra.find("same")
    assert same.space == ramp.space == space
    difference = np.abs(kra.pixels(same).astype(float) - kra.pixels(ramp).astype(float))
    assert difference.max() <= tolerance


def paint_ramp(depth):  # type: ignore[no-untyped-def] # runs inside Krita
    """A layer "ramp" with a ramp of colours that lie within sRGB, ``depth`` bytes a sample, alpha full or none."""
    import struct

    from krita import Krita

    document = Krita.instance().activeDocument()
    node = document.createNode("ramp", "paintlayer")
    document.rootNode().addChildNode(node, None)
    yield 0.2
    width, height = document.width(), document.height()
    rows = []
    for y in range(height):
        for x in range(width):
            parts = [0.3 + 0.4 * x / width, 0.3 + 0.4 * y / height, 0.5, 1.0 if x > 10 else 0.0]
            if parts[3] == 0.0:
                parts = [0.0] * 4
            if depth == 4:
                rows.append(struct.pack("<4f", *parts))
            else:
                top = 255 if depth == 1 else 65535
                rows.append(struct.pack("<4B" if depth == 1 else "<4H", *(round(top * part) for part in parts)))
    node.setPixelData(b"".join(rows), 0, 0, width, height)
    document.refreshProjection()
    yield 0.2


def test_grey_document_keeps_colours(krita: Session, house: Path, tmp_path: Path) -> None:
    Image.open(house).convert("L").save(tmp_path / "grey.png")
    assert krita.run(inside.open_document, path=str(tmp_path / "grey.png"))[2] == "GRAYA"
    krita.run(inside.choose_operation, name="flats")
    assert run_by_click(krita)[0] == "done"
    assert "RGB" in krita.run(inside.docker_state)["message"]
    kra = saved(krita, tmp_path)
    flats = kra.find("flats")
    assert flats.space == "RGBA"
    colour = kra.pixels(flats)[200, 200]
    assert len(set(colour[:3].tolist())) > 1


def test_sixteen_bit_grey_comes_back_without_a_shift(krita: Session, tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (64, 1))
    Image.fromarray(ramp).save(tmp_path / "grey16.png")
    assert krita.run(inside.open_document, path=str(tmp_path / "grey16.png"))[2:] == ["GRAYA", "U16"]
    krita.run(inside.choose_operation, name="test-same")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    same = kra.find("same")
    assert same.space == "RGBA16"
    got = kra.pixels(same).astype(int)
    assert (got[..., 3] == 65535).all()
    assert (got[..., 0] == got[..., 1]).all()
    assert (got[..., 0] == got[..., 2]).all()
    assert np.abs(got[..., 0] - ramp).max() <= 65535 / 255 / 4  # Krita's own conversion from its grey profile


def test_group_is_read_as_seen(krita: Session, tmp_path: Path) -> None:
    krita.run(inside.new_document, width=200, height=150)
    krita.run(make_group)
    krita.run(inside.activate, name="ink")
    krita.run(inside.choose_operation, name="test-same")
    krita.run(inside.choose_source, port="drawing", label="Group of this layer")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    same = kra.pixels(kra.find("same"))
    # The layer was moved by (30, 20); the other one lies at half opacity beneath.
    assert same[25, 35].tolist() == [10, 20, 200, 255]
    assert same[5, 5, 3] == 0
    assert same[100, 150, 3] in (127, 128)
    # In the group, below the source layer, which can be seen through.
    assert names(krita.run(inside.tree)) == ["Background", ["picture", ["wash", ["Test same — ink", ["same"]], "ink"]]]
    krita.run(inside.choose_source, port="drawing", label="This layer")


def make_group():  # type: ignore[no-untyped-def] # runs inside Krita
    """A group "picture" with "wash" (half opaque) and "ink" (moved by 30, 20)."""
    from krita import Krita

    document = Krita.instance().activeDocument()
    group = document.createGroupLayer("picture")
    document.rootNode().addChildNode(group, None)
    wash = document.createNode("wash", "paintlayer")
    group.addChildNode(wash, None)
    ink = document.createNode("ink", "paintlayer")
    group.addChildNode(ink, None)
    yield 0.2
    wash.setPixelData(bytes((255, 255, 0, 255)) * (100 * 75), 100, 75, 100, 75)
    wash.setOpacity(128)
    ink.setPixelData(bytes((10, 20, 200, 255)) * (40 * 30), 0, 0, 40, 30)
    ink.move(30, 20)
    document.refreshProjection()
    yield 0.3


def test_masks_become_layers(krita: Session, house: Path, tmp_path: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    krita.run(inside.choose_operation, name="test-parts")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    left, right = kra.pixels(kra.find("left")), kra.pixels(kra.find("right"))
    assert [left[9, 9, 3], left[9, 590, 3], right[9, 9, 3], right[9, 590, 3]] == [255, 0, 0, 255]
    assert left[9, 9, :3].tolist() != right[9, 590, :3].tolist()


def test_frames_keep_their_holds(krita: Session, tmp_path: Path) -> None:
    krita.run(inside.new_document, width=160, height=120)
    walk = [[at, [[10, 10, 40, 40, [at * 30 + 5, 40, 0, 255]]]] for at in (0, 2, 6)]
    assert krita.run(draw_keys, name="walk", drawings=walk, timeout=90) == [0, 2, 6]
    krita.run(inside.choose_operation, name="test-tint")
    # To frame 9: the last drawing is held for four frames.
    krita.run(set_range, first=0, last=9)
    assert run_by_click(krita)[0] == "done"
    path = tmp_path / "frames.kra"
    assert krita.run(inside.save, path=str(path))
    kra = Kra(path)
    source, tinted = kra.find("walk"), kra.find("tinted")
    assert sorted(source.keyframes) == [0, 2, 6]
    # Holds of 2, 4 and 4 frames: the long ones got a drawing in their middle, all stand on twos.
    assert sorted(tinted.keyframes) == [0, 2, 4, 6, 8]
    for at, drawing in ((0, 0), (2, 2), (4, 2), (6, 6), (8, 6)):
        assert kra.pixels(tinted, at)[20, 20].tolist() == [drawing * 30 + 5, 255, 0, 255]
        assert kra.pixels(tinted, at)[100, 100, 3] == 0
    krita.run(inside.trigger, action="edit_undo")
    assert "tinted" not in json.dumps(krita.run(inside.tree))


def set_range(first, last):  # type: ignore[no-untyped-def] # runs inside Krita
    """Enter the range of frames into the docker."""
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    for box, value in zip(docker._form._rows["clip"]._range, (first, last)):
        box.setValue(value)


def draw_keys(name, drawings):  # type: ignore[no-untyped-def] # runs inside Krita
    """An animated layer: ``drawings`` are [time, rectangles], a rectangle [x, y, width, height, BGRA]. Gives its keyframes."""
    from krita import Krita

    application = Krita.instance()
    document = application.activeDocument()
    node = document.createNode(name, "paintlayer")
    document.rootNode().addChildNode(node, None)
    yield 0.3
    node.enableAnimation()
    yield 0.4
    document.setActiveNode(node)
    yield 0.4
    for at, rectangles in drawings:
        document.setCurrentTime(at)
        document.waitForDone()
        yield 0.1
        for _ in range(20):
            if node.hasKeyframeAtTime(at):
                break
            application.action("add_blank_frame").trigger()
            yield 0.3
            document.waitForDone()
        for x, y, width, height, colour in rectangles:
            node.setPixelData(bytes(colour) * (width * height), x, y, width, height)
        document.waitForDone()
    document.setCurrentTime(0)
    document.waitForDone()
    yield 0.3
    return [at for at in range(20) if node.hasKeyframeAtTime(at)]


def test_colours_are_carried_over_keyframes(krita: Session, tmp_path: Path) -> None:
    """Lines on threes and fours, one painted key: every drawing gets its colours and keeps its time."""
    krita.run(inside.new_document, width=240, height=160)
    ink, red, empty = [0, 0, 0, 255], [40, 30, 220, 255], [0, 0, 0, 0]
    lines = [[at, [[x, 40, 90, 80, ink], [x + 4, 44, 82, 72, empty]]] for at, x in ((0, 40), (3, 50), (7, 60))]
    assert krita.run(draw_keys, name="lines", drawings=lines, timeout=90) == [0, 3, 7]
    paint = [[0, [[42, 42, 86, 76, red]]], [7, []]]
    assert krita.run(draw_keys, name="colours", drawings=paint, timeout=90) == [0, 7]
    krita.run(inside.activate, name="lines")
    krita.run(inside.choose_operation, name="propagate-colors")
    krita.run(inside.choose_source, port="reference", label="Keyframes of “colours”")
    krita.run(inside.set_parameter, name="marks", value=True)
    krita.run(inside.set_parameter, name="doubt", value=1.0)
    assert run_by_click(krita)[0] == "done", krita.run(inside.docker_state)
    path = tmp_path / "frames.kra"
    assert krita.run(inside.save, path=str(path))
    kra = Kra(path)
    flats = kra.find("flats")
    assert sorted(flats.keyframes) == [0, 3, 7]
    for at, x in ((0, 40), (3, 50), (7, 60)):
        drawing = kra.pixels(flats, at)
        assert drawing[80, x + 45].tolist() == red
        assert drawing[80, x - 20, 3] == 0
    # Below the lines, which can be seen through.
    assert [layer.name for layer in kra.layers] == ["colours", "lines", "Propagate colours — lines", "Background"]
    seen = {layer.name: layer.visible for layer in kra.layers[2].children}
    assert seen == {"frames": False, "flats": True, "Uncertain": False}
    krita.run(inside.trigger, action="edit_undo")
    assert names(krita.run(inside.tree)) == ["Background", "lines", "colours"]


def test_drawings_between_two_keyframes_come_onto_the_timeline(krita: Session, tmp_path: Path) -> None:
    """Two keys of an animated layer, three drawings between by a chart that slows down at the end."""
    krita.run(inside.new_document, width=240, height=160)
    ink, red = [0, 0, 0, 255], [40, 30, 220, 255]
    keys = [[at, [[x, 40, 60, 80, ink], [x + 4, 44, 52, 72, red]]] for at, x in ((0, 20), (8, 120))]
    assert krita.run(draw_keys, name="walk", drawings=keys, timeout=90) == [0, 8]
    krita.run(inside.choose_operation, name="inbetween")
    krita.run(inside.set_parameter, name="count", value=3)
    krita.run(inside.set_parameter, name="timing", value="ease-out")
    assert run_by_click(krita)[0] == "done", krita.run(inside.docker_state)
    path = tmp_path / "frames.kra"
    assert krita.run(inside.save, path=str(path))
    kra = Kra(path)
    source, made = kra.find("walk"), kra.find("frames")
    assert sorted(source.keyframes) == [0, 8]
    assert sorted(made.keyframes) == [0, 2, 4, 6, 8]
    for at in (0, 8):
        assert (kra.pixels(made, at) == kra.pixels(source, at)).all()
    lefts = []
    for at in (0, 2, 4, 6, 8):
        drawing = kra.pixels(made, at)
        lefts.append(int((drawing[80, :, 3] > 128).argmax()))
        assert drawing[80, lefts[-1] + 30].tolist() == red
        assert drawing[10, 10, 3] == 0
    # 1 - (1 - t)^2 of the 100 pixels.
    assert all(abs(x - wanted) <= 2 for x, wanted in zip(lefts, (20, 63.75, 95, 113.75, 120)))
    krita.run(inside.trigger, action="edit_undo")
    assert names(krita.run(inside.tree)) == ["Background", "walk"]


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


def pad(x, y, shown=False):  # type: ignore[no-untyped-def] # runs inside Krita
    """Where that point of the canvas is on the screen, in the docker's pad, and how many looks came; None before the
    pad shows something, where ``shown`` is asked for.
    """
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    found = docker._form.pad
    docker._area.ensureWidgetVisible(found)
    if shown and not found.has_picture:
        return None
    place = found.mapToGlobal(found.to_widget(x, y).toPoint())
    return [place.x(), place.y(), found.looks]


def looked(more_than):  # type: ignore[no-untyped-def] # runs inside Krita
    """Whether more looks than that came from the daemon."""
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    return docker._form.pad.looks > more_than


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


def start_slow_job(krita: Session, seconds: float) -> int:
    """Begin a job of that length with a click; gives the number of jobs before."""
    krita.run(inside.choose_operation, name="test-light")
    krita.run(inside.set_parameter, name="seconds", value=seconds)
    before = krita.run(inside.count_jobs)
    krita.run(inside.set_parameter, name="note", value=str(before))  # never answered from an earlier run
    krita.click(*krita.run(inside.centre, name="shiage_run"))
    end = time.monotonic() + 60
    while krita.run(inside.newest)[2] <= 0.02 or krita.run(inside.count_jobs) == before:
        assert time.monotonic() < end, krita.run(inside.docker_state)
        time.sleep(0.1)
    return before


def test_progress_preview_and_cancel(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = start_slow_job(krita, 30.0)
    state, sentence, progress = krita.run(inside.newest)
    assert (state, sentence) == ("waiting", "shining")
    assert 0 < progress < 1
    assert krita.run(inside.docker_state)["previews"][0]
    krita.screenshot(PICTURES / "running.png")
    krita.click(*krita.run(inside.centre, name="shiage_cancel"))
    assert krita.wait_for(inside.ended, timeout=20, count=before + 1)[0] == "cancelled"
    assert names(krita.run(inside.tree)) == ["Background"]


def test_killed_daemon_comes_back_and_finishes(krita: Session, house: Path, place: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = start_slow_job(krita, 6.0)
    lock = place / "home" / "daemon.lock"
    first = json.loads(lock.read_text())["pid"]
    os.kill(first, signal.SIGKILL)
    state, sentence = krita.wait_for(inside.ended, timeout=90, count=before + 1)
    words = "\n".join(path.read_text()[-2000:] for path in (place / "home" / "log").glob("*.log"))
    assert (state, sentence) == ("done", "Done."), f"{krita.run(inside.docker_state)}\n{words}"
    assert json.loads(lock.read_text())["pid"] != first
    assert names(krita.run(inside.tree)) == ["Background", ["Test light — Background", ["shadow", "light"]]]
    krita.wait_for(inside.ready, timeout=30)


def test_closed_document_keeps_its_result(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = start_slow_job(krita, 3.0)
    krita.run(inside.close_active)
    state, sentence = krita.wait_for(inside.ended, timeout=60, count=before + 1)
    assert state == "kept"
    assert "house.png" in sentence
    krita.run(inside.open_document, path=str(house))
    add_again(krita)
    assert names(krita.run(inside.tree)) == ["Background", ["Test light", ["shadow", "light"]]]


def add_again(krita: Session) -> None:
    """Choose the newest job in the list and press the button with the mouse."""
    krita.run(choose_newest)
    krita.click(*krita.run(inside.centre, name="shiage_add_again"))
    end = time.monotonic() + 60
    while krita.run(inside.newest)[0] != "done":
        assert time.monotonic() < end, krita.run(inside.docker_state)
        time.sleep(0.1)


def choose_newest():  # type: ignore[no-untyped-def] # runs inside Krita
    """Select the first row of the history."""
    from krita import Krita
    from PyQt5.QtWidgets import QListWidget

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    docker.findChild(QListWidget, "shiage_history").setCurrentRow(0)


def test_resized_document_keeps_its_result(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = start_slow_job(krita, 3.0)
    krita.run(crop)
    state, _ = krita.wait_for(inside.ended, timeout=60, count=before + 1)
    assert state == "kept"
    assert names(krita.run(inside.tree)) == ["Background"]
    add_again(krita)  # of another size now: a document of its own
    assert names(krita.run(inside.tree))[-1] == ["Test light", ["shadow", "light"]]
    assert krita.run(size) == [600, 400]


def crop():  # type: ignore[no-untyped-def] # runs inside Krita
    """Make the document smaller."""
    from krita import Krita

    Krita.instance().activeDocument().crop(0, 0, 500, 300)
    yield 0.5


def size():  # type: ignore[no-untyped-def] # runs inside Krita
    """Of the front document."""
    from krita import Krita

    document = Krita.instance().activeDocument()
    return [document.width(), document.height()]


def test_line_art_without_paper_gets_its_result_below(krita: Session, house: Path, tmp_path: Path) -> None:
    picture = np.array(Image.open(house).convert("RGBA"))
    picture[..., 3] = 255 - picture[..., 0]
    Image.fromarray(picture).save(tmp_path / "lines.png")
    krita.run(inside.new_document, width=600, height=400)
    krita.run(add_layer_from, path=str(tmp_path / "lines.png"))
    krita.run(inside.activate, name="lines")
    krita.run(inside.choose_operation, name="flats")
    assert run_by_click(krita)[0] == "done"
    assert names(krita.run(inside.tree)) == ["Background", ["Flats — lines", ["flats"]], "lines"]
    # Shadow and light lie on what they were made for all the same.
    krita.run(inside.choose_operation, name="test-light")
    assert run_by_click(krita)[0] == "done"
    assert names(krita.run(inside.tree))[2:] == ["lines", ["Test light — lines", ["shadow", "light"]]]


def add_layer_from(path):  # type: ignore[no-untyped-def] # runs inside Krita
    """A layer "lines" from a picture file."""
    from krita import Krita
    from PyQt5.QtGui import QImage

    image = QImage(path).convertToFormat(QImage.Format_ARGB32)
    bits = image.constBits()
    bits.setsize(image.byteCount())
    document = Krita.instance().activeDocument()
    node = document.createNode("lines", "paintlayer")
    document.rootNode().addChildNode(node, None)
    yield 0.2
    node.setPixelData(bytes(bits), 0, 0, image.width(), image.height())
    document.refreshProjection()
    yield 0.2


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
