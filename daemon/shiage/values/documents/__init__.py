"""Layered documents as sources and results: OpenRaster (.ora), Krita (.kra) and Photoshop (.psd, .psb).

What shows of a document is the picture that its program saved beside the layers; a layer is read by its name. A result
goes into a copy of the document as layers of its own, all others staying as they are to the byte.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath

from ...errors import BadInput
from ..archives import opened, unpacked
from ..raster import Raster
from ._tree import Document, drawn_layers, render

SUFFIXES = (".ora", ".kra", ".psd", ".psb")
_ZIP, _PSD = b"PK\x03\x04", b"8BPS"
_ORA, _KRA = b"image/openraster", b"application/x-krita"


def is_document(name: str | PurePath) -> bool:
    """Whether a name is that of a layered document."""
    return PurePath(name).suffix.lower() in SUFFIXES


def looks_layered(data: bytes) -> bool:
    """Whether the bytes begin as those of a layered document do."""
    return data.startswith((_ZIP, _PSD))


def decode_document(data: bytes, where: str, name: str, layer: str = "") -> Raster:
    """What shows of a document, or one layer as it is drawn, at the document's size.

    ``layer``: ``NAME``, or ``GROUP/NAME`` where several have that name; a group gives what shows of it. Opacity, masks
    and effects of the layer itself are left away. BadInput or TooLarge, in one sentence, where it can't be had.
    """
    with _read(data, where) as document:
        return _taken(document, where, name, layer)


def line_layers(data: bytes, where: str, group: str = "") -> list[str]:
    """The names, as GROUP/NAME, of the layers that show and that something is drawn on, the lowest first.

    ``group``: only what lies in it. Layers without pixels of their own, and plain paper, are left away. BadInput where
    there is none.
    """
    with _read(data, where) as document:
        names = drawn_layers(document, group, where)
    if not names:
        raise BadInput(
            "has no layer with anything drawn on it.", where=where, hint="Show the line layers, hide all others."
        )
    return names


@contextmanager
def _read(data: bytes, where: str) -> Iterator[Document]:
    """The document in the bytes; its layers' pixels can be had while it is open."""
    if data.startswith(_PSD):
        from ._psd import read_psd

        yield read_psd(data, where)
        return
    with opened(io.BytesIO(data), where) as archive:
        kind = unpacked(archive, "mimetype", where, 100).strip() if "mimetype" in archive.namelist() else b""
        if kind == _ORA:
            from ._ora import read_ora as read
        elif kind == _KRA:
            from ._kra import read_kra as read
        else:
            raise BadInput(
                "This archive is no drawing.", where=where, hint="Wanted: .ora or .kra; a .zip is for `shiage batch`."
            )
        yield read(archive, where)


def _taken(document: Document, where: str, name: str, layer: str) -> Raster:
    raster = render(document, layer, where) if layer else document.merged()
    return Raster(raster.pixels, name, profile=raster.profile)


def with_layers(data: bytes, title: str, layers: Sequence[Raster], where: str) -> bytes:
    """The document with ``layers`` (from the lowest up, at its size) above all others, in a group named ``title``.

    BadInput or TooLarge where that can't be done.
    """
    if data.startswith(_PSD):
        from ._psd import write_psd

        return write_psd(data, title, layers, where)
    with opened(io.BytesIO(data), where) as archive:
        if unpacked(archive, "mimetype", where, 100).strip() == _KRA:
            from ._kra import write_kra as write
        else:
            from ._ora import write_ora as write
        return write(archive, title, layers, where)
