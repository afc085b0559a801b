"""The plugin's logic on a fake Krita: no Qt, no window, no daemon."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shiage.client import host_environment
from shiage.v1 import jobs_pb2, operations_pb2, values_pb2

from . import fake_krita
from .conftest import Load

PLUGIN = Path(__file__).resolve().parents[3] / "krita_plugin" / "shiage"


def finish(turns: Any) -> Any:
    """Run such a generator to its end; gives its value."""
    while True:
        try:
            next(turns)
        except StopIteration as end:
            return end.value


def bgra(*pixels: tuple[int, int, int, int]) -> bytearray:
    return bytearray(value for pixel in pixels for value in pixel)


# Pixels


@pytest.mark.parametrize(("bits", "kind"), [(8, "u1"), (16, "u2")])
def test_swapping_and_fading_agree_with_numpy(load: Load, bits: int, kind: str) -> None:
    pixels = load("pixels")
    picture = np.random.default_rng(1).integers(0, 1 << bits, (37, 53, 4)).astype(kind)
    made = pixels.Picture(53, 37, bits, bytearray(picture.tobytes()), blue_first=True)
    pixels.swap_red_and_blue(made)
    assert not made.blue_first
    got = np.frombuffer(bytes(made.pixels), kind).reshape(37, 53, 4)
    assert (got == picture[..., [2, 1, 0, 3]]).all()


def test_swap_in_pieces(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = load("pixels")
    monkeypatch.setattr(pixels, "PIECE", 5)
    picture = np.arange(13 * 4, dtype=np.uint8).reshape(13, 1, 4)
    made = pixels.Picture(1, 13, 8, bytearray(picture.tobytes()))
    pixels.swap_red_and_blue(made)
    assert bytes(made.pixels) == picture[..., [2, 1, 0, 3]].tobytes()
    assert pixels.alpha_of(made) == picture[..., 3].tobytes()


def test_coverage_multiplies_alpha(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = load("pixels")
    monkeypatch.setattr(pixels, "PIECE", 100)
    generator = np.random.default_rng(2)
    picture = generator.integers(0, 256, (20, 30, 4)).astype(np.uint8)
    coverage = generator.choice(np.array([0, 255, 255, 0, 77, 200], np.uint8), (20, 30))
    data = bytearray(picture.tobytes())
    pixels.cover(data, 8, coverage.tobytes())
    got = np.frombuffer(bytes(data), np.uint8).reshape(20, 30, 4)
    exact = picture[..., 3].astype(float) * coverage / 255
    assert np.abs(got[..., 3] - exact).max() <= 0.5
    assert (got[..., :3] == picture[..., :3]).all()


def test_depths_are_exact_both_ways(load: Load) -> None:
    pixels = load("pixels")
    eight = pixels.Picture(16, 16, 8, bytearray(range(256)) * 4)
    sixteen = pixels.to_bits(eight, 16)
    assert (np.frombuffer(bytes(sixteen.pixels), "u2") == np.tile(np.arange(256) * 257, 4)).all()
    assert bytes(pixels.to_bits(sixteen, 8).pixels) == bytes(eight.pixels)


def test_thumbnail_is_small_and_eight_bit(load: Load) -> None:
    pixels = load("pixels")
    picture = np.random.default_rng(3).integers(0, 65536, (95, 210, 4)).astype("u2")
    small = pixels.thumbnail(pixels.Picture(210, 95, 16, bytearray(picture.tobytes())), 50)
    assert max(small.width, small.height) <= 50
    got = np.frombuffer(bytes(small.pixels), np.uint8).reshape(small.height, small.width, 4)
    assert (got == picture[::5, ::5] >> 8).all()


# Reading and landing


@pytest.fixture
def document() -> fake_krita.Document:
    """5 x 4 pixels with one layer "ink": blue on the left, nothing on the right."""
    made = fake_krita.Document(5, 4)
    ink = made.createNode("ink", "paintlayer")
    ink.setPixelData(
        bytes(bgra((200, 20, 10, 255), (200, 20, 10, 255), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)) * 4), 0, 0, 5, 4
    )
    made.rootNode().addChildNode(ink, None)
    made.setActiveNode(ink)
    fake_krita.Krita.instance().setActiveDocument(made)
    made.history.clear()
    return made


def test_a_layer_is_read_at_the_images_size(load: Load, document: fake_krita.Document) -> None:
    reading, colour, scratch = load("host.reading"), load("host.colour"), load("host.scratch")
    ink = document.topLevelNodes()[0]
    shot = finish(reading.read_layer(document, ink, False, colour.Converter(scratch.Scratch())))
    assert (shot.picture.width, shot.picture.height, shot.picture.bits, shot.picture.blue_first) == (5, 4, 8, True)
    assert bytes(shot.picture.pixels) == ink.pixelData(0, 0, 5, 4)
    ink.setOpacity(99)
    assert finish(reading.read_layer(document, ink, True, colour.Converter(scratch.Scratch()))).opacity == 99


def test_selection_is_coverage(load: Load, document: fake_krita.Document) -> None:
    reading = load("host.reading")
    assert finish(reading.read_selection(document)) is None
    document.setSelection(fake_krita.Selection(document, (1, 1, 2, 2)))
    coverage = np.frombuffer(finish(reading.read_selection(document)), np.uint8).reshape(4, 5)
    assert coverage.sum() == 4 * 255
    assert (coverage[1:3, 1:3] == 255).all()


def test_landing_is_one_step_in_the_documents_history(load: Load, document: fake_krita.Document) -> None:
    landing, scratch, layers = load("host.landing"), load("host.scratch"), load("layers")
    picture = load("pixels").Picture
    flat = picture(5, 4, 8, bgra((1, 2, 3, 255)) * 20, blue_first=True)
    group = layers.Group(
        "Light", [layers.Layer("shadow", flat, "multiply", 128), layers.Layer("light", flat, "screen")]
    )
    hidden = scratch.Scratch()
    ink = document.topLevelNodes()[0]
    node = finish(landing.land(document, landing.Spot(ink), group, hidden))
    assert document.history == [("add", "Light")]
    assert [n.name() for n in document.topLevelNodes()] == ["ink", "Light"]
    assert [(n.name(), n.blendingMode(), n.opacity()) for n in node.childNodes()] == [
        ("shadow", "multiply", 128),
        ("light", "screen", 255),
    ]
    assert node.passThroughMode()
    assert node.childNodes()[0].pixelData(0, 0, 5, 4) == bytes(flat.pixels)
    assert document.activeNode() is ink


@pytest.mark.parametrize(
    ("below", "multiply", "order", "blend"),
    [
        (False, False, ["paper", "ink", "Flats"], "normal"),
        (False, True, ["paper", "ink", "Flats"], "multiply"),
        (True, False, ["paper", "Flats", "ink"], "normal"),
    ],
)
def test_where_a_result_goes(
    load: Load, document: fake_krita.Document, below: bool, multiply: bool, order: list[str], blend: str
) -> None:
    landing, scratch, layers = load("host.landing"), load("host.scratch"), load("layers")
    flat = load("pixels").Picture(5, 4, 8, bgra((1, 2, 3, 255)) * 20, blue_first=True)
    ink = document.topLevelNodes()[0]
    document.rootNode()._children.insert(0, document.createNode("paper", "paintlayer"))
    spot = landing.Spot(ink, below, multiply)
    node = finish(landing.land(document, spot, layers.Group("Flats", [layers.Layer("flats", flat)]), scratch.Scratch()))
    assert [n.name() for n in document.topLevelNodes()] == order
    assert node.blendingMode() == blend


def test_what_has_a_base_of_its_own_is_no_shadow_to_be_laid_on(load: Load, document: fake_krita.Document) -> None:
    landing, scratch, layers = load("host.landing"), load("host.scratch"), load("layers")
    flat = load("pixels").Picture(5, 4, 8, bgra((1, 2, 3, 255)) * 20, blue_first=True)
    whole, flats = layers.Layer("finished", flat, visible=False), layers.Layer("flats", flat)
    shadow = layers.Layer("shadow", flat, "multiply")
    assert layers.Group("Relight", [whole, shadow]).rests()
    assert not layers.Group("Nothing", [layers.Group("Parts", [shadow], visible=False)]).rests()
    painted = layers.Group("Colorize", [whole, flats, shadow])
    spot = landing.Spot(document.topLevelNodes()[0], multiply=True)
    node = finish(landing.land(document, spot, painted, scratch.Scratch()))
    assert (node.passThroughMode(), node.blendingMode()) == (False, "multiply")


def test_a_result_is_not_hidden_or_put_into_what_is_locked(load: Load, document: fake_krita.Document) -> None:
    documents = load("host.documents")
    ink = document.topLevelNodes()[0]
    outer, inner = document.createGroupLayer("outer"), document.createGroupLayer("inner")
    document.rootNode().addChildNode(outer, None)
    outer.addChildNode(inner, None)
    inner.addChildNode(ink, None)
    assert documents.in_the_open(ink) is ink
    inner.setLocked(True)
    assert documents.in_the_open(ink) is inner
    outer.setVisible(False)
    assert documents.in_the_open(ink) is outer


def test_nothing_is_put_into_a_document_that_was_closed(load: Load, document: fake_krita.Document) -> None:
    landing, scratch, layers = load("host.landing"), load("host.scratch"), load("layers")
    flat = load("pixels").Picture(5, 4, 8, bgra((1, 2, 3, 255)) * 20, blue_first=True)
    work = landing.land(
        document, landing.Spot(), layers.Group("Flats", [layers.Layer("flats", flat)]), scratch.Scratch()
    )
    next(work)
    document.close()
    with pytest.raises(landing.Closed):
        finish(work)


def test_a_script_may_close_our_hidden_document_with_all_others(load: Load) -> None:
    scratch, krita = load("host.scratch").Scratch(), fake_krita.Krita.instance()
    first = scratch.document
    for every in list(krita.documents()):
        every.close()
    scratch.settle()
    second = scratch.document
    assert second is not first
    assert not second.closed
    second.close()
    scratch.ready()
    assert not scratch.document.closed
    scratch.document.close()
    scratch.close()
    assert krita.documents() == []


def test_below_the_lowest_layer_is_behind_it(load: Load, document: fake_krita.Document) -> None:
    landing, scratch, layers = load("host.landing"), load("host.scratch"), load("layers")
    flat = load("pixels").Picture(5, 4, 8, bgra((1, 2, 3, 255)) * 20, blue_first=True)
    spot = landing.Spot(document.topLevelNodes()[0], below=True)
    node = finish(landing.land(document, spot, layers.Group("Flats", [layers.Layer("flats", flat)]), scratch.Scratch()))
    assert node.blendingMode() == "behind"


def test_holds_of_an_animated_layer(load: Load, document: fake_krita.Document) -> None:
    frames = load("host.frames")
    walk = document.createNode("walk", "paintlayer")
    walk._frames = {time: bytes(80) for time in (0, 2, 6)}
    assert [tuple(key) for key in frames.keys(walk, 0, 9)] == [(0, 2, 0), (2, 4, 2), (6, 4, 6)]
    # From within a hold: the drawing that stands there counts from the range's beginning.
    assert [tuple(key) for key in frames.keys(walk, 4, 7)] == [(4, 2, 2), (6, 2, 6)]
    assert frames.default_range(document, walk) == (0, 6)


def test_documents_are_found_again(load: Load, document: fake_krita.Document) -> None:
    documents = load("host.documents")
    name = documents.identity(document)
    assert documents.find(name) is document
    node = document.topLevelNodes()[0]
    assert documents.find_node(document, documents.node_id(node)) is node
    document.close()
    assert documents.find(name) is None


# Orders and results


class FakeClient:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def put_bytes(self, data: Any) -> values_pb2.Blob:
        name = str(len(self.blobs)).zfill(64)
        self.blobs[name] = bytes(data)
        return values_pb2.Blob(sha256=name, size=len(data))

    def get_bytes(self, blob: values_pb2.Blob) -> bytearray:
        return bytearray(self.blobs[blob.sha256])


def operation(*ports: operations_pb2.Port) -> operations_pb2.Operation:
    drawing = operations_pb2.Port(name="drawing", kind=operations_pb2.KIND_RASTER, title="Drawing")
    return operations_pb2.Operation(id="flats", version=3, title="Flats", inputs=[drawing], outputs=ports)


def test_an_order_carries_everything(load: Load) -> None:
    order, picture = load("order"), load("pixels").Picture
    client = FakeClient()
    given = order.PictureInput(
        "ink", picture(2, 1, 8, bgra((1, 2, 3, 200), (4, 5, 6, 100)), blue_first=True), opacity=128
    )
    made = order.Order(
        operation(), {"drawing": [given]}, {"gap": 8.0, "layers": True, "mode": "x"}, "house.kra", coverage=b"\xff\x00"
    )
    request = order.send(client, made)
    assert (request.operation, request.version, request.client, request.title) == ("flats", 3, "krita", "house.kra")
    raster = request.inputs["drawing"].values[0].raster
    assert (raster.width, raster.height, raster.bits) == (2, 1, 8)
    # RGBA, half of alpha, and nothing where nothing is selected.
    assert client.blobs[raster.pixels.sha256] == bytes((3, 2, 1, 100, 6, 5, 4, 0))
    sent = {name: value.WhichOneof("value") for name, value in request.parameters.items()}
    assert sent == {"gap": "number", "layers": "flag", "mode": "text"}


def test_frames_travel_with_their_holds(load: Load) -> None:
    order, picture = load("order"), load("pixels").Picture
    port = operations_pb2.Port(name="clip", kind=operations_pb2.KIND_CLIP)
    frames = [order.FrameInput(at, 2, picture(1, 1, 8, bgra((0, 0, 0, 255)), True)) for at in (0, 2)]
    made = order.Order(
        operations_pb2.Operation(id="inbetween", inputs=[port]),
        {"clip": [order.ClipInput("walk", frames, 12.0)]},
        {},
        "",
    )
    clip = order.send(FakeClient(), made).inputs["clip"].values[0].clip
    assert [(frame.time, frame.hold, frame.key) for frame in clip.frames] == [(0, 2, True), (2, 2, True)]
    assert clip.fps == 12.0


def test_results_become_layers(load: Load) -> None:
    result = load("result")
    client = FakeClient()
    port, kinds = operations_pb2.Port, operations_pb2

    def raster(name: str, **more: Any) -> values_pb2.Value:
        blob = client.put_bytes(bytes((10, 20, 30, 255, 1, 2, 3, 0)))
        made = values_pb2.Raster(
            pixels=blob, encoding=values_pb2.ENCODING_RAW, width=2, height=1, bits=8, **{"opacity": 1.0, **more}
        )
        return values_pb2.Value(name=name, raster=made)

    job = jobs_pb2.Job(id="1")
    job.outputs["flats"].values.append(raster("flats"))
    job.outputs["layers"].values.extend([raster("hair", blend="multiply", opacity=0.5), raster("")])
    job.outputs["facts"].values.append(values_pb2.Value(facts=values_pb2.Facts(json='{"gap": 8, "regions": [1, 2]}')))
    described = operation(
        port(name="flats", kind=kinds.KIND_RASTER, title="Flats"),
        port(name="layers", kind=kinds.KIND_RASTER, title="Layers", many=True),
        port(name="facts", kind=kinds.KIND_FACTS, title="Facts"),
    )
    got = result.collect(client, job, described, "Flats — ink", coverage=b"\x00\xff", bits=16)
    flats, apart = got.group.children
    assert (got.group.name, flats.name, apart.name) == ("Flats — ink", "flats", "Layers")
    assert (flats.visible, apart.visible) == (
        False,
        True,
    )  # it came apart: the whole would hide what is done to the parts
    assert got.rests
    assert [(layer.name, layer.blend, layer.opacity) for layer in apart.children] == [
        ("hair", "multiply", 128),
        ("Layers", "normal", 255),
    ]
    pixels = np.frombuffer(bytes(flats.picture.pixels), "u2").reshape(2, 4)
    assert pixels[0].tolist() == [30 * 257, 20 * 257, 10 * 257, 0]  # BGRA, outside the selection
    assert got.sentences == ["Gap 8, regions 2"]
    assert got.see_through


def test_what_shows_the_same_again_comes_hidden(load: Load) -> None:
    result, client = load("result"), FakeClient()
    port, kinds = operations_pb2.Port, operations_pb2
    job = jobs_pb2.Job(id="1")
    for name, alpha in (("finished", 255), ("flats", 0)):
        blob = client.put_bytes(bytes((10, 20, 30, alpha)))
        raster = values_pb2.Raster(
            pixels=blob, encoding=values_pb2.ENCODING_RAW, width=1, height=1, bits=8, opacity=1.0
        )
        job.outputs[name].values.append(values_pb2.Value(name=name, raster=raster))
    mask = values_pb2.Mask(pixels=client.put_bytes(b"\xff"), encoding=values_pb2.ENCODING_RAW, width=1, height=1)
    job.outputs["doubt"].values.append(values_pb2.Value(name="doubt", mask=mask))
    described = operation(
        port(name="finished", kind=kinds.KIND_RASTER, hidden=True),
        port(name="flats", kind=kinds.KIND_RASTER),
        port(name="doubt", kind=kinds.KIND_MASK, many=True, hidden=True),
    )
    got = result.collect(client, job, described, "Palette — ink")
    assert [(child.name, child.visible) for child in got.group.children] == [
        ("finished", False), ("flats", True), ("doubt", False),
    ]  # fmt: skip
    assert got.see_through, "by what is seen of it"
    assert not got.rests


def test_keyframes_belong_to_the_drawings_that_stand_at_their_times(load: Load, document: fake_krita.Document) -> None:
    sources, colour, scratch = load("host.sources"), load("host.colour"), load("host.scratch")
    documents, painted = load("host.documents"), bytes((1, 2, 3, 255)) * 20
    layers = {}
    for name, keys in (("lines", (0, 3, 7)), ("colours", (1, 5, 8))):
        node = layers[name] = document.createNode(name, "paintlayer")
        document.rootNode().addChildNode(node, None)
        node._frames = dict.fromkeys(keys, painted)
    layers["colours"]._frames[5] = bytes(80)
    ports = [operations_pb2.Port(name="reference", kind=1, many=True), operations_pb2.Port(name="lines", kind=6)]
    given = {
        "reference": [sources.Source(sources.FRAMES, documents.node_id(layers["colours"]))],
        "lines": [sources.Source(sources.FRAMES, documents.node_id(layers["lines"]), 0, 9)],
    }
    wish = types.SimpleNamespace(operation=operations_pb2.Operation(inputs=ports), inputs=given)
    converter = colour.Converter(scratch.Scratch())
    read = finish(sources.read_sources(wish, document, None, converter, None))
    assert [(frame.name, frame.time, frame.hold) for frame in read["lines"][0].frames] == [
        ("0000", 0, 3), ("0003", 3, 4), ("0007", 7, 3),
    ]  # fmt: skip
    # The empty one at 5 colours nothing.
    assert [picture.name for picture in read["reference"]] == ["0000", "0007"]


def test_the_daemon_does_not_get_kritas_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/krita")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/lib")
    monkeypatch.delenv("APPDIR", raising=False)
    assert "PYTHONPATH" not in host_environment()
    assert host_environment()["LD_LIBRARY_PATH"] == "/lib"
    monkeypatch.setenv("APPDIR", "/mount")
    assert "LD_LIBRARY_PATH" not in host_environment()


def test_bands_grow_and_shrink_with_what_they_cost(load: Load) -> None:
    reading = load("host.reading")
    least, most = reading.BAND // 16 // 1000, reading.BAND // 1000
    assert reading.next_rows(least, 1000, 1e-5) == 2 * least
    assert reading.next_rows(most, 1000, 1e-5) == most
    assert reading.next_rows(100, 1000, 0.008) == 50
    assert reading.next_rows(100, 1000, 1.0) == least


def test_an_animation_is_put_on_whole_frames(load: Load, tmp_path: Path) -> None:
    result, picture = load("result"), load("pixels").Picture
    pixel = picture(1, 1, 8, bytearray(4))
    placed = result._on_frames([(0.0, 1.5, pixel), (1.5, 0.5, pixel), (4.2, 1.8, pixel)])
    assert [(drawing.time, drawing.hold) for drawing in placed] == [(0, 2), (2, 1), (4, 2)]


def test_the_animation_file_has_every_exposure(load: Load, tmp_path: Path) -> None:
    from .kra_file import Kra

    kra, picture = load("kra"), load("pixels").Picture
    rng = np.random.default_rng(5)
    first, second = (rng.integers(0, 256, (70, 130, 4)).astype(np.uint8) for _ in range(2))
    drawings = [
        kra.Drawing(2, 2, picture(130, 70, 8, bytearray(first.tobytes()), True)),
        kra.Drawing(6, 2, picture(130, 70, 8, bytearray(second.tobytes()), True)),
    ]
    path = tmp_path / "a.kra"
    kra.write(path, 'In-betweens <"1">', [kra.AnimatedLayer("a & b", drawings, "multiply")], 24)
    read = Kra(path)
    layer = read.find("a & b")
    assert read.layers[0].name == 'In-betweens <"1">'
    assert layer.blend == "multiply"
    assert sorted(layer.keyframes) == [2, 4, 6]  # empty from 4: the hold ends before the next drawing
    assert (read.pixels(layer, 2) == first).all()
    assert not read.pixels(layer, 4).any()
    assert (read.pixels(layer, 6) == second).all()


# What the plugin may not do


def test_only_the_host_adapter_touches_krita_and_only_qt_imports_qt() -> None:
    shell = {"__init__.py", "extension.py", "settings.py", "studio.py", "panel/docker.py"}
    for path in PLUGIN.rglob("*.py"):
        name, text = path.relative_to(PLUGIN).as_posix(), path.read_text()
        assert "import numpy" not in text
        assert "import torch" not in text
        assert ("PyQt" in text) == (name == "qt.py"), name
        if not name.startswith("host/") and name not in shell:
            assert "from krita import" not in text, name
