"""Light: the published formula, layers, form, cel tones, and what must never crash."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drawings import SHIRT, SKIN, coloured_figure
from shiage.craft.light import (
    PRESETS,
    STYLES,
    AnalysisCache,
    Cel,
    Light,
    Lighting,
    analyse,
    cel_shade,
    composite,
    content_key,
    form_normals,
    light,
    split,
)
from shiage.craft.light.areas import equal_areas
from shiage.craft.light.form import inflate
from shiage.craft.light.hull import palette_hull
from shiage.craft.light.parts import merge_parts, regions_of_flats
from shiage.craft.light.strokes import stroke_density
from shiage.craft.light.tones import oklab, shadow_tone, srgb

Pixels = NDArray[np.uint8]


def painting(height: int = 96, width: int = 128, seed: int = 3) -> Pixels:
    """A soft, many-coloured picture without any paper, (h, w, 4)."""
    noise = np.random.default_rng(seed).random((8, 10, 3)).astype(np.float32)
    rgb = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    rgba = np.dstack([np.clip(rgb * 255, 0, 255), np.full((height, width), 255)])
    return np.ascontiguousarray(rgba.astype(np.uint8))


def slow_formula(rgb: Pixels, lights: list[tuple[float, float]], ambient: float, strength: float) -> Pixels:
    """The method as its description reads, in plain NumPy at the picture's size (its short side is 512)."""
    from scipy.spatial import ConvexHull

    pixels = rgb.reshape(-1, 3).astype(np.float64)
    centre = rgb.reshape(-1, 3).astype(np.float32).mean(axis=0)
    away = pixels - centre
    planes = ConvexHull(pixels).equations
    leaves = np.zeros(len(pixels))
    for normal in planes:
        leaves = np.maximum(leaves, away @ normal[:3] / -(normal[:3] @ centre + normal[3]))
    density = np.clip((1 - np.abs(1 - leaves)) * 1.2, 0, 1).reshape(rgb.shape[:2])
    guide = np.floor(np.minimum(np.linalg.norm(away, axis=1), 255)).reshape(rgb.shape[:2])

    def mean(image: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.blur(image, (3, 3), borderType=cv2.BORDER_REFLECT))

    for _ in range(4):
        slope = (mean(guide * density) - mean(guide) * mean(density)) / (mean(guide**2) - mean(guide) ** 2 + 0.01)
        density = mean(slope) * guide + mean(mean(density) - slope * mean(guide))
    density = np.clip(density, 0, 1)
    out = np.zeros(rgb.shape)
    for channel in range(3):
        levels = [rgb[..., channel].astype(np.float64)]
        for _ in range(5):
            levels.append(cv2.pyrDown(levels[-1]))
        gx = gy = None
        for level in reversed(levels):
            sx, sy = cv2.Sobel(level, cv2.CV_64F, 1, 0), cv2.Sobel(level, cv2.CV_64F, 0, 1)
            size = (level.shape[1], level.shape[0])
            gx = sx if gx is None else 4 * cv2.resize(cv2.pyrUp(gx), size) + sx
            gy = sy if gy is None else 4 * cv2.resize(cv2.pyrUp(gy), size) + sy
        rest = np.sqrt(1 - density**2) / np.hypot(gx, gy).max()
        towards = np.array([1.0, *reversed(lights[0])])
        z, y, x = towards / np.linalg.norm(towards)
        effect = np.clip(z * density - (y * gy + x * gx) * rest, 0, 1)
        out[..., channel] = np.clip((ambient + strength * effect) * rgb[..., channel], 0, 255)
    return out.astype(np.uint8)


def difference(a: NDArray[np.generic], b: NDArray[np.generic]) -> NDArray[np.float64]:
    return np.abs(a[..., :3].astype(np.float64) - b[..., :3])


def test_the_reference_style_is_the_published_formula() -> None:
    rgb = np.ascontiguousarray(painting(512, 600)[..., :3])
    lit = light(rgb, analyse(rgb, "reference"), Lighting((Light(-0.6, 0.3),)))
    wanted = slow_formula(rgb, [(-0.6, 0.3)], 0.45, 0.85)
    assert difference(lit, wanted).mean() < 0.02
    assert difference(lit, wanted).max() <= 1


@pytest.mark.shared
@pytest.mark.parametrize("name", ["pub_0023", "pub_0046", "pub_0058"])
def test_the_reference_style_gives_the_reference_implementations_pictures(shared: Path, name: str) -> None:
    folder = shared / "bench" / "light"
    facts = json.loads((folder / f"{name}_params.json").read_text())
    rgb = np.ascontiguousarray(cv2.imread(str(folder / f"{name}_input512.png"))[..., ::-1])
    analysis = analyse(rgb, "reference", clipping=facts["clip"])
    for gx, gy in facts["lights"]:
        lamp = Light(-gx, -gy, facts["z"], intensity=facts["li"])
        lit = light(rgb, analysis, Lighting((lamp,), facts["amb"], facts["gamma"], facts["multi"]))
        wanted = cv2.imread(str(folder / f"{name}_gx{gx:+}_gy{gy:+}.png"))[..., ::-1]
        assert difference(lit, wanted).mean() < 0.05
        assert difference(lit, wanted).max() <= 2


@pytest.mark.parametrize("blend", ["screen", "add"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("preset", PRESETS)
def test_the_layers_together_are_the_lit_picture(blend: str, bits: int, preset: str) -> None:
    pixels = painting()
    if bits == 16:
        pixels = (pixels.astype(np.uint16) * 257) ^ 0x5B  # type: ignore[assignment]  # the same picture, low bits used
    lit = light(pixels, analyse(pixels, "reference"), PRESETS[preset])
    layers = split(pixels, lit, blend)  # type: ignore[arg-type]  # one of the two blends
    assert difference(composite(pixels, layers), lit).max() <= 1
    assert np.array_equal(layers.shadow[..., 3], pixels[..., 3])


def test_light_from_the_left_lights_left_sides() -> None:
    yy, xx = np.mgrid[:200, :200]
    ball = (xx - 100) ** 2 + (yy - 100) ** 2 < 70**2
    pixels = np.full((200, 200, 4), 255, np.uint8)
    pixels[ball, :3] = (200, 120, 90)
    for style in ("painting", "flats"):
        for kind in ("sun", "point"):
            lamp = Light(-0.8, 0.0, 0.6, kind, intensity=0.6)  # type: ignore[arg-type]  # one of the kinds
            lit = light(pixels, analyse(pixels, style), Lighting((lamp,), 0.3))  # type: ignore[arg-type]
            left, right = lit[100, 45:60, 0].mean(), lit[100, 140:155, 0].mean()
            assert left > right + 20
            assert np.array_equal(lit[~ball], pixels[~ball]), "paper stays paper"


def test_a_disc_inflates_to_a_half_ball() -> None:
    yy, xx = np.mgrid[:161, :161]
    squared = (xx - 80.0) ** 2 + (yy - 80.0) ** 2
    field = inflate((squared <= 60**2).astype(np.int32))
    inner = squared < 50**2
    assert np.abs(np.sqrt(field[inner]) - np.sqrt(60**2 - squared[inner])).max() < 2.0


def test_what_a_region_encloses_does_not_bulge_by_itself() -> None:
    labels = np.zeros((200, 200), np.int32)
    cv2.circle(labels, (100, 100), 80, 1, -1)
    cv2.circle(labels, (80, 90), 18, 2, -1)  # an eye, in it a pupil
    cv2.circle(labels, (80, 90), 8, 3, -1)
    cv2.rectangle(labels, (60, 165), (140, 199), 4, -1)  # a collar that only touches
    parts = merge_parts(labels)
    assert set(np.unique(parts)) == {0, 1, 4}
    assert np.array_equal(parts == 0, labels == 0)
    normals = form_normals(labels)
    assert np.allclose(np.linalg.norm(normals, axis=2), 1, atol=1e-3)


def test_regions_are_found_in_flats_and_lines_go_to_their_sides() -> None:
    pixels = coloured_figure()
    labels = regions_of_flats(pixels[..., :3].copy(), (pixels[..., :3] > 245).all(axis=2))
    assert len(np.unique(labels)) - 1 == 3  # skin, eye, shirt
    assert labels[60, 120] != labels[180, 120]


@pytest.mark.parametrize("tones", [2, 3])
def test_cel_tones_are_hard_clean_and_of_few_colours(tones: int) -> None:
    pixels = coloured_figure()
    shaded = cel_shade(pixels, analyse(pixels, "cel"), PRESETS["key-left"], Cel(tones))
    shirt = (pixels[..., :3] == SHIRT).all(axis=2)
    _, counts = np.unique(shaded.pixels[shirt][:, :3], axis=0, return_counts=True)
    main = counts > 0.02 * counts.sum()
    assert main.sum() == tones
    assert counts[main].sum() > 0.95 * counts.sum(), "all but the soft edge is one of the tones"
    areas = np.bincount(shaded.labels.ravel())[1:]
    assert areas.min() > 8, "no specks"
    assert len(shaded.tone_of) == shaded.labels.max() + 1
    assert np.abs(pixels[..., :3] * (shaded.shadow[..., :3] / 255.0) - shaded.pixels[..., :3]).max() <= 1


def test_cel_shadows_snap_to_given_colours() -> None:
    pixels = coloured_figure()
    analysis = analyse(pixels, "cel")
    mine = (200, 140, 130)
    palette = np.array([(20, 200, 20), mine, (40, 60, 120)], np.float64)
    shaded = cel_shade(pixels, analysis, PRESETS["key-left"], palette=palette)
    seen = {tuple(colour) for colour in shaded.pixels[..., :3].reshape(-1, 3).tolist()}
    assert mine in seen
    assert (40, 60, 120) in seen
    chosen = cel_shade(pixels, analysis, PRESETS["key-left"], given={SKIN: (120, 60, 60)})
    assert (120, 60, 60) in {tuple(colour) for colour in chosen.pixels[..., :3].reshape(-1, 3).tolist()}


def test_shadow_tones_are_darker_and_cooler() -> None:
    base = np.array([[250.0, 220.0, 200.0], [60.0, 90.0, 170.0], [255.0, 255.0, 255.0]])
    tone = shadow_tone(base)
    assert (oklab(tone)[:, 0] < oklab(base)[:, 0] - 0.05).all()
    assert (oklab(tone)[:, 2] < oklab(base)[:, 2]).all()
    assert np.abs(srgb(oklab(base)) - base).max() < 0.01


@pytest.mark.parametrize(
    "colours",
    [
        [(10, 20, 30)],
        [(0, 0, 0), (255, 255, 255)],
        [(255, 0, 0), (0, 0, 255)],
        [(0, 0, 0), (9, 9, 9), (200, 200, 200)],
        [(255, 0, 0), (0, 255, 0), (0, 0, 255)],
        [(10, 10, 10), (10, 11, 10), (11, 10, 10), (10, 10, 11)],
    ],
)
@pytest.mark.parametrize("style", STYLES)
def test_few_colours_have_a_hull_too(colours: list[tuple[int, int, int]], style: str) -> None:
    pixels = np.full((40, 40, 4), 255, np.uint8)
    pixels[..., :3] = np.array(colours, np.uint8)[np.arange(1600).reshape(40, 40) // 7 % len(colours)]
    lit = light(pixels, analyse(pixels, style), PRESETS["rim"])  # type: ignore[arg-type]  # one of STYLES
    assert lit.shape == pixels.shape
    centre = np.array(colours, np.float32).mean(axis=0)
    density, _ = stroke_density(pixels[..., :3].astype(np.float32), palette_hull(np.array(colours, np.float32), centre))
    assert np.isfinite(density).all()
    assert density.max() > 0.9, "the farthest colours lie on the hull"


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 2), (3, 9), (9, 5), (101, 67), (513, 511)])
@pytest.mark.parametrize("style", STYLES)
def test_any_size_and_depth(size: tuple[int, int], style: str) -> None:
    for pixels in (painting(*size), painting(*size).astype(np.uint16) * 257):
        analysis = analyse(pixels, style)  # type: ignore[arg-type]  # one of STYLES
        lit = light(pixels, analysis, PRESETS["sunset"])
        assert lit.shape == pixels.shape
        assert lit.dtype == pixels.dtype
        if analysis.regions is not None:
            assert cel_shade(pixels, analysis, PRESETS["sunset"]).labels.shape == size


def test_noise_and_long_strips_are_lit() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (100, 9000, 3)).astype(np.uint8)
    for style in ("painting", "flats"):
        analysis = analyse(noise, style)  # type: ignore[arg-type]  # two of STYLES
        assert light(noise, analysis, Lighting()).shape == noise.shape


def test_sixteen_bit_agrees_with_eight() -> None:
    pixels = painting(512, 520)  # at the working size: enlarging rounds to the picture's own depth
    for style in STYLES:
        eight = light(pixels, analyse(pixels, style), PRESETS["key-left"])
        wide = pixels.astype(np.uint16) * 257
        sixteen = light(wide, analyse(wide, style), PRESETS["key-left"])
        assert difference(sixteen / 257.0, eight).max() <= 1.0


@pytest.mark.parametrize("style", STYLES)
def test_transparent_pixels_count_for_nothing(style: str) -> None:
    pixels = painting()
    pixels[:, 64:, 3] = 0
    other = pixels.copy()
    other[:, 64:, :3] = (255, 0, 255)
    a, b = (analyse(p, style) for p in (pixels, other))  # type: ignore[arg-type]  # one of STYLES
    if a.anchor is not None and b.anchor is not None:
        assert np.allclose(a.anchor.hull.centre, b.anchor.hull.centre)
    lit = light(pixels, a, PRESETS["rim"])
    assert np.array_equal(lit[..., 3], pixels[..., 3])
    empty = np.zeros_like(pixels)
    assert not light(empty, analyse(empty, style), PRESETS["rim"])[..., 3].any()  # type: ignore[arg-type]


def test_a_spot_lights_its_cone_only() -> None:
    pixels = np.full((101, 101, 3), 180, np.uint8)
    lit = light(pixels, analyse(pixels, "flats", paper=np.zeros((101, 101), np.bool_)),
                Lighting((Light(0, 0, 1, "spot", angle=30, intensity=0.5),), ambient=0.4))  # fmt: skip
    assert lit[50, 50, 0] == round(180 * 0.9)
    assert lit[0, 0, 0] == round(180 * 0.4)


def test_several_lights_add_up_and_gamma_is_the_exponent() -> None:
    pixels = painting()
    analysis = analyse(pixels, "reference")
    a, b = Light(0.5, 0.2, intensity=0.2), Light(-0.4, 0.6, intensity=0.2)
    both = light(pixels, analysis, Lighting((a, b), 0.3)).astype(int)
    one, other = (light(pixels, analysis, Lighting((lamp,), 0.15)).astype(int) for lamp in (a, b))
    assert np.abs(both - one - other)[..., :3].max() <= 2
    plain = light(pixels, analysis, Lighting((a,), 0.5))
    curved = light(pixels, analysis, Lighting((a,), 0.5, gamma=1.7))
    assert np.abs(255 * (plain[..., :3] / 255.0) ** 1.7 - curved[..., :3]).max() <= 2.5


def test_a_bad_light_says_why() -> None:
    with pytest.raises(ValueError, match="above the picture"):
        Light(height=0, kind="point")
    with pytest.raises(ValueError, match="no light"):
        Lighting(())
    with pytest.raises(ValueError, match="analysis is of a picture"):
        light(painting(20, 20), analyse(painting(), "flats"), Lighting())


def test_every_stage_can_be_stopped() -> None:
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    pixels = painting()
    analysis = analyse(pixels)
    for style in STYLES:
        with pytest.raises(Stopped):
            analyse(pixels, style, check=stop)
    with pytest.raises(Stopped):
        light(pixels, analysis, Lighting(), stop)
    with pytest.raises(Stopped):
        split(pixels, pixels, check=stop)
    with pytest.raises(Stopped):
        cel_shade(pixels, analysis, Lighting(), check=stop)


def test_the_cache_keeps_the_last_analyses_within_its_limit() -> None:
    pixels = painting()
    analysis = analyse(pixels)
    made = []

    def make() -> object:
        made.append(1)
        return analysis

    cache = AnalysisCache(limit=int(2.5 * analysis.nbytes))
    for key in ("a", "b", "a", "c", "a", "b"):
        assert cache.get(key, make) is analysis  # type: ignore[arg-type]  # gives an Analysis
    assert len(made) == 4, "a and c stayed, b was least lately used"
    assert cache.nbytes <= 2.5 * analysis.nbytes
    assert content_key(pixels) == content_key(pixels.copy()) != content_key(pixels[:, ::-1])
    assert content_key(pixels, settings=1) != content_key(pixels, settings=2)


def test_areas_are_numbered_in_reading_order() -> None:
    values = np.array([[5, 5, 0, 2], [0, 5, 2, 2], [5, 0, 0, 5]], np.int32)
    assert equal_areas(values).tolist() == [[1, 1, 0, 2], [0, 1, 2, 2], [3, 0, 0, 4]]


def test_a_clip_lit_with_one_anchor_stays_as_still_as_it_is() -> None:
    """A figure moves over paper: what does not move keeps its light."""
    frames = []
    for step in range(4):
        frame = np.full((240, 320, 4), 255, np.uint8)
        frame[..., :3] = (250, 250, 250)
        drawing = coloured_figure(200)
        frame[20:220, 10 + 12 * step : 210 + 12 * step] = drawing
        cv2.circle(frame, (290, 60), 20, (90, 160, 90, 255), -1)  # something that stands still
        frames.append(frame)
    anchor = analyse(frames[0]).anchor
    lit = [light(f, analyse(f, anchor=anchor), Lighting((Light(0.3, 0.2, intensity=0.68),), 0.4)) for f in frames]
    for a, b, c, d in zip(frames, frames[1:], lit, lit[1:], strict=False):
        assert difference(c, d).mean() <= 1.1 * difference(a, b).mean(), "no more than shading adds to contrast"
        assert difference(c, d)[40:80, 275:305].mean() < 1.0
