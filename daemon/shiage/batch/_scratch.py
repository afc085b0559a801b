"""A batch's own folder for what is under way, and its claim on the destination."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ..errors import BadInput, NotReady

if os.name == "posix":
    import fcntl

PREFIX = "shiage-batch-"


def claim(file: IO[str], *, shared: bool = False) -> bool:
    """Lock an open file for this process until it is closed; False where another has it. Without effect on Windows."""
    if os.name != "posix":
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A network drive without locks.
        return True
    return True


def claim_destination(file: IO[str], folder: Path, *, shared: bool = False) -> None:
    """As :func:`claim`; NotReady where another batch writes to ``folder``."""
    if not claim(file, shared=shared):
        raise NotReady(
            "Another batch is writing here.", where=str(folder), hint="Wait for it, or give another folder with -o."
        )


def check_no_link(note: Path) -> None:
    """BadInput where a batch's own notes are a link: what it leads to is another's."""
    if note.is_symlink():
        raise BadInput("is a link.", where=str(note), hint="Delete it to begin anew.")


@contextmanager
def scratch() -> Iterator[Path]:
    """A temporary folder, gone afterwards. Those that killed batches left are taken away too."""
    for left in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        _drop_if_left(left)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    with (folder / "lock").open("w") as lock:
        claim(lock)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _drop_if_left(folder: Path) -> None:
    # One without a lock is another's that is just being made.
    with suppress(OSError), (folder / "lock").open("r+") as lock:
        if folder.stat().st_uid == os.getuid() and os.name == "posix" and claim(lock):
            shutil.rmtree(folder, ignore_errors=True)
