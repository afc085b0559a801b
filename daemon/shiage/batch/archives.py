"""Zip archives from outside: checked at the door, before anything is unpacked."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath

from ..errors import BadInput, TooLarge
from ..values.files import PICTURE_SUFFIXES
from ..values.limits import MOST_PIXELS

# The most that a member may unpack to: the largest picture, 16 bit, uncompressed; and all of them together.
MOST_MEMBER_BYTES = MOST_PIXELS * 8
MOST_BYTES = 1 << 40
MOST_MEMBERS = 100_000
# Drawings pack well, blank ones a thousandfold; what packs better than this was made to.
_MOST_RATIO = 2000
_SMALL = 1 << 20


def pictures_in(path: Path) -> list[str]:
    """The members that are pictures; BadInput or TooLarge where the archive is not to be trusted."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BadInput(f"This archive can't be read: {error}.", where=str(path)) from error
    if len(infos) > MOST_MEMBERS:
        raise TooLarge(f"has more than {MOST_MEMBERS:,} members.", where=str(path), hint="Unpack it into a folder.")
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise TooLarge("unpacks to more than a terabyte.", where=str(path), hint="Unpack it into a folder.")
    for info in infos:
        _check(info, path)
    return sorted(info.filename for info in infos if _is_picture(PurePosixPath(info.filename)))


def read_member(path: Path, member: str) -> bytes:
    """A member's bytes; BadInput where they can't be had."""
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo(member)
            _check(info, path)
            with archive.open(info) as file:
                # The size in the directory may lie.
                data = file.read(info.file_size + 1)
    except (OSError, KeyError, RuntimeError, zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise BadInput(f"can't be unpacked: {error}.", where=f"{path}/{member}") from error
    if len(data) != info.file_size:
        raise BadInput("is not of the size that the archive says.", where=f"{path}/{member}")
    return data


def _check(info: zipfile.ZipInfo, path: Path) -> None:
    where = f"{path}/{info.filename}"
    name = PurePosixPath(info.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in info.filename or "\0" in info.filename:
        raise BadInput("climbs out of the archive.", where=where, hint="Don't trust this file.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise BadInput("is a link, and links are not followed.", where=where, hint="Pack the file itself.")
    if info.file_size > MOST_MEMBER_BYTES:
        raise TooLarge("unpacks to more than any picture.", where=where)
    if info.file_size > _SMALL and info.file_size > _MOST_RATIO * max(info.compress_size, 1):
        raise TooLarge("unpacks to thousands of times its size.", where=where, hint="Don't trust this file.")


def _is_picture(member: PurePosixPath) -> bool:
    # macOS puts files named ._ beside the real ones.
    return member.suffix.lower() in PICTURE_SUFFIXES and not member.name.startswith(".")
