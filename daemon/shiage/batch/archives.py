"""The pictures of a shot that comes as a zip archive."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from ..errors import BadInput
from ..values.archives import opened, unpacked
from ..values.files import PICTURE_SUFFIXES
from ..values.sequences import in_sequence


class Archive:
    """A zip archive, opened and checked once for all its members; BadInput or TooLarge where it can't be trusted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._zip: ZipFile | None = None

    def names(self) -> list[str]:
        """All members, in the archive's order."""
        with self._lock:
            return self._opened().namelist()

    def pictures(self) -> list[str]:
        """The members that are pictures, as a folder's are sorted."""
        pictures = [name for name in self.names() if _is_picture(PurePosixPath(name))]
        return sorted(pictures, key=lambda name: in_sequence(PurePosixPath(name)))

    def read(self, member: str) -> bytes:
        """A member's bytes; BadInput where they can't be had."""
        with self._lock:
            return unpacked(self._opened(), member, str(self._path))

    def _opened(self) -> ZipFile:
        if self._zip is None:
            with ExitStack() as opening:
                try:
                    file = opening.enter_context(self._path.open("rb"))
                except OSError as error:
                    raise BadInput(
                        f"can't be read: {error.strerror}.",
                        where=str(self._path),
                        hint="Check the name and the permissions.",
                    ) from error
                self._zip = opening.enter_context(opened(file, str(self._path)))
                self._open = opening.pop_all()
        return self._zip


def _is_picture(member: PurePosixPath) -> bool:
    # macOS puts files named ._ beside the real ones. Archives in archives are not opened, documents among them.
    return member.suffix.lower() in PICTURE_SUFFIXES and not member.name.startswith(".")
