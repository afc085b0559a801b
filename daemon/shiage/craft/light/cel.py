"""Cel shading: two or three hard tones with clean edges, as pixels, as a layer and as regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..kernel import kernel
from ._types import Check, Image, Labels, Plane, Progress, Samples, contiguous, never_stop, no_progress
from .analysis import Analysis
from .areas import equal_areas, tally
from .bands import over_bands
from .lamps import WHITE, Lighting
from .parts import grow
from .shade import over_gains
from .tones import Rgb8, ratio_table, shadow_colours

_SPECK = 4e-4  # of the figure's area: smaller patches of a tone are no drawing


@dataclass(frozen=True)
class Cel:
    """``tones`` 2 (light, shadow) or 3 (and a deep shadow). ``amount`` 0..1: how much of the form lies in shadow.
    ``depth``: how dark a step is (1 = as derived in :mod:`.tones`). ``soften``: pixels over which an edge runs."""

    tones: int = 2
    amount: float = 0.5
    depth: float = 1.0
    soften: float = 1.0

    def __post_init__(self) -> None:
        if self.tones not in (2, 3):
            raise ValueError(f"cel shading has two or three tones, not {self.tones}")
        if not (0.0 <= self.amount <= 1.0 and self.depth > 0.0 and self.soften > 0.0):
            raise ValueError("amount is 0..1, depth and soften over 0")

    def edges(self) -> tuple[float, ...]:
        """The effects, 0..1, under which each shadow tone lies: the first shadow, the deep one."""
        first = 0.15 + 0.7 * self.amount
        return (first,) if self.tones == 2 else (first, first * 0.5)


@dataclass(frozen=True, eq=False)
class CelShading:
    """``pixels``: the drawing shaded. ``shadow``: the same as a multiply layer. ``labels``: (h, w) int32, an id for
    each connected area of one region in one tone, 0 outside. ``tone_of``: tone (0 light, 1 shadow, 2 deep) by id."""

    pixels: Samples
    shadow: Samples
    labels: Labels
    tone_of: NDArray[np.uint8]


def cel_shade(
    pixels: Samples,
    analysis: Analysis,
    lighting: Lighting,
    cel: Cel | None = None,
    *,
    palette: NDArray[np.float64] | None = None,
    given: Mapping[Rgb8, Rgb8] | None = None,
    check: Check = never_stop,
    progress: Progress = no_progress,
) -> CelShading:
    """Shade flat art hard. ``analysis`` is of style ``cel``; the lights' colours and the ambient light don't count.

    ``palette``: (n, 3) sRGB 0..255 colours that shadow tones are taken from; ``given``: shadow colour by flat colour.
    """
    if analysis.regions is None:
        raise ValueError("cel shading needs an analysis of style cel, flats or painting")
    cel = cel or Cel()
    pixels = contiguous(pixels)
    regions = _full_regions(analysis)
    effect = _effect(analysis, lighting, check)
    progress(0.4, "Cutting the tones")
    speck = max(4, round(_SPECK * float((regions > 0).sum())))
    covers, tone = [], np.zeros(regions.shape, np.uint8)
    for edge in cel.edges():
        cover = _clean_cover(effect, edge, cel.soften, regions, speck, check)
        covers.append(cover)
        tone += cover >= 0.5
    progress(0.7, "Colouring the shadows")
    bases = _flat_colours(pixels, analysis.regions)
    tables = []
    for depth in range(1, len(covers) + 1):
        tones = shadow_colours(bases, cel.depth * depth, palette, given if depth == 1 else None)
        tables.append(ratio_table(bases, tones, cel.depth * depth))
    shadow, shaded = np.empty_like(pixels), np.empty_like(pixels)
    table = np.stack(tables)

    def lay(top: int, bottom: int) -> None:
        rows = slice(top, bottom)
        part = np.stack([cover[rows] for cover in covers])
        if analysis.paper is not None:  # a soft edge's paper stays light
            part = part * ((255 - analysis.paper[rows]) * np.float32(1.0 / 255.0))
        _lay(pixels[rows], part, table, shadow[rows], shaded[rows])

    over_bands(lay, pixels.shape[0], pixels.shape[1], check)
    progress(0.8, "Naming the areas")
    labels, tone_of = _areas_of_tone(regions, tone, speck, check)
    return CelShading(shaded, shadow, labels, tone_of)


def _areas_of_tone(
    regions: Labels, tone: NDArray[np.uint8], speck: int, check: Check
) -> tuple[Labels, NDArray[np.uint8]]:
    """Ids of connected areas of one region in one tone, and their tones. Areas under ``speck`` pixels (crumbs of a line
    between two tones) go to the nearest area; ids stay in reading order."""
    keys, labels = np.empty_like(regions), np.empty_like(regions)

    def join(top: int, bottom: int) -> None:
        rows = slice(top, bottom)
        keys[rows] = (regions[rows] * 4 + tone[rows]) * (regions[rows] > 0)

    over_bands(join, regions.shape[0], regions.shape[1], check)
    areas = equal_areas(keys, check)
    size, key = tally(areas, keys, check)
    check()
    keep = size >= min(speck, int(size[1:].max(initial=0)))
    keep[0] = False
    names = np.asarray(np.cumsum(keep) * keep, np.int32)

    def name(top: int, bottom: int) -> None:
        np.take(names, areas[top:bottom], out=labels[top:bottom])

    over_bands(name, regions.shape[0], regions.shape[1], check)
    if not keep[1:].all():
        labels = grow(labels)
        check()
        labels[areas == 0] = 0
    tone_of = np.concatenate([[0], key[keep] % 4]).astype(np.uint8)
    return labels, tone_of


def _full_regions(analysis: Analysis) -> Labels:
    assert analysis.regions is not None
    regions = analysis.regions
    if regions.shape[::-1] != analysis.size:
        regions = np.asarray(cv2.resize(regions, analysis.size, interpolation=cv2.INTER_NEAREST), np.int32)
    if analysis.paper is not None:
        regions = np.where(analysis.paper == 255, np.int32(0), regions)
    return regions


def _effect(analysis: Analysis, lighting: Lighting, check: Check) -> Plane:
    """The lights' effect, 0..1, at full size: (h, w) float32."""
    total = sum(light.intensity for light in lighting.lights) or 1.0
    lights = tuple(replace(light, colour=WHITE, intensity=light.intensity / total) for light in lighting.lights)
    bare = Lighting(lights, ambient=0.0, per_channel=False)
    w, h = analysis.size
    effect = np.empty((h, w), np.float32)

    def keep(top: int, gain: Image) -> None:
        effect[top : top + gain.shape[0]] = gain[..., 0]

    over_gains(keep, replace(analysis, paper=None), bare, check)
    return effect


def _clean_cover(effect: Plane, edge: float, soften: float, regions: Labels, speck: int, check: Check) -> Plane:
    """How much of each pixel lies in shadow: a straight ramp ``soften`` pixels wide along the effect's contour, and no
    patch of either side under ``speck`` pixels within a region."""
    cover: Plane = np.empty_like(effect)
    dark = np.empty(effect.shape, np.int32)

    def ramp(top: int, bottom: int) -> None:
        rows = slice(top, bottom)
        low = max(0, top - 1)
        around = effect[low : bottom + 1]
        across = cv2.Sobel(around, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
        down = cv2.Sobel(around, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
        slope = np.asarray(cv2.magnitude(across, down), np.float32)[top - low : bottom - low]
        width = np.maximum(slope * np.float32(soften), np.float32(1e-5))
        cover[rows] = np.clip((np.float32(edge) - effect[rows]) / width + np.float32(0.5), 0.0, 1.0)
        cover[rows][regions[rows] == 0] = 0.0
        dark[rows] = (regions[rows] * 2 + (cover[rows] >= 0.5)) * (regions[rows] > 0)

    over_bands(ramp, effect.shape[0], effect.shape[1], check)
    areas = equal_areas(dark, check)
    size, key = tally(areas, dark, check)
    check()
    whole = np.bincount(key // 2, weights=size)[key // 2]  # the size of each area's region
    small = (size < speck) & (size < whole)
    small[0] = False
    if small.any():
        _turn(cover, areas, small, key % 2 == 1, check)
    return cover


def _turn(cover: Plane, areas: Labels, small: NDArray[np.bool_], is_dark: NDArray[np.bool_], check: Check) -> None:
    """Give small areas, and the soft rim around them, the other tone."""
    cross = np.ones((3, 3), np.uint8)
    for dark in (False, True):
        turned = (small & (is_dark == dark)).astype(np.uint8)

        def turn(top: int, bottom: int, turned: NDArray[np.uint8] = turned, tone: bool = not dark) -> None:
            low = max(0, top - 1)
            near = cv2.dilate(turned[areas[low : bottom + 1]], cross)[top - low :][: bottom - top] > 0
            cover[top:bottom][near] = np.float32(tone)

        over_bands(turn, areas.shape[0], areas.shape[1], check)


def _flat_colours(pixels: Samples, regions: Labels) -> NDArray[np.float64]:
    """The flat colours of the regions ((h', w') int32, of any size), (n, 3) 0..255, each once: the commonest exact
    colour of each region among pixels picked at the regions' size."""
    scale = 255.0 / np.iinfo(pixels.dtype).max
    size = (regions.shape[1], regions.shape[0])
    picked = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_NEAREST))[..., :3]
    levels = np.rint(picked * scale).astype(np.int64)
    codes = (levels[..., 0] << 16) | (levels[..., 1] << 8) | levels[..., 2]
    pairs, counts = np.unique(((regions.astype(np.int64) << 24) | codes)[regions > 0], return_counts=True)
    if not len(pairs):
        return np.zeros((0, 3))
    order = np.lexsort((-counts, pairs >> 24))
    first = np.unique((pairs >> 24)[order], return_index=True)[1]
    best = np.unique(pairs[order][first] & 0xFFFFFF)
    return np.stack([best >> 16, (best >> 8) & 255, best & 255], axis=1).astype(np.float64)


@kernel
def _lay(
    pixels: Samples,
    covers: NDArray[np.float32],
    tables: NDArray[np.float32],
    shadow: Samples,
    shaded: Samples,
) -> None:
    """Multiply layer and shaded drawing from how far each tone covers each pixel, deeper tones over lighter ones."""
    h, w, channels = pixels.shape
    bits = 8 if pixels.itemsize == 1 else 16
    top = np.float32(255.0) if bits == 8 else np.float32(65535.0)
    half = np.float32(0.5)
    for y in range(h):
        for x in range(w):
            r, g, b = pixels[y, x, 0] >> (bits - 5), pixels[y, x, 1] >> (bits - 5), pixels[y, x, 2] >> (bits - 5)
            for c in range(3):
                factor = np.float32(1.0)
                for tone in range(covers.shape[0]):
                    factor += covers[tone, y, x] * (tables[tone, r, g, b, c] - factor)
                factor = min(factor, np.float32(1.0))
                shadow[y, x, c] = int(factor * top + half)
                shaded[y, x, c] = int(pixels[y, x, c] * factor + half)
            if channels == 4:
                shadow[y, x, 3] = shaded[y, x, 3] = pixels[y, x, 3]
