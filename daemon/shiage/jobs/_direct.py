"""Large files past the system's page cache.

A layer of 64 MB is written once and read once or twice. Through the page cache that takes 64 MB of memory from whatever
the artist has open, and the time to get it; past it (O_DIRECT) it takes two buffers of 1 MiB, and what is written is on
the disk already when the submission waits for that. Where a system or a file system has no such way, the same calls go
through the cache.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import queue
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

# From this size on, in bytes: smaller files are wanted again soon, and are quick either way.
LARGE = 8 << 20
BLOCK = 1 << 20
# What O_DIRECT wants offsets, lengths and addresses to be multiples of.
_ALIGN = 4096
_O_DIRECT: int = getattr(os, "O_DIRECT", 0)

_spare: queue.LifoQueue[mmap.mmap] = queue.LifoQueue()


@contextmanager
def _buffers() -> Iterator[tuple[mmap.mmap, mmap.mmap]]:
    """Two page-aligned blocks, used again and again: fresh memory costs more than filling it."""
    taken: list[mmap.mmap] = []
    for _ in range(2):
        try:
            taken.append(_spare.get_nowait())
        except queue.Empty:
            taken.append(mmap.mmap(-1, BLOCK))
    try:
        yield taken[0], taken[1]
    finally:
        for buffer in taken:
            _spare.put(buffer)


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    try:
        handle = os.open(path, flags | _O_DIRECT)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        handle = os.open(path, flags)
    try:
        yield handle
    finally:
        os.close(handle)


def _through_cache(handle: int, error: OSError) -> None:
    """The file system takes the flag but not the call: go on without it; raises ``error`` where that is not why."""
    if error.errno != errno.EINVAL or not _O_DIRECT:
        raise error
    import fcntl

    flags = fcntl.fcntl(handle, fcntl.F_GETFL)
    if not flags & _O_DIRECT:
        raise error
    fcntl.fcntl(handle, fcntl.F_SETFL, flags & ~_O_DIRECT)


def _write(handle: int, data: memoryview) -> None:
    while data:
        try:
            data = data[os.write(handle, data) :]
        except OSError as error:
            _through_cache(handle, error)


def _read(handle: int, buffer: memoryview) -> int:
    try:
        return os.readv(handle, [buffer])
    except OSError as error:
        _through_cache(handle, error)
        return os.readv(handle, [buffer])


class Writer:
    """Writes and hashes a file in blocks, both in threads of their own while the next block is filled.

    A context manager. ``path`` must exist.
    """

    def __init__(self, path: Path) -> None:
        self._digest = hashlib.sha256()
        self._size = 0
        self._filled = 0
        self._pending: Future[None] | None = None
        self._resources = _Resources(path)

    def __enter__(self) -> Writer:
        self._handle, self._current, self._other, self._thread, self._disk = self._resources.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._resources.__exit__(*exception)

    def write(self, data: memoryview) -> None:
        """The next bytes."""
        while data:
            part = data[: BLOCK - self._filled]
            self._current[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            data = data[len(part) :]
            if self._filled == BLOCK:
                self._flush()

    def finish(self) -> tuple[str, int]:
        """The hash and the size of all that was written, which is in the file now."""
        self._flush()
        self._wait()
        os.ftruncate(self._handle, self._size)
        return self._digest.hexdigest(), self._size

    def _flush(self) -> None:
        if self._filled == 0:
            return
        self._wait()
        self._pending = self._thread.submit(self._put, self._current, self._filled)
        self._size += self._filled
        self._current, self._other, self._filled = self._other, self._current, 0

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()

    def _put(self, buffer: mmap.mmap, filled: int) -> None:
        view = memoryview(buffer)
        # The last block is written whole and cut off in the end. The disk works while the block is hashed.
        written = self._disk.submit(_write, self._handle, view[: -(-filled // _ALIGN) * _ALIGN])
        try:
            self._digest.update(view[:filled])
        finally:
            written.result()


# File, two buffers, the thread that hashes, the thread that writes.
_Held = tuple[int, mmap.mmap, mmap.mmap, ThreadPoolExecutor, ThreadPoolExecutor]


class _Resources:
    """What a :class:`Writer` holds, given back in the right order however it ends."""

    def __init__(self, path: Path) -> None:
        self._held = self._hold(path)

    @staticmethod
    @contextmanager
    def _hold(path: Path) -> Iterator[_Held]:
        with (
            _buffers() as (one, two),
            _opened(path, os.O_WRONLY) as handle,
            ThreadPoolExecutor(1, thread_name_prefix="write") as disk,
            ThreadPoolExecutor(1, thread_name_prefix="hash") as thread,
        ):
            yield handle, one, two, thread, disk

    def __enter__(self) -> _Held:
        return self._held.__enter__()

    def __exit__(self, *exception: object) -> None:
        self._held.__exit__(None, None, None)


def read_blocks(path: Path, offset: int = 0) -> Iterator[bytes]:
    """A file from ``offset`` on in blocks, the next one read while one is used."""
    with (
        _buffers() as (one, two),
        _opened(path, os.O_RDONLY) as handle,
        ThreadPoolExecutor(1, thread_name_prefix="read") as thread,
    ):
        skip = offset % _ALIGN
        os.lseek(handle, offset - skip, os.SEEK_SET)
        current, other = one, two
        coming = thread.submit(_read, handle, memoryview(current))
        while (got := coming.result()) > 0:
            coming = thread.submit(_read, handle, memoryview(other))
            if got > skip:
                yield current[skip:got]
            skip = 0
            current, other = other, current


def read_whole(path: Path, size: int) -> memoryview:
    """A file of ``size`` bytes in memory of its own."""
    memory = mmap.mmap(-1, -(-size // _ALIGN) * _ALIGN)
    view = memoryview(memory)
    with _opened(path, os.O_RDONLY) as handle:
        got = 0
        while got < size and (more := _read(handle, view[got : got + 4 * BLOCK])):
            got += more
    return view[:got]
