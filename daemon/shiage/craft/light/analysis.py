"""What a picture says about its own relief: worked out once, lit as often as a light moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from ._types import Check, Image, Labels, Plane, Progress, Samples, never_stop, no_progress
from .bands import over_bands
from .form import form_normals
from .gradients import coarse_gradient, magnitude
from .hull import PaletteHull, palette_hull
from .paper import fill_outside, paper_of, paper_share
from .parts import regions_of_flats
from .strokes import guided_filter, stroke_density

Style = Literal["reference", "painting", "flats", "cel"]
STYLES: tuple[Style, ...] = get_args(Style)

WORKING_SIZE = 512  # short side at which forms are read
_DENSE = 65535
_FINE = 128  # steps a level in which distances in RGB are kept
_MOST = 1 << 24  # pixels at the working size
_HEAVY = 1 << 19  # pixels weighed between two checks


@dataclass(frozen=True, eq=False)
class Anchor:
    """What may be shared over a clip, so that its frames are measured with one yardstick: the palette hull and the
    gradients' scale (0..255 levels) per channel, (3,) float32."""

    hull: PaletteHull
    scale: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Analysis:
    """The relief of one picture, for :func:`shiage.craft.light.shade.light`.

    ``size``: width, height. ``density``: stroke density, (h, w) float32 0..1 or uint16 0..65535, at any size.
    ``gradient``: (h', w', 6) float32, x and y for red, green, blue, each of length up to 1. ``form``: (h", w", 3)
    float32 unit normals, with ``volume`` 0..1 their share. ``paper``: (h, w) uint8, the share 0..255 of each pixel
    that light leaves alone. ``regions``: ids at the working size, 0 outside, for cel shading. ``anchor``: for further
    frames of the same clip. ``cuts_off``: lit values lose their fraction, as the reference's do, and are not rounded.
    """

    size: tuple[int, int]
    density: NDArray[np.float32] | NDArray[np.uint16]
    gradient: Image
    form: Image
    volume: float
    paper: NDArray[np.uint8] | None
    regions: Labels | None
    anchor: Anchor | None
    cuts_off: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        held = (self.density, self.gradient, self.form, self.paper, self.regions)
        return sum(array.nbytes for array in held if array is not None)


def analyse(
    pixels: Samples,
    style: Style = "painting",
    *,
    regions: Labels | None = None,
    paper: NDArray[np.bool_] | None = None,
    clipping: float = 1.2,
    volume: float = 0.5,
    roundness: float = 1.0,
    anchor: Anchor | None = None,
    enclosed: bool = False,
    check: Check = never_stop,
    progress: Progress = no_progress,
) -> Analysis:
    """Read the relief of ``pixels``, (h, w, 3 or 4) uint8 or uint16, straight sRGB.

    ``reference``: the published formula at its working size, exactly. ``painting``: the same idea with measures that
    hold still over a clip, at the picture's own size, with no halo around a figure, and bulging by ``volume`` (0..1).
    ``flats``: the form of the regions alone, soft; ``cel``: as round as can be, to be cut into tones. ``regions``:
    (h, w) int32 of the flats, 0 = outside; guessed where absent. ``paper``: opaque paper that light leaves alone;
    guessed where absent (not for ``reference``), with what the figure encloses of it if ``enclosed``.
    ValueError for other shapes, types and styles.
    """
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"pixels are (h, w, 3 or 4) in 8 or 16 bit, not {pixels.shape} {pixels.dtype}")
    if regions is not None and regions.shape != pixels.shape[:2]:
        raise ValueError(f"the regions' size {regions.shape} is not the picture's {pixels.shape[:2]}")
    progress(0.0, "Reading the colours")
    if style == "reference":
        return _reference(pixels, clipping, check)
    if style not in STYLES:
        raise ValueError(f"a style is one of {', '.join(STYLES)}, not {style!r}")
    h, w = pixels.shape[:2]
    small = _enlarged(_resized(pixels, min(1.0, _working_factor(h, w)), check))
    check()
    opaque = small[..., 3] / np.float32(255.0)
    outside = opaque < 0.5
    if paper is None:
        paper = _paper(pixels, regions, enclosed, check)
    if paper is not None:
        outside |= cv2.resize(paper.astype(np.uint8), outside.shape[::-1], interpolation=cv2.INTER_AREA) > 0
    check()
    share = None if paper is None else paper_share(pixels, paper, check)
    labels = _labels(small, outside, regions)
    progress(0.2, "Guessing the form")
    form = form_normals(labels, roundness, soft=style != "cel", check=check)
    if style in ("flats", "cel"):
        return Analysis((w, h), np.ones((1, 1), np.float32), _NO_GRADIENT, form, 1.0, share, labels, None)
    progress(0.5, "Weighing the strokes")
    figure = np.where(outside, np.float32(0.0), opaque)
    anchor = anchor or _anchor(small, figure)
    density = _density(pixels, anchor.hull, clipping, check)
    progress(0.8, "Gathering the light")
    gradient = _gradient(small, figure, anchor)
    return Analysis((w, h), density, gradient, form, volume, share, labels, anchor)


_NO_GRADIENT = np.zeros((1, 1, 6), np.float32)
_FACING = np.array([[[0.0, 0.0, 1.0]]], np.float32)


def _reference(pixels: Samples, clipping: float, check: Check) -> Analysis:
    h, w = pixels.shape[:2]
    work = _enlarged(_resized(pixels, _working_factor(h, w)))
    rgb = np.ascontiguousarray(work[..., :3])
    seen = rgb.reshape(-1, 3)
    if work[..., 3].min() < 255.0:
        seen = seen[work[..., 3].ravel() > 0.0]
        if not len(seen):
            seen = np.zeros((1, 3), np.float32)
    # The mean is summed in single precision, row by row, as the reference does: it is off by up to half a level, and
    # where the middle of a palette lies near its hull half a level moves the density by several hundredths.
    hull = palette_hull(seen, seen.mean(axis=0))
    check()
    density: Plane = np.empty(rgb.shape[:2], np.float32)
    distance: Plane = np.empty(rgb.shape[:2], np.float32)

    def weigh(top: int, bottom: int) -> None:
        density[top:bottom], distance[top:bottom] = stroke_density(rgb[top:bottom], hull, clipping)

    over_bands(weigh, density.shape[0], density.shape[1], check, _HEAVY)
    guide = np.floor(np.minimum(distance, 255.0))  # the reference guides by an 8-bit picture
    density = np.clip(guided_filter(guide, density, radius=1, eps=0.01, passes=4), 0.0, 1.0)
    check()
    gradients = []
    for channel in range(3):
        gradient = coarse_gradient(np.ascontiguousarray(rgb[..., channel]))
        gradients.append(gradient / max(float(magnitude(gradient).max()), 1e-6))
    return Analysis((w, h), density, np.concatenate(gradients, axis=2), _FACING, 0.0, None, None, None, True)


def _working_factor(h: int, w: int) -> float:
    """Brings the short side to the working size, and a very long strip to no more than ``_MOST`` pixels."""
    return float(min(WORKING_SIZE / min(h, w), (_MOST / (h * w)) ** 0.5))


def _resized(pixels: Samples, factor: float, check: Check = never_stop) -> Samples:
    """Scaled by ``factor``: area means down, Lanczos up, colours weighted by their alpha."""
    h, w = pixels.shape[:2]
    size = (max(1, int(w * factor + 1e-6)), max(1, int(h * factor + 1e-6)))
    if size == (w, h):
        return pixels
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LANCZOS4
    opaque = pixels.shape[2] == 3 or bool((pixels[..., 3] == np.iinfo(pixels.dtype).max).all())
    check()
    if opaque:
        return _samples(cv2.resize(pixels, size, interpolation=how), pixels)
    return _resized_with_alpha(pixels, size, how)


def _resized_with_alpha(pixels: Samples, size: tuple[int, int], how: int) -> Samples:
    """In bands of the source where it shrinks, so that the premultiplied copy stays small."""
    top = np.float32(np.iinfo(pixels.dtype).max)
    source = pixels if how == cv2.INTER_LANCZOS4 else _halved(pixels, size)
    part = source.astype(np.float32)
    part[..., :3] *= part[..., 3:] / top
    part = np.asarray(cv2.resize(part, size, interpolation=how), np.float32)
    part[..., :3] *= top / np.maximum(part[..., 3:], top * 1e-4)
    return _samples(np.clip(np.rint(part), 0, top), pixels)


def _samples(image: Any, like: Samples) -> Samples:
    """``image`` in the type of ``like``."""
    return np.asarray(image, np.uint8) if like.dtype == np.uint8 else np.asarray(image, np.uint16)


def _halved(pixels: Samples, size: tuple[int, int]) -> Samples:
    """Every second pixel while that leaves at least four source pixels a target pixel each way."""
    while pixels.shape[1] >= 8 * size[0] and pixels.shape[0] >= 8 * size[1]:
        pixels = pixels[::2, ::2]
    return pixels


def _enlarged(pixels: Samples) -> Image:
    """As (h, w, 4) float32 0..255."""
    scale = np.float32(255.0 / np.iinfo(pixels.dtype).max)
    image = np.full((*pixels.shape[:2], 4), 255.0, np.float32)
    image[..., : pixels.shape[2]] = pixels
    image[..., : pixels.shape[2]] *= scale
    return image


def _paper(pixels: Samples, regions: Labels | None, enclosed: bool, check: Check) -> NDArray[np.bool_] | None:
    """Opaque paper at full size: where the region map says so, else what joins the border in one colour."""
    top = np.iinfo(pixels.dtype).max
    if pixels.shape[2] == 4 and (pixels[..., 3] < top // 2).mean() > 0.01:
        return None
    if regions is not None:
        return regions == 0 if (regions == 0).any() else None
    rgb = np.empty((*pixels.shape[:2], 3), np.uint8)

    def copy(first: int, last: int) -> None:
        rgb[first:last] = pixels[first:last, :, :3] >> (8 * pixels.itemsize - 8)

    over_bands(copy, pixels.shape[0], pixels.shape[1], check)
    return paper_of(rgb, enclosed=enclosed, check=check)


def _labels(small: Image, outside: NDArray[np.bool_], regions: Labels | None) -> Labels:
    if regions is None:
        return regions_of_flats(np.rint(small[..., :3]).astype(np.uint8), outside)
    h, w = outside.shape
    return np.asarray(cv2.resize(regions, (w, h), interpolation=cv2.INTER_NEAREST), np.int32)


def _anchor(small: Image, figure: Plane) -> Anchor:
    """Hull of the colours that matter (each 8-level cell of the colour cube with at least 1 in 20,000 of the figure's
    pixels), and the gradients' lengths that one pixel in 200 exceeds."""
    seen = small[..., :3][figure >= 0.5]
    if not len(seen):
        seen = small[..., :3].reshape(-1, 3)
    cells = (seen / 8.0).astype(np.int64) @ np.array([1024, 32, 1])
    _, cell, count = np.unique(cells, return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(cell, seen[:, i]) / count for i in range(3)], axis=1)
    often = count >= min(len(seen) / 20_000, count.max() / 4)
    # the mean of the same colours, so that it lies inside their hull
    centre = np.average(means[often], axis=0, weights=count[often]).astype(np.float32)
    hull = palette_hull(means[often].astype(np.float32), centre, flatness=6.0)
    scale = np.empty(3, np.float32)
    for channel, gradient in enumerate(_raw_gradients(small, figure)):
        lengths = magnitude(gradient)[figure >= 0.5]
        scale[channel] = np.quantile(lengths, 0.995) if len(lengths) else 1.0
    return Anchor(hull, np.maximum(scale, 1e-3 + scale.max() * 0.1))


def _raw_gradients(small: Image, figure: Plane) -> list[Image]:
    filled = fill_outside(np.ascontiguousarray(small[..., :3]), figure)
    return [coarse_gradient(np.ascontiguousarray(filled[..., channel])) for channel in range(3)]


def _gradient(small: Image, figure: Plane, anchor: Anchor) -> Image:
    """Gradients over the anchor's scale, bent so that no length exceeds 1."""
    bent = []
    for gradient, scale in zip(_raw_gradients(small, figure), anchor.scale, strict=True):
        scaled = gradient / scale
        bent.append(scaled / np.sqrt(1.0 + magnitude(scaled)[..., None] ** 2))
    return np.concatenate(bent, axis=2).astype(np.float32)


def _density(pixels: Samples, hull: PaletteHull, clipping: float, check: Check) -> NDArray[np.uint16]:
    """Stroke density at full size, strip by strip, smoothed over the noise of paint and compression."""
    h, w = pixels.shape[:2]
    raw, away = np.empty((h, w), np.uint16), np.empty((h, w), np.uint16)

    def weigh(top: int, bottom: int) -> None:
        rgb = np.ascontiguousarray(_enlarged(pixels[top:bottom])[..., :3])
        plane, distance = stroke_density(rgb, hull, clipping)
        raw[top:bottom] = np.rint(plane * _DENSE)
        away[top:bottom] = np.rint(distance * _FINE)

    over_bands(weigh, h, w, check, _HEAVY)
    radius = max(1, round(2 * min(h, w) / WORKING_SIZE))
    rim = 4 * radius
    density = np.empty((h, w), np.uint16)

    def smooth(top: int, bottom: int) -> None:
        low, high = max(0, top - rim), min(h, bottom + rim)
        guide = away[low:high] * np.float32(1.0 / _FINE)
        plane = raw[low:high] * np.float32(1.0 / _DENSE)
        plane = np.clip(guided_filter(guide, plane, radius, eps=25.0, passes=2), 0.0, 1.0)
        density[top:bottom] = np.rint(plane[top - low : bottom - low] * _DENSE)

    over_bands(smooth, h, w, check)
    return density
