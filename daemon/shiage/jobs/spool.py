"""The spool: blobs as files, named by their content.

``spool/<sha256>`` is on disk for good; ``spool/<sha256>.new`` is whole and named rightly, but the disk may not have it
yet; ``spool/tmp`` holds what is being written. A blob is hashed while it is written and gets its name only when every
byte is there and right, so whatever can be opened under its address is that blob, also after ``kill -9``. After a loss
of power only a ``.new`` file may be torn: those are hashed again at the next start.
"""

from __future__ import annotations

import hashlib
import itertools
import mmap
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from ..errors import BadInput, NotFound
from ..v1 import values_pb2
from ..wire import check_sha
from ._direct import BLOCK, LARGE, read_blocks, read_whole
from ._incoming import Buffer, Incoming
from ._together import Together

Found = TypeVar("Found")
NEW = ".new"
# A blob that somebody asked for lately may be about to be named in a submission.
GRACE = 600.0


class Spool:
    """The blobs under one folder. Several processes may write; only the daemon recovers and sweeps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._temporary = folder / "tmp"
        self._temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sync_folder = Together(self._sync_names)
        # Blobs whose name is there, but perhaps not on the disk.
        self._renamed: set[str] = set()

    # In

    def incoming(self, blob: values_pb2.Blob) -> Incoming:
        """A blob to be written chunk by chunk."""
        return Incoming(self._temporary, self._place, blob)

    def put(self, data: Buffer) -> values_pb2.Blob:
        """Keep ``data``; OSError where the disk is full."""
        view = memoryview(data).cast("B")
        blob = values_pb2.Blob(sha256=hashlib.sha256(view).hexdigest(), size=len(view))
        if not self.has(blob.sha256):
            with self.incoming(blob) as incoming:
                incoming.write(view)
                incoming.finish()
        return blob

    def _place(self, temporary: Path, sha: str) -> None:
        if not self.has(sha):
            os.replace(temporary, self._folder / (sha + NEW))

    def settle(self, hashes: Iterable[str]) -> None:
        """See to it that the disk has these blobs; NotFound where one is gone, OSError where it can't."""
        wanted = list(hashes)
        for sha in wanted:
            new = self._folder / (sha + NEW)
            try:
                with new.open("rb") as file:
                    os.fsync(file.fileno())
                # Noted first: whoever finds the new name must know that the folder is not synced yet.
                self._renamed.add(sha)
                os.replace(new, self._folder / sha)
            except FileNotFoundError:
                self.size(sha)
        if not self._renamed.isdisjoint(wanted):
            self._sync_folder()
            self._renamed.difference_update(wanted)

    def _sync_names(self) -> None:
        if os.name == "posix":
            handle = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    # Out

    def _with(self, sha: str, act: Callable[[Path], Found]) -> Found | None:
        """What ``act`` gives for the blob's file; None where the blob is not here."""
        # Three looks, since it may be settled between two of them.
        for name in (sha, sha + NEW, sha):
            with suppress(FileNotFoundError):
                return act(self._folder / name)
        return None

    def has(self, sha: str) -> bool:
        """Whether the blob is here; it then stays for a while, as whoever asks may be about to use it."""

        def touch(path: Path) -> bool:
            os.utime(path)
            return True

        return bool(self._with(sha, touch))

    def size(self, sha: str) -> int:
        """A blob's size in bytes; NotFound where it is not here."""
        return _here(sha, self._with(sha, os.stat)).st_size

    def read(self, sha: str, offset: int = 0) -> Iterator[bytes]:
        """A blob from ``offset`` on in blocks of at most 1 MiB; NotFound where it is not here."""
        check_sha(sha)
        size = self.size(sha)
        if offset > size:
            raise BadInput(f"The blob has {size} bytes and ends before byte {offset}.")
        self.has(sha)
        if size >= LARGE:
            # Held open, so that a sweep can't take it away between two names.
            yield from _here(sha, self._with(sha, lambda path: _begun(read_blocks(path, offset))))
            return
        with _here(sha, self._with(sha, lambda path: path.open("rb"))) as file:
            file.seek(offset)
            while block := file.read(BLOCK):
                yield block

    def load(self, blob: values_pb2.Blob) -> memoryview:
        """A blob's bytes in memory that may be written to without changing the blob; NotFound where it is not here."""
        check_sha(blob.sha256)
        size = self.size(blob.sha256)
        if size >= LARGE:
            return _here(blob.sha256, self._with(blob.sha256, lambda path: read_whole(path, size)))
        with _here(blob.sha256, self._with(blob.sha256, lambda path: path.open("rb"))) as file:
            # A private mapping: only what is written to is copied.
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)) if size else memoryview(bytearray())

    # Room

    def discard(self, sha: str) -> None:
        """Let a blob go now. For whoever has the spool to himself: the daemon sweeps instead."""
        for name in (sha, sha + NEW):
            (self._folder / name).unlink(missing_ok=True)

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

    def drop(self, hashes: Iterable[str], now: float | None = None) -> None:
        """Delete blobs that nothing needs any more; never one that was used in the last ten minutes."""
        now = time.time() if now is None else now
        for sha in hashes:
            for path in (self._folder / sha, self._folder / (sha + NEW)):
                with suppress(FileNotFoundError):
                    if now - path.stat().st_mtime > GRACE:
                        path.unlink()

    def _files(self) -> list[tuple[Path, int, float]]:
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False):
                        stat = entry.stat(follow_symlinks=False)
                        found.append((Path(entry.path), stat.st_size, stat.st_mtime))
        return found


def _here(sha: str, found: Found | None) -> Found:
    if found is None:
        raise NotFound(
            f"The spool has no blob {sha[:12]}.", hint="It was cleared, or never sent: send it, or run the job again."
        )
    return found


def _begun(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """``blocks`` with the first one read, so that a missing file is found out now."""
    first = next(blocks, b"")
    return itertools.chain((first,), blocks)
