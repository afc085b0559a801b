"""Animated layers in a real Krita: keyframes, holds, drawings between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from . import inside
from .clicks import names, run_by_click
from .kra_file import Kra
from .session import Session

pytestmark = [pytest.mark.krita, pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.usefixtures("clean")]


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
