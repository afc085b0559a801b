"""Colour profiles (ICC): pictures come in as sRGB, and go out in the profile that their file had."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageCms

_TIFF_PROFILE = 34675
_UNDEFINED = 7


def is_srgb(profile: bytes) -> bool:
    """Whether there is nothing to convert: the profile is sRGB, or can't be read."""
    try:
        name = ImageCms.getProfileDescription(_opened(profile))
    except (ImageCms.PyCMSError, OSError):
        return True
    return "srgb" in name.lower()


def fits(profile: bytes) -> bool:
    """Whether a colour picture can be written in this profile: it is one of red, green and blue, and whole."""
    try:
        return bool(profile) and _opened(profile).profile.xcolor_space.strip() == "RGB"
    except (ImageCms.PyCMSError, OSError):
        return False


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """``image`` in the colours of ``profile`` as RGBA in sRGB; a profile that does not fit it is passed over."""
    if image.mode in ("P", "PA", "1", "LA", "RGBX") or (image.mode == "L" and "transparency" in image.info):
        image = image.convert("RGBA")
    if not profile or is_srgb(profile):
        return image.convert("RGBA")
    return _converted(image, _opened(profile), _srgb())


def from_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """An RGBA ``image`` in sRGB as RGBA in the colours of ``profile``, which :func:`fits`."""
    if is_srgb(profile):
        return image
    return _converted(image, _srgb(), _opened(profile))


def _converted(
    image: Image.Image,
    source: ImageCms.ImageCmsProfile,
    target: ImageCms.ImageCmsProfile,
) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    plain = image.convert("RGB") if image.mode == "RGBA" else image
    try:
        done = ImageCms.profileToProfile(
            plain,
            source,
            target,
            # What is in both gamuts comes back as it was; perceptual intents would move it.
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError):
        done = None  # a profile that does not fit its picture: the numbers are taken as they are
    if done is None:
        return image.convert("RGBA")
    converted = done.convert("RGBA")
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def srgb_profile() -> bytes:
    """An ICC profile of sRGB, the same bytes each time."""
    made = _srgb().tobytes()
    # LittleCMS writes the day of its making into the head.
    return bytes(made[:24]) + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + bytes(made[36:])


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _opened(profile: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


def png_with_profile(data: bytes, profile: bytes) -> bytes:
    """A PNG file with the profile in it: an iCCP chunk behind the header (PNG specification, 11.3.2.3)."""
    body = b"ICC profile\0\0" + zlib.compress(profile)
    chunk = struct.pack(">I", len(body)) + b"iCCP" + body + struct.pack(">I", zlib.crc32(b"iCCP" + body))
    header = 8 + 25
    return data[:header] + chunk + data[header:]


def tiff_with_profile(data: bytes, profile: bytes) -> bytes:
    """A little- or big-endian TIFF file with the profile as tag 34675: its directory is written again at the end."""
    order = "<" if data[:2] == b"II" else ">"
    (start,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, start)
    entries = [data[start + 2 + 12 * n : start + 14 + 12 * n] for n in range(count)]
    following = data[start + 2 + 12 * count : start + 6 + 12 * count]
    padded = data + b"\0" * (len(data) % 2)
    entry = struct.pack(order + "HHII", _TIFF_PROFILE, _UNDEFINED, len(profile), len(padded))
    entries = sorted([*entries, entry], key=lambda e: struct.unpack_from(order + "H", e)[0])
    padded += profile + b"\0" * (len(profile) % 2)
    directory = struct.pack(order + "H", len(entries)) + b"".join(entries) + following
    return padded[:4] + struct.pack(order + "I", len(padded)) + padded[8:] + directory
