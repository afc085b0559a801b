"""A video's sound beside other pictures: copied as it is, or where an .mp4 can't hold it, as AAC."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ...errors import BadInput
from ._probe import Video, opened, unreadable

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

FORMATS = {".mkv": "matroska", ".mov": "mov", ".mp4": "mp4"}
# Files for looking at, whose players want AAC.
_CODED_ANEW = (".mp4",)
_CODEC = "aac"
_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
_USUAL_RATE = 48000
_BITS_OF_CHANNEL = 160_000  # a second
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}


class _Wanted(Protocol):
    """Of a film, what concerns its sound."""

    @property
    def sound(self) -> Video | None: ...
    @property
    def begin(self) -> Fraction | None: ...
    @property
    def end(self) -> Fraction | None: ...


def check_sound(video: Video, suffix: str) -> str:
    """What becomes of a video's sound in a file of this kind, where it isn't copied as it is; BadInput where the file
    can't have it.
    """
    coded = []
    with opened(video.path) as (container, _):
        for stream in container.streams.audio:
            name = stream.codec_context.codec.canonical_name if stream.codec_context else "of an unknown kind"
            if _is_held(stream, suffix):
                continue
            if suffix not in _CODED_ANEW or not _can_be_coded(stream):
                raise BadInput(
                    f"Its sound ({name}) can't be kept in a {suffix} as it is.",
                    where=str(video.path),
                    hint="Name a .mkv, which holds nearly every sound, or --without-sound.",
                )
            coded.append(name)
    if not coded:
        return ""
    return f"An {suffix} can't hold this sound ({', '.join(dict.fromkeys(coded))}) as it is: it becomes AAC."


def _is_held(stream: AudioStream, suffix: str) -> bool:
    """Whether the file takes the track as it is: its head is written, into memory."""
    import av
    from av.error import FFmpegError

    if suffix in _CODED_ANEW and _is_pcm(stream):
        # FFmpeg writes it, and hardly anything plays it.
        return False
    try:
        with av.open(io.BytesIO(), "w", format=FORMATS[suffix]) as out:
            held = {_codec_of(name) for name in out.supported_codecs}
            if stream.codec_context is None or stream.codec_context.codec.canonical_name not in held:
                return False
            out.add_stream_from_template(stream)
            out.start_encoding()
    except (FFmpegError, ValueError):
        return False
    return True


def _is_pcm(stream: AudioStream) -> bool:
    return stream.codec_context is not None and stream.codec_context.codec.canonical_name.startswith("pcm_")


def _can_be_coded(stream: AudioStream) -> bool:
    return stream.codec_context is not None and stream.codec_context.channels in _LAYOUTS


def _codec_of(name: str) -> str:
    """The codec that an encoder or a decoder is for: libmp3lame's and mp3float's is mp3."""
    from av.codec import Codec
    from av.error import FFmpegError

    for mode in ("r", "w"):
        with contextlib.suppress(FFmpegError, ValueError):
            return Codec(name, mode).canonical_name
    return name


@dataclass
class Sound:
    """Packets of sound that are on their way, in the order of their file."""

    packets: Iterator[Packet[Any]]
    ahead: Packet[Any] | None = None

    def until(self, out: OutputContainer, time: Fraction | None) -> None:
        """Write what begins up to ``time``; None: the rest."""
        while (packet := self.ahead or next(self.packets, None)) is not None:
            if time is not None and packet.dts is not None and packet.dts * packet.time_base > time:
                self.ahead = packet
                return
            self.ahead = None
            out.mux(packet)


def sound_of(open_: contextlib.ExitStack, out: OutputContainer, suffix: str, film: _Wanted) -> Sound:
    """The sound's tracks, added to ``out``."""
    if film.sound is None:
        return Sound(iter(()))
    source = film.sound.path
    reading = opened(source)
    container, _ = reading.__enter__()
    # What fails while it is open is not its fault.
    open_.callback(reading.__exit__, None, None, None)
    tracks: dict[int, _Copied | _Coded] = {}
    for stream in container.streams.audio:
        made = _Copied if _is_held(stream, suffix) else _Coded
        tracks[stream.index] = made(out, stream, film.begin or Fraction(0))

    def packets() -> Iterator[Packet[Any]]:
        for packet in _demuxed(container, source):
            if packet.dts is None or packet.pts is None:
                continue
            time = packet.pts * packet.time_base
            if film.begin is not None and (time < film.begin or (film.end is not None and time >= film.end)):
                continue
            yield from tracks[packet.stream_index].packets(packet)
        for track in tracks.values():
            yield from track.rest()

    return Sound(packets() if tracks else iter(()))


def _demuxed(container: InputContainer, source: Path) -> Iterator[Packet[Any]]:
    from av.error import FFmpegError

    try:
        yield from container.demux(list(container.streams.audio))
    except FFmpegError as error:
        raise unreadable(source, error) from error


class _Copied:
    """A track as it is, ``begin`` seconds earlier."""

    def __init__(self, out: OutputContainer, stream: AudioStream, begin: Fraction) -> None:
        self._track, self._begin = out.add_stream_from_template(stream), begin

    def packets(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        """What is written for a packet."""
        if self._begin and packet.pts is not None and packet.dts is not None:
            moved = round(self._begin / packet.time_base)
            packet.pts, packet.dts = packet.pts - moved, packet.dts - moved
        packet.stream = self._track
        yield packet

    def rest(self) -> Iterator[Packet[Any]]:
        """What comes at the end."""
        yield from ()


@dataclass
class _Coded:
    """A track as AAC, ``begin`` seconds earlier."""

    out: OutputContainer
    stream: AudioStream
    begin: Fraction
    _track: Any = field(init=False)
    _resampler: Any = field(init=False)

    def __post_init__(self) -> None:
        from av.audio.resampler import AudioResampler

        given = self.stream.codec_context
        rate = given.sample_rate if given.sample_rate in _RATES else _USUAL_RATE
        self._layout = _LAYOUTS[given.channels]
        self._track = self.out.add_stream(_CODEC, rate=rate)
        self._track.layout = self._layout
        self._track.bit_rate = _BITS_OF_CHANNEL * given.channels
        # From one thread, a file has the same bytes on every machine.
        self._track.codec_context.thread_count = 1
        self._resampler = AudioResampler("fltp", self._layout, rate, frame_size=1024)
        self._rate = rate

    def packets(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        """What is written for a packet."""
        for frame in packet.decode():
            if frame.pts is not None and frame.time_base:
                frame.pts -= round(self.begin / frame.time_base)
            yield from self._coded(frame)

    def rest(self) -> Iterator[Packet[Any]]:
        """What comes at the end."""
        yield from self._coded(None)
        yield from self._track.encode(None)

    def _coded(self, frame: Any) -> Iterator[Packet[Any]]:
        for ready in self._resampler.resample(frame):
            yield from self._track.encode(ready)
