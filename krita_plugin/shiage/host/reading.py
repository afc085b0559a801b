"""Layers, selections and documents into bytes, a band of rows at a time (see ``turns``)."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from ..pixels import Picture
from .colour import Converter, Space, srgb

Read = Callable[[int, int], Any]  # first row, number of rows -> bytes-like
BAND = 1 << 18  # pixels that are read at once
TURN = 0.004  # seconds that a converted or written band should take


@dataclass
class Shot:
    """What was read, and the opacity (0..255) that is still to be applied to it."""

    picture: Picture
    opacity: int = 255


def read_layer(document: Any, node: Any, finished: bool, converter: Converter) -> Generator[Any, None, Shot]:
    """A layer at the image's size.

    Its own pixels, or (``finished``) as Krita shows it: with its masks, layer style and opacity. Groups, vector and
    other layers without pixels of their own are always read as shown.
    """
    width, height = document.width(), document.height()
    if node.type() == "paintlayer" and not finished:
        # A snapshot: the artist may go on drawing while it is read. It shares its pixels until someone changes them.
        still = node.clone()
        picture = yield from _read(
            lambda y, rows: still.pixelData(0, y, width, rows), width, height, Space.of(node), converter
        )
        return Shot(picture)
    picture = yield from _read(
        lambda y, rows: node.projectionPixelData(0, y, width, rows), width, height, Space.of(node), converter
    )
    return Shot(picture, node.opacity())


def read_visible(document: Any, converter: Converter) -> Generator[Any, None, Shot]:
    """The whole image as it is seen."""
    width, height = document.width(), document.height()
    picture = yield from _read(
        lambda y, rows: document.pixelData(0, y, width, rows), width, height, Space.of(document), converter
    )
    return Shot(picture)


def read_selection(document: Any) -> Generator[Any, None, bytes | None]:
    """Coverage at the image's size, one byte a pixel; None where nothing is selected."""
    selection = document.selection()
    if selection is None:
        return None
    width, height = document.width(), document.height()
    coverage, rows = bytearray(), max(1, BAND // width)
    for y in range(0, height, rows):
        coverage += bytes(selection.pixelData(0, y, width, min(rows, height - y)))
        yield
    return bytes(coverage)


def read_drawing(still: Any, at: int, width: int, height: int, converter: Converter) -> Generator[Any, None, Picture]:
    """One drawing of an animated layer (or of a copy of it): the keyframe at time ``at``."""
    # Krita copies the whole drawing at every call, so it is read in few pieces.
    return (
        yield from _read(
            lambda y, rows: still.pixelDataAtTime(0, y, width, rows, at),
            width,
            height,
            Space.of(still),
            converter,
            band=8 * BAND,
        )
    )


def has_paint(picture: Picture) -> Generator[Any, None, bool]:
    """Whether anything is on it."""
    step = BAND * picture.pixel_size
    for start in range(0, len(picture.pixels), step):
        piece = picture.pixels[start : start + step]
        if piece.count(0) != len(piece):
            return True
        yield
    return False


def _read(
    read: Read, width: int, height: int, space: Space, converter: Converter, band: int = BAND
) -> Generator[Any, None, Picture]:
    target = srgb(space.bits)
    # It grows band by band: one large buffer would have to be cleared at once, which takes a while.
    picture = Picture(width, height, space.bits, bytearray(), blue_first=True)
    # How long a conversion takes depends on the profile: begin small and let the band grow.
    rows = max(1, (band if space.direct else BAND // 16) // width)
    y = 0
    while y < height:
        rows = min(rows, height - y)
        began = time.perf_counter()
        data = bytes(read(y, rows))
        if not space.direct:
            data = converter.convert(data, (width, rows), space, target)
        picture.pixels += data
        y += rows
        if not space.direct:
            rows = next_rows(rows, width, time.perf_counter() - began)
        yield
    return picture


def next_rows(rows: int, width: int, took: float) -> int:
    """How many rows of ``width`` pixels the next band should have, given how long ``rows`` took (seconds).

    Never less than a sixteenth of :data:`BAND`, since every call has a price of its own, and never more than that: the
    next one may be slower.
    """
    least, most = max(1, BAND // 16 // width), max(1, BAND // width)
    return max(least, min(2 * rows, most, int(rows * TURN / max(took, 1e-4))))
