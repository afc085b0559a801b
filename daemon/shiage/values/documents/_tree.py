"""A document's layers, and what is to be seen of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput
from ..raster import Blend, Raster, Samples

# Whatever is nested deeper was made to be.
DEEPEST = 64
_ROWS = 256
MOST_LAYERS = 10_000


@dataclass(frozen=True)
class Piece:
    """A layer's pixels, (H, W, 4) straight alpha in sRGB, and where their corner lies."""

    pixels: Samples
    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class Layer:
    """A layer, or a group of them (``children``, the highest first). ``piece``: its pixels; None for one without any,
    as ``kind`` says. ``mode``: how it is laid on, by its program's own word."""

    name: str
    kind: str = "paint layer"
    piece: Callable[[], Piece] | None = None
    children: tuple[Layer, ...] | None = None
    visible: bool = True
    opacity: float = 1.0
    mode: str = "normal"


@dataclass(frozen=True)
class Document:
    """``merged``: what shows of it; ``profile``: its ICC profile, if it has one of its own."""

    size: tuple[int, int]
    layers: tuple[Layer, ...]
    merged: Callable[[], Raster]
    profile: bytes = b""


_MODES = {
    "normal": Blend.NORMAL,
    "svg:src-over": Blend.NORMAL,
    "pass through": Blend.NORMAL,
    "multiply": Blend.MULTIPLY,
    "svg:multiply": Blend.MULTIPLY,
    "screen": Blend.SCREEN,
    "svg:screen": Blend.SCREEN,
    "add": Blend.ADD,
    "svg:plus": Blend.ADD,
    "linear dodge": Blend.ADD,
}


def render(document: Document, name: str, where: str) -> Raster:
    """One layer as it is drawn, or what shows of one group, at the document's size; BadInput where it can't be had."""
    layer = find(document, name, where)
    draw = _canvas if layer.children is None else _group
    return Raster(draw(layer, document.size, where), profile=document.profile)


def drawn_layers(document: Document, group: str, where: str) -> list[str]:
    """The paths of all layers that show and that something is drawn on, the lowest first; in `group`, if named."""
    inside, layers = "", document.layers
    if group:
        whole = find(document, group, where)
        if whole.children is None:
            return [group]
        inside, layers = f"{group}/", whole.children
    shown = [(path, layer) for path, layer in _showing(layers, inside) if layer.piece is not None]
    return [path for path, layer in reversed(shown) if _is_drawn(_canvas(layer, document.size, where))]


def _showing(layers: tuple[Layer, ...], before: str = "") -> Iterator[tuple[str, Layer]]:
    for layer in layers:
        if layer.visible and layer.opacity > 0:
            yield f"{before}{layer.name}", layer
            yield from _showing(layer.children or (), f"{before}{layer.name}/")


def _is_drawn(pixels: Samples) -> bool:
    """Whether a layer is neither empty nor of one colour from edge to edge."""
    seen = pixels[..., 3] > 0
    return bool(seen.any()) and not (bool(seen.all()) and bool((pixels == pixels[:1, :1]).all()))


def find(document: Document, name: str, where: str) -> Layer:
    """The layer named ``NAME`` or ``GROUP/NAME``; BadInput where there is none, or more than one."""
    named = list(_paths(document.layers))
    found = [layer for path, layer in named if name in (path, layer.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(
            f"has {len(found)} layers named '{name}'.", where=where, hint="Name it with its group, as GROUP/NAME."
        )
    known = ", ".join(path for path, _ in named[:12]) or "none"
    more = f" and {len(named) - 12} more" if len(named) > 12 else ""
    raise BadInput(f"has no layer '{name}'.", where=where, hint=f"It has: {known}{more}.")


def _paths(layers: tuple[Layer, ...], before: str = "") -> Iterator[tuple[str, Layer]]:
    for layer in layers:
        path = f"{before}{layer.name}"
        yield path, layer
        yield from _paths(layer.children or (), f"{path}/")


def _canvas(layer: Layer, size: tuple[int, int], where: str) -> Samples:
    """The layer's pixels on the whole page; what lies beside it is cut off."""
    if layer.piece is None:
        raise BadInput(
            f"'{layer.name}' is a {layer.kind}, whose pixels are not in the file.",
            where=where,
            hint="Name a paint layer, or none for all that shows.",
        )
    piece = layer.piece()
    width, height = size
    canvas: Samples = np.zeros((height, width, 4), piece.pixels.dtype)
    h, w = piece.pixels.shape[:2]
    left, top = max(piece.x, 0), max(piece.y, 0)
    right, bottom = min(piece.x + w, width), min(piece.y + h, height)
    if left < right and top < bottom:
        canvas[top:bottom, left:right] = piece.pixels[
            top - piece.y : bottom - piece.y, left - piece.x : right - piece.x
        ]
    return canvas


def _group(group: Layer, size: tuple[int, int], where: str) -> Samples:
    page: NDArray[np.uint16] = np.zeros((size[1], size[0], 4), np.uint16)
    wide = False
    for layer in reversed(group.children or ()):
        if not layer.visible or layer.opacity <= 0:
            continue
        if layer.mode.lower() not in _MODES:
            raise BadInput(
                f"'{layer.name}' is laid on by '{layer.mode}', which Shiage can't do.",
                where=where,
                hint="Merge the group in its program, or name one of its layers.",
            )
        inner = layer.children is not None
        pixels = _group(layer, size, where) if inner else _canvas(layer, size, where)
        wide = wide or pixels.dtype == np.uint16
        _lay(page, pixels, layer.opacity, _MODES[layer.mode.lower()])
    return page if wide else Raster(page).to_8bit()


def lay(raster: Raster, page: Raster, blend: Blend) -> Raster:
    """``raster`` laid on ``page``, both of one size and in sRGB."""
    pixels = page.pixels.copy()
    _lay(pixels, raster.pixels, raster.opacity, blend)
    return Raster(pixels, page.name, profile=page.profile)


def _lay(page: Samples, pixels: Samples, opacity: float, blend: Blend) -> None:
    """Into ``page``, a few rows at a time, so that a large page is never held in floating point."""
    full = np.iinfo(page.dtype).max
    for top in range(0, len(page), _ROWS):
        rows = slice(top, top + _ROWS)
        above = _shares(pixels[rows])
        above[..., 3] *= opacity
        page[rows] = np.rint(_laid(above, _shares(page[rows]), blend) * full)


def _shares(pixels: Samples) -> NDArray[np.float32]:
    """Samples as 0..1."""
    return np.divide(pixels, np.iinfo(pixels.dtype).max, dtype=np.float32)


def _laid(above: NDArray[np.float32], below: NDArray[np.float32], blend: Blend) -> NDArray[np.float32]:
    """Compositing and Blending Level 1 (W3C), source over; straight alpha, 0..1, in the numbers as they are."""
    alpha, under = above[..., 3:], below[..., 3:]
    source, backdrop = above[..., :3], below[..., :3]
    if blend is Blend.ADD:
        # SVG's plus: colours and coverage add up.
        total = np.minimum(alpha + under, 1)
        colour = np.minimum(source * alpha + backdrop * under, 1)
    else:
        mixed = source
        if blend is Blend.MULTIPLY:
            mixed = source * backdrop
        elif blend is Blend.SCREEN:
            mixed = source + backdrop - source * backdrop
        total = alpha + under * (1 - alpha)
        colour = source * alpha * (1 - under) + mixed * alpha * under + backdrop * under * (1 - alpha)
    straight = np.minimum(colour / np.maximum(total, 1e-6), 1)
    return np.concatenate([straight, total], axis=2).astype(np.float32, copy=False)
