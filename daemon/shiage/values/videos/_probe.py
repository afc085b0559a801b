"""What a video has, told from its packets before a frame is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import BadInput, TooLarge
from ..limits import check_size

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
# What is opened at all: formats that hold pictures themselves and never name other files or addresses.
_FORMATS = "mov,matroska,avi"
_CODECS = {
    *("av1", "libdav1d", "cfhd", "dnxhd", "ffv1", "ffvhuff", "h263", "h264", "hevc", "huffyuv", "jpeg2000", "magicyuv"),
    *("mjpeg", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v3", "png", "prores", "qtrle", "rawvideo", "theora"),
    *("utvideo", "v210", "vp8", "vp9"),
}
_REORDERED = {"h264", "hevc"}
MOST_FRAMES = 1_000_000
# AVColorSpace, AVColorRange and AVColorTransferCharacteristic, as ITU-T H.273 numbers them.
RGB, BT709, BT601, BT2020 = 0, 1, 6, 9
LIMITED, FULL = 1, 2
_UNSAID = 2
_MATRICES = {RGB: RGB, BT709: BT709, 4: 4, 5: BT601, BT601: BT601, 7: 7, BT2020: BT2020}
_HDR = {16: "PQ", 18: "HLG"}
_HD_LINES = 720


@dataclass(frozen=True)
class Colours:
    """What a video's numbers mean, as ITU-T H.273 codes: ``matrix`` (0 RGB, 1 BT.709, 6 BT.601, 9 BT.2020), ``range``
    (1 limited, 2 full); ``primaries`` and ``transfer`` are carried along as they were said (2: nothing was said)."""

    matrix: int = BT709
    range: int = LIMITED
    primaries: int = _UNSAID
    transfer: int = _UNSAID


@dataclass(frozen=True)
class Video:
    """A video's picture track. ``size``: as coded, before it is turned upright by the player; ``depth``: bits a sample.

    ``stamps``: when each frame is shown, rising, in units of ``unit`` seconds; ``last``: how long the last one stands.
    ``rate``: frames a second on whose grid the stamps lie, as far as they lie on one. ``aspect``: a pixel's width over
    its height. ``in_order``: the file does not say
    which frame has which stamp; the first that is decoded has the first one, and so on.
    """

    path: Path
    track: int
    size: tuple[int, int]
    depth: int
    alpha: bool
    chroma: str
    unit: Fraction
    stamps: tuple[int, ...]
    last: int
    rate: Fraction
    colours: Colours
    aspect: Fraction
    sound: bool
    in_order: bool = False

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The frames' numbers from 1 on: their places on the grid of ``rate``, or in their row where that has two."""
        placed = self._placed
        if len(set(placed)) == len(placed) and placed[-1] <= MOST_FRAMES:
            return placed
        return tuple(range(1, len(placed) + 1))

    @cached_property
    def _placed(self) -> tuple[int, ...]:
        first = self.stamps[0]
        return tuple(1 + round((stamp - first) * self.unit * self.rate) for stamp in self.stamps)

    @cached_property
    def is_steady(self) -> bool:
        """Whether all frames lie on the grid of ``rate``, as nearly as ``unit`` can say it."""
        if not 0 < self.unit * self.rate <= Fraction(1, 10):
            return self.unit * self.rate == 1
        off = (
            abs((s - self.stamps[0]) * self.unit * self.rate - (n - 1))
            for s, n in zip(self.stamps, self._placed, strict=True)
        )
        return all(one <= self.unit * self.rate for one in off)

    def time(self, stamp: int) -> float:
        """A stamp in frames of ``rate`` from the first one on; whole frames where the rate is steady."""
        time = (stamp - self.stamps[0]) * self.unit * self.rate
        return float(round(time) if self.is_steady else time)


def is_video(path: Path | str) -> bool:
    """Whether a name is a video's."""
    return Path(path).suffix.lower() in SUFFIXES


def look_into(path: Path) -> Video:
    """What a video has; BadInput or TooLarge, in one sentence, where it is none, damaged, cut off, or not taken."""
    with opened(path) as (container, stream):
        video = _described(path, container, stream)
        return _with_stamps(video, container, stream)


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The file and its picture track; what FFmpeg finds wrong with them as one of our errors."""
    import av
    from av.error import FFmpegError

    if not path.is_file():
        raise BadInput("can't be read: there is no such file.", where=str(path), hint="Check the name.")
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file", "enable_drefs": "0"}
    # As file:..., since a name with a colon would be taken for an address.
    try:
        with av.open(f"file:{path}", "r", container_options=options, metadata_errors="replace") as container:
            yield container, _track(path, container)
    except FFmpegError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: Exception) -> BadInput:
    """What to say of a video that failed while it was read."""
    reason = getattr(error, "strerror", "") or type(error).__name__
    return BadInput(
        f"This video can't be read: it is damaged, cut off, or of another kind ({reason}).",
        where=str(path),
        hint=f"Copy it again, or convert it to one of {', '.join(SUFFIXES)}.",
    )


def _track(path: Path, container: InputContainer) -> VideoStream:
    from av.stream import Disposition

    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    tracks = [stream for stream in container.streams.video if not stream.disposition & covers]
    if not tracks:
        raise BadInput("There are no pictures in this file.", where=str(path), hint="Give a video.")
    stream = tracks[0]
    context = stream.codec_context
    if context is None or context.name not in _CODECS:
        named = context.name if context is not None else "one that nobody knows"
        raise BadInput(
            f"Its codec is not taken ({named}).", where=str(path), hint="Convert it to H.264, ProRes or FFV1."
        )
    check_size(context.width, context.height, str(path))
    # The processors are the workers'.
    context.thread_count = 1
    # A damaged frame is an error, and not filled with another's pixels.
    context.options = {**context.options, "err_detect": "crccheck+explode"}
    return stream


def _described(path: Path, container: InputContainer, stream: VideoStream) -> Video:
    context = stream.codec_context
    if context.format is None:
        raise BadInput("Its frames can't be decoded.", where=str(path), hint="Copy it again: it may be cut off.")
    components = context.format.components
    transfer = int(context.color_trc)
    if transfer in _HDR:
        raise BadInput(
            f"This video is HDR ({_HDR[transfer]}), which is not taken.", where=str(path), hint="Convert it to BT.709."
        )
    return Video(
        path=path,
        track=stream.index,
        size=(context.width, context.height),
        depth=max(component.bits for component in components),
        alpha=any(component.is_alpha for component in components),
        chroma=_chroma(context.format),
        unit=stream.time_base or Fraction(1, 1000),
        stamps=(),
        last=0,
        rate=_rate(stream),
        colours=_colours(context),
        aspect=stream.sample_aspect_ratio or Fraction(1),
        sound=bool(container.streams.audio),
        # An .avi has no times, and FFmpeg guesses wrong ones where frames are stored in another order than shown.
        in_order=container.format.name == "avi" and stream.has_b_frames and context.name in _REORDERED,
    )


def _chroma(format_: Any) -> str:
    """``444``, ``422`` or ``420``, whichever keeps all the colours that there are."""
    if format_.is_rgb or not any(component.is_chroma for component in format_.components):
        return "444"
    if format_.chroma_width(64) == 64:
        return "444"
    return "422" if format_.chroma_height(64) == 64 else "420"


def _rate(stream: VideoStream) -> Fraction:
    """The lowest rate on whose grid all frames lie, where FFmpeg knows one that a shot may have."""
    known = [rate for rate in (stream.base_rate, stream.average_rate, stream.guessed_rate) if rate]
    return next((rate for rate in known if 1 <= rate <= 240), Fraction(24))


def _colours(context: Any) -> Colours:
    """As tagged; untagged, as everyone takes it: RGB for RGB, BT.709 from 720 lines on, else BT.601; limited range."""
    matrix, spread = int(context.colorspace), int(context.color_range)
    if context.format.is_rgb:
        matrix, spread = RGB, FULL
    elif matrix not in _MATRICES or matrix == RGB:
        matrix = BT709 if context.height >= _HD_LINES else BT601
    if spread not in (LIMITED, FULL):
        spread = FULL if str(context.pix_fmt).startswith("yuvj") else LIMITED
    return Colours(_MATRICES[matrix], spread, int(context.color_primaries), int(context.color_trc))


def _with_stamps(video: Video, container: InputContainer, stream: VideoStream) -> Video:
    stamps: list[int] = []
    packets, unstamped, ends, last = 0, False, Fraction(0), 0
    for packet in container.demux([stream, *container.streams.audio]):
        if packet.size == 0:
            continue
        if packet.pts is not None and packet.time_base:
            ends = max(ends, (packet.pts + (packet.duration or 0)) * packet.time_base)
        if packet.stream_index != stream.index:
            continue
        packets += 1
        if packets > MOST_FRAMES:
            raise TooLarge(f"has more than {MOST_FRAMES:,} frames.", where=str(video.path), hint="Cut it into parts.")
        if packet.is_discard or packet.is_corrupt:
            continue
        if packet.pts is None:
            unstamped = True
        else:
            stamps.append(packet.pts)
            last = packet.duration or last
    _check_whole(video.path, container, stream, packets, ends)
    if unstamped:
        stamps = _decoded_stamps(video)
    if not stamps:
        raise BadInput("There are no frames in this video.", where=str(video.path), hint="Copy it again.")
    step = max(1, round(1 / (video.rate * video.unit)))
    found = {**vars(video), "stamps": tuple(sorted(set(stamps))), "last": last or step}
    return Video(**{name: found[name] for name in Video.__dataclass_fields__})


def _check_whole(path: Path, container: InputContainer, stream: VideoStream, packets: int, ends: Fraction) -> None:
    """BadInput where the file's head speaks of more than there is: whoever copied it was interrupted."""
    said = Fraction(container.duration or 0, 1_000_000)
    begin = Fraction(container.start_time or 0, 1_000_000) if said else Fraction(0)
    if packets < stream.frames or ends - begin < said - max(Fraction(1), said / 20):
        raise BadInput(
            "This video is cut off: its head speaks of more frames than there are.",
            where=str(path),
            hint="Copy it again, or repair it.",
        )


def _decoded_stamps(video: Video) -> list[int]:
    """For files whose packets don't say when they are shown (AVI): the frames themselves are asked."""
    with opened(video.path) as (container, stream):
        stamps = [frame.pts for frame in container.decode(stream)]
    return [stamp for stamp in stamps if stamp is not None]
