"""OpenRaster (.ora): a zip of PNG files and a ``stack.xml`` (the freedesktop.org specification 0.0.5)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from PIL import Image

from ...errors import BadInput, TooLarge
from ..archives import unpacked
from ..limits import check_size
from ..raster import Blend, Raster
from ._tree import DEEPEST, MOST_LAYERS, Document, Layer, Piece, lay
from ._xml import number, parsed

_STACK, _MERGED, _THUMBNAIL = "stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"
_WORDS = {
    Blend.NORMAL: "svg:src-over",
    Blend.MULTIPLY: "svg:multiply",
    Blend.SCREEN: "svg:screen",
    Blend.ADD: "svg:plus",
}
_THUMBNAIL_SIDE = 256


def read_ora(archive: zipfile.ZipFile, where: str) -> Document:
    """The document in an archive; BadInput or TooLarge where it is none."""
    root, stack = _root(archive, where)
    size = _size(root, where)
    layers = _layers(archive, stack, where, 0)
    if sum(1 for _ in stack.iter()) > MOST_LAYERS:
        raise TooLarge(f"has more than {MOST_LAYERS:,} layers.", where=where)
    return Document(size, layers, lambda: _merged(archive, size, where))


def _root(archive: zipfile.ZipFile, where: str) -> tuple[ET.Element, ET.Element]:
    if _STACK not in archive.namelist():
        raise BadInput("has no list of layers.", where=where, hint="Save it again.")
    root = parsed(unpacked(archive, _STACK, where), where)
    stack = root.find("stack")
    if root.tag != "image" or stack is None:
        raise BadInput("has no stack of layers.", where=where, hint="Save it again.")
    return root, stack


def _size(root: ET.Element, where: str) -> tuple[int, int]:
    size = int(number(root, "w")), int(number(root, "h"))
    check_size(*size, where)
    return size


def _layers(archive: zipfile.ZipFile, stack: ET.Element, where: str, depth: int) -> tuple[Layer, ...]:
    if depth > DEEPEST:
        raise BadInput("has groups in groups without end.", where=where, hint="Don't trust this file.")
    return tuple(_layer(archive, item, where, depth) for item in stack if item.tag in ("stack", "layer"))


def _layer(archive: zipfile.ZipFile, item: ET.Element, where: str, depth: int) -> Layer:
    source = item.get("src", "")

    def piece() -> Piece:
        from ..files import decode_picture

        raster = decode_picture(unpacked(archive, source, where), f"{where}/{source}")
        return Piece(raster.pixels, int(number(item, "x")), int(number(item, "y")))

    group = item.tag == "stack"
    return Layer(
        name=item.get("name", ""),
        kind="group" if group else "layer",
        piece=piece if not group and source in archive.namelist() else None,
        children=_layers(archive, item, where, depth + 1) if group else None,
        visible=item.get("visibility", "visible") != "hidden",
        opacity=min(max(number(item, "opacity", 1.0), 0.0), 1.0),
        mode=item.get("composite-op", "svg:src-over"),
    )


def _merged(archive: zipfile.ZipFile, size: tuple[int, int], where: str) -> Raster:
    """What shows, as its program saved it."""
    from ..files import decode_picture

    if _MERGED not in archive.namelist():
        raise BadInput(
            "has no picture of all its layers together.", where=where, hint="Save it again, or name a layer."
        )
    raster = decode_picture(unpacked(archive, _MERGED, where), f"{where}/{_MERGED}")
    if raster.size != size:
        raise BadInput("Its layers and its picture differ in size.", where=where, hint="Save it again.")
    return raster


def write_ora(archive: zipfile.ZipFile, title: str, layers: Sequence[Raster], where: str) -> bytes:
    """The document with a group of layers more: see :func:`with_layers`."""
    from ..files import encode_picture

    root, stack = _root(archive, where)
    page = _merged(archive, _size(root, where), where)
    group = ET.Element("stack", {"name": title, "opacity": "1.0", "visibility": "visible"})
    new: dict[str, bytes] = {}
    for layer in layers:
        blend = blend_of(layer)
        member = free_member(archive, new, "data/shiage", ".png")
        new[member] = encode_picture(layer, ".png")
        place = {"name": layer.name, "src": member, "x": "0", "y": "0", "visibility": "visible"}
        group.insert(0, ET.Element("layer", {**place, "opacity": f"{layer.opacity:g}", "composite-op": _WORDS[blend]}))
        page = lay(layer, page, blend)
    stack.insert(0, group)
    new[_STACK] = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="utf-8")
    new[_MERGED] = encode_picture(page, ".png", profile=page.profile)
    new[_THUMBNAIL] = thumbnail(page)
    return rewritten(archive, new)


def blend_of(layer: Raster) -> Blend:
    """How a result is laid on a drawing: as it says; else multiplied where it can be seen through, so that the lines
    show through its colours. As the plugins do it."""
    if layer.blend is not Blend.NORMAL:
        return layer.blend
    return Blend.MULTIPLY if int(layer.pixels[..., 3].min()) == 0 else Blend.NORMAL


def free_member(archive: zipfile.ZipFile, new: dict[str, bytes], stem: str, suffix: str = "") -> str:
    """A member's name that is not taken."""
    taken = {*archive.namelist(), *new}
    return next(name for n in range(1, len(taken) + 2) if (name := f"{stem}{n}{suffix}") not in taken)


def thumbnail(page: Raster) -> bytes:
    """The picture as a small PNG file."""
    small = Image.fromarray(page.to_8bit(), "RGBA")
    small.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def rewritten(archive: zipfile.ZipFile, new: dict[str, bytes]) -> bytes:
    """The archive with some members new; the others, their order and the uncompressed ``mimetype`` at its head kept."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for info in archive.infolist():
            data = new.get(info.filename)
            if data is None:
                data = unpacked(archive, info.filename, "")
            copy.writestr(_head(info.filename, info.compress_type), data)
        for name, data in new.items():
            if name not in archive.namelist():
                copy.writestr(_head(name, zipfile.ZIP_DEFLATED), data)
    return out.getvalue()


def _head(name: str, compression: int) -> zipfile.ZipInfo:
    # Of no date: the same bytes for the same layers.
    info = zipfile.ZipInfo(name)
    info.compress_type = compression if compression == zipfile.ZIP_STORED else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
