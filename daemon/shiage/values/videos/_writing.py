"""Pictures as a video, whole or not at all.

======  =================================================================================================
.mkv    FFV1: lossless, RGB with alpha, 8, 10, 12 or 16 bit
.mov    ProRes 4444 with alpha, 10 bit: what studios hand over; not lossless, nothing that an eye finds
.mp4    H.264, constant quality 10 (nothing that an eye finds), 8 or 10 bit, on white; for looking at
======  =================================================================================================
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ...errors import BadInput
from ..raster import Raster
from ._probe import FULL, LIMITED, RGB, Colours, Video
from ._reading import _ROWS, _SCALER, rgb_matrix
from ._sound import FORMATS, Sound, sound_of

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

WRITTEN = (".mkv", ".mov", ".mp4")
_SRGB_PRIMARIES = 1


@dataclass(frozen=True)
class Film:
    """What a video is to be like, beside its pictures. ``unit``: of the frames' stamps, in seconds.

    ``colours``: for .mp4 and .mov, which hold no RGB. ``sound``: the video whose sound it gets; ``begin`` and
    ``end``: its part, in seconds, moved to the beginning; None: all of it, where it is.
    """

    rate: Fraction = Fraction(24)
    unit: Fraction = Fraction(1, 24)
    depth: int = 8
    chroma: str = "420"
    colours: Colours = field(default_factory=lambda: Colours(1, LIMITED, _SRGB_PRIMARIES, 1))
    aspect: Fraction = Fraction(1)
    sound: Video | None = None
    begin: Fraction | None = None
    end: Fraction | None = None


def is_written(path: Path | str) -> bool:
    """Whether a name is that of a video that can be written."""
    return Path(path).suffix.lower() in WRITTEN


def write_video(path: Path, frames: Iterable[tuple[int, int, Raster]], film: Film) -> None:
    """Write ``frames`` (stamp, duration, picture), all of one size, as the video that ``path`` names.

    It has its name when it is whole and on the disk. BadInput where it can't be written, or sizes differ.
    """
    from av.error import FFmpegError

    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(temporary, path.suffix.lower(), frames, film)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except FFmpegError as error:
        # Some of them are system errors, too.
        if isinstance(error, OSError) and error.errno and error.errno < 200:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise BadInput(f"can't be written: {error.strerror}.", where=str(path), hint="Name a .mkv.") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _write(path: Path, suffix: str, frames: Iterable[tuple[int, int, Raster]], film: Film) -> None:
    import av
    from av.container.core import Flags

    with contextlib.ExitStack() as open_, av.open(f"file:{path}", "w", format=FORMATS[suffix]) as out:
        # The same bytes for the same frames.
        out.flags |= int(Flags.bitexact.value)  # type: ignore[call-overload]  # a plain int, its stub says
        stream: VideoStream | None = None
        sound = Sound(iter(()))
        size = (0, 0)
        for stamp, duration, raster in frames:
            if stream is None:
                size = raster.size
                stream = _stream(out, suffix, size, film)
                sound = sound_of(open_, out, suffix, film)
            elif raster.size != size:
                raise BadInput(
                    f"is {raster.size[0]} x {raster.size[1]}, the first frame {size[0]} x {size[1]}.",
                    where=raster.name,
                    hint="Frames of one video have one size: write them into a folder.",
                )
            frame = _frame(raster, str(stream.pix_fmt), film)
            frame.pts, frame.duration, frame.time_base = stamp, duration, film.unit
            out.mux(stream.encode(frame))
            sound.until(out, stamp * film.unit)
        if stream is None:
            raise BadInput("There are no frames.", where=str(path))
        out.mux(stream.encode(None))
        sound.until(out, None)


def _stream(out: OutputContainer, suffix: str, size: tuple[int, int], film: Film) -> VideoStream:
    codec, layout, options = _codec(suffix, size, film)
    stream: Any = out.add_stream(codec, rate=film.rate, options=options)
    stream.width, stream.height, stream.pix_fmt = *size, layout
    context = stream.codec_context
    context.time_base = film.unit
    # From one thread, a file has the same bytes on every machine.
    context.thread_count = 1
    context.sample_aspect_ratio = film.aspect
    rgb = layout.startswith(("gbr", "bgr"))
    colours = film.colours if rgb else _as_coded(film)
    context.colorspace = RGB if rgb else colours.matrix
    context.color_range = FULL if rgb else colours.range
    context.color_primaries = film.colours.primaries
    context.color_trc = film.colours.transfer
    return cast("VideoStream", stream)


def _as_coded(film: Film) -> Colours:
    """What luma and chroma are coded by and tagged with: RGB has none of its own."""
    if film.colours.matrix != RGB:
        return film.colours
    usual = Film().colours
    return replace(film.colours, matrix=usual.matrix, range=usual.range)


def _codec(suffix: str, size: tuple[int, int], film: Film) -> tuple[str, str, dict[str, str]]:
    """The encoder, how it wants its pixels, and its options."""
    if suffix == ".mkv":
        layout = "bgra" if film.depth <= 8 else f"gbrap{next(n for n in (10, 12, 16) if film.depth <= n)}le"
        return "ffv1", layout, {"level": "3", "slicecrc": "1", "g": "1"}
    if suffix == ".mov":
        return "prores_ks", "yuva444p10le", {"profile": "4444", "alpha_bits": "16"}
    # 4:2:0 can't have odd sides.
    chroma = "444" if film.colours.matrix == RGB or size[0] % 2 or size[1] % 2 else film.chroma
    layout = f"yuv{chroma}p" + ("10le" if film.depth > 8 else "")
    # x264's faster kernels read a little memory that nobody wrote: cpu-independent ones give the same bytes everywhere.
    return "libx264", layout, {"crf": "10", "preset": "medium", "x264-params": "cpu-independent=1"}


def _frame(raster: Raster, layout: str, film: Film) -> VideoFrame:
    from av.video.frame import VideoFrame
    from av.video.reformatter import Interpolation, VideoReformatter

    pixels: Any = raster.pixels if "10" in layout or layout.startswith("gbr") else raster.to_8bit()
    if layout.startswith("yuv4"):
        from ..files import on_white

        pixels = on_white(pixels)
    if layout == "bgra":
        return VideoFrame.from_ndarray(np.ascontiguousarray(pixels[..., [2, 1, 0, 3]]), format="bgra")
    if layout.startswith("gbrap"):
        return VideoFrame.from_ndarray(_scaled(pixels, int(layout[5:-2])), format=layout)
    colours = _as_coded(film)
    wide = "10" in layout
    frame = _as_yuv(pixels, colours) if wide else VideoFrame.from_ndarray(pixels, format="rgba")
    return VideoReformatter().reformat(
        frame,
        format=layout,
        src_colorspace=_SCALER[colours.matrix],
        dst_colorspace=_SCALER[colours.matrix],
        src_color_range=colours.range if wide else FULL,
        dst_color_range=colours.range,
        interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP,
        threads=1,
    )


def _as_yuv(pixels: Any, colours: Colours) -> VideoFrame:
    """Pixels as 4:4:4 of 16 bits: libswscale takes RGB there with an error of 8 bits."""
    from av.video.frame import VideoFrame

    height, width = pixels.shape[:2]
    full = int(np.iinfo(pixels.dtype).max)
    planes = np.empty((height, width, 4), np.uint16)
    matrix = np.linalg.inv(rgb_matrix(colours.matrix))
    limited = colours.range != FULL
    low, luma, chroma = (16 * 256, 219 * 256, 224 * 256) if limited else (0, 65535, 65535)
    for top in range(0, height, _ROWS):
        part = pixels[top : top + _ROWS].astype(np.float32) / full
        yuv = part[..., :3] @ matrix.T
        planes[top : top + _ROWS, :, 0] = np.rint(yuv[..., 0] * luma + low)
        planes[top : top + _ROWS, :, 1:3] = np.clip(np.rint(yuv[..., 1:] * chroma + 32768), 0, 65535)
        planes[top : top + _ROWS, :, 3] = np.rint(part[..., 3] * 65535)
    return VideoFrame.from_ndarray(planes, format="yuva444p16le", channel_last=True)


def _scaled(pixels: Any, bits: int) -> Any:
    """Samples of 8 or 16 bits as samples of so many, rounded."""
    full = int(np.iinfo(pixels.dtype).max)
    most = (1 << bits) - 1
    return ((pixels.astype(np.uint32) * most + full // 2) // full).astype(np.uint16)
