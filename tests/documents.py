"""Small layered documents of the tests' own, each written by hand: what our own writers write proves nothing of reading."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from shiage.values import Raster
from shiage.values.files import encode_picture


@dataclass
class Sheet:
    """A layer, or a group of ``below`` (the highest first)."""

    name: str
    pixels: np.ndarray | None = None
    x: int = 0
    y: int = 0
    opacity: float = 1.0
    visible: bool = True
    mode: str = "normal"
    below: Sequence[Sheet] = field(default=())


def png(pixels: np.ndarray) -> bytes:
    """As a PNG file of 8 or 16 bits."""
    return encode_picture(Raster(np.ascontiguousarray(pixels)))


def zipped(members: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def bombed(members: dict[str, bytes | str]) -> bytes:
    """A member that says that it unpacks to three thousand times its size."""
    data = bytearray(zipped({**members, "bomb.png": bytes(2 << 20)}))
    # In its line of the directory.
    at = data.rfind(b"bomb.png") - 46
    struct.pack_into("<I", data, at + 24, 30 << 20)
    return bytes(data)


# OpenRaster


def ora(size: tuple[int, int], sheets: Sequence[Sheet], merged: np.ndarray) -> bytes:
    """An .ora."""
    members: dict[str, bytes | str] = {"mimetype": "image/openraster", "mergedimage.png": png(merged)}

    def stack(sheets: Sequence[Sheet]) -> str:
        text = ""
        for sheet in sheets:
            state = (
                f'name="{sheet.name}" opacity="{sheet.opacity}" composite-op="svg:{_ORA.get(sheet.mode, sheet.mode)}"'
            )
            state += f' visibility="{"visible" if sheet.visible else "hidden"}"'
            if sheet.pixels is None:
                text += f"<stack {state}>{stack(sheet.below)}</stack>"
            else:
                member = f"data/{len(members)}.png"
                members[member] = png(sheet.pixels)
                text += f'<layer {state} src="{member}" x="{sheet.x}" y="{sheet.y}"/>'
        return text

    members["stack.xml"] = f'<image w="{size[0]}" h="{size[1]}"><stack>{stack(sheets)}</stack></image>'
    return zipped(members)


_ORA = {"normal": "src-over", "add": "plus"}


# Krita


def kra(size: tuple[int, int], sheets: Sequence[Sheet], merged: np.ndarray) -> bytes:
    """A .kra with tiles that are packed as Krita packs them, in runs alone."""
    members: dict[str, bytes | str] = {"mimetype": "application/x-krita", "mergedimage.png": png(merged)}

    def layers(sheets: Sequence[Sheet]) -> str:
        text = ""
        for sheet in sheets:
            name = f"layer{len(members)}"
            state = (
                f'name="{sheet.name}" filename="{name}" opacity="{round(sheet.opacity * 255)}" x="{sheet.x}" '
                f'y="{sheet.y}" visible="{int(sheet.visible)}" compositeop="{sheet.mode}"'
            )
            if sheet.pixels is None:
                text += f'<layer {state} nodetype="grouplayer"><layers>{layers(sheet.below)}</layers></layer>'
            else:
                deep = sheet.pixels.dtype.itemsize
                members[f"Shot/layers/{name}"] = tiles(sheet.pixels)
                members[f"Shot/layers/{name}.defaultpixel"] = bytes(4 * deep)
                text += f'<layer {state} nodetype="paintlayer" colorspacename="RGBA{"16" if deep == 2 else ""}"/>'
        return text

    members["maindoc.xml"] = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>\n"
        '<DOC xmlns="http://www.calligra.org/DTD/krita" editor="Krita" kritaVersion="5.1.5" syntaxVersion="2">'
        f'<IMAGE name="Shot" mime="application/x-kra" width="{size[0]}" height="{size[1]}" colorspacename="RGBA" '
        'profile="sRGB-elle-V2-srgbtrc.icc" x-res="300" y-res="300" description="">'
        f"<layers>{layers(sheets)}</layers></IMAGE></DOC>"
    )
    return zipped(members)


def tiles(pixels: np.ndarray) -> bytes:
    """Pixels as Krita's tiles of 64 x 64, the first one raw, the others packed."""
    deep = pixels.dtype.itemsize
    bgra = pixels[..., [2, 1, 0, 3]].astype("<u2" if deep == 2 else np.uint8)
    parts = []
    for top in range(0, len(bgra), 64):
        for left in range(0, bgra.shape[1], 64):
            tile = np.zeros((64, 64, 4), bgra.dtype)
            piece = bgra[top : top + 64, left : left + 64]
            tile[: piece.shape[0], : piece.shape[1]] = piece
            raw = tile.view(np.uint8).reshape(64 * 64, 4 * deep)
            packed = lzf(raw.T.tobytes())
            # Never longer than the pixels: Krita has no room for that.
            data = b"\1" + packed if parts and len(packed) < raw.nbytes else b"\0" + raw.tobytes()
            parts.append(f"{left},{top},LZF,{len(data)}\n".encode() + data)
    head = f"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE {4 * deep}\nDATA {len(parts)}\n"
    return head.encode() + b"".join(parts)


def lzf(data: bytes) -> bytes:
    """LibLZF: bytes that repeat as copies of the one before them, the others as they are."""
    out = bytearray()
    place = 0
    while place < len(data):
        run = 1
        while place + run < len(data) and run < 264 and data[place + run] == data[place]:
            run += 1
        if place and run >= 3 and data[place - 1] == data[place]:
            length = run - 2
            out += bytes([length << 5, 0]) if length < 7 else bytes([7 << 5, length - 7, 0])
            place += run
        else:
            out += bytes([0, data[place]])
            place += 1
    return bytes(out)


# Photoshop


def psd(size: tuple[int, int], sheets: Sequence[Sheet], merged: np.ndarray, mode: int = 3) -> bytes:
    """A .psd with raw channels (Adobe Photoshop File Formats Specification, November 2019)."""
    depth = merged.dtype.itemsize * 8
    records, channels, count = b"", b"", 0

    def record(sheet: Sheet, box: tuple[int, int, int, int], planes: Sequence[bytes], extra: bytes) -> None:
        nonlocal records, channels, count
        count += 1
        keys = {"normal": b"norm", "multiply": b"mul ", "pass": b"pass", "dissolve": b"diss"}
        records += struct.pack(">4iH", *box, len(planes))
        for number, plane in zip((-1, 0, 1, 2), planes):
            records += struct.pack(">hI", number, len(plane) + 2)
            channels += b"\0\0" + plane
        flags = 8 | (0 if sheet.visible else 2)
        records += b"8BIM" + keys[sheet.mode] + bytes([round(sheet.opacity * 255), 0, flags, 0])
        name = bytes([len(sheet.name)]) + sheet.name.encode("macroman")
        name += bytes(-len(name) % 4)
        body = struct.pack(">II", 0, 0) + name + extra
        records += struct.pack(">I", len(body)) + body

    def divider(kind: int) -> bytes:
        return b"8BIMlsct" + struct.pack(">II", 4, kind)

    def add(sheets: Sequence[Sheet]) -> None:
        for sheet in reversed(sheets):
            if sheet.pixels is None:
                record(Sheet("</Layer group>"), (0, 0, 0, 0), [b""] * 4, divider(3))
                add(sheet.below)
                record(sheet, (0, 0, 0, 0), [b""] * 4, divider(1))
            else:
                high, wide = sheet.pixels.shape[:2]
                planes = [sheet.pixels[..., c].astype(f">u{depth // 8}").tobytes() for c in (3, 0, 1, 2)]
                record(sheet, (sheet.y, sheet.x, sheet.y + high, sheet.x + wide), planes, b"")

    add(sheets)
    layers = struct.pack(">h", count) + records + channels
    layers += bytes(len(layers) % 2)
    section = struct.pack(">I", len(layers)) + layers + struct.pack(">I", 0)
    whole = np.moveaxis(merged[..., :3].astype(f">u{depth // 8}"), 2, 0).tobytes()
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, size[1], size[0], depth, mode)
    return head + struct.pack(">III", 0, 0, len(section)) + section + b"\0\0" + whole


def flat(size: tuple[int, int], colour: Sequence[int], kind: type = np.uint8) -> np.ndarray:
    """A page of one colour."""
    return np.full((size[1], size[0], 4), colour, kind)


def opened_by_pillow(data: bytes) -> np.ndarray:
    """A PNG's pixels, not by our own reader."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA"))
