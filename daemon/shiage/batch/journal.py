"""What a batch has done, beside its results, so that it goes on where it was interrupted."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..errors import BadInput, NotReady
from ._scratch import claim_destination

NAME = ".shiage-batch"


@dataclass(frozen=True)
class Note:
    """What files are written for: the digest of a request. Of a shot also ``of``, the operation, and the ``frames``."""

    request: str
    of: str = ""
    frames: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Entry:
    note: Note
    files: Mapping[str, str] = field(default_factory=dict)


class Journal:
    """The journals of a folder. A line is a frame, or a piece of a shot: its request's digest, and the SHA-256 of each
    of its files, relative to the folder.

    A line is on disk before the files are, so that none is ever there of which the journal knows nothing; done is a
    frame whose files are as its line says. A torn last line, which ``kill -9`` may leave, is passed over.
    ``part``: of a shot that several machines do together; each writes a journal of its own and reads them all.
    Until it is closed no other batch writes to the folder, but for other parts; NotReady where one does. ``peek``: it
    is only read, and nothing is claimed.
    """

    def __init__(self, folder: Path, part: str = "", *, peek: bool = False) -> None:
        self._folder = folder
        self._path = folder / (f"{NAME}.{part}.jsonl" if part else f"{NAME}.jsonl")
        self._done: dict[str, _Entry] = {}
        self._written: list[_Entry] = []
        self._whole = True
        self._claims: list[IO[str]] = []
        if peek:
            self._read_all()
            return
        self._claim(self._path, shared=False)
        # The parts keep the whole away and the whole the parts, but no part another.
        for path in folder.glob(f"{NAME}.jsonl" if part else f"{NAME}.*.jsonl"):
            self._claim(path, shared=True)
        self._read_all()

    def _read_all(self) -> None:
        for path in sorted(self._folder.glob(f"{NAME}*.jsonl")):
            text = self._read(path)
            if path == self._path:
                self._whole = not text or text.endswith("\n")

    def _claim(self, path: Path, *, shared: bool) -> None:
        try:
            file = path.open("a")
        except OSError as error:
            raise BadInput(f"can't be written: {error.strerror}.", where=str(path), hint="Check the folder.") from error
        self._claims.append(file)
        try:
            claim_destination(file, self._folder, shared=shared)
        except NotReady:
            self.close()
            raise

    def close(self) -> None:
        """Others may write to the folder from now on."""
        for file in self._claims:
            file.close()

    def _read(self, path: Path) -> str:
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"can't be read: {error}.", where=str(path), hint="Delete it to begin anew.") from error
        for line in text.splitlines():
            entry = _entry(line)
            if entry is not None:
                self._take(entry)
        return text

    def _take(self, entry: _Entry) -> None:
        self._done[entry.note.request] = entry
        if entry.note.frames:
            self._written.append(entry)

    def is_done(self, request: str) -> bool:
        """Whether the frame with this digest is done and every file of it is as it was written."""
        files = self._files(request)
        return bool(files) and all(_digest(self._folder / name) == digest for name, digest in files.items())

    def files(self, request: str) -> tuple[str, ...]:
        """What was written for the frame with this digest."""
        return tuple(self._files(request))

    def _files(self, request: str) -> Mapping[str, str]:
        return self._done[request].files if request in self._done else {}

    def stale(self, of: str, frames: Set[str], own: Set[str]) -> list[str]:
        """Files that the same operation once made of these frames, that are not among ``own``, and that nobody has
        touched since.
        """
        found: dict[str, set[str]] = {}
        for entry in self._written:
            if entry.note.of == of and all(frame in frames for frame in entry.note.frames):
                for name, digest in entry.files.items():
                    if name not in own:
                        found.setdefault(name, set()).add(digest)
        return sorted(name for name, digests in found.items() if _digest(self._folder / name) in digests)

    def add(self, note: Note, files: Mapping[str, bytes]) -> None:
        """Note files that are about to be written."""
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        entry: dict[str, object] = {"request": note.request, "files": digests}
        if note.frames:
            entry |= {"of": note.of, "frames": note.frames}
        line = json.dumps(entry) + "\n"
        line = line if self._whole else "\n" + line
        # Until it is whole: a full disk may take the half of it.
        self._whole = False
        with self._path.open("a") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._whole = True
        self._take(_Entry(note, digests))


def _entry(line: str) -> _Entry | None:
    try:
        told = json.loads(line)
        files, frames = told["files"], told.get("frames", [])
        if not isinstance(told["request"], str) or not isinstance(files, dict) or not isinstance(frames, list):
            return None
        return _Entry(Note(told["request"], str(told.get("of", "")), tuple(map(str, frames))), files)
    except (ValueError, KeyError, TypeError):
        return None


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
