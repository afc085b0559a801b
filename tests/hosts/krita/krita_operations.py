"""Operations for the plugin's tests: one that takes its time, and one that works on frames."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from shiage.operations import operation
from shiage.spec import Cardinality, Choice, ColourParameter, Number, OperationSpec, Option, Port, Switch, Text, Work
from shiage.values import Blend, Clip, Colour, Frame, Kind, Mask, Raster


class Lit(NamedTuple):
    """Shadow and light."""

    shadow: Raster
    light: Raster


class Tinted(NamedTuple):
    """A clip."""

    clip: Clip


class Parts(NamedTuple):
    """Masks."""

    parts: tuple[Mask, ...]


class Same(NamedTuple):
    """A picture."""

    picture: Raster


@operation(
    OperationSpec(
        id="test-light",
        version=1,
        title="Test light",
        summary="A half-grey shadow to be multiplied and a light to be screened, slowly if asked for.",
        inputs=(Port("drawing", Kind.RASTER, "Drawing"),),
        parameters=(
            Number("seconds", "Seconds", 0.0, 0.0, 60.0, 0.1, soft_maximum=10, unit="s", group="Time"),
            Choice("grey", "Grey", "half", (Option("half", "Half"), Option("dark", "Dark")), group="Look"),
            Switch("warm", "Warm", False, group="Look"),
            ColourParameter("tint", "Tint", None, group="Look"),
            Text("note", "Note", "", group="Look"),
        ),
        outputs=(Port("shadow", Kind.RASTER, "Shadow"), Port("light", Kind.RASTER, "Light")),
    )
)
def test_light(
    drawing: Raster, *, seconds: float, grey: str, warm: bool, tint: Colour | None, note: str, work: Work
) -> Lit:
    """Shadow (128, 128, 128) or (64, 64, 64) as multiply, light (20, 40, 60) as screen."""
    end = time.monotonic() + seconds
    work.preview(Raster(drawing.pixels[::8, ::8].copy(), "preview"))
    while (left := end - time.monotonic()) > 0:
        work.progress(1 - left / seconds, "shining")
        time.sleep(0.02)
    value = 128 if grey == "half" else 64
    top = np.iinfo(drawing.pixels.dtype).max // 255
    return Lit(
        Raster(_filled(drawing, (value, value, value), top), "shadow", Blend.MULTIPLY),
        Raster(_filled(drawing, (20, 40, 60), top), "light", Blend.SCREEN, 0.5),
    )


def _filled(like: Raster, colour: tuple[int, int, int], scale: int) -> np.ndarray:
    pixels = np.empty_like(like.pixels)
    pixels[...] = np.array([*colour, 255]) * scale
    return pixels


@operation(
    OperationSpec(
        id="test-same",
        version=1,
        title="Test same",
        summary="Gives back what it got.",
        inputs=(Port("drawing", Kind.RASTER, "Drawing"),),
        parameters=(),
        outputs=(Port("picture", Kind.RASTER, "Picture"),),
    )
)
def test_same(drawing: Raster, *, work: Work) -> Same:
    """Its input."""
    return Same(Raster(drawing.pixels.copy(), "same"))


@operation(
    OperationSpec(
        id="test-parts",
        version=1,
        title="Test parts",
        summary="Left and right half as masks.",
        inputs=(Port("drawing", Kind.RASTER, "Drawing"),),
        parameters=(),
        outputs=(Port("parts", Kind.MASK, "Parts", cardinality=Cardinality.MANY),),
    )
)
def test_parts(drawing: Raster, *, work: Work) -> Parts:
    """Two masks."""
    width, height = drawing.size
    left = np.zeros((height, width), np.uint8)
    left[:, : width // 2] = 255
    return Parts((Mask(left, "left"), Mask(255 - left, "right")))


@operation(
    OperationSpec(
        id="test-tint",
        version=1,
        title="Test tint",
        summary="Makes every drawing of a clip greener and doubles the number of drawings.",
        inputs=(Port("clip", Kind.CLIP, "Animated layer"),),
        parameters=(),
        outputs=(Port("clip", Kind.CLIP, "Frames"),),
    )
)
def test_tint(clip: Clip, *, work: Work) -> Tinted:
    """The same drawings with green at its most, and one more in the middle of each hold that has room for it."""
    frames = []
    for frame in clip.frames:
        pixels = frame.raster.pixels.copy()
        pixels[..., 1] = np.where(pixels[..., 3] > 0, np.iinfo(pixels.dtype).max, 0)
        half = frame.hold // 2 if frame.hold >= 4 else frame.hold
        frames.append(Frame(frame.time, Raster(pixels, clip.name), half))
        if half < frame.hold:
            frames.append(Frame(frame.time + half, Raster(pixels.copy(), clip.name), frame.hold - half, key=False))
    return Tinted(Clip(tuple(frames), clip.fps, "tinted"))
