"""What a batch has done, beside its results, so that it goes on where it was interrupted."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import IO, Any

from ..errors import BadInput, NotReady
from ._scratch import claim_destination

NAME = ".shiage-batch"


class Journal:
    """The journals of a folder. A line is a finished frame: its request's digest, and the SHA-256 of each file
    written, relative to the folder.

    A line is on disk before a frame counts as done. A torn last line, which ``kill -9`` may leave, is passed over.
    ``part``: of a shot that several machines do together; each writes a journal of its own and reads them all.
    Until it is closed no other batch writes to the folder, but for other parts; NotReady where one does. ``peek``: it
    is only read, and nothing is claimed.
    """

    def __init__(self, folder: Path, part: str = "", *, peek: bool = False) -> None:
        self._folder = folder
        self._path = folder / (f"{NAME}.{part}.jsonl" if part else f"{NAME}.jsonl")
        self._done: dict[str, dict[str, str]] = {}
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
                self._done[entry["request"]] = entry["files"]
        return text

    def is_done(self, request: str) -> bool:
        """Whether the frame with this digest is done and every file of it is as it was written."""
        files = self._done.get(request)
        return bool(files) and all(_digest(self._folder / name) == digest for name, digest in (files or {}).items())

    def files(self, request: str) -> tuple[str, ...]:
        """What was written for the frame with this digest."""
        return tuple(self._done.get(request, ()))

    def add(self, request: str, files: dict[str, bytes]) -> None:
        """Note a frame whose ``files`` have been written."""
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        line = json.dumps({"request": request, "files": digests}) + "\n"
        line = line if self._whole else "\n" + line
        # Until it is whole: a full disk may take the half of it.
        self._whole = False
        with self._path.open("a") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._whole = True
        self._done[request] = digests


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
        return entry if isinstance(entry["request"], str) and isinstance(entry["files"], dict) else None
    except (ValueError, KeyError, TypeError):
        return None


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
