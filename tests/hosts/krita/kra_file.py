"""What is in a .kra, read without Krita."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

KRITA = "{http://www.calligra.org/DTD/krita}"
KEYFRAMES = "{http://www.calligra.org/DTD/krita-keyframes}"
_CHANNELS = {"RGBA": (4, "u1"), "RGBA16": (4, "<u2"), "RGBAF32": (4, "<f4"), "GRAYA": (2, "u1")}


@dataclass
class KraLayer:
    """A layer as the file describes it; ``children`` from the top down."""

    name: str
    kind: str
    blend: str
    opacity: int
    passthrough: bool
    space: str
    file: str
    visible: bool
    keyframes: dict[int, str] = field(default_factory=dict)
    children: list[KraLayer] = field(default_factory=list)


class Kra:
    """A .kra file."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        image = ElementTree.fromstring(self._zip.read("maindoc.xml")).find(f"{KRITA}IMAGE")
        assert image is not None
        self.width, self.height = int(image.get("width", 0)), int(image.get("height", 0))
        self._folder = image.get("name", "")
        self.layers = self._layers(image)

    def _layers(self, element: ElementTree.Element) -> list[KraLayer]:
        inside = element.find(f"{KRITA}layers")
        return [self._layer(child) for child in inside] if inside is not None else []

    def _layer(self, element: ElementTree.Element) -> KraLayer:
        def get(name: str) -> str:
            return element.get(name, "")

        layer = KraLayer(
            get("name"), get("nodetype"), get("compositeop"), int(get("opacity") or 255), get("passthrough") == "1",
            get("colorspacename"), get("filename"), get("visible") == "1", children=self._layers(element),
        )  # fmt: skip
        if get("keyframes"):
            channel = ElementTree.fromstring(self._zip.read(self._name(get("keyframes"))))
            for key in channel.iter(f"{KEYFRAMES}keyframe"):
                layer.keyframes[int(key.get("time", 0))] = key.get("frame", "")
        return layer

    def find(self, name: str) -> KraLayer:
        """The layer of this name, at any depth."""
        waiting = list(self.layers)
        while waiting:
            layer = waiting.pop(0)
            if layer.name == name:
                return layer
            waiting += layer.children
        raise KeyError(name)

    def pixels(self, layer: KraLayer, time: int | None = None) -> NDArray[np.generic]:
        """(H, W, channels) as Krita keeps them: BGRA for whole numbers, RGBA for floats. ``time``: of that keyframe."""
        file = layer.file if time is None else layer.keyframes[time]
        channels, kind = _CHANNELS[layer.space]
        data = self._zip.read(self._name(file))
        fill = self._zip.read(self._name(f"{file}.defaultpixel"))
        pixel = np.dtype(kind).itemsize * channels
        picture = np.empty((self.height, self.width, pixel), np.uint8)
        picture[...] = np.frombuffer(fill, np.uint8)
        lines = data.split(b"\n", 5)
        assert lines[0] == b"VERSION 2"
        rest = lines[5]
        for _ in range(int(lines[4].split()[1])):
            head, rest = rest.split(b"\n", 1)
            left, top, _, size = (part.decode() for part in head.split(b","))
            _place(picture, int(left), int(top), _tile(rest[: int(size)], pixel))
            rest = rest[int(size) :]
        return np.ascontiguousarray(picture).view(kind)

    def _name(self, file: str) -> str:
        return f"{self._folder}/layers/{file}"


def _place(picture: NDArray[np.uint8], left: int, top: int, tile: NDArray[np.uint8]) -> None:
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + 64, width), min(top + 64, height)
    if x0 < x1 and y0 < y1:
        picture[y0:y1, x0:x1] = tile[y0 - top : y1 - top, x0 - left : x1 - left]


def _tile(data: bytes, pixel: int) -> NDArray[np.uint8]:
    if data[0] == 0:
        return np.frombuffer(data[1:], np.uint8).reshape(64, 64, pixel)
    planes = np.frombuffer(_lzf(data[1:], 64 * 64 * pixel), np.uint8).reshape(pixel, 64, 64)
    return planes.transpose(1, 2, 0)


def _lzf(data: bytes, length: int) -> bytes:
    """LZF: runs of literals, and copies from what was written."""
    out = bytearray()
    at = 0
    while len(out) < length:
        control = data[at]
        at += 1
        if control < 32:
            out += data[at : at + control + 1]
            at += control + 1
            continue
        count = control >> 5
        if count == 7:
            count += data[at]
            at += 1
        back = len(out) - ((control & 31) << 8) - data[at] - 1
        at += 1
        for step in range(count + 2):
            out.append(out[back + step])
    return bytes(out)
