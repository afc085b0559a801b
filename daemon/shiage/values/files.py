"""Picture files in and out. Everything that comes from outside is checked here, before a pixel is decoded."""

from __future__ import annotations

import contextlib
import io
import os
import re
import secrets
import stat
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from ..errors import BadInput, TooLarge
from ._colour_spaces import wide_from_srgb, wide_to_srgb
from .documents import SUFFIXES as DOCUMENT_SUFFIXES
from .documents import decode_document, looks_layered
from .facts import Facts
from .limits import MOST_PIXELS, check_size
from .palette import Palette
from .profiles import fits, from_srgb, is_srgb, png_with_profile, tiff_with_profile, to_srgb
from .raster import Mask, Raster, Samples
from .regions import Regions

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "TGA")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".tga")
READ_SUFFIXES = (*PICTURE_SUFFIXES, *DOCUMENT_SUFFIXES)

_SUBFILE, _SMALLER = 254, 1  # the TIFF tag that says what a page is, and its bit for a smaller copy

# Taken before ultralytics replaces it by one that tries to install packages for a file that it can't read.
_open = Image.open
Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # Pillow's own guard, else at two thirds of ours

# The largest picture at 16 bit, uncompressed; as much as the daemon takes.
LARGEST_FILE = 2 << 30
_LONGEST = 200  # bytes of a name that a temporary one keeps
_HEAD = 4096  # bytes of a file by which we know our own
# How often a file that changes under us is read again.
_LOOKS = 3
_READABLE = "Save it as PNG, JPEG, WebP, TIFF, BMP or TGA."
_LAYERLESS = "Name layers of .ora, .kra and .psd alone."
_EIGHT_BIT_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}


def read_picture(path: Path, layer: str = "") -> Raster:
    """The picture in a file, named after it. See :func:`decode_picture`."""
    return decode_picture(read_bytes(path), where=str(path), name=path.stem, layer=layer)


def read_bytes(path: Path) -> bytes:
    """A file's bytes as they were at one moment, or what comes through a pipe until it ends.

    BadInput where it can't be read, or is written to all the while; TooLarge where Shiage takes nothing so large.
    """
    try:
        status = path.stat()
        if stat.S_ISFIFO(status.st_mode):
            return _read_pipe(path)
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "a device"
            raise BadInput(f"can't be read: it is {what}.", where=str(path), hint="Name a file.")
        if status.st_size > LARGEST_FILE:
            raise _too_large(path)
        for _ in range(_LOOKS):
            with path.open("rb") as file:
                before = _stamp(file)
                data = file.read()
                if _stamp(file) == before:
                    return data
        raise BadInput("is being written by another program.", where=str(path), hint="Try again when it is saved.")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInput(
            f"can't be read: {reason}.", where=str(path), hint="Check the name and the permissions."
        ) from error


def _read_pipe(path: Path) -> bytes:
    data = bytearray()
    with path.open("rb") as pipe:
        while part := pipe.read(1 << 20):
            data += part
            if len(data) > LARGEST_FILE:
                raise _too_large(path)
    return bytes(data)


def _too_large(path: Path) -> TooLarge:
    return TooLarge(f"The file is larger than the {LARGEST_FILE >> 20:,} MiB that are taken.", where=str(path))


def _stamp(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_mtime_ns, status.st_size


def decode_picture(data: bytes, where: str = "", name: str = "", layer: str = "") -> Raster:
    """A picture file's bytes as a Raster: 8-bit, or 16-bit where the file has 16; sRGB; upright; straight alpha.

    Grey, indexed, CMYK and profiled pictures are converted; the first frame of several is taken; of a layered document
    what shows, or its ``layer``. BadInput or TooLarge, in one sentence, for everything else: not a picture, truncated,
    empty, too large, floating point.
    """
    if looks_layered(data):
        return decode_document(data, where, name, layer)
    if layer:
        raise BadInput(f"has no layers, and so none named '{layer}'.", where=where, hint=_LAYERLESS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # check_size is stricter
        warnings.simplefilter("ignore", UserWarning)  # remarks on metadata that we don't use
        try:
            with _open(io.BytesIO(data), formats=FORMATS) as image:
                check_size(*image.size, where)
                return _decode(image, data, where, name)
        except Image.DecompressionBombError as error:
            raise TooLarge("The picture claims far too many pixels.", where=where, hint="Scale it down.") from error
        except UnidentifiedImageError as error:
            kind = "an empty file" if not data else "not a picture that Shiage can read"
            raise BadInput(f"This is {kind}.", where=where, hint=_READABLE) from error
        except (BadInput, TooLarge):
            raise
        except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError) as error:
            raise BadInput(
                f"The picture is damaged or cut off ({error}).", where=where, hint="Save or copy it again."
            ) from error


def picture_size(source: bytes | Path) -> tuple[int, int] | None:
    """Width and height as a picture's head says them, upright, without its pixels; None where it says none."""
    try:
        with (
            source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file,
            _open(file, formats=FORMATS) as image,
        ):
            width, height = image.size
            # Of a PNG that has none in its head, Pillow would look behind the pixels.
            turned = image.getexif().get(0x0112, 1) >= 5 if image.format != "PNG" or "exif" in image.info else False
            return (height, width) if turned else (width, height)
    except Exception:
        # Whatever is wrong with it is said by whoever wants its pixels.
        return None


def _decode(image: Image.Image, data: bytes, where: str, name: str) -> Raster:
    mode = image.mode
    profile = image.info.get("icc_profile") or b""
    orientation = image.getexif().get(0x0112, 1)
    pages = _pages(image)
    image.load()  # raises on a truncated file, which OpenCV would half decode
    if mode in ("F", "I") and image.format == "TIFF":
        raise BadInput("The picture has 32-bit samples.", where=where, hint="Save it with 8 or 16 bits a channel.")
    wide = _decode_16bit(data) if _has_16_bits(image, data) else None
    if wide is not None:
        pixels: Samples = _wide_in_srgb(wide, profile, where)
    elif mode in _EIGHT_BIT_MODES:
        image = ImageOps.exif_transpose(image)
        pixels = np.array(to_srgb(image, profile), dtype=np.uint8)
    else:
        raise BadInput(f"Pictures of the kind '{mode}' are not taken.", where=where, hint=_READABLE)
    if wide is not None and orientation != 1:
        pixels = _upright(pixels, orientation)
    return Raster(pixels, name=name, profile=bytes(profile), pages=pages)


def _pages(image: Image.Image) -> int:
    """How many pictures a file holds that an artist would miss: not a TIFF's smaller copies of its own."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        # A phone's JPEG holds what it needs for depth and glare besides.
        return int(getattr(image, "n_frames", 1)) if image.format in ("PNG", "WEBP") else 1
    pages = 1
    try:
        for page in range(1, image.n_frames):
            image.seek(page)
            pages += not int(image.tag_v2.get(_SUBFILE, 0)) & _SMALLER
    except (OSError, SyntaxError, ValueError, EOFError, KeyError, TypeError):
        pass  # what is behind the first picture is damaged, and nobody asked for it
    finally:
        image.seek(0)
    return pages


def _wide_in_srgb(pixels: NDArray[np.uint16], profile: bytes, where: str) -> NDArray[np.uint16]:
    return wide_to_srgb(pixels, profile, where) if profile and not is_srgb(profile) else pixels


def to_picture(pixels: Samples, profile: bytes, where: str) -> Raster:
    """(H, W, 4) pixels in the colours of ``profile`` (none: sRGB) as a picture that remembers it."""
    if not fits(profile):
        return Raster(pixels)
    if pixels.dtype == np.uint16:
        return Raster(_wide_in_srgb(pixels.astype(np.uint16, copy=False), profile, where), profile=profile)
    return Raster(np.array(to_srgb(Image.fromarray(pixels, "RGBA"), profile), np.uint8), profile=profile)


def from_picture(raster: Raster, profile: bytes) -> Samples:
    """A picture's pixels in the colours of ``profile``: the way back."""
    if not fits(profile) or is_srgb(profile):
        return raster.pixels
    if raster.pixels.dtype == np.uint16:
        return wide_from_srgb(raster.pixels.astype(np.uint16, copy=False), profile)
    return np.array(from_srgb(Image.fromarray(raster.pixels, "RGBA"), profile), np.uint8)


def _has_16_bits(image: Image.Image, data: bytes) -> bool:
    if image.format == "PNG":
        return data[24] == 16  # the bit depth in the header chunk, which Pillow does not tell
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return bool(max(image.tag_v2.get(258, (1,))) == 16)  # BitsPerSample
    return False


def _decode_16bit(data: bytes) -> NDArray[np.uint16]:
    """(H, W, 4) uint16 from a file that has 16 bits a sample: Pillow would give 8."""
    raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if raw is None or raw.dtype != np.uint16:
        raise ValueError("its 16-bit samples can't be decoded")
    if raw.ndim == 2 or raw.shape[2] == 1:
        grey = raw.reshape(raw.shape[:2])
        return np.dstack([grey, grey, grey, np.full_like(grey, 65535)])
    if raw.shape[2] == 3:
        return np.asarray(cv2.cvtColor(raw, cv2.COLOR_BGR2RGBA), np.uint16)
    return np.asarray(cv2.cvtColor(raw, cv2.COLOR_BGRA2RGBA), np.uint16)


def _upright(pixels: Samples, orientation: int) -> Samples:
    """Apply an EXIF orientation (2..8), as ImageOps.exif_transpose does for 8 bit."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def decode_mask(data: bytes, where: str = "", name: str = "", layer: str = "") -> Mask:
    """A picture file's bytes as a Mask: its alpha where it has one, else its luminance."""
    pixels = decode_picture(data, where, layer=layer).to_8bit()
    if pixels[..., 3].min() < 255:
        return Mask(np.ascontiguousarray(pixels[..., 3]), name)
    return Mask(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2GRAY), np.uint8), name)


def picture_channels(data: bytes | bytearray | memoryview) -> int:
    """How many channels a picture file has that Pillow knows: 1, 2 (grey with alpha), 3 or 4; else 4."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return 4 if picture.mode in ("P", "CMYK") or "transparency" in picture.info else len(picture.getbands())
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return 4


def encode_picture(
    raster: Raster, suffix: str = ".png", *, flatten: bool = False, profile: bytes = b"", channels: int = 4
) -> bytes:
    """A Raster as the bytes of a picture file, the same bytes for the same pixels.

    ``flatten`` lays it on white; JPEG and BMP, which have no alpha, always are. 16 bits are kept by PNG and TIFF.
    ``profile``: an ICC profile that the file shall have (BMP and TGA can't); colours are converted to it. ``channels``:
    of a PNG or TIFF without profile: 1 is the red one alone, 3 leaves alpha away.
    """
    suffix = suffix.lower()
    if suffix not in PICTURE_SUFFIXES:
        raise BadInput(f"'{suffix}' is not a kind of picture that Shiage writes.", hint=_READABLE)
    pixels: Samples = raster.pixels
    if flatten or suffix in (".jpg", ".jpeg", ".bmp"):
        pixels = on_white(pixels)
    if suffix in (".bmp", ".tga") or not fits(profile):
        profile = b""
    if channels in (1, 3) and not profile and suffix in (".png", ".tif", ".tiff"):
        return _encode_cv2(pixels[..., 0] if channels == 1 else np.ascontiguousarray(pixels[..., 2::-1]), suffix)
    if pixels.dtype == np.uint16 and suffix in (".png", ".tif", ".tiff"):
        return _encode_16bit(pixels, suffix, profile)
    picture = Image.fromarray(Raster(pixels).to_8bit(), "RGBA")
    return _encode_pillow(from_srgb(picture, profile) if profile else picture, suffix, profile)


def _encode_16bit(pixels: Samples, suffix: str, profile: bytes) -> bytes:
    if profile and not is_srgb(profile):
        pixels = wide_from_srgb(pixels.astype(np.uint16, copy=False), profile)
    data = _encode_cv2(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA), np.uint16), suffix)
    if not profile:
        return data
    return png_with_profile(data, profile) if suffix == ".png" else tiff_with_profile(data, profile)


def _encode_pillow(picture: Image.Image, suffix: str, profile: bytes) -> bytes:
    out = io.BytesIO()
    icc = {"icc_profile": profile} if profile else {}
    if suffix == ".png":
        picture.save(out, "PNG", compress_level=4, **icc)
    elif suffix == ".webp":
        picture.save(out, "WEBP", lossless=True, quality=50, method=2, exact=True, **icc)
    elif suffix in (".jpg", ".jpeg"):
        picture.convert("RGB").save(out, "JPEG", quality=95, subsampling=0, **icc)
    elif suffix in (".tif", ".tiff"):
        picture.save(out, "TIFF", compression="tiff_adobe_deflate", **icc)
    elif suffix == ".tga":
        picture.save(out, "TGA")
    else:
        picture.convert("RGB").save(out, "BMP")
    return out.getvalue()


def _encode_cv2(pixels: NDArray[np.integer[Any]], suffix: str) -> bytes:
    done, data = cv2.imencode(suffix, pixels)
    if not done:
        raise BadInput(f"This picture can't be written as {suffix}.", hint="Choose .png.")
    return data.tobytes()


def on_white(pixels: Samples) -> Samples:
    """``pixels`` (H, W, 4) laid on white: the same shape and type, opaque."""
    top = np.iinfo(pixels.dtype).max
    alpha = pixels[..., 3:].astype(np.uint64)
    colour = (pixels[..., :3] * alpha + (top - alpha) * top + top // 2) // top
    opaque = np.full_like(pixels[..., 3:], top)
    return np.concatenate([colour.astype(pixels.dtype), opaque], axis=2)


def encode_regions(regions: Regions) -> bytes:
    """A label map as a 16-bit grey PNG."""
    if regions.count > 65_535:
        raise TooLarge(f"There are {regions.count:,} regions; a 16-bit PNG holds 65,535.", hint="Give a larger gap.")
    return _encode_cv2(regions.labels.astype(np.uint16), ".png")


def encode_mask(mask: Mask) -> bytes:
    """A mask as an 8-bit grey PNG."""
    return _encode_cv2(mask.pixels, ".png")


def encode_palette(palette: Palette) -> bytes:
    """A palette as JSON: ``{"colours": [{"name": ..., "colour": "#rrggbb"}]}``."""
    colours = [{"name": swatch.name, "colour": str(swatch.colour)} for swatch in palette.swatches]
    return Facts({"colours": colours}).to_json(indent=1).encode() + b"\n"


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: a temporary name beside it, then a rename."""
    temporary = path.with_name(f"{_temporary(path.name)}{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def nearest_place(path: Path) -> Path:
    """What there is already on the way to ``path``: the last of its parents that exists."""
    return next(place for place in path.absolute().parents if place.exists())


def check_ours(path: Path, suffixes: Sequence[str], mark: str, what: str) -> None:
    """BadInput where ``path`` is no place for ``what``: it has none of the ``suffixes``, nothing can be written there,
    or a file is there that another made; ours have the ``mark`` among their first characters.
    """
    if path.suffix.lower() not in suffixes:
        raise BadInput(f"is no name for {what}.", where=str(path), hint=f"Let it end in {' or '.join(suffixes)}.")
    place = nearest_place(path)
    if not place.is_dir() or (path.exists() and not path.is_file()):
        raise BadInput("can't be written: something else is in its way.", where=str(path), hint="Name another.")
    if not os.access(place, os.W_OK):
        raise BadInput("can't be written.", where=str(path), hint=f"{place} may not be written to.")
    if path.exists():
        try:
            with path.open("rb") as file:
                begins = file.read(_HEAD)
        except OSError as error:
            raise unwritable(path, error) from error
        if mark.encode() not in begins:
            raise BadInput(f"is there already, and is not {what} of Shiage's.", where=str(path), hint="Name another.")


def _temporary(name: str) -> str:
    """How the temporary name begins: no longer than a file system takes, however long the name is."""
    return f".{os.fsdecode(os.fsencode(name)[:_LONGEST])}."


def half_written(paths: Iterable[Path]) -> Iterator[Path]:
    """What :func:`write_bytes` left of these, where its process was killed. Only for who alone writes there."""
    begun: dict[Path, set[str]] = {}
    for path in paths:
        begun.setdefault(path.parent, set()).add(_temporary(path.name))
    for folder, beginnings in begun.items():
        with contextlib.suppress(OSError):
            for left in folder.glob(".*.part"):
                head = re.fullmatch(r"(\..*\.)[0-9a-f]{8}\.part", left.name, re.DOTALL)
                if head and head[1] in beginnings and not left.is_symlink():
                    yield left


def unwritable(path: Path, error: OSError) -> BadInput:
    """Why nothing could be written to ``path``, as a sentence."""
    reason = error.strerror or type(error).__name__
    return BadInput(
        f"can't be written: {reason}.", where=str(path), hint="Check the folder, its permissions and the disk."
    )
