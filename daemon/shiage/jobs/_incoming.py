"""A blob on its way into the spool."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, Self

from ..errors import BadInput
from ..v1 import values_pb2
from ._direct import LARGE, Writer

Buffer = bytes | bytearray | memoryview


class _Sink(Protocol):
    def write(self, data: memoryview) -> None: ...

    def finish(self) -> tuple[str, int]: ...


class Incoming:
    """Written under a temporary name, hashed on the way, and placed under its address at the end or not at all.

    A context manager: leaving it without :meth:`finish` leaves nothing behind. OSError where the disk is full.
    """

    def __init__(self, folder: Path, place: Callable[[Path, str], None], expected: values_pb2.Blob) -> None:
        self._folder = folder
        self._place = place
        self._expected = expected
        self._size = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            handle, name = tempfile.mkstemp(dir=self._folder)
            self._path = Path(name)
            stack.callback(self._path.unlink, missing_ok=True)
            if self._expected.size >= LARGE:
                os.close(handle)
                self._sink: _Sink = stack.enter_context(Writer(self._path))
            else:
                stack.callback(os.close, handle)
                self._sink = _Plain(handle)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def write(self, chunk: Buffer) -> None:
        """The next bytes; BadInput where there are more than were announced."""
        self._size += len(chunk)
        if self._size > self._expected.size:
            raise BadInput(f"More bytes came than the {self._expected.size} that were announced.")
        try:
            self._sink.write(memoryview(chunk))
        except OSError as error:
            # So that whoever is told knows which disk it was.
            error.filename = error.filename or str(self._folder)
            raise

    def finish(self) -> None:
        """Place it; BadInput where it is not what was announced."""
        sha, size = self._sink.finish()
        if size != self._expected.size:
            raise BadInput(
                f"Only {size} of {self._expected.size} bytes came.", hint="The connection broke: send the blob again."
            )
        if sha != self._expected.sha256:
            raise BadInput("The bytes that came have another hash than announced.", hint="Send the blob again.")
        self._place(self._path, sha)


class _Plain:
    """Through the page cache."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: memoryview) -> None:
        self._digest.update(data)
        self._size += len(data)
        while data:
            data = data[os.write(self._handle, data) :]

    def finish(self) -> tuple[str, int]:
        return self._digest.hexdigest(), self._size
