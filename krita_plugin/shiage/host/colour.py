"""Krita's colour spaces to sRGB and back, by Krita's own conversion."""

from __future__ import annotations

from typing import Any, NamedTuple

from .scratch import Scratch

_SRGB = "sRGB-elle-V2-srgbtrc.icc"
_SRGB_NAMES = ("sRGB-elle-V2-srgbtrc.icc", "sRGB-elle-V4-srgbtrc.icc", "sRGB built-in", "sRGB IEC61966-2.1")
_CHANNELS = {"RGBA": 4, "GRAYA": 2, "A": 1, "CMYKA": 5, "LABA": 4, "XYZA": 4, "YCBCRA": 4}
_BYTES = {"U8": 1, "U16": 2, "F16": 2, "F32": 4, "F64": 8}


class Space(NamedTuple):
    """Krita's names: model (``RGBA``), depth (``U8``) and profile."""

    model: str
    depth: str
    profile: str

    @classmethod
    def of(cls, thing: Any) -> Space:
        """Of a document or node."""
        return cls(thing.colorModel(), thing.colorDepth(), thing.colorProfile())

    @property
    def direct(self) -> bool:
        """Whether the bytes are sRGB already (BGRA, 8 or 16 bit)."""
        return self.model == "RGBA" and self.depth in ("U8", "U16") and self.profile in _SRGB_NAMES

    @property
    def bits(self) -> int:
        """The depth in which its pixels go to the daemon."""
        return 8 if self.depth == "U8" else 16

    @property
    def pixel_size(self) -> int:
        """Bytes a pixel."""
        return _CHANNELS[self.model] * _BYTES[self.depth]


def srgb(bits: int) -> Space:
    """sRGB with 8 or 16 bits."""
    return Space("RGBA", f"U{bits}", _SRGB)


def for_results(document: Space) -> Space:
    """The space of a new layer: the document's own, but results keep their colours in a grey document."""
    if document.model == "RGBA":
        return document
    return srgb(document.bits)


class Converter:
    """Converts bytes of pixels in the hidden document, a piece at a time."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    def convert(self, pixels: bytes, size: tuple[int, int], source: Space, target: Space) -> bytes:
        """``pixels`` of ``size`` (width, height) in another space."""
        if source == target:
            return pixels
        node = self._scratch.document.createNode("piece", "paintlayer")
        if Space.of(node) != source:
            node.setColorSpace(*source)
        node.setPixelData(pixels, 0, 0, *size)
        node.setColorSpace(*target)
        return bytes(node.pixelData(0, 0, *size))
