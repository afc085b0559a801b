"""The token that callers over TCP show, in a file that may be changed while the daemon runs."""

from __future__ import annotations

import hmac
import logging
import os
import secrets
import threading
from pathlib import Path

from ..errors import NotReady

log = logging.getLogger(__name__)


def token_at(path: Path) -> str:
    """The token in this file, which is made if it is not there; NotReady where others could read it."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(handle, "w") as file:
        token = secrets.token_urlsafe(32)
        file.write(token + "\n")
    return token


class Token:
    """The token in a file. A changed file counts from the next call on, and what it held before counts no more.

    A file that has gone, or that can't be used, changes nothing: the daemon keeps the token it has and says so.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen = _stamp(path)
        self._expected = _header(token_at(path))
        self._seen = self._seen or _stamp(path)

    def fits(self, authorization: str) -> bool:
        """Whether this is what a caller with the token sends."""
        if _stamp(self._path) != self._seen:
            self._read_again()
        # Compared in constant time, so that the answer's delay tells nothing of the token.
        return hmac.compare_digest(authorization.encode(), self._expected)

    def _read_again(self) -> None:
        with self._lock:
            stamp = _stamp(self._path)
            if stamp == self._seen:
                return
            # Noted first: a file that is written again while we read it is then read again.
            self._seen = stamp
            try:
                self._expected = _header(_read(self._path))
            except (NotReady, OSError, UnicodeDecodeError) as error:
                log.error("the token file can't be used: the old token stays", extra={"why": str(error)})
            else:
                log.info("the token was changed", extra={"file": str(self._path)})


def _header(token: str) -> bytes:
    return f"Bearer {token}".encode()


def _stamp(path: Path) -> tuple[int, int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode


def _read(path: Path) -> str:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise NotReady(
            f"The token file {path} can be read by others.", hint=f"Run `chmod 600 {path}`, or give another."
        )
    token = path.read_text().strip()
    if len(token) < 16:
        raise NotReady(f"The token in {path} is too short.", hint="Delete the file; the daemon makes a new one.")
    return token
