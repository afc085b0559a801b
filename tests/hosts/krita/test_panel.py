"""The docker's widgets in whichever Qt is here (PyQt6 is Krita 6's), on the fake Krita, without a screen."""

from __future__ import annotations

import importlib
import os
import types
from typing import Any

import pytest

from shiage.operations import registry
from shiage.v1 import operations_pb2
from shiage.wire import spec_to_proto

from . import fake_krita
from .conftest import Load


def _qt() -> Any:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    for name in ("PyQt6", "PyQt5"):
        try:
            return importlib.import_module(f"{name}.QtWidgets")
        except ImportError as error:
            problem = error
    pytest.skip(f"no Qt for Python here: {problem}")


@pytest.fixture(scope="module")
def application() -> Any:
    """Qt's."""
    widgets = _qt()
    return widgets.QApplication.instance() or widgets.QApplication([])


@pytest.fixture
def document() -> fake_krita.Document:
    """With one layer "ink"."""
    made = fake_krita.Document(40, 30)
    ink = made.createNode("ink", "paintlayer")
    made.rootNode().addChildNode(ink, None)
    made.setActiveNode(ink)
    return made


@pytest.mark.usefixtures("application")
@pytest.mark.parametrize("operation_id", sorted(registry()))
def test_every_operation_has_a_form_that_remembers(
    load: Load, document: fake_krita.Document, operation_id: str
) -> None:
    form_module, ports = load("panel.form"), load("panel.ports")
    operation = operations_pb2.Operation.FromString(spec_to_proto(registry()[operation_id].spec).SerializeToString())
    form = form_module.Form(operation)
    form.offer(document, [])
    if not ports.can_feed(operation):
        return
    defaults = form.parameters()
    for field in form._fields.values():
        kind = field.parameter.WhichOneof("field")
        if kind == "number":
            field.set_value(field.parameter.number.maximum)
        elif kind == "choice":
            field.set_value(field.parameter.choice.options[-1].id)
        elif kind == "switch":
            field.set_value(not field.default())
        elif kind == "colour":
            field.set_value("#204060")
    changed, text = form.parameters(), form.to_text()
    assert not form._fields or changed != defaults
    form.reset()
    assert form.parameters() == defaults
    form.from_text(text)
    assert form.parameters() == changed
    assert form.inputs()[operation.inputs[0].name]


@pytest.mark.usefixtures("application")
def test_a_point_is_dragged(load: Load) -> None:
    operation = spec_to_proto(registry()["relight"].spec)
    form = load("panel.form").Form(operation)
    qt, pad = load("qt"), form.pad
    pad.resize(400, 260)
    form._fields["preset"].set_value("sunset")
    seen: list[dict[str, Any]] = []
    form.changed.connect(lambda: seen.append(form.parameters()))

    def mouse(kind: str, x: float, y: float) -> None:
        at = pad.to_widget(x, y)
        left = qt.Qt.MouseButton.LeftButton
        event = qt.QtGui.QMouseEvent(
            getattr(qt.QtCore.QEvent.Type, kind), at, at, left, left, qt.Qt.KeyboardModifier.NoModifier
        )
        {"MouseButtonPress": pad.mousePressEvent, "MouseMove": pad.mouseMoveEvent}[kind](event)

    mouse("MouseButtonPress", 0.0, 0.0)
    mouse("MouseMove", -0.6, 0.4)
    assert abs(seen[-1]["light_x"] + 0.6) < 0.02
    assert abs(seen[-1]["light_y"] - 0.4) < 0.02
    assert seen[-1]["preset"] == "none"
    picture = load("pixels").Picture
    pad.show_picture(picture(2, 1, 8, bytearray(8)))
    image = pad.grab().toImage()
    assert not image.isNull()


@pytest.mark.usefixtures("application")
def test_a_picture_is_shrunken_by_averaging(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    glimpse, picture = load("glimpse"), load("pixels").Picture
    monkeypatch.setattr(glimpse, "SIDE", 2)
    # Two halves, blue on the left and red on the right (BGRA); three rows do not divide by two.
    row = bytearray((200, 0, 0, 255)) * 2 + bytearray((0, 0, 100, 255)) * 2
    small = glimpse.shrunken(picture(4, 3, 8, row * 3, blue_first=True))
    assert (small.width, small.height, small.blue_first) == (2, 1, True)
    assert list(small.pixels) == [200, 0, 0, 255, 0, 0, 100, 255]


@pytest.mark.usefixtures("application")
def test_light_dialog_and_list(load: Load) -> None:
    light, history, link = load("panel.light"), load("panel.history"), load("link")
    dot = light.Light()
    for state in (link.OFF, link.STARTING, link.READY, link.TROUBLE):
        dot.show_status(link.Status(state, "A sentence."))
        assert (dot.state, dot.toolTip()) == (state, "A sentence.")
    dialog = light.SettingsDialog(None, link.Status(link.READY, "A sentence."))
    dialog._path.setText("/opt/shiage")
    dialog.save()
    assert fake_krita.Krita.instance().readSetting("shiage", "command", "") == "/opt/shiage"
    history.History().show_jobs([])


def test_the_docker_offers_what_krita_can_feed(load: Load, application: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    widgets = _qt()
    quiet = types.SimpleNamespace(connect=lambda *_: None)
    notifier = types.SimpleNamespace(
        setActive=lambda on: None, applicationClosing=quiet, viewCreated=quiet, imageClosed=quiet
    )
    monkeypatch.setattr(fake_krita, "DockWidget", widgets.QDockWidget, raising=False)
    monkeypatch.setattr(fake_krita.Krita, "notifier", lambda self: notifier, raising=False)
    docker, link = load("panel.docker").Docker(), load("link")
    known = [spec_to_proto(found.spec) for found in registry().values()]
    docker._studio._asked = True  # no daemon to be asked for earlier jobs
    docker._studio._on_operations(known)
    docker._studio._on_status(link.Status(link.READY, "Shiage is ready."))
    offered = [docker._chooser.itemData(place) for place in range(docker._chooser.count())]
    assert "relight" in offered
    assert "inbetween-strokes" not in offered
    assert docker.choose("relight")
    assert docker._form.pad is not None
    assert docker._run.isEnabled()
    docker.run()
    assert docker._message.text() == "Open a drawing first."
    docker.deleteLater()
