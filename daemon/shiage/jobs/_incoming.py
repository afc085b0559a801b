"""A blob on its way into the spool."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from ..errors import BadInput
from ..v1 import values_pb2

Buffer = bytes | bytearray | memoryview


class Incoming:
    """Written under a temporary name, hashed on the way, and placed under its address at the end or not at all.

    A context manager: leaving it without :meth:`finish` leaves nothing behind.
    """

    def __init__(
        self, folder: Path, place: Callable[[Path, str], None], expected: values_pb2.Blob | None = None
    ) -> None:
        self._place = place
        self._expected = expected
        self._digest = hashlib.sha256()
        self._size = 0
        self._handle, name = tempfile.mkstemp(dir=folder)
        self._path = Path(name)
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()
        self._path.unlink(missing_ok=True)

    def write(self, chunk: Buffer) -> None:
        """The next bytes; BadInput where there are more than were announced."""
        self._size += len(chunk)
        if self._expected is not None and self._size > self._expected.size:
            raise BadInput(f"More bytes came than the {self._expected.size} that were announced.")
        self._digest.update(chunk)
        self._write(chunk)

    def finish(self) -> values_pb2.Blob:
        """Place it; BadInput where it is not what was announced."""
        blob = values_pb2.Blob(sha256=self._digest.hexdigest(), size=self._size)
        if self._expected is not None and self._size != self._expected.size:
            raise BadInput(
                f"Only {self._size} of {self._expected.size} bytes came.",
                hint="The connection broke: send the blob again.",
            )
        if self._expected is not None and blob.sha256 != self._expected.sha256:
            raise BadInput("The bytes that came have another hash than announced.", hint="Send the blob again.")
        self._finish(blob)
        return blob

    def write_hashed(self, data: Buffer, blob: values_pb2.Blob) -> None:
        """All of it at once, where the hash is known to be ``blob``'s."""
        self._write(data)
        self._finish(blob)

    def _finish(self, blob: values_pb2.Blob) -> None:
        self._close()
        self._place(self._path, blob.sha256)

    def _write(self, data: Buffer) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]

    def _close(self) -> None:
        if self._open:
            self._open = False
            with suppress(OSError):
                os.close(self._handle)
