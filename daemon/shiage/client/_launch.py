"""Adopting the daemon that runs, or starting one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, Mapping, Optional, Sequence

from ._client import Client
from ._errors import DaemonError
from .home import data_home
from .lockfile import find_daemon, read_lock, read_remote

DEADLINE = 30.0


def ensure(
    executable: Sequence[str],
    home: Optional[Path] = None,
    deadline: float = DEADLINE,
    environment: Optional[Mapping[str, str]] = None,
) -> Client:
    """A client of the daemon of ``home``; one is started where none runs, unless another machine's is to be used."""
    place = data_home(home)
    if find_daemon(place) is not None:
        try:
            return Client.connect(place)
        except DaemonError as error:
            if error.code != "Unreachable" or read_remote(place) is not None:
                raise
    return start(executable, place, deadline, environment)


def host_environment() -> Dict[str, str]:
    """For a host with a Python of its own: this process's variables without what it set for that Python and for its
    own libraries. A daemon has its own.
    """
    variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    if "APPDIR" in variables or "SNAP" in variables:  # inside an AppImage or a snap
        variables.pop("LD_LIBRARY_PATH", None)
    return variables


def start(
    executable: Sequence[str],
    home: Optional[Path] = None,
    deadline: float = DEADLINE,
    environment: Optional[Mapping[str, str]] = None,
) -> Client:
    """Start ``executable serve`` so that it outlives this process, and wait until it answers.

    ``executable``: the command and its first arguments, such as ``["shiage"]`` or ``[python, "-m", "shiage"]``;
    ``environment``: what it runs with (default: this process's own).
    DaemonError (Unreachable) with the daemon's own last words where it does not start within ``deadline`` seconds.
    """
    place = data_home(home)
    log = place / "log" / "start.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with log.open("wb") as words:
            variables = os.environ if environment is None else environment
            process = _spawn([*executable, "serve"], dict(variables, SHIAGE_HOME=str(place)), words.fileno())
    except OSError as error:
        raise DaemonError("Unreachable", f"The Shiage daemon can't be started: {error}.") from error
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        # Also when ours has ended: two hosts may start one at once, and then the other one's is the daemon.
        ended = process.poll() is not None
        try:
            if read_lock(place) is not None:
                return Client.connect(place)
        except DaemonError as error:
            if error.code != "Unreachable":
                raise
        if ended and process.returncode != 0 and not _another_starts(log):
            break
        time.sleep(0.05)
    raise DaemonError("Unreachable", f"The Shiage daemon did not start: {_last_line(log)}")


def _spawn(command: Sequence[str], environment: Mapping[str, str], output: int) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, creationflags=flags
        )
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, start_new_session=True
    )


def _another_starts(log: Path) -> bool:
    return "another Shiage daemon" in _last_line(log)


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else f"it said nothing; its log is {log.parent / 'daemon.log'}."
