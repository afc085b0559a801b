"""Krita (.kra): a zip of ``maindoc.xml``, tiles of pixels for each layer, and ``mergedimage.png``.

Krita has no written specification: the tiles are as ``kis_tiled_data_manager.cc`` and ``kis_tile_compressor_2.cpp``
lay them out (``VERSION 2``). A tile's data is raw pixels behind a byte 0, or behind a byte 1 its bytes plane by plane
(all first bytes of its pixels, then all second ones ...), packed by LibLZF.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput, TooLarge
from ..archives import unpacked
from ..limits import check_size
from ..raster import Blend, Raster, Samples
from ._lzf import unpack
from ._ora import blend_of, rewritten, thumbnail
from ._tree import DEEPEST, MOST_LAYERS, Document, Layer, Piece, lay
from ._xml import number, parsed

_MAIN, _MERGED, _PREVIEW = "maindoc.xml", "mergedimage.png", "preview.png"
_NAMESPACE = "http://www.calligra.org/DTD/krita"
_DOCTYPE = "<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>"
_TAG = f"{{{_NAMESPACE}}}"
# Colour spaces: bytes a sample, and which of its samples are red, green, blue, alpha.
_SPACES = {
    "RGBA": (1, (2, 1, 0, 3)),
    "RGBA16": (2, (2, 1, 0, 3)),
    "GRAYA": (1, (0, 0, 0, 1)),
    "GRAYAU16": (2, (0, 0, 0, 1)),
}
_TILE = 64
_MOST_PROFILE = 16 << 20
_HEADER = re.compile(rb"VERSION 2\nTILEWIDTH (\d{1,4})\nTILEHEIGHT (\d{1,4})\nPIXELSIZE (\d{1,3})\nDATA (\d{1,8})\n")
_TILE_HEADER = re.compile(rb"(-?\d{1,8}),(-?\d{1,8}),LZF,(\d{1,8})\n")
_WORDS = {Blend.NORMAL: "normal", Blend.MULTIPLY: "multiply", Blend.SCREEN: "screen", Blend.ADD: "add"}
_KINDS = {"paintlayer": "paint layer", "grouplayer": "group", "shapelayer": "vector layer"}
# Of the identities that new layers get: the same for the same layers.
_HOUSE = UUID("6f5f64bd-9a63-4cbb-9a6d-2a57e2b6a0d1")


def read_kra(archive: zipfile.ZipFile, where: str) -> Document:
    """The document in an archive; BadInput or TooLarge where it is none."""
    image = _image(_root(archive, where), where)
    size = _size(image, where)
    if sum(1 for _ in image.iter(f"{_TAG}layer")) > MOST_LAYERS:
        raise TooLarge(f"has more than {MOST_LAYERS:,} layers.", where=where)
    layers = _layers(archive, image, image, where, 0)
    return Document(size, layers, lambda: _merged(archive, size, where), _profile(archive, image, where))


def _root(archive: zipfile.ZipFile, where: str) -> ET.Element:
    if _MAIN not in archive.namelist():
        raise BadInput("has no list of layers.", where=where, hint="Save it again.")
    return parsed(unpacked(archive, _MAIN, where), where)


def _image(root: ET.Element, where: str) -> ET.Element:
    image = root.find(f"{_TAG}IMAGE")
    if image is None or image.find(f"{_TAG}layers") is None:
        raise BadInput("has no list of layers.", where=where, hint="Save it again in Krita 2.4 or later.")
    return image


def _size(image: ET.Element, where: str) -> tuple[int, int]:
    size = int(number(image, "width")), int(number(image, "height"))
    check_size(*size, where)
    return size


def _layers(
    archive: zipfile.ZipFile, image: ET.Element, parent: ET.Element, where: str, depth: int
) -> tuple[Layer, ...]:
    if depth > DEEPEST:
        raise BadInput("has groups in groups without end.", where=where, hint="Don't trust this file.")
    below = parent.find(f"{_TAG}layers")
    items = [] if below is None else [item for item in below if item.tag == f"{_TAG}layer"]
    return tuple(_layer(archive, image, item, where, depth) for item in items)


def _layer(archive: zipfile.ZipFile, image: ET.Element, item: ET.Element, where: str, depth: int) -> Layer:
    kind = item.get("nodetype", "")
    member = f"{image.get('name', '')}/layers/{item.get('filename', '')}"
    space = item.get("colorspacename", image.get("colorspacename", ""))
    words = _KINDS.get(kind, f"{kind.removesuffix('layer')} layer".strip())
    readable = kind == "paintlayer" and member in archive.namelist() and space in _SPACES
    if kind == "paintlayer" and space not in _SPACES:
        words = f"layer in {space or 'a colour space of its own'}"

    def piece() -> Piece:
        from ..files import to_picture

        bounds = int(number(image, "width")), int(number(image, "height"))
        default = f"{member}.defaultpixel"
        ground = unpacked(archive, default, where, 64) if default in archive.namelist() else b""
        at = int(number(item, "x")), int(number(item, "y"))
        drawn = _piece(unpacked(archive, member, where), ground, space, bounds, at, f"{where}/{member}")
        return Piece(to_picture(drawn, _icc(archive, f"{member}.icc", where), f"{where}/{member}").pixels)

    return Layer(
        name=item.get("name", ""),
        kind=words,
        piece=piece if readable else None,
        children=_layers(archive, image, item, where, depth + 1) if kind == "grouplayer" else None,
        visible=item.get("visible", "1") != "0",
        opacity=min(max(number(item, "opacity", 255.0), 0.0), 255.0) / 255,
        mode=item.get("compositeop", "normal"),
    )


def _profile(archive: zipfile.ZipFile, image: ET.Element, where: str) -> bytes:
    return _icc(archive, f"{image.get('name', '')}/annotations/icc", where)


def _icc(archive: zipfile.ZipFile, member: str, where: str) -> bytes:
    return unpacked(archive, member, where, _MOST_PROFILE) if member in archive.namelist() else b""


def _merged(archive: zipfile.ZipFile, size: tuple[int, int], where: str) -> Raster:
    """What shows, as Krita saved it."""
    from ..files import decode_picture

    if _MERGED not in archive.namelist():
        raise BadInput(
            "has no picture of all its layers together.", where=where, hint="Save it as .kra, or name a layer."
        )
    raster = decode_picture(unpacked(archive, _MERGED, where), f"{where}/{_MERGED}")
    if raster.size != size:
        raise BadInput("Its layers and its picture differ in size.", where=where, hint="Save it again.")
    return raster


# Tiles


def _piece(data: bytes, ground: bytes, space: str, bounds: tuple[int, int], at: tuple[int, int], where: str) -> Samples:
    """The layer's pixels on the page, (H, W, 4), in its own colours; ``at``: how far its tiles are moved."""
    depth, order = _SPACES[space]
    samples = 4 if order[3] == 3 else 2
    pixel = depth * samples
    width, height = bounds
    kind = np.dtype("<u2") if depth == 2 else np.dtype(np.uint8)
    page = np.zeros((height, width, samples), kind)
    if len(ground) == pixel:
        page[:] = np.frombuffer(ground, kind)
    head = _HEADER.match(data)
    if head is None or [int(head[n]) for n in (1, 2, 3)] != [_TILE, _TILE, pixel]:
        raise _damaged(where)
    place = head.end()
    for _ in range(int(head[4])):
        tile = _TILE_HEADER.match(data, place)
        if tile is None:
            raise _damaged(where)
        begin, length = tile.end(), int(tile[3])
        place = begin + length
        if place > len(data) or length < 1:
            raise _damaged(where)
        _put(page, _tile(data[begin:place], pixel, where).view(kind), int(tile[1]) + at[0], int(tile[2]) + at[1])
    native = page.astype(np.uint16 if depth == 2 else np.uint8, copy=False)
    return np.ascontiguousarray(native[..., list(order)])


def _tile(data: bytes, pixel: int, where: str) -> NDArray[np.uint8]:
    """(64, 64, bytes a pixel)."""
    size = _TILE * _TILE * pixel
    if data[0] == 0:
        flat = np.frombuffer(data, np.uint8, offset=1)
        if len(flat) != size:
            raise _damaged(where)
        return flat.reshape(_TILE, _TILE, pixel)
    planes = unpack(np.frombuffer(data, np.uint8, offset=1), size)
    if data[0] != 1 or planes is None:
        raise _damaged(where)
    return np.ascontiguousarray(planes.reshape(pixel, _TILE, _TILE).transpose(1, 2, 0))


def _put(page: NDArray[np.integer], tile: NDArray[np.integer], x: int, y: int) -> None:
    height, width = page.shape[:2]
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + _TILE, width), min(y + _TILE, height)
    if left < right and top < bottom:
        page[top:bottom, left:right] = tile[top - y : bottom - y, left - x : right - x]


def _damaged(where: str) -> BadInput:
    return BadInput("This layer's pixels are damaged.", where=where, hint="Save or copy the document again.")


def _tiles(raster: Raster) -> bytes:
    """The picture as Krita's tiles, not packed: the archive does that. Tiles without a pixel are left away."""
    deep = raster.bits // 8
    pixels = raster.pixels[..., [2, 1, 0, 3]].astype("<u2" if deep == 2 else np.uint8)
    width, height = raster.size
    parts: list[bytes] = []
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            piece = pixels[top : top + _TILE, left : left + _TILE]
            if piece[..., 3].any():
                tile = np.zeros((_TILE, _TILE, 4), pixels.dtype)
                tile[: piece.shape[0], : piece.shape[1]] = piece
                data = b"\0" + tile.tobytes()
                parts.append(f"{left},{top},LZF,{len(data)}\n".encode() + data)
    head = f"VERSION 2\nTILEWIDTH {_TILE}\nTILEHEIGHT {_TILE}\nPIXELSIZE {4 * deep}\nDATA {len(parts)}\n"
    return head.encode() + b"".join(parts)


# Writing


def write_kra(archive: zipfile.ZipFile, title: str, layers: Sequence[Raster], where: str) -> bytes:
    """The document with a group of layers more: see :func:`with_layers`. The layers are RGB in sRGB, 8 or 16 bit,
    whatever the document has: Krita knows a space for each layer."""
    from ..files import encode_picture

    ET.register_namespace("", _NAMESPACE)
    root = _root(archive, where)
    image = _image(root, where)
    page = _merged(archive, _size(image, where), where)
    stack = image.find(f"{_TAG}layers")
    assert stack is not None
    common = {"visible": "1", "locked": "0", "collapsed": "0", "colorlabel": "0", "intimeline": "0", "x": "0", "y": "0"}
    group = ET.Element(
        f"{_TAG}layer",
        {**common, "name": title, "nodetype": "grouplayer", "passthrough": "1", "opacity": "255", "channelflags": "",
         "compositeop": "normal", "filename": "", "uuid": ""},
    )  # fmt: skip
    inside = ET.SubElement(group, f"{_TAG}layers")
    new: dict[str, bytes] = {}
    prefix = f"{image.get('name', '')}/layers/"
    taken = [member.removeprefix(prefix) for member in archive.namelist()]
    taken += [item.get("filename", "") for item in image.iter(f"{_TAG}layer")]
    number_ = 1 + max((int(found[1]) for name in taken if (found := re.match(r"layer(\d{1,9})", name))), default=0)
    group.set("filename", f"layer{number_}")
    group.set("uuid", _identity(where, title, number_))
    for layer in layers:
        number_ += 1
        blend = blend_of(layer)
        member = f"{prefix}layer{number_}"
        new[member] = _tiles(layer)
        new[f"{member}.defaultpixel"] = bytes(4 * layer.bits // 8)
        new[f"{member}.icc"] = _srgb_profile()
        item = ET.Element(
            f"{_TAG}layer",
            {**common, "name": layer.name, "nodetype": "paintlayer", "opacity": str(round(layer.opacity * 255)),
             "compositeop": _WORDS[blend], "channelflags": "1111", "channellockflags": "1111", "onionskin": "0",
             "colorspacename": "RGBA16" if layer.bits == 16 else "RGBA", "profile": "sRGB built-in",
             "filename": f"layer{number_}", "uuid": _identity(where, layer.name, number_)},
        )  # fmt: skip
        inside.insert(0, item)
        page = lay(layer, page, blend)
    stack.insert(0, group)
    body = ET.tostring(root, encoding="unicode")
    new[_MAIN] = f'<?xml version="1.0" encoding="UTF-8"?>\n{_DOCTYPE}\n{body}\n'.encode()
    new[_MERGED] = encode_picture(page, ".png", profile=page.profile)
    new[_PREVIEW] = thumbnail(page)
    return rewritten(archive, new)


def _identity(where: str, name: str, number_: int) -> str:
    return f"{{{uuid5(_HOUSE, f'{name} {number_}')}}}"


def _srgb_profile() -> bytes:
    from ..profiles import srgb_profile

    return srgb_profile()
