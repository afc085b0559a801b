"""Krita's tiles: the pixels of a layer, 64 x 64 at a time.

Krita has no written specification: they are as ``kis_tiled_data_manager.cc`` and ``kis_tile_compressor_2.cpp`` lay them
out (``VERSION 2``). A tile's data is raw pixels behind a byte 0, or behind a byte 1 its bytes plane by plane (all first
bytes of its pixels, then all second ones ...), packed by LibLZF.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput
from ..raster import Raster, Samples
from ._lzf import unpack

# Colour spaces: bytes a sample, and which of its samples are red, green, blue, alpha.
SPACES = {
    "RGBA": (1, (2, 1, 0, 3)),
    "RGBA16": (2, (2, 1, 0, 3)),
    "GRAYA": (1, (0, 0, 0, 1)),
    "GRAYAU16": (2, (0, 0, 0, 1)),
}
_TILE = 64
_HEADER = re.compile(rb"VERSION 2\nTILEWIDTH (\d{1,4})\nTILEHEIGHT (\d{1,4})\nPIXELSIZE (\d{1,3})\nDATA (\d{1,8})\n")
_TILE_HEADER = re.compile(rb"(-?\d{1,8}),(-?\d{1,8}),LZF,(\d{1,8})\n")


def read_tiles(
    data: bytes, ground: bytes, space: str, bounds: tuple[int, int], at: tuple[int, int], where: str
) -> Samples:
    """The layer's pixels on the page, (H, W, 4), in its own colours; ``at``: how far its tiles are moved."""
    depth, order = SPACES[space]
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


def written_tiles(raster: Raster) -> bytes:
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
