"""Blobs up and down, in chunks."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Iterator, Union

from ..v1 import jobs_pb2, values_pb2
from ._chunks import PutPart

CHUNK = 1 << 20
Bytes = Union[bytes, bytearray, memoryview]


def blob_of_bytes(data: Bytes) -> values_pb2.Blob:
    """The address of ``data``."""
    view = memoryview(data).cast("B")
    return values_pb2.Blob(sha256=hashlib.sha256(view).hexdigest(), size=len(view))


def blob_of_file(source: BinaryIO) -> values_pb2.Blob:
    """The address of what is in ``source`` from its start."""
    digest, size = hashlib.sha256(), 0
    source.seek(0)
    for chunk in iter(lambda: source.read(CHUNK), b""):
        digest.update(chunk)
        size += len(chunk)
    return values_pb2.Blob(sha256=digest.hexdigest(), size=size)


def requests_of_bytes(blob: values_pb2.Blob, data: Bytes) -> Iterator[PutPart]:
    """``data`` as PutBlob wants it."""
    view = memoryview(data).cast("B")
    yield jobs_pb2.PutBlobRequest(header=blob)
    for start in range(0, len(view), CHUNK):
        yield view[start : start + CHUNK]


def requests_of_file(blob: values_pb2.Blob, source: BinaryIO) -> Iterator[PutPart]:
    """What is in ``source`` as PutBlob wants it."""
    source.seek(0)
    yield jobs_pb2.PutBlobRequest(header=blob)
    for chunk in iter(lambda: source.read(CHUNK), b""):
        yield memoryview(chunk)


class _Received:
    """A blob on its way in: chunk by chunk, checked at the end."""

    def __init__(self, blob: values_pb2.Blob) -> None:
        self.blob = blob
        self.offset = 0
        self._digest = hashlib.sha256()

    def append(self, chunk: memoryview) -> None:
        """The next bytes; ValueError where there are more than there should be."""
        if self.offset + len(chunk) > self.blob.size:
            raise ValueError("more bytes than the blob has")
        self._keep(chunk)
        self._digest.update(chunk)
        self.offset += len(chunk)

    def check(self) -> None:
        """ValueError where it is not what was asked for."""
        if self._digest.hexdigest() != self.blob.sha256 or self.offset != self.blob.size:
            raise ValueError("the bytes that came are not the blob's")

    def _keep(self, chunk: memoryview) -> None:
        raise NotImplementedError


class Received(_Received):
    """A blob into memory."""

    def __init__(self, blob: values_pb2.Blob) -> None:
        super().__init__(blob)
        # Grown and not made at once: that would clear all of it first.
        self.data = bytearray()

    def _keep(self, chunk: memoryview) -> None:
        self.data += chunk


class ReceivedFile(_Received):
    """A blob into a file: under a temporary name beside it until every byte is there and right."""

    def __init__(self, blob: values_pb2.Blob, path: Path) -> None:
        super().__init__(blob)
        self._path = path
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=str(path.parent))
        self._temporary = Path(name)
        self._file = os.fdopen(handle, "wb")

    def _keep(self, chunk: memoryview) -> None:
        self._file.write(chunk)

    def place(self) -> Path:
        """Put the checked file in its place."""
        self._file.close()
        # mkstemp makes a private file; a result gets the rights that any new file of the user gets.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(self._temporary, 0o666 & ~mask)
        os.replace(self._temporary, self._path)
        return self._path

    def abandon(self) -> None:
        """Leave nothing behind that was not placed."""
        with suppress(OSError):
            self._file.close()
        with suppress(FileNotFoundError):
            self._temporary.unlink()
