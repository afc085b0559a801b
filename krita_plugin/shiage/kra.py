"""An animated group as a Krita document, written from outside.

Krita's scripting interface can't make keyframes: it can only move the artist's own time slider and press "add frame",
an undo step each. A document that already holds the animation is opened unseen instead, and its group taken over whole.

The format is Krita's own (``maindoc.xml``, one tile file a drawing, ``keyframes.xml``), as Krita 5 writes it.
"""

from __future__ import annotations

import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence
from xml.sax.saxutils import quoteattr

from .pixels import Picture

TILE = 64
_NAME = "shiage"


@dataclass
class Drawing:
    """A keyframe: ``time`` in frames, ``hold`` how long it stands, ``picture`` BGRA."""

    time: int
    hold: int
    picture: Picture


@dataclass
class AnimatedLayer:
    """A layer with keyframes, in the order of their times."""

    name: str
    drawings: List[Drawing]
    blend: str = "normal"
    opacity: int = 255
    visible: bool = True


def write(path: Path, group: str, layers: Sequence[AnimatedLayer], fps: float) -> None:
    """Write a document with one group that holds ``layers`` (from the bottom up)."""
    first = layers[0].drawings[0].picture
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr("mimetype", "application/x-krita", zipfile.ZIP_STORED)
        names = [f"layer{number + 3}" for number in range(len(layers))]
        file.writestr("maindoc.xml", _document(group, layers, names, first.width, first.height, fps))
        for name, layer in zip(names, layers):
            _write_layer(file, name, layer)


def _write_layer(file: zipfile.ZipFile, name: str, layer: AnimatedLayer) -> None:
    keys = []
    folder = f"{_NAME}/layers/"
    pixel = layer.drawings[0].picture
    for number, (time, picture) in enumerate(_exposures(layer.drawings)):
        frame = name if number == 0 else f"{name}.f{number}"
        keys.append(
            f'<keyframe frame="{frame}" time="{time}" color-label="0"><offset x="0" type="point" y="0"/></keyframe>'
        )
        file.writestr(folder + frame, tiles(picture or Picture(0, 0, pixel.bits, bytearray())))
        file.writestr(f"{folder}{frame}.defaultpixel", bytes(pixel.pixel_size))
    file.writestr(
        f"{folder}{name}.keyframes.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<keyframes xmlns="http://www.calligra.org/DTD/krita-keyframes">'
        f'<channel name="content">{"".join(keys)}</channel></keyframes>\n',
    )


def _exposures(drawings: Sequence[Drawing]) -> list:
    """(time, picture) of every keyframe; an empty one (None) where a hold ends before the next drawing begins."""
    made = []
    for drawing, following in zip(drawings, [*drawings[1:], None]):
        made.append((drawing.time, drawing.picture))
        end = drawing.time + drawing.hold
        if following is not None and end < following.time:
            made.append((end, None))
    return made


def tiles(picture: Picture) -> bytes:
    """The pixels as Krita's tile file (version 2, each tile stored plain); fully transparent tiles are left out."""
    size = picture.pixel_size
    parts = []
    for top in range(0, picture.height, TILE):
        rows = min(TILE, picture.height - top)
        band = memoryview(picture.pixels)[top * picture.width * size : (top + rows) * picture.width * size]
        for left in range(0, picture.width, TILE):
            columns = min(TILE, picture.width - left)
            lines = [
                bytes(band[(y * picture.width + left) * size : (y * picture.width + left + columns) * size]).ljust(
                    TILE * size, b"\0"
                )
                for y in range(rows)
            ]
            data = b"".join(lines).ljust(TILE * TILE * size, b"\0")
            if data.count(0) != len(data):
                parts.append(f"{left},{top},LZF,{len(data) + 1}\n".encode() + b"\0" + data)
    head = f"VERSION 2\nTILEWIDTH {TILE}\nTILEHEIGHT {TILE}\nPIXELSIZE {size}\nDATA {len(parts)}\n"
    return head.encode() + b"".join(parts)


def _document(
    group: str, layers: Sequence[AnimatedLayer], names: Sequence[str], width: int, height: int, fps: float
) -> str:
    common = 'x="0" y="0" locked="0" collapsed="0" colorlabel="0" channelflags=""'
    inner = "".join(
        f'<layer uuid="{{{uuid.uuid4()}}}" name={quoteattr(layer.name)} filename="{name}" {common} visible="{int(layer.visible)}" intimeline="1" '
        f'opacity="{layer.opacity}" compositeop="{layer.blend}" nodetype="paintlayer" channellockflags="" '
        f'onionskin="0" colorspacename="{"RGBA" if layer.drawings[0].picture.bits == 8 else "RGBA16"}" '
        f'keyframes="{name}.keyframes.xml"/>'
        # Krita's file lists layers from the top down.
        for layer, name in reversed(list(zip(layers, names)))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>\n"
        '<DOC xmlns="http://www.calligra.org/DTD/krita" syntaxVersion="2.0" kritaVersion="5.0.0" editor="Krita">'
        f'<IMAGE mime="application/x-kra" profile="sRGB-elle-V2-srgbtrc.icc" colorspacename="RGBA" name="{_NAME}" '
        f'description="" width="{width}" height="{height}" x-res="72" y-res="72"><layers>'
        f'<layer uuid="{{{uuid.uuid4()}}}" name={quoteattr(group)} filename="layer2" {common} visible="1" intimeline="0" '
        f'opacity="255" compositeop="normal" passthrough="0" nodetype="grouplayer">'
        f"<layers>{inner}</layers></layer></layers>"
        f'<animation><framerate type="value" value="{round(fps)}"/><range type="timerange" from="0" to="100"/>'
        '<currentTime type="value" value="0"/></animation></IMAGE></DOC>\n'
    )
