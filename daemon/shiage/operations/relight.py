"""`relight`: light and shadow on a finished painting or on flat art."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..craft.light import (
    PRESETS,
    STYLES,
    Analysis,
    AnalysisCache,
    Anchor,
    Cel,
    CelShading,
    Light,
    Lighting,
    Style,
    analyse,
    cel_shade,
    content_key,
    enlarged,
    light,
    split,
)
from ..errors import BadInput
from ..spec import CanvasPoint, Choice, ColourParameter, Number, OperationSpec, Option, Port, Switch, Text, Work
from ..values import Blend, Colour, Kind, Palette, Raster, Regions, Strokes
from ._registry import operation

_LAMP = r"[^,;]+(,[^,;]+){2,4}"

SPEC = OperationSpec(
    id="relight",
    version=1,
    title="Relight",
    summary="Light and shadow on a finished painting or on flat art, as layers.",
    inputs=(
        Port("painting", Kind.RASTER, "Painting", "The finished picture, lines and colours together."),
        Port(
            "regions",
            Kind.REGIONS,
            "Regions",
            "The flats' regions, for their form; guessed if left out.",
            optional=True,
        ),
        Port("palette", Kind.PALETTE, "Palette", "Colours that cel shadows are taken from.", optional=True),
        Port(
            "key_frame",
            Kind.RASTER,
            "Key frame",
            "A frame of the same clip: all frames lit with it are measured with one yardstick.",
            optional=True,
        ),
    ),
    parameters=(
        Choice(
            "style",
            "Style",
            "painting",
            (
                Option("painting", "Painting"),
                Option("flats", "Flat art, soft"),
                Option("cel", "Flat art, cel shadows"),
                Option("reference", "Published formula"),
            ),
            tooltip="Painting reads the brush strokes; flat art is given volume from its shapes.",
        ),
        Choice(
            "preset",
            "Preset",
            "none",
            (Option("none", "None"), *(Option(name, name.replace("-", " ").capitalize()) for name in PRESETS)),
            tooltip="A set-up of lights; it stands in for all the lights' own settings.",
        ),
        Number("light_x", "Across", 0.0, -5, 5, 0.01, -1, 1, group="Light", tooltip="-1 left edge, 1 right edge."),
        Number("light_y", "Down", 0.0, -5, 5, 0.01, -1, 1, group="Light", tooltip="-1 top edge, 1 bottom edge."),
        Number(
            "light_height",
            "Height",
            1.0,
            -5,
            10,
            0.01,
            0,
            2,
            group="Light",
            tooltip="Towards the viewer; below 0 the light comes from behind.",
        ),
        Choice(
            "light_kind",
            "Kind",
            "sun",
            (Option("sun", "Sun"), Option("point", "Lamp"), Option("spot", "Spot")),
            group="Light",
            tooltip="A sun shines from one direction, a lamp from its place, a spot in a cone.",
        ),
        ColourParameter("light_colour", "Colour", Colour(255, 255, 255), group="Light"),
        Number(
            "intensity",
            "Intensity",
            None,
            0,
            10,
            0.01,
            0,
            2,
            group="Light",
            tooltip="Automatic: 0.85 in the published formula, which overexposes; 0.46 on flat art, 0.62 else.",
        ),
        Number("softness", "Softness", 0.0, 0, 1, 0.01, group="Light", tooltip="Wraps light around the form."),
        Number("spot_angle", "Spot angle", 40.0, 1, 89, 1, unit="degrees", group="Light"),
        Text(
            "more_lights",
            "More lights",
            "",
            pattern=rf"|{_LAMP}(;{_LAMP})*",
            group="Light",
            tooltip="Further suns: x, y, height, colour, intensity; separated by semicolons (-0.5,0,1,#88aaff,0.4).",
        ),
        Number(
            "ambient",
            "Ambient light",
            None,
            0,
            2,
            0.01,
            0,
            1,
            tooltip="Automatic: 0.45 in the published formula, 0.52 on flat art, 0.42 else.",
        ),
        Number("gamma", "Gamma", 1.0, 0.1, 10, 0.01, 0.5, 2, tooltip="Over 1 darkens the middle tones."),
        Switch("colour_relief", "Relief by colour", True, tooltip="Each colour channel has a relief of its own."),
        Switch(
            "enclosed_paper",
            "Leave enclosed paper",
            False,
            tooltip="All that the figure encloses in the paper's colour is paper, not only what is small beside it.",
        ),
        Number("clipping", "Stroke clipping", 1.2, 0.1, 5, 0.01, 0.5, 2, group="Relief"),
        Number("volume", "Volume", 0.5, 0, 1, 0.01, group="Relief", tooltip="How much a painting's shapes bulge."),
        Number("roundness", "Roundness", 1.0, 0, 3, 0.01, 0, 2, group="Relief"),
        Number("tones", "Tones", 2, 2, 3, 1, integer=True, group="Cel"),
        Number("shadow_amount", "Shadow amount", 0.5, 0, 1, 0.01, group="Cel"),
        Number("shadow_depth", "Shadow depth", 1.0, 0.05, 3, 0.01, 0.25, 2, group="Cel"),
        Switch(
            "shadow_strokes",
            "Shadows as strokes",
            False,
            group="Cel",
            tooltip="Cel shadows also as filled strokes in their colours; in Blender they come in place of pictures.",
        ),
        Choice(
            "light_layer",
            "Light layer",
            "screen",
            (Option("screen", "Screen"), Option("add", "Add")),
            group="Layers",
            tooltip="How the light layer lies on the drawing.",
        ),
    ),
    outputs=(
        Port("lit", Kind.RASTER, "Lit picture", hidden=True),
        Port("shadow", Kind.RASTER, "Shadow layer", "Lies on the drawing by multiplying."),
        Port("light", Kind.RASTER, "Light layer", "Lies above the shadow layer by screen or add."),
        Port(
            "normals", Kind.RASTER, "Normal map", "Red right, green up, blue to the viewer.", optional=True, hidden=True
        ),
        Port("tones", Kind.REGIONS, "Tones", "Areas of one region in one tone (cel).", optional=True),
        Port("strokes", Kind.STROKES, "Shadow strokes", "The shadows' areas as fills (cel).", optional=True),
    ),
    points=(CanvasPoint("Light", "light_x", "light_y", frees=("preset", "none")),),
)

_LIGHTING = (
    *("light_x", "light_y", "light_height", "light_kind", "light_colour", "intensity", "softness", "spot_angle"),
    *("more_lights", "ambient", "gamma", "colour_relief"),
)  # what a preset stands in for
_analyses = AnalysisCache()


class _Exposure(NamedTuple):
    ambient: float
    intensity: float


_PUBLISHED = _Exposure(0.45, 0.85)
_EVEN = _Exposure(0.42, 0.62)  # what faces the light keeps its brightness
_SOFT = _Exposure(0.52, 0.46)  # flat art: shade that moves with a form must not outweigh the form's own motion


class Relit(NamedTuple):
    """The lit picture and what it is made of."""

    lit: Raster
    shadow: Raster
    light: Raster
    normals: Raster | None
    tones: Regions | None
    strokes: Strokes | None


@operation(SPEC)
def relight(
    painting: Raster,
    regions: Regions | None,
    palette: Palette | None,
    key_frame: Raster | None,
    *,
    style: str,
    preset: str,
    light_x: float,
    light_y: float,
    light_height: float,
    light_kind: str,
    light_colour: Colour,
    intensity: float | None,
    softness: float,
    spot_angle: float,
    more_lights: str,
    ambient: float | None,
    gamma: float,
    colour_relief: bool,
    enclosed_paper: bool,
    clipping: float,
    volume: float,
    roundness: float,
    tones: int,
    shadow_amount: float,
    shadow_depth: float,
    shadow_strokes: bool,
    light_layer: str,
    work: Work,
) -> Relit:
    """Light ``painting``; the analyses of the drawings lit last are kept, so that only a first call reads one."""
    lighting = PRESETS.get(preset)
    if lighting is not None:
        own = (light_x, light_y, light_height, light_kind, light_colour, intensity, softness, spot_angle, more_lights)
        _warn_of_unused(preset, (*own, ambient, gamma, colour_relief), work)
    else:
        usual = {"reference": _PUBLISHED, "flats": _SOFT}.get(style, _EVEN)
        ambient = usual.ambient if ambient is None else ambient
        intensity = usual.intensity if intensity is None else intensity
        first = _light(
            (light_x, light_y, light_height), light_colour, intensity, light_kind, softness=softness, angle=spot_angle
        )
        lighting = Lighting((first, *_more(more_lights)), ambient, gamma, colour_relief)
    relief = _Relief(style, clipping, volume, roundness, enclosed_paper)
    analysis = _analysed(painting, regions, key_frame, relief, work)
    work.progress(0.6, "Lighting")
    areas: Regions | None = None
    strokes: Strokes | None = None
    if style == "cel":
        cel = Cel(tones, shadow_amount, shadow_depth)
        shaded = cel_shade(
            painting.pixels, analysis, lighting, cel, palette=_colours(palette),
            check=work.check, progress=lambda share, stage: work.progress(0.6 + 0.3 * share, stage),
        )  # fmt: skip
        lit, areas = shaded.pixels, Regions(shaded.labels, name="Tones")
        strokes = _strokes(painting, shaded, work) if shadow_strokes else None
    else:
        lit = light(painting.pixels, analysis, lighting, work.check)
    work.progress(0.9, "Making layers")
    layers = split(painting.pixels, lit, "add" if light_layer == "add" else "screen", work.check)
    return Relit(
        Raster(lit, "Lit", profile=painting.profile),
        Raster(layers.shadow, "Shadow", Blend.MULTIPLY),
        Raster(layers.light, "Light", Blend(light_layer)),
        _normal_map(analysis, work),
        areas,
        strokes,
    )


def _strokes(painting: Raster, shaded: CelShading, work: Work) -> Strokes:
    """The shadows as fills in their own colours."""
    from ..craft.vectorize import fills_of, whole_view

    pixels = Raster(shaded.pixels).to_8bit()
    view = whole_view(*painting.size)
    return fills_of(shaded.labels, pixels, shaded.tone_of > 0, view, layer="Shadows", name="shadows", check=work.check)


class _Relief(NamedTuple):
    """What an analysis depends on besides the pictures."""

    style: str
    clipping: float
    volume: float
    roundness: float
    enclosed: bool


def _analysed(
    painting: Raster, regions: Regions | None, key_frame: Raster | None, relief: _Relief, work: Work
) -> Analysis:
    labels = _figure(regions, painting)
    yardstick = key_frame.pixels if key_frame is not None and relief.style == "painting" else None
    key = content_key(painting.pixels, labels, yardstick, settings=relief, check=work.check)

    def make() -> Analysis:
        anchor = _anchor(yardstick, relief, work) if yardstick is not None else None
        return analyse(
            painting.pixels, _style(relief.style), regions=labels, clipping=relief.clipping, volume=relief.volume,
            roundness=relief.roundness, anchor=anchor, enclosed=relief.enclosed, check=work.check,
            progress=lambda share, stage: work.progress(0.6 * share, stage),
        )  # fmt: skip

    return _analyses.get(key, make)


def _anchor(pixels: NDArray[np.uint8] | NDArray[np.uint16], relief: _Relief, work: Work) -> Anchor | None:
    """The key frame's yardstick, kept with its analysis."""
    key = content_key(pixels, settings=relief, check=work.check)

    def make() -> Analysis:
        return analyse(pixels, "painting", clipping=relief.clipping, volume=relief.volume, check=work.check)

    return _analyses.get(key, make).anchor


def _style(name: str) -> Style:
    return next(style for style in STYLES if style == name)


def _figure(regions: Regions | None, painting: Raster) -> NDArray[np.int32] | None:
    """The region map with its paper as 0."""
    if regions is None:
        return None
    if regions.size != painting.size:
        raise BadInput(
            f"The regions are {regions.size[0]} x {regions.size[1]}, the painting {painting.size[0]} x "
            f"{painting.size[1]}.",
            hint="Make the regions from this drawing.",
        )
    labels = regions.labels
    if regions.background:
        labels = np.where(np.isin(labels, regions.background), np.int32(0), labels)
    return labels


def _warn_of_unused(preset: str, values: Sequence[object], work: Work) -> None:
    """Say which of the `_LIGHTING` settings were set and are not used, since a preset stands in for them."""
    usual = {parameter.name: parameter.default for parameter in SPEC.parameters}
    unused = [name for name, value in zip(_LIGHTING, values, strict=True) if value != usual[name]]
    if unused:
        work.warn(f"The preset '{preset}' has its own {', '.join(unused)}: what was set is not used.")


def _light(
    place: tuple[float, float, float], colour: Colour, intensity: float, kind: str = "sun", **more: float
) -> Light:
    try:
        rgb = (colour.red / 255, colour.green / 255, colour.blue / 255)
        return Light(*place, kind, rgb, intensity, **more)  # type: ignore[arg-type]  # the spec holds the kind
    except ValueError as error:
        raise BadInput(f"A light can't be so: {error}.", where="relight") from error


def _more(text: str) -> list[Light]:
    """Lights from ``x, y, height, colour, intensity; ...``."""
    lights = []
    for part in filter(None, text.split(";")):
        x, y, height, *rest = [word.strip() for word in part.split(",")]
        try:
            place = (float(x), float(y), float(height))
            strength = float(rest[1]) if len(rest) > 1 else 0.5
        except ValueError as error:
            raise BadInput(
                f"'{part.strip()}' is not a light.", hint="Write x, y, height, colour, intensity."
            ) from error
        lights.append(_light(place, Colour.parse(rest[0]) if rest else Colour(255, 255, 255), strength))
    return lights


def _colours(palette: Palette | None) -> NDArray[np.float64] | None:
    if palette is None:
        return None
    rows = [(swatch.colour.red, swatch.colour.green, swatch.colour.blue) for swatch in palette.swatches]
    return np.array(rows, np.float64).reshape(-1, 3)


def _normal_map(analysis: Analysis, work: Work) -> Raster | None:
    """The form's normals as a picture, green up as in OpenGL; None where no form was guessed."""
    if analysis.volume == 0.0:
        return None
    small = np.full((*analysis.form.shape[:2], 4), 255, np.uint8)
    small[..., :3] = np.rint((analysis.form * np.array([1, -1, 1], np.float32) + 1.0) * 127.5)
    return Raster(enlarged(small, analysis.size, work.check), "Normals")
