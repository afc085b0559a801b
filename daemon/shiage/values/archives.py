"""Zip archives from outside, documents among them: checked at the door, before anything is unpacked."""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

from ..errors import BadInput, TooLarge
from .limits import MOST_PIXELS

# The most that a member may unpack to: the largest picture, 16 bit, uncompressed; and all of them together.
MOST_MEMBER_BYTES = MOST_PIXELS * 8
MOST_BYTES = 1 << 40
MOST_MEMBERS = 100_000
# Of the list of members, which is held in memory.
_MOST_DIRECTORY = 64 << 20
# Drawings pack well, blank ones a thousandfold; what packs better than this was made to.
_MOST_RATIO = 2000
_SMALL = 1 << 20

_END, _END64, _LOCATOR64, _ENTRY = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
_END_SIZE, _LOCATOR_SIZE, _LONGEST_COMMENT = 22, 20, 65535


@contextmanager
def opened(file: IO[bytes], where: str) -> Iterator[zipfile.ZipFile]:
    """The archive in ``file``, every member checked; BadInput or TooLarge where it is not to be trusted.

    Errors of the zip format that come up while the block runs become BadInput, too.
    """
    _check_directory(file, where)
    try:
        with zipfile.ZipFile(file) as archive:
            _check(archive.infolist(), where)
            yield archive
    except (OSError, KeyError, RuntimeError, zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise BadInput(f"This archive can't be read: {error}.", where=where, hint="Pack or save it again.") from error


def unpacked(archive: zipfile.ZipFile, member: str, where: str, most: int = MOST_MEMBER_BYTES) -> bytes:
    """A member's bytes; BadInput where they are not what the directory says, TooLarge where they are more than most."""
    try:
        info = archive.getinfo(member)
    except KeyError as error:
        raise BadInput("is not in the archive.", where=f"{where}/{member}", hint="Pack it again.") from error
    if info.file_size > most:
        raise TooLarge(f"unpacks to more than {most:,} bytes.", where=f"{where}/{member}")
    try:
        with archive.open(info) as file:
            # The size in the directory may lie.
            data = file.read(info.file_size + 1)
    except Exception as error:
        # Whatever zlib, bz2 and lzma raise.
        raise BadInput(f"can't be unpacked: {error}.", where=f"{where}/{member}", hint="Pack it again.") from error
    if len(data) != info.file_size:
        raise BadInput("is not of the size that the archive says.", where=f"{where}/{member}")
    return data


def _check_directory(file: IO[bytes], where: str) -> None:
    """How long the list of members is, before zipfile reads it: a million of them take a gigabyte."""
    size = file.seek(0, os.SEEK_END)
    begin = max(0, size - _END_SIZE - _LONGEST_COMMENT - _LOCATOR_SIZE)
    file.seek(begin)
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_SIZE:
        raise BadInput("This is not a zip archive, or it is cut off.", where=where, hint="Copy it again.")
    (length,) = struct.unpack_from("<I", tail, end + 12)
    behind = begin + end
    if tail[end - _LOCATOR_SIZE : end - _LOCATOR_SIZE + 4] == _LOCATOR64:
        (place,) = struct.unpack_from("<Q", tail, end - _LOCATOR_SIZE + 8)
        file.seek(min(place, size))
        head = file.read(56)
        if len(head) == 56 and head[:4] == _END64:
            (length,) = struct.unpack_from("<Q", head, 40)
            behind = place
    if length > _MOST_DIRECTORY:
        raise _too_many(where)
    file.seek(max(0, behind - length))
    if file.read(length).count(_ENTRY) > MOST_MEMBERS:
        raise _too_many(where)
    file.seek(0)


def _too_many(where: str) -> TooLarge:
    return TooLarge(f"has more than {MOST_MEMBERS:,} members.", where=where, hint="Unpack it into a folder.")


def _check(infos: list[zipfile.ZipInfo], where: str) -> None:
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise TooLarge("unpacks to more than a terabyte.", where=where, hint="Unpack it into a folder.")
    names: set[str] = set()
    for info in infos:
        _check_member(info, f"{where}/{info.filename}")
        if info.filename in names:
            raise BadInput("is twice in the archive.", where=f"{where}/{info.filename}", hint="Pack it again.")
        names.add(info.filename)


def _check_member(info: zipfile.ZipInfo, where: str) -> None:
    name = PurePosixPath(info.filename.replace("\\", "/"))
    drive = re.match(r"[A-Za-z]:", info.filename)
    if name.is_absolute() or ".." in name.parts or drive or "\0" in info.orig_filename:
        raise BadInput("climbs out of the archive.", where=where, hint="Don't trust this file.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise BadInput("is a link, and links are not followed.", where=where, hint="Pack the file itself.")
    if info.file_size > MOST_MEMBER_BYTES:
        raise TooLarge("unpacks to more than any picture.", where=where)
    if info.file_size > _SMALL and info.file_size > _MOST_RATIO * max(info.compress_size, 1):
        raise TooLarge("unpacks to thousands of times its size.", where=where, hint="Don't trust this file.")
