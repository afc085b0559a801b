"""What comes back into a real Krita's layers: where it lies, how it is blended, undone, bounded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from . import inside
from .clicks import names, run_by_click, saved
from .session import Session

pytestmark = [pytest.mark.krita, pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.usefixtures("clean")]


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


def test_after_a_script_closed_every_document(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    krita.wait_for(inside.prepared)
    assert krita.run(inside.close_every_document) == 2  # the plugin's hidden one too
    krita.run(inside.open_document, path=str(house))
    krita.run(inside.choose_operation, name="flats")
    assert run_by_click(krita)[0] == "done"
    assert names(krita.run(inside.tree)) == ["Background", ["Flats — Background", ["flats"]]]


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


def open_lines(krita: Session, house: Path, folder: Path, *, paper: bool) -> None:
    """A white document with the house on a layer "lines" of its own, on paper or on nothing."""
    lines = np.array(Image.open(house).convert("RGBA"))
    if not paper:
        lines[..., 3] = 255 - lines[..., 0]
    Image.fromarray(lines).save(folder / "lines.png")
    krita.run(inside.new_document, width=600, height=400)
    krita.run(add_layer_from, path=str(folder / "lines.png"))
    krita.run(inside.activate, name="lines")


def test_line_art_without_paper_gets_its_result_below(krita: Session, house: Path, tmp_path: Path) -> None:
    open_lines(krita, house, tmp_path, paper=False)
    krita.run(inside.choose_operation, name="flats")
    assert run_by_click(krita)[0] == "done"
    assert names(krita.run(inside.tree)) == ["Background", ["Flats — lines", ["flats"]], "lines"]
    # Shadow and light lie on what they were made for all the same.
    krita.run(inside.choose_operation, name="test-light")
    assert run_by_click(krita)[0] == "done"
    assert names(krita.run(inside.tree))[2:] == ["lines", ["Test light — lines", ["shadow", "light"]]]


@pytest.mark.parametrize("paper", [True, False])
def test_a_coloured_picture_leaves_the_lines_to_be_seen(
    krita: Session, house: Path, tmp_path: Path, paper: bool
) -> None:
    open_lines(krita, house, tmp_path, paper=paper)
    krita.run(inside.choose_operation, name="colorize")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    group = next(layer for layer in kra.layers if layer.kind == "grouplayer")
    # Shadow and light lie on the flats in their group: nothing of it has to pass through.
    assert not group.passthrough
    assert group.blend == ("multiply" if paper else "normal")
    order = names(krita.run(inside.tree))
    own = next(place for place, name in enumerate(order) if isinstance(name, list))
    assert (own > order.index("lines")) == paper
    assert krita.run(inside.pixel, x=152, y=250)[0] < 60  # the line
    wall = krita.run(inside.pixel, x=200, y=200)[:3]
    assert max(wall) - min(wall) > 8 or max(wall) < 240  # a colour


def test_beside_a_locked_or_hidden_group_and_from_a_mask(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    krita.run(group_of_a_copy, locked=True)
    krita.run(inside.choose_operation, name="flats")
    assert run_by_click(krita)[0] == "done"
    own = ["Flats — ink", ["flats"]]
    assert names(krita.run(inside.tree)) == ["Background", ["sheet", ["ink"]], own]
    krita.run(mask_on, name="ink")
    assert run_by_click(krita)[0] == "done"
    assert names(krita.run(inside.tree)) == ["Background", ["sheet", [["ink", ["mask"]]]], own, own]


def group_of_a_copy(locked):  # type: ignore[no-untyped-def] # runs inside Krita
    """A group "sheet" with a copy of the background, "ink", which is active."""
    from krita import Krita

    document = Krita.instance().activeDocument()
    group = document.createGroupLayer("sheet")
    ink = document.nodeByName("Background").duplicate()
    ink.setName("ink")
    group.addChildNode(ink, None)
    document.rootNode().addChildNode(group, None)
    yield 0.5
    document.waitForDone()
    document.nodeByName("sheet").setLocked(locked)
    for _ in range(50):
        document.setActiveNode(document.nodeByName("ink"))
        yield 0.1
        if document.activeNode().name() == "ink":
            return True
    raise RuntimeError("the layer did not become active")


def mask_on(name):  # type: ignore[no-untyped-def] # runs inside Krita
    """A transparency mask on the layer of this name, and active."""
    from krita import Krita

    document = Krita.instance().activeDocument()
    mask = document.createNode("mask", "transparencymask")
    document.nodeByName(name).addChildNode(mask, None)
    yield 0.3
    for _ in range(50):
        document.setActiveNode(mask)
        yield 0.1
        if document.activeNode().name() == "mask":
            return True
    raise RuntimeError("the mask did not become active")


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
