"""Bytes of pixels without NumPy: Krita's Python must not load it.

Everything works on whole slices, which Python does at the speed of C, and in pieces small enough that the GUI thread
gets its turn (the interpreter's lock is held during a slice).
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PIECE = 1 << 18  # pixels a slice: about a millisecond
_PARTLY = re.compile(rb"[\x01-\xfe]")


@dataclass
class Picture:
    """sRGB pixels with straight alpha, rows from the top, ``bits`` 8 or 16 (in the machine's order).

    RGBA, as the daemon wants them; BGRA, as Krita keeps whole-number samples, where ``blue_first``.
    """

    width: int
    height: int
    bits: int
    pixels: bytearray
    blue_first: bool = False

    @property
    def pixel_size(self) -> int:
        """Bytes a pixel."""
        return self.bits // 2


def swap_red_and_blue(picture: Picture) -> None:
    """BGRA to RGBA or back, in place."""
    step, pixels, code = picture.pixel_size, picture.pixels, "B" if picture.bits == 8 else "H"
    picture.blue_first = not picture.blue_first
    for start in range(0, len(pixels), PIECE * step):
        end = min(start + PIECE * step, len(pixels))
        piece = array(code, bytes(memoryview(pixels)[start:end]))
        piece[0::4], piece[2::4] = piece[2::4], piece[0::4]
        pixels[start:end] = piece.tobytes()


def to_bits(picture: Picture, bits: int) -> Picture:
    """The same picture with 8 or 16 bits a sample (itself where it has them)."""
    if picture.bits == bits:
        return picture
    made = bytearray()
    for start in range(0, len(picture.pixels), PIECE * picture.pixel_size):
        piece = picture.pixels[start : start + PIECE * picture.pixel_size]
        if bits == 16:
            # A sample v becomes 257 v, so that 255 is 65535: both of its bytes are v.
            wide = bytearray(2 * len(piece))
            wide[0::2] = wide[1::2] = piece
            made += wide
        else:
            made += piece[1 if sys.byteorder == "little" else 0 :: 2]
    return Picture(picture.width, picture.height, bits, made, picture.blue_first)


def fade(pixels: bytearray, bits: int, opacity: int) -> None:
    """Multiply alpha by ``opacity`` (0..255), in place."""
    if opacity >= 255:
        return
    table = bytes((value * opacity + 127) // 255 for value in range(256))
    _change_alpha(pixels, bits, lambda alpha, _: alpha.translate(table))


def cover(pixels: bytearray, bits: int, coverage: bytes) -> None:
    """Multiply alpha by ``coverage`` (one byte a pixel: 0 = out, 255 = in), in place."""
    _change_alpha(pixels, bits, lambda alpha, first: _product(alpha, coverage[first : first + len(alpha)]))


def alpha_of(picture: Picture) -> bytes:
    """The alpha channel, 8 bit."""
    return b"".join(_alpha_pieces(picture))


def see_through(picture: Picture) -> bool:
    """Whether at least a hundredth of the picture is transparent: line art without paper."""
    clear = sum(piece.count(0) for piece in _alpha_pieces(picture))
    return clear * 100 >= picture.width * picture.height


def _alpha_pieces(picture: Picture) -> Iterator[bytes]:
    step = picture.pixel_size
    for start in range(0, len(picture.pixels), PIECE * step):
        yield bytes(picture.pixels[start : start + PIECE * step][step - 1 :: step])


def _change_alpha(pixels: bytearray, bits: int, change: Callable[[bytes, int], bytes]) -> None:
    step = bits // 2
    for start in range(0, len(pixels), PIECE * step):
        end = min(start + PIECE * step, len(pixels))
        # The high byte of a 16-bit sample is its 8-bit value; the low byte takes the same, so that 255 is 65535.
        changed = change(bytes(pixels[start + step - 1 : end : step]), start // step)
        pixels[start + step - 1 : end : step] = changed
        if bits == 16:
            pixels[start + step - 2 : end : step] = changed


def _product(alpha: bytes, coverage: bytes) -> bytes:
    # Where coverage is all or nothing the product is a bitwise "and"; only soft edges need arithmetic.
    both = int.from_bytes(alpha, "little") & int.from_bytes(coverage, "little")
    result = bytearray(both.to_bytes(len(alpha), "little"))
    for found in _PARTLY.finditer(coverage):
        at = found.start()
        result[at] = (alpha[at] * coverage[at] + 127) // 255
    return bytes(result)


def flat(coverage: bytes, colour: tuple[int, int, int]) -> bytearray:
    """RGBA pixels of one ``colour`` (red, green, blue) with ``coverage`` as alpha, 8 bit."""
    pixels = bytearray()
    for start in range(0, len(coverage), PIECE):
        alpha = coverage[start : start + PIECE]
        piece = bytearray(bytes((*colour, 0)) * len(alpha))
        piece[3::4] = alpha
        pixels += piece
    return pixels


def thumbnail(picture: Picture, longest: int) -> Picture:
    """Every n-th pixel, 8 bit, so that no side is above ``longest``."""
    step = max(1, -(-max(picture.width, picture.height) // longest))
    if step == 1 and picture.bits == 8:
        return picture
    size, row = picture.pixel_size, picture.width * picture.pixel_size
    high = 1 if picture.bits == 16 else 0
    made = bytearray()
    columns = range(0, picture.width, step)
    for y in range(0, picture.height, step):
        line = picture.pixels[y * row : (y + 1) * row]
        out = bytearray(4 * len(columns))
        for channel in range(4):
            out[channel::4] = line[channel * size // 4 + high :: size * step]
        made += out
    return Picture(len(columns), -(-picture.height // step), 8, made)
