"""The spool: blobs as files, named by their content.

``spool/<sha256>`` is on disk for good; ``spool/<sha256>.new`` is whole and named rightly, but the disk may not have it
yet; ``spool/tmp`` holds what is being written. A blob is hashed while it is written and gets its name only when every
byte is there and right, so whatever can be opened under its address is that blob, also after ``kill -9``. After a loss
of power only a ``.new`` file may be torn: those are hashed again at the next start.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import shutil
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import NotFound
from ..v1 import values_pb2
from ..wire import check_sha
from ._incoming import Buffer, Incoming

NEW = ".new"
# A blob that somebody asked for lately may be about to be named in a submission.
GRACE = 600.0


class Spool:
    """The blobs under one folder. Several processes may write; only the daemon recovers and sweeps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._temporary = folder / "tmp"
        self._temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._settling = threading.Lock()

    # In

    def incoming(self, blob: values_pb2.Blob | None = None) -> Incoming:
        """A blob to be written chunk by chunk; it must turn out to be ``blob`` where that is given."""
        return Incoming(self._temporary, self._place, blob)

    def put(self, data: Buffer) -> values_pb2.Blob:
        """Keep ``data``; OSError where the disk is full."""
        view = memoryview(data).cast("B")
        blob = values_pb2.Blob(sha256=hashlib.sha256(view).hexdigest(), size=len(view))
        if not self.has(blob.sha256):
            with self.incoming() as incoming:
                incoming.write_hashed(view, blob)
        return blob

    def _place(self, temporary: Path, sha: str) -> None:
        if self.find(sha) is None:
            os.replace(temporary, self._folder / (sha + NEW))

    def settle(self, hashes: Iterable[str]) -> None:
        """See to it that the disk has these blobs; NotFound where one is gone, OSError where it can't."""
        moved = False
        for sha in hashes:
            with self._settling:
                new = self._folder / (sha + NEW)
                try:
                    with new.open("rb") as file:
                        os.fsync(file.fileno())
                    os.replace(new, self._folder / sha)
                    moved = True
                except FileNotFoundError:
                    self.path(sha)
        if moved and os.name == "posix":
            handle = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    # Out

    def find(self, sha: str) -> Path | None:
        """Where the blob is, if it is here."""
        # Twice: it may be settled between the two looks.
        for name in (sha, sha + NEW, sha):
            path = self._folder / name
            if path.exists():
                return path
        return None

    def path(self, sha: str) -> Path:
        """Where the blob is; NotFound where it is not here."""
        check_sha(sha)
        found = self.find(sha)
        if found is None:
            raise NotFound(
                f"The spool has no blob {sha[:12]}.",
                hint="It was cleared, or never sent: send it, or run the job again.",
            )
        return found

    def has(self, sha: str) -> bool:
        """Whether the blob is here; it then stays for a while, as whoever asks may be about to use it."""
        path = self.find(sha)
        if path is None:
            return False
        with suppress(OSError):
            os.utime(path)
        return True

    def size(self, sha: str) -> int:
        """A blob's size in bytes; NotFound where it is not here."""
        return self.path(sha).stat().st_size

    def open(self, sha: str) -> BinaryIO:
        """A blob's file, to be read; NotFound where it is not here."""
        self.path(sha)
        self.has(sha)
        # Settled or swept since: look once more.
        for _ in range(2):
            with suppress(FileNotFoundError):
                return self.path(sha).open("rb")
        return self.path(sha).open("rb")

    def map(self, blob: values_pb2.Blob) -> memoryview:
        """A blob's bytes without reading them: a private, writable mapping of its file, which it never changes."""
        with self.open(blob.sha256) as file:
            size = os.fstat(file.fileno()).st_size
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)) if size else memoryview(bytearray())

    # Room

    def used(self) -> int:
        """Bytes of all blobs."""
        return sum(size for _, size, _ in self._files())

    def free(self) -> int:
        """Bytes free on the disk."""
        return shutil.disk_usage(self._folder).free

    def recover(self) -> None:
        """At the daemon's start: drop what was half-written, and what the disk did not get whole."""
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir(mode=0o700, exist_ok=True)
        for path in self._folder.glob("*" + NEW):
            sha = path.name[: -len(NEW)]
            with path.open("rb") as file:
                whole = hashlib.file_digest(file, "sha256").hexdigest() == sha
            if whole:
                self.settle([sha])
            else:
                path.unlink()

    def sweep(self, keep: set[str], cap: int, age: float, now: float | None = None) -> int:
        """Drop blobs not used for ``age`` seconds, then the least lately used ones until ``cap`` bytes are left.

        Never those in ``keep``, nor those used in the last ten minutes. Returns the bytes that are left.
        """
        now = time.time() if now is None else now
        files = sorted(self._files(), key=lambda file: file[2])
        total = sum(size for _, size, _ in files)
        for path, size, used in files:
            old = now - used > age
            if (old or total > cap) and now - used > GRACE and path.name.removesuffix(NEW) not in keep:
                with suppress(FileNotFoundError):
                    path.unlink()
                total -= size
        return total

    def _files(self) -> list[tuple[Path, int, float]]:
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False):
                        stat = entry.stat(follow_symlinks=False)
                        found.append((Path(entry.path), stat.st_size, stat.st_mtime))
        return found
