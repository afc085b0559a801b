"""The `relight` operation."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from drawings import coloured_figure
from shiage.errors import BadInput, BadParameters
from shiage.operations import relight, run
from shiage.spec import Work
from shiage.values import Blend, Colour, Palette, Raster, Regions, Strokes, Swatch


def test_outputs_are_layers_that_make_the_picture() -> None:
    painting = Raster(coloured_figure(), "girl")
    for style in ("painting", "flats", "cel", "reference"):
        out = run("relight", {"painting": [painting]}, {"style": style, "light_x": 0.3, "light_y": 0.2})
        (lit,), (shadow,), (glow,) = out["lit"], out["shadow"], out["light"]
        assert (shadow.blend, glow.blend) == (Blend.MULTIPLY, Blend.SCREEN)
        base = painting.pixels[..., :3] / 255.0 * shadow.pixels[..., :3] / 255.0
        shown = 255.0 * (1 - (1 - base) * (1 - glow.pixels[..., :3] / 255.0))
        assert np.abs(shown - lit.pixels[..., :3]).max() <= 1.0
        assert bool(out["tones"]) == (style == "cel")


def test_a_dragged_light_reads_the_drawing_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    real = relight.analyse
    monkeypatch.setattr(relight, "analyse", lambda *a, **k: calls.append(1) or real(*a, **k))
    monkeypatch.setattr(relight, "_analyses", relight.AnalysisCache())
    painting = Raster(coloured_figure())
    seen = {
        run("relight", {"painting": [Raster(painting.pixels.copy())]}, {"light_x": x})["lit"][0].pixels.tobytes()
        for x in (-1.0, 0.0, 1.0)
    }
    assert len(calls) == 1
    assert len(seen) == 3
    run("relight", {"painting": [painting]}, {"volume": 0.1})
    assert len(calls) == 2


def test_regions_key_frame_palette_and_more_lights_are_used() -> None:
    painting = Raster(coloured_figure())
    labels = np.zeros(painting.pixels.shape[:2], np.int32)
    labels[:, :120], labels[:, 120:] = 1, 2
    plain = run("relight", {"painting": [painting]}, {"light_x": 0.5})["lit"][0].pixels
    inputs = {"painting": [painting], "regions": [Regions(labels, background=(2,))]}
    half = run("relight", inputs, {"light_x": 0.5})["lit"][0].pixels
    assert np.array_equal(half[:, 125:], painting.pixels[:, 125:])
    assert not np.array_equal(half[:, :110], painting.pixels[:, :110])
    more = run("relight", {"painting": [painting]}, {"light_x": 0.5, "more_lights": "-0.5, 0, 1, #88aaff, 0.4"})
    assert not np.array_equal(more["lit"][0].pixels, plain)
    key = run("relight", {"painting": [painting], "key_frame": [painting]}, {"light_x": 0.5})["lit"][0].pixels
    assert np.array_equal(key, plain)
    palette = Palette((Swatch(Colour(200, 140, 130)), Swatch(Colour(40, 60, 120))))
    cel = run("relight", {"painting": [painting], "palette": [palette]}, {"style": "cel", "preset": "key-left"})
    colours = {tuple(colour) for colour in cel["lit"][0].pixels[..., :3].reshape(-1, 3).tolist()}
    assert (40, 60, 120) in colours


def test_settings_that_a_preset_stands_in_for_are_named() -> None:
    told: list[str] = []
    work = Work(on_warning=told.append)
    painting = {"painting": [Raster(coloured_figure())]}
    run("relight", painting, {"preset": "key-left"}, work)
    assert not told
    run("relight", painting, {"preset": "key-left", "light_x": 0.5, "gamma": 1.5, "softness": 0}, work)
    assert told == ["The preset 'key-left' has its own light_x, gamma: what was set is not used."]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"light_kind": "point", "light_height": 0.0}, "above the picture"),
        ({"more_lights": "a,b,c"}, "not a light"),
        ({"more_lights": "1,2,3,reddish"}, "not a colour"),
    ],
)
def test_a_light_that_cannot_be_says_why(parameters: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        run("relight", {"painting": [Raster(coloured_figure())]}, parameters)


def test_wrong_parameters_and_sizes_are_named() -> None:
    painting = Raster(coloured_figure())
    with pytest.raises(BadParameters, match="style"):
        run("relight", {"painting": [painting]}, {"style": "oil"})
    with pytest.raises(BadInput, match="regions are 3 x 2"):
        run("relight", {"painting": [painting], "regions": [Regions(np.ones((2, 3), np.int32))]}, {})


def test_progress_rises() -> None:
    seen: list[float] = []
    work = Work(on_progress=lambda share, _stage: seen.append(share))
    run("relight", {"painting": [Raster(coloured_figure()[:, 3:])]}, {"style": "cel"}, work)
    assert seen == sorted(seen)
    assert seen[-1] >= 0.9


def test_paper_that_the_figure_encloses_is_lit_or_left() -> None:
    """White that joins no border and is large beside the figure may be a shirt."""
    pixels = np.full((240, 240, 4), 255, np.uint8)
    pixels[60:200, 60:180, :3] = (200, 120, 90)
    pixels[100:160, 90:140, :3] = 255
    pixels[70:74, 100:110, :3] = 255  # as an eye's white
    lit = [
        run("relight", {"painting": [Raster(pixels)]}, {"style": "flats", "light_x": -0.8, "enclosed_paper": leave})
        for leave in (False, True)
    ]
    shaded, left = (out["lit"][0].pixels for out in lit)
    assert (shaded[120:140, 100:130, :3] < 250).any()
    assert (left[110:150, 100:130, :3] == 255).all()
    assert (left[70:74, 100:110, :3] < 255).any()
    assert np.array_equal(left[:50], pixels[:50])
    assert (left[180, 70:170, :3] != pixels[180, 70:170, :3]).any()


def test_small_gaps_of_paper_stay_unlit() -> None:
    """A bent arm: between it and the body lies paper that joins no border; a shirt is nearly of its colour."""
    pixels = np.full((240, 240, 4), 255, np.uint8)
    pixels[..., :3] = paper = (250, 246, 238)
    pixels[40:220, 40:200, :3] = (200, 120, 90)
    pixels[90:120, 60:78, :3] = paper
    pixels[90:120, 150:168, :3] = (245, 250, 244)
    lit = run("relight", {"painting": [Raster(pixels)]}, {"style": "flats", "light_x": -0.8})["lit"][0].pixels
    assert (lit[93:117, 63:75, :3] == paper).all()
    assert (lit[93:117, 153:165, :3] != (245, 250, 244)).any()


@pytest.mark.parametrize("seed", [985_004, 985_024, 985_032, 985_036])
def test_puppets_keep_the_paper_that_they_enclose(seed: int) -> None:
    """Own drawings with their truth, each with paper between its parts: nothing else is left alone within."""
    import puppet
    from shiage.craft.light.paper import paper_of

    frame = puppet.sample(seed, 384, finish=puppet.PaintStyle(shade="flat", background="white")).frame
    left = paper_of(np.ascontiguousarray(frame.colour[..., :3]))
    assert left is not None
    _, areas = cv2.connectedComponents(left.astype(np.uint8), connectivity=4)
    border = np.unique(np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]]))
    inside = left & ~np.isin(areas, border)
    assert inside.sum() > 50
    assert (frame.ids[inside] < 0).all()


def test_cel_shadows_come_as_fills_in_their_colours() -> None:
    """The fills drawn again are the shadow's areas, in the colours that the picture has there."""
    from shiage.craft.fills.picture import draw_picture

    pixels = np.full((200, 240, 4), 255, np.uint8)
    cv2.circle(pixels, (70, 100), 55, (220, 90, 80, 255), -1)
    cv2.circle(
        pixels, (70, 100), 20, (250, 240, 90, 255), -1
    )  # a form of its own on it: the shadow has a hole or a dent
    cv2.rectangle(pixels, (150, 50), (215, 170), (80, 120, 220, 255), -1)
    given = {"style": "cel", "light_x": -0.8, "light_y": -0.5, "shadow_strokes": True}
    made = run("relight", {"painting": [Raster(pixels)]}, given)
    strokes, tones, lit = made["strokes"][0], made["tones"][0], made["lit"][0]
    assert isinstance(strokes, Strokes)
    assert isinstance(tones, Regions)
    assert isinstance(lit, Raster)
    assert strokes.view is not None
    assert strokes.hide_line.all()
    assert strokes.cyclic.all()
    assert len(strokes.points) < 400
    drawn = draw_picture(strokes, strokes.view)
    assert drawn.shape == pixels.shape
    darker = (lit.pixels[..., :3].astype(int).sum(2) < pixels[..., :3].astype(int).sum(2) - 30) & (tones.labels > 0)
    inside = cv2.erode(darker.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    outside = cv2.dilate(darker.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    assert inside.sum() > 1500
    assert (drawn[inside][:, 3] > 250).mean() > 0.995
    assert (drawn[outside][:, 3] < 5).mean() > 0.999
    apart = np.abs(drawn[inside][:, :3].astype(int) - lit.pixels[inside][:, :3]).max(1)
    assert (apart <= 3).mean() > 0.99, "but for the soft edge between two forms"
    assert not run("relight", {"painting": [Raster(pixels)]}, given | {"shadow_strokes": False})["strokes"]
