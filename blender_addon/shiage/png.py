"""PNG files from pixels, without a host; no bpy."""

from __future__ import annotations

import struct
import zlib

import numpy as np

_UP = 2  # the filter: each row less the one above


def encode(pixels: np.ndarray) -> bytes:
    """(h, w, 4) uint8 or uint16, from the top, sRGB, straight alpha, as the bytes of a PNG of as many bits."""
    wide = pixels.dtype == np.uint16
    height, width = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels.astype(">u2") if wide else pixels).view(np.uint8).reshape(height, -1)
    lines = np.empty((height, rows.shape[1] + 1), np.uint8)
    lines[:, 0], lines[0, 1:] = _UP, rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])  # wraps around, as the format has it
    head = struct.pack(">IIBBBBB", width, height, 16 if wide else 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"sRGB", b"\0"), (b"IDAT", zlib.compress(lines.tobytes(), 3)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def nothing_like(data: bytes) -> bytes:
    """A PNG as large as that in ``data``, with nothing in it."""
    width, height = struct.unpack(">II", data[16:24])
    return encode(np.zeros((height, width, 4), np.uint8))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
