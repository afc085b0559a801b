"""Videos of the tests' own, made frame by frame from YUV numbers, so that what their colours mean is known."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

SIZE = (96, 64)
# Luma weights of red and blue (ITU-T H.273): BT.709, BT.601, BT.2020.
WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def yuv(colour: Sequence[int], matrix: int, full: bool, bits: int) -> tuple[int, int, int]:
    """An 8-bit RGB colour as it stands in a video (ITU-T H.273, 8.3)."""
    red, green, blue = (value / 255 for value in colour)
    kr, kb = WEIGHTS[matrix]
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / 2 / (1 - kb), (red - luma) / 2 / (1 - kr)
    half, most, scale = 1 << (bits - 1), (1 << bits) - 1, 1 << (bits - 8)
    if full:
        return round(luma * most), min(round(cb * most) + half, most), min(round(cr * most) + half, most)
    return round((16 + 219 * luma) * scale), round(224 * cb * scale) + half, round(224 * cr * scale) + half


def plain_frame(
    colour: Sequence[int], matrix: int = 1, full: bool = False, layout: str = "yuv420p", size: Any = SIZE
) -> Any:
    """A frame of one colour."""
    frame = av.VideoFrame(*size, layout)
    bits = 10 if "10" in layout else 8
    kind = np.uint16 if bits == 10 else np.uint8
    for plane, value in zip(frame.planes, yuv(colour, matrix, full, bits)):
        row = plane.line_size // np.dtype(kind).itemsize
        plane.update(np.full((plane.height, row), value, kind).tobytes())
    return frame


def film(
    path: Path,
    frames: Sequence[Any],
    stamps: Sequence[int],
    *,
    unit: Fraction = Fraction(1, 24000),
    matrix: int = 1,
    full: bool = False,
    transfer: int = 1,
    sound: bool = False,
    rotation: int = 0,
    codec: str = "libx264",
    reordered: bool = False,
) -> Path:
    """Write a video, losslessly; with ``sound`` a mono track of AAC as long as it. ``reordered``: nearly so, and with
    frames stored in another order than they are shown.
    """
    options = {"crf": "2", "bf": "3", "b-adapt": "0"} if reordered else {"qp": "0"}
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=24, options=options if codec == "libx264" else {})
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, frames[0].format.name
        context = stream.codec_context
        context.time_base, context.thread_count = unit, 1
        context.colorspace, context.color_range, context.color_trc = matrix, 2 if full else 1, transfer
        if rotation:
            stream.set_display_rotation(rotation)
        voice: Any = out.add_stream("aac", rate=48000) if sound else None
        for frame, stamp in zip(frames, stamps):
            frame.pts, frame.time_base, frame.colorspace, frame.color_range = stamp, unit, matrix, 2 if full else 1
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if voice is not None:
            for place in range(int(stamps[-1] * unit * 48000) // 1024):
                wave = np.sin((np.arange(1024) + place * 1024) / 9)[None].astype(np.float32) * 0.3
                tone = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
                tone.sample_rate, tone.pts, tone.time_base = 48000, place * 1024, Fraction(1, 48000)
                out.mux(voice.encode(tone))
            out.mux(voice.encode(None))
    return path


def sound_of(path: Path) -> list[tuple[float, bytes]]:
    """The packets of a video's sound, each with its time."""
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(audio=0) if p.size]
        return [(round(float(p.pts * p.time_base), 3), bytes(p)) for p in packets]
