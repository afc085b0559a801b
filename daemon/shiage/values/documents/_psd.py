"""Photoshop documents (.psd, .psb), read and written by psd-tools."""

from __future__ import annotations

import io
import logging
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import BadInput, TooLarge
from ..limits import MOST_PIXELS, check_size
from ..raster import Blend, Raster, Samples
from ._ora import blend_of
from ._tree import DEEPEST, MOST_LAYERS, Document, Layer, Piece, lay

if TYPE_CHECKING:
    from psd_tools import PSDImage

# As psd-tools counts what a picture of the largest size takes on the way: floating point, more than once.
_MOST_BYTES = MOST_PIXELS * 4 * 4 * 3
# What it remarks on is either told as an error or of no concern.
logging.getLogger("psd_tools").setLevel(logging.CRITICAL)
_MODES = {1: "grey", 3: "RGB"}
_OTHER_MODES = {0: "a bitmap", 2: "indexed", 4: "CMYK", 7: "multichannel", 8: "duotone", 9: "Lab"}
_HEAD = ">4sHxxxxxxHIIHH"


def read_psd(data: bytes, where: str) -> Document:
    """The document in a file's bytes; BadInput or TooLarge where it is none, or of a kind that is not taken."""
    from ..files import to_picture

    size = _checked_head(data, where)
    psd = _opened(data, where)
    if sum(1 for _ in psd.descendants()) > MOST_LAYERS:
        raise TooLarge(f"has more than {MOST_LAYERS:,} layers.", where=where)
    wide = psd.depth == 16
    profile = _profile(psd)

    def merged() -> Raster:
        if not psd.has_preview():
            raise BadInput(
                "has no picture of all its layers together.",
                where=where,
                hint="Save it with 'Maximise compatibility', or name a layer.",
            )
        with _guarded(where):
            return to_picture(_samples(psd.numpy(), wide), profile, where)

    return Document(size, _layers(psd, psd, where, 0), merged, profile)


def _checked_head(data: bytes, where: str) -> tuple[int, int]:
    """The size; BadInput or TooLarge before anything else is read."""
    if len(data) < struct.calcsize(_HEAD):
        raise BadInput("This document is cut off.", where=where, hint="Copy it again.")
    _, version, _, height, width, depth, mode = struct.unpack_from(_HEAD, data)
    if version not in (1, 2):
        raise BadInput("This is not a Photoshop document that anyone knows.", where=where, hint="Save it again.")
    check_size(width, height, where)
    if mode not in _MODES:
        kind = _OTHER_MODES.get(mode, "of an unknown kind")
        raise BadInput(f"Its colours are {kind}, which is not taken.", where=where, hint="Convert it to RGB.")
    if depth not in (8, 16):
        raise BadInput(f"It has {depth} bits a channel.", where=where, hint="Save it with 8 or 16 bits a channel.")
    return width, height


def _opened(data: bytes, where: str) -> PSDImage:
    with _guarded(where):
        from psd_tools import PSDImage

        return PSDImage.open(io.BytesIO(data), max_alloc_bytes=_MOST_BYTES)


@contextmanager
def _guarded(where: str) -> Iterator[None]:
    """What psd-tools finds wrong, as one of our errors; damaged channels are not taken as black."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from psd_tools.compression import PSDDecompressionWarning

            warnings.simplefilter("error", PSDDecompressionWarning)
            yield
        except (BadInput, TooLarge, MemoryError):
            raise
        except Exception as error:
            # It reads whatever stands there: a damaged file can end anywhere in it.
            reason = f"{type(error).__name__}: {error}".rstrip(".: ")[:200]
            raise BadInput(
                f"This document is damaged or cut off ({reason}).", where=where, hint="Save or copy it again."
            ) from error


def _layers(psd: PSDImage, group: Any, where: str, depth: int) -> tuple[Layer, ...]:
    if depth > DEEPEST:
        raise BadInput("has groups in groups without end.", where=where, hint="Don't trust this file.")
    # psd-tools has the lowest first.
    return tuple(_layer(psd, layer, where, depth) for layer in reversed(list(group)))


def _layer(psd: PSDImage, layer: Any, where: str, depth: int) -> Layer:
    inner = layer.is_group()
    return Layer(
        # Krita ends names with a zero.
        name=layer.name.rstrip("\0").strip(),
        kind="group" if inner else f"{layer.kind} layer",
        piece=_piece(psd, layer, where) if not inner and layer.has_pixels() else None,
        children=_layers(psd, layer, where, depth + 1) if inner else None,
        visible=layer.visible,
        opacity=layer.opacity / 255,
        mode=layer.blend_mode.name.lower().replace("_", " "),
    )


def _piece(psd: PSDImage, layer: Any, where: str) -> Callable[[], Piece]:
    def piece() -> Piece:
        from ..files import to_picture

        with _guarded(where):
            drawn = _samples(layer.numpy(), psd.depth == 16)
            return Piece(to_picture(drawn, _profile(psd), where).pixels, layer.left, layer.top)

    return piece


def _samples(values: Any, wide: bool) -> Samples:
    """Floating point (H, W, C), 0..1, grey or RGB with or without alpha, as samples of the document's depth."""
    if values is None:
        raise BadInput("This layer has no pixels.")
    channels = values.shape[2]
    if channels in (1, 2):
        values = values[..., [0, 0, 0, 1] if channels == 2 else [0, 0, 0]]
    # What is beyond the fourth are masks of the artist's own.
    values = values[..., :4]
    if values.shape[2] == 3:
        values = np.concatenate([values, np.ones_like(values[..., :1])], axis=2)
    most, kind = (65535, np.uint16) if wide else (255, np.uint8)
    pixels: Samples = np.rint(np.clip(values, 0, 1) * most).astype(kind)
    return pixels


def _profile(psd: PSDImage) -> bytes:
    from psd_tools.constants import Resource

    return bytes(psd.image_resources.get_data(Resource.ICC_PROFILE) or b"")


def write_psd(data: bytes, title: str, layers: Sequence[Raster], where: str) -> bytes:
    """The document with a group of layers more: see :func:`with_layers`. BadInput for a grey one."""
    document = read_psd(data, where)
    page = document.merged()
    psd = _opened(data, where)
    if int(psd.color_mode) != 3:
        raise BadInput("Its colours are grey, and the result has colours.", where=where, hint="Convert it to RGB.")
    with _guarded(where):
        from psd_tools.api.numpy_io import encode_image_data
        from psd_tools.constants import BlendMode, Compression

        words = {
            Blend.NORMAL: BlendMode.NORMAL,
            Blend.MULTIPLY: BlendMode.MULTIPLY,
            Blend.SCREEN: BlendMode.SCREEN,
            Blend.ADD: BlendMode.LINEAR_DODGE,
        }
        group = psd.create_group(name=title)
        for layer in layers:
            blend = blend_of(layer)
            group.create_pixel_layer_from_array(
                _own(layer, page, psd.depth),
                name=layer.name,
                compression=Compression.RLE,
                opacity=round(layer.opacity * 255),
                blend_mode=words[blend],
            )
            page = lay(layer, page, blend)
        # psd-tools would draw the merged picture from the layers; ours keeps what only Photoshop can draw.
        whole = _own(page, page, psd.depth).astype(np.float32) / (65535 if psd.depth == 16 else 255)
        record = psd._record
        record.image_data.set_data(encode_image_data(psd, whole[..., :3], whole[..., 3:]), record.header)
        out = io.BytesIO()
        record.write(out)
        return out.getvalue()


def _own(layer: Raster, page: Raster, depth: int) -> Samples:
    """A result's pixels as the document has its own: in its colours, with its depth."""
    from ..files import from_picture

    pixels = from_picture(layer, page.profile)
    if depth == 16 and pixels.dtype == np.uint8:
        return pixels.astype(np.uint16) * np.uint16(257)
    return pixels if depth == 16 else Raster(pixels).to_8bit()
