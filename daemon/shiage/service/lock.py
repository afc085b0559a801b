"""The lock on the house: one daemon a SHIAGE_HOME."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Self

from ..client.lockfile import LOCK_NAME, LockFile, read_lock
from ..errors import NotReady

# Far behind the text: where Windows locks a byte, others can't read it.
_BYTE = 1 << 30


class HouseLock:
    """Held by the operating system's lock on the file, which goes with the process however it ends."""

    def __init__(self, root: Path) -> None:
        self._path = root / LOCK_NAME
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not self._take() or not self.held():
            os.close(self._handle)
            raise NotReady(_taken(root))
        # What a dead daemon left would lead clients astray until we serve.
        os.ftruncate(self._handle, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        os.ftruncate(self._handle, 0)
        os.close(self._handle)

    def tell(self, lock: LockFile) -> None:
        """Write down how the daemon is reached: from now on clients find it."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, lock.to_json().encode())

    def held(self) -> bool:
        """Whether the house is still ours: not when it was deleted under us, and perhaps made anew by another."""
        try:
            return os.path.samestat(os.fstat(self._handle), self._path.stat())
        except FileNotFoundError:
            return False

    def _take(self) -> bool:
        for _ in range(10):
            try:
                _lock(self._handle)
            except OSError:
                # An ending daemon may be about to let go.
                time.sleep(0.05)
            else:
                return True
        return False


def is_taken(root: Path) -> bool:
    """Whether a daemon holds this house, be it one that does not answer."""
    try:
        handle = os.open(root / LOCK_NAME, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(handle)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _taken(root: Path) -> str:
    other = read_lock(root)
    who = f" (process {other.pid} at {other.address})" if other else ""
    return f"There is another Shiage daemon for {root}{who}. Use that one, or stop it with `shiage stop`."


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
