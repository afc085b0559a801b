"""`colorize` as an operation: hints are the law, layers are exact, bad input is answered in a sentence."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import puppet
from documents import Sheet, ora
from drawings import EYE, SHIRT, SKIN, figure
from shiage import operations
from shiage.batch import Asked, frames_of, run_batch
from shiage.cli._outputs import write_outputs
from shiage.cli.sources import layer_by_layer, sources
from shiage.craft.screentone import detone
from shiage.errors import BadInput, BadParameters, Cancelled, NotFound
from shiage.operations._sheets import over
from shiage.spec import Work
from shiage.values import Blend, Colour, Mask, Palette, Raster, Swatch, Value
from shiage.values.documents import line_layers
from shiage.values.files import read_picture

Pixels = NDArray[np.uint8]
Outputs = dict[str, tuple[Value, ...]]
PLACES = {"head": (140, 60), "eye": (105, 80), "body": (120, 180), "paper": (8, 8)}


def hints(size: int = 240, **colours: tuple[int, int, int]) -> Raster:
    """A layer with a dab of each colour at its place."""
    layer = np.zeros((size, size, 4), np.uint8)
    for name, colour in colours.items():
        cv2.circle(layer, PLACES[name], 3, (*colour, 255), -1)
    return Raster(layer, "hints")


def run(drawing: Pixels, work: Work | None = None, **given: object) -> Outputs:
    ports = {"hints", "palette", "reference", "masks", "upper"}
    inputs = {name: given.pop(name) for name in list(given) if name in ports}
    inputs = {name: value if isinstance(value, tuple) else (value,) for name, value in inputs.items()}
    return operations.run("colorize", {"drawing": (Raster(drawing, "line"),), **inputs}, given, work)


def pixels(outputs: Outputs, port: str) -> Pixels:
    value = outputs[port][0]
    assert isinstance(value, Raster)
    return value.to_8bit()


def blend(outputs: Outputs) -> Pixels:
    """The layers put together as a host does, by the textbook: multiply, screen, normal; rounded once a step."""
    flats, shadow, light = (pixels(outputs, name).astype(np.float64) / 255 for name in ("flats", "shadow", "light"))
    paint = flats[..., :3] * shadow[..., :3]
    paint = 1 - (1 - paint) * (1 - light[..., :3])
    below = np.dstack([np.rint(paint * 255), flats[..., 3] * 255]).astype(np.uint8)
    return over(pixels(outputs, "lines"), below)


@pytest.fixture(scope="module")
def dabbed() -> Outputs:
    return run(figure(), hints=hints(head=SKIN, eye=EYE, body=SHIRT))


def test_hints_are_the_law_in_their_regions(dabbed: Outputs) -> None:
    flats = pixels(dabbed, "flats")
    for name, colour in (("head", SKIN), ("eye", EYE), ("body", SHIRT)):
        x, y = PLACES[name]
        assert flats[y, x].tolist() == [*colour, 255]
    assert flats[8, 8, 3] == 0
    assert {tuple(c) for c in np.unique(flats[flats[..., 3] > 0], axis=0)[:, :3].tolist()} == {SKIN, EYE, SHIRT}


def test_the_picture_is_the_blend_of_its_layers(dabbed: Outputs) -> None:
    assert np.abs(pixels(dabbed, "picture").astype(int) - blend(dabbed).astype(int)).max() <= 1
    assert dabbed["shadow"][0].blend is Blend.MULTIPLY  # type: ignore[union-attr]
    assert dabbed["light"][0].blend is Blend.SCREEN  # type: ignore[union-attr]


def test_nothing_leaks_and_the_facts_say_what_was_used(dabbed: Outputs) -> None:
    facts = dabbed["facts"][0].data  # type: ignore[union-attr]
    assert facts["leak"] < 0.02
    assert not facts["automatic"]
    assert {hint["colour"] for hint in facts["hints"]} == {str(Colour(*c)) for c in (SKIN, EYE, SHIRT)}


def test_without_hints_it_chooses_some_and_gives_them_back() -> None:
    first = run(figure())
    facts = first["facts"][0].data  # type: ignore[union-attr]
    assert facts["automatic"]
    assert facts["hints"]
    assert pixels(first, "flats")[60, 140, 3] == 255
    again = run(figure(), hints=first["hints"][0])
    assert not again["facts"][0].data["automatic"]  # type: ignore[union-attr]
    assert (pixels(again, "flats")[60, 140] == pixels(first, "flats")[60, 140]).all()


def test_a_palette_is_all_that_is_used() -> None:
    swatches = tuple(Swatch(Colour(*c)) for c in (SKIN, EYE, SHIRT))
    flats = pixels(run(figure(), palette=Palette(swatches)), "flats")
    used = np.unique(flats[flats[..., 3] > 0][:, :3], axis=0)
    assert {tuple(c) for c in used.tolist()} <= {SKIN, EYE, SHIRT}


def test_a_reference_gives_its_colours() -> None:
    drawn = puppet.sample(31, 640, toons=0.0, finish=puppet.PaintStyle(shade="flat")).frame
    page = np.dstack([drawn.colour, np.full(drawn.ids.shape, 255, np.uint8)])
    flats = pixels(run(figure(), reference=Raster(page, "design")), "flats")
    used = np.unique(flats[flats[..., 3] > 0][:, :3], axis=0).astype(int)
    known = drawn.palette[np.unique(drawn.colour_index)].astype(int)
    assert np.abs(used[:, None] - known[None]).max(2).min(1).max() <= 12


def test_no_shade_leaves_the_flats() -> None:
    done = run(figure(), hints=hints(head=SKIN, body=SHIRT), shade=0.0)
    assert pixels(done, "shadow")[..., :3].min() == 255
    assert pixels(done, "light")[..., :3].max() == 0


def test_variants_hold_the_hints_and_differ_elsewhere() -> None:
    done = run(figure(), hints=hints(head=SKIN), variants=3)
    assert len(done["variants"]) == 3
    first = done["variants"][0]
    assert isinstance(first, Raster)
    np.testing.assert_array_equal(first.pixels, pixels(done, "picture"))
    free = run(figure(), variants=3)["variants"]
    assert len({value.pixels.tobytes() for value in free}) == 3  # type: ignore[union-attr]


def test_the_same_again_to_the_byte(dabbed: Outputs) -> None:
    again = run(figure(), hints=hints(head=SKIN, eye=EYE, body=SHIRT))
    np.testing.assert_array_equal(pixels(again, "picture"), pixels(dabbed, "picture"))


def test_line_layers_are_coloured_one_by_one_and_hide_what_is_below() -> None:
    upper = np.full((240, 240, 4), 255, np.uint8)
    cv2.circle(upper, (120, 150), 40, (0, 0, 0, 255), 3, cv2.LINE_AA)
    upper[..., 3] = 255 - upper[..., 0]
    upper[..., :3] = 0
    dabs = hints(head=SKIN).pixels.copy()
    for place, colour in (((120, 150), EYE), ((120, 210), SHIRT)):
        cv2.circle(dabs, place, 3, (*colour, 255), -1)
    both = run(figure(), hints=Raster(dabs), upper=Raster(upper, "ball"), layered=True)
    flats = pixels(both, "flats")
    assert flats[150, 120].tolist() == [*EYE, 255]
    assert flats[125, 130].tolist() == [*EYE, 255]  # the ball, where the head's outline runs below it
    assert pixels(both, "lines")[140, 120, 3] == 0  # the body's upper edge is hidden
    assert flats[215, 150].tolist() == [*SHIRT, 255]
    assert np.abs(pixels(both, "picture").astype(int) - blend(both).astype(int)).max() <= 1
    one = run(figure(), hints=Raster(dabs), upper=Raster(upper, "ball"))
    assert pixels(one, "lines")[140, 120, 3] > 0


def test_masks_of_parts_are_taken_by_name() -> None:
    whole = np.full((240, 240), 255, np.uint8)
    assert run(figure(), masks=(Mask(whole, "Face"),))["picture"]
    with pytest.raises(BadInput, match="no part"):
        run(figure(), masks=(Mask(whole, "Propeller"),))


@pytest.mark.parametrize("seed", [4000, 4003, 4010, 4021])
def test_thin_lines_and_pencil_on_off_white_paper_are_no_screen(seed: int) -> None:
    drawn = puppet.sample(seed, 1024)
    edges = 255 - cv2.Canny(cv2.resize(drawn.frame.colour, (716, 716), interpolation=cv2.INTER_AREA), 60, 120)
    thin = cv2.resize(edges, (608, 608), interpolation=cv2.INTER_AREA)  # its faintest places are lighter than half grey
    assert detone(thin).share < 0.005
    light = np.linspace(0.84, 0.96, 1024, dtype=np.float32)[:, None]  # across the sheet
    assert not detone((drawn.frame.line_grey * light).astype(np.uint8)).screened
    assert not detone((drawn.frame.line_grey * 0.6).astype(np.uint8)).screened  # on grey paper
    assert detone((puppet.manga_of(drawn) * light).astype(np.uint8)).screened
    assert not detone(cv2.cvtColor(puppet.sketch_of(drawn), cv2.COLOR_RGB2GRAY)).screened


def test_a_manga_page_loses_its_screen_and_keeps_its_lines() -> None:
    drawn = puppet.sample(24, 512, toons=0.1)
    page = puppet.manga_of(drawn)
    told = detone(page)
    assert told.screened
    assert not detone(drawn.frame.line_grey).screened
    black = np.zeros((200, 200), np.uint8)
    black[100, 20:180] = 255  # one white line
    assert not detone(black).screened
    lines = drawn.frame.cover > 200
    away = cv2.dilate((drawn.frame.cover > 20).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert (told.lines[lines] < 128).mean() > 0.97
    assert (told.lines[away] < 128).mean() < 0.5 * (page[away] < 128).mean()
    rgba = np.dstack([page, page, page, np.full_like(page, 255)])
    done = run(rgba, kind="manga")
    plain = run(rgba, kind="lines")
    areas = [o["facts"][0].data["areas"] for o in (done, plain)]  # type: ignore[union-attr]
    assert areas[0] < areas[1]


def test_what_does_not_fit_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadInput, match="100 x 100"):
        run(figure(), hints=Raster(np.zeros((100, 100, 4), np.uint8), "h"))
    with pytest.raises(BadInput, match="cover the whole"):
        run(figure(), hints=Raster(figure(), "h"))
    with pytest.raises(BadInput, match="no lines"):
        run(np.full((64, 64, 4), 255, np.uint8))
    with pytest.raises(BadParameters):
        run(figure(), variants=0)


def test_an_unknown_style_is_named(home: object) -> None:
    with pytest.raises(NotFound, match="No style 'ink'"):
        run(figure(), style="ink")


def test_a_cancelled_job_stops() -> None:
    stop = threading.Event()

    def watch(_done: float, stage: str) -> None:
        if stage == "splashing colour":
            stop.set()

    with pytest.raises(Cancelled):
        run(figure(), Work(on_progress=watch, cancelled=stop))


def test_it_looks_up_between_the_layers_of_its_networks() -> None:
    """A cancel is heard inside a network too: on a busy machine one of them alone takes longer than 200 ms."""
    seen = {"splashing colour": 0, "finishing": 0}

    class Counting(Work):
        stage = ""

        def progress(self, fraction: float, stage: str) -> None:
            self.stage = stage
            super().progress(fraction, stage)

        def check(self) -> None:
            if self.stage in seen:
                seen[self.stage] += 1

    run(figure(), Counting(), hints=hints(body=SHIRT))
    assert min(seen.values()) > 12


def layered_page(size: int = 240) -> bytes:
    """Paper, a figure's lines, and those of a box above it, with a hidden sketch between: an .ora."""
    white = np.full((size, size, 4), 255, np.uint8)
    box = np.zeros((size, size, 4), np.uint8)
    cv2.rectangle(box, (150, 150), (210, 210), (0, 0, 0, 255), 3)
    ink = [Sheet("Box", box), Sheet("Sketch", box, visible=False), Sheet("Body", figure())]
    return ora((size, size), [Sheet("Ink", below=ink), Sheet("Paper", white)], white)


def test_a_documents_line_layers_are_its_sheets(tmp_path: Path) -> None:
    page = tmp_path / "page.ora"
    page.write_bytes(layered_page())
    assert line_layers(page.read_bytes(), "page.ora") == ["Ink/Body", "Ink/Box"]
    assert line_layers(page.read_bytes(), "page.ora", "Ink/Box") == ["Ink/Box"]
    spec = operations.get("colorize").spec
    found = layer_by_layer(spec, sources(spec, [str(page)], {}))
    assert [source.layer for source in found["drawing"]] == ["Ink/Body"]
    assert [source.layer for source in found["upper"]] == ["Ink/Box"]
    empty = ora((8, 8), [Sheet("Paper", np.full((8, 8, 4), 255, np.uint8))], np.full((8, 8, 4), 255, np.uint8))
    with pytest.raises(BadInput, match="no layer with anything drawn"):
        line_layers(empty, "empty.ora")


def test_a_batch_takes_a_document_layer_by_layer_too(tmp_path: Path) -> None:
    page, spec = tmp_path / "page.ora", operations.get("colorize").spec
    page.write_bytes(layered_page())
    (frame,) = frames_of(str(page), "Ink")
    made = {}
    for layered in (True, False):
        asked = Asked(spec, {"layered": layered}, {}, tmp_path / f"{layered}")
        (event,) = run_batch(asked, [frame], workers=1)
        assert event.state == "done", event.error
        made[layered] = read_picture(asked.out / "page.ora", f"Shiage: {spec.title}/Flats").pixels
    body, box = (read_picture(page, f"Ink/{name}") for name in ("Body", "Box"))
    (flats,) = operations.run("colorize", {"drawing": (body,), "upper": (box,)}, {"layered": True})["flats"]
    assert isinstance(flats, Raster)
    assert np.array_equal(made[True], flats.pixels)
    assert not np.array_equal(made[True], made[False])


def test_variants_get_a_file_each(tmp_path: Path) -> None:
    spec = operations.get("colorize").spec
    pictures = tuple(Raster(np.full((4, 4, 4), 50 * i, np.uint8), f"variant {i}") for i in (1, 2, 3))
    out = tmp_path / "one.png"
    written = write_outputs(spec.outputs, {"picture": pictures[:1], "variants": pictures}, out, flatten=False)
    assert [path.name for path in written] == ["one.png", "one-2.png", "one-3.png"]
    assert [int(read_picture(path).pixels[0, 0, 3]) for path in written] == [50, 100, 150]
    with pytest.raises(BadInput, match="is an input"):
        write_outputs(
            spec.outputs, {"picture": pictures[:1], "variants": pictures}, out, flatten=False, inputs=[written[1]]
        )
