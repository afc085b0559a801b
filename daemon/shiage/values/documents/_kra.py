"""Krita (.kra): a zip of ``maindoc.xml``, tiles of pixels for each layer, and ``mergedimage.png``."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from ...errors import BadInput, TooLarge
from ..archives import unpacked
from ..limits import check_size
from ..raster import Blend, Raster
from ._ora import blend_of, rewritten, thumbnail
from ._tiles import SPACES, read_tiles, written_tiles
from ._tree import DEEPEST, MOST_LAYERS, Document, Layer, Piece, lay
from ._xml import number, parsed

_MAIN, _MERGED, _PREVIEW = "maindoc.xml", "mergedimage.png", "preview.png"
_NAMESPACE = "http://www.calligra.org/DTD/krita"
_DOCTYPE = "<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>"
_TAG = f"{{{_NAMESPACE}}}"
_MOST_PROFILE = 16 << 20
_WORDS = {Blend.NORMAL: "normal", Blend.MULTIPLY: "multiply", Blend.SCREEN: "screen", Blend.ADD: "add"}
_KINDS = {"paintlayer": "paint layer", "grouplayer": "group", "shapelayer": "vector layer"}
# Of the identities that new layers get.
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
    readable = kind == "paintlayer" and member in archive.namelist() and space in SPACES
    if kind == "paintlayer" and space not in SPACES:
        words = f"layer in {space or 'a colour space of its own'}"

    def piece() -> Piece:
        from ..files import to_picture

        bounds = int(number(image, "width")), int(number(image, "height"))
        default = f"{member}.defaultpixel"
        ground = unpacked(archive, default, where, 64) if default in archive.namelist() else b""
        at = int(number(item, "x")), int(number(item, "y"))
        drawn = read_tiles(unpacked(archive, member, where), ground, space, bounds, at, f"{where}/{member}")
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


def write_kra(archive: zipfile.ZipFile, title: str, layers: Sequence[Raster], where: str) -> bytes:
    """The document with a group of layers more: see :func:`with_layers`. The layers are RGB in sRGB, 8 or 16 bit,
    whatever the document has: Krita knows a space for each layer."""
    from ..files import encode_picture
    from ..profiles import srgb_profile

    ET.register_namespace("", _NAMESPACE)
    root = _root(archive, where)
    image = _image(root, where)
    page = _merged(archive, _size(image, where), where)
    folder = f"{image.get('name', '')}/layers/"
    first = _free_number(archive, image, folder)
    # It passes through, or layers that multiply would only do so with one another.
    group = _element(title, first, "grouplayer", Blend.NORMAL, passthrough="1")
    inside = ET.SubElement(group, f"{_TAG}layers")
    new: dict[str, bytes] = {}
    for number_, layer in enumerate(layers, first + 1):
        blend = blend_of(layer)
        member = f"{folder}layer{number_}"
        new[member] = written_tiles(layer)
        new[f"{member}.defaultpixel"] = bytes(4 * layer.bits // 8)
        new[f"{member}.icc"] = srgb_profile()
        inside.insert(0, _painted(layer, number_, blend))
        page = lay(layer, page, blend)
    stack = image.find(f"{_TAG}layers")
    assert stack is not None
    stack.insert(0, group)
    body = ET.tostring(root, encoding="unicode")
    new[_MAIN] = f'<?xml version="1.0" encoding="UTF-8"?>\n{_DOCTYPE}\n{body}\n'.encode()
    new[_MERGED] = encode_picture(page, ".png", profile=page.profile)
    new[_PREVIEW] = thumbnail(page)
    return rewritten(archive, new)


def _free_number(archive: zipfile.ZipFile, image: ET.Element, folder: str) -> int:
    """Krita names the files of layers ``layerN``: one more than any that is taken."""
    taken = [member.removeprefix(folder) for member in archive.namelist()]
    taken += [item.get("filename", "") for item in image.iter(f"{_TAG}layer")]
    found = [re.match(r"layer(\d{1,9})", name) for name in taken]
    return 1 + max((int(one[1]) for one in found if one), default=0)


def _painted(layer: Raster, number_: int, blend: Blend) -> ET.Element:
    space = {"colorspacename": "RGBA16" if layer.bits == 16 else "RGBA", "profile": "sRGB built-in"}
    opacity = str(round(layer.opacity * 255))
    return _element(
        layer.name, number_, "paintlayer", blend, opacity=opacity, channellockflags="1111", onionskin="0", **space
    )


def _element(name: str, number_: int, kind: str, blend: Blend, **more: str) -> ET.Element:
    common = {"visible": "1", "locked": "0", "collapsed": "0", "colorlabel": "0", "intimeline": "0", "x": "0", "y": "0"}
    own = {
        "name": name,
        "nodetype": kind,
        "compositeop": _WORDS[blend],
        "opacity": "255",
        "channelflags": "",
        "filename": f"layer{number_}",
        # The same for the same layers.
        "uuid": f"{{{uuid5(_HOUSE, f'{name} {number_}')}}}",
    }
    return ET.Element(f"{_TAG}layer", {**common, **own, **more})
