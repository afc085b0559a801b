"""A batch's result as a video."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from ..errors import BadInput, ShiageError
from ..operations import Stretch
from ..spec import OperationSpec, Port
from ..values import Kind, Raster
from ..values.files import decode_picture, read_bytes
from ..values.videos import Film, Video, VideoReader, check_sound, look_into, write_video
from ._writing import name_of, picture_suffix
from .asked import Apart, Beside, check_sizes, is_taken_apart
from .bundles import Bundle, Show
from .exposures import Exposure, exposures_of, nominal_rate, unit_of
from .parts import folders_of
from .sources import FrameSource, Shot, VideoFrame
from .tally import Event

_PICTURES = (Kind.RASTER, Kind.CLIP)


class Reel(Bundle):
    """A video; further outputs become videos beside it (``NAME.PORT.mkv``).

    Frames of a video keep their times, and its sound is copied. Pictures stand until the next one's number, at ``fps``.
    In the place of a frame that failed stands the source's own. New frames between given ones have the times that they
    are drawn for, and given ones come from the source itself.
    """

    _reader: VideoReader | None = None
    _of_sound = ""

    def __init__(
        self,
        out: Path,
        spec: OperationSpec,
        frames: Sequence[FrameSource],
        outputs: Sequence[str],
        *,
        fps: Fraction = Fraction(24),
        sound: bool = True,
        beside: Mapping[str, tuple[Beside, ...]] | None = None,
    ) -> None:
        super().__init__(out, spec, frames, outputs)
        self._along = beside or {}
        for port in self._ports:
            if port.kind not in _PICTURES:
                raise BadInput(
                    f"'{port.name}' gives {port.kind}, which no video holds.", where=str(out), hint="Name a folder."
                )
        first = frames[0]
        self._stretches: list[Stretch] | None = [] if is_taken_apart(spec) else None
        self._fps = fps
        self._video: Video | None = first.reader.video if isinstance(first, VideoFrame) else None
        self._sound = sound and self._video is not None and self._video.sound
        if self._sound and self._video is not None:
            self.remark = self._of_sound = check_sound(self._video, out.suffix.lower())
        if self._video is None:
            check_sizes(frames, "Frames of one video")

    def files(self) -> list[Path]:
        """The primary output's video, then the others'."""
        return [self.out, *(self.out.with_name(f"{self.out.stem}.{name}{self.out.suffix}") for name in self._others())]

    def _others(self) -> list[str]:
        """Further outputs, or the folders in which theirs lie where there are several of one."""
        named: list[str] = []
        for port in self._ports[1:]:
            clips = [clip.name for clip in self._along.get(port.name, ())]
            named += folders_of(port.name, clips) if clips else [port.name]
        return [name.rpartition("/")[2] for name in named]

    @property
    def apart(self) -> Apart:
        """Given frames come from the source, and are in it even where times are given."""
        told = self._stretches.append if self._stretches is not None else lambda stretch: None
        return Apart(copies=False, alone=True, told=told)

    def _settings(self) -> list[object]:
        return [str(self._fps), self._sound]

    def _write(self, made: Mapping[str, Event], show: Show) -> None:
        if self._stretches:
            self._write_exposures(self._stretches, show)
            return
        self._check_all_have_a_place(made)
        for number, (port, file) in enumerate(zip(self._ports, self.files(), strict=True)):
            total = len(self._frames)

            def tell(place: int, name: str = file.name, total: int = total) -> None:
                show(place / total, f"writing {name}")

            write_video(self._coming(file), self._pictures(port, number == 0, made, tell), self._film())

    def _write_exposures(self, stretches: Sequence[Stretch], show: Show) -> None:
        """A shot that was worked out stretch by stretch: given frames and new ones, each at its time."""
        stamps, unit = self._stamps(), self._video.unit if self._video is not None else 1 / self._fps
        starts = [stamp * unit for stamp in stamps]
        end = (stamps[-1] + self._durations()[-1]) * unit
        suffix = picture_suffix(self._frames[0])
        there = [
            one
            for one in exposures_of(stretches, starts, suffix)
            if one.place is not None or (self.folder / one.file).is_file()
        ]
        rate, steady = self._rate(stretches, there, end)
        film = replace(self._film(), rate=rate, unit=unit_of(there, end))
        write_video(self._coming(self.out), self._exposed(there, end, film.unit, show), film)
        along = [
            (clip.frames, folder)
            for port, clips in self._along.items()
            for clip, folder in zip(clips, folders_of(port, [clip.name for clip in clips]), strict=True)
        ]
        for (frames, folder), file in zip(along, self.files()[1:], strict=True):
            own = replace(_look_of(frames[0], file.suffix.lower()), rate=rate, unit=film.unit, aspect=film.aspect)
            write_video(self._coming(file), self._exposed(there, end, film.unit, show, frames, folder, file.name), own)
        new = sum(one.place is None for one in there)
        about = "" if steady else "about "
        told = f"{self.out.name}: {len(there)} frames, {new} of them new, at {about}{float(rate):.6g} a second."
        self.remark = f"{told} {self._of_sound}".rstrip()

    def _rate(self, stretches: Sequence[Stretch], there: Sequence[Exposure], end: Fraction) -> tuple[Fraction, bool]:
        """What the video is said to have, and whether it keeps to it."""
        if (wanted := stretches[0].rate) is not None:
            return wanted, True
        video = self._video
        if video is None or not video.is_steady:
            return nominal_rate(there, end, video.rate if video is not None else self._fps)
        # Its stamps may be rounded, as those of a .mkv are; its grid is not.
        places = [
            round(video.time(frame.stamp)) / video.rate for frame in self._frames if isinstance(frame, VideoFrame)
        ]
        shown = exposures_of(stretches, places, "")
        return nominal_rate(shown, shown[-1].time + 1 / video.rate, video.rate)

    def _exposed(
        self,
        there: Sequence[Exposure],
        end: Fraction,
        unit: Fraction,
        show: Show,
        frames: Sequence[FrameSource] = (),
        folder: str = "",
        name: str = "",
    ) -> Iterator[tuple[int, int, Raster]]:
        """Of the shot, or of the ``frames`` that go along with it, whose new ones lie in ``folder``."""
        stamps = [round(one.time / unit) for one in there] + [round(end / unit)]
        for number, (one, stamp, later) in enumerate(zip(there, stamps, stamps[1:], strict=False)):
            show(number / len(there), f"writing {name or self.out.name}")
            if one.place is not None:
                yield stamp, max(1, later - stamp), (frames or self._frames)[one.place].picture()
            else:
                path = self.folder / folder / Path(one.file)
                if frames:
                    path = path.with_name(path.stem + frames[0].made_suffix)
                yield stamp, max(1, later - stamp), decode_picture(read_bytes(path), str(path), path.stem)

    def _check_all_have_a_place(self, made: Mapping[str, Event]) -> None:
        """BadInput where a clip came back with pictures that no frame of the source stands for."""
        if self._ports[0].kind is not Kind.CLIP:
            return
        ready = [replace(port, kind=Kind.RASTER) for port in self._ports]
        own = {name_of(frame, port, n == 0, 0) for frame in self._frames for n, port in enumerate(ready)}
        suffixes = {Path(name).suffix for name in own}
        files = {file for event in made.values() for file in event.files}
        if new := sorted(file for file in files - own if Path(file).suffix in suffixes):
            raise BadInput(
                f"'{self._spec.id}' made {len(new)} pictures more than the source has frames, and a video of them "
                f"has no place for them; all are in {self.folder}.",
                where=str(self.out),
                hint="Name a folder instead of a video.",
            )

    def result(self, frame: FrameSource, event: Event) -> Raster | None:
        """The frame of the primary output's video."""
        if self._reader is None:
            self._reader = VideoReader(look_into(self.out))
        if self._stretches is not None:
            # Given frames are in it as they are, unless another rate has no place for them.
            return frame.picture()
        place = next(place for place, one in enumerate(self._frames) if one.name == frame.name)
        return self._reader.read(self._reader.video.stamps[place], frame.name)

    def _film(self) -> Film:
        video = self._video
        film = _look_of(self._frames[0], self.out.suffix.lower())
        if video is None:
            return replace(film, rate=self._fps, unit=1 / self._fps)
        if not self._sound:
            return film
        stamps = [frame.stamp for frame in self._frames if isinstance(frame, VideoFrame)]
        if len(stamps) == len(video.stamps):
            return replace(film, sound=video)
        end = stamps[-1] + self._durations()[-1]
        return replace(film, sound=video, begin=stamps[0] * video.unit, end=end * video.unit)

    def _stamps(self) -> list[int]:
        if self._video is not None:
            stamps = [frame.stamp for frame in self._frames if isinstance(frame, VideoFrame)]
            # A part of the video begins at zero.
            first = 0 if len(stamps) == len(self._video.stamps) else stamps[0]
            return [stamp - first for stamp in stamps]
        times = Shot("", tuple(self._frames)).times()
        whole = all(time == int(time) for time in times) and times[-1] - times[0] <= 100 * len(times)
        return [int(time - times[0]) for time in times] if whole else list(range(len(times)))

    def _durations(self) -> list[int]:
        stamps = self._stamps()
        steps = [after - before for before, after in pairwise(stamps)]
        last = 1
        if self._video is not None:
            all_ = self._video.stamps
            place = all_.index(self._frames[-1].stamp) if isinstance(self._frames[-1], VideoFrame) else -1
            last = self._video.last if place in (-1, len(all_) - 1) else all_[place + 1] - all_[place]
        return [*steps, last]

    def _pictures(
        self, port: Port, primary: bool, made: Mapping[str, Event], tell: Callable[[int], None]
    ) -> Iterator[tuple[int, int, Raster]]:
        before: Raster | None = None
        ready = replace(port, kind=Kind.RASTER)
        for place, (frame, stamp, lasts) in enumerate(
            zip(self._frames, self._stamps(), self._durations(), strict=True)
        ):
            tell(place)
            path = self.folder / name_of(frame, ready, primary, 0)
            if frame.name in made and path.is_file():
                before = decode_picture(read_bytes(path), str(path), frame.name)
            else:
                # Else picture and sound would drift apart.
                with suppress(ShiageError):
                    before = frame.picture()
            if before is not None:
                yield stamp, lasts, before


def _look_of(frame: FrameSource, suffix: str) -> Film:
    """A film as this frame's, or its video's: depth and colours."""
    if isinstance(frame, VideoFrame):
        video = frame.reader.video
        return Film(video.rate, video.unit, video.depth, video.chroma, video.colours, video.aspect)
    return Film(depth=frame.picture().bits, chroma="444" if suffix == ".mkv" else "420")
