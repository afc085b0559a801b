"""Values to and from protobuf.

A value's message names its pixels as a blob; whoever calls says how blobs are had (:data:`Fetch`) and kept
(:data:`Put`).
:func:`check_value` needs the message alone: it is what the daemon asks before it takes a request.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from ..errors import BadInput, TooLarge
from ..v1 import values_pb2 as pb
from ..values import Blend, Clip, Colour, Facts, Frame, Mask, Palette, Raster, Regions, Strokes, Swatch, Value
from ..values.limits import check_size
from ..values.raster import Samples
from . import limits
from .strokes import check_strokes, decode_strokes, encode_strokes

Buffer: TypeAlias = bytes | bytearray | memoryview
# Gives a blob's bytes. A writable buffer makes writable arrays, without a copy.
Fetch: TypeAlias = Callable[[pb.Blob], Buffer]
Put: TypeAlias = Callable[[Buffer], pb.Blob]

_SHA = re.compile(r"[0-9a-f]{64}")
# numpy's stubs know no common type of the two.
_SAMPLES: dict[int, Any] = {8: np.dtype(np.uint8), 16: np.dtype("<u2")}


def check_sha(sha: str) -> None:
    """BadInput where ``sha`` is not a SHA-256 in lower-case hex (it becomes a file's name)."""
    if not _SHA.fullmatch(sha):
        raise BadInput("A blob's address is the SHA-256 of its bytes in 64 lower-case hex digits.")


def check_value(value: pb.Value, where: str) -> None:
    """BadInput or TooLarge where the message can't be a value; ``where`` names the input in the sentence."""
    if len(value.name) > limits.LONGEST_NAME:
        raise BadInput(f"A value's name has at most {limits.LONGEST_NAME} characters.", where=where)
    check = _CHECKS.get(value.WhichOneof("kind") or "")
    if check is None:
        raise BadInput("The value is empty.", where=where)
    check(value, where)


def blobs_of(value: pb.Value) -> Iterator[pb.Blob]:
    """The blobs that ``value`` names."""
    kind = value.WhichOneof("kind")
    if kind == "raster":
        yield from _blobs_of_raster(value.raster)
    elif kind == "mask":
        yield value.mask.pixels
    elif kind == "regions":
        yield value.regions.labels
    elif kind == "clip":
        for frame in value.clip.frames:
            yield from _blobs_of_raster(frame.raster)
    elif kind == "strokes":
        yield value.strokes.data


def _blobs_of_raster(raster: pb.Raster) -> Iterator[pb.Blob]:
    yield raster.pixels
    if raster.HasField("profile"):
        yield raster.profile


def decode_value(value: pb.Value, fetch: Fetch, where: str) -> Value:
    """The value that the message stands for; BadInput or TooLarge where it can't be one."""
    check_value(value, where)
    try:
        return _DECODERS[value.WhichOneof("kind") or ""](value, fetch, where)
    except BadInput as error:
        raise error if error.where else BadInput(error.sentence, where=where, hint=error.hint) from error


def encode_value(value: Value, put: Put) -> pb.Value:
    """The message for ``value``, its pixels RAW and kept by ``put``."""
    made = pb.Value(name=_name(value.name))
    if isinstance(value, Raster):
        made.raster.CopyFrom(_encode_raster(value, put))
    elif isinstance(value, Mask):
        width, height = value.size
        made.mask.CopyFrom(pb.Mask(pixels=put(value.pixels.data), encoding=pb.ENCODING_RAW, width=width, height=height))
    elif isinstance(value, Regions):
        width, height = value.size
        labels = np.ascontiguousarray(value.labels, "<i4")
        made.regions.CopyFrom(
            pb.Regions(labels=put(labels.data), width=width, height=height, background=value.background)
        )
    elif isinstance(value, Palette):
        made.palette.CopyFrom(
            pb.Palette(swatches=[pb.Swatch(rgba=_packed(s.colour), name=s.name) for s in value.swatches])
        )
    elif isinstance(value, Clip):
        made.clip.CopyFrom(pb.Clip(fps=value.fps, frames=[_encode_frame(frame, put) for frame in value.frames]))
    elif isinstance(value, Strokes):
        made.strokes.CopyFrom(encode_strokes(value, put))
    else:
        made.facts.CopyFrom(pb.Facts(json=value.to_json()))
    return made


def _encode_frame(frame: Frame, put: Put) -> pb.Frame:
    raster = _encode_raster(frame.raster, put)
    return pb.Frame(time=frame.time, hold=frame.hold, key=frame.key, name=_name(frame.raster.name), raster=raster)


def _name(name: str) -> str:
    # Names come from files, and those may carry lone surrogates.
    return name.encode("utf-8", "replace").decode("utf-8")[: limits.LONGEST_NAME]


def _encode_raster(raster: Raster, put: Put) -> pb.Raster:
    width, height = raster.size
    pixels = np.ascontiguousarray(raster.pixels, _SAMPLES[raster.bits])
    return pb.Raster(
        pixels=put(pixels.data),
        encoding=pb.ENCODING_RAW,
        width=width,
        height=height,
        bits=raster.bits,
        blend=raster.blend,
        opacity=raster.opacity,
        profile=put(raster.profile) if raster.profile else None,
    )


# Checks


def _check_raster(raster: pb.Raster, where: str) -> None:
    if raster.HasField("opacity") and not (math.isfinite(raster.opacity) and 0 <= raster.opacity <= 1):
        raise BadInput(f"A layer's opacity is 0 to 1, not {raster.opacity:g}.", where=where)
    if raster.blend and raster.blend not in set(Blend):
        raise BadInput(f"A layer's blend mode is one of {', '.join(Blend)}, not {raster.blend!r}.", where=where)
    if raster.HasField("profile"):
        _check_blob(raster.profile, where)
    if len(raster.layer) > limits.LONGEST_NAME:
        raise BadInput(f"A layer's name has at most {limits.LONGEST_NAME} characters.", where=where)
    if raster.layer and raster.encoding != pb.ENCODING_FILE:
        raise BadInput("Raw pixels have no layers.", where=where)
    if raster.encoding != pb.ENCODING_RAW:
        _check_file(raster.encoding, raster.pixels, where)
        return
    if raster.bits not in _SAMPLES:
        raise BadInput(f"Raw pixels have 8 or 16 bits, not {raster.bits}.", where=where)
    _check_raw(raster.pixels, raster.width, raster.height, 4 * raster.bits // 8, where)


def _check_mask(value: pb.Value, where: str) -> None:
    mask = value.mask
    if mask.encoding != pb.ENCODING_RAW:
        _check_file(mask.encoding, mask.pixels, where)
    else:
        _check_raw(mask.pixels, mask.width, mask.height, 1, where)


def _check_regions(value: pb.Value, where: str) -> None:
    regions = value.regions
    if len(regions.background) > limits.MOST_BACKGROUND or any(label < 1 for label in regions.background):
        raise BadInput("A region map's background ids are region ids from 1 on.", where=where)
    _check_raw(regions.labels, regions.width, regions.height, 4, where)


def _check_palette(value: pb.Value, where: str) -> None:
    if len(value.palette.swatches) > limits.MOST_SWATCHES:
        raise TooLarge(f"A palette has at most {limits.MOST_SWATCHES} colours.", where=where)
    if any(len(swatch.name) > limits.LONGEST_NAME for swatch in value.palette.swatches):
        raise BadInput(f"A colour's name has at most {limits.LONGEST_NAME} characters.", where=where)


def _check_facts(value: pb.Value, where: str) -> None:
    if len(value.facts.json) > limits.LONGEST_FACTS:
        raise TooLarge(f"Facts have at most {limits.LONGEST_FACTS >> 20} MiB of JSON.", where=where)
    _facts(value, where)


def _check_clip(value: pb.Value, where: str) -> None:
    clip = value.clip
    if not clip.frames:
        raise BadInput("The clip has no frames.", where=where)
    if len(clip.frames) > limits.MOST_FRAMES:
        raise TooLarge(f"A clip has at most {limits.MOST_FRAMES} frames, not {len(clip.frames)}.", where=where)
    if not (math.isfinite(clip.fps) and clip.fps > 0):
        raise BadInput(f"A clip's rate is above 0 frames a second, not {clip.fps:g}.", where=where)
    for index, frame in enumerate(clip.frames):
        _check_raster(frame.raster, f"{where} frame {index + 1}".strip())
        if not math.isfinite(frame.time) or not math.isfinite(frame.hold) or frame.hold <= 0:
            raise BadInput(f"Frame {index + 1} needs a time and a hold above 0.", where=where)
    if any(later.time <= earlier.time for earlier, later in pairwise(clip.frames)):
        raise BadInput("The frames of a clip stand in the order of their times, no two at one time.", where=where)


def _check_strokes(value: pb.Value, where: str) -> None:
    _check_blob(value.strokes.data, where)
    check_strokes(value.strokes, where)


def _check_file(encoding: int, blob: pb.Blob, where: str) -> None:
    if encoding != pb.ENCODING_FILE:
        raise BadInput("The pixels' encoding is neither RAW nor FILE.", where=where)
    _check_blob(blob, where)
    if blob.size == 0:
        raise BadInput("The picture file is empty.", where=where)


def _check_raw(blob: pb.Blob, width: int, height: int, pixel: int, where: str) -> None:
    check_size(width, height, where)
    _check_blob(blob, where)
    if blob.size != width * height * pixel:
        raise BadInput(
            f"{width} x {height} raw pixels are {width * height * pixel} bytes, but the blob has {blob.size}.",
            where=where,
        )


def _check_blob(blob: pb.Blob, where: str) -> None:
    try:
        check_sha(blob.sha256)
    except BadInput as error:
        raise BadInput(error.sentence, where=where) from error
    if blob.size > limits.LARGEST_BLOB:
        raise TooLarge(f"A blob has at most {limits.LARGEST_BLOB >> 20} MiB.", where=where)


_CHECKS: dict[str, Callable[[pb.Value, str], None]] = {
    "raster": lambda value, where: _check_raster(value.raster, where),
    "mask": _check_mask,
    "regions": _check_regions,
    "palette": _check_palette,
    "facts": _check_facts,
    "clip": _check_clip,
    "strokes": _check_strokes,
}


# Decoders: after the checks, with the bytes at hand


def _bytes_of(blob: pb.Blob, fetch: Fetch, where: str) -> Buffer:
    data = fetch(blob)
    if len(data) != blob.size:
        raise BadInput(f"The blob has {len(data)} bytes, not the {blob.size} that the request says.", where=where)
    return data


def _decode_raster(raster: pb.Raster, name: str, fetch: Fetch, where: str) -> Raster:
    data = _bytes_of(raster.pixels, fetch, where)
    opacity = raster.opacity if raster.HasField("opacity") else 1.0
    blend = Blend(raster.blend or Blend.NORMAL)
    profile = bytes(_bytes_of(raster.profile, fetch, where)) if raster.HasField("profile") else b""
    if raster.encoding == pb.ENCODING_FILE:
        from ..values.files import decode_picture

        read = decode_picture(bytes(data), where, layer=raster.layer)
        return Raster(read.pixels, name or read.name, blend, opacity, profile or read.profile, read.pages)
    pixels = np.frombuffer(data, _SAMPLES[raster.bits]).reshape(raster.height, raster.width, 4)
    native: Any = np.uint8 if raster.bits == 8 else np.uint16
    samples: Samples = pixels.astype(native, copy=False)
    return Raster(samples, name, blend, opacity, profile)


def _decode_mask(value: pb.Value, fetch: Fetch, where: str) -> Mask:
    mask = value.mask
    data = _bytes_of(mask.pixels, fetch, where)
    if mask.encoding == pb.ENCODING_FILE:
        from ..values.files import decode_mask

        read = decode_mask(bytes(data), where)
        return Mask(read.pixels, value.name or read.name)
    return Mask(np.frombuffer(data, np.uint8).reshape(mask.height, mask.width), value.name)


def _decode_regions(value: pb.Value, fetch: Fetch, where: str) -> Regions:
    regions = value.regions
    data = _bytes_of(regions.labels, fetch, where)
    labels = np.frombuffer(data, "<i4").reshape(regions.height, regions.width).astype(np.int32, copy=False)
    if int(labels.min()) < 0:
        raise BadInput("A region map has a negative id.", where=where)
    return Regions(labels, tuple(regions.background), value.name)


def _decode_palette(value: pb.Value, fetch: Fetch, where: str) -> Palette:
    return Palette(tuple(Swatch(_unpacked(s.rgba), s.name) for s in value.palette.swatches), value.name)


def _facts(value: pb.Value, where: str) -> Facts:
    try:
        facts = Facts.from_json(value.facts.json, value.name)
        facts.to_json()  # Python's parser takes NaN and Infinity; JSON does not.
    except (ValueError, RecursionError) as error:
        raise BadInput("The facts are not a JSON object.", where=where) from error
    return facts


def _decode_facts(value: pb.Value, fetch: Fetch, where: str) -> Facts:
    return _facts(value, where)


def _decode_clip(value: pb.Value, fetch: Fetch, where: str) -> Clip:
    frames = tuple(
        Frame(
            frame.time,
            _decode_raster(frame.raster, frame.name, fetch, f"{where} frame {index + 1}"),
            frame.hold,
            frame.key,
        )
        for index, frame in enumerate(value.clip.frames)
    )
    return Clip(frames, value.clip.fps, value.name)


def _decode_strokes(value: pb.Value, fetch: Fetch, where: str) -> Strokes:
    return decode_strokes(value.strokes, value.name, _bytes_of(value.strokes.data, fetch, where))


_DECODERS: dict[str, Callable[[pb.Value, Fetch, str], Value]] = {
    "raster": lambda value, fetch, where: _decode_raster(value.raster, value.name, fetch, where),
    "mask": _decode_mask,
    "regions": _decode_regions,
    "palette": _decode_palette,
    "facts": _decode_facts,
    "clip": _decode_clip,
    "strokes": _decode_strokes,
}


def _packed(colour: Colour) -> int:
    return colour.red << 24 | colour.green << 16 | colour.blue << 8 | colour.alpha


def _unpacked(rgba: int) -> Colour:
    return Colour(rgba >> 24, rgba >> 16 & 255, rgba >> 8 & 255, rgba & 255)
