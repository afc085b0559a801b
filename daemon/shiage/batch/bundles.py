"""Results that are one file, a zip archive or a video: frames lie in a hidden folder beside it until it is written.

So an interrupted batch goes on where it was, as it does in a folder, and the file has its name only when it is whole.
What lies there under that name and is not as a batch wrote it is set aside. What it was made of stands in a small file
beside it (``.NAME.shiage.json``), so that nothing is done twice. Where frames failed, the folder stays, and the next
batch does those alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from ..errors import BadInput
from ..spec import OperationSpec, Port, check_parameters
from ..values import Colour, Raster
from ..values.files import decode_picture, read_bytes, unwritable
from ..values.videos import is_written
from ._scratch import check_no_link, claim_destination
from ._writing import name_of, wanted_of
from .archives import Archive
from .asked import Apart
from .journal import put_aside
from .origins import Origin, others_results
from .sources import FrameSource
from .tally import Event

Show = Callable[[float, str], None]


def is_bundle(out: Path) -> bool:
    """Whether results that go there become one file."""
    return out.suffix.lower() == ".zip" or is_written(out)


class Bundle:
    """The file ``out``, made of the frames of one batch."""

    def __init__(self, out: Path, spec: OperationSpec, frames: Sequence[FrameSource], outputs: Sequence[str]) -> None:
        self.out, self._spec, self._frames = out, spec, frames
        self._ports = wanted_of(spec, outputs, frames[0])
        self._beside = out.with_name(f".{out.name}.shiage")
        self._note = out.with_name(f".{out.name}.shiage.json")
        # Named after the file: a shot's facts are named after their folder.
        self.folder = self._beside / out.stem
        self._asked = ""
        self._noted: Mapping[str, object] = {}
        self._origin = Origin.of(frames[0].origin, out.parent)
        self.remark = ""
        """Of what was written, for people."""

    @property
    def apart(self) -> Apart:
        """How the frames are laid into the folder where a shot is worked out stretch by stretch."""
        return Apart()

    def files(self) -> list[Path]:
        """What there is when it is done."""
        return [self.out]

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """While the block runs it is nobody else's; NotReady where it is. BadInput where it can't be written."""
        check_no_link(self._note)
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            note = self._note.open("a+")
        except OSError as error:
            raise BadInput(
                f"can't be written: {error.strerror}.", where=str(self.out), hint="Check the folder."
            ) from error
        with note:
            claim_destination(note, self.out)
            try:
                yield
            finally:
                if not self._note.stat().st_size:
                    self._note.unlink()

    def is_whole(self, parameters: Mapping[str, object], fixed: Mapping[str, Sequence[Path]]) -> bool:
        """Whether it was written for the very same frames and parameters, and is as it was written. BadInput where what
        was written is of another source.
        """
        frames = _digest_of_frames(self._frames)
        self._asked = _digest_of(self._spec, self._ports, frames, parameters, fixed, self._settings())
        self._noted = _noted_in(self._note)
        self._origin = replace(self._origin, drawings=frozenset([frames]))
        there = {file.name: _sha_of(file) for file in self.files() if file.is_file()}
        theirs = Origin.from_json(self._noted.get("from"))
        if self._origin.is_other(theirs):
            of_others = {name: theirs.place for name, digest in there.items() if digest in self._known(name)}
            if of_others:
                raise others_results(of_others, self._origin, self.out)
        return self._noted.get("request") == self._asked and self._noted.get("files") == there

    def by_hand(self) -> list[Path]:
        """Its files that lie there and are not as a batch wrote them."""

        def is_strange(file: Path) -> bool:
            return _sha_of(file) not in self._known(file.name) if file.is_file() else file.is_symlink()

        return [file for file in self.files() if is_strange(file)]

    def found(self) -> None:
        """Note where its source lies now, if that was moved: another may come to its place."""
        files, theirs = self._noted.get("files"), Origin.from_json(self._noted.get("from"))
        if isinstance(files, Mapping) and theirs != self._origin and not os.path.exists(theirs.place):
            self._note_down(self._asked, files, {})

    def _known(self, name: str) -> set[str]:
        """What a batch has written under this name, or was about to when it was killed."""
        files, before = self._noted.get("files"), self._noted.get("before")
        return {str(each.get(name, "")) for each in (files, before) if isinstance(each, Mapping)} - {""}

    def finish(self, events: Sequence[Event], show: Show) -> list[str]:
        """Write it; ``events``: what became of its frames. Gives the names that files of other hands have now which lay
        in its place.
        """
        made = {event.frame: event for event in events if event.state != "failed"}
        if not made:
            self.remark = ""
            return []
        self._write(made, show)
        try:
            aside = [put_aside(file.parent, file.name) for file in self.by_hand()]
            before = {file.name: _sha_of(file) for file in self.files() if file.is_file()}
            coming = {file.name: _sha_of(self._coming(file)) for file in self.files()}
            # On disk before the files have their names, or a kill between both would make them another's.
            self._note_down(self._asked if len(made) == len(self._frames) else "", coming, before)
            for file in self.files():
                self._coming(file).replace(file)
        except OSError as error:
            raise unwritable(self.out, error) from error
        return aside

    def _coming(self, file: Path) -> Path:
        """Where it lies until all of them are whole."""
        return self._beside / file.name

    def _note_down(self, request: str, files: Mapping[str, str], before: Mapping[str, str]) -> None:
        told = {"request": request, "files": files, "before": before, "from": self._origin.as_json()}
        with self._note.open("r+") as note:
            note.write(json.dumps(told) + "\n")
            note.truncate()
            note.flush()
            os.fsync(note.fileno())

    def tidy(self, events: Sequence[Event]) -> None:
        """Take the frames away that it was made of, unless some failed."""
        if all(event.state != "failed" for event in events):
            shutil.rmtree(self._beside, ignore_errors=True)

    def result(self, frame: FrameSource, event: Event) -> Raster | None:
        """What became of a frame, out of the file that was written."""
        raise NotImplementedError

    def _settings(self) -> list[object]:
        return []

    def _write(self, made: Mapping[str, Event], show: Show) -> None:
        raise NotImplementedError


class Zip(Bundle):
    """A zip archive: each result under its frame's own name, in the folder that it had in the archive it came from."""

    _archive: Archive | None = None

    def _write(self, made: Mapping[str, Event], show: Show) -> None:
        show(1.0, f"writing {self.out.name}")
        # Frames of a shot share files.
        names = {
            (f"{frame.folder}/{name}" if frame.folder else name): name
            for frame in self._frames
            if frame.name in made
            for name in made[frame.name].files
        }
        try:
            with self._coming(self.out).open("wb") as file:
                _pack(file, self.folder, names)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                self._coming(self.out).unlink(missing_ok=True)
            raise unwritable(self.out, error) from error

    def result(self, frame: FrameSource, event: Event) -> Raster | None:
        """The primary output's picture."""
        if self._archive is None:
            self._archive = Archive(self.out)
        name = name_of(frame, self._ports[0], True, 0)
        member = f"{frame.folder}/{name}" if frame.folder else name
        return decode_picture(self._archive.read(member), member)


def _pack(file: IO[bytes], folder: Path, names: Mapping[str, str]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(names):
            # Of no date: the same bytes for the same frames. Pictures don't pack.
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
            archive.writestr(info, read_bytes(folder / names[name]))


def _noted_in(note: Path) -> Mapping[str, object]:
    try:
        told = json.loads(note.read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _digest_of_frames(frames: Sequence[FrameSource]) -> str:
    """What all frames are called and hold."""
    sources = {
        str(path): _sha_of(path) if path.is_file() else "" for path in dict.fromkeys(frame.path for frame in frames)
    }
    named = [[frame.name, frame.folder, frame.layer, sources[str(frame.path)]] for frame in frames]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def _digest_of(
    spec: OperationSpec,
    ports: Sequence[Port],
    frames: str,
    parameters: Mapping[str, object],
    fixed: Mapping[str, Sequence[Path]],
    settings: Sequence[object],
) -> str:
    """What the file depends on: the operation, its parameters, and the contents of all files that it takes."""
    checked = check_parameters(spec, parameters)
    plain = {name: str(value) if isinstance(value, Colour) else value for name, value in checked.items()}
    given = {name: [_sha_of(file) for path in paths for file in _files_in(path)] for name, paths in fixed.items()}
    asked = [spec.id, spec.version, [port.name for port in ports], plain, given, frames, list(settings)]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _files_in(path: Path) -> list[Path]:
    return sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]


def _sha_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
