"""A batch as it was asked for: carried out into a folder or a file, or told beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from ..errors import BadInput
from ..spec import OperationSpec
from ..values import Kind, Value
from ..values.files import READ_SUFFIXES
from ..values.videos import SUFFIXES
from .asked import Apart, Asked, Beside, check_beside, check_shot
from .bundles import Bundle, Zip, is_bundle
from .journal import ASIDE
from .leavings import what_is_left
from .parts import folders_of
from .places import check_apart, identity
from .ranges import numbered, some_of, written
from .reels import Reel
from .runner import Runner
from .sheet import Result, results_in, write_sheet
from .sources import FrameSource, VideoFrame
from .tally import Event

Tell = Callable[[Event], None]
Show = Callable[[float, str], None]

DEFAULT_FPS = Fraction(24)  # of pictures
# Whoever ends a name so means a file; but sh010.comp may be a folder.
_FILES = {*READ_SUFFIXES, *SUFFIXES, ".gif", ".exr", ".dpx", ".mxf", ".rar", ".7z", ".tar", ".pdf"}


@dataclass(frozen=True)
class Plan:
    """What a batch would do. ``failed``: frames that can't be read, with the reason; ``stale``: files of an earlier run
    that it would take away; ``aside``: files that no batch wrote, which it would move into ``_before``; ``remark``: on
    the file that it would write.
    """

    spec: OperationSpec
    frames: tuple[FrameSource, ...]
    out: Path
    done: tuple[str, ...]
    failed: Mapping[str, str]
    stale: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    remark: str = ""

    def as_json(self) -> dict[str, object]:
        """For pipelines."""
        over = {*self.done, *self.failed}
        return {
            "operation": self.spec.id,
            "destination": str(self.out),
            "todo": [frame.name for frame in self.frames if frame.name not in over],
            "done": list(self.done),
            "failed": dict(self.failed),
            "stale": list(self.stale),
            "aside": list(self.aside),
            "remark": self.remark,
        }

    def as_text(self) -> str:
        """For people."""
        numbers = written(list(numbered(self.frames)))
        todo = len(self.frames) - len(self.done) - len(self.failed)
        lines = [
            f"{self.spec.title}: {len(self.frames)} frames ({numbers[:200]}) into {self.out}",
            f"{todo} to do, {len(self.done)} done before, {len(self.failed)} that can't be read.",
            *(f"{name}: {reason}" for name, reason in self.failed.items()),
            *([taken_away(self.stale, "will go")] if self.stale else []),
            *([f"No batch wrote {some_of(self.aside)}: moved into {ASIDE}/ first."] if self.aside else []),
            *([self.remark] if self.remark else []),
        ]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Order:
    """``fixed``: the values for the further ports; ``files``: where they came from. ``part``: see :class:`Journal`;
    ``beside``: see :class:`Asked`.
    """

    spec: OperationSpec
    parameters: Mapping[str, object]
    fixed: Mapping[str, Sequence[Value]]
    files: Mapping[str, Sequence[Path]]
    frames: tuple[FrameSource, ...]
    out: Path
    outputs: tuple[str, ...] = ()
    fps: Fraction | None = None
    sound: bool = True
    part: str = ""
    beside: Mapping[str, tuple[Beside, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._check_place()
        if self.spec.inputs[0].kind is Kind.CLIP:
            check_shot(self.frames)
        check_beside(self.frames, self.beside)
        first = self.frames[0] if self.frames else None
        if isinstance(first, VideoFrame) and self.fps is not None:
            rate = float(first.reader.video.rate)
            hint = "Leave --fps away" + (
                f"; for another rate give --set fps={float(self.fps):g}."
                if any(parameter.name == "fps" for parameter in self.spec.parameters)
                else "."
            )
            raise BadInput(f"has a rate of its own, {rate:.6g} frames a second.", where=str(first.path), hint=hint)

    def _check_place(self) -> None:
        """BadInput where the result can't go there: never over what is read, nor among it."""
        if self.out.is_file() and not is_bundle(self.out):
            raise BadInput(
                "is a file.", where=str(self.out), hint="Name a folder, a .zip, or a video (.mkv, .mov, .mp4)."
            )
        if self.out.suffix.lower() in _FILES and not is_bundle(self.out) and not self.out.is_dir():
            raise BadInput(
                f"`shiage batch` writes no {self.out.suffix} file.",
                where=str(self.out),
                hint="Name a folder (its name has no such ending), a .zip, or a video (.mkv, .mov, .mp4).",
            )
        if self.out.is_dir() and is_bundle(self.out):
            raise BadInput("is a folder.", where=str(self.out), hint="Give the file another name.")
        if not is_bundle(self.out):
            beside = (folders_of(port, [clip.name for clip in clips]) for port, clips in self.beside.items())
            folders = [*self.outputs, *(folder for each in beside for folder in each)]
            check_apart(self.out, folders, self._read(), self._given())

    def _read(self) -> list[FrameSource]:
        """All frames that are read, one by one."""
        return [*self.frames, *(frame for clips in self.beside.values() for clip in clips for frame in clip.frames)]

    def _given(self) -> list[Path]:
        return [path for paths in self.files.values() for path in paths]

    def _rate(self) -> Fraction:
        """Frames a second of what is given: a video knows it."""
        first = self.frames[0]
        return first.reader.video.rate if isinstance(first, VideoFrame) else self.fps or DEFAULT_FPS

    def _bundle(self) -> Bundle | None:
        if not is_bundle(self.out):
            return None
        if self.out.suffix.lower() == ".zip":
            bundle: Bundle = Zip(self.out, self.spec, self.frames, self.outputs)
        else:
            rate = self._rate()
            bundle = Reel(
                self.out, self.spec, self.frames, self.outputs, fps=rate, sound=self.sound, beside=self.beside
            )
        read = {identity(path) for path in (*(frame.path for frame in self._read()), *self._given())}
        for file in bundle.files():
            if identity(file) in read:
                raise BadInput("is the source, and a result never replaces it.", where=str(file), hint="Name another.")
        return bundle

    def carry_out(
        self,
        *,
        workers: int = 2,
        engine: str = "local",
        sheet: Path | None = None,
        tell: Tell = lambda event: None,
        show: Show = lambda fraction, stage: None,
        note: Callable[[str], None] = lambda remark: None,
    ) -> list[Event]:
        """Do what is not done; what became of each frame. ``sheet``: where a contact sheet goes; ``note``: hears a
        remark on the file that was written, if there is one.
        """
        bundle = self._bundle()
        with bundle.claimed() if bundle else nullcontext():
            if bundle and bundle.is_whole(self.parameters, self.files):
                bundle.found()
                events = self._all_skipped(bundle)
                for event in events:
                    tell(event)
                if sheet:
                    self._draw(sheet, events, bundle.result, show)
                return events
            asked = self._asked(bundle)
            with Runner(asked, workers=workers, engine=engine) as runner:
                runner.check(self.frames)
                events = runner.run(self.frames, tell)
            if runner.taken_away and not bundle:
                note(taken_away(runner.taken_away, "went"))
            if bundle:
                for aside in bundle.finish(events, show):
                    note(f"What was there and no batch wrote lies in {aside} now.")
                note(bundle.remark)
            if sheet:
                self._draw(sheet, events, results_in(asked.out), show)
            if bundle:
                bundle.tidy(events)
            return events

    def _asked(self, bundle: Bundle | None) -> Asked:
        return Asked(
            self.spec,
            self.parameters,
            self.fixed,
            bundle.folder if bundle else self.out,
            self.outputs,
            float(self._rate()),
            self.beside,
            bundle.apart if bundle else Apart(),
            "" if bundle else self.part,
        )

    def _draw(self, sheet: Path, events: Sequence[Event], result: Result, show: Show) -> None:
        write_sheet(sheet, f"{self.spec.title}: {self.out.name}", self.frames, events, result, show)

    def _all_skipped(self, bundle: Bundle) -> list[Event]:
        files = tuple(file.name for file in bundle.files())
        total = len(self.frames)
        return [Event(frame.name, "skipped", n, total, files) for n, frame in enumerate(self.frames, 1)]

    def what_is_left(self) -> Plan:
        """What :meth:`carry_out` would do; nothing is written."""
        bundle = self._bundle()
        if bundle and bundle.is_whole(self.parameters, self.files):
            return Plan(self.spec, self.frames, self.out, tuple(frame.name for frame in self.frames), {})
        left = what_is_left(self._asked(bundle), self.frames)
        done = tuple(event.frame for event in left.told if event.state == "skipped")
        failed = {event.frame: event.error for event in left.told if event.state == "failed"}
        if bundle:
            aside = tuple(file.name for file in bundle.by_hand())
            return Plan(self.spec, self.frames, self.out, done, failed, aside=aside, remark=bundle.remark)
        return Plan(self.spec, self.frames, self.out, done, failed, tuple(left.stale), tuple(left.aside))


def taken_away(files: Sequence[str], how: str) -> str:
    """That files of an earlier run go, since this one has others in their place."""
    return f"Of an earlier run with other settings {how}: {some_of(files)}."
